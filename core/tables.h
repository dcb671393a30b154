/* tables.h - the tables that grow in steps: slots, ledger and pins.
 *
 * If pages can run out, no process touches a page of a table before the system has given it to the file for good.
 * Writers take slots and ledger LINA_STEP entries at a time, and note that in header.slots_ready. A member takes its
 * row of pins when it first pins a slot of the step, and notes that in `rows`.
 *
 * A hostile process may write any number into those words. So before a process touches pages that they promise, it
 * takes the pages itself, once. Taking costs little if the pages exist.
 *
 * Functions that take pages return 0 or a negative errno. */
#ifndef LINA_TABLES_H
#define LINA_TABLES_H

#include "pages.h"

/* Writers only. Takes one more step of slots and ledger. -ENFILE if all are taken. */
int lina_tables_grow(lina_arena_t *arena);
/* Extends this process's reach to what others have taken since it last looked. */
void lina_tables_catch_up(lina_arena_t *arena);
static inline void lina_tables_follow(lina_arena_t *arena) {
    if (load_relaxed_u32(&arena->reach.slots) < load_relaxed_u32(&arena->header->slots_ready))
        lina_tables_catch_up(arena);
}
/* Takes this member's row of a step. Needs no lock. */
int lina_tables_take_row(lina_arena_t *arena, uint32_t step);
/* Takes the record of a stream. If another member has taken it, takes its pages all the same, which costs little. Needs
 * no lock. */
int lina_tables_take_stream(lina_arena_t *arena, uint32_t stream);
/* Takes the pages that the header promises and the file lacks, which happens if the file is a sparse copy of an arena.
 * The caller has touched no page but the header. `resident_bytes` is how many bytes of the file have pages. */
int lina_tables_restore(lina_arena_t *arena, uint64_t resident_bytes);

/* ---- what may be touched ----------------------------------------------------------------------- */

/* True if this process may touch a slot. For writers, which check numbers from the tables with it: they extended their
 * reach when they entered the section. */
static inline bool lina_tables_has(const lina_arena_t *arena, uint32_t slot) {
    return slot < load_relaxed_u32(&arena->reach.slots);
}

/* The same for readers, which have no lock: extends the reach first if needed. */
static inline bool lina_tables_reach(lina_arena_t *arena, uint32_t slot) {
    if (!lina_tables_has(arena, slot) && slot < arena->geo.max_arrays)
        lina_tables_follow(arena);
    return lina_tables_has(arena, slot);
}

/* How many slots were ever used, as far as this process can reach them. */
static inline uint32_t lina_tables_used(lina_arena_t *arena) {
    uint32_t used =
        load_acquire_u32(&arena->header->slots_used); /* pairs with lina_lists_pop_free */
    if (used > 0 && !lina_tables_reach(arena, used - 1))
        used = load_relaxed_u32(&arena->reach.slots);
    return used;
}

/* The number of steps in which there are used slots. */
static inline uint32_t lina_tables_steps(lina_arena_t *arena) {
    return (lina_tables_used(arena) + LINA_STEP - 1) / LINA_STEP;
}

/* Makes sure that the record of a stream can be touched. 0 or a negative errno. */
static inline int lina_tables_reach_stream(lina_arena_t *arena, uint32_t stream) {
    return load_relaxed_u32(&arena->reach.streams[stream]) != 0
               ? 0
               : lina_tables_take_stream(arena, stream);
}

/* The record of a stream. NULL if it cannot be touched. */
static inline struct lina_stream *lina_tables_stream(lina_arena_t *arena, uint32_t stream) {
    return stream < arena->geo.max_streams && lina_tables_reach_stream(arena, stream) == 0
               ? &arena->streams[stream]
               : NULL;
}

/* How many numbers of streams were ever used. */
static inline uint32_t lina_tables_streams(const lina_arena_t *arena) {
    return lina_min_u32(load_acquire_u32(&arena->header->streams_used), arena->geo.max_streams);
}

/* ---- pins -------------------------------------------------------------------------------------- */

/* This member's counter for a slot, or NULL before its row is taken. */
static inline uint32_t *lina_tables_own_pin(const lina_arena_t *arena, uint32_t slot) {
    uint32_t *row = load_acquire_ptr(&arena->reach.own_rows[slot / LINA_STEP]);
    return row == NULL ? NULL : row + lina_place_in_row(slot);
}

/* Makes sure that the counter exists. 0 or a negative errno. */
static inline int lina_tables_reach_pin(lina_arena_t *arena, uint32_t slot) {
    return lina_tables_own_pin(arena, slot) != NULL ? 0
                                                    : lina_tables_take_row(arena, slot / LINA_STEP);
}

/* Of the members that share one bit of `readers`, those whose rows in a step are taken: bit k means member
 * bit + 64 k. */
static inline uint32_t lina_tables_rows(const lina_arena_t *arena, uint32_t bit, uint32_t step) {
    return load_acquire_u32(&arena->rows[step].taken[bit]);
}
static inline bool lina_tables_has_row(const lina_arena_t *arena, uint32_t member, uint32_t step) {
    return (lina_tables_rows(arena, member % LINA_ROWS, step) >> member / LINA_ROWS & 1) != 0;
}
/* Extends this process's reach to a row that its member has taken. False if it cannot. */
bool lina_tables_take_reach(lina_arena_t *arena, uint32_t member, uint32_t step);
static inline bool lina_tables_reach_row(lina_arena_t *arena, uint32_t member, uint32_t step) {
    uint32_t reached = load_relaxed_u32(&arena->reach.rows[step].taken[member % LINA_ROWS]);
    return (reached >> member / LINA_ROWS & 1) != 0 || lina_tables_take_reach(arena, member, step);
}
/* A member's row in a step. NULL if it was never taken, or if it cannot be reached. */
uint32_t *lina_tables_row(lina_arena_t *arena, uint32_t member, uint32_t step);

#endif
