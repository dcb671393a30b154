/* slots.c - see slots.h.
 *
 * Why no slot is freed that something holds: a reader pins the slot, and then checks that it is still LIVE or KEPT
 * (views.c). A writer retires the slot, and then looks at the pins (held.c). All four are sequentially consistent. So
 * either the reader sees RETIRED and takes its pin back, or the writer sees the pin. */
#include "slots.h"

#include <errno.h>

#include "bury.h"
#include "copy.h"
#include "held.h"
#include "lock.h"
#include "members.h"
#include "room.h"
#include "slot_lists.h"
#include "space.h"

static uint64_t state_word(uint64_t serial, uint64_t state) {
    return serial << SLOT_SERIAL_SHIFT | state;
}

/* ---- freeing ----------------------------------------------------------------------------------- */

uint32_t lina_slot_base(const lina_arena_t *arena, uint32_t slot) {
    uint32_t base = load_relaxed_u32(&arena->ledger[slot].base);
    if (!lina_tables_has(arena, base) || base == slot ||
        slot_serial(load_relaxed_u64(&arena->slots[base].state)) != arena->ledger[slot].base_serial)
        return LINA_NIL;
    return base;
}

/* True if the slot's pages must be given back before it is freed. Does the first step of that: notes that the pages
 * may be missing. */
static bool returns_pages(lina_arena_t *arena, uint32_t slot, uint64_t word) {
    struct lina_run run = lina_space_run(arena, slot);
    if ((word & SLOT_REMOVED) == 0 || !lina_pages_is_huge(arena, run.nbytes))
        return false;
    lina_pages_uncommit(arena, run.offset, run.nbytes);
    return true;
}

static void return_pages(lina_arena_t *arena, uint32_t slot, bool inside) {
    struct lina_run run = lina_space_run(arena, slot);
    lina_pages_return(arena, run.offset, run.nbytes, inside);
}

/* Frees a slot that is in no list. Returns its base, which it no longer keeps in place, or LINA_NIL. */
static uint32_t free_slot(lina_arena_t *arena, uint32_t slot, uint64_t word) {
    uint32_t base = lina_slot_base(arena, slot);
    /* This may clear the bit of a reader that pins the slot just now. That does no harm: the reader sees that the
     * slot is not LIVE, and takes its pin back. A locked store takes long, and many slots never had a reader. */
    if (load_relaxed_u64(&arena->slots[slot].readers) != 0)
        store_sc_u64(&arena->slots[slot].readers, 0);
    store_release_u64(&arena->slots[slot].state, state_word(slot_serial(word), SLOT_FREE));
    lina_space_give(arena, slot);
    lina_lists_push_free(arena, slot);
    if (base != LINA_NIL && arena->ledger[base].dependents > 0)
        tally_u32(&arena->ledger[base].dependents, UINT32_MAX);
    return base;
}

/* Frees a slot, then its base, and so on, as long as nothing holds them. If the slot at *cursor leaves the list of
 * pending slots, *cursor moves to the next one. The loop is bounded, because a hostile process may make a circle of
 * bases. */
static void free_chain(lina_arena_t *arena, uint32_t slot, uint32_t *cursor) {
    for (uint32_t i = 0; i < arena->geo.max_arrays && lina_tables_has(arena, slot); i++) {
        uint64_t word = load_sc_u64(&arena->slots[slot].state);
        if (!slot_is_pending(word) || lina_slot_is_held(arena, slot, word))
            return;
        if (slot == *cursor)
            *cursor = load_relaxed_u32(&arena->ledger[slot].next);
        if (returns_pages(arena, slot, word))
            return_pages(arena, slot, true);
        lina_lists_remove_pending(arena, slot);
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
        /* A process that joined meanwhile may have seen the mark and relied on it, so the mark is set again. */
        or_sc_u64(state, SLOT_EXPOSED);
        return;
    }
}

/* ---- claiming ---------------------------------------------------------------------------------- */

/* Frees the slots that dead members held, all spares, and pending slots that nothing holds. */
static void make_room(lina_arena_t *arena) {
    lina_members_bury(arena);
    lina_spares_end_all(arena);
    lina_slots_sweep(arena);
}

/* Takes a free slot. LINA_NIL, with a negative errno in *error, if there is none. */
static uint32_t take_slot(lina_arena_t *arena, int *error) {
    uint32_t slot = lina_lists_pop_free(arena);
    if (slot == LINA_NIL) {
        *error = lina_tables_grow(arena);
        if (*error != 0)
            make_room(arena);
        slot = lina_lists_pop_free(arena);
    }
    return slot;
}

