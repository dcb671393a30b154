/* space.c - a two-level segregated fit, with the gaps described in the ledger and not in the data.
 *
 * The algorithm is from M. Masmano et al., "TLSF: a New Dynamic Memory Allocator for Real-Time Systems", ECRTS
 * 2004. Gaps are in lists by size class: the log2 of the size, then the next four bits. Two levels of bits find
 * a class that fits in constant time. Neighbouring gaps join when a run is given back. TLSF keeps boundary tags
 * in the memory that it manages. Here the ledger has them, because the data may be the host's own memory:
 *
 *   entry   0 ... max_arrays - 1   a slot's run
 *           max_arrays             both ends: before the first run, after the last
 *           ... 2 max_arrays + 1   a gap
 *
 * Each number from the tables is read once, into a local copy, and bounded before it is used (`get` below). A
 * damaged list counts as empty. All of this can be rebuilt from the descriptors. */
#include "space.h"

#include <string.h>

#include "lock.h"
#include "tables.h"

struct run {
    uint64_t offset, nbytes;
    uint32_t before, after;
};

static struct lina_ledger *at(const lina_arena_t *arena, uint32_t entry) {
    return &arena->ledger[entry];
}

static uint32_t ends(const lina_arena_t *arena) { return arena->geo.max_arrays; }

static bool is_gap(const lina_arena_t *arena, uint32_t entry) {
    return entry > ends(arena) && entry - ends(arena) - 1 <= load_relaxed_u32(&arena->reach.slots);
}

bool lina_space_is_entry(const lina_arena_t *arena, uint32_t entry) {
    return lina_tables_has(arena, entry) || entry == ends(arena) || is_gap(arena, entry);
}

/* Copies a run. False if it cannot be right: it must lie in the data, in whole units. */
static bool get(const lina_arena_t *arena, uint32_t entry, struct run *out) {
    const struct lina_ledger *l = at(arena, entry);
    *out = (struct run){.offset = load_relaxed_u64(&l->offset),
                        .nbytes = load_relaxed_u64(&l->nbytes),
                        .before = load_relaxed_u32(&l->before),
                        .after = load_relaxed_u32(&l->after)};
    uint64_t end = lina_pages_end(arena);
    return out->offset < end && out->nbytes > 0 && out->nbytes <= end - out->offset &&
           out->offset % LINA_ALIGN == 0 && out->nbytes % LINA_ALIGN == 0;
}

static bool get_gap(const lina_arena_t *arena, uint32_t entry, struct run *out) {
    return is_gap(arena, entry) && get(arena, entry, out);
}

/* ---- size classes ------------------------------------------------------------------------------ */

/* The class of a gap: the log2 of its size in units, and the four bits below the highest one. */
static uint32_t class_of(uint64_t nbytes) {
    uint64_t units = nbytes / LINA_ALIGN;
    uint32_t first = 63u - (uint32_t)__builtin_clzll(units);
    uint32_t second = (uint32_t)(units * SPACE_SECOND >> first) % SPACE_SECOND;
    return first * SPACE_SECOND + second;
}

static uint32_t *head_of(const lina_arena_t *arena, uint32_t class) {
    return &arena->header->space.head[class / SPACE_SECOND][class % SPACE_SECOND];
}

static void list_add(lina_arena_t *arena, uint32_t gap, uint32_t class) {
    struct lina_space *space = &arena->header->space;
    uint32_t next = load_relaxed_u32(head_of(arena, class));
    at(arena, gap)->prev = LINA_NIL;
    at(arena, gap)->next = next;
    if (is_gap(arena, next))
        at(arena, next)->prev = gap;
    *head_of(arena, class) = gap;
    space->first_bits |= UINT64_C(1) << class / SPACE_SECOND;
    space->second_bits[class / SPACE_SECOND] |= 1u << class % SPACE_SECOND;
}

static void list_remove(lina_arena_t *arena, uint32_t gap, uint32_t class) {
    struct lina_space *space = &arena->header->space;
    uint32_t prev = load_relaxed_u32(&at(arena, gap)->prev);
    uint32_t next = load_relaxed_u32(&at(arena, gap)->next);
    if (is_gap(arena, next))
        at(arena, next)->prev = prev;
    if (is_gap(arena, prev)) {
        at(arena, prev)->next = next;
        return;
    }
    *head_of(arena, class) = next;
    if (next != LINA_NIL)
        return;
    uint32_t *seconds = &space->second_bits[class / SPACE_SECOND];
    *seconds &= ~(1u << class % SPACE_SECOND);
    if (*seconds == 0)
        space->first_bits &= ~(UINT64_C(1) << class / SPACE_SECOND);
}

