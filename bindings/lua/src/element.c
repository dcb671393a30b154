/* element.c - converts one element of each dtype to a Lua value and back. */
#include "binding.h"
#include "reduce.h"

#include <math.h>
#include <string.h>

/* ---- integers --------------------------------------------------------------------------------------- */

static const char *why_no_integer(lua_State *L, int index) {
    return lua_type(L, index) == LUA_TNUMBER ? "has no integer representation"
                                             : "is not an integer";
}

#if HAS_INTEGERS
#define PUSH_SMALL(L, value) lua_pushinteger(L, (lua_Integer)(value))
#else
#define PUSH_SMALL(L, value) lua_pushnumber(L, (lua_Number)(value))
#endif

#define SMALL(dtype, T, LOW, HIGH)                                                                 \
    static void load_##dtype(lua_State *L, const char *at) {                                       \
        T value;                                                                                   \
        memcpy(&value, at, sizeof value);                                                          \
        PUSH_SMALL(L, value);                                                                      \
    }                                                                                              \
    static const char *store_##dtype(lua_State *L, int index, char *at) {                          \
        int64_t wide;                                                                              \
        if (!to_int64(L, index, &wide))                                                            \
            return why_no_integer(L, index);                                                       \
        if (wide < (LOW) || wide > (HIGH))                                                         \
            return "does not fit into " #dtype;                                                    \
        T value = (T)wide;                                                                         \
        memcpy(at, &value, sizeof value);                                                          \
        return NULL;                                                                               \
    }
SMALL(i8, int8_t, INT8_MIN, INT8_MAX)
SMALL(i16, int16_t, INT16_MIN, INT16_MAX)
SMALL(i32, int32_t, INT32_MIN, INT32_MAX)
SMALL(u8, uint8_t, 0, UINT8_MAX)
SMALL(u16, uint16_t, 0, UINT16_MAX)
SMALL(u32, uint32_t, 0, UINT32_MAX)

/* True if all numbers of this Lua are doubles, and the value is above 2^53, where doubles skip integers. */
static bool is_inexact(lua_State *L, int index) {
    return !HAS_INTEGERS && lua_type(L, index) == LUA_TNUMBER &&
           fabs((double)lua_tonumber(L, index)) > 0x1p53;
}

static const char *take_integer(lua_State *L, int index, struct integer *value) {
    if (!to_integer(L, index, value))
        return why_no_integer(L, index);
    return is_inexact(L, index) ? "is beyond 2^53, where the numbers of this Lua are not exact"
                                : NULL;
}

static void load_i64(lua_State *L, const char *at) {
    int64_t value;
    memcpy(&value, at, sizeof value);
    push_int64(L, value);
}

static const char *store_i64(lua_State *L, int index, char *at) {
    struct integer value;
    const char *why = take_integer(L, index, &value);
    if (why != NULL)
        return why;
    if (value.is_unsigned && value.bits > INT64_MAX)
        return "does not fit into i64";
    memcpy(at, &value.bits, sizeof value.bits);
    return NULL;
}

static void load_u64(lua_State *L, const char *at) {
    uint64_t value;
    memcpy(&value, at, sizeof value);
    push_uint64(L, value);
}

static const char *store_u64(lua_State *L, int index, char *at) {
    struct integer value;
    const char *why = take_integer(L, index, &value);
    if (why != NULL)
        return why;
    /* From 5.3 on, an integer has the same 64 bits as in memory. */
    bool has_sign = !value.is_unsigned && (int64_t)value.bits < 0;
#if HAS_INTEGERS
    has_sign = has_sign && !lua_isinteger(L, index);
#endif
    if (has_sign)
        return "does not fit into u64";
    memcpy(at, &value.bits, sizeof value.bits);
    return NULL;
}

static void load_bool(lua_State *L, const char *at) { lua_pushboolean(L, *at != 0); }

/* Does not use Lua's truth, in which 0 is true. */
static const char *store_bool(lua_State *L, int index, char *at) {
    if (!lua_isboolean(L, index))
        return "is not a boolean";
    *at = (char)lua_toboolean(L, index);
    return NULL;
}

