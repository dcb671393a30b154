/* pins.h - ends a pin on a slot. Any member may do so without the writer lock. */
#ifndef LINA_PINS_H
#define LINA_PINS_H

#include "slots.h"

/* Frees a pending slot that lost its last pin. If a writer is inside, leaves that to the writer. */
void lina_pins_let_go(lina_arena_t *arena, uint32_t slot);
/* Ends one pin. Never blocks. Does not free a spare: that would fetch cache lines from the writer's core to this
 * one. */
static inline void lina_pins_unpin(lina_arena_t *arena, uint32_t slot) {
    uint32_t before = add_sc_u32(lina_tables_own_pin(arena, slot), UINT32_MAX);
    if (before == 1 && slot_is_pending(load_sc_u64(&arena->slots[slot].state)))
        lina_pins_let_go(arena, slot);
}
/* The caller has pinned a removed slot. Gives its pages back to the system without the lock, then ends the pin. */
void lina_pins_return(lina_arena_t *arena, uint32_t slot);

#endif
