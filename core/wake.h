/* wake.h - wakes the threads that wait for a signal. */
#ifndef LINA_WAKE_H
#define LINA_WAKE_H

#include "mapping.h"

/* Clears the waiters bit of a signal's slot, wakes all threads that sleep on its word, and rings the doorbell if a
 * thread listens. Never blocks. signals.c explains why no wake-up is lost. */
void lina_wake(lina_arena_t *arena, uint32_t slot);
/* The same, if the waiters bit is set. Pairs with lina_signal_await: before this, the caller has stored what the
 * waiter looks at, sequentially consistently. */
static inline void lina_wake_waiters(lina_arena_t *arena, uint32_t slot) {
    if ((load_sc_u64(&arena->signals[slot].word) & SIGNAL_WAITERS) != 0)
        lina_wake(arena, slot);
}

#endif
