/* tables.c - see tables.h. */
#include "tables.h"

#include <errno.h>
#include <string.h>

static uint32_t ready(const lina_arena_t *arena) {
    uint32_t slots =
        load_acquire_u32(&arena->header->slots_ready); /* pairs with lina_tables_grow */
    return slots < arena->geo.max_arrays ? slots : arena->geo.max_arrays;
}

/* ---- slots and ledger -------------------------------------------------------------------------- */

static int take_entries(lina_arena_t *arena, uint64_t table, uint64_t size, uint64_t from,
                        uint64_t end) {
    return lina_pages_take(arena, table + from * size, table + end * size, false);
}

/* Takes slots and their ledger entries, the entry of the ends, and one more gap entry than slots. */
static int take(lina_arena_t *arena, uint32_t from, uint32_t end) {
    const struct lina_geometry *geo = &arena->geo;
    if (!arena->limited || from >= end)
        return 0;
    int rc = take_entries(arena, geo->slots, sizeof(struct lina_slot), from, end);
    if (rc == 0)
        rc = take_entries(arena, geo->ledger, sizeof(struct lina_ledger), from, end);
    if (rc == 0)
        rc = take_entries(arena, geo->ledger, sizeof(struct lina_ledger),
                          (uint64_t)geo->max_arrays + from, (uint64_t)geo->max_arrays + end + 2);
    return rc;
}

/* If two threads reach different ends at once, the further one stays. */
static void reach(lina_arena_t *arena, uint32_t end) {
    uint32_t *slots = &arena->reach.slots, now = load_relaxed_u32(slots);
    while (now < end && !cas_sc_u32(slots, &now, end))
        ;
}

int lina_tables_grow(lina_arena_t *arena) {
    uint32_t from = ready(arena), most = arena->geo.max_arrays;
    uint32_t end = most - from < LINA_STEP ? most : from + LINA_STEP;
    if (from == end)
        return -ENFILE;
    int rc = take(arena, from, end);
    if (rc != 0)
        return rc;
    reach(arena, end);
    store_release_u32(&arena->header->slots_ready, end);
    return 0;
}

void lina_tables_catch_up(lina_arena_t *arena) {
    uint32_t from = load_relaxed_u32(&arena->reach.slots), end = ready(arena);
    if (from < end && take(arena, from, end) == 0)
        reach(arena, end);
}

/* ---- rows of pins ------------------------------------------------------------------------------ */

static int take_row(lina_arena_t *arena, uint32_t member, uint32_t step) {
    if (!arena->limited)
        return 0;
    uint64_t row = (uint64_t)step * arena->geo.max_members + member;
    return take_entries(arena, arena->geo.pins, LINA_STEP * sizeof(uint32_t), row, row + 1);
}

int lina_tables_take_row(lina_arena_t *arena, uint32_t step) {
    uint32_t member = arena->member, bit = UINT32_C(1) << member / LINA_ROWS;
    uint32_t *taken = &arena->rows[step].taken[member % LINA_ROWS];
    int rc = take_row(arena, member, step);
    if (rc != 0)
        return rc;
    /* Set before the row's first pin: pairs with lina_tables_rows. */
    if ((load_sc_u32(taken) & bit) == 0 && (or_sc_u32(taken, bit) & bit) == 0)
        add_sc_u32(&arena->header->rows_taken, 1);
    or_sc_u32(&arena->reach.rows[step].taken[member % LINA_ROWS], bit);
    store_release_ptr(&arena->reach.own_rows[step], lina_row(arena, member, step));
    return 0;
}

bool lina_tables_take_reach(lina_arena_t *arena, uint32_t member, uint32_t step) {
    if (take_row(arena, member, step) != 0)
        return false;
    or_sc_u32(&arena->reach.rows[step].taken[member % LINA_ROWS], UINT32_C(1)
                                                                      << member / LINA_ROWS);
    return true;
}

uint32_t *lina_tables_row(lina_arena_t *arena, uint32_t member, uint32_t step) {
    return lina_tables_has_row(arena, member, step) && lina_tables_reach_row(arena, member, step)
               ? lina_row(arena, member, step)
               : NULL;
}

/* ---- streams ----------------------------------------------------------------------------------- */

int lina_tables_take_stream(lina_arena_t *arena, uint32_t stream) {
    int rc = !arena->limited ? 0
                             : take_entries(arena, arena->geo.streams, sizeof(struct lina_stream),
                                            stream, stream + 1);
    if (rc == 0)
        store_relaxed_u32(&arena->reach.streams[stream], 1);
    return rc;
}

/* ---- restoring --------------------------------------------------------------------------------- */

/* Which pages of the data the header says exist: those below `committed`, except in the hole. */
struct promise {
    uint64_t committed, hole, hole_end;
};

static struct promise promise_of(const lina_arena_t *arena) {
    const struct lina_pages *pages = &arena->header->pages;
    uint64_t committed = lina_min(load_relaxed_u64(&pages->committed), arena->geo.data_size);
    uint64_t end = lina_min(load_relaxed_u64(&pages->hole_end), committed);
    return (struct promise){committed, lina_min(load_relaxed_u64(&pages->hole), end), end};
}

/* At least how many bytes of the file have pages, if none is missing. */
static uint64_t promised_bytes(const lina_arena_t *arena, const struct promise *promise) {
    uint64_t entries = ready(arena), rows = load_relaxed_u32(&arena->header->rows_taken);
    return arena->geo.slots + entries * sizeof(struct lina_slot) +
           2 * entries * sizeof(struct lina_ledger) + rows * LINA_STEP * sizeof(uint32_t) +
           lina_tables_streams(arena) * sizeof(struct lina_stream) + promise->committed -
           (promise->hole_end - promise->hole);
}

static int restore_rows(lina_arena_t *arena) {
    for (uint32_t step = 0; step < arena->geo.steps; step++)
        for (uint32_t m = 0; m < arena->geo.max_members; m++)
            if (lina_tables_has_row(arena, m, step) && !lina_tables_reach_row(arena, m, step))
                return -ENOSPC;
    return 0;
}

static int restore_streams(lina_arena_t *arena) {
    int rc = 0;
    for (uint32_t stream = 0; stream < lina_tables_streams(arena) && rc == 0; stream++)
        rc = lina_tables_take_stream(arena, stream);
    return rc;
}

int lina_tables_restore(lina_arena_t *arena, uint64_t resident_bytes) {
    struct promise promise = promise_of(arena);
    uint64_t data = arena->geo.data;
    int rc = 0;
    if (arena->limited && resident_bytes < promised_bytes(arena, &promise)) {
        rc = lina_pages_take(arena, 0, arena->geo.slots, false);
        if (rc == 0)
            rc = lina_pages_take(arena, data, data + promise.committed, false);
        if (rc == 0)
            rc = restore_rows(arena);
        if (rc == 0)
            rc = restore_streams(arena);
        if (rc == 0)
            rc = take(arena, 0, ready(arena));
    }
    if (rc == 0)
        reach(arena, ready(arena));
    return rc;
}
