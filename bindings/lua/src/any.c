/* any.c - the functions for several signals and readers at once. */
#include "binding.h"

#include <string.h>

/* Reads the entry on the top for the core: a name, {name, target} or a reader. Replaces it by what the functions
 * return: the name or the reader. */
static void take_entry(lua_State *L, int arg, int n, struct arena *self, struct several *out) {
    lina_wait_t *wait = &out->all[out->n];
    bool *revives = &out->revives[out->n++];
    struct arena *owner = reader_wish(L, -1, wait, revives);
    if (owner != NULL) {
        if (arena_handle(L, owner, wait->name) != arena_handle(L, self, wait->name))
            raise_argument(L, arg, "entry %d: the reader of stream \"%s\" is of another arena", n,
                           wait->name);
        return;
    }
    *revives = false;
    *wait = (lina_wait_t){.target = LINA_WAIT_SET};
    if (lua_istable(L, -1)) {
        lua_rawgeti(L, -1, 2);
        struct integer value;
        if (!to_integer(L, -1, &value) || value.bits > INT64_MAX)
            raise_argument(L, arg, "entry %d: {name, target} expected", n);
        wait->target = value.bits;
        lua_pop(L, 1);
        lua_rawgeti(L, -1, 1);
        lua_replace(L, -2);
    }
    if (lua_type(L, -1) != LUA_TSTRING)
        raise_argument(L, arg, "entry %d: name, {name, target} or lina.Reader expected, got %s", n,
                       push_shown(L, -1));
    wait->name = lua_tostring(L, -1);
    if (strlen(wait->name) != lua_rawlen(L, -1))
        raise_argument(L, arg, "entry %d: a string without zero bytes expected", n);
}

/* True if the entry on the top is reached. A name that was used before needs no call. */
static bool is_reached(lua_State *L, struct arena *self, const struct several *one) {
    const lina_wait_t *wait = &one->all[0];
    if ((wait->flags & LINA_WAIT_STREAM) == 0)
        return signal_look(L, self, lua_gettop(L),
                           wait->target == LINA_WAIT_SET ? NULL : &wait->target);
    int code = several_look(arena_handle(L, self, wait->name), one, 0);
    if (code != LINA_OK && code != LINA_ERR_TIMEOUT)
        raise_code(L, code, wait->name);
    return code == LINA_OK;
}

/* poll{"a", {"b", 3}, reader}: returns the first that is set, has reached its target, or can go on, or nil. */
static int any_poll(lua_State *L) {
    int first;
    struct arena *self = arena_argument(L, &first);
    if (!lua_istable(L, first))
        raise_type(L, first, "table");
    int n = (int)lua_rawlen(L, first);
    for (int i = 1; i <= n; i++) {
        struct several one;
        one.n = 0;
        lua_rawgeti(L, first, i);
        take_entry(L, first, i, self, &one);
        if (is_reached(L, self, &one))
            return 1;
        lua_pop(L, 1);
    }
    lua_pushnil(L);
    return 1;
}

/* Reads the entries of the list, which stay on the stack. */
static void take_waits(lua_State *L, int arg, struct arena *self, struct several *out) {
    if (!lua_istable(L, arg))
        raise_type(L, arg, "table");
    size_t n = lua_rawlen(L, arg);
    if (n < 1 || n > LINA_WAIT_MOST)
        raise_argument(L, arg, "1 to %d signals or readers expected, got %s", (int)LINA_WAIT_MOST,
                       push_digits(L, n));
    luaL_checkstack(L, (int)n + 16, "signals");
    for (int i = 1; i <= (int)n; i++) {
        lua_rawgeti(L, arg, i);
        take_entry(L, arg, i, self, out);
    }
}

/* wait_any({"a", {"b", 3}, reader} [, timeout or {timeout =, member =}]): returns the first that is over. */
static int any_wait(lua_State *L) {
    int first;
    const char *member;
    struct several waits = {0};
    struct arena *self = arena_argument(L, &first);
    int64_t timeout = wait_argument(L, first + 1, &member);
    int below = lua_gettop(L);
    take_waits(L, first, self, &waits);
    for (uint32_t i = 0; i < waits.n; i++)
        waits.all[i].member = member;
    lua_pushvalue(L, below + 1 + (int)wait_for_any(L, self, &waits, timeout));
    return 1;
}

const luaL_Reg any_methods[] = {{"poll", any_poll}, {"wait_any", any_wait}, {NULL, NULL}};
