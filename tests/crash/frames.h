/* frames.h - how readers of the stream under test check the frames of its producers.
 *
 * A producer is killed and started again, so it has several lives. Each life counts its frames. A frame's tag has the
 * producer, the life and the count, so a reader can tell for every frame whether it is the right next one:
 *     tag = producer << 46 | life << 24 | count
 * A life that was killed may or may not have published the frame that it was working on. */
#ifndef LINA_TEST_FRAMES_H
#define LINA_TEST_FRAMES_H

#include <stdatomic.h>

#include "../torture.h"

#define PRODUCERS 2u
#define LIVES 1024u /* lives that are recorded: more than a reader can be behind */
#define COUNT_BITS 24u
#define LIFE_BITS 22u

/* In memory that all processes share. */
struct frames {
    _Atomic uint64_t life[PRODUCERS];
    _Atomic uint64_t
        published[PRODUCERS][LIVES]; /* frames of each life; it may have published one more */
    _Atomic uint32_t reading;        /* the reader that is never killed has begun */
    _Atomic uint64_t seen;           /* the last sequence that this reader has taken */
    _Atomic uint64_t others_seen, lost,
        deaths; /* by other readers; by lossy ones; how often DIED came */
};

/* The last frame of a producer that a reader has seen. */
struct followed {
    uint64_t life, count;
};

static inline uint64_t frame_tag(uint64_t producer, uint64_t life, uint64_t count) {
    return producer << (LIFE_BITS + COUNT_BITS) | life << COUNT_BITS | count;
}

/* The arena and the records as one process uses them. */
struct stage {
    lina_arena_t *arena;
    struct frames *frames;
    const char *where;
    uint64_t random;
};

/* These functions never return. */
void produce_frames(struct stage *stage, uint32_t producer);
/* Reads by readers of all kinds, one after the other. Some go on where the one before ended. */
void read_frames(struct stage *stage);
/* Reads every frame by one reliable reader, and checks that none is missing. */
void read_all_frames(struct stage *stage);

#endif
