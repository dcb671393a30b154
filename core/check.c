/* check.c - lina_check_arena: every invariant of layout.h. */
#include "check.h"

#include <string.h>

#include "members.h"
#include "shape.h"
#include "slots.h"
#include "space.h"
#include "writer.h"

static int broken(const char *what, uint32_t which) {
    return lina_fail(LINA_ERR_CORRUPT, "the arena is damaged: %s (%u)", what, which);
}

static bool is_pending(uint64_t state) { return state == SLOT_LOANED || state == SLOT_RETIRED; }

/* ---- slots, one by one ------------------------------------------------------------------------- */

static int check_live(const lina_arena_t *arena, uint32_t slot) {
    const lina_desc_t *desc = &arena->slots[slot].desc;
    struct lina_key key;
    if (memchr(desc->name, 0, sizeof desc->name) == NULL ||
        lina_key_make(&key, "array", desc->name) != LINA_OK ||
        lina_key_check(&key, "array") != LINA_OK)
        return broken("a live array's name is none", slot);
    if (lina_names_slot(arena, &key) != slot)
        return broken("the name index does not lead to a live array", slot);
    if (desc->generation == 0)
        return broken("a live array has generation 0", slot);
    return LINA_OK;
}

static int check_claim(const lina_arena_t *arena, uint32_t slot) {
    const struct lina_ledger *l = &arena->ledger[slot];
    const lina_desc_t *desc = &arena->slots[slot].desc;
    if (!lina_shape_plausible(desc, arena->geo.data_size))
        return broken("a descriptor reaches outside the data", slot);
    if ((desc->flags & LINA_FLAG_ALIAS) != 0)
        return l->base < arena->geo.max_arrays && l->nbytes == 0
                   ? LINA_OK
                   : broken("an alias without a base", slot);
    if (desc->nbytes > 0 && (l->offset != desc->offset || desc->nbytes > l->nbytes))
        return broken("a descriptor lies outside its extent", slot);
    bool extent =
        l->extent < arena->geo.max_extents && arena->extents[l->extent].offset == l->offset &&
        arena->extents[l->extent].nbytes == l->nbytes && arena->extents[l->extent].free == 0;
    return l->nbytes == 0 || extent ? LINA_OK : broken("an array without its extent", slot);
}

static int check_slot(const lina_arena_t *arena, uint32_t slot) {
    uint64_t word = load_relaxed_u64(&arena->slots[slot].state);
    if (slot_serial(word) >= arena->header->next_serial)
        return broken("a serial from the future", slot);
    if (slot_state(word) == SLOT_FREE)
        return LINA_OK;
    int rc = check_claim(arena, slot);
    if (rc == LINA_OK && slot_state(word) == SLOT_LIVE)
        rc = check_live(arena, slot);
    return rc;
}

/* ---- counts and lists -------------------------------------------------------------------------- */

static uint32_t count_dependents(const lina_arena_t *arena, uint32_t base) {
    uint32_t count = 0;
    for (uint32_t slot = 0; slot < arena->header->slots_used; slot++)
        if (slot_state(load_relaxed_u64(&arena->slots[slot].state)) != SLOT_FREE &&
            arena->ledger[slot].base == base)
            count++;
    return count;
}

static int check_counts(const lina_arena_t *arena) {
    const struct lina_header *h = arena->header;
    uint32_t live = 0, waiting = 0, free = 0;
    for (uint32_t slot = 0; slot < h->slots_used; slot++) {
        uint64_t state = slot_state(load_relaxed_u64(&arena->slots[slot].state));
        live += state == SLOT_LIVE;
        waiting += is_pending(state);
        free += state == SLOT_FREE;
        uint32_t dependents = arena->ledger[slot].dependents;
        if (state != SLOT_FREE && dependents != 0 && count_dependents(arena, slot) != dependents)
            return broken("an array's aliases are miscounted", slot);
    }
    if (live != h->live_count || waiting != h->retired_count)
        return broken("live or pending slots are miscounted", live);
    uint32_t listed = 0;
    for (uint32_t s = h->free_head; s < arena->geo.max_arrays; s = arena->ledger[s].next)
        if (++listed > free)
            return broken("the list of free slots has a circle", s);
    if (listed != free)
        return broken("free slots are missing from their list", free - listed);
    listed = 0;
    for (uint32_t s = h->retired_head; s < arena->geo.max_arrays; s = arena->ledger[s].next)
        if (++listed > waiting)
            return broken("the list of pending slots has a circle", s);
    return listed == waiting ? LINA_OK
                             : broken("pending slots are missing from their list", listed);
}

