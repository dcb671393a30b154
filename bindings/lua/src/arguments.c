/* arguments.c - converts the arguments of callers to C values. */
#include "binding.h"

#include <math.h>
#include <string.h>

const char *text_argument(lua_State *L, int arg) {
    if (lua_type(L, arg) != LUA_TSTRING)
        raise_type(L, arg, "string");
    size_t length;
    const char *text = lua_tolstring(L, arg, &length);
    if (strlen(text) != length)
        raise_argument(L, arg, "a string without zero bytes expected");
    return text;
}

/* ---- numbers ---------------------------------------------------------------------------------------- */

/* Reads an integer from 0 to `most`. Returns NULL, or says why the value is none. */
static const char *why_no_count(lua_State *L, int index, uint64_t most, uint64_t *out) {
    struct integer value;
    if (!to_integer(L, index, &value))
        return lua_type(L, index) == LUA_TNUMBER ? "has no integer representation" : "";
    if (!value.is_unsigned && (int64_t)value.bits < 0)
        return "must not be negative";
    if (value.bits > most)
        return "is too large";
    *out = value.bits;
    return NULL;
}

/* Reads the value at `index`, which is part of the argument `arg`. `what` says which part, or is "". */
static uint64_t count_in_argument(lua_State *L, int arg, int index, const char *what,
                                  uint64_t most) {
    uint64_t value = 0;
    const char *why = why_no_count(L, index, most, &value);
    if (why == NULL)
        return value;
    const char *colon = *what == 0 ? "" : ": ";
    if (*why == 0)
        raise_argument(L, arg, "%s%sinteger expected, got %s", what, colon,
                       lua_isnone(L, index) ? "no value" : luaL_typename(L, index));
    raise_argument(L, arg, "%s%s%s %s", what, colon, push_shown(L, index), why);
    return 0;
}

uint64_t count_argument(lua_State *L, int arg, uint64_t most) {
    return count_in_argument(L, arg, arg, "", most);
}

/* Reads the time-out on the top, and pops it. */
static int64_t take_timeout(lua_State *L, int arg) {
    if (lua_isnil(L, -1)) {
        lua_pop(L, 1);
        return LINA_FOREVER;
    }
    if (lua_type(L, -1) != LUA_TNUMBER)
        raise_argument(L, arg, "seconds expected as a number, or nil, got %s",
                       luaL_typename(L, -1));
    double seconds = lua_tonumber(L, -1);
    lua_pop(L, 1);
    if (isnan(seconds))
        raise_argument(L, arg, "a time-out must not be NaN");
    double ns = ceil(seconds * 1e9); /* rounded up: never too early */
    return ns <= 0 ? 0 : ns < 0x1p63 ? (int64_t)ns : LINA_FOREVER;
}

int64_t timeout_option(lua_State *L, int arg) {
    if (!lua_istable(L, arg))
        return LINA_FOREVER;
    lua_getfield(L, arg, "timeout");
    return take_timeout(L, arg);
}

int64_t timeout_argument(lua_State *L, int arg) {
    static const char *const names[] = {"timeout", NULL};
    if (lua_istable(L, arg)) {
        options_argument(L, arg, names);
        return timeout_option(L, arg);
    }
    lua_settop(L, arg);
    return take_timeout(L, arg);
}

int64_t wait_argument(lua_State *L, int arg, const char **member) {
    static const char *const names[] = {"timeout", "member", NULL};
    *member = NULL;
    if (!lua_istable(L, arg))
        return timeout_argument(L, arg);
    options_argument(L, arg, names);
    int64_t timeout = timeout_option(L, arg);
    lua_settop(L, arg);
    lua_getfield(L, arg, "member");
    if (lua_isnil(L, -1))
        return timeout;
    if (lua_type(L, -1) != LUA_TSTRING)
        raise_argument(L, arg, "option member: string expected, got %s", luaL_typename(L, -1));
    *member = lua_tostring(L, -1);
    if (strlen(*member) != lua_rawlen(L, -1))
        raise_argument(L, arg, "option member: a string without zero bytes expected");
    return timeout;
}

/* ---- options ---------------------------------------------------------------------------------------- */

static bool is_among(const char *name, const char *const *names) {
    for (; *names != NULL; names++)
        if (strcmp(*names, name) == 0)
            return true;
    return false;
}

bool options_argument(lua_State *L, int arg, const char *const *names) {
    if (lua_isnoneornil(L, arg))
        return false;
    if (!lua_istable(L, arg))
        raise_type(L, arg, "table of options");
    for (lua_pushnil(L); lua_next(L, arg) != 0; lua_pop(L, 1))
        if (lua_type(L, -2) != LUA_TSTRING || !is_among(lua_tostring(L, -2), names))
            raise_argument(L, arg, "there is no option %s", push_shown(L, -2));
    return true;
}

bool flag_option(lua_State *L, int arg, const char *name) {
    if (!lua_istable(L, arg))
        return false;
    lua_getfield(L, arg, name);
    if (!lua_isnil(L, -1) && !lua_isboolean(L, -1))
        raise_argument(L, arg, "option %s: boolean expected, got %s", name, luaL_typename(L, -1));
    bool value = lua_toboolean(L, -1) != 0;
    lua_pop(L, 1);
    return value;
}

