/* worker.h - makes random calls on an arena. The process may be killed in any of them. */
#ifndef LINA_TEST_WORKER_H
#define LINA_TEST_WORKER_H

#include <stdatomic.h>

#include "../torture.h"

#define LASTING 6  /* "last0" ...: arrays that are published again and again and never removed */
#define FLEETING 8 /* "fleet0" ...: arrays that are created, published and removed */
#define SLICES 4   /* "slice0" ...: aliases of both kinds, which are removed */
#define HELD 6

/* What is known to have happened. It lies in memory that outlives the workers. */
struct witness {
    _Atomic uint64_t next_tag;
    _Atomic uint64_t confirmed[LASTING]; /* newest generation that a publisher saw */
    _Atomic uint64_t raising, raised;    /* signals of "count" that were begun, and ended */
};

struct worker {
    lina_arena_t *arena;
    const char *where; /* the arena's place, for a second membership */
    struct witness *witness;
    uint64_t random;
    lina_view_t held[HELD];
};

/* Makes one random call and checks it. It is no failure if the arena is full. */
void worker_step(struct worker *w);
/* Checks and releases all its views. */
void worker_rest(struct worker *w);
/* Publishes the next generation of a lasting array. */
void worker_publish_lasting(struct worker *w, uint32_t k);
/* Reads a lasting array. Checks that it exists, is whole, and is not older than the confirmed generation. */
void worker_read_lasting(struct worker *w, uint32_t k);

#endif
