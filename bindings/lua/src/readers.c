/* readers.c - the type lina.Reader, which takes the generations of a stream one after the other.
 *
 * A for-loop calls the reader. When the reader moves on, it ends the array that it gave last. So publishers get the
 * memory back without the garbage collector. */
#include "binding.h"

#include <stdlib.h>
#include <string.h>

static const char reader_mark;

struct reader {
    const void *magic;
    lina_reader_t reader; /* knows its own address, which never changes in a userdata */
    bool open;
    bool revives; /* after a death, it waits for another producer */
    int64_t timeout;
    struct arena *arena;
    struct array *last; /* the array that it gave last, until it moves on */
    int arena_ref, last_ref;
    char name[LINA_MAX_NAME];
};

/* ---- life ------------------------------------------------------------------------------------------- */

static struct reader *reader_push(lua_State *L) {
    struct reader *self = new_userdata(L, sizeof *self);
    memset(self, 0, sizeof *self);
    self->magic = &reader_mark;
    self->arena_ref = self->last_ref = LUA_NOREF;
    luaL_getmetatable(L, READER_TYPE);
    lua_setmetatable(L, -2);
    return self;
}

/* NULL for other values. */
static struct reader *to_reader(lua_State *L, int index) {
    struct reader *self = lua_touserdata(L, index);
    bool fits = self != NULL && lua_rawlen(L, index) == sizeof *self && self->magic == &reader_mark;
    return fits ? self : NULL;
}

static struct reader *reader_argument(lua_State *L) {
    struct reader *self = to_reader(L, 1);
    if (self == NULL)
        raise_type(L, 1, READER_TYPE);
    return self;
}

static void check_open(lua_State *L, const struct reader *self) {
    if (!self->open)
        raise_text(L, LINA_ERR_CLOSED, self->name, "stream \"%s\": its reader was closed",
                   self->name);
}

/* Closes the reader. Its arrays stay. */
static int reader_close(lua_State *L) {
    struct reader *self = reader_argument(L);
    if (!self->open)
        return 0;
    self->open = false;
    core.reader_close(&self->reader);
    luaL_unref(L, LUA_REGISTRYINDEX, self->last_ref);
    luaL_unref(L, LUA_REGISTRYINDEX, self->arena_ref);
    self->arena_ref = self->last_ref = LUA_NOREF;
    self->last = NULL;
    return 0;
}

/* ---- making ----------------------------------------------------------------------------------------- */

static void start_option(lua_State *L, int arg, lina_reader_options_t *out) {
    static const char *const starts[] = {"next", "latest", "oldest"};
    lua_getfield(L, arg, "start");
    struct integer at;
    const char *text = lua_type(L, -1) == LUA_TSTRING ? lua_tostring(L, -1) : "next";
    if (!lua_isnil(L, -1) && lua_type(L, -1) != LUA_TSTRING) {
        if (!to_integer(L, -1, &at) || (!at.is_unsigned && (int64_t)at.bits < 0))
            raise_argument(
                L, arg,
                "option start: \"next\", \"latest\", \"oldest\" or a sequence expected, got %s",
                push_shown(L, -1));
        out->start = LINA_START_AT;
        out->at = at.bits;
    } else {
        while (out->start < 3 && strcmp(starts[out->start], text) != 0)
            out->start++;
        if (out->start == 3)
            raise_argument(
                L, arg,
                "option start: \"next\", \"latest\", \"oldest\" or a sequence expected, got %s",
                push_shown(L, -1));
    }
    lua_pop(L, 1);
}

