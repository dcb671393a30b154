/* space.h - finds free bytes in the data space: an index over the ledger. Writers only. */
#ifndef LINA_SPACE_H
#define LINA_SPACE_H

#include "pages.h"

/* A slot's run of data bytes. */
struct lina_run {
    uint64_t offset, nbytes;
    uint32_t slot;
};

static inline struct lina_run lina_space_run(const lina_arena_t *arena, uint32_t slot) {
    const struct lina_ledger *l = &arena->ledger[slot];
    return (struct lina_run){load_relaxed_u64(&l->offset), load_relaxed_u64(&l->nbytes), slot};
}

/* True if the ledger has this entry among its steps that were taken. */
bool lina_space_is_entry(const lina_arena_t *arena, uint32_t entry);
/* Makes the space empty: one gap. */
void lina_space_reset(lina_arena_t *arena);
/* Gives the slot a run of at least `nbytes` > 0, and describes it in *run. The run is inside the data, even if
 * the tables are damaged, and at a multiple of LINA_ALIGN. False if there is no room. */
bool lina_space_take(lina_arena_t *arena, uint32_t slot, uint64_t nbytes, struct lina_run *run);
/* Gives the slot's run back, if it has one, and joins it with the gaps beside it. */
void lina_space_give(lina_arena_t *arena, uint32_t slot);
/* Computes neighbours and gaps anew from all runs, which are sorted by offset. False if two runs overlap, or if one
 * lies outside the data or not in whole units. */
__attribute__((cold)) bool lina_space_rebuild(lina_arena_t *arena, const struct lina_run *runs,
                                              uint32_t count);

#endif
