/* slots.c - see slots.h.
 *
 * Why nothing that is held is freed. A reader pins, then looks whether the slot is still LIVE or KEPT (views.c).
 * A writer retires, then looks at the pins (held, below). All four are sequentially consistent: either
 * the reader sees RETIRED and takes its pin back, or the writer sees the pin. */
#include "slots.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "bury.h"
#include "copy.h"
#include "lock.h"
#include "members.h"
#include "space.h"

static uint64_t state_word(uint64_t serial, uint64_t state) {
    return serial << SLOT_SERIAL_SHIFT | state;
}

/* ---- the two lists ----------------------------------------------------------------------------- */

static void free_push(lina_arena_t *arena, uint32_t slot) {
    arena->ledger[slot].next = arena->header->free_head;
    arena->header->free_head = slot;
}

static uint32_t free_pop(lina_arena_t *arena) {
    struct lina_header *h = arena->header;
    uint32_t slot = load_relaxed_u32(&h->free_head);
    if (lina_tables_has(arena, slot) &&
        slot_state(load_relaxed_u64(&arena->slots[slot].state)) == SLOT_FREE) {
        h->free_head = arena->ledger[slot].next;
        return slot;
    }
    slot = load_relaxed_u32(&h->slots_used);
    if (!lina_tables_has(arena, slot))
        return LINA_NIL;
    store_release_u32(&h->slots_used, slot + 1); /* pairs with the acquire in lina_tables_used */
    return slot;
}

static bool is_loaned(const lina_arena_t *arena, uint32_t slot) {
    return slot_state(load_relaxed_u64(&arena->slots[slot].state)) == SLOT_LOANED;
}

static void pending_add(lina_arena_t *arena, uint32_t slot) {
    struct lina_header *h = arena->header;
    uint32_t next = load_relaxed_u32(&h->pending_head);
    arena->ledger[slot].prev = LINA_NIL;
    arena->ledger[slot].next = next;
    if (lina_tables_has(arena, next))
        arena->ledger[next].prev = slot;
    h->pending_head = slot;
    tally_u32(&h->pending_count, 1);
    tally_u32(&h->loan_count, is_loaned(arena, slot));
}

static void pending_remove(lina_arena_t *arena, uint32_t slot) {
    uint32_t prev = load_relaxed_u32(&arena->ledger[slot].prev);
    uint32_t next = load_relaxed_u32(&arena->ledger[slot].next);
    if (lina_tables_has(arena, prev))
        arena->ledger[prev].next = next;
    else
        arena->header->pending_head = next;
    if (lina_tables_has(arena, next))
        arena->ledger[next].prev = prev;
    tally_u32(&arena->header->pending_count, UINT32_MAX);
    tally_u32(&arena->header->loan_count, 0u - is_loaned(arena, slot));
}

/* ---- freeing ----------------------------------------------------------------------------------- */

/* Whether one of the members that share a bit of `readers` has a pin. A row that cannot be reached counts as
 * one: nothing is freed then. */
static bool pinned_by(lina_arena_t *arena, uint32_t bit, uint32_t slot) {
    uint32_t step = slot / LINA_STEP;
    for (uint32_t rows = lina_tables_rows(arena, bit, step); rows != 0; rows &= rows - 1) {
        uint32_t member = bit + LINA_ROWS * (uint32_t)__builtin_ctz(rows);
        bool unknown = false;
        uint32_t *row =
            member < arena->geo.max_members ? lina_tables_row(arena, member, step, &unknown) : NULL;
        if (unknown || (row != NULL && load_sc_u32(&row[lina_place_in_row(slot)]) != 0))
            return true;
    }
    return false;
}

static bool pinned(lina_arena_t *arena, uint32_t slot) {
    uint64_t readers = load_sc_u64(&arena->slots[slot].readers);
    for (; readers != 0; readers &= readers - 1)
        if (pinned_by(arena, (uint32_t)__builtin_ctzll(readers), slot))
            return true;
    return false;
}

static bool held(lina_arena_t *arena, uint32_t slot, uint64_t word) {
    return (word & SLOT_EXPOSED) != 0 || arena->ledger[slot].dependents != 0 ||
           pinned(arena, slot); /* pairs with lina_slots_pin */
}

