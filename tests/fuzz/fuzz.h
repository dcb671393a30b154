/* fuzz.h - helpers of the fuzz targets. Each target defines LLVMFuzzerTestOneInput, which libFuzzer or replay.c
 * calls.
 *
 * Targets are linked with the core's own objects, and have a clock of their own (time.c): a sleep ends at once, and
 * sets the clock to its deadline. script/fuzz also replaces the rest of the platform (platform_pretend.c). The tests
 * do not, so they replay the inputs on real files. */
#ifndef LINA_TEST_FUZZ_H
#define LINA_TEST_FUZZ_H

#include "../torture.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* The rest of an input. It is read from the front; after its end come zeroes. */
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

/* Checks that all bytes of the elements lie in the arena, and then reads the first and the last of them. If the check
 * fails, the fuzzer keeps the input. */
void check_reach(lina_arena_t *arena, const lina_desc_t *desc, const void *data);

#endif
