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

/* The entries of the list as the core wants them; their names stay on the stack. */
static uint32_t take_waits(lua_State *L, int arg, lina_wait_t *waits) {
    if (!lua_istable(L, arg))
        raise_type(L, arg, "table");
    size_t n = lua_rawlen(L, arg);
    if (n < 1 || n > LINA_WAIT_MOST)
        raise_argument(L, arg, "1 to %d signals expected, got %s", (int)LINA_WAIT_MOST,
                       push_digits(L, n));
    luaL_checkstack(L, (int)n + 16, "signals");
    for (uint32_t i = 0; i < n; i++) {
        lua_rawgeti(L, arg, (int)i + 1);
        bool has_target = take_entry(L, arg, (int)i + 1, &waits[i].target);
        if (!has_target)
            waits[i].target = LINA_WAIT_SET;
        waits[i].name = text_argument(L, lua_gettop(L));
    }
    return (uint32_t)n;
}

/* wait_any({"a", {"b", 3}} [, timeout]): the name of the first that is over. */
static int any_wait(lua_State *L) {
    int first;
    uint32_t which = 0;
    lina_wait_t waits[LINA_WAIT_MOST] = {{0}};
    struct arena *self = arena_argument(L, &first);
    int64_t timeout = timeout_argument(L, first + 1), ns;
    uint32_t n = take_waits(L, first, waits);
    waiting_let_hooks_run(L);
    lina_arena_t *handle = arena_handle(L, self, waits[0].name);
    int code = core.wait_any(handle, waits, n, 0, &which);
    int64_t deadline = waiting_deadline(timeout > 0 ? timeout : 0);
    while (code != LINA_OK && (ns = waiting_nap(deadline)) > 0) {
        waiting_go_on(L, code, self, waits[0].name, handle);
        code = core.wait_any(handle, waits, n, ns, &which);
    }
    if (code != LINA_OK)
        raise_code(L, code, waits[0].name);
    lua_pushstring(L, waits[which].name);
    return 1;
}

const luaL_Reg any_methods[] = {{"poll", any_poll}, {"wait_any", any_wait}, {NULL, NULL}};