/* The base of an alias, while it is the incarnation that the alias knew. */
static uint32_t base_of(const lina_arena_t *arena, uint32_t slot) {
    uint32_t base = load_relaxed_u32(&arena->ledger[slot].base);
    if (!lina_tables_has(arena, base) || base == slot ||
        slot_serial(load_relaxed_u64(&arena->slots[base].state)) != arena->ledger[slot].base_serial)
        return LINA_NIL;
    return base;
}

static struct lina_run run_of(const lina_arena_t *arena, uint32_t slot) {
    const struct lina_ledger *l = &arena->ledger[slot];
    return (struct lina_run){load_relaxed_u64(&l->offset), load_relaxed_u64(&l->nbytes), slot};
}

/* True when a slot's pages have to be given back before it is freed. The first step of that is done. */
static bool returns_pages(lina_arena_t *arena, uint32_t slot, uint64_t word) {
    struct lina_run run = run_of(arena, slot);
    if ((word & SLOT_REMOVED) == 0 || !lina_pages_is_huge(arena, run.nbytes))
        return false;
    lina_pages_uncommit(arena, run.offset, run.nbytes);
    return true;
}

static void return_pages(lina_arena_t *arena, uint32_t slot, bool inside) {
    struct lina_run run = run_of(arena, slot);
    lina_pages_return(arena, run.offset, run.nbytes, inside);
}

/* Frees a slot that is in no list. Returns the base that it kept in place, or LINA_NIL. */
static uint32_t free_slot(lina_arena_t *arena, uint32_t slot, uint64_t word) {
    uint32_t base = base_of(arena, slot);
    /* A pin that is taken in vain meanwhile may go without its bit: it is given back at once. */
    store_sc_u64(&arena->slots[slot].readers, 0);
    store_release_u64(&arena->slots[slot].state, state_word(slot_serial(word), SLOT_FREE));
    lina_space_give(arena, slot);
    free_push(arena, slot);
    if (base != LINA_NIL && arena->ledger[base].dependents > 0)
        arena->ledger[base].dependents--;
    return base;
}

/* Frees a slot, its base, and so on. `cursor` is led past what leaves the list of pending slots. No chain is
 * longer than the table, whatever a peer writes into the states meanwhile. */
static void free_chain(lina_arena_t *arena, uint32_t slot, uint32_t *cursor) {
    for (uint32_t i = 0; i < arena->geo.max_arrays && lina_tables_has(arena, slot); i++) {
        uint64_t word = load_sc_u64(&arena->slots[slot].state);
        if (!slot_is_pending(word) || held(arena, slot, word))
            return;
        if (slot == *cursor)
            *cursor = load_relaxed_u32(&arena->ledger[slot].next);
        if (returns_pages(arena, slot, word))
            return_pages(arena, slot, true);
        pending_remove(arena, slot);
        slot = free_slot(arena, slot, word);
    }
}

/* Frees a pending slot that nothing holds, and then its base. */
static void try_free(lina_arena_t *arena, uint32_t slot) {
    uint32_t nowhere = LINA_NIL;
    free_chain(arena, slot, &nowhere);
}

void lina_slots_sweep(lina_arena_t *arena) {
    uint32_t cursor = load_relaxed_u32(&arena->header->pending_head), most = arena->geo.max_arrays;
    for (uint32_t i = 0; i < most && lina_tables_has(arena, cursor); i++) {
        uint32_t slot = cursor;
        cursor = load_relaxed_u32(&arena->ledger[slot].next);
        free_chain(arena, slot, &cursor);
    }
}

void lina_slots_unexpose(lina_arena_t *arena, const struct lina_key *key) {
    for (uint32_t slot = 0; slot < lina_tables_used(arena); slot++) {
        struct lina_slot *s = &arena->slots[slot];
        uint64_t word = load_sc_u64(&s->state);
        if (slot_state(word) != SLOT_RETIRED || (word & SLOT_EXPOSED) == 0 ||
            !lina_key_equals(key, s->desc.name))
            continue;
        and_sc_u64(&s->state, ~SLOT_EXPOSED);
        try_free(arena, slot);
    }
}

