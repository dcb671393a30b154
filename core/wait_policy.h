/* wait_policy.h - how a thread waits: it spins, yields, and then sleeps.
 *
 * A wait for one signal sleeps on the signal's word, and a wait for several sleeps on the arena's doorbell. */
#ifndef LINA_WAIT_POLICY_H
#define LINA_WAIT_POLICY_H

#include "goals.h"

/* The longest sleep of a waiter at a time, in nanoseconds. Waiters sleep in naps, because a signaller in another
 * process may die before it wakes them. (One test makes naps long, so that a lost wake-up hangs.) */
#ifndef LINA_NAP
#define LINA_NAP UINT64_C(100000000)
#endif

/* The nap after a member was seen to write a core dump. The member counts as dead when this was seen twice, so the
 * second look comes soon. */
#define LINA_SHORT_NAP UINT64_C(12000000)

/* Waits until a goal is reached or the wait fails. Every goal has its slot, if it needs one. */
int lina_wait_run(struct lina_wait *wait);

/* The wait's deadline. It is computed once, from the time `now`. */
uint64_t lina_wait_deadline(struct lina_wait *wait, uint64_t now);
/* The deadline of a time-out on the monotonic clock, and the time that is left until a deadline. */
uint64_t lina_deadline_of(int64_t timeout_ns);
int64_t lina_rest_of(uint64_t deadline);

#endif
