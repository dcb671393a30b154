/* reduce.h - sums and extremes of each dtype. */
#ifndef LINA_LUA_REDUCE_H
#define LINA_LUA_REDUCE_H

#include "binding.h"

/* What a reduction has found so far. Each kind of element uses its own fields. */
struct found {
    double re, im;
    __int128 whole;
    int64_t low;   /* the extreme of signed integers */
    uint64_t high; /* the extreme of unsigned integers */
    bool any, nan; /* there is an extreme; a NaN was found */
};

/* The functions for a dtype. Each takes `n` elements at `at`, `stride` bytes apart. */
struct reduction {
    void (*add)(const char *at, int64_t stride, uint64_t n, struct found *found);
    void (*push_sum)(lua_State *L, const struct found *found);
    /* NULL if the elements have no order. */
    void (*least)(const char *at, int64_t stride, uint64_t n, struct found *found);
    void (*greatest)(const char *at, int64_t stride, uint64_t n, struct found *found);
    void (*push_extreme)(lua_State *L, const struct found *found);
};

extern const struct reduction reduce_f64, reduce_u8, reduce_i64, reduce_f32, reduce_i32, reduce_u16,
    reduce_u32, reduce_u64, reduce_i8, reduce_i16, reduce_f16, reduce_c64, reduce_c128, reduce_bool,
    reduce_bf16;

#endif
