/* torture.h - helpers of the crash, race and fuzz tests: random numbers, time, failing, and equations between a payload
 * and its descriptor.
 *
 * These tests publish one-dimensional arrays of u64. Each generation has a tag, a number that is never used twice:
 *     word[i]  = tag << 16 | i          (all zero for a tag of 0: a created array)
 *     shape[0] = payload_length(tag)    (any length for a tag of 0)
 * If a reader gets words of two generations, or the words of one generation with the descriptor of another, an
 * equation fails. In a slice of an array, the first equation holds with i counted from the start of the slice's
 * base. */
#ifndef LINA_TORTURE_H
#define LINA_TORTURE_H

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "lina.h"
#include "random.h"

/* ---- failing: prints a line on stderr and ends without exit handlers, which a forked child must not run ---- */

#define FAIL(...)                                                                                  \
    do {                                                                                           \
        fprintf(stderr, "%s:%d: [%d] ", __FILE__, __LINE__, (int)getpid());                        \
        fprintf(stderr, __VA_ARGS__);                                                              \
        fprintf(stderr, " (last error: %s)\n", lina_last_error());                                 \
        _exit(1);                                                                                  \
    } while (0)

#define CHECK(condition)                                                                           \
    do {                                                                                           \
        if (!(condition))                                                                          \
            FAIL("not so: %s", #condition);                                                        \
    } while (0)

#define CHECK_OK(call)                                                                             \
    do {                                                                                           \
        int check_ok_ = (call);                                                                    \
        if (check_ok_ != LINA_OK)                                                                  \
            FAIL("%s answered %s", #call, lina_error_name(check_ok_));                             \
    } while (0)

/* ---- time -------------------------------------------------------------------------------------- */

static inline uint64_t now_ns(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (uint64_t)t.tv_sec * UINT64_C(1000000000) + (uint64_t)t.tv_nsec;
}

static inline void sleep_ns(uint64_t ns) {
    struct timespec t = {.tv_sec = (time_t)(ns / UINT64_C(1000000000)),
                         .tv_nsec = (long)(ns % UINT64_C(1000000000))};
    nanosleep(&t, NULL);
}

/* The number in argv[i], or `by_default` if there is none. */
static inline uint64_t argument(int argc, char **argv, int i, uint64_t by_default) {
    return i < argc ? strtoull(argv[i], NULL, 10) : by_default;
}

/* ---- the equations ----------------------------------------------------------------------------- */

#define PAYLOAD_MOST 61u /* words; a prime, so that lengths do not repeat in step with names */

static inline uint64_t payload_length(uint64_t tag) { return 1 + tag % PAYLOAD_MOST; }

static inline void payload_fill(const lina_view_t *view, uint64_t tag) {
    uint64_t *words = view->data;
    for (uint64_t i = 0; i < view->desc.shape[0]; i++)
        words[i] = tag << 16 | i;
}

/* Says what is wrong with a view's descriptor or words, or returns NULL. Stores the tag in *tag. */
static inline const char *payload_broken(const lina_view_t *view, uint64_t *tag) {
    const lina_desc_t *desc = &view->desc;
    const char *at = view->data;
    if (desc->dtype != LINA_DTYPE_U64 || desc->ndim != 1 || desc->shape[0] == 0)
        return "neither u64, nor one-dimensional, nor full";
    if (desc->nbytes != desc->shape[0] * 8)
        return "nbytes does not fit the shape";
    uint64_t first;
    memcpy(&first, at, sizeof first);
    *tag = first >> 16;
    bool slice = (desc->flags & LINA_FLAG_ALIAS) != 0;
    if (!slice && *tag != 0 && desc->shape[0] != payload_length(*tag))
        return "the length is not that of the tag";
    for (int64_t i = 0; i < (int64_t)desc->shape[0]; i++) {
        uint64_t word, expected = first + (uint64_t)(i * desc->strides[0] / 8);
        memcpy(&word, at + i * desc->strides[0], sizeof word);
        if (word != (*tag == 0 ? 0 : expected))
            return "words of two generations";
    }
    return NULL;
}

static inline uint64_t payload_check(const lina_view_t *view) {
    uint64_t tag;
    const char *broken = payload_broken(view, &tag);
    if (broken != NULL)
        FAIL("array \"%s\", generation %u: %s", view->desc.name, view->desc.generation, broken);
    return tag;
}

#endif
