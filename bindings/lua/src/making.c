/* making.c - makes and joins arenas: the process's default arena, and others. */
#include "binding.h"

#include <stdio.h>
#include <string.h>

static const char *const making_options[] = {
    "exist_ok",   "huge",        "reserve",     "inherit", "replace", "temporary",
    "max_arrays", "max_signals", "max_members", "mode",    NULL};
static const char *const joining_options[] = {"read_only", "other_user", NULL};

struct making {
    const char *where; /* NULL for an anonymous arena */
    uint64_t bytes;
    bool exist_ok;
    lina_arena_options_t options;
};

static void read_options(lua_State *L, int arg, struct making *m) {
    static const struct {
        const char *name;
        uint32_t flag;
    } flags[] = {{"reserve", LINA_ARENA_RESERVE}, {"inherit", LINA_ARENA_INHERIT},
                 {"replace", LINA_ARENA_REPLACE}, {"temporary", LINA_ARENA_TEMPORARY},
                 {"huge", LINA_ARENA_HUGE},       {"exist_ok", LINA_ARENA_JOIN}};
    lua_settop(L, arg);
    options_argument(L, arg, making_options);
    for (size_t i = 0; i < sizeof flags / sizeof *flags; i++)
        if (flag_option(L, arg, flags[i].name))
            m->options.flags |= flags[i].flag;
    m->exist_ok = flag_option(L, arg, "exist_ok");
    m->options.max_arrays = (uint32_t)count_option(L, arg, "max_arrays", UINT32_MAX);
    m->options.max_signals = (uint32_t)count_option(L, arg, "max_signals", UINT32_MAX);
    m->options.max_members = (uint32_t)count_option(L, arg, "max_members", UINT32_MAX);
    m->options.mode = (uint32_t)count_option(L, arg, "mode", UINT32_MAX);
}

static uint32_t joining_flags(lua_State *L, int arg) {
    options_argument(L, arg, joining_options);
    return (flag_option(L, arg, "read_only") ? LINA_ATTACH_READ_ONLY : 0) |
           (flag_option(L, arg, "other_user") ? LINA_ATTACH_OTHER_USER : 0);
}

static const char *where_argument(lua_State *L, int arg) {
    return lua_isnoneornil(L, arg) ? NULL : text_argument(L, arg);
}

static int create(lua_State *L, struct making *m, lina_arena_t **handle) {
    int attempts = 0, code;
    do
        code = core.arena_create(m->where, m->bytes, &m->options, handle);
    while (collect_for_room(L, code, &attempts));
    return code;
}

/* ---- the default arena ------------------------------------------------------------------------------ */

/* Starts to use the default arena, perhaps again. lina_init attaches the arena of LINA_ARENA; if that fails, the
 * first call that needs the arena says why. */
static void begin(struct arena *self) {
    core.clear_error();
    core.init();
    self->closed = false;
    self->trouble_code = core.last_error_code();
    snprintf(self->trouble, sizeof self->trouble, "%s", core.last_error());
}

static struct arena *default_of(lua_State *L) {
    struct arena *self = lua_touserdata(L, lua_upvalueindex(1));
    if (self->collected)
        raise_text(L, LINA_ERR_CLOSED, "", "the Lua state is ending");
    if (self->closed)
        begin(self);
    return self;
}

/* True if there is a default arena that fits: exist_ok is given, and `where` is nil or its name. */
static bool has_default(lua_State *L, const struct making *m) {
    lina_arena_t *there = core.arena_default();
    lina_arena_info_t info;
    const char *name = m->where == NULL ? "" : m->where;
    if (there == NULL || core.arena_info(there, &info) != LINA_OK)
        return false;
    if (!m->exist_ok || (m->where != NULL && strcmp(m->where, info.where) != 0))
        raise_text(L, LINA_ERR_EXISTS, name, "there is a default arena already");
    if (info.size < m->bytes)
        raise_text(L, LINA_ERR_EXISTS, name,
                   "there is a default arena already, with %f bytes, and not with %f",
                   (lua_Number)info.size, (lua_Number)m->bytes);
    return true;
}

