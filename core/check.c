/* check.c - every invariant of layout.h.
 *
 * The lock keeps only honest writers out. So each value is read once, into a copy, and a walk along a list takes at
 * most as many steps as its table has entries. */
#include "check.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "members.h"
#include "platform.h"
#include "shape.h"
#include "signal_names.h"
#include "slots.h"
#include "space.h"
#include "stream_slots.h"

/* The state of a check: the arena, how many slots were ever used, the number of aliases found for each slot, and the
 * other numbers found. */
struct checking {
    lina_arena_t *arena;
    uint32_t used;
    uint32_t *dependents;
    uint32_t live, kept, pending, loans, free;
    uint32_t chained; /* slots that belong in chains of streams */
    uint32_t spares, have_spare;
    uint32_t runs; /* slots that have bytes of the data */
};

static int broken(const char *what, uint32_t which) {
    return lina_fail(LINA_ERR_CORRUPT, "the arena is damaged: %s (%u)", what, which);
}

/* ---- slots, one by one ------------------------------------------------------------------------- */

static bool key_of(struct lina_key *key, const char *what, const char name[LINA_MAX_NAME]) {
    return memchr(name, 0, LINA_MAX_NAME) != NULL && lina_key_make(key, what, name) == LINA_OK &&
           lina_key_check(key, what) == LINA_OK;
}

static int check_live(const lina_arena_t *arena, uint32_t slot, const lina_desc_t *desc) {
    struct lina_key key;
    if (!key_of(&key, "array", desc->name))
        return broken("a live array's name is none", slot);
    if (lina_names_entry(arena, &key).slot != slot)
        return broken("the name index does not lead to a live array", slot);
    uint64_t owner = load_relaxed_u64(&arena->ledger[slot].owner);
    if (owner != 0 &&
        (lina_reference_number(owner) >= lina_members_used(arena) ||
         lina_reference_incarnation(owner) > load_relaxed_u64(&arena->header->last_incarnation)))
        return broken("a live array's owner was never a member", slot);
    return desc->generation != 0 ? LINA_OK : broken("a live array has generation 0", slot);
}

static int check_claim(struct checking *c, uint32_t slot, const lina_desc_t *desc) {
    struct lina_ledger l;
    copy_from_shared(&l, &c->arena->ledger[slot], sizeof l);
    if (l.base < c->arena->geo.max_arrays)
        c->dependents[l.base]++;
    if (!lina_shape_plausible(desc, c->arena->geo.data_size))
        return broken("a descriptor reaches outside the data", slot);
    if ((desc->flags & LINA_FLAG_ALIAS) != 0)
        return l.base < c->arena->geo.max_arrays && l.nbytes == 0
                   ? LINA_OK
                   : broken("an alias without a base", slot);
    if (desc->nbytes > 0 && (l.offset != desc->offset || desc->nbytes > l.nbytes))
        return broken("a descriptor lies outside its run", slot);
    c->runs += l.nbytes > 0;
    return LINA_OK;
}

static int check_slot(struct checking *c, uint32_t slot) {
    const struct lina_slot *s = &c->arena->slots[slot];
    uint64_t word = load_acquire_u64(&s->state);
    lina_desc_t desc;
    copy_from_shared(&desc, &s->desc, sizeof desc);
    c->live += slot_state(word) == SLOT_LIVE;
    c->kept += slot_state(word) == SLOT_KEPT;
    c->pending += slot_is_pending(word);
    c->spares += slot_is_spare(word);
    c->have_spare += slot_state(word) == SLOT_LIVE && lina_spare_of(c->arena, slot) != LINA_NIL;
    c->loans += slot_state(word) == SLOT_LOANED;
    c->free += slot_state(word) == SLOT_FREE;
    if (slot_serial(word) >= load_relaxed_u64(&c->arena->header->next_serial))
        return broken("a serial from the future", slot);
    if (slot_state(word) == SLOT_FREE)
        return LINA_OK;
    if (slot_state(word) > SLOT_KEPT)
        return broken("a slot is in no state that there is", slot);
    c->chained +=
        slot_is_shown(word) && load_relaxed_u32(&c->arena->ledger[slot].stream) != LINA_NIL;
    int rc = check_claim(c, slot, &desc);
    return rc == LINA_OK && slot_state(word) == SLOT_LIVE ? check_live(c->arena, slot, &desc) : rc;
}

