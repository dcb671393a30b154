/* errors.c - the type lina.LinaError: an error is a table with code, name, message and where. */
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "binding.h"

/* True if a function is part of this module, written in Lua. */
static bool is_ours(const lua_Debug *frame) {
    static const char *const ours[] = {"lina/init.lua", "lina/ffi.lua"};
    size_t length = strlen(frame->source);
    for (size_t i = 0; i < sizeof ours / sizeof *ours; i++) {
        size_t part = strlen(ours[i]);
        if (length >= part && strcmp(frame->source + length - part, ours[i]) == 0)
            return true;
    }
    return false;
}

/* Pushes "script.lua:3: ", the user's line that called Lina, or "". */
static void push_where(lua_State *L) {
    lua_Debug frame;
    for (int level = 1; lua_getstack(L, level, &frame) != 0; level++) {
        lua_getinfo(L, "Sl", &frame);
        if (frame.currentline > 0 && !is_ours(&frame)) {
            lua_pushfstring(L, "%s:%d: ", frame.short_src, frame.currentline);
            return;
        }
    }
    lua_pushliteral(L, "");
}

/* Makes an error of the message on the top. */
static void make_error(lua_State *L, int code, const char *name) {
    lua_createtable(L, 0, 4);
    lua_insert(L, -2);
    lua_setfield(L, -2, "message");
    lua_pushstring(L, core.error_name(code));
    lua_setfield(L, -2, "code");
    lua_pushstring(L, name);
    lua_setfield(L, -2, "name");
    push_where(L);
    lua_setfield(L, -2, "where");
    luaL_getmetatable(L, ERROR_TYPE);
    lua_setmetatable(L, -2);
}

/* Raises an error with the message on the top. */
__attribute__((noreturn)) static void raise(lua_State *L, int code, const char *name) {
    make_error(L, code, name);
    lua_error(L);
    __builtin_unreachable();
}

/* What the core's messages call by its C name, in Lua's words. */
static const char *const words[][2] = {
    {"LINA_ARENA_JOIN", "exist_ok = true"}, {"LINA_ARENA_REPLACE", "replace = true"},
    {"lina_arena_unlink", "lina.unlink"},   {"LINA_ATTACH_OTHER_USER", "other_user = true"},
    {"lina_alias", "lina.alias"},
};

/* Pushes the calling thread's last failure. */
static void push_core_message(lua_State *L) {
    lua_pushstring(L, core.last_error());
    for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
        luaL_gsub(L, lua_tostring(L, -1), words[i][0], words[i][1]);
        lua_remove(L, -2);
    }
}

int raise_code(lua_State *L, int code, const char *name) {
    luaL_checkstack(L, 8, "an error");
    push_core_message(L);
    raise(L, code, name);
}

int raise_with_loan(lua_State *L, int code, const char *name, int loan) {
    loan = absolute(L, loan);
    luaL_checkstack(L, 8, "an error");
    push_core_message(L);
    make_error(L, code, name);
    lua_pushvalue(L, loan);
    lua_setfield(L, -2, "loan");
    lua_error(L);
    __builtin_unreachable();
}

int raise_text(lua_State *L, int code, const char *name, const char *format, ...) {
    luaL_checkstack(L, 8, "an error");
    va_list arguments;
    va_start(arguments, format);
    lua_pushvfstring(L, format, arguments);
    va_end(arguments);
    raise(L, code, name);
}

/* The number of an argument. A method does not count the object itself. */
static int argument_number(lua_State *L, int arg) {
    return lua_touserdata(L, lua_upvalueindex(1)) == NULL && lua_type(L, 1) == LUA_TUSERDATA
               ? arg - 1
               : arg;
}

