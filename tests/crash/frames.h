/* frames.h - how readers of the stream under test check the frames of its producers.
 *
 * A producer has several lives, one after the other; a life counts the frames that it made. A frame's tag has
 * all three, so that a reader knows of every frame whether it is the one that has to follow:
 *     tag = producer << 46 | life << 24 | count
 * A life that was killed may or may not have published the frame that it was about to. */
#ifndef LINA_TEST_FRAMES_H
#define LINA_TEST_FRAMES_H

#include <stdatomic.h>

#include "../torture.h"

#define PRODUCERS 2u
#define LIVES 1024u /* remembered; a reader is at most a depth behind */
#define COUNT_BITS 24u
#define LIFE_BITS 22u

/* In memory that all processes share. */
struct frames {
    _Atomic uint64_t life[PRODUCERS];
    _Atomic uint64_t published[PRODUCERS][LIVES]; /* by each life, at least */
    _Atomic uint32_t reading;                     /* the reader that lives has begun */
    _Atomic uint64_t seen;                        /* by it */
    _Atomic uint64_t others_seen, lost, deaths;   /* by all others; by lossy ones; how often DIED */
};

/* What a reader remembers of a producer. */
struct followed {
    uint64_t life, count;
};

static inline uint64_t frame_tag(uint64_t producer, uint64_t life, uint64_t count) {
    return producer << (LIFE_BITS + COUNT_BITS) | life << COUNT_BITS | count;
}

/* The stream's frames as a process uses them. */
struct stage {
    lina_arena_t *arena;
    struct frames *frames;
    const char *where;
    uint64_t random;
};

/* These functions never return. */
void produce_frames(struct stage *stage, uint32_t producer);
void read_frames(struct stage *stage); /* of any kind; goes on where it was, now and then */
void read_all_frames(struct stage *stage);

#endif
