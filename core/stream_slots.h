/* stream_slots.h - finds, makes and ends streams: the number, the record and the head of each.
 *
 * A stream exists while its head's slot is LIVE. The incarnation of that slot is the stream's. */
#ifndef LINA_STREAM_SLOTS_H
#define LINA_STREAM_SLOTS_H

#include "signals.h"
#include "tables.h"

/* Finds the stream that the name had at some instant within the call. Lock-free. */
struct lina_channel lina_streams_find(lina_arena_t *arena, const struct lina_key *key);

/* The stream with a number. If there is none, the result has no record. Writers only. */
struct lina_channel lina_stream_at(lina_arena_t *arena, uint32_t number);

static inline struct lina_signal_place lina_head_of(const lina_arena_t *arena,
                                                    const struct lina_channel *c) {
    return (struct lina_signal_place){c->incarnation, lina_head_slot(arena, c->number)};
}

static inline struct lina_signal_place lina_room_of(const lina_arena_t *arena,
                                                    const struct lina_channel *c) {
    return (struct lina_signal_place){c->incarnation, lina_room_slot(arena, c->number)};
}

/* True until the stream is removed. Looks at the room and not at the head, because each publish writes to the head's
 * line. A removal ends the room after the head. */
static inline bool lina_stream_is_there(const lina_arena_t *arena, const struct lina_channel *c) {
    return load_acquire_u64(&arena->signals[lina_room_slot(arena, c->number)].incarnation) ==
           c->incarnation;
}

/* The sequence of the newest generation. */
static inline uint64_t lina_stream_sequence(const lina_arena_t *arena, uint32_t number) {
    return signal_value(load_acquire_u64(&arena->signals[lina_head_slot(arena, number)].word));
}

/* Writers only. Makes a stream for a name that has none. `first` is the LIVE slot of the name, or LINA_NIL. It
 * becomes the first generation; the caller adds it to the chain. FULL, NO_MEMORY. */
int lina_stream_slots_make(lina_arena_t *arena, const struct lina_key *key, uint32_t depth,
                           uint32_t first, struct lina_channel *out);
/* Ends a stream. The caller wakes its waiters. */
void lina_stream_slots_end(lina_arena_t *arena, uint32_t number);
/* After a writer's death: ends rooms without a head, and counts the streams. */
void lina_stream_slots_rebuild(lina_arena_t *arena);

#endif