void lina_slots_forget_exposed(lina_arena_t *arena) {
    for (uint32_t slot = 0; slot < lina_tables_used(arena); slot++) {
        uint64_t *state = &arena->slots[slot].state;
        if ((load_relaxed_u64(state) & SLOT_EXPOSED) == 0)
            continue;
        and_sc_u64(state, ~SLOT_EXPOSED);
        if (lina_member_alone(arena))
            continue;
        /* Who joined meanwhile may have met the mark and relied on it. Who joins later, meets none. */
        or_sc_u64(state, SLOT_EXPOSED);
        return;
    }
}

/* ---- claiming ---------------------------------------------------------------------------------- */

/* LINA_NIL, and *error is a negative errno, when there is none. */
static uint32_t take_slot(lina_arena_t *arena, int *error) {
    uint32_t slot = free_pop(arena);
    if (slot == LINA_NIL) {
        *error = lina_tables_grow(arena);
        if (*error != 0) {
            lina_members_bury(arena);
            lina_slots_sweep(arena);
        }
        slot = free_pop(arena);
    }
    return slot;
}

static int fail_no_slot(const lina_arena_t *arena, const lina_desc_t *desc, int error) {
    return error == -ENFILE
               ? lina_fail(LINA_ERR_FULL,
                           "array \"%s\": all %u descriptors of the arena are in use", desc->name,
                           arena->geo.max_arrays)
               : lina_fail_errno(-error,
                                 "array \"%s\": the system has no room for the arena's tables",
                                 desc->name);
}

static bool take_space(lina_arena_t *arena, uint32_t slot, uint64_t nbytes, struct lina_run *run) {
    if (lina_space_take(arena, slot, nbytes, run))
        return true;
    lina_members_bury(arena);
    lina_slots_sweep(arena);
    return lina_space_take(arena, slot, nbytes, run);
}

/* Says how much is in use, and which part of it waits for somebody to let go. */
static int fail_no_space(lina_arena_t *arena, const lina_desc_t *desc) {
    uint32_t shown = 0, seen = 0, slot = load_relaxed_u32(&arena->header->pending_head);
    uint32_t pending = lina_min_u32(load_relaxed_u32(&arena->header->pending_count),
                                    arena->geo.max_arrays); /* a damaged list may be a circle */
    uint32_t loans = load_relaxed_u32(&arena->header->loan_count);
    for (; seen < pending && lina_tables_has(arena, slot); seen++) {
        shown += (load_relaxed_u64(&arena->slots[slot].state) & SLOT_EXPOSED) != 0;
        slot = load_relaxed_u32(&arena->ledger[slot].next);
    }
    return lina_fail(LINA_ERR_NO_MEMORY,
                     "array \"%s\": no room for %llu bytes in the arena of %llu (%llu in use; old "
                     "generations: %u held by views, %u shown by lina_open; %u loans)",
                     desc->name, (unsigned long long)desc->nbytes,
                     (unsigned long long)arena->geo.data_size,
                     (unsigned long long)load_relaxed_u64(&arena->header->space.used_bytes),
                     seen - lina_min_u32(seen, shown + loans), shown, loans);
}

/* Takes room for an array that is not empty, and tells where in its descriptor. */
static int claim_space(lina_arena_t *arena, lina_desc_t *desc, struct lina_claim *claim) {
    uint64_t nbytes = desc->nbytes, virgin = load_relaxed_u64(&arena->header->pages.virgin);
    struct lina_run run;
    if (!take_space(arena, claim->slot, nbytes, &run))
        return fail_no_space(arena, desc);
    int rc = lina_pages_commit(arena, run.offset, run.nbytes);
    if (rc != 0) {
        lina_space_give(arena, claim->slot);
        return lina_fail_errno(-rc, "array \"%s\": the system has no room for %llu bytes",
                               desc->name, (unsigned long long)nbytes);
    }
    desc->offset = run.offset;
    desc->capacity_bytes = lina_min(run.nbytes, arena->geo.data_size - run.offset);
    claim->dirty_bytes = virgin > run.offset ? lina_min(nbytes, virgin - run.offset) : 0;
    if (run.offset + run.nbytes > virgin)
        store_relaxed_u64(&arena->header->pages.virgin, run.offset + run.nbytes);
    return LINA_OK;
}

