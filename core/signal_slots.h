/* signal_slots.h - the life of a signal's slot: FREE -> LIVE -> LAST -> FREE. Writers only.
 *
 * Slots that are not LIVE rest in a list, the longest removed first. A new signal takes one of them when
 * it rests long enough, or nothing else is left: whoever still has a handle of the removed signal, and
 * stands between two instructions, has had time to go on. */
#ifndef LINA_SIGNAL_SLOTS_H
#define LINA_SIGNAL_SLOTS_H

#include "signal_names.h"

#define LINA_SIGNALS_REST                                                                          \
    64u /* so many later removals does a slot rest, while there are unused ones */

/* Makes a slot FREE and gives it a name and words of 0. Returns its incarnation, to which SIGNAL_LIVE is
 * still to be added. */
uint64_t lina_signal_slots_prepare(lina_arena_t *arena, const struct lina_key *key, uint32_t slot);
/* The place of a name, made LIVE if it is not there. FULL. */
int lina_signal_slots_make(lina_arena_t *arena, const struct lina_key *key,
                           struct lina_signal_place *place);
/* LIVE -> LAST. Returns where it was; the waiters are the caller's to wake. LINA_NIL: there is none. */
struct lina_signal_place lina_signal_slots_remove(lina_arena_t *arena, const struct lina_key *key);
/* Rebuilds index, list and counts from the slots. NO_MEMORY. */
int lina_signal_slots_rebuild(lina_arena_t *arena);

#endif
