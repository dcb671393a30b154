/* signals.h - what signals.c lends to notify.c. */
#ifndef LINA_SIGNALS_H
#define LINA_SIGNALS_H

#include "names.h"

static inline uint64_t signal_value(uint64_t word) { return word >> 1; }

/* The slot of a signal, made if it is not there. */
int lina_signal_slot(lina_arena_t *arena, const char *name, uint32_t *slot);

/* Ends every wait of this process on the arena: they find it closed. Returns when all have left. */
void lina_signals_close(lina_arena_t *arena);

#endif
