/* notify.h - what notify.c lends to arena.c. */
#ifndef LINA_NOTIFY_H
#define LINA_NOTIFY_H

#include "lina.h"

/* Ends every notification on the arena with CLOSED. Returns when none of them runs any more. */
void lina_notify_close(lina_arena_t *arena);

#endif
