/* spares.c - see spares.h.
 *
 * Why every spare is freed in the end: a reader ends its pin, and then looks for SLOT_SPARE (pins.h). A writer that
 * ends a spare clears SLOT_SPARE, and then looks at the pins. All four are sequentially consistent. So either the
 * reader sees that it must free the slot, or the writer sees that no pin is left. */
#include "spares.h"

#include "held.h"
#include "slot_lists.h"

uint32_t lina_spare_check(const lina_arena_t *arena, uint32_t slot) {
    uint64_t link = load_relaxed_u64(&arena->ledger[slot].spare);
    uint32_t spare = (uint32_t)link - 1;
    if (!lina_was_loan(arena, slot) || !lina_tables_has(arena, spare))
        return LINA_NIL;
    uint64_t word = load_relaxed_u64(&arena->slots[spare].state);
    return slot_is_spare(word) && lina_spare_link(spare, word) == link ? spare : LINA_NIL;
}

bool lina_spare_pass_on(lina_arena_t *arena, uint32_t slot, uint32_t successor) {
    if (!lina_was_loan(arena, successor))
        return false;
    if (lina_spare_of(arena, slot) != LINA_NIL) {
        arena->ledger[successor].spare = arena->ledger[slot].spare;
        lina_spare_allow(arena, slot);
    }
    return true;
}

void lina_spare_end(lina_arena_t *arena, uint32_t slot) {
    and_sc_u64(&arena->slots[slot].state, ~SLOT_SPARE); /* pairs with lina_pins_unpin */
    lina_spare_take(arena);
    lina_lists_add_pending(arena, slot);
}

/* ---- all spares -------------------------------------------------------------------------------- */

static bool are_left(const lina_arena_t *arena) {
    return load_relaxed_u32(&arena->header->spare_count) != 0;
}

void lina_spares_end_all(lina_arena_t *arena) {
    uint32_t used = lina_tables_used(arena);
    for (uint32_t slot = 0; slot < used && are_left(arena); slot++)
        if (slot_is_spare(load_relaxed_u64(&arena->slots[slot].state)))
            lina_spare_end(arena, slot);
}

/* Writers may make and end spares meanwhile. Then the numbers are not exact. */
struct lina_spares lina_spares_count(lina_arena_t *arena) {
    struct lina_spares count = {0, 0};
    uint32_t used = are_left(arena) ? lina_tables_used(arena) : 0;
    for (uint32_t slot = 0; slot < used; slot++) {
        uint64_t word = load_sc_u64(&arena->slots[slot].state);
        if (!slot_is_spare(word))
            continue;
        if (lina_slot_is_held(arena, slot, word))
            count.held++;
        else
            count.idle_bytes += load_relaxed_u64(&arena->ledger[slot].nbytes);
    }
    return count;
}