/* follow(name [, options] [, f]): returns an open reader, and f, which code in Lua then calls. */
static int readers_follow(lua_State *L) {
    static const char *const names[] = {"start", "lossy", "timeout", "max_held", "revive", NULL};
    int first, attempts = 0, code;
    struct arena *arena = arena_argument(L, &first);
    const char *name = text_argument(L, first);
    lina_reader_options_t options = {0};
    if (lua_isfunction(L, first + 1)) {
        lua_pushnil(L);
        lua_insert(L, first + 1);
    }
    lua_settop(L, first + 2);
    if (options_argument(L, first + 1, names)) {
        start_option(L, first + 1, &options);
        options.flags = (flag_option(L, first + 1, "lossy") ? LINA_READER_LOSSY : 0) |
                        (flag_option(L, first + 1, "revive") ? LINA_READER_REVIVE : 0);
        options.max_held = (uint32_t)count_option(L, first + 1, "max_held", UINT32_MAX);
    }
    if (!lua_isnil(L, first + 2) && !lua_isfunction(L, first + 2))
        raise_type(L, first + 2, "function");
    int64_t timeout = timeout_option(L, first + 1);
    arena_handle(L, arena, name);
    struct reader *self = reader_push(L);
    self->timeout = timeout;
    self->revives = (options.flags & LINA_READER_REVIVE) != 0;
    self->arena = arena;
    strncpy(self->name, name, sizeof self->name - 1);
    lua_pushvalue(L, first == 1 ? lua_upvalueindex(1) : 1);
    self->arena_ref = luaL_ref(L, LUA_REGISTRYINDEX);
    do /* again if there are too many readers, some of which may be garbage */
        code = core.reader_open(arena_handle(L, arena, name), name, &options, &self->reader);
    while (collect_for_room(L, code, &attempts));
    if (code != LINA_OK)
        raise_code(L, code, name);
    self->open = true;
    lua_insert(L, first + 2);
    return 2;
}

/* ---- the next one ----------------------------------------------------------------------------------- */

static void move_on(lua_State *L, struct reader *self) {
    if (self->last == NULL)
        return;
    array_pass(self->last);
    self->last = NULL;
    luaL_unref(L, LUA_REGISTRYINDEX, self->last_ref);
    self->last_ref = LUA_NOREF;
}

/* Takes the next generation, in naps. If the reader holds too many views, runs the collector once. */
static int take(lua_State *L, struct reader *self, lina_view_t *view, int64_t timeout) {
    int64_t deadline = waiting_deadline(timeout > 0 ? timeout : 0), ns;
    int code = core.reader_next(&self->reader, 0, view);
    if (code == LINA_ERR_BUSY || code == LINA_ERR_NO_MEMORY) {
        lua_gc(L, LUA_GCCOLLECT, 0);
        code = core.reader_next(&self->reader, 0, view);
    }
    while ((code == LINA_ERR_TIMEOUT || code == LINA_ERR_INTERRUPTED) &&
           (ns = waiting_nap(deadline)) > 0) {
        waiting_let_hooks_run(L);
        code = core.reader_next(&self->reader, ns, view);
    }
    return code;
}

/* Pushes the next array, or nil if the stream has ended. Returns a code of the core: OK, ENDED, or an error. */
static int push_next(lua_State *L, struct reader *self, int64_t timeout) {
    check_open(L, self);
    move_on(L, self);
    struct array *array = array_push(L);
    struct hold *hold = hold_new(L);
    array->hold = hold; /* the array owns it from here on */
    memcpy(array->name, self->name, sizeof array->name);
    int code = take(L, self, &hold->view, timeout);
    if (code == LINA_ERR_ENDED) {
        lua_pushnil(L);
        return code;
    }
    if (code != LINA_OK)
        return code;
    array_show(array, hold);
    self->last = array;
    lua_pushvalue(L, -1);
    self->last_ref = luaL_ref(L, LUA_REGISTRYINDEX);
    hold_weigh(L, self->arena, &hold->view);
    return code;
}

static int next_within(lua_State *L, int64_t timeout) {
    struct reader *self = reader_argument(L);
    int code = push_next(L, self, timeout);
    if (code != LINA_OK && code != LINA_ERR_ENDED)
        raise_code(L, code, self->name);
    return 1;
}

