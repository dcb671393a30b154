/* party.h - runs several parties on one arena at once. A party is a thread or a process with one role. */
#ifndef LINA_TEST_PARTY_H
#define LINA_TEST_PARTY_H

#include <stdatomic.h>

#include "../torture.h"

#define PARTIES_MOST 16

/* In memory that threads and processes share. */
struct meeting {
    _Atomic uint32_t over;               /* set when the parties must return */
    _Atomic uint64_t done[PARTIES_MOST]; /* how much each has done, in its own unit */
    _Atomic uint64_t numbers[8];         /* for the test's own use */
};

struct party {
    void (*run)(struct party *);
    const char *kind; /* what `done` counts, for the report; or NULL */
    lina_arena_t *arena;
    struct meeting *meeting;
    _Atomic uint64_t *done;
    uint64_t random;
    uint32_t index;
};

struct role {
    void (*run)(struct party *);
    const char *kind; /* see struct party */
    uint32_t count;
    bool counts; /* its `done` counts towards the goal */
};

static inline bool party_over(const struct party *p) {
    return atomic_load_explicit(&p->meeting->over, memory_order_relaxed) != 0;
}

static inline void party_did(struct party *p, uint64_t n) {
    atomic_store_explicit(p->done, atomic_load_explicit(p->done, memory_order_relaxed) + n,
                          memory_order_relaxed);
}

/* Runs all roles and prints what was done. Ends when the roles that count have done `goal` together. With a goal of
 * 0, ends when each party has returned by itself. A party that fails ends the test. */
void parties_run(lina_arena_t *arena, bool processes, const struct role *roles, uint32_t count,
                 uint64_t goal);

/* True if the command line asks for processes: PROGRAM [GOAL] [threads|processes] */
bool parties_as_processes(int argc, char **argv);

#endif
