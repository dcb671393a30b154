/* waits.h - the functions of waits.c that other files of core/ call. */
#ifndef LINA_WAITS_H
#define LINA_WAITS_H

#include "wait_policy.h"

/* Waits for a condition. The thread that makes it true wakes the signal at `place`; `place.slot` is LINA_NIL if no
 * thread does so. Returns what the condition's functions return (then it sets no error), or TIMEOUT, INTERRUPTED,
 * CLOSED with an error; `what` and `name` are for that. The caller has counted the wait in `waits`. */
int lina_wait_until(lina_arena_t *arena, struct lina_waits *waits, struct lina_signal_place place,
                    struct lina_condition *condition, const char *what, const char *name,
                    int64_t timeout_ns);

/* Wakes every wait of this process on the arena, which was marked as closed before. Returns when all have ended. */
void lina_signals_close(lina_arena_t *arena);

#endif
