/* lock.h - the one writer lock of an arena, and what its owner's death leaves. */
#ifndef LINA_LOCK_H
#define LINA_LOCK_H

#include "mapping.h"

/* Takes the lock. A dead owner's is taken over, after which header.dirty tells whether the tables
 * need a rebuild. BUSY when a living member kept it for over a second. */
int lina_lock_take(lina_arena_t *arena);
/* True when a dead predecessor under this member's number had the lock: it is this one's then. */
bool lina_lock_inherit(lina_arena_t *arena);
/* Takes it only if it is free. */
bool lina_lock_try(lina_arena_t *arena);
/* Tells who waits that the owner, the calling thread, gets on. */
void lina_lock_renew(lina_arena_t *arena);
void lina_lock_give(lina_arena_t *arena);

#endif