static int fail_no_slot(const lina_arena_t *arena, const lina_desc_t *desc, int error) {
    return error == -ENFILE
               ? lina_fail(LINA_ERR_FULL,
                           "array \"%s\": all %u descriptors of the arena are in use", desc->name,
                           arena->geo.max_arrays)
               : lina_fail_room(arena, error,
                                "array \"%s\": the system has no room for the arena's tables",
                                desc->name);
}

static bool take_space(lina_arena_t *arena, uint32_t slot, uint64_t nbytes, struct lina_run *run) {
    if (lina_space_take(arena, slot, nbytes, run))
        return true;
    make_room(arena);
    return lina_space_take(arena, slot, nbytes, run);
}

/* Sets the error. It says how many bytes are in use, and what keeps old generations. */
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

/* Takes a run for an array that is not empty, and fills in its place in the descriptor. */
static int claim_space(lina_arena_t *arena, lina_desc_t *desc, struct lina_claim *claim) {
    uint64_t nbytes = desc->nbytes, virgin = load_relaxed_u64(&arena->header->pages.virgin);
    struct lina_run run;
    if (!take_space(arena, claim->slot, nbytes, &run))
        return fail_no_space(arena, desc);
    int rc = lina_pages_commit(arena, run.offset, run.nbytes);
    if (rc != 0) {
        lina_space_give(arena, claim->slot);
        return lina_fail_room(arena, rc, "array \"%s\": the system has no room for %llu bytes",
                              desc->name, (unsigned long long)nbytes);
    }
    desc->offset = run.offset;
    desc->capacity_bytes = lina_min(run.nbytes, arena->geo.data_size - run.offset);
    claim->dirty_bytes = virgin > run.offset ? lina_min(nbytes, virgin - run.offset) : 0;
    if (run.offset + run.nbytes > virgin)
        store_relaxed_u64(&arena->header->pages.virgin, run.offset + run.nbytes);
    return LINA_OK;
}

/* Prepares the ledger of a slot, except its run, before the slot becomes LOANED. */
static void fill_ledger(lina_arena_t *arena, uint32_t slot, uint32_t base) {
    struct lina_ledger *l = &arena->ledger[slot];
    l->base = base;
    l->spare = 0;
    store_relaxed_u32(&l->dependents, 0);
    store_relaxed_u64(&l->sequence, 0); /* readers of its last stream may still load it */
    store_relaxed_u32(&l->stream, LINA_NIL);
    store_release_u32(&l->newer, LINA_NIL); /* pairs with ask_last in readers.c */
}

/* Writes the descriptor of a slot that is in no list, and makes it LOANED. */
static void fill_slot(lina_arena_t *arena, lina_desc_t *desc, struct lina_claim *claim) {
    struct lina_slot *s = &arena->slots[claim->slot];
    claim->serial = arena->header->next_serial++;
    desc->reserved = (uint32_t)claim->serial;
    /* The state changes before the descriptor, so a reader that is copying the old descriptor notices
     * (lina_names_copy). Release: from here on, recovery relies on the ledger. */
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
    store_relaxed_u64(&l->nbytes, 0);
    fill_ledger(arena, claim->slot, base);
    error = lina_tables_reach_pin(arena, claim->slot);
    int rc = error != 0 ? fail_no_slot(arena, desc, error) : LINA_OK;
    if (rc == LINA_OK && base == LINA_NIL && desc->nbytes > 0)
        rc = claim_space(arena, desc, claim);
    if (rc != LINA_OK) {
        lina_lists_push_free(arena, claim->slot);
        return rc;
    }
    if (base != LINA_NIL) {
        l->base_serial = slot_serial(load_relaxed_u64(&arena->slots[base].state));
        tally_u32(&arena->ledger[base].dependents, 1);
    }
    fill_slot(arena, desc, claim);
    return LINA_OK;
}

void lina_slots_lend(lina_arena_t *arena, uint32_t slot) {
    lina_lists_add_pending(arena, slot);
    lina_slots_pin(arena, slot);
}

/* True if a run from the ledger, which may be damaged, lies in the data and has the size of the array. */
static bool fits(const lina_arena_t *arena, const struct lina_run *run, uint64_t nbytes) {
    uint64_t end = lina_pages_end(arena);
    return run->nbytes == lina_round_up(nbytes, LINA_ALIGN) && run->offset % LINA_ALIGN == 0 &&
           run->offset <= end && run->nbytes <= end - run->offset;
}

bool lina_slots_lend_spare(lina_arena_t *arena, uint32_t slot, lina_desc_t *desc,
                           struct lina_claim *claim) {
    if (slot == LINA_NIL || !slot_is_spare(load_relaxed_u64(&arena->slots[slot].state)))
        return false;
    struct lina_run run = lina_space_run(arena, slot);
    if (!fits(arena, &run, desc->nbytes))
        return false;
    fetch_to_write(arena->data + run.offset);
    if (lina_tables_reach_pin(arena, slot) != 0 ||
        lina_slot_is_held(arena, slot, load_sc_u64(&arena->slots[slot].state)))
        return false;
    *claim = (struct lina_claim){.slot = slot};
    desc->offset = run.offset;
    desc->capacity_bytes = lina_min(run.nbytes, arena->geo.data_size - run.offset);
    lina_spare_take(arena);
    fill_ledger(arena, slot, LINA_NIL);
    fill_slot(arena, desc, claim);
    lina_slots_lend(arena, slot);
    return true;
}

