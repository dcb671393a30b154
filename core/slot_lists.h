/* slot_lists.h - the lists of free slots and of pending slots. Writers only.
 *
 * A slot is in at most one of them. Its entry in the ledger has the links. */
#ifndef LINA_SLOT_LISTS_H
#define LINA_SLOT_LISTS_H

#include "names.h"
#include "tables.h"

/* Adds a slot that is FREE. */
void lina_lists_push_free(lina_arena_t *arena, uint32_t slot);
/* Takes a free slot, or one that was never used. LINA_NIL if there is none. */
uint32_t lina_lists_pop_free(lina_arena_t *arena);

/* Call both while the slot is LOANED or RETIRED. Its state must be the same in both calls, since loans are counted. */
void lina_lists_add_pending(lina_arena_t *arena, uint32_t slot);
void lina_lists_remove_pending(lina_arena_t *arena, uint32_t slot);

/* Makes both lists empty. */
void lina_lists_clear(lina_arena_t *arena);

#endif