/* ---- counts and lists -------------------------------------------------------------------------- */

static int check_dependents(const struct checking *c) {
    for (uint32_t slot = 0; slot < c->used; slot++) {
        uint64_t word = load_relaxed_u64(&c->arena->slots[slot].state);
        uint32_t dependents = load_relaxed_u32(&c->arena->ledger[slot].dependents);
        if (slot_state(word) != SLOT_FREE && dependents != c->dependents[slot])
            return broken("an array's aliases are miscounted", slot);
    }
    return LINA_OK;
}

/* The length of a list of slots. A result above `most` means that the list is a circle, or too long. */
static uint32_t length_of(const lina_arena_t *arena, const uint32_t *head, uint32_t most) {
    uint32_t length = 0, slot = load_relaxed_u32(head);
    while (lina_tables_has(arena, slot) && length <= most) {
        length++;
        slot = load_relaxed_u32(&arena->ledger[slot].next);
    }
    return length;
}

static int check_counts(const struct checking *c) {
    const struct lina_header *h = c->arena->header;
    if (c->live != load_relaxed_u32(&h->live_count) ||
        c->pending != load_relaxed_u32(&h->pending_count))
        return broken("live or pending slots are miscounted", c->live);
    if (c->kept != load_relaxed_u32(&h->kept_count))
        return broken("kept generations are miscounted", c->kept);
    if (c->loans != load_relaxed_u32(&h->loan_count))
        return broken("loans are miscounted", c->loans);
    if (length_of(c->arena, &h->free_head, c->free) != c->free)
        return broken("the list of free slots has not all of them", c->free);
    if (length_of(c->arena, &h->pending_head, c->pending) != c->pending)
        return broken("the list of pending slots has not all of them", c->pending);
    if (c->spares != load_relaxed_u32(&h->spare_count))
        return broken("spares are miscounted", c->spares);
    if (c->spares != c->have_spare)
        return broken("a spare of no array, or of several", c->spares);
    return LINA_OK;
}

/* check_live has found an entry for each live array. So if there are equally many entries, none leads elsewhere. */
static int check_index(const struct checking *c) {
    uint32_t entries = 0, gone = 0;
    for (uint32_t i = 0; i < c->arena->geo.index_size; i++) {
        uint64_t entry = load_relaxed_u64(&c->arena->index[i]);
        gone += entry == INDEX_GONE;
        entries += entry != INDEX_EMPTY && entry != INDEX_GONE;
    }
    if (entries != c->live)
        return broken("the name index has entries that lead nowhere", entries);
    return gone == load_relaxed_u32(&c->arena->header->index_gone)
               ? LINA_OK
               : broken("gone entries of the name index are miscounted", gone);
}

/* The first slot of a step on which a member has a pin, or LINA_NIL. */
static uint32_t first_held(lina_arena_t *arena, uint32_t m, uint32_t step, uint32_t used) {
    const uint32_t *row = lina_tables_row(arena, m, step);
    for (uint32_t i = 0; row != NULL && i < LINA_STEP; i++) {
        uint32_t slot = step * LINA_STEP + i;
        if (slot < used && load_relaxed_u32(&row[lina_place_in_row(slot)]) != 0)
            return slot;
    }
    return LINA_NIL;
}

/* True if a pin that was found belongs to no member. Members join without the writer lock, so one may have taken the
 * number meanwhile. While this process has the number's byte, none can. */
static bool is_left_over(lina_arena_t *arena, uint32_t m, uint32_t step, uint32_t used) {
    if (!platform_has(arena->file) || m == arena->member)
        return true; /* no other process can join under this number */
    if (platform_lock_byte(arena->file, m, 1) != 0)
        return false;
    bool left_over =
        lina_member_state(arena, m) == MEMBER_FREE && first_held(arena, m, step, used) != LINA_NIL;
    platform_unlock_byte(arena->file, m, 1);
    return left_over;
}

/* Fails if a slot has a pin that belongs to no member. */
static int check_pins(const struct checking *c) {
    uint32_t steps = lina_tables_steps(c->arena), members = lina_members_used(c->arena);
    for (uint32_t m = 0; m < members; m++) {
        if (lina_member_state(c->arena, m) != MEMBER_FREE)
            continue;
        for (uint32_t step = 0; step < steps; step++) {
            uint32_t slot = first_held(c->arena, m, step, c->used);
            if (slot != LINA_NIL && is_left_over(c->arena, m, step, c->used))
                return broken("a member that is gone holds an array", slot);
        }
    }
    return LINA_OK;
}

