/* waits.h - the functions of waits.c that other files of core/ call. */
#ifndef LINA_WAITS_H
#define LINA_WAITS_H

#include "signal_names.h"

/* The longest sleep of a waiter at a time, in nanoseconds. Waiters sleep in naps, because a signaller in another
 * process may die before it wakes them. (One test makes naps long, so that a lost wake-up hangs.) */
#ifndef LINA_NAP
#define LINA_NAP UINT64_C(100000000)
#endif

/* The nap after a member was seen to write a core dump. The member counts as dead when this was seen twice, so the
 * second look comes soon. */
#define LINA_SHORT_NAP UINT64_C(12000000)

#define LINA_WAITING 1

/* What a wait is for, if not for a signal. Both functions return LINA_WAITING, LINA_OK, or the code with which the
 * wait fails. `look` is cheap. `ask` is called before each nap, and asks the kernel which members are alive. In
 * `dumping`, `ask` notes a member that seems to be writing a core dump: then the next nap is short. */
struct lina_condition {
    int (*look)(struct lina_condition *);
    int (*ask)(struct lina_condition *);
    const struct lina_dumping *dumping;
};

/* Waits for a condition. The thread that makes it true wakes the signal at `place`; `place.slot` is LINA_NIL if no
 * thread does so. Returns what the condition's functions return (then it sets no error), or TIMEOUT, INTERRUPTED,
 * CLOSED with an error; `what` and `name` are for that. The caller has counted the wait in `waits`. */
struct lina_waits;
int lina_wait_until(lina_arena_t *arena, struct lina_waits *waits, struct lina_signal_place place,
                    struct lina_condition *condition, const char *what, const char *name,
                    int64_t timeout_ns);

/* The deadline of a time-out on the monotonic clock, and the time that is left until a deadline. */
uint64_t lina_deadline_of(int64_t timeout_ns);
int64_t lina_rest_of(uint64_t deadline);

/* Wakes every wait of this process on the arena, which was marked as closed before. Returns when all have ended. */
void lina_signals_close(lina_arena_t *arena);

#endif
