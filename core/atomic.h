/* atomic.h - atomic words, with the memory order in the name.
 *
 * Shared words are plain fixed-width integers in layout.h, so that their layout is the same for
 * every compiler; only these functions and lina_signal_raise (inline in lina.h) touch them.
 * Each call's comment names its partner. "sc" is sequentially consistent. */
#ifndef LINA_ATOMIC_H
#define LINA_ATOMIC_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#define LINA_LINE 64 /* bytes of a cache line */

/* clang-format off: one function a line reads like a table */
#define LINA_ATOMIC_WORD(T, suffix)                                                                \
    static inline T load_relaxed_##suffix(const T *p) {                                            \
        return __atomic_load_n(p, __ATOMIC_RELAXED);                                               \
    }                                                                                              \
    static inline T load_acquire_##suffix(const T *p) {                                            \
        return __atomic_load_n(p, __ATOMIC_ACQUIRE);                                               \
    }                                                                                              \
    static inline T load_sc_##suffix(const T *p) { return __atomic_load_n(p, __ATOMIC_SEQ_CST); }  \
    static inline void store_relaxed_##suffix(T *p, T v) {                                         \
        __atomic_store_n(p, v, __ATOMIC_RELAXED);                                                  \
    }                                                                                              \
    static inline void store_release_##suffix(T *p, T v) {                                         \
        __atomic_store_n(p, v, __ATOMIC_RELEASE);                                                  \
    }                                                                                              \
    static inline void store_sc_##suffix(T *p, T v) { __atomic_store_n(p, v, __ATOMIC_SEQ_CST); }  \
    static inline T add_sc_##suffix(T *p, T v) {                                                   \
        return __atomic_fetch_add(p, v, __ATOMIC_SEQ_CST);                                         \
    }                                                                                              \
    static inline T or_sc_##suffix(T *p, T v) {                                                    \
        return __atomic_fetch_or(p, v, __ATOMIC_SEQ_CST);                                          \
    }                                                                                              \
    static inline T and_sc_##suffix(T *p, T v) {                                                   \
        return __atomic_fetch_and(p, v, __ATOMIC_SEQ_CST);                                         \
    }                                                                                              \
    static inline T swap_sc_##suffix(T *p, T v) {                                                  \
        return __atomic_exchange_n(p, v, __ATOMIC_SEQ_CST);                                        \
    }                                                                                              \
    static inline bool cas_sc_##suffix(T *p, T *expected, T v) {                                   \
        return __atomic_compare_exchange_n(p, expected, v, false, __ATOMIC_SEQ_CST,                \
                                           __ATOMIC_SEQ_CST);                                      \
    }

/* clang-format on */
LINA_ATOMIC_WORD(uint32_t, u32)
LINA_ATOMIC_WORD(uint64_t, u64)

/* For a pointer that is published after its target is complete. */
static inline void *load_acquire_ptr(void *const *p) {
    return __atomic_load_n(p, __ATOMIC_ACQUIRE);
}

static inline void store_release_ptr(void **p, void *v) {
    __atomic_store_n(p, v, __ATOMIC_RELEASE);
}

/* Changes a count that only one thread at a time writes and any thread may read. */
static inline void tally_u32(uint32_t *p, uint32_t by) {
    store_relaxed_u32(p, load_relaxed_u32(p) + by);
}

static inline void tally_u64(uint64_t *p, uint64_t by) {
    store_relaxed_u64(p, load_relaxed_u64(p) + by);
}

/* Copies words that another process may be changing. Each word is read once, so a caller that checks the copy
 * uses what it checked. `nbytes` is a multiple of 8. */
static inline void copy_from_shared(void *to, const void *from, size_t nbytes) {
    const uint64_t *words = from;
    for (size_t i = 0; i < nbytes / sizeof *words; i++) {
        uint64_t word = load_relaxed_u64(&words[i]);
        memcpy((char *)to + i * sizeof word, &word, sizeof word);
    }
}

/* Keeps the loads before it before the loads after it: the reader's half of a sequence lock. */
static inline void fence_acquire(void) { __atomic_thread_fence(__ATOMIC_ACQUIRE); }

/* Makes the stores before it visible before those after it: the writer's half of a sequence lock. */
static inline void fence_release(void) { __atomic_thread_fence(__ATOMIC_RELEASE); }

/* Keeps the stores before it before those after it, as seen by a process that looks after this one has died. A
 * killed process has made all its stores up to some instruction, so this need only stop the compiler. */
static inline void fence_death(void) { __atomic_signal_fence(__ATOMIC_SEQ_CST); }

/* Asks for a cache line that this core will write soon, so that several lines come from another core at once. */
static inline void fetch_to_write(const void *p) {
#if defined(__x86_64__)
    __asm__ __volatile__("prefetchw %0" : : "m"(*(const char *)p));
#else
    __builtin_prefetch(p, 1);
#endif
}

static inline void fetch_to_read(const void *p) { __builtin_prefetch(p); }

/* Tells the core that this is a spin loop. */
static inline void spin_pause(void) {
#if defined(__x86_64__) || defined(__i386__)
    __builtin_ia32_pause();
#elif defined(__aarch64__)
    __asm__ __volatile__("isb"); /* as long as x86's pause; `yield` often does not pause */
#endif
}

#endif