void lina_slots_unlend(lina_arena_t *arena, uint32_t slot) {
    lina_lists_remove_pending(arena, slot);
}

/* ---- going live, retiring ---------------------------------------------------------------------- */

uint64_t lina_slot_mark(lina_arena_t *arena, uint32_t slot, uint64_t state_and_flags) {
    uint64_t *state = &arena->slots[slot].state;
    uint64_t word = load_relaxed_u64(state), marked;
    do
        marked = ((word & ~SLOT_STATE_MASK) | state_and_flags) &
                 ~((word & SLOT_EXPOSED) != 0 ? SLOT_SPARE : 0);
    while (!cas_sc_u64(state, &word, marked)); /* lina_open may set EXPOSED meanwhile */
    return marked;
}

static void end_spare_of(lina_arena_t *arena, uint32_t slot) {
    uint32_t spare = lina_spare_of(arena, slot);
    if (spare == LINA_NIL)
        return;
    lina_spare_end(arena, spare);
    try_free(arena, spare);
}

static void keep(lina_arena_t *arena, uint32_t slot, uint32_t successor) {
    if (!lina_spare_pass_on(arena, slot, successor))
        end_spare_of(arena, slot);
    lina_slot_mark(arena, slot, SLOT_KEPT);
    tally_u32(&arena->header->live_count, UINT32_MAX);
    tally_u32(&arena->header->kept_count, 1);
}

void lina_slots_go_live(lina_arena_t *arena, const struct lina_key *key, struct lina_entry entry,
                        uint32_t slot, uint64_t flags) {
    uint64_t *state = &arena->slots[slot].state;
    uint64_t serial = slot_serial(load_relaxed_u64(state));
    /* Release: a reader that sees LIVE also sees the payload and the descriptor. Pairs with the acquire of the state
     * word in names.c. */
    store_release_u64(state, state_word(serial, SLOT_LIVE) | flags);
    lina_names_put(arena, key, entry, slot);
    tally_u32(&arena->header->live_count, 1);
    if (entry.slot == LINA_NIL)
        return;
    if (load_relaxed_u32(&arena->ledger[slot].stream) != LINA_NIL)
        keep(arena, entry.slot, slot);
    else
        lina_slots_replace(arena, entry.slot, slot);
}

/* Marks a slot as RETIRED, and ends its own spare. Returns the new word. */
static uint64_t mark_retired(lina_arena_t *arena, uint32_t slot, uint64_t flags) {
    bool live = slot_state(load_relaxed_u64(&arena->slots[slot].state)) == SLOT_LIVE;
    tally_u32(live ? &arena->header->live_count : &arena->header->kept_count, UINT32_MAX);
    end_spare_of(arena, slot);
    return lina_slot_mark(arena, slot, SLOT_RETIRED | flags);
}

void lina_slots_replace(lina_arena_t *arena, uint32_t slot, uint32_t successor) {
    if (!lina_spare_suits(arena, slot, successor)) {
        lina_slots_retire(arena, slot, 0);
        return;
    }
    end_spare_of(arena, successor); /* the newest generation of a stream may have one already */
    uint64_t word = mark_retired(arena, slot, SLOT_SPARE);
    if (slot_is_spare(word))
        lina_spare_leave(arena, slot, word, successor);
    else
        lina_lists_add_pending(arena, slot); /* it is exposed */
}

bool lina_slots_retire(lina_arena_t *arena, uint32_t slot, uint64_t flags) {
    uint64_t word = mark_retired(arena, slot, flags);
    /* A member that ends its pin from here on leaves the freeing to the writer inside, which is this thread. */
    if (lina_slot_is_held(arena, slot, word)) {
        lina_lists_add_pending(arena, slot);
        return false;
    }
    if (returns_pages(arena, slot, word)) {
        if (lina_tables_reach_pin(arena, slot) == 0) {
            lina_slots_lend(arena, slot);
            return true;
        }
        return_pages(arena, slot, true);
    }
    uint32_t base = free_slot(arena, slot, word);
    if (base != LINA_NIL)
        try_free(arena, base);
    return false;
}

bool lina_slots_let_go(lina_arena_t *arena, uint32_t slot) {
    uint64_t word = load_sc_u64(&arena->slots[slot].state);
    if (!slot_is_pending(word) || lina_slot_is_held(arena, slot, word))
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
