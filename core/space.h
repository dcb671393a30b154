/* space.h - which bytes of the data space are free: an index over the ledger. Writers only. */
#ifndef LINA_SPACE_H
#define LINA_SPACE_H

#include "pages.h"

/* A slot's run of data bytes. */
struct lina_run {
    uint64_t offset, nbytes;
    uint32_t slot;
};

/* Whether there is such an entry of the ledger, as far as that is taken. */
bool lina_space_is_entry(const lina_arena_t *arena, uint32_t entry);
/* Empty space: one gap. */
void lina_space_reset(lina_arena_t *arena);
/* Makes a run of at least `nbytes` > 0 the slot's, and tells it in *run: inside the data, whatever the
 * tables say, at a multiple of LINA_ALIGN. False when there is no room. */
bool lina_space_take(lina_arena_t *arena, uint32_t slot, uint64_t nbytes, struct lina_run *run);
/* Gives the slot's run back, if it has one: joined with the gaps around it. */
void lina_space_give(lina_arena_t *arena, uint32_t slot);
/* Finds neighbours and gaps anew from all runs, sorted by offset. False when two overlap, or one lies
 * outside or not in whole units. */
bool lina_space_rebuild(lina_arena_t *arena, const struct lina_run *runs, uint32_t count);

#endif
