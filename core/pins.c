/* pins.c - see pins.h. */
#include "pins.h"

#include "writer.h"

void lina_pins_let_go(lina_arena_t *arena, uint32_t slot) {
    if (lina_writer_try(arena)) {
        bool returns = lina_slots_let_go(arena, slot);
        lina_writer_end(arena);
        if (returns)
            lina_pins_return(arena, slot);
        return;
    }
    /* A writer is inside. It, or the next one, looks at this word when it leaves. If all writers left before they could
     * see it, the lock is free and the second try gets it. */
    store_sc_u32(&arena->header->cleanup, 1);
    if (lina_writer_try(arena))
        lina_writer_end(arena);
}

void lina_pins_return(lina_arena_t *arena, uint32_t slot) {
    lina_slots_return_pages(arena, slot);
    lina_pins_unpin(arena, slot);
}
