/* stream_slots.h - which streams there are: a stream's number, its record and its head.
 *
 * A stream is there while its head's slot is LIVE, and that slot's incarnation is the stream's. */
#ifndef LINA_STREAM_SLOTS_H
#define LINA_STREAM_SLOTS_H

#include "signals.h"
#include "tables.h"

/* A stream, as a look-up found it. */
struct lina_channel {
    struct lina_stream *record; /* NULL: there is none, or no room for its pages */
    uint64_t incarnation;
    uint32_t number;
};

/* The stream of a name at an instant within the call. Lock-free. */
struct lina_channel lina_streams_find(lina_arena_t *arena, const struct lina_key *key);

/* The stream that has a number; without a record where there is none. Writers only. */
struct lina_channel lina_stream_at(lina_arena_t *arena, uint32_t number);

static inline struct lina_signal_place lina_head_of(const lina_arena_t *arena,
                                                    const struct lina_channel *c) {
    return (struct lina_signal_place){c->incarnation, lina_head_slot(arena, c->number)};
}

static inline struct lina_signal_place lina_room_of(const lina_arena_t *arena,
                                                    const struct lina_channel *c) {
    return (struct lina_signal_place){c->incarnation, lina_room_slot(arena, c->number)};
}

/* True while the stream has not been removed. */
static inline bool lina_stream_is_there(const lina_arena_t *arena, const struct lina_channel *c) {
    return load_acquire_u64(&arena->signals[lina_head_slot(arena, c->number)].incarnation) ==
           c->incarnation;
}

/* The sequence of the newest generation. */
static inline uint64_t lina_stream_sequence(const lina_arena_t *arena, uint32_t number) {
    return signal_value(load_acquire_u64(&arena->signals[lina_head_slot(arena, number)].word));
}

/* Writers only. Makes a stream, of which there is none of that name. The LIVE slot that has the name, or LINA_NIL,
 * becomes its first generation: it is still to be added to the chain. FULL, NO_MEMORY. */
int lina_stream_slots_make(lina_arena_t *arena, const struct lina_key *key, uint32_t depth,
                           uint32_t first, struct lina_channel *out);
/* The stream is no more. Its waiters are the caller's to wake. */
void lina_stream_slots_end(lina_arena_t *arena, uint32_t number);
/* Counts the streams anew. */
void lina_stream_slots_rebuild(lina_arena_t *arena);

#endif
