/* held.c - see held.h. */
#include "held.h"

/* True if one of the members that share a bit of `readers` has a pin. If a row cannot be reached, it counts as a
 * pin, so that the slot is not freed. */
static bool pinned_by(lina_arena_t *arena, uint32_t bit, uint32_t slot) {
    uint32_t step = slot / LINA_STEP, at = lina_place_in_row(slot);
    for (uint32_t rows = lina_tables_rows(arena, bit, step); rows != 0; rows &= rows - 1) {
        uint32_t member = bit + LINA_ROWS * (uint32_t)__builtin_ctz(rows);
        if (member < arena->geo.max_members &&
            (!lina_tables_reach_row(arena, member, step) ||
             load_sc_u32(&lina_row(arena, member, step)[at]) != 0))
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

bool lina_slot_is_held(lina_arena_t *arena, uint32_t slot, uint64_t word) {
    return (word & SLOT_EXPOSED) != 0 || load_relaxed_u32(&arena->ledger[slot].dependents) != 0 ||
           pinned(arena, slot); /* pairs with lina_slots_pin */
}
