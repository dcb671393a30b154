/* any.c - several signals at once. */
#include "binding.h"

#include <stdlib.h>
#include <string.h>

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

/* ---- depending on a member -------------------------------------------------------------------------- */

/* A nap binds to the member that has the name then, and the next one may find a namesake: so the whole wait
 * remembers whom it means. */
struct bond {
    const char *member;
    uint64_t incarnation; /* 0: nobody has had the name yet */
};

static uint64_t find_member(lina_arena_t *arena, const char *name) {
    lina_member_info_t *all = NULL;
    size_t n = 0, total = 0, room;
    uint64_t found = 0;
    do {
        free(all);
        room = total + 16;
        all = malloc(room * sizeof *all);
    } while (all != NULL && core.member_list(arena, all, room, &n, &total) == LINA_OK &&
             total > room);
    for (size_t i = 0; all != NULL && i < n; i++)
        if (strcmp(all[i].name, name) == 0)
            found = all[i].incarnation;
    free(all);
    return found;
}

static bool has_namesake(lina_arena_t *arena, struct bond *bond) {
    uint64_t now = bond->member == NULL ? 0 : find_member(arena, bond->member);
    if (bond->incarnation == 0)
        bond->incarnation = now;
    return now != 0 && now != bond->incarnation;
}

/* The member is gone, though its namesake is not. What came before its death wins. */
static uint32_t end_without(lua_State *L, lina_arena_t *handle, lina_wait_t *waits, uint32_t n,
                            const char *member) {
    uint32_t which = 0;
    for (uint32_t i = 0; i < n; i++)
        waits[i].member = NULL;
    if (core.wait_any(handle, waits, n, 0, &which) == LINA_OK)
        return which;
    raise_text(L, LINA_ERR_DIED, waits[0].name, "signal \"%s\": member \"%s\" is gone",
               waits[0].name, member);
}

uint32_t wait_for_any(lua_State *L, struct arena *self, lina_wait_t *waits, uint32_t n,
                      int64_t timeout) {
    uint32_t which = 0;
    int64_t ns;
    waiting_let_hooks_run(L);
    lina_arena_t *handle = arena_handle(L, self, waits[0].name);
    struct bond bond = {.member = waits[0].member};
    has_namesake(handle, &bond);
    int code = core.wait_any(handle, waits, n, 0, &which);
    int64_t deadline = waiting_deadline(timeout > 0 ? timeout : 0);
    while (code != LINA_OK && (ns = waiting_nap(deadline)) > 0) {
        waiting_go_on(L, code, self, waits[0].name, handle);
        if (has_namesake(handle, &bond))
            return end_without(L, handle, waits, n, bond.member);
        code = core.wait_any(handle, waits, n, ns, &which);
    }
    if (code != LINA_OK)
        raise_code(L, code, waits[0].name);
    return which;
}

/* wait_any({"a", {"b", 3}} [, timeout or {timeout =, member =}]): the name of the first that is over. */
static int any_wait(lua_State *L) {
    int first;
    const char *member;
    lina_wait_t waits[LINA_WAIT_MOST] = {{0}};
    struct arena *self = arena_argument(L, &first);
    int64_t timeout = wait_argument(L, first + 1, &member);
    uint32_t n = take_waits(L, first, waits);
    for (uint32_t i = 0; i < n; i++)
        waits[i].member = member;
    lua_pushstring(L, waits[wait_for_any(L, self, waits, n, timeout)].name);
    return 1;
}

const luaL_Reg any_methods[] = {{"poll", any_poll}, {"wait_any", any_wait}, {NULL, NULL}};
