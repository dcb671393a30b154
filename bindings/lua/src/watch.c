/* watch.c - file descriptors that tell event loops of signals.
 *
 * A watch belongs to its arena until it is closed: its descriptor must not end under a loop that polls it
 * because nobody keeps the object. The core's helper thread writes to it, and does not know of Lua. */
#include "binding.h"

#include <errno.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#define WATCH_TYPE "lina.Watch"

static const char watch_mark;

struct watch {
    const void *magic;
    int fd; /* -1 once closed */
    lina_notify_id_t id;
    struct arena *arena; /* which lists it, until it is closed */
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

/* The core is told first: it writes to no descriptor of somebody else's. */
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

/* Without a target: as soon as it is set. */
static int arm(lina_arena_t *handle, struct watch *self, const lina_signal_t *signal,
               const uint64_t *target) {
    uint64_t next = __atomic_load_n(signal->cleared, __ATOMIC_ACQUIRE) + 1;
    return core.notify_fd(handle, self->name, target != NULL ? *target : next, self->fd, &self->id);
}

/* Until it is closed the arena's anchors keep the watch, which is on the top. */
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

/* fd(name [, target]): a descriptor, and the object that closes it. */
static int watch_fd(lua_State *L) {
    int first;
    uint64_t number;
    struct arena *arena = arena_argument(L, &first);
    const char *name = text_argument(L, first);
    const uint64_t *target = optional_target(L, first + 1, &number);
    arena_handle(L, arena, name);
    struct watch *self = watch_push(L);
    anchor(L, arena, true);
    lina_signal_t signal = *signal_handle(L, arena, first);
    strncpy(self->name, name, sizeof self->name - 1);
    self->fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    int code = self->fd < 0 ? LINA_ERR_SYSTEM : arm(arena->handle, self, &signal, target);
    if (code != LINA_OK) {
        int error = errno, fd = self->fd;
        self->fd = -1;
        anchor(L, arena, false);
        if (fd < 0)
            raise_text(L, code, name, "signal \"%s\": no descriptor: %s", name, strerror(error));
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

/* ---- methods ---------------------------------------------------------------------------------------- */

static int watch_getfd(lua_State *L) {
    lua_pushinteger(L, open_watch_argument(L)->fd);
    return 1;
}

/* reset([target]): waits for the next time. */
static int watch_reset(lua_State *L) {
    struct watch *self = open_watch_argument(L);
    uint64_t number, drained;
    const uint64_t *target = optional_target(L, 2, &number);
    lina_arena_t *handle = arena_handle(L, self->arena, self->name);
    lina_signal_t signal;
    int code = core.signal_open(handle, self->name, &signal);
    core.notify_cancel(self->id);
    while (read(self->fd, &drained, sizeof drained) > 0)
        ;
    if (code == LINA_OK)
        code = arm(handle, self, &signal, target);
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

/* At the state's end, when the anchors may be gone. */
static int watch_gc(lua_State *L) {
    end(watch_argument(L));
    return 0;
}

/* What cqueues asks of what it polls. */
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

const luaL_Reg watch_methods[] = {{"fd", watch_fd}, {NULL, NULL}};