/* Makes an arena the default one. Raises if another state or language of the process has made one meanwhile. */
static void adopt_default(lua_State *L, struct arena *self, lina_arena_t *handle,
                          const struct making *m) {
    int code = core.arena_set_default(handle);
    self->trouble_code = LINA_OK;
    if (code == LINA_OK)
        return;
    core.arena_close(handle);
    if (!has_default(L, m))
        raise_code(L, code, m->where == NULL ? "" : m->where);
}

/* init_arena(bytes [, where] [, options]) */
static int make_default(lua_State *L) {
    struct making m = {.bytes = count_argument(L, 1, UINT64_MAX)};
    bool has_where = lua_type(L, 2) == LUA_TSTRING || lua_isnil(L, 2);
    m.where = has_where ? where_argument(L, 2) : NULL;
    read_options(L, has_where ? 3 : 2, &m);
    struct arena *self = default_of(L);
    lina_arena_t *handle;
    if (has_default(L, &m))
        return 0;
    int code = create(L, &m, &handle);
    if (code != LINA_OK)
        raise_code(L, code, m.where == NULL ? "" : m.where);
    adopt_default(L, self, handle, &m);
    return 0;
}

/* attach(where [, options]) */
static int join_default(lua_State *L) {
    struct making m = {.where = text_argument(L, 1)};
    uint32_t flags = joining_flags(L, 2);
    struct arena *self = default_of(L);
    lina_arena_t *handle;
    has_default(L, &m);
    int code = core.arena_attach(m.where, flags, &handle);
    if (code != LINA_OK)
        raise_code(L, code, m.where);
    adopt_default(L, self, handle, &m);
    return 0;
}

/* ---- arenas beside it ------------------------------------------------------------------------------- */

/* Arena.create(where, bytes [, options]) */
static int make_arena(lua_State *L) {
    struct making m = {.where = where_argument(L, 1), .bytes = count_argument(L, 2, UINT64_MAX)};
    read_options(L, 3, &m);
    struct arena *self = arena_push(L);
    int code = create(L, &m, &self->handle);
    if (code != LINA_OK)
        raise_code(L, code, m.where == NULL ? "" : m.where);
    self->closed = false;
    return 1;
}

/* Arena.attach(where [, options]) */
static int join_arena(lua_State *L) {
    const char *where = text_argument(L, 1);
    uint32_t flags = joining_flags(L, 2);
    struct arena *self = arena_push(L);
    int code = core.arena_attach(where, flags, &self->handle);
    if (code != LINA_OK)
        raise_code(L, code, where);
    self->closed = false;
    return 1;
}

/* ---- arenas by name --------------------------------------------------------------------------------- */

static int unlink_arena(lua_State *L) {
    const char *where = text_argument(L, 1);
    int code = core.arena_unlink(where);
    if (code == LINA_ERR_BUSY) { /* perhaps because of arrays that are garbage */
        lua_gc(L, LUA_GCCOLLECT, 0);
        code = core.arena_unlink(where);
    }
    if (code != LINA_OK)
        raise_code(L, code, where);
    return 0;
}

static int inspect_arena(lua_State *L) {
    const char *where = text_argument(L, 1);
    lina_arena_info_t info;
    int code = core.arena_inspect(where, &info);
    if (code != LINA_OK)
        raise_code(L, code, where);
    push_info(L, &info);
    return 1;
}

const luaL_Reg default_functions[] = {
    {"init_arena", make_default},
    {"attach", join_default},
    {NULL, NULL},
};
const luaL_Reg arena_constructors[] = {
    {"create", make_arena},
    {"attach", join_arena},
    {NULL, NULL},
};
const luaL_Reg naming_functions[] = {
    {"unlink", unlink_arena},
    {"inspect", inspect_arena},
    {NULL, NULL},
};

struct arena *default_arena_push(lua_State *L) {
    struct arena *self = arena_push(L);
    self->is_default = true;
    begin(self);
    return self;
}
