/* waits.h - waiting for signals: what waits.c lends to others. */
#ifndef LINA_WAITS_H
#define LINA_WAITS_H

#include "mapping.h"

/* Sleep is cut into naps, since a signaller in another process may die before it wakes. (One test
 * makes them long: there a lost wake-up hangs.) */
#ifndef LINA_NAP
#define LINA_NAP UINT64_C(100000000)
#endif

/* Ends every wait of this process on the arena: they find it closed. Returns when all have left. */
void lina_signals_close(lina_arena_t *arena);

#endif