/* __call, for a for-loop, which passes its own values as further arguments. */
static int reader_call(lua_State *L) {
    int64_t timeout = reader_argument(L)->timeout;
    lua_settop(L, 1);
    return next_within(L, timeout);
}

/* next([timeout]): returns the next array, as the loop does. */
static int reader_next(lua_State *L) {
    const struct reader *self = reader_argument(L);
    return next_within(L, lua_isnoneornil(L, 2) ? self->timeout : timeout_argument(L, 2));
}

/* poll(): returns the next array or nil, and whether the stream has ended. Never waits. */
static int reader_poll(lua_State *L) {
    struct reader *self = reader_argument(L);
    lua_settop(L, 1);
    int code = push_next(L, self, 0);
    if (code == LINA_ERR_TIMEOUT)
        lua_pushnil(L);
    else if (code != LINA_OK && code != LINA_ERR_ENDED)
        raise_code(L, code, self->name);
    lua_pushboolean(L, code == LINA_ERR_ENDED);
    return 2;
}

struct arena *reader_wish(lua_State *L, int index, lina_wait_t *out, bool *revives) {
    struct reader *self = to_reader(L, index);
    if (self == NULL)
        return NULL;
    check_open(L, self);
    uint64_t next = core.reader_sequence(&self->reader) + 1;
    *out = (lina_wait_t){.name = self->name, .target = next, .flags = LINA_WAIT_STREAM};
    *revives = self->revives;
    return self->arena;
}

/* ---- attributes ------------------------------------------------------------------------------------- */

static int reader_lost(lua_State *L) {
    push_count(L, core.reader_lost(&reader_argument(L)->reader));
    return 1;
}

static int reader_sequence(lua_State *L) {
    push_count(L, core.reader_sequence(&reader_argument(L)->reader));
    return 1;
}

static int reader_name(lua_State *L) {
    lua_pushstring(L, reader_argument(L)->name);
    return 1;
}

static int reader_is_closed(lua_State *L) {
    lua_pushboolean(L, !reader_argument(L)->open);
    return 1;
}

/* fd(): returns a descriptor that becomes readable when there is a generation to take. */
static int reader_fd(lua_State *L) {
    struct reader *self = reader_argument(L);
    check_open(L, self);
    return watch_stream(L, self->arena, self->name, &self->reader);
}

static int reader_tostring(lua_State *L) {
    const struct reader *self = reader_argument(L);
    lua_pushfstring(L, READER_TYPE " \"%s\"%s", self->name, self->open ? "" : " (closed)");
    return 1;
}

static const luaL_Reg own_methods[] = {
    {"next", reader_next}, {"poll", reader_poll},           {"lost", reader_lost},
    {"fd", reader_fd},     {"close", reader_close},         {"sequence", reader_sequence},
    {"name", reader_name}, {"is_closed", reader_is_closed}, {NULL, NULL},
};

static const luaL_Reg metamethods[] = {
    {"__call", reader_call},         {"__gc", reader_close}, {"__close", reader_close},
    {"__tostring", reader_tostring}, {NULL, NULL},
};

void reader_open(lua_State *L) {
    luaL_newmetatable(L, READER_TYPE);
    lua_pushnil(L);
    lua_insert(L, -2);
    set_functions(L, metamethods);
    lua_pushliteral(L, READER_TYPE);
    lua_setfield(L, -2, "__name");
    lua_pushliteral(L, READER_TYPE);
    lua_setfield(L, -2, "__metatable");
    lua_pushnil(L);
    lua_newtable(L);
    set_functions(L, own_methods);
    lua_remove(L, -2);
    lua_pushvalue(L, -1);
    lua_setfield(L, -3, "__index");
    lua_replace(L, -3);
    lua_pop(L, 1);
}

const luaL_Reg reader_methods[] = {{"follow", readers_follow}, {NULL, NULL}};
