/* signals.h - what signals.c lends to notify.c. */
#ifndef LINA_SIGNALS_H
#define LINA_SIGNALS_H

#include "names.h"

/* Sleep is cut into naps, since a signaller in another process may die before it wakes. (One test
 * makes them long: there a lost wake-up hangs.) */
#ifndef LINA_NAP
#define LINA_NAP UINT64_C(100000000)
#endif

static inline uint64_t signal_value(uint64_t word) { return word >> 1; }

/* The counter; what was written before it was signalled is seen. Pairs with lina_signal_raise. */
static inline uint64_t lina_signal_value_of(const lina_arena_t *arena, uint32_t slot) {
    return signal_value(load_acquire_u64(&arena->signals[slot].word));
}

/* The slot of a signal, made if it is not there. */
int lina_signal_slot(lina_arena_t *arena, const char *name, uint32_t *slot);

/* The counter. From here on, until it does so once, the next signal rings the arena's doorbell: who
 * noted the doorbell before and sleeps on it misses nothing that this value does not show. */
uint64_t lina_signal_listen(lina_arena_t *arena, uint32_t slot);

/* Ends every wait of this process on the arena: they find it closed. Returns when all have left. */
void lina_signals_close(lina_arena_t *arena);

#endif
