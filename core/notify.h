/* notify.h - the functions of notify.c that close.c and default.c call. */
#ifndef LINA_NOTIFY_H
#define LINA_NOTIFY_H

#include <stdbool.h>

#include "lina.h"

/* Ends every notification on the arena with CLOSED. Returns when all their callbacks have ended. */
void lina_notify_close(lina_arena_t *arena);

/* True inside a callback. A callback that waited for callbacks to end would wait for itself. */
bool lina_notify_is_inside(void);

#endif
