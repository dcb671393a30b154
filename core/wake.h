/* wake.h - waking those that wait for a signal. */
#ifndef LINA_WAKE_H
#define LINA_WAKE_H

#include "mapping.h"

/* Clears the waiters bit of a signal's slot, wakes all that sleep on its word, and rings where somebody
 * listens. Never blocks. How no wake-up is lost: signals.c. */
void lina_wake(lina_arena_t *arena, uint32_t slot);
/* The same where somebody waits. Pairs with lina_signal_await: what the waiter looks at was stored before, sequentially
 * consistent. */
static inline void lina_wake_waiters(lina_arena_t *arena, uint32_t slot) {
    if ((load_sc_u64(&arena->signals[slot].word) & SIGNAL_WAITERS) != 0)
        lina_wake(arena, slot);
}

#endif
