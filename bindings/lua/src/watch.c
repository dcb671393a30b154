/* watch.c - file descriptors by which event loops learn of signals.
 *
 * The arena keeps a watch alive until it is closed. Otherwise the collector could close a descriptor that a loop
 * still polls. The core's helper thread writes to the descriptor, and does not touch Lua. */
#include "binding.h"

#include <errno.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#define WATCH_TYPE "lina.Watch"

static const char watch_mark;

/* What a watch is for: a signal; a generation for a reader to take; room for a loan. */
enum subject { OF_SIGNAL, OF_READER, OF_ROOM };

struct watch {
    const void *magic;
    enum subject subject;
    const lina_reader_t *reader; /* its object is kept alive with the watch */
    int fd;                      /* -1 after it was closed */
    lina_notify_id_t id;
    struct arena *arena; /* the arena whose list has it, until it is closed */
    struct watch *next;
    char name[LINA_MAX_NAME];
};

/* ---- life ------------------------------------------------------------------------------------------- */

static struct watch *watch_push(lua_State *L) {
    struct watch *self = new_userdata(L, sizeof *self);
    memset(self, 0, sizeof *self);
    self->magic = &watch_mark;
    self->fd = -1;
    luaL_getmetatable(L, WATCH_TYPE);
    lua_setmetatable(L, -2);
    return self;
}

/* Cancels the notification first, so that the core never writes to a descriptor that was closed and opened by
 * others. */
static void end(struct watch *self) {
    if (self->fd < 0)
        return;
    core.notify_cancel(self->id);
    close(self->fd);
    self->fd = -1;
    struct watch **place = &self->arena->watches;
    while (*place != self)
        place = &(*place)->next;
    *place = self->next;
}

void watches_end(lua_State *L, struct arena *self) {
    (void)L;
    while (self->watches != NULL)
        end(self->watches);
}

static struct watch *watch_argument(lua_State *L) {
    struct watch *self = lua_touserdata(L, 1);
    bool fits = self != NULL && lua_rawlen(L, 1) == sizeof *self && self->magic == &watch_mark;
    if (!fits)
        raise_type(L, 1, WATCH_TYPE);
    return self;
}

static struct watch *open_watch_argument(lua_State *L) {
    struct watch *self = watch_argument(L);
    if (self->fd < 0)
        raise_text(L, LINA_ERR_CLOSED, self->name, "signal \"%s\": its watch was closed",
                   self->name);
    return self;
}

/* ---- making ----------------------------------------------------------------------------------------- */

/* Asks for a notification. Without a target, it comes as soon as the signal is set. */
static int arm_for_signal(lina_arena_t *handle, struct watch *self, const uint64_t *target) {
    lina_signal_t signal;
    int code = core.signal_open(handle, self->name, &signal);
    if (code != LINA_OK)
        return code;
    uint64_t next = __atomic_load_n(signal.cleared, __ATOMIC_ACQUIRE) + 1;
    return core.notify_fd(handle, self->name, target != NULL ? *target : next, self->fd, &self->id);
}

static int arm(lina_arena_t *handle, struct watch *self, const uint64_t *target) {
    if (self->subject == OF_SIGNAL)
        return arm_for_signal(handle, self, target);
    if (self->subject == OF_ROOM)
        return core.notify_room_fd(handle, self->name, self->fd, &self->id);
    uint64_t next = core.reader_sequence(self->reader) + 1;
    return core.notify_stream_fd(handle, self->name, target != NULL ? *target : next, self->fd,
                                 &self->id);
}

/* Adds the watch on the top to the arena's anchors, which keep it alive until it is closed, or removes it. */
static void anchor(lua_State *L, struct arena *arena, bool keep) {
    lua_rawgeti(L, LUA_REGISTRYINDEX, arena->anchors);
    lua_pushvalue(L, -2);
    if (keep)
        lua_pushboolean(L, 1);
    else
        lua_pushnil(L);
    lua_rawset(L, -3);
    lua_pop(L, 1);
}

static const uint64_t *optional_target(lua_State *L, int arg, uint64_t *target) {
    if (lua_isnoneornil(L, arg))
        return NULL;
    *target = target_argument(L, arg);
    return target;
}

