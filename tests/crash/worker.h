/* worker.h - one process's random use of an arena, every step of which may be its last. */
#ifndef LINA_TEST_WORKER_H
#define LINA_TEST_WORKER_H

#include <stdatomic.h>

#include "../torture.h"

#define LASTING 6  /* "last0" ...: published again and again, never removed */
#define FLEETING 8 /* "fleet0" ...: created, published, removed */
#define SLICES 4   /* "slice0" ...: aliases of either, removed */
#define HELD 6

/* What is known to have happened, in memory that no death takes away. */
struct witness {
    _Atomic uint64_t next_tag;
    _Atomic uint64_t confirmed[LASTING]; /* the newest generation seen by a publisher afterwards */
    _Atomic uint64_t raising, raised;    /* counted before and after each signal of "count" */
};

struct worker {
    lina_arena_t *arena;
    const char *where; /* for a second membership */
    struct witness *witness;
    uint64_t random;
    lina_view_t held[HELD];
};

/* One random call, checked. What the arena's fullness explains is no failure. */
void worker_step(struct worker *w);
/* Ends all its views, checking them. */
void worker_rest(struct worker *w);
/* Publishes the next generation of a lasting array. */
void worker_publish_lasting(struct worker *w, uint32_t k);
/* Reads a lasting array: it is there, whole, and no older than what was confirmed before. */
void worker_read_lasting(struct worker *w, uint32_t k);

#endif