/* Writes the descriptor of a FREE slot that is in no list, and makes it LOANED. */
static void fill_slot(lina_arena_t *arena, lina_desc_t *desc, struct lina_claim *claim) {
    struct lina_slot *s = &arena->slots[claim->slot];
    claim->serial = arena->header->next_serial++;
    desc->reserved = (uint32_t)claim->serial;
    /* Not FREE before the words change: a reader that copies them meanwhile sees it
     * (lina_names_copy). Release: the ledger is true from here on, whoever dies. */
    store_release_u64(&s->state, state_word(claim->serial, SLOT_LOANED));
    fence_release(); /* pairs with the fence in lina_names_copy */
    lina_desc_write(&s->desc, desc);
}

int lina_slots_claim(lina_arena_t *arena, uint32_t base, lina_desc_t *desc,
                     struct lina_claim *claim) {
    int error = -ENFILE;
    *claim = (struct lina_claim){.slot = take_slot(arena, &error)};
    if (claim->slot == LINA_NIL)
        return fail_no_slot(arena, desc, error);
    struct lina_ledger *l = &arena->ledger[claim->slot];
    l->nbytes = 0;
    l->base = base;
    l->dependents = 0;
    store_relaxed_u64(&l->sequence, 0); /* readers of the stream that it was in may still look */
    store_relaxed_u32(&l->stream, LINA_NIL);
    store_relaxed_u32(&l->newer, LINA_NIL);
    error = lina_tables_reach_pin(arena, claim->slot);
    int rc = error != 0 ? fail_no_slot(arena, desc, error) : LINA_OK;
    if (rc == LINA_OK && base == LINA_NIL && desc->nbytes > 0)
        rc = claim_space(arena, desc, claim);
    if (rc != LINA_OK) {
        free_push(arena, claim->slot);
        return rc;
    }
    if (base != LINA_NIL) {
        l->base_serial = slot_serial(load_relaxed_u64(&arena->slots[base].state));
        arena->ledger[base].dependents++;
    }
    fill_slot(arena, desc, claim);
    return LINA_OK;
}

void lina_slots_lend(lina_arena_t *arena, uint32_t slot) {
    pending_add(arena, slot);
    lina_slots_pin(arena, slot);
}

void lina_slots_unlend(lina_arena_t *arena, uint32_t slot) { pending_remove(arena, slot); }

/* ---- going live, retiring ---------------------------------------------------------------------- */

/* Changes the state, and nothing that lina_open may set meanwhile. Returns the word that it left. */
static uint64_t mark(lina_arena_t *arena, uint32_t slot, uint64_t state_and_flags) {
    uint64_t *state = &arena->slots[slot].state;
    uint64_t word = load_relaxed_u64(state), marked;
    do
        marked = (word & ~SLOT_STATE_MASK) | state_and_flags;
    while (!cas_sc_u64(state, &word, marked)); /* lina_open may set EXPOSED meanwhile */
    return marked;
}

static void keep(lina_arena_t *arena, uint32_t slot) {
    mark(arena, slot, SLOT_KEPT);
    tally_u32(&arena->header->live_count, UINT32_MAX);
    tally_u32(&arena->header->kept_count, 1);
}

void lina_slots_go_live(lina_arena_t *arena, const struct lina_key *key, struct lina_entry entry,
                        uint32_t slot, uint64_t flags) {
    uint64_t *state = &arena->slots[slot].state;
    uint64_t serial = slot_serial(load_relaxed_u64(state));
    /* Release, with all that was written to the payload and the descriptor before. Pairs with the
     * acquire of the state word in names.c. */
    store_release_u64(state, state_word(serial, SLOT_LIVE) | flags);
    lina_names_put(arena, key, entry, slot);
    tally_u32(&arena->header->live_count, 1);
    if (entry.slot == LINA_NIL)
        return;
    if (load_relaxed_u32(&arena->ledger[slot].stream) != LINA_NIL)
        keep(arena, entry.slot);
    else
        lina_slots_retire(arena, entry.slot, 0);
}