/* Pushes a descriptor, and the object that closes it. */
static int make(lua_State *L, struct arena *arena, const char *name, const struct watch *what,
                const uint64_t *target) {
    arena_handle(L, arena, name);
    if (strlen(name) >= LINA_MAX_NAME) {
        lua_pushstring(L, name);
        raise_text(L, LINA_ERR_INVALID, "", "name %s is longer than %d bytes", push_shown(L, -1),
                   LINA_MAX_NAME - 1);
    }
    struct watch *self = watch_push(L);
    self->subject = what->subject;
    self->reader = what->reader;
    anchor(L, arena, true);
    strncpy(self->name, name, sizeof self->name - 1);
    lina_arena_t *handle = arena_handle(L, arena, name); /* a finalizer may have closed the arena */
    self->fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    int code = self->fd < 0 ? LINA_ERR_SYSTEM : arm(handle, self, target);
    if (code != LINA_OK) {
        int error = errno, fd = self->fd;
        self->fd = -1;
        anchor(L, arena, false);
        if (fd < 0)
            raise_text(L, code, name, "\"%s\": no descriptor: %s", name, strerror(error));
        close(fd);
        raise_code(L, code, name);
    }
    self->arena = arena;
    self->next = arena->watches;
    arena->watches = self;
    lua_pushinteger(L, self->fd);
    lua_insert(L, -2);
    return 2;
}

/* fd(name [, target]) */
static int watch_fd(lua_State *L) {
    int first;
    uint64_t number;
    struct arena *arena = arena_argument(L, &first);
    const char *name = text_argument(L, first);
    const uint64_t *target = optional_target(L, first + 1, &number);
    return make(L, arena, name, &(struct watch){.subject = OF_SIGNAL}, target);
}

/* room_fd(name): returns a descriptor that becomes readable when the stream has room for a generation. */
static int watch_room(lua_State *L) {
    int first;
    struct arena *arena = arena_argument(L, &first);
    return make(L, arena, text_argument(L, first), &(struct watch){.subject = OF_ROOM}, NULL);
}

int watch_stream(lua_State *L, struct arena *arena, const char *name, const lina_reader_t *reader) {
    make(L, arena, name, &(struct watch){.subject = OF_READER, .reader = reader}, NULL);
    lua_rawgeti(L, LUA_REGISTRYINDEX, arena->anchors);
    lua_pushvalue(L, -2);
    lua_pushvalue(L, 1); /* keeps the reader's object alive with the watch */
    lua_rawset(L, -3);
    lua_pop(L, 1);
    return 2;
}

/* ---- methods ---------------------------------------------------------------------------------------- */

static int watch_getfd(lua_State *L) {
    lua_pushinteger(L, open_watch_argument(L)->fd);
    return 1;
}

/* reset([target]): makes the watch wait for the next event. */
static int watch_reset(lua_State *L) {
    uint64_t number, drained;
    watch_argument(L);
    const uint64_t *target = optional_target(L, 2, &number);
    struct watch *self = open_watch_argument(L);
    lina_arena_t *handle = arena_handle(L, self->arena, self->name);
    core.notify_cancel(self->id);
    while (read(self->fd, &drained, sizeof drained) > 0)
        ;
    int code = arm(handle, self, target);
    if (code != LINA_OK)
        raise_code(L, code, self->name);
    return 0;
}

static int watch_close(lua_State *L) {
    struct watch *self = watch_argument(L);
    if (self->fd < 0)
        return 0;
    struct arena *arena = self->arena;
    end(self);
    lua_settop(L, 1);
    anchor(L, arena, false);
    return 0;
}

/* __gc, at the end of the state, when the anchors may be gone. */
static int watch_gc(lua_State *L) {
    end(watch_argument(L));
    return 0;
}

/* A method that cqueues calls on objects that it polls. */
static int watch_events(lua_State *L) {
    open_watch_argument(L);
    lua_pushliteral(L, "r");
    return 1;
}

static int watch_tostring(lua_State *L) {
    const struct watch *self = watch_argument(L);
    if (self->fd < 0)
        lua_pushfstring(L, WATCH_TYPE " \"%s\" (closed)", self->name);
    else
        lua_pushfstring(L, WATCH_TYPE " \"%s\" on descriptor %d", self->name, self->fd);
    return 1;
}

static const luaL_Reg own_methods[] = {
    {"getfd", watch_getfd}, {"pollfd", watch_getfd}, {"events", watch_events},
    {"reset", watch_reset}, {"close", watch_close},  {NULL, NULL},
};

static const luaL_Reg metamethods[] = {
    {"__gc", watch_gc},
    {"__close", watch_close},
    {"__tostring", watch_tostring},
    {NULL, NULL},
};

void watch_open(lua_State *L) {
    luaL_newmetatable(L, WATCH_TYPE);
    lua_pushnil(L);
    lua_insert(L, -2);
    set_functions(L, metamethods);
    lua_pushliteral(L, WATCH_TYPE);
    lua_setfield(L, -2, "__name");
    lua_pushliteral(L, WATCH_TYPE);
    lua_setfield(L, -2, "__metatable");
    lua_pushnil(L);
    lua_newtable(L);
    set_functions(L, own_methods);
    lua_setfield(L, -3, "__index");
    lua_pop(L, 3);
}

const luaL_Reg watch_methods[] = {{"fd", watch_fd}, {"room_fd", watch_room}, {NULL, NULL}};
