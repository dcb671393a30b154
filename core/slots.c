/* slots.c - see slots.h.
 *
 * Why nothing that is held is freed. A reader pins, then looks whether the slot is still LIVE (views.c).
 * A writer retires, then looks at the pins (held, below). All four are sequentially consistent: either
 * the reader sees RETIRED and takes its pin back, or the writer sees the pin. */
#include "slots.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "members.h"
#include "space.h"
#include "writer.h"

static uint64_t state_word(uint64_t serial, uint64_t state) {
    return serial << SLOT_SERIAL_SHIFT | state;
}

static uint32_t slots_used(const lina_arena_t *arena) {
    uint32_t used = load_relaxed_u32(&arena->header->slots_used);
    return used < arena->geo.max_arrays ? used : arena->geo.max_arrays;
}

/* ---- the two lists ----------------------------------------------------------------------------- */

static void free_push(lina_arena_t *arena, uint32_t slot) {
    arena->ledger[slot].next = arena->header->free_head;
    arena->header->free_head = slot;
}

static uint32_t free_pop(lina_arena_t *arena) {
    struct lina_header *h = arena->header;
    uint32_t slot = load_relaxed_u32(&h->free_head);
    if (slot < arena->geo.max_arrays &&
        slot_state(load_relaxed_u64(&arena->slots[slot].state)) == SLOT_FREE) {
        h->free_head = arena->ledger[slot].next;
        return slot;
    }
    slot = load_relaxed_u32(&h->slots_used);
    if (slot >= arena->geo.max_arrays)
        return LINA_NIL;
    store_release_u32(&h->slots_used, slot + 1); /* pairs with the acquire in search() */
    return slot;
}

static void pending_add(lina_arena_t *arena, uint32_t slot) {
    struct lina_header *h = arena->header;
    uint32_t next = load_relaxed_u32(&h->retired_head);
    arena->ledger[slot].prev = LINA_NIL;
    arena->ledger[slot].next = next;
    if (next < arena->geo.max_arrays)
        arena->ledger[next].prev = slot;
    h->retired_head = slot;
    tally_u32(&h->retired_count, 1);
}

static void pending_remove(lina_arena_t *arena, uint32_t slot) {
    uint32_t prev = load_relaxed_u32(&arena->ledger[slot].prev);
    uint32_t next = load_relaxed_u32(&arena->ledger[slot].next);
    if (prev < arena->geo.max_arrays)
        arena->ledger[prev].next = next;
    else
        arena->header->retired_head = next;
    if (next < arena->geo.max_arrays)
        arena->ledger[next].prev = prev;
    tally_u32(&arena->header->retired_count, UINT32_MAX);
}

/* ---- freeing ----------------------------------------------------------------------------------- */

static bool pinned(const lina_arena_t *arena, uint32_t slot) {
    uint64_t readers = load_sc_u64(&arena->slots[slot].readers);
    for (; readers != 0; readers &= readers - 1) {
        uint32_t member = (uint32_t)__builtin_ctzll(readers);
        if (member < arena->geo.max_members && load_sc_u32(lina_pin(arena, member, slot)) != 0)
            return true;
    }
    return false;
}

static bool held(const lina_arena_t *arena, uint32_t slot, uint64_t word) {
    return (word & SLOT_EXPOSED) != 0 || arena->ledger[slot].dependents != 0 ||
           pinned(arena, slot); /* pairs with lina_slots_pin */
}

/* The base of an alias, while it is the incarnation that the alias knew. */
static uint32_t base_of(const lina_arena_t *arena, uint32_t slot) {
    uint32_t base = load_relaxed_u32(&arena->ledger[slot].base);
    if (base >= arena->geo.max_arrays || base == slot ||
        slot_serial(load_relaxed_u64(&arena->slots[base].state)) != arena->ledger[slot].base_serial)
        return LINA_NIL;
    return base;
}

/* Returns the base that the slot kept in place, or LINA_NIL. */
static uint32_t free_slot(lina_arena_t *arena, uint32_t slot, uint64_t word) {
    struct lina_ledger *l = &arena->ledger[slot];
    uint32_t base = base_of(arena, slot);
    pending_remove(arena, slot);
    store_release_u64(&arena->slots[slot].state, state_word(slot_serial(word), SLOT_FREE));
    if ((word & SLOT_REMOVED) != 0)
        lina_space_return(arena, load_relaxed_u64(&l->offset), load_relaxed_u64(&l->nbytes));
    lina_space_give(arena, slot);
    l->base = LINA_NIL;
    free_push(arena, slot);
    if (base != LINA_NIL && arena->ledger[base].dependents > 0)
        arena->ledger[base].dependents--;
    return base;
}

