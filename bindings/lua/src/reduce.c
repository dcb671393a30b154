/* reduce.c - sums and extremes, without a call of Lua for each element.
 *
 * A floating-point sum has eight partial sums, so that one addition need not wait for the one before. Sums of
 * integers are exact. The extreme is NaN if an element is NaN. */
#include "reduce.h"

#include <math.h>
#include <string.h>

#define LOAD(T, value, at)                                                                         \
    T value;                                                                                       \
    memcpy(&value, at, sizeof value)
#define SAME(value) (value)

/* ---- pushing ---------------------------------------------------------------------------------------- */

static void push_real(lua_State *L, const struct found *found) {
    lua_pushnumber(L, (lua_Number)found->re);
}

static void push_complex(lua_State *L, const struct found *found) {
    lua_pushnumber(L, (lua_Number)found->re);
    lua_pushnumber(L, (lua_Number)found->im);
}

static void push_whole(lua_State *L, const struct found *found) {
    if (found->whole < INT64_MIN || found->whole > INT64_MAX)
        raise_text(L, LINA_ERR_INVALID, "", "the sum does not fit into 64 bits");
    push_int64(L, (int64_t)found->whole);
}

static void push_unsigned_whole(lua_State *L, const struct found *found) {
    if (found->whole > UINT64_MAX)
        raise_text(L, LINA_ERR_INVALID, "", "the sum does not fit into 64 bits");
    push_uint64(L, (uint64_t)found->whole);
}

static void push_count_sum(lua_State *L, const struct found *found) {
    push_count(L, (uint64_t)found->whole);
}

static void push_small_sum(lua_State *L, const struct found *found) {
    if (found->whole >= 0)
        push_count(L, (uint64_t)found->whole);
    else if (found->whole >= -(INT64_C(1) << 53))
        lua_pushinteger(L, (lua_Integer)found->whole);
    else
        push_int64(L, (int64_t)found->whole);
}

static void push_low(lua_State *L, const struct found *found) { push_int64(L, found->low); }
static void push_high(lua_State *L, const struct found *found) { push_uint64(L, found->high); }
static void push_small_low(lua_State *L, const struct found *found) {
    lua_pushinteger(L, (lua_Integer)found->low);
}

/* ---- floating point --------------------------------------------------------------------------------- */

#define PARTS 8

#define ADD_FLOATING(dtype, T, WIDE)                                                               \
    static void add_##dtype(const char *at, int64_t stride, uint64_t n, struct found *found) {     \
        double part[PARTS] = {0};                                                                  \
        if (stride == (int64_t)sizeof(T)) /* a constant for the compiler */                        \
            for (; n >= PARTS; n -= PARTS, at += PARTS * sizeof(T))                                \
                for (int k = 0; k < PARTS; k++) {                                                  \
                    LOAD(T, value, at + (size_t)k * sizeof(T));                                    \
                    part[k] += WIDE(value);                                                        \
                }                                                                                  \
        for (; n > 0; n--, at += stride) {                                                         \
            LOAD(T, value, at);                                                                    \
            part[n % PARTS] += WIDE(value);                                                        \
        }                                                                                          \
        for (int k = 0; k < PARTS; k++)                                                            \
            found->re += part[k];                                                                  \
    }

/* `a BEATS b` is true if a is more extreme. */
#define EXTREME_FLOATING(function, T, WIDE, BEATS)                                                 \
    static void function(const char *at, int64_t stride, uint64_t n, struct found *found) {        \
        double best = found->any ? found->re : (0 BEATS 1 ? (double)INFINITY : -(double)INFINITY); \
        bool nan = found->nan;                                                                     \
        for (; n > 0; n--, at += stride) {                                                         \
            LOAD(T, stored, at);                                                                   \
            double value = WIDE(stored);                                                           \
            nan |= value != value;                                                                 \
            best = value BEATS best ? value : best;                                                \
        }                                                                                          \
        found->any = true;                                                                         \
        found->nan = nan;                                                                          \
        found->re = nan ? (double)NAN : best;                                                      \
    }