bool lina_slots_retire(lina_arena_t *arena, uint32_t slot, uint64_t flags) {
    bool live = slot_state(load_relaxed_u64(&arena->slots[slot].state)) == SLOT_LIVE;
    uint64_t word = mark(arena, slot, SLOT_RETIRED | flags);
    tally_u32(live ? &arena->header->live_count : &arena->header->kept_count, UINT32_MAX);
    if (held(arena, slot, word)) { /* who lets go from here on leaves it to the writer inside: us */
        pending_add(arena, slot);
        return false;
    }
    if (returns_pages(arena, slot, word)) {
        if (lina_tables_reach_pin(arena, slot) == 0) {
            lina_slots_lend(arena, slot);
            return true;
        }
        return_pages(arena, slot, true);
    }
    try_free(arena, free_slot(arena, slot, word));
    return false;
}

bool lina_slots_let_go(lina_arena_t *arena, uint32_t slot) {
    uint64_t word = load_sc_u64(&arena->slots[slot].state);
    if (!slot_is_pending(word) || held(arena, slot, word))
        return false;
    if (lina_tables_reach_pin(arena, slot) == 0 && returns_pages(arena, slot, word)) {
        lina_slots_pin(arena, slot);
        return true;
    }
    try_free(arena, slot);
    return false;
}

void lina_slots_return_pages(lina_arena_t *arena, uint32_t slot) {
    return_pages(arena, slot, false);
    and_sc_u64(&arena->slots[slot].state, ~SLOT_REMOVED);
}

/* ---- rebuilding -------------------------------------------------------------------------------- */

/* The older of two generations that are LIVE. A stream's is one too many at most: see kept.c. */
static void retire_loser(lina_arena_t *arena, uint32_t slot) {
    bool kept = load_relaxed_u32(&arena->ledger[slot].stream) < lina_tables_streams(arena);
    mark(arena, slot, kept ? SLOT_KEPT : SLOT_RETIRED);
}

static int by_offset(const void *a, const void *b) {
    const struct lina_run *x = a, *y = b;
    return (x->offset > y->offset) - (x->offset < y->offset);
}

static int rebuild_space(lina_arena_t *arena, uint32_t used) {
    struct lina_run *runs = malloc((used + 1) * sizeof *runs);
    if (runs == NULL)
        return lina_fail_errno(ENOMEM, "no memory to rebuild the arena's free space");
    uint32_t count = 0;
    for (uint32_t slot = 0; slot < used; slot++) {
        lina_lock_renew_at(arena, slot);
        struct lina_run run = run_of(arena, slot);
        uint64_t word = load_relaxed_u64(&arena->slots[slot].state);
        if (slot_state(word) != SLOT_FREE && run.nbytes > 0)
            runs[count++] = run;
    }
    qsort(runs, count, sizeof *runs, by_offset);
    bool sound = lina_space_rebuild(arena, runs, count);
    free(runs);
    return sound ? LINA_OK
                 : lina_fail(LINA_ERR_CORRUPT, "the arena's ledger has arrays that overlap");
}

static void rebuild_lists(lina_arena_t *arena, uint32_t used) {
    struct lina_header *h = arena->header;
    h->free_head = h->pending_head = LINA_NIL;
    store_relaxed_u32(&h->pending_count, 0);
    store_relaxed_u32(&h->loan_count, 0);
    store_relaxed_u32(&h->live_count, 0);
    store_relaxed_u32(&h->kept_count, 0);
    for (uint32_t slot = 0; slot < used; slot++)
        arena->ledger[slot].dependents = 0;
    for (uint32_t slot = used; slot-- > 0;) {
        lina_lock_renew_at(arena, slot);
        uint64_t word = load_relaxed_u64(&arena->slots[slot].state);
        uint32_t base = slot_state(word) == SLOT_FREE ? LINA_NIL : base_of(arena, slot);
        if (base != LINA_NIL)
            arena->ledger[base].dependents++;
        if (slot_state(word) == SLOT_FREE)
            free_push(arena, slot);
        else if (slot_state(word) == SLOT_LIVE)
            tally_u32(&h->live_count, 1);
        else if (slot_state(word) == SLOT_KEPT)
            tally_u32(&h->kept_count, 1);
        else
            pending_add(arena, slot);
        if (slot_serial(word) >= h->next_serial)
            h->next_serial = slot_serial(word) + 1;
    }
}

int lina_slots_rebuild(lina_arena_t *arena) {
    uint32_t used = lina_tables_used(arena);
    lina_names_rebuild(arena, retire_loser);
    rebuild_lists(arena, used);
    return rebuild_space(arena, used);
}
