/* lock.c - a futex word with its owner's member number (after the "mutex2" of U. Drepper, "Futexes
 * Are Tricky", 2011, with an owner and a turn). A waiter that finds the owner dead, as the kernel
 * tells, swaps the word from that owner to itself: only one can. The turn counts owners: a number can
 * be taken over by a newcomer between a waiter's question and its swap, and the word must then be
 * another. An owner that has long work counts as several. Threads of one member share its number;
 * the swap from "free" keeps them apart, and none of them can die alone. */
#include "lock.h"

#include "members.h"
#include "platform.h"

#define SPINS 100
#define NAP UINT64_C(10000000)        /* between two questions whether the owner lives */
#define PATIENCE UINT64_C(1000000000) /* with one that lives and does not get on */

/* The member that has the lock, or LINA_NIL. */
static uint32_t owner_of(uint32_t word) { return (word & LOCK_OWNER_MASK) - 1; }

static uint32_t turn_of(uint32_t word) { return word & LOCK_TURN_MASK; }

/* The word after `word` in which this member is the owner. */
static uint32_t next_turn(const lina_arena_t *arena, uint32_t word) {
    return ((turn_of(word) + LOCK_TURN_ONE) & LOCK_TURN_MASK) | (arena->member + 1);
}

bool lina_lock_try(lina_arena_t *arena) {
    /* Also what it finds taken is sequentially consistent: see lina_slots_let_go. */
    uint32_t *lock = &arena->header->lock, word = load_sc_u32(lock);
    return owner_of(word) == LINA_NIL && cas_sc_u32(lock, &word, next_turn(arena, word));
}

/* One step towards the lock; true when it is ours. Sleeps a nap at most. *seen is what it met. */
static bool step(lina_arena_t *arena, uint32_t *seen) {
    uint32_t *lock = &arena->header->lock, word = *seen = load_sc_u32(lock);
    if (owner_of(word) == LINA_NIL || !lina_member_alive(arena, owner_of(word)))
        /* Free, or nobody's any more. Others may sleep, too. */
        return cas_sc_u32(lock, &word, next_turn(arena, word) | LOCK_WAITERS);
    if ((word & LOCK_WAITERS) == 0 && !cas_sc_u32(lock, &word, word | LOCK_WAITERS))
        return false;
    platform_futex_wait(lock, word | LOCK_WAITERS, platform_now() + NAP);
    return false;
}

int lina_lock_take(lina_arena_t *arena) {
    for (int i = 0; i < SPINS; i++) {
        if (lina_lock_try(arena))
            return LINA_OK;
        spin_pause();
    }
    uint32_t seen, turn = turn_of(load_relaxed_u32(&arena->header->lock));
    uint64_t waited = 0, before = platform_now();
    while (!step(arena, &seen)) {
        uint64_t now = platform_now(), took = now - before;
        before = now;
        waited += took < NAP ? took : NAP; /* more than a nap, and it was stopped itself */
        if (turn_of(seen) != turn) {
            turn = turn_of(seen);
            waited = 0;
        } else if (waited > PATIENCE) {
            return lina_fail(LINA_ERR_BUSY,
                             "the arena's writer lock is held by member %u, which "
                             "lives and does not give it back",
                             owner_of(seen));
        }
    }
    return LINA_OK;
}

bool lina_lock_inherit(lina_arena_t *arena) {
    uint32_t *lock = &arena->header->lock, word = load_sc_u32(lock);
    while (owner_of(word) == arena->member)
        if (cas_sc_u32(lock, &word, next_turn(arena, word) | LOCK_WAITERS))
            return true;
    return false;
}

void lina_lock_renew(lina_arena_t *arena) {
    uint32_t *lock = &arena->header->lock, word = load_sc_u32(lock);
    cas_sc_u32(lock, &word, next_turn(arena, word) | (word & LOCK_WAITERS)); /* or a waiter came */
}

void lina_lock_give(lina_arena_t *arena) {
    uint32_t *lock = &arena->header->lock;
    if ((swap_sc_u32(lock, turn_of(load_relaxed_u32(lock))) & LOCK_WAITERS) != 0)
        platform_futex_wake(lock, 1); /* the one woken keeps the bit for the others */
}