/* A gap of the first class that has one, from `class` on. */
static uint32_t first_from(const lina_arena_t *arena, uint32_t class) {
    const struct lina_space *space = &arena->header->space;
    const uint32_t all = (1u << SPACE_SECOND) - 1;
    uint32_t first = class / SPACE_SECOND, from = all << class % SPACE_SECOND;
    if (first >= SPACE_FIRST)
        return LINA_NIL;
    uint32_t seconds = load_relaxed_u32(&space->second_bits[first]) & all & from;
    if (seconds == 0) {
        uint64_t firsts = load_relaxed_u64(&space->first_bits) &
                          ((UINT64_C(1) << SPACE_FIRST) - 1) & ~((UINT64_C(2) << first) - 1);
        if (firsts == 0)
            return LINA_NIL;
        first = (uint32_t)__builtin_ctzll(firsts);
        seconds = load_relaxed_u32(&space->second_bits[first]) & all;
        if (seconds == 0)
            return LINA_NIL;
    }
    return load_relaxed_u32(&space->head[first][__builtin_ctz(seconds)]);
}

/* True if a gap has room. The data may end within the gap's last unit. */
static bool fits(const lina_arena_t *arena, uint32_t gap, uint64_t nbytes, struct run *out) {
    return get_gap(arena, gap, out) && out->nbytes >= nbytes &&
           nbytes <= arena->geo.data_size - out->offset;
}

/* The first gap of a class that fits. Some gaps of the class may be too small. */
static uint32_t search(const lina_arena_t *arena, uint32_t class, uint64_t nbytes,
                       struct run *out) {
    uint32_t gap = load_relaxed_u32(head_of(arena, class));
    for (uint32_t i = 0; i <= arena->geo.max_arrays && is_gap(arena, gap); i++) {
        if (fits(arena, gap, nbytes, out))
            return gap;
        gap = load_relaxed_u32(&at(arena, gap)->next);
    }
    return LINA_NIL;
}

/* A gap with room for `nbytes`, copied to *out. */
static uint32_t find(const lina_arena_t *arena, uint64_t nbytes, struct run *out) {
    uint32_t own = class_of(lina_round_up(nbytes, LINA_ALIGN));
    uint32_t gap = first_from(arena, own); /* a run of this size that was just given back */
    if (fits(arena, gap, nbytes, out))
        return gap;
    gap = first_from(arena, own + 1); /* all of these have room */
    if (fits(arena, gap, nbytes, out))
        return gap;
    return search(arena, own, nbytes, out); /* maybe only a gap of the same class fits */
}

/* ---- runs and gaps ----------------------------------------------------------------------------- */

static void set_after(lina_arena_t *arena, uint32_t entry, uint32_t after) {
    if (lina_space_is_entry(arena, entry))
        at(arena, entry)->after = after;
}

static void set_before(lina_arena_t *arena, uint32_t entry, uint32_t before) {
    if (lina_space_is_entry(arena, entry))
        at(arena, entry)->before = before;
}

/* Makes two entries neighbours. */
static void link(lina_arena_t *arena, uint32_t before, uint32_t after) {
    set_after(arena, before, after);
    set_before(arena, after, before);
}

/* Puts an entry, which is the caller's, between two others. */
static void put_between(lina_arena_t *arena, uint32_t entry, uint32_t before, uint32_t after) {
    set_after(arena, before, entry);
    set_before(arena, after, entry);
    at(arena, entry)->before = before;
    at(arena, entry)->after = after;
}

static void account(lina_arena_t *arena, uint64_t nbytes) {
    tally_u64(&arena->header->space.used_bytes, nbytes);
}

/* An unused entry for a gap. LINA_NIL only in damaged tables, since there is one more gap than slots. */
static uint32_t gap_entry(lina_arena_t *arena) {
    struct lina_space *space = &arena->header->space;
    uint32_t gap = load_relaxed_u32(&space->unused_head);
    if (is_gap(arena, gap)) {
        space->unused_head = at(arena, gap)->next;
        return gap;
    }
    uint32_t used = load_relaxed_u32(&space->gaps_used);
    if (!is_gap(arena, ends(arena) + 1 + used))
        return LINA_NIL;
    space->gaps_used = used + 1;
    return ends(arena) + 1 + used;
}

