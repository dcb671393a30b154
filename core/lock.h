/* lock.h - the one writer lock of an arena, and what its owner's death leaves. */
#ifndef LINA_LOCK_H
#define LINA_LOCK_H

#include "mapping.h"

#define LINA_NO_DEADLINE UINT64_MAX

/* Takes the lock. A dead owner's is taken over, after which header.dirty tells whether the tables
 * need a rebuild. TIMEOUT after `deadline`, which is nanoseconds of the monotonic clock. BUSY when one
 * living member kept it for over a second, or all of them together for two; ten where one has long work. The sentence names the member. */
int lina_lock_take(lina_arena_t *arena, uint64_t deadline);
/* True when a dead predecessor under this member's number had the lock: it is this one's then. */
bool lina_lock_inherit(lina_arena_t *arena);
/* Takes it only if it is free. */
bool lina_lock_try(lina_arena_t *arena);
/* Long work of the owner, the calling thread, for which waiters have more patience while it gets on. */
uint32_t lina_lock_begin_long_work(lina_arena_t *arena);
/* `was` is what the beginning answered, since such work can be part of other such work. */
void lina_lock_end_long_work(lina_arena_t *arena, uint32_t was);
/* Tells waiters that the owner gets on. */
void lina_lock_renew(lina_arena_t *arena);
/* The same in a loop over entries of a table, now and then. */
static inline void lina_lock_renew_at(lina_arena_t *arena, uint32_t entry) {
    if (entry % 65536 == 0)
        lina_lock_renew(arena);
}
void lina_lock_give(lina_arena_t *arena);

#endif
