/* signal_names.h - from a signal's name to its slot, without a lock.
 *
 * A signal is there from the one store that makes its slot's incarnation LIVE to the one that makes it
 * LAST. Its entry is in the index before the first and until after the second, so a look-up that finds
 * no entry found no signal; only while the index is rebuilt it has to search the slots instead. */
#ifndef LINA_SIGNAL_NAMES_H
#define LINA_SIGNAL_NAMES_H

#include "key.h"
#include "mapping.h"

/* Where a signal is: its slot, or LINA_NIL, and the incarnation that was seen there, which is LIVE. */
struct lina_signal_place {
    uint64_t incarnation;
    uint32_t slot;
};

static inline uint64_t signal_phase(uint64_t incarnation) {
    return incarnation & SIGNAL_PHASE_MASK;
}

/* As many slots as were ever used, bounded by what there can be. Pairs with the release in
 * signal_slots.c: what is in them is seen. */
static inline uint32_t lina_signals_used(const lina_arena_t *arena) {
    uint32_t used = load_acquire_u32(&arena->header->signals_used);
    return used < arena->geo.max_signals ? used : arena->geo.max_signals;
}

/* The place of a name at an instant within the call. Lock-free. */
struct lina_signal_place lina_signal_names_find(const lina_arena_t *arena,
                                                const struct lina_key *key);

/* The same for streams: the place of the head. Streams and signals are two spaces of names. */
struct lina_signal_place lina_signal_names_find_head(const lina_arena_t *arena,
                                                     const struct lina_key *key);

/* The slot of a stream's head, and of its room; and back. */
static inline uint32_t lina_head_slot(const lina_arena_t *arena, uint32_t stream) {
    return arena->geo.max_signals + 2 * stream;
}
static inline uint32_t lina_room_slot(const lina_arena_t *arena, uint32_t stream) {
    return lina_head_slot(arena, stream) + 1;
}
static inline bool lina_is_of_stream(const lina_arena_t *arena, uint32_t slot) {
    return slot >= arena->geo.max_signals;
}
static inline uint32_t lina_stream_number(const lina_arena_t *arena, uint32_t slot) {
    return (slot - arena->geo.max_signals) / 2;
}

/* Writers only. Leads a name that has no entry to a slot; before the slot is LIVE. */
void lina_signal_names_put(lina_arena_t *arena, const struct lina_key *key, uint32_t slot);
/* Takes the entry that leads to the slot out; after the slot is LIVE no more. */
void lina_signal_names_drop(lina_arena_t *arena, const struct lina_key *key, uint32_t slot);
/* Builds the index anew from the LIVE slots. */
void lina_signal_names_rebuild(lina_arena_t *arena);

#endif