/* Each live array has its entry (check_live): so many there are, and none that leads elsewhere. */
static int check_index(const lina_arena_t *arena) {
    const struct lina_header *h = arena->header;
    uint32_t entries = 0, gone = 0;
    for (uint32_t i = 0; i < arena->geo.index_size; i++) {
        uint64_t entry = load_relaxed_u64(&arena->index[i]);
        gone += entry == INDEX_GONE;
        entries += entry != INDEX_EMPTY && entry != INDEX_GONE;
    }
    if (entries != h->live_count)
        return broken("the name index has entries that lead nowhere", entries - h->live_count);
    return gone == h->index_gone ? LINA_OK
                                 : broken("gone entries of the name index are miscounted", gone);
}

/* Whether a slot that is free, or pins that nobody can have, are still held. */
static int check_pins(const lina_arena_t *arena) {
    for (uint32_t m = 0; m < arena->geo.max_members; m++) {
        bool gone = load_relaxed_u32(&arena->members[m].state) == MEMBER_FREE;
        for (uint32_t slot = 0; slot < arena->header->slots_used; slot++) {
            if ((load_relaxed_u64(&arena->slots[slot].readers) >> m & 1) == 0)
                continue;
            if (gone && load_relaxed_u32(lina_pin(arena, m, slot)) != 0)
                return broken("a member that is gone holds an array", slot);
        }
    }
    return LINA_OK;
}

/* ---- data space -------------------------------------------------------------------------------- */

static int check_space(const lina_arena_t *arena) {
    uint64_t at = 0, end = lina_space_end(arena);
    uint32_t extent = LINA_NIL;
    for (uint32_t i = 0; i < arena->geo.max_extents && i < arena->header->space.extents_used; i++)
        if (arena->extents[i].offset == 0 && arena->extents[i].nbytes > 0)
            extent = i;
    bool was_free = false;
    for (uint32_t i = 0; i < arena->geo.max_extents && extent < arena->geo.max_extents; i++) {
        const struct lina_extent *e = &arena->extents[extent];
        if (e->offset != at || e->nbytes == 0 || e->nbytes > end - at)
            return broken("the extents do not tile the data", extent);
        if (e->free != 0 && was_free)
            return broken("two free neighbours", extent);
        was_free = e->free != 0;
        at += e->nbytes;
        extent = e->next;
    }
    return at == end ? LINA_OK : broken("the extents end before the data", extent);
}

static int check_signals(const lina_arena_t *arena) {
    if (arena->header->signals_used > arena->geo.max_signals)
        return broken("more signals than there can be", arena->header->signals_used);
    for (uint32_t i = 0; i < arena->header->signals_used; i++) {
        const struct lina_signal_slot *s = &arena->signals[i];
        uint64_t cleared = load_acquire_u64(&s->cleared);
        if (cleared > load_acquire_u64(&s->word) >> 1)
            return broken("a signal was cleared before it was raised", i);
        struct lina_key key;
        if (memchr(s->name, 0, sizeof s->name) == NULL ||
            lina_key_make(&key, "signal", s->name) != LINA_OK ||
            lina_names_signal(arena, &key) != i)
            return broken("the signal index does not lead to a signal", i);
    }
    return LINA_OK;
}

int lina_check_tables(const lina_arena_t *arena) {
    const struct lina_header *h = arena->header;
    if (h->slots_used > arena->geo.max_arrays)
        return broken("more slots than there can be", h->slots_used);
    int rc = LINA_OK;
    for (uint32_t slot = 0; slot < h->slots_used && rc == LINA_OK; slot++)
        rc = check_slot(arena, slot);
    if (rc == LINA_OK)
        rc = check_counts(arena);
    if (rc == LINA_OK)
        rc = check_index(arena);
    if (rc == LINA_OK)
        rc = check_pins(arena);
    if (rc == LINA_OK)
        rc = check_space(arena);
    return rc == LINA_OK ? check_signals(arena) : rc;
}

int lina_check_arena(lina_arena_t *arena) {
    arena = lina_arena_of(arena);
    if (arena == NULL)
        return lina_last_error_code();
    int rc = lina_writer_begin(arena);
    if (rc != LINA_OK)
        return rc;
    /* What the dead held is given back first, as it would be by whoever needed it. */
    lina_members_bury(arena);
    lina_slots_sweep(arena);
    rc = lina_check_tables(arena);
    lina_writer_end(arena);
    return rc;
}
