/* integers.c - integers of 64 bits, as exact as each Lua permits.
 *
 *   5.3, 5.4   integers; above 2^63 - 1, negative integers with the same bits, as for math.ult
 *   LuaJIT     int64_t and uint64_t
 *   5.1, 5.2   numbers up to 2^53; beyond that, an error */
#include "binding.h"

#include <math.h>
#include <string.h>

#define EXACT (UINT64_C(1) << 53) /* above this, doubles skip integers */

#define KINDS "lina.integer kinds"

/* For LuaJIT with its FFI, stores a table in the registry: {int64_t, uint64_t, which(x)}. */
void integers_open(lua_State *L) {
    static const char source[] =
        "local ok, ffi = pcall(require, 'ffi')\n"
        "if not ok then return nil end\n"
        "local i64, u64, istype = ffi.typeof('int64_t'), ffi.typeof('uint64_t'), ffi.istype\n"
        "return {i64, u64, function(x)\n"
        "    return istype(i64, x) and 1 or istype(u64, x) and 2 or 0\n"
        "end}\n";
    lua_getglobal(L, "jit");
    bool is_luajit = lua_istable(L, -1);
    lua_pop(L, 1);
    if (!is_luajit || luaL_loadbuffer(L, source, sizeof source - 1, "=lina") != 0)
        return;
    lua_call(L, 0, 1);
    lua_setfield(L, LUA_REGISTRYINDEX, KINDS);
}

/* Pushes that table. False if there is none. */
static bool push_kinds(lua_State *L) {
    lua_getfield(L, LUA_REGISTRYINDEX, KINDS);
    if (lua_istable(L, -1))
        return true;
    lua_pop(L, 1);
    return false;
}

static bool cdata_to_integer(lua_State *L, int index, struct integer *out) {
    index = absolute(L, index);
    if (!push_kinds(L))
        return false;
    lua_rawgeti(L, -1, 3);
    lua_pushvalue(L, index);
    lua_call(L, 1, 1);
    int which = (int)lua_tointeger(L, -1);
    lua_pop(L, 2);
    if (which == 0)
        return false;
    memcpy(&out->bits, lua_topointer(L, index), sizeof out->bits); /* the payload of the cdata */
    out->is_unsigned = which == 2;
    return true;
}

static bool double_to_integer(double number, struct integer *out) {
    if (!(number >= -0x1p63 && number < 0x1p64) || number != floor(number))
        return false;
    out->is_unsigned = number >= 0x1p63;
    out->bits = out->is_unsigned ? (uint64_t)number : (uint64_t)(int64_t)number;
    return true;
}

bool to_integer(lua_State *L, int index, struct integer *out) {
    int type = lua_type(L, index);
    if (type == TYPE_CDATA)
        return cdata_to_integer(L, index, out);
    if (type != LUA_TNUMBER)
        return false;
#if HAS_INTEGERS
    if (lua_isinteger(L, index)) {
        out->bits = (uint64_t)lua_tointeger(L, index);
        out->is_unsigned = false;
        return true;
    }
#endif
    return double_to_integer(lua_tonumber(L, index), out);
}

bool to_int64(lua_State *L, int index, int64_t *out) {
    struct integer value;
    if (!to_integer(L, index, &value) || (value.is_unsigned && value.bits > INT64_MAX))
        return false;
    *out = (int64_t)value.bits;
    return true;
}

/* ---- pushing ---------------------------------------------------------------------------------------- */

#if !HAS_INTEGERS
/* Pushes cdata: an int64_t if `which` is 1, a uint64_t if it is 2. */
static bool push_cdata(lua_State *L, int which, uint64_t bits) {
    if (!push_kinds(L))
        return false;
    lua_rawgeti(L, -1, which);
    lua_remove(L, -2);
    lua_call(L, 0, 1);
    /* The cdata is new, so it may be changed. */
    memcpy((void *)(uintptr_t)lua_topointer(L, -1), &bits, sizeof bits);
    return true;
}

static void push_exact(lua_State *L, const char *sign, uint64_t magnitude) {
    if (magnitude > EXACT)
        raise_text(L, LINA_ERR_INVALID, "",
                   "%s%s is beyond 2^53, where the numbers of this Lua are not exact: use Lua 5.3 "
                   "or later, or LuaJIT",
                   sign, push_digits(L, magnitude));
    lua_pushnumber(L, *sign == 0 ? (double)magnitude : -(double)magnitude);
}
#endif

void push_int64(lua_State *L, int64_t value) {
#if HAS_INTEGERS
    lua_pushinteger(L, value);
#else
    if (!push_cdata(L, 1, (uint64_t)value))
        push_exact(L, value < 0 ? "-" : "", value < 0 ? 0 - (uint64_t)value : (uint64_t)value);
#endif
}

void push_uint64(lua_State *L, uint64_t value) {
#if HAS_INTEGERS
    lua_pushinteger(L, (lua_Integer)value);
#else
    if (!push_cdata(L, 2, value))
        push_exact(L, "", value);
#endif
}

void push_count(lua_State *L, uint64_t value) {
#if HAS_INTEGERS
    lua_pushinteger(L, (lua_Integer)value);
#else
    if (value <= EXACT)
        lua_pushnumber(L, (double)value);
    else
        push_uint64(L, value);
#endif
}
