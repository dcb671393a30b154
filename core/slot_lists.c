/* slot_lists.c - see slot_lists.h. */
#include "slot_lists.h"

/* ---- free slots -------------------------------------------------------------------------------- */

void lina_lists_push_free(lina_arena_t *arena, uint32_t slot) {
    store_relaxed_u32(&arena->ledger[slot].next, load_relaxed_u32(&arena->header->free_head));
    store_relaxed_u32(&arena->header->free_head, slot);
}

uint32_t lina_lists_pop_free(lina_arena_t *arena) {
    struct lina_header *h = arena->header;
    uint32_t slot = load_relaxed_u32(&h->free_head);
    if (lina_tables_has(arena, slot) &&
        slot_state(load_relaxed_u64(&arena->slots[slot].state)) == SLOT_FREE) {
        store_relaxed_u32(&h->free_head, load_relaxed_u32(&arena->ledger[slot].next));
        return slot;
    }
    slot = load_relaxed_u32(&h->slots_used);
    if (!lina_tables_has(arena, slot))
        return LINA_NIL;
    store_release_u32(&h->slots_used, slot + 1); /* pairs with the acquire in lina_tables_used */
    return slot;
}

/* ---- pending slots, which may leave the middle of their list ------------------------------------ */

static bool is_loaned(const lina_arena_t *arena, uint32_t slot) {
    return slot_state(load_relaxed_u64(&arena->slots[slot].state)) == SLOT_LOANED;
}

void lina_lists_add_pending(lina_arena_t *arena, uint32_t slot) {
    struct lina_header *h = arena->header;
    uint32_t next = load_relaxed_u32(&h->pending_head);
    arena->ledger[slot].prev = LINA_NIL;
    store_relaxed_u32(&arena->ledger[slot].next, next);
    if (lina_tables_has(arena, next))
        arena->ledger[next].prev = slot;
    store_relaxed_u32(&h->pending_head, slot);
    tally_u32(&h->pending_count, 1);
    tally_u32(&h->loan_count, is_loaned(arena, slot));
}

void lina_lists_remove_pending(lina_arena_t *arena, uint32_t slot) {
    struct lina_header *h = arena->header;
    uint32_t prev = load_relaxed_u32(&arena->ledger[slot].prev);
    uint32_t next = load_relaxed_u32(&arena->ledger[slot].next);
    if (lina_tables_has(arena, prev))
        store_relaxed_u32(&arena->ledger[prev].next, next);
    else
        store_relaxed_u32(&h->pending_head, next);
    if (lina_tables_has(arena, next))
        arena->ledger[next].prev = prev;
    tally_u32(&h->pending_count, UINT32_MAX);
    tally_u32(&h->loan_count, 0u - is_loaned(arena, slot));
}

void lina_lists_clear(lina_arena_t *arena) {
    struct lina_header *h = arena->header;
    store_relaxed_u32(&h->free_head, LINA_NIL);
    store_relaxed_u32(&h->pending_head, LINA_NIL);
    store_relaxed_u32(&h->pending_count, 0);
    store_relaxed_u32(&h->loan_count, 0);
}
