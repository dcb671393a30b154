/* module.c - luaopen_lina_core: makes the tables from which lina/init.lua builds the module lina. */
#include "binding.h"

static int module_version(lua_State *L) {
    lua_pushstring(L, core.version());
    return 1;
}

static int module_library(lua_State *L) {
    lua_pushstring(L, core_path());
    return 1;
}

static const luaL_Reg module_functions[] = {
    {"version", module_version},
    {"library", module_library},
    {NULL, NULL},
};

/* Sets the functions for an arena in the table on the top. Their upvalue is the value below it. */
static void set_arena_functions(lua_State *L) {
    set_functions(L, arena_own_methods);
    set_functions(L, arrays_methods);
    set_functions(L, signal_methods);
    set_functions(L, waiting_methods);
    set_functions(L, any_methods);
    set_functions(L, watch_methods);
    set_functions(L, stream_methods);
    set_functions(L, reader_methods);
}

/* Sets sizes for lina/ffi.lua in the table on the top. */
static void set_sizes(lua_State *L) {
    lua_pushinteger(L, (lua_Integer)sizeof(lina_view_t));
    lua_setfield(L, -2, "view_size");
    lua_pushinteger(L, (lua_Integer)sizeof(lina_signal_t));
    lua_setfield(L, -2, "signal_size");
}

/* Pushes the table of the methods of Arena. */
static void push_arena_methods(lua_State *L) {
    arena_open(L);
    lua_pushnil(L);
    lua_newtable(L);
    set_arena_functions(L);
    lua_remove(L, -2);
    lua_pushvalue(L, -1);
    lua_setfield(L, -3, "__index");
    lua_remove(L, -2);
}

__attribute__((visibility("default"))) int luaopen_lina_core(lua_State *L);

/* Returns {lina = functions, Arena = constructors, arena = methods, array = methods, LinaError = type}. */
int luaopen_lina_core(lua_State *L) {
    const char *why;
    flavour_check(L, __builtin_return_address(0));
#if LUA_VERSION_NUM >= 502
    luaL_checkversion(L);
#endif
    if (!core_load(&why))
        return luaL_error(L, "lina: %s", why);
    lua_settop(L, 0);
    lua_newtable(L);
    set_sizes(L);
    errors_open(L);
    lua_setfield(L, 1, "LinaError");
    integers_open(L);
    waiting_open(L);
    watch_open(L);
    array_open(L);
    lua_setfield(L, 1, "array");
    reader_open(L);
    lua_setfield(L, 1, "reader");
    push_arena_methods(L);
    lua_setfield(L, 1, "arena");
    default_arena_push(L);
    lua_newtable(L);
    set_arena_functions(L);
    set_functions(L, default_functions);
    set_functions(L, naming_functions);
    set_functions(L, module_functions);
    lua_setfield(L, 1, "lina");
    lua_newtable(L);
    set_functions(L, arena_constructors);
    lua_setfield(L, 1, "Arena");
    lua_settop(L, 1);
    return 1;
}
