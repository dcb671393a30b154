/* copy.h - copies a descriptor out of shared memory and into it, through registers.
 *
 * All words are loaded before the first is stored, so that the caller can look at the slot's state in between.
 * Each word is loaded once, so the caller uses the bytes that it checked. x86-64 has just enough registers of
 * 16 bytes. An aligned load or store of 16 bytes is as good as two atomic ones of 8, but ThreadSanitizer takes it
 * for a plain one, so builds for it move 8 bytes at a time. (gcc and clang report ThreadSanitizer differently.) */
#ifndef LINA_COPY_H
#define LINA_COPY_H

#include "atomic.h"
#include "lina.h"

#if defined(__SANITIZE_THREAD__)
#define BY_8
#elif defined(__has_feature)
#if __has_feature(thread_sanitizer)
#define BY_8
#endif
#endif

#if defined(__SSE2__) && !defined(BY_8)
#include <emmintrin.h>
typedef __m128i desc_word;
static inline desc_word load_desc_word(const desc_word *p) { return _mm_load_si128(p); }
static inline void store_desc_word(desc_word *p, desc_word v) { _mm_store_si128(p, v); }
static inline bool desc_word_is_zero(desc_word v) {
    return _mm_movemask_epi8(_mm_cmpeq_epi8(v, _mm_setzero_si128())) == 0xffff;
}
#else
typedef uint64_t desc_word;
static inline desc_word load_desc_word(const desc_word *p) { return load_relaxed_u64(p); }
static inline void store_desc_word(desc_word *p, desc_word v) { store_relaxed_u64(p, v); }
static inline bool desc_word_is_zero(desc_word v) { return v == 0; }
#endif

struct desc_words {
    desc_word words[sizeof(lina_desc_t) / sizeof(desc_word)];
};

static inline struct desc_words lina_desc_load(const lina_desc_t *shared) {
    struct desc_words copy;
    const desc_word *from = (const desc_word *)(const void *)shared;
#pragma GCC unroll 30
    for (size_t i = 0; i < sizeof copy.words / sizeof *copy.words; i++)
        copy.words[i] = load_desc_word(from + i);
    return copy;
}

/* Word by word: of one memcpy, gcc makes two copies, of which the first goes to the stack. */
static inline void lina_desc_store(lina_desc_t *out, struct desc_words copy) {
#pragma GCC unroll 30
    for (size_t i = 0; i < sizeof copy.words / sizeof *copy.words; i++)
        memcpy((char *)out + i * sizeof *copy.words, &copy.words[i], sizeof *copy.words);
}

/* Writes words of a descriptor into shared memory. */
static inline void lina_desc_write_words(lina_desc_t *shared, const lina_desc_t *desc, size_t from,
                                         size_t end) {
    desc_word *to = (desc_word *)(void *)shared;
#pragma GCC unroll 30
    for (size_t i = from; i < end; i++) {
        desc_word word;
        memcpy(&word, (const char *)desc + i * sizeof word, sizeof word);
        store_desc_word(to + i, word);
    }
}

/* True if words of a descriptor are in shared memory already. */
static inline bool lina_desc_has_words(const lina_desc_t *shared, const lina_desc_t *desc,
                                       size_t end) {
    const desc_word *there = (const desc_word *)(const void *)shared;
    desc_word differs = {0};
#pragma GCC unroll 30
    for (size_t i = 0; i < end; i++) {
        desc_word word;
        memcpy(&word, (const char *)desc + i * sizeof word, sizeof word);
        differs |= word ^ load_desc_word(there + i);
    }
    return desc_word_is_zero(differs);
}

/* Writes a descriptor into shared memory. A reader may still be copying the slot's former descriptor. That is no data
 * race, and the reader throws its copy away, because it sees that the state word has changed.
 *
 * Between generations of one shape, only the last cache line changes. The other lines are not written then, so they
 * stay in the caches of all cores. */
static inline void lina_desc_write(lina_desc_t *shared, const lina_desc_t *desc) {
    const size_t last_line = sizeof *desc / LINA_LINE * LINA_LINE / sizeof(desc_word);
    if (!lina_desc_has_words(shared, desc, last_line))
        lina_desc_write_words(shared, desc, 0, last_line);
    lina_desc_write_words(shared, desc, last_line, sizeof *desc / sizeof(desc_word));
}

#endif
