/* space.h - which bytes of the data space are free, an index over the ledger, and which pages are there.
 * Writers only, but where it says otherwise. */
#ifndef LINA_SPACE_H
#define LINA_SPACE_H

#include "mapping.h"

/* A slot's run of data bytes. */
struct lina_run {
    uint64_t offset, nbytes;
    uint32_t slot;
};

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

/* Takes the pages of a range of the arena's file: all, or some and a negative errno. `inside`: under the
 * writer lock, for which others may wait. */
int lina_space_reserve(lina_arena_t *arena, uint64_t from, uint64_t end, bool inside);
/* Takes pages that were promised and are missing, as from a sparse copy of a file. `resident_bytes`: of the
 * file. A negative errno. */
int lina_space_restore(lina_arena_t *arena, uint64_t resident_bytes);
/* Makes a range that was just taken readable without fail (NO_MEMORY), before it is promised. */
int lina_space_commit(lina_arena_t *arena, uint64_t offset, uint64_t nbytes);
/* Zeroes a range by the cheapest means. Needs no lock while the range is the caller's. */
void lina_space_zero(lina_arena_t *arena, uint64_t offset, uint64_t nbytes);
/* Whether a run of this size is worth giving its pages back to the system. */
bool lina_space_is_huge(const lina_arena_t *arena, uint64_t nbytes);
/* Takes back what was promised of a range's pages, before they are given back. */
void lina_space_uncommit(lina_arena_t *arena, uint64_t offset, uint64_t nbytes);
/* Gives the pages of a huge range back. Needs no lock while the range is the caller's. */
void lina_space_return(lina_arena_t *arena, uint64_t offset, uint64_t nbytes, bool inside);

/* The end of the data space in whole alignment units. */
static inline uint64_t lina_space_end(const lina_arena_t *arena) {
    return lina_round_up(arena->geo.data_size, LINA_ALIGN);
}

#endif
