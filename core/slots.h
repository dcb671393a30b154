/* slots.h - the life of a slot: FREE -> LOANED -> LIVE (-> KEPT) -> RETIRED -> FREE. Writers only, except the
 * functions marked [all].
 *
 * LOANED and RETIRED slots are "pending". They are in one list, and a slot is freed when nothing holds it: no pin of
 * any member, no alias, no raw pointer. The borrower's pin holds a loan. So one rule covers discarded loans, loans
 * of dead members and old generations. Spares are not pending: see spares.h. */
#ifndef LINA_SLOTS_H
#define LINA_SLOTS_H

#include "spares.h"

struct lina_claim {
    uint64_t serial;
    uint64_t dirty_bytes; /* this number of bytes at the start of the array may not be zero */
    uint32_t slot;
};

/* Makes a LOANED slot for `desc`. With a `base`, the slot is an alias of that slot; with LINA_NIL, it gets a run of
 * data, and offset and capacity are filled in. Before the section ends, the caller makes the slot LIVE or lends it.
 * The counter of this member's pin exists afterwards. FULL, NO_MEMORY. */
int lina_slots_claim(lina_arena_t *arena, uint32_t base, lina_desc_t *desc,
                     struct lina_claim *claim);
/* Makes a loan of a slot that was just claimed. This member's pin holds it, so a death gives the loan back. */
void lina_slots_lend(lina_arena_t *arena, uint32_t slot);
/* Makes a loan of a spare of the name, with the spare's run, instead of lina_slots_claim and lina_slots_lend. False if
 * the name has no spare, if the spare has another size, or if something holds the spare. */
bool lina_slots_lend_spare(lina_arena_t *arena, uint32_t slot, lina_desc_t *desc,
                           struct lina_claim *claim);
/* Takes a loan out of the list of pending slots, just before it goes LIVE. Its pin stays. */
void lina_slots_unlend(lina_arena_t *arena, uint32_t slot);
/* Makes a LOANED slot the LIVE one of its name. `entry` is the name's entry. The slot that was LIVE retires, or
 * becomes KEPT if the new slot belongs to a stream. */
void lina_slots_go_live(lina_arena_t *arena, const struct lina_key *key, struct lina_entry entry,
                        uint32_t slot, uint64_t flags);
/* LIVE or KEPT -> RETIRED, with SLOT_REMOVED in `flags` if the slot's pages go back to the system. Frees the slot if
 * nothing holds it. Returns true if the caller must give the pages back, because that takes long. The slot is then
 * pinned. The caller leaves the section, and then calls lina_pins_return. */
bool lina_slots_retire(lina_arena_t *arena, uint32_t slot, uint64_t flags);
/* Retires a generation after its successor went LIVE. It may become the successor's spare. */
void lina_slots_replace(lina_arena_t *arena, uint32_t slot, uint32_t successor);
/* Frees a pending slot if nothing holds it. Returns true as lina_slots_retire does. */
bool lina_slots_let_go(lina_arena_t *arena, uint32_t slot);
/* [all] Gives the pages of a removed slot, which the caller has pinned, back to the system. Needs no lock. */
void lina_slots_return_pages(lina_arena_t *arena, uint32_t slot);
/* Frees all pending slots that nothing holds. Leaves spares alone. */
void lina_slots_sweep(lina_arena_t *arena);
/* Clears EXPOSED in the retired slots of a name, and frees them if nothing holds them. */
__attribute__((cold)) void lina_slots_unexpose(lina_arena_t *arena, const struct lina_key *key);
/* Clears EXPOSED in all slots while there is no other member: raw pointers end with their processes. */
__attribute__((cold)) void lina_slots_forget_exposed(lina_arena_t *arena);
/* The base of an alias, or LINA_NIL if that slot has another incarnation by now. */
uint32_t lina_slot_base(const lina_arena_t *arena, uint32_t slot);
/* Changes the state and flags of a slot, and keeps EXPOSED, which lina_open may set meanwhile. An exposed slot does not
 * become a spare. Returns the new word. */
uint64_t lina_slot_mark(lina_arena_t *arena, uint32_t slot, uint64_t state_and_flags);

/* True for a generation that a view can be taken of: the current one of its name, or an older one of a stream. */
static inline bool slot_is_shown(uint64_t word) {
    return slot_state(word) == SLOT_LIVE || slot_state(word) == SLOT_KEPT;
}

static inline bool slot_is_pending(uint64_t word) {
    return (slot_state(word) == SLOT_RETIRED && (word & SLOT_SPARE) == 0) ||
           slot_state(word) == SLOT_LOANED;
}

/* [all] Adds one pin of this member. The caller has made sure that its counter exists (lina_tables_reach_pin). */
static inline void lina_slots_pin(lina_arena_t *arena, uint32_t slot) {
    uint64_t *readers = &arena->slots[slot].readers;
    uint64_t bit = UINT64_C(1) << arena->member % LINA_ROWS;
    if ((load_sc_u64(readers) & bit) == 0) /* another thread or member may have set it */
        or_sc_u64(readers, bit);
    add_sc_u32(lina_tables_own_pin(arena, slot), 1); /* pairs with lina_slot_is_held */
}

#endif
