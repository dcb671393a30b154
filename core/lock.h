/* lock.h - the one writer lock of an arena. A waiter takes it over when its owner dies. */
#ifndef LINA_LOCK_H
#define LINA_LOCK_H

#include "mapping.h"

#define LINA_NO_DEADLINE UINT64_MAX

/* Takes the lock, also from a dead owner. After that, header.dirty tells whether the tables need a rebuild.
 * TIMEOUT after `deadline`, in nanoseconds of the monotonic clock. BUSY
 *   - if one living owner has made no progress for a second;
 *   - if the call has waited two seconds for all owners together, without their long work;
 *   - if it has waited ten seconds, long work included.
 * The sentence names the owner. */
int lina_lock_take(lina_arena_t *arena, uint64_t deadline);
/* Takes the lock over if a dead member with this member's number had it. True if it did. */
bool lina_lock_inherit(lina_arena_t *arena);
/* The number of the turn that the lock's owner has, if the caller is the owner. */
static inline uint64_t lina_lock_turn(const lina_arena_t *arena) {
    return load_relaxed_u64(&arena->header->lock) / LOCK_TURN_ONE;
}
/* The lock's word after `word`, with this member as the owner. */
static inline uint64_t lina_lock_next_turn(const lina_arena_t *arena, uint64_t word) {
    return ((word & LOCK_TURN_MASK) + LOCK_TURN_ONE) | (arena->member + 1);
}
/* Takes it only if it is free. */
static inline bool lina_lock_try(lina_arena_t *arena) {
    /* Sequentially consistent also when it finds the lock taken: lina_pins_let_go needs that. */
    uint64_t *lock = &arena->header->lock, word = load_sc_u64(lock);
    return (word & LOCK_OWNER_MASK) == 0 &&
           cas_sc_u64(lock, &word, lina_lock_next_turn(arena, word));
}
/* The calling thread, which owns the lock, begins long work. Waiters have more patience while it makes progress. The
 * result is for lina_lock_end_long_work. */
uint32_t lina_lock_begin_long_work(lina_arena_t *arena);
/* `was` is what the begin returned: long work can be nested. */
void lina_lock_end_long_work(lina_arena_t *arena, uint32_t was);
/* Tells waiters that the owner makes progress: changes the turn. */
void lina_lock_renew(lina_arena_t *arena);
/* The same from a loop over a table's entries: once every 65,536 entries. */
static inline void lina_lock_renew_at(lina_arena_t *arena, uint32_t entry) {
    if (entry % 65536 == 0)
        lina_lock_renew(arena);
}
/* Gives the lock back, and wakes one waiter. */
void lina_lock_give(lina_arena_t *arena);

#endif