/* ---- floating point --------------------------------------------------------------------------------- */

static bool to_double(lua_State *L, int index, double *out) {
    struct integer integer;
    if (lua_type(L, index) == LUA_TNUMBER) {
        *out = (double)lua_tonumber(L, index);
        return true;
    }
    if (!to_integer(L, index, &integer))
        return false;
    *out = integer.is_unsigned ? (double)integer.bits : (double)(int64_t)integer.bits;
    return true;
}

/* STORED is the type in memory. WIDE and NARROW convert from it and to it. */
#define FLOATING(dtype, STORED, WIDE, NARROW)                                                      \
    static void load_##dtype(lua_State *L, const char *at) {                                       \
        STORED value;                                                                              \
        memcpy(&value, at, sizeof value);                                                          \
        lua_pushnumber(L, (lua_Number)WIDE(value));                                                \
    }                                                                                              \
    static const char *store_##dtype(lua_State *L, int index, char *at) {                          \
        double wide;                                                                               \
        if (!to_double(L, index, &wide))                                                           \
            return "is not a number";                                                              \
        STORED value = (STORED)NARROW(wide);                                                       \
        memcpy(at, &value, sizeof value);                                                          \
        return NULL;                                                                               \
    }
FLOATING(f32, float, (double), (float))
FLOATING(f64, double, (double), (double))
FLOATING(f16, uint16_t, half_to_double, double_to_half)
FLOATING(bf16, uint16_t, brain_to_double, double_to_brain)

/* A complex element is two Lua numbers, or a table {re, im} if only one value is possible. */
#define COMPLEX(dtype, T)                                                                          \
    static void load_##dtype(lua_State *L, const char *at) {                                       \
        T parts[2];                                                                                \
        memcpy(parts, at, sizeof parts);                                                           \
        lua_pushnumber(L, (lua_Number)parts[0]);                                                   \
        lua_pushnumber(L, (lua_Number)parts[1]);                                                   \
    }                                                                                              \
    static const char *store_##dtype(lua_State *L, int index, char *at) {                          \
        double wide[2] = {0, 0};                                                                   \
        const char *why = take_complex(L, index, wide);                                            \
        if (why != NULL)                                                                           \
            return why;                                                                            \
        T parts[2] = {(T)wide[0], (T)wide[1]};                                                     \
        memcpy(at, parts, sizeof parts);                                                           \
        return NULL;                                                                               \
    }

static const char *take_complex(lua_State *L, int index, double out[2]) {
    static const char why[] = "is not a complex number: two numbers, or {re, im}";
    if (!lua_istable(L, index)) {
        bool real = to_double(L, index, &out[0]);
        bool alone = lua_isnoneornil(L, index + 1);
        return real && (alone || to_double(L, index + 1, &out[1])) ? NULL : why;
    }
    lua_rawgeti(L, index, 1);
    lua_rawgeti(L, index, 2);
    bool ok = lua_rawlen(L, index) == 2 && to_double(L, -2, &out[0]) && to_double(L, -1, &out[1]);
    lua_pop(L, 2);
    return ok ? NULL : why;
}
COMPLEX(c64, float)
COMPLEX(c128, double)

/* ---- the table -------------------------------------------------------------------------------------- */

#define KIND(name, NAME, values)                                                                   \
    { LINA_DTYPE_##NAME, values, load_##name, store_##name, &reduce_##name }
static const struct kind kinds[] = {
    KIND(f64, F64, 1),   KIND(u8, U8, 1),     KIND(i64, I64, 1),   KIND(f32, F32, 1),
    KIND(i32, I32, 1),   KIND(u16, U16, 1),   KIND(u32, U32, 1),   KIND(u64, U64, 1),
    KIND(i8, I8, 1),     KIND(i16, I16, 1),   KIND(f16, F16, 1),   KIND(c64, C64, 2),
    KIND(c128, C128, 2), KIND(bool, BOOL, 1), KIND(bf16, BF16, 1),
};

const struct kind *kind_of(uint32_t dtype) {
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
        if (kinds[i].dtype == dtype)
            return &kinds[i];
    return NULL;
}
