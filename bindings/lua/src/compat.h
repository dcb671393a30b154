/* compat.h - one set of names for the C API of Lua 5.1 (and LuaJIT) to 5.4.
 *
 * It uses none of LuaJIT's additions, so the modules for LuaJIT and Lua 5.1 need the same functions. */
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

/* Since 5.3, Lua has integers of 64 bits. */
#if LUA_VERSION_NUM >= 503
#define HAS_INTEGERS 1
#else
#define HAS_INTEGERS 0
#endif

/* LuaJIT's type of cdata, such as int64_t. */
#define TYPE_CDATA 10

/* An index that stays the same when values are pushed. */
static inline int absolute(lua_State *L, int index) {
    return index > 0 || index <= LUA_REGISTRYINDEX ? index : lua_gettop(L) + index + 1;
}

/* Sets `functions` in the table on the top. Each has two upvalues: the value below the table, and its name. */
static inline void set_functions(lua_State *L, const luaL_Reg *functions) {
    for (; functions->name != NULL; functions++) {
        lua_pushvalue(L, -2);
        lua_pushstring(L, functions->name);
        lua_pushcclosure(L, functions->func, 2);
        lua_setfield(L, -2, functions->name);
    }
}

#endif
