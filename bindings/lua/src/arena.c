/* arena.c - the type lina.Arena: the handle of an arena, and its end. */
#include "binding.h"

#include <stdio.h>
#include <string.h>

static const char arena_mark;

/* ---- life ------------------------------------------------------------------------------------------- */

struct arena *arena_push(lua_State *L) {
    struct arena *self = new_userdata(L, sizeof *self);
    memset(self, 0, sizeof *self);
    self->magic = &arena_mark;
    self->anchors = LUA_NOREF;
    self->closed = true;
    luaL_getmetatable(L, ARENA_TYPE);
    lua_setmetatable(L, -2);
    lua_newtable(L);
    self->anchors = luaL_ref(L, LUA_REGISTRYINDEX);
    return self;
}

void arena_end(lua_State *L, struct arena *self) {
    if (self->closed)
        return;
    self->closed = true;
    watches_end(L, self);
    signals_forget(L, self);
    lina_arena_t *handle = self->handle;
    self->handle = NULL;
    self->epoch++;
    self->size = 0;
    if (self->is_default)
        core.shutdown();
    else
        core.arena_close(handle);
}

struct arena *to_arena(lua_State *L, int index) {
    struct arena *self = lua_touserdata(L, index);
    bool fits = self != NULL && lua_rawlen(L, index) == sizeof *self;
    return fits && self->magic == &arena_mark ? self : NULL;
}

static int arena_gc(lua_State *L) {
    struct arena *self = to_arena(L, 1);
    if (self == NULL)
        return 0;
    arena_end(L, self);
    self->collected = true;
    luaL_unref(L, LUA_REGISTRYINDEX, self->anchors);
    self->anchors = LUA_NOREF;
    return 0;
}

/* ---- use -------------------------------------------------------------------------------------------- */

struct arena *arena_argument(lua_State *L, int *first) {
    struct arena *self = lua_touserdata(L, lua_upvalueindex(1));
    *first = 1;
    if (self != NULL)
        return self;
    *first = 2;
    self = to_arena(L, 1);
    if (self == NULL)
        raise_type(L, 1, ARENA_TYPE);
    return self;
}

/* Raises the error that there is no default arena. */
static void raise_absent(lua_State *L, const struct arena *self, const char *name) {
    if (self->trouble_code != LINA_OK)
        raise_text(L, self->trouble_code, name, "LINA_ARENA: %s", self->trouble);
    const char *quote = *name == 0 ? "" : "\"";
    raise_text(L, LINA_ERR_NOT_READY, name,
               "%s%s%s%sthere is no default arena yet: call lina.init_arena or lina.attach", quote,
               name, quote, *name == 0 ? "" : ": ");
}

lina_arena_t *arena_handle(lua_State *L, struct arena *self, const char *name) {
    const char *quote = *name == 0 ? "" : "\"";
    if (self->closed)
        raise_text(L, LINA_ERR_CLOSED, name, "%s%s%s%sthe %sarena was closed", quote, name, quote,
                   *name == 0 ? "" : ": ", self->is_default ? "default " : "");
    if (!self->is_default)
        return self->handle;
    lina_arena_t *now = core.arena_default();
    if (now != self->handle) {
        signals_forget(L, self);
        memset(self->serials_seen, 0, sizeof self->serials_seen);
        self->size = 0;
        self->handle = now;
        self->epoch++;
    }
    if (now == NULL)
        raise_absent(L, self, name);
    return now;
}

static int arena_close(lua_State *L) {
    int first;
    arena_end(L, arena_argument(L, &first));
    return 0;
}

static int arena_is_closed(lua_State *L) {
    int first;
    lua_pushboolean(L, arena_argument(L, &first)->closed);
    return 1;
}

static int arena_info(lua_State *L) {
    int first;
    lina_arena_info_t info;
    int code = core.arena_info(arena_handle(L, arena_argument(L, &first), ""), &info);
    if (code != LINA_OK)
        raise_code(L, code, "");
    push_info(L, &info);
    return 1;
}

static int arena_fileno(lua_State *L) {
    int first, fd;
    int code = core.arena_fd(arena_handle(L, arena_argument(L, &first), ""), &fd);
    if (code != LINA_OK)
        raise_code(L, code, "");
    lua_pushinteger(L, fd);
    return 1;
}

/* For lina/ffi.lua: returns the addresses of the handle and of the epoch as numbers, and the object itself. */
static int arena_addresses(lua_State *L) {
    int first;
    struct arena *self = arena_argument(L, &first);
    lua_pushnumber(L, (lua_Number)(uintptr_t)arena_handle(L, self, ""));
    lua_pushnumber(L, (lua_Number)(uintptr_t)&self->epoch);
    if (first == 1)
        lua_pushvalue(L, lua_upvalueindex(1));
    else
        lua_pushvalue(L, 1);
    return 3;
}

static int arena_check(lua_State *L) {
    int first;
    int code = core.check_arena(arena_handle(L, arena_argument(L, &first), ""));
    if (code != LINA_OK)
        raise_code(L, code, "");
    return 0;
}

static int arena_sync(lua_State *L) {
    int first;
    int code = core.arena_sync(arena_handle(L, arena_argument(L, &first), ""));
    if (code != LINA_OK)
        raise_code(L, code, "");
    return 0;
}

static int arena_tostring(lua_State *L) {
    struct arena *self = to_arena(L, 1);
    lina_arena_info_t info;
    lina_arena_t *handle = self == NULL || self->closed ? NULL
                           : self->is_default           ? core.arena_default()
                                                        : self->handle;
    if (handle == NULL || core.arena_info(handle, &info) != LINA_OK) {
        lua_pushstring(L, self != NULL && self->is_default ? "lina.Arena (default), not there"
                                                           : "lina.Arena (closed)");
        return 1;
    }
    char size[32];
    snprintf(size, sizeof size, "%llu", (unsigned long long)info.size);
    lua_pushfstring(L, "lina.Arena %s, %s bytes, %d arrays",
                    info.where[0] != 0 ? info.where : "(anonymous)", size, (int)info.arrays);
    return 1;
}

const luaL_Reg arena_own_methods[] = {
    {"info", arena_info},
    {"fileno", arena_fileno},
    {"check", arena_check},
    {"sync", arena_sync},
    {"_addresses", arena_addresses},
    {"close", arena_close},
    {"is_closed", arena_is_closed},
    {NULL, NULL},
};

static const luaL_Reg metamethods[] = {
    {"__gc", arena_gc},
    {"__close", arena_close},
    {"__tostring", arena_tostring},
    {NULL, NULL},
};

void arena_open(lua_State *L) {
    luaL_newmetatable(L, ARENA_TYPE);
    lua_pushnil(L); /* the methods' upvalue is nil: they get the arena as an argument */
    lua_insert(L, -2);
    set_functions(L, metamethods);
    lua_pushliteral(L, ARENA_TYPE);
    lua_setfield(L, -2, "__name");
    lua_pushliteral(L, ARENA_TYPE);
    lua_setfield(L, -2, "__metatable");
    lua_remove(L, -2);
}
