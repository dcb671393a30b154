/* wake.c - see wake.h. */
#include "wake.h"

#include "platform.h"

/* The count changes before the bell. So a waiter that noted the bell, and then found the count unchanged, is woken. */
static void ring(lina_arena_t *arena, uint32_t slot) {
    add_sc_u32(&arena->signals[slot - slot % SIGNAL_GROUP].rings, 1);
    add_sc_u32(&arena->header->doorbell, 1);
    platform_futex_wake(&arena->header->doorbell, INT32_MAX);
}

void lina_wake(lina_arena_t *arena, uint32_t slot) {
    struct lina_signal_slot *s = &arena->signals[slot];
    and_sc_u64(&s->word, ~SIGNAL_WAITERS);
    platform_futex_wake((const uint32_t *)(const void *)&s->word, INT32_MAX);
    /* Pairs with lina_signal_listen: it sets `listened` before the bit that was just cleared. */
    if (load_sc_u32(&s->listened) != 0 && swap_sc_u32(&s->listened, 0) != 0)
        ring(arena, slot);
}