#define FLOATING(dtype, T, WIDE)                                                                   \
    ADD_FLOATING(dtype, T, WIDE)                                                                   \
    EXTREME_FLOATING(least_##dtype, T, WIDE, <)                                                    \
    EXTREME_FLOATING(greatest_##dtype, T, WIDE, >)                                                 \
    const struct reduction reduce_##dtype = {add_##dtype, push_real, least_##dtype,                \
                                             greatest_##dtype, push_real};
FLOATING(f64, double, SAME)
FLOATING(f32, float, (double))
FLOATING(f16, uint16_t, half_to_double)
FLOATING(bf16, uint16_t, brain_to_double)

#define COMPLEX(dtype, T)                                                                          \
    static void add_##dtype(const char *at, int64_t stride, uint64_t n, struct found *found) {     \
        for (; n > 0; n--, at += stride) {                                                         \
            LOAD(T, re, at);                                                                       \
            LOAD(T, im, at + sizeof(T));                                                           \
            found->re += (double)re;                                                               \
            found->im += (double)im;                                                               \
        }                                                                                          \
    }                                                                                              \
    const struct reduction reduce_##dtype = {add_##dtype, push_complex, NULL, NULL, NULL};
COMPLEX(c64, float)
COMPLEX(c128, double)

/* ---- integers --------------------------------------------------------------------------------------- */

#define BLOCK UINT64_C(65536) /* so many numbers of 32 bits can be added in 64 bits */

#define ADD_INTEGER(dtype, T, SUM, MOST)                                                           \
    static void add_##dtype(const char *at, int64_t stride, uint64_t n, struct found *found) {     \
        while (n > 0) {                                                                            \
            uint64_t block = n < (MOST) ? n : (MOST);                                              \
            SUM sum = 0;                                                                           \
            for (uint64_t i = 0; i < block; i++, at += stride) {                                   \
                LOAD(T, value, at);                                                                \
                sum += (SUM)value;                                                                 \
            }                                                                                      \
            found->whole += sum;                                                                   \
            n -= block;                                                                            \
        }                                                                                          \
    }

#define EXTREME_INTEGER(function, T, FIELD, WIDE, BEATS)                                           \
    static void function(const char *at, int64_t stride, uint64_t n, struct found *found) {        \
        LOAD(T, first, at);                                                                        \
        WIDE best = found->any ? found->FIELD : (WIDE)first;                                       \
        for (; n > 0; n--, at += stride) {                                                         \
            LOAD(T, value, at);                                                                    \
            best = (WIDE)value BEATS best ? (WIDE)value : best;                                    \
        }                                                                                          \
        found->any = true;                                                                         \
        found->FIELD = best;                                                                       \
    }

#define INTEGER(dtype, T, SUM, MOST, FIELD, WIDE, PUSH_SUM, PUSH)                                  \
    ADD_INTEGER(dtype, T, SUM, MOST)                                                               \
    EXTREME_INTEGER(least_##dtype, T, FIELD, WIDE, <)                                              \
    EXTREME_INTEGER(greatest_##dtype, T, FIELD, WIDE, >)                                           \
    const struct reduction reduce_##dtype = {add_##dtype, PUSH_SUM, least_##dtype,                 \
                                             greatest_##dtype, PUSH};
#define SMALL(dtype, T)                                                                            \
    INTEGER(dtype, T, int64_t, BLOCK, low, int64_t, push_small_sum, push_small_low)
SMALL(i8, int8_t)
SMALL(i16, int16_t)
SMALL(i32, int32_t)
SMALL(u8, uint8_t)
SMALL(u16, uint16_t)
SMALL(u32, uint32_t)
INTEGER(i64, int64_t, __int128, UINT64_MAX, low, int64_t, push_whole, push_low)
INTEGER(u64, uint64_t, __int128, UINT64_MAX, high, uint64_t, push_unsigned_whole, push_high)

/* Counts the elements that are true. */
static void add_bool(const char *at, int64_t stride, uint64_t n, struct found *found) {
    for (; n > 0; n--, at += stride)
        found->whole += *at != 0;
}
const struct reduction reduce_bool = {add_bool, push_count_sum, NULL, NULL, NULL};
