/* pages.h - which pages of an arena's file are there: taken before they are promised, and given back. */
#ifndef LINA_PAGES_H
#define LINA_PAGES_H

#include "mapping.h"

/* Takes the pages of a range of the arena's file: all, or some and a negative errno. `inside`: under the
 * writer lock, for which others may wait. */
int lina_pages_take(lina_arena_t *arena, uint64_t from, uint64_t end, bool inside);
/* Makes a range that was just taken readable without fail (NO_MEMORY), before it is promised. */
int lina_pages_commit(lina_arena_t *arena, uint64_t offset, uint64_t nbytes);
/* Zeroes a range by the cheapest means. Needs no lock while the range is the caller's. */
void lina_pages_zero(lina_arena_t *arena, uint64_t offset, uint64_t nbytes);
/* Whether a run of this size is worth giving its pages back to the system. */
bool lina_pages_is_huge(const lina_arena_t *arena, uint64_t nbytes);
/* Takes back what was promised of a range's pages, before they are given back. */
void lina_pages_uncommit(lina_arena_t *arena, uint64_t offset, uint64_t nbytes);
/* Gives the pages of a huge range back. Needs no lock while the range is the caller's. */
void lina_pages_return(lina_arena_t *arena, uint64_t offset, uint64_t nbytes, bool inside);

/* The end of the data space in whole alignment units. */
static inline uint64_t lina_pages_end(const lina_arena_t *arena) {
    return lina_round_up(arena->geo.data_size, LINA_ALIGN);
}

#endif
