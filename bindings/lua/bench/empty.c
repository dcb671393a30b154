/* empty.c - measures the least that Lua takes for such calls: a function that does nothing, one that reads its argument
 * and returns a boolean, and an array whose metamethods only read and write an element. None of them checks its
 * arguments, so no binding can be as fast. */
#include <lua.h>
#include <stddef.h>
#include <string.h>

#define VISIBLE __attribute__((visibility("default")))

VISIBLE int lina_bench_empty(lua_State *L);
VISIBLE int lina_bench_look(lua_State *L);
VISIBLE int lina_bench_array(lua_State *L);
VISIBLE int lina_bench_nothing(const void *argument);

int lina_bench_empty(lua_State *L) {
    (void)L;
    return 0;
}

/* Does the least that try_wait must do: reads the arena (an upvalue, which is absent here) and the name, and returns an
 * answer. */
int lina_bench_look(lua_State *L) {
    const void *owner = lua_touserdata(L, lua_upvalueindex(1)), *name = lua_topointer(L, 1);
    lua_pushboolean(L, name != owner);
    return 1;
}

static int index_bare(lua_State *L) {
    const double *elements = lua_touserdata(L, 1);
    lua_pushnumber(L, (lua_Number)elements[lua_tointeger(L, 2)]);
    return 1;
}

static int newindex_bare(lua_State *L) {
    double *elements = lua_touserdata(L, 1);
    elements[lua_tointeger(L, 2)] = (double)lua_tonumber(L, 3);
    return 0;
}

/* array(n): n doubles, which count from 1. */
int lina_bench_array(lua_State *L) {
    size_t size = ((size_t)lua_tointeger(L, 1) + 1) * sizeof(double);
    memset(lua_newuserdata(L, size), 0, size);
    lua_newtable(L);
    lua_pushcfunction(L, index_bare);
    lua_setfield(L, -2, "__index");
    lua_pushcfunction(L, newindex_bare);
    lua_setfield(L, -2, "__newindex");
    lua_setmetatable(L, -2);
    return 1;
}

int lina_bench_nothing(const void *argument) { return argument != NULL; }
