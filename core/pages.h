/* pages.h - which pages of an arena's file exist. They are taken before an array gets them, and given back. */
#ifndef LINA_PAGES_H
#define LINA_PAGES_H

#include "mapping.h"

/* Takes the pages of a range of the arena's file. Returns 0 or a negative errno; after an error, some of the pages may
 * be taken. `inside` says that the caller has the writer lock: then this renews the turn, so that waiting writers see
 * progress. */
int lina_pages_take(lina_arena_t *arena, uint64_t from, uint64_t end, bool inside);
/* Makes sure that the pages exist of a range of the data that a slot has just got. Returns 0, or a negative errno if
 * there is no room for them. */
int lina_pages_commit(lina_arena_t *arena, uint64_t offset, uint64_t nbytes);
/* Zeroes a range in the cheapest way. Needs no lock while the range is the caller's. */
void lina_pages_zero(lina_arena_t *arena, uint64_t offset, uint64_t nbytes);
/* True if a removed run of this size gives its pages back to the system. Such a run is large, and the arena does not
 * keep its pages for later arrays. Call it while the run still counts as used. */
bool lina_pages_is_huge(const lina_arena_t *arena, uint64_t nbytes);
/* Notes that the pages of a range may be missing, before they are given back. */
void lina_pages_uncommit(lina_arena_t *arena, uint64_t offset, uint64_t nbytes);
/* Gives the pages of a large range back to the system. Needs no lock while the range is the caller's. `inside` as
 * above. */
void lina_pages_return(lina_arena_t *arena, uint64_t offset, uint64_t nbytes, bool inside);

/* The end of the data space in whole alignment units. */
static inline uint64_t lina_pages_end(const lina_arena_t *arena) {
    return lina_round_up(arena->geo.data_size, LINA_ALIGN);
}

#endif
