/* compat.h - one set of names for the C API of Lua 5.1 (and LuaJIT) to 5.4.
 *
 * Nothing here comes from LuaJIT's own additions, so that its module and that of Lua 5.1 need the same
 * functions. */
#ifndef LINA_LUA_COMPAT_H
#define LINA_LUA_COMPAT_H

#include <lauxlib.h>
#include <lua.h>
#include <stdbool.h>
#include <stdint.h>

#if LUA_VERSION_NUM < 502
#define lua_rawlen lua_objlen
#endif

#if LUA_VERSION_NUM >= 504
#define new_userdata(L, size) lua_newuserdatauv(L, size, 0)
#else
#define new_userdata(L, size) lua_newuserdata(L, size)
#endif

/* Whether integers of 64 bits are numbers of their own. */
#if LUA_VERSION_NUM >= 503
#define HAS_INTEGERS 1
#else
#define HAS_INTEGERS 0
#endif

/* What LuaJIT calls the type of its int64_t. */
#define TYPE_CDATA 10

/* An index that stays right when something is pushed. */
static inline int absolute(lua_State *L, int index) {
    return index > 0 || index <= LUA_REGISTRYINDEX ? index : lua_gettop(L) + index + 1;
}

/* Sets `functions` in the table on the top. Their upvalues: the value below the table, and their name. */
static inline void set_functions(lua_State *L, const luaL_Reg *functions) {
    for (; functions->name != NULL; functions++) {
        lua_pushvalue(L, -2);
        lua_pushstring(L, functions->name);
        lua_pushcclosure(L, functions->func, 2);
        lua_setfield(L, -2, functions->name);
    }
}

#endif
