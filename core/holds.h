/* holds.h - what keeps an arena's struct in this process: its open handle, views, readers, further handles. The
 * functions are in join.c.
 *
 * There are several counts, each at a place. With one count, threads with views of different arrays would send its
 * cache line to and fro. A hold begins and ends at the same place, so no count goes below 0.
 *
 * While the handle is open, no thread needs the sum. Closing the handle marks each count and adds its holds to
 * `collected`. A thread that finds the mark counts in `collected` as well, and the thread that brings `collected` to 0
 * frees the struct. Until all counts are marked, HOLDS_OPEN is part of `collected` and keeps it above 0. */
#ifndef LINA_HOLDS_H
#define LINA_HOLDS_H

#include "mapping.h"

#define HOLDS_ONE UINT64_C(2)
#define HOLDS_MARK UINT64_C(1)
#define HOLDS_OPEN (UINT64_C(1) << 62)

/* A view's hold is counted at the place of its slot. All other holds are counted at this place. */
#define LINA_NO_VIEW 0u

/* The count at a place. Neighbouring slots do not get neighbouring lines, since some processors fetch lines in
 * pairs. */
static inline uint64_t *lina_hold_count(lina_arena_t *arena, uint32_t place) {
    return &arena->holds[place * 5 % LINA_HOLDS].count;
}

static inline void lina_arena_hold(lina_arena_t *arena, uint32_t place) {
    if ((add_sc_u64(lina_hold_count(arena, place), HOLDS_ONE) & HOLDS_MARK) != 0)
        add_sc_u64(&arena->collected, 1);
}

/* Takes holds out of `collected`. If none is left, frees the struct. */
void lina_holds_drop_collected(lina_arena_t *arena, uint64_t holds);
static inline void lina_arena_drop(lina_arena_t *arena, uint32_t place) {
    if ((add_sc_u64(lina_hold_count(arena, place), 0 - HOLDS_ONE) & HOLDS_MARK) != 0)
        lina_holds_drop_collected(arena, 1);
}
/* Marks the counts, and ends the hold of the handle. Call it once. */
void lina_holds_close(lina_arena_t *arena);

#endif
