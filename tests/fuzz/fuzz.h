/* fuzz.h - what the fuzz targets share. Each defines LLVMFuzzerTestOneInput; libFuzzer calls it, or
 * replay.c does. They are linked with the core's own objects, and time is not the world's (time.c): a
 * sleep ends at once, with the clock at its deadline. script/fuzz pretends the rest of the platform
 * too (platform_pretend.c), the tests do not: what is replayed is replayed on real files. */
#ifndef LINA_TEST_FUZZ_H
#define LINA_TEST_FUZZ_H

#include "../torture.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* An input, eaten from the front; zeroes when there is no more. */
struct input {
    const uint8_t *at;
    size_t left;
};

static inline void eat(struct input *in, void *to, size_t n) {
    size_t there = n < in->left ? n : in->left;
    memset(to, 0, n);
    memcpy(to, in->at, there);
    in->at += there;
    in->left -= there;
}

static inline uint8_t eat_u8(struct input *in) {
    uint8_t value;
    eat(in, &value, sizeof value);
    return value;
}

static inline uint16_t eat_u16(struct input *in) {
    uint16_t value;
    eat(in, &value, sizeof value);
    return value;
}

static inline uint64_t eat_u64(struct input *in) {
    uint64_t value;
    eat(in, &value, sizeof value);
    return value;
}

/* Fails, so that the fuzzer keeps the input, unless every byte that the view's elements touch lies
 * in its arena; then reads the outermost of them. */
void check_reach(lina_arena_t *arena, const lina_desc_t *desc, const void *data);

#endif