/* ---- data space -------------------------------------------------------------------------------- */

/* True if an entry is a gap, or a slot in use. */
static bool has_owner(const lina_arena_t *arena, uint32_t entry) {
    return entry > arena->geo.max_arrays ||
           slot_state(load_relaxed_u64(&arena->slots[entry].state)) != SLOT_FREE;
}

static int check_space(const struct checking *c) {
    const lina_arena_t *arena = c->arena;
    uint64_t done = 0, in_use = 0, end = lina_pages_end(arena);
    uint32_t ends = arena->geo.max_arrays, most = arena->geo.ledger_size, runs = 0;
    uint32_t at = load_relaxed_u32(&arena->ledger[ends].after);
    bool was_gap = false;
    for (uint32_t i = 0; i < most && lina_space_is_entry(arena, at) && at != ends; i++) {
        struct lina_ledger l;
        copy_from_shared(&l, &arena->ledger[at], sizeof l);
        if (l.offset != done || l.nbytes == 0 || l.nbytes > end - done || !has_owner(arena, at))
            return broken("the runs do not tile the data", at);
        bool gap = at > ends;
        if (gap && was_gap)
            return broken("two gaps side by side", at);
        was_gap = gap;
        runs += !gap;
        in_use += gap ? 0 : l.nbytes;
        done += l.nbytes;
        at = l.after;
    }
    if (done != end)
        return broken("the runs end before the data", at);
    if (runs != c->runs)
        return broken("an array's bytes are not among the runs", runs);
    return in_use == load_relaxed_u64(&arena->header->space.used_bytes)
               ? LINA_OK
               : broken("the bytes in use are miscounted", 0);
}

/* ---- signals ----------------------------------------------------------------------------------- */

static int check_signal(const lina_arena_t *arena, uint32_t slot) {
    struct lina_signal_slot s;
    struct lina_key key;
    uint64_t cleared = load_acquire_u64(&arena->signals[slot].cleared); /* before the word */
    copy_from_shared(&s, &arena->signals[slot], sizeof s);
    if (cleared > s.word >> 1)
        return broken("a signal was cleared before it was raised", slot);
    return key_of(&key, "signal", s.name) && lina_signal_names_find(arena, &key).slot == slot
               ? LINA_OK
               : broken("the signal index does not lead to a signal", slot);
}

/* check_signal has found an entry for each LIVE signal. So if there are equally many entries, none leads
 * elsewhere. */
static int check_signal_index(const lina_arena_t *arena, uint32_t live) {
    live += load_relaxed_u32(&arena->header->streams_live); /* their heads */
    uint32_t entries = 0, gone = 0;
    for (uint32_t i = 0; i < arena->geo.signal_index_size; i++) {
        uint64_t entry = load_relaxed_u64(&arena->signal_index[i]);
        gone += entry == INDEX_GONE;
        entries += entry != INDEX_EMPTY && entry != INDEX_GONE;
    }
    if (entries != live)
        return broken("the signal index has entries that lead nowhere", entries);
    return gone == load_relaxed_u32(&arena->header->signal_index_gone)
               ? LINA_OK
               : broken("gone entries of the signal index are miscounted", gone);
}

/* Checks that the list of slots at rest has all of them, in the order of their removals. */
static int check_resting(const lina_arena_t *arena, uint32_t used, uint32_t resting) {
    uint32_t slot = load_relaxed_u32(&arena->header->signal_first), length = 0;
    uint64_t before = 0;
    for (; slot < used && length <= resting; length++) {
        const struct lina_signal_slot *s = &arena->signals[slot];
        uint64_t removal = load_relaxed_u64(&s->removal);
        if (signal_phase(load_relaxed_u64(&s->incarnation)) == SIGNAL_LIVE || removal < before)
            return broken("a signal is among those that were removed", slot);
        before = removal;
        slot = load_relaxed_u32(&s->next);
    }
    if (length != resting || before > load_relaxed_u64(&arena->header->signal_removals))
        return broken("the list of removed signals has not all of them", length);
    return LINA_OK;
}