/* Makes a gap between two neighbours. */
static void gap_add(lina_arena_t *arena, uint64_t offset, uint64_t nbytes, uint32_t before,
                    uint32_t after) {
    uint32_t gap = gap_entry(arena);
    if (gap == LINA_NIL)
        return;
    at(arena, gap)->offset = offset;
    at(arena, gap)->nbytes = nbytes;
    put_between(arena, gap, before, after);
    list_add(arena, gap, class_of(nbytes));
}

static void gap_remove(lina_arena_t *arena, uint32_t gap, uint64_t nbytes) {
    struct lina_space *space = &arena->header->space;
    list_remove(arena, gap, class_of(nbytes));
    at(arena, gap)->next = space->unused_head;
    space->unused_head = gap;
}

/* Gives a gap that had `was` bytes a new offset and size. */
static void gap_resize(lina_arena_t *arena, uint32_t gap, uint64_t was, uint64_t offset,
                       uint64_t nbytes) {
    uint32_t from = class_of(was), to = class_of(nbytes);
    at(arena, gap)->offset = offset;
    at(arena, gap)->nbytes = nbytes;
    if (from == to)
        return;
    list_remove(arena, gap, from);
    list_add(arena, gap, to);
}

bool lina_space_take(lina_arena_t *arena, uint32_t slot, uint64_t nbytes, struct lina_run *run) {
    struct run gap;
    uint32_t entry = nbytes > arena->geo.data_size ? LINA_NIL : find(arena, nbytes, &gap);
    if (entry == LINA_NIL)
        return false;
    uint64_t needed = lina_round_up(nbytes, LINA_ALIGN);
    if (gap.nbytes > needed) {
        gap_resize(arena, entry, gap.nbytes, gap.offset + needed, gap.nbytes - needed);
        gap.after = entry;
    } else {
        gap_remove(arena, entry, gap.nbytes);
    }
    put_between(arena, slot, gap.before, gap.after);
    at(arena, slot)->offset = gap.offset;
    store_relaxed_u64(&at(arena, slot)->nbytes, needed);
    account(arena, needed);
    *run = (struct lina_run){.offset = gap.offset, .nbytes = needed, .slot = slot};
    return true;
}

void lina_space_give(lina_arena_t *arena, uint32_t slot) {
    struct run run, before, after;
    if (!get(arena, slot, &run))
        return;
    store_relaxed_u64(&at(arena, slot)->nbytes, 0);
    account(arena, 0 - run.nbytes);
    bool joins_after = get_gap(arena, run.after, &after) && after.offset == run.offset + run.nbytes;
    bool joins_before =
        get_gap(arena, run.before, &before) && before.offset + before.nbytes == run.offset;
    if (joins_after && joins_before) {
        gap_remove(arena, run.after, after.nbytes);
        run.nbytes += after.nbytes;
        run.after = after.after;
    }
    if (joins_before || joins_after)
        link(arena, run.before, run.after);
    if (joins_before)
        gap_resize(arena, run.before, before.nbytes, before.offset, before.nbytes + run.nbytes);
    else if (joins_after)
        gap_resize(arena, run.after, after.nbytes, run.offset, run.nbytes + after.nbytes);
    else
        gap_add(arena, run.offset, run.nbytes, run.before, run.after);
}

/* ---- rebuilding -------------------------------------------------------------------------------- */

/* Removes all runs and gaps. */
static void clear(lina_arena_t *arena) {
    struct lina_space *space = &arena->header->space;
    memset(space, 0, sizeof *space);
    memset(space->head, 0xff, sizeof space->head);
    space->unused_head = LINA_NIL;
    link(arena, ends(arena), ends(arena));
}

void lina_space_reset(lina_arena_t *arena) { lina_space_rebuild(arena, NULL, 0); }

bool lina_space_rebuild(lina_arena_t *arena, const struct lina_run *runs, uint32_t count) {
    uint64_t end = lina_pages_end(arena), done = 0;
    uint32_t last = ends(arena);
    clear(arena);
    for (uint32_t i = 0; i < count; i++) {
        lina_lock_renew_at(arena, i);
        const struct lina_run *run = &runs[i];
        if (run->offset < done || run->offset > end || run->nbytes > end - run->offset ||
            run->offset % LINA_ALIGN != 0 || run->nbytes % LINA_ALIGN != 0)
            return false;
        link(arena, last, run->slot);
        link(arena, run->slot, ends(arena));
        if (run->offset > done)
            gap_add(arena, done, run->offset - done, last, run->slot);
        account(arena, run->nbytes);
        last = run->slot;
        done = run->offset + run->nbytes;
    }
    if (done < end)
        gap_add(arena, done, end - done, last, ends(arena));
    return true;
}
