/* any.c - several signals at once. */
#include "binding.h"

/* The entry at the top: a name, or {name, target}. Leaves the name in its place. */
static bool take_entry(lua_State *L, int arg, int n, uint64_t *target) {
    bool has_target = lua_istable(L, -1);
    if (has_target) {
        lua_rawgeti(L, -1, 2);
        struct integer value;
        if (!to_integer(L, -1, &value) || value.bits > INT64_MAX)
            raise_argument(L, arg, "entry %d: {name, target} expected", n);
        *target = value.bits;
        lua_pop(L, 1);
        lua_rawgeti(L, -1, 1);
        lua_replace(L, -2);
    }
    if (lua_type(L, -1) != LUA_TSTRING)
        raise_argument(L, arg, "entry %d: name or {name, target} expected, got %s", n,
                       push_shown(L, -1));
    return has_target;
}

/* poll{"a", {"b", 3}}: the name of the first that is set, or has reached its target; else nil. */
static int any_poll(lua_State *L) {
    int first;
    struct arena *self = arena_argument(L, &first);
    if (!lua_istable(L, first))
        raise_type(L, first, "table");
    int n = (int)lua_rawlen(L, first);
    for (int i = 1; i <= n; i++) {
        uint64_t target;
        lua_rawgeti(L, first, i);
        bool has_target = take_entry(L, first, i, &target);
        if (signal_look(L, self, lua_gettop(L), has_target ? &target : NULL))
            return 1;
        lua_pop(L, 1);
    }
    lua_pushnil(L);
    return 1;
}

const luaL_Reg any_methods[] = {{"poll", any_poll}, {NULL, NULL}};
