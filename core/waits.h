/* waits.h - waiting for signals: what waits.c lends to others. */
#ifndef LINA_WAITS_H
#define LINA_WAITS_H

#include "signal_names.h"

/* Sleep is cut into naps, since a signaller in another process may die before it wakes. (One test
 * makes them long: there a lost wake-up hangs.) */
#ifndef LINA_NAP
#define LINA_NAP UINT64_C(100000000)
#endif

/* A core dump counts as a death when it was seen twice: the second look comes soon. */
#define LINA_SHORT_NAP UINT64_C(12000000)

#define LINA_WAITING 1

/* What a wait for a stream is for. Both functions answer LINA_WAITING, LINA_OK, or the code with which the wait
 * fails. `look` is cheap. `ask` is called before each nap, and asks the kernel who is alive. `dumping` is where `ask`
 * notes that a member seems to be writing a core dump: then the next nap is short. */
struct lina_condition {
    int (*look)(struct lina_condition *);
    int (*ask)(struct lina_condition *);
    const struct lina_dumping *dumping;
};

/* Waits for a condition. The caller that makes it true wakes the signal at `place`; `place.slot` is LINA_NIL if
 * no caller does. Answers what the condition does, or TIMEOUT, INTERRUPTED, CLOSED; without a sentence where `look`
 * answered. `what` and `name` are for the sentence. The arena's waits count the call already: `waits`. */
struct lina_waits;
int lina_wait_until(lina_arena_t *arena, struct lina_waits *waits, struct lina_signal_place place,
                    struct lina_condition *condition, const char *what, const char *name,
                    int64_t timeout_ns);

/* A time-out as a deadline on the monotonic clock, and what is left of that. */
uint64_t lina_deadline_of(int64_t timeout_ns);
int64_t lina_rest_of(uint64_t deadline);

/* Ends every wait of this process on the arena: they find it closed. Returns when all have left. */
void lina_signals_close(lina_arena_t *arena);

#endif