/* Frees a slot, its base, and so on. `cursor` is led past what leaves the list of pending slots. */
static void free_chain(lina_arena_t *arena, uint32_t slot, uint32_t *cursor) {
    while (slot < arena->geo.max_arrays) {
        uint64_t word = load_sc_u64(&arena->slots[slot].state);
        if (!slot_is_pending(word) || held(arena, slot, word))
            return;
        if (slot == *cursor)
            *cursor = load_relaxed_u32(&arena->ledger[slot].next);
        slot = free_slot(arena, slot, word);
    }
}

void lina_slots_try_free(lina_arena_t *arena, uint32_t slot) {
    uint32_t nowhere = LINA_NIL;
    free_chain(arena, slot, &nowhere);
}

void lina_slots_sweep(lina_arena_t *arena) {
    uint32_t cursor = load_relaxed_u32(&arena->header->retired_head), most = arena->geo.max_arrays;
    for (uint32_t i = 0; i < most && cursor < most; i++) {
        uint32_t slot = cursor;
        cursor = load_relaxed_u32(&arena->ledger[slot].next);
        free_chain(arena, slot, &cursor);
    }
}

void lina_slots_unexpose(lina_arena_t *arena, const struct lina_key *key) {
    for (uint32_t slot = 0; slot < slots_used(arena); slot++) {
        struct lina_slot *s = &arena->slots[slot];
        uint64_t word = load_sc_u64(&s->state);
        if (slot_state(word) != SLOT_RETIRED || (word & SLOT_EXPOSED) == 0 ||
            !lina_key_equals(key, s->desc.name))
            continue;
        and_sc_u64(&s->state, ~SLOT_EXPOSED);
        lina_slots_try_free(arena, slot);
    }
}