uint64_t count_option(lua_State *L, int arg, const char *name, uint64_t most) {
    if (!lua_istable(L, arg))
        return 0;
    lua_getfield(L, arg, name);
    uint64_t value = lua_isnil(L, -1) ? 0 : count_in_argument(L, arg, -1, name, most);
    lua_pop(L, 1);
    return value;
}

/* ---- dtypes and shapes ------------------------------------------------------------------------------ */

uint32_t dtype_option(lua_State *L, int arg, int index) {
    uint32_t dtype = 0;
    int type = lua_type(L, index);
    if (type == LUA_TNUMBER) {
        dtype = (uint32_t)count_in_argument(L, arg, index, "dtype", UINT32_MAX);
        if (core.dtype_size(dtype) == 0)
            raise_argument(L, arg, "%s is no dtype: code + bits * 2^8 + lanes * 2^16",
                           push_shown(L, index));
        return dtype;
    }
    if (type != LUA_TSTRING)
        raise_argument(L, arg, "dtype as a string expected, got %s",
                       type == LUA_TNONE ? "no value" : luaL_typename(L, index));
    const char *name = lua_tostring(L, index);
    if (strlen(name) != lua_rawlen(L, index) || core.dtype_from_name(name, &dtype) != LINA_OK)
        raise_argument(L, arg,
                       "%s is no dtype: Lina's are u8 i64 f64 bool i8 i16 i32 u16 u32 u64 f16 bf16 "
                       "f32 c64 c128",
                       push_shown(L, index));
    return dtype;
}

uint32_t dtype_argument(lua_State *L, int arg) { return dtype_option(L, arg, arg); }

/* The number of dimensions. Raises unless the table is a list of at most LINA_MAX_DIMS. */
static uint32_t count_dimensions(lua_State *L, int arg, int index, const char *what) {
    size_t n = lua_rawlen(L, index), entries = 0;
    for (lua_pushnil(L); lua_next(L, index) != 0; lua_pop(L, 1))
        entries++;
    if (entries != n)
        raise_argument(L, arg, "%s: a list expected, as {2, 3}", what);
    if (n > LINA_MAX_DIMS)
        raise_argument(L, arg, "%s: %d dimensions are more than %d", what, (int)n, LINA_MAX_DIMS);
    return (uint32_t)n;
}

void shape_argument(lua_State *L, int arg, int index, const char *what, uint64_t *shape,
                    uint32_t *ndim) {
    index = absolute(L, index);
    if (!lua_istable(L, index)) {
        if (lua_type(L, index) != LUA_TNUMBER && lua_type(L, index) != TYPE_CDATA)
            raise_argument(L, arg, "%s: integer or list of integers expected, got %s", what,
                           lua_isnone(L, index) ? "no value" : luaL_typename(L, index));
        shape[0] = count_in_argument(L, arg, index, what, UINT64_MAX);
        *ndim = 1;
        return;
    }
    *ndim = count_dimensions(L, arg, index, what);
    for (uint32_t d = 0; d < *ndim; d++) {
        lua_rawgeti(L, index, (int)d + 1);
        shape[d] = count_in_argument(L, arg, -1, what, UINT64_MAX);
        lua_pop(L, 1);
    }
}

void strides_argument(lua_State *L, int arg, int index, uint32_t ndim, int64_t *strides) {
    index = absolute(L, index);
    if (!lua_istable(L, index)) {
        if (ndim != 1 || !to_int64(L, index, &strides[0]))
            raise_argument(L, arg, "strides: list of integers expected, got %s",
                           luaL_typename(L, index));
        return;
    }
    uint32_t n = count_dimensions(L, arg, index, "strides");
    if (n != ndim)
        raise_argument(L, arg, "strides: %d for %d dimensions", (int)n, (int)ndim);
    for (uint32_t d = 0; d < n; d++) {
        lua_rawgeti(L, index, (int)d + 1);
        if (!to_int64(L, -1, &strides[d]))
            raise_argument(L, arg, "strides: integer expected, got %s", push_shown(L, -1));
        lua_pop(L, 1);
    }
}

static uint32_t order_argument(lua_State *L, int arg) {
    const char *order = text_argument(L, arg);
    if (strcmp(order, "C") != 0 && strcmp(order, "F") != 0)
        raise_argument(L, arg, "order \"C\" or \"F\" expected, got %s", push_shown(L, arg));
    return order[0] == 'C' ? LINA_LAYOUT_C : LINA_LAYOUT_F;
}

void geometry_arguments(lua_State *L, int arg, struct geometry *out) {
    out->name = text_argument(L, arg);
    out->dtype = dtype_argument(L, arg + 1);
    shape_argument(L, arg + 2, arg + 2, "shape", out->shape, &out->ndim);
    bool has_order = lua_type(L, arg + 3) == LUA_TSTRING;
    out->layout = has_order ? order_argument(L, arg + 3) : LINA_LAYOUT_C;
    /* nil in the place of the order also means the default. */
    out->next = has_order || lua_isnil(L, arg + 3) ? arg + 4 : arg + 3;
}