/* Raises with the reason on the top. The function's second upvalue is its name. */
__attribute__((noreturn)) static void raise_bad_argument(lua_State *L, int arg) {
    const char *function = lua_tostring(L, lua_upvalueindex(2));
    int number = argument_number(L, arg);
    if (number == 0)
        lua_pushfstring(L, "calling '%s' on bad self (%s)", function, lua_tostring(L, -1));
    else
        lua_pushfstring(L, "bad argument #%d to '%s' (%s)", number, function, lua_tostring(L, -1));
    raise(L, LINA_ERR_INVALID, "");
}

int raise_argument(lua_State *L, int arg, const char *format, ...) {
    luaL_checkstack(L, 8, "an error");
    va_list arguments;
    va_start(arguments, format);
    lua_pushvfstring(L, format, arguments);
    va_end(arguments);
    raise_bad_argument(L, arg);
}

/* The type of a value, as in Lua's own messages. */
static const char *type_of(lua_State *L, int index) {
    if (lua_type(L, index) == LUA_TNONE)
        return "no value";
    if (to_array(L, index) != NULL)
        return ARRAY_TYPE;
    if (to_arena(L, index) != NULL)
        return ARENA_TYPE;
    return lua_type(L, index) == LUA_TLIGHTUSERDATA ? "light userdata" : luaL_typename(L, index);
}

int raise_type(lua_State *L, int arg, const char *expected) {
    raise_argument(L, arg, "%s expected, got %s", expected, type_of(L, arg));
}

const char *push_shown(lua_State *L, int index) {
    index = absolute(L, index);
    size_t length;
    switch (lua_type(L, index)) {
    case LUA_TNUMBER:
        lua_pushvalue(L, index); /* lua_tostring would convert the original */
        return lua_tostring(L, -1);
    case LUA_TSTRING: {
        const char *text = lua_tolstring(L, index, &length);
        lua_pushlstring(L, text, length < 60 ? length : 60);
        return lua_pushfstring(L, "\"%s\"%s", lua_tostring(L, -1), length < 60 ? "" : "...");
    }
    case LUA_TBOOLEAN:
        return lua_pushfstring(L, "%s", lua_toboolean(L, index) ? "true" : "false");
    case LUA_TNIL:
        return lua_pushfstring(L, "nil");
    default:
        return lua_pushfstring(L, "a %s", type_of(L, index));
    }
}

const char *push_digits(lua_State *L, uint64_t count) {
    char digits[24];
    snprintf(digits, sizeof digits, "%" PRIu64, count);
    lua_pushstring(L, digits);
    return lua_tostring(L, -1);
}

/* ---- the type --------------------------------------------------------------------------------------- */

static int error_tostring(lua_State *L) {
    luaL_checktype(L, 1, LUA_TTABLE);
    lua_getfield(L, 1, "where");
    lua_getfield(L, 1, "message");
    if (lua_type(L, -1) != LUA_TSTRING || lua_type(L, -2) != LUA_TSTRING)
        lua_pushliteral(L, ERROR_TYPE);
    else
        lua_concat(L, 2);
    return 1;
}

/* "failed: " .. e, for scripts that expect a string. */
static int error_concat(lua_State *L) {
    lua_settop(L, 2);
    for (int i = 1; i <= 2; i++)
        if (lua_type(L, i) == LUA_TTABLE && luaL_callmeta(L, i, "__tostring"))
            lua_replace(L, i);
    if (lua_isstring(L, 1) == 0 || lua_isstring(L, 2) == 0)
        return luaL_error(L, "attempt to concatenate a %s value",
                          luaL_typename(L, lua_isstring(L, 1) ? 2 : 1));
    lua_concat(L, 2);
    return 1;
}

void errors_open(lua_State *L) {
    luaL_newmetatable(L, ERROR_TYPE);
    lua_pushcfunction(L, error_tostring);
    lua_setfield(L, -2, "__tostring");
    lua_pushcfunction(L, error_concat);
    lua_setfield(L, -2, "__concat");
    lua_pushliteral(L, ERROR_TYPE);
    lua_setfield(L, -2, "__name");
}