void lina_slots_forget_exposed(lina_arena_t *arena) {
    for (uint32_t slot = 0; slot < slots_used(arena); slot++) {
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

/* Writes the descriptor so that a reader of the slot's last incarnation, still copying, meets no
 * data race; it sees the state word change and throws its copy away. */
static void write_desc(struct lina_slot *s, const lina_desc_t *desc) {
    enum { WORDS = sizeof *desc / sizeof(uint64_t) };
    uint64_t words[WORDS];
    memcpy(words, desc, sizeof words);
    uint64_t *to = (uint64_t *)(void *)&s->desc;
    for (int i = 0; i < WORDS; i++)
        store_relaxed_u64(to + i, words[i]);
}

static uint32_t take_slot(lina_arena_t *arena) {
    uint32_t slot = free_pop(arena);
    if (slot != LINA_NIL)
        return slot;
    lina_members_bury(arena);
    lina_slots_sweep(arena);
    return free_pop(arena);
}

static bool take_space(lina_arena_t *arena, uint32_t slot, uint64_t nbytes, struct lina_run *run) {
    if (lina_space_take(arena, slot, nbytes, run))
        return true;
    lina_members_bury(arena);
    lina_slots_sweep(arena);
    return lina_space_take(arena, slot, nbytes, run);
}

/* Takes the bytes of a claim into the ledger, and where they are into the descriptor. */
static int claim_space(lina_arena_t *arena, uint64_t nbytes, uint32_t slot, lina_desc_t *desc,
                       uint64_t *virgin) {
    struct lina_space *space = &arena->header->space;
    struct lina_run run = {0};
    *virgin = load_relaxed_u64(&space->virgin);
    if (nbytes == 0)
        return LINA_OK;
    if (!take_space(arena, slot, nbytes, &run))
        return lina_fail(LINA_ERR_NO_MEMORY,
                         "array \"%s\": no room for %llu bytes in the arena of %llu (%llu in use)",
                         desc->name, (unsigned long long)nbytes,
                         (unsigned long long)arena->geo.data_size,
                         (unsigned long long)load_relaxed_u64(&space->used_bytes));
    int rc = lina_space_commit(arena, run.offset, run.nbytes);
    if (rc != 0) {
        lina_space_give(arena, slot);
        return lina_fail_errno(-rc, "array \"%s\": the system has no room for %llu bytes",
                               desc->name, (unsigned long long)nbytes);
    }
    desc->offset = run.offset;
    desc->capacity_bytes = run.nbytes;
    if (desc->capacity_bytes > arena->geo.data_size - run.offset)
        desc->capacity_bytes = arena->geo.data_size - run.offset;
    if (run.offset + run.nbytes > *virgin)
        store_relaxed_u64(&space->virgin, run.offset + run.nbytes);
    return LINA_OK;
}

int lina_slots_claim(lina_arena_t *arena, const struct lina_claim *claim, lina_desc_t *desc,
                     uint32_t *out_slot, uint64_t *virgin) {
    struct lina_header *h = arena->header;
    uint32_t slot = take_slot(arena);
    if (slot == LINA_NIL)
        return lina_fail(LINA_ERR_FULL, "array \"%s\": all %u descriptors of the arena are in use",
                         desc->name, arena->geo.max_arrays);
    struct lina_ledger *l = &arena->ledger[slot];
    *l = (struct lina_ledger){.base = claim->base};
    int rc = claim_space(arena, claim->nbytes, slot, desc, virgin);
    if (rc != LINA_OK) {
        free_push(arena, slot);
        return rc;
    }
    if (claim->base != LINA_NIL) {
        l->base_serial = slot_serial(load_relaxed_u64(&arena->slots[claim->base].state));
        arena->ledger[claim->base].dependents++;
    }
    uint64_t serial = h->next_serial++;
    desc->reserved = (uint32_t)serial;
    struct lina_slot *s = &arena->slots[slot];
    /* Not FREE before the words change: a reader that copies them meanwhile sees it (lina_names_copy). */
    store_sc_u64(&s->state, state_word(serial, SLOT_LOANED));
    fence_release(); /* pairs with the fence in lina_names_copy */
    write_desc(s, desc);
    pending_add(arena, slot);
    *out_slot = slot;
    return LINA_OK;
}

/* ---- going live, retiring ---------------------------------------------------------------------- */

void lina_slots_go_live(lina_arena_t *arena, const struct lina_key *key, uint32_t slot,
                        uint64_t flags) {
    struct lina_header *h = arena->header;
    struct lina_slot *s = &arena->slots[slot];
    uint32_t old = lina_names_slot(arena, key);
    pending_remove(arena, slot);
    uint64_t serial = slot_serial(load_relaxed_u64(&s->state));
    /* Release, with all that was written to the payload and the descriptor before. Pairs with the
     * acquire of the state word in names.c. */
    store_sc_u64(&s->state, state_word(serial, SLOT_LIVE) | flags);
    lina_names_put(arena, key, slot);
    tally_u32(&h->live_count, 1);
    if (old != LINA_NIL)
        lina_slots_retire(arena, old, 0);
}

static void mark_retired(lina_arena_t *arena, uint32_t slot, uint64_t flags) {
    uint64_t *state = &arena->slots[slot].state;
    uint64_t word = load_sc_u64(state);
    while (!cas_sc_u64(state, &word, (word & ~SLOT_STATE_MASK) | SLOT_RETIRED | flags))
        ; /* lina_open may set EXPOSED meanwhile */
}

void lina_slots_retire(lina_arena_t *arena, uint32_t slot, uint64_t flags) {
    struct lina_header *h = arena->header;
    mark_retired(arena, slot, flags);
    tally_u32(&h->live_count, UINT32_MAX);
    pending_add(arena, slot);
    lina_slots_try_free(arena, slot);
}

/* ---- pins -------------------------------------------------------------------------------------- */

void lina_slots_let_go(lina_arena_t *arena, uint32_t slot) {
    if (lina_writer_try(arena)) {
        lina_slots_try_free(arena, slot);
        lina_writer_end(arena);
        return;
    }
    /* A writer is inside: it, or whoever comes after it, looks at this when it leaves. If all have
     * left before they could see it, the second try is free. */
    store_sc_u32(&arena->header->cleanup, 1);
    if (lina_writer_try(arena))
        lina_writer_end(arena);
}

/* ---- rebuilding -------------------------------------------------------------------------------- */

static void retire_loser(lina_arena_t *arena, uint32_t slot) { mark_retired(arena, slot, 0); }

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
        const struct lina_ledger *l = &arena->ledger[slot];
        struct lina_run run = {load_relaxed_u64(&l->offset), load_relaxed_u64(&l->nbytes), slot};
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
    h->free_head = h->retired_head = LINA_NIL;
    store_relaxed_u32(&h->retired_count, 0);
    store_relaxed_u32(&h->live_count, 0);
    for (uint32_t slot = 0; slot < used; slot++)
        arena->ledger[slot].dependents = 0;
    for (uint32_t slot = used; slot-- > 0;) {
        uint64_t word = load_relaxed_u64(&arena->slots[slot].state);
        uint32_t base = slot_state(word) == SLOT_FREE ? LINA_NIL : base_of(arena, slot);
        if (base != LINA_NIL)
            arena->ledger[base].dependents++;
        if (slot_state(word) == SLOT_FREE)
            free_push(arena, slot);
        else if (slot_state(word) == SLOT_LIVE)
            tally_u32(&h->live_count, 1);
        else
            pending_add(arena, slot);
        if (slot_serial(word) >= h->next_serial)
            h->next_serial = slot_serial(word) + 1;
    }
}

int lina_slots_rebuild(lina_arena_t *arena) {
    uint32_t used = slots_used(arena);
    lina_names_rebuild(arena, retire_loser);
    rebuild_lists(arena, used);
    return rebuild_space(arena, used);
}
