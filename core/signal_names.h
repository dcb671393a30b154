/* signal_names.h - finds a signal's slot by its name, without a lock.
 *
 * A signal exists from the store that makes its slot's incarnation LIVE until the store that makes it LAST. A writer
 * puts its entry into the index before the first store, and takes it out after the second. So if a look-up finds no
 * entry, there was no such signal at that instant. While the index is rebuilt, look-ups search the slots instead. */
#ifndef LINA_SIGNAL_NAMES_H
#define LINA_SIGNAL_NAMES_H

#include "key.h"
#include "mapping.h"

/* Where a signal is: its slot, or LINA_NIL if there is none, and its incarnation, which is LIVE. */
struct lina_signal_place {
    uint64_t incarnation;
    uint32_t slot;
};

static inline uint64_t signal_phase(uint64_t incarnation) {
    return incarnation & SIGNAL_PHASE_MASK;
}

/* How many slots were ever used, but at most as many as there are. Pairs with the releases in signal_slots.c. */
static inline uint32_t lina_signals_used(const lina_arena_t *arena) {
    uint32_t used = load_acquire_u32(&arena->header->signals_used);
    return used < arena->geo.max_signals ? used : arena->geo.max_signals;
}

/* The place that the name had at some instant within the call. Lock-free. */
struct lina_signal_place lina_signal_names_find(const lina_arena_t *arena,
                                                const struct lina_key *key);

/* The same for a stream: the place of its head. A stream and a signal can have the same name. */
struct lina_signal_place lina_signal_names_find_head(const lina_arena_t *arena,
                                                     const struct lina_key *key);

/* The slots of a stream's head and of its room, and the number of the stream that has such a slot. */
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

/* Writers only. Makes an entry for a name that has none. A writer calls this before it makes the slot LIVE. */
void lina_signal_names_put(lina_arena_t *arena, const struct lina_key *key, uint32_t slot);
/* Takes the slot's entry out of the index. A writer calls this after it has made the slot LAST. */
void lina_signal_names_drop(lina_arena_t *arena, const struct lina_key *key, uint32_t slot);
/* Builds the index anew from the LIVE slots. */
__attribute__((cold)) void lina_signal_names_rebuild(lina_arena_t *arena);

#endif
