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
#else
typedef uint64_t desc_word;
static inline desc_word load_desc_word(const desc_word *p) { return load_relaxed_u64(p); }
static inline void store_desc_word(desc_word *p, desc_word v) { store_relaxed_u64(p, v); }
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

static inline void lina_desc_store(lina_desc_t *out, struct desc_words copy) {
    memcpy(out, &copy, sizeof *out);
}

static inline void write_desc_words(void *to, const void *from, size_t nbytes) {
    for (size_t i = 0; i < nbytes / sizeof(uint64_t); i++)
        store_relaxed_u64((uint64_t *)to + i, load_relaxed_u64((const uint64_t *)from + i));
}

/* Writes a descriptor into shared memory, or into a view. A reader of the slot's last incarnation, still copying, meets
 * no data race: it sees the state word change and throws its copy away.
 *
 * Fields were just stored one by one. A wider load of them would wait until those stores have left the processor's
 * store buffer, behind other stores whose cache lines are on another core. So this loads each field as it was stored. */
static inline void lina_desc_write(lina_desc_t *to, const lina_desc_t *desc) {
    write_desc_words(to->name, desc->name, sizeof to->name);
    store_relaxed_u64(&to->offset, desc->offset);
    store_relaxed_u64(&to->nbytes, desc->nbytes);
    store_relaxed_u64(&to->capacity_bytes, desc->capacity_bytes);
    store_relaxed_u32(&to->dtype, desc->dtype);
    store_relaxed_u32(&to->ndim, desc->ndim);
    write_desc_words(to->shape, desc->shape, sizeof to->shape);
    write_desc_words(to->strides, desc->strides, sizeof to->strides);
    store_relaxed_u32(&to->layout, desc->layout);
    store_relaxed_u32(&to->generation, desc->generation);
    store_relaxed_u32(&to->flags, desc->flags);
    store_relaxed_u32(&to->reserved, desc->reserved);
}

#endif
