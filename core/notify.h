/* notify.h - what notify.c lends to close.c and default.c. */
#ifndef LINA_NOTIFY_H
#define LINA_NOTIFY_H

#include <stdbool.h>

#include "lina.h"

/* Ends every notification on the arena with CLOSED. Returns when none of them runs any more. */
void lina_notify_close(lina_arena_t *arena);

/* True inside a callback, where waiting for callbacks to end would wait for itself. */
bool lina_notify_is_inside(void);

#endif