static int check_signals(const lina_arena_t *arena) {
    uint32_t used = load_relaxed_u32(&arena->header->signals_used), live = 0;
    if (used > arena->geo.max_signals)
        return broken("more signals than there can be", used);
    int rc = LINA_OK;
    for (uint32_t i = 0; i < used && rc == LINA_OK; i++) {
        if (signal_phase(load_acquire_u64(&arena->signals[i].incarnation)) != SIGNAL_LIVE)
            continue;
        live++;
        rc = check_signal(arena, i);
    }
    if (rc == LINA_OK && live != load_relaxed_u32(&arena->header->signals_live))
        rc = broken("signals are miscounted", live);
    if (rc == LINA_OK)
        rc = check_signal_index(arena, live);
    return rc == LINA_OK ? check_resting(arena, used, used - live) : rc;
}

/* ---- streams ----------------------------------------------------------------------------------- */

/* Checks one generation of a stream: its place in the chain, its state and its sequence. */
static int check_generation(const struct checking *c, const struct lina_channel *s, uint32_t slot,
                            uint64_t before) {
    const struct lina_ledger *l = &c->arena->ledger[slot];
    uint64_t word = load_relaxed_u64(&c->arena->slots[slot].state);
    bool newest = slot == load_relaxed_u32(&s->record->newest);
    if (slot_state(word) != (newest ? SLOT_LIVE : SLOT_KEPT))
        return broken("a stream has a generation that is neither kept nor its newest", slot);
    if (load_relaxed_u32(&l->stream) != s->number || l->sequence == 0 ||
        (before != 0 && l->sequence != before + 1))
        return broken("a stream's generations are not in order", slot);
    return newest && l->sequence != lina_stream_sequence(c->arena, s->number)
               ? broken("a stream's head does not count its generations", s->number)
               : LINA_OK;
}

static int check_stream(struct checking *c, const struct lina_channel *s) {
    uint32_t kept = load_relaxed_u32(&s->record->kept), count = 0;
    uint32_t slot = load_relaxed_u32(&s->record->oldest);
    uint64_t before = 0;
    int rc = LINA_OK;
    if (kept > load_relaxed_u32(&s->record->depth))
        return broken("a stream keeps more than its depth", s->number);
    for (; lina_tables_has(c->arena, slot) && count <= kept && rc == LINA_OK; count++) {
        rc = check_generation(c, s, slot, before);
        before = load_relaxed_u64(&c->arena->ledger[slot].sequence);
        slot = load_relaxed_u32(&c->arena->ledger[slot].newer);
    }
    c->chained -= count;
    return rc == LINA_OK && count != kept
               ? broken("a stream's generations are miscounted", s->number)
               : rc;
}

static int check_streams(struct checking *c) {
    uint32_t live = 0;
    int rc = LINA_OK;
    for (uint32_t number = 0; number < lina_tables_streams(c->arena) && rc == LINA_OK; number++) {
        struct lina_channel s = lina_stream_at(c->arena, number);
        if (s.record == NULL)
            continue;
        live++;
        rc = check_stream(c, &s);
    }
    if (rc == LINA_OK && live != load_relaxed_u32(&c->arena->header->streams_live))
        rc = broken("streams are miscounted", live);
    return rc == LINA_OK && c->chained != 0
               ? broken("a generation is in no chain of its stream", c->chained)
               : rc;
}

static int check_all(struct checking *c) {
    int rc = LINA_OK;
    for (uint32_t slot = 0; slot < c->used && rc == LINA_OK; slot++)
        rc = check_slot(c, slot);
    if (rc == LINA_OK)
        rc = check_dependents(c);
    if (rc == LINA_OK)
        rc = check_counts(c);
    if (rc == LINA_OK)
        rc = check_index(c);
    if (rc == LINA_OK)
        rc = check_pins(c);
    if (rc == LINA_OK)
        rc = check_space(c);
    if (rc == LINA_OK)
        rc = check_streams(c);
    return rc == LINA_OK ? check_signals(c->arena) : rc;
}

int lina_check_tables(lina_arena_t *arena) {
    struct checking c = {.arena = arena, .used = load_relaxed_u32(&arena->header->slots_used)};
    if (c.used > arena->geo.max_arrays || (c.used > 0 && !lina_tables_has(arena, c.used - 1)))
        return broken("more slots than there can be", c.used);
    c.dependents = calloc(arena->geo.max_arrays, sizeof *c.dependents);
    if (c.dependents == NULL)
        return lina_fail_errno(ENOMEM, "no memory to check the arena");
    int rc = check_all(&c);
    free(c.dependents);
    return rc;
}
