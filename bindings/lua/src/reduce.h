/* reduce.h - sums and extremes of each dtype. */
#ifndef LINA_LUA_REDUCE_H
#define LINA_LUA_REDUCE_H

#include "binding.h"

/* What a reduction has found so far; each kind uses its own part. */
struct found {
    double re, im;
    __int128 whole;
    int64_t low;   /* extremes of signed, */
    uint64_t high; /* of unsigned integers */
    bool any, nan; /* whether there is an extreme; whether a NaN was met */
};

/* Each takes `n` elements from `at` on, `stride` bytes apart. */
struct reduction {
    void (*add)(const char *at, int64_t stride, uint64_t n, struct found *found);
    void (*push_sum)(lua_State *L, const struct found *found);
    /* NULL where elements have no order. */
    void (*least)(const char *at, int64_t stride, uint64_t n, struct found *found);
    void (*greatest)(const char *at, int64_t stride, uint64_t n, struct found *found);
    void (*push_extreme)(lua_State *L, const struct found *found);
};

extern const struct reduction reduce_f64, reduce_u8, reduce_i64, reduce_f32, reduce_i32, reduce_u16,
    reduce_u32, reduce_u64, reduce_i8, reduce_i16, reduce_f16, reduce_c64, reduce_c128, reduce_bool,
    reduce_bf16;

#endif
