/* slots.h - the life of a slot: FREE -> LOANED -> LIVE (-> KEPT) -> RETIRED -> FREE. Writers only, but for
 * the functions that say otherwise.
 *
 * LOANED and RETIRED slots are "pending": in one list, and freed when nothing holds them: no pin of
 * any member, no alias, no raw pointer. A loan is held by its borrower's pin, so one rule serves
 * discarded loans, the loans of the dead and old generations. Spares are not pending: see spares.h. */
#ifndef LINA_SLOTS_H
#define LINA_SLOTS_H

#include "spares.h"

struct lina_claim {
    uint64_t serial;
    uint64_t dirty_bytes; /* so many of the array's first bytes may not be zero */
    uint32_t slot;
};

/* A LOANED slot for `desc`, which is part of the slot `base` where that is not LINA_NIL, and otherwise
 * has its offset and capacity filled in. It has to go live or be lent before the section ends. The pin that
 * a loan needs can be had then. FULL, NO_MEMORY. */
int lina_slots_claim(lina_arena_t *arena, uint32_t base, lina_desc_t *desc,
                     struct lina_claim *claim);
/* Makes a slot that was just claimed a loan, with a pin that holds it: who dies gives it back. */
void lina_slots_lend(lina_arena_t *arena, uint32_t slot);
/* The same with the spare of the name's LIVE slot, and the bytes of its run: for lina_slots_claim and
 * lina_slots_lend together. False when there is none of this size, or somebody holds it. */
bool lina_slots_lend_spare(lina_arena_t *arena, uint32_t live, lina_desc_t *desc,
                           struct lina_claim *claim);
/* Ends a loan that is about to go live. Its pin stays. */
void lina_slots_unlend(lina_arena_t *arena, uint32_t slot);
/* Makes a LOANED slot the LIVE one of its name, whose entry is given; what was LIVE retires, or is KEPT where the
 * slot's ledger has a stream. */
void lina_slots_go_live(lina_arena_t *arena, const struct lina_key *key, struct lina_entry entry,
                        uint32_t slot, uint64_t flags);
/* LIVE or KEPT -> RETIRED, with SLOT_REMOVED in `flags` when its pages should go back to the system. True when
 * that takes long, and nobody holds the slot: it is pinned for the caller, who leaves the section and
 * calls lina_pins_return. */
bool lina_slots_retire(lina_arena_t *arena, uint32_t slot, uint64_t flags);
/* The same for a generation that a later one succeeds, whose spare it may become. */
void lina_slots_replace(lina_arena_t *arena, uint32_t slot, uint32_t successor);
/* Frees a pending slot if nothing holds it. True as lina_slots_retire. */
bool lina_slots_let_go(lina_arena_t *arena, uint32_t slot);
/* [pinned by the caller] Gives a removed slot's pages back to the system, outside the section. */
void lina_slots_return_pages(lina_arena_t *arena, uint32_t slot);
/* Frees all pending slots that nothing holds. Leaves spares alone. */
void lina_slots_sweep(lina_arena_t *arena);
/* Ends the promise that lina_open gave for retired slots of a name. */
void lina_slots_unexpose(lina_arena_t *arena, const struct lina_key *key);
/* The same for all slots, while nobody else is a member: raw pointers end with their processes. */
void lina_slots_forget_exposed(lina_arena_t *arena);
/* Rebuilds lists, counts, name index and gaps from slots and ledger. CORRUPT. */
int lina_slots_rebuild(lina_arena_t *arena);

/* A generation that may be held: the current one of its name, or an older one of a stream. */
static inline bool slot_is_shown(uint64_t word) {
    return slot_state(word) == SLOT_LIVE || slot_state(word) == SLOT_KEPT;
}

static inline bool slot_is_pending(uint64_t word) {
    return (slot_state(word) == SLOT_RETIRED && (word & SLOT_SPARE) == 0) ||
           slot_state(word) == SLOT_LOANED;
}

/* [all] Adds one pin of this process, whose counter has been reached (lina_tables_reach_pin). */
static inline void lina_slots_pin(lina_arena_t *arena, uint32_t slot) {
    uint64_t *readers = &arena->slots[slot].readers;
    uint64_t bit = UINT64_C(1) << arena->member % LINA_ROWS;
    if ((load_sc_u64(readers) & bit) == 0) /* another thread or member may have set it */
        or_sc_u64(readers, bit);
    add_sc_u32(lina_tables_own_pin(arena, slot), 1); /* pairs with lina_slot_is_held */
}

#endif
