/* signal_slots.h - the life of a signal's slot: FREE -> LIVE -> LAST -> FREE. Writers only.
 *
 * Slots that are not LIVE rest in a list, in the order of their removals. A new signal takes the first of them if more
 * than LINA_SIGNALS_REST slots rest, or if no unused slot is left. The rest protects a thread that is in a call on the
 * removed signal: it may have checked the incarnation already, and is about to change the words. */
#ifndef LINA_SIGNAL_SLOTS_H
#define LINA_SIGNAL_SLOTS_H

#include "signal_names.h"

#define LINA_SIGNALS_REST 64u

/* Makes a slot FREE, gives it a name, and sets its words to 0. Returns the new incarnation. To make the slot LIVE, the
 * caller adds SIGNAL_LIVE and stores the sum. */
uint64_t lina_signal_slots_prepare(lina_arena_t *arena, const struct lina_key *key, uint32_t slot);
/* Finds a signal, or makes it if there is none. FULL if there is no slot for it. */
int lina_signal_slots_make(lina_arena_t *arena, const struct lina_key *key,
                           struct lina_signal_place *place);
/* LIVE -> LAST. Returns where the signal was; the caller wakes its waiters. The slot is LINA_NIL if there is none. */
struct lina_signal_place lina_signal_slots_remove(lina_arena_t *arena, const struct lina_key *key);
/* Rebuilds index, list and counts from the slots. NO_MEMORY. */
int lina_signal_slots_rebuild(lina_arena_t *arena);

#endif
