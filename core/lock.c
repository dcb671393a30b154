/* lock.c - a futex word with its owner's member number (after the "mutex2" of U. Drepper, "Futexes
 * Are Tricky", 2011, with an owner). A waiter that finds the owner dead, as the kernel tells, swaps
 * the word from that owner to itself: only one can. Threads of one member share its number; the
 * swap from 0 keeps them apart, and none of them can die alone. */
#include "lock.h"

#include "members.h"
#include "platform.h"

#define SPINS 100
#define NAP UINT64_C(10000000)        /* between two questions whether the owner lives */
#define PATIENCE UINT64_C(1000000000) /* with one that lives and does not get on */

bool lina_lock_try(lina_arena_t *arena) {
    uint32_t nobody = 0;
    if (!cas_sc_u32(&arena->header->lock, &nobody, arena->member + 1))
        return false;
    arena->header->turns++;
    return true;
}

static uint32_t owner_of(uint32_t word) { return (word & ~LOCK_WAITERS) - 1; }

/* One step towards the lock from the value it has; true when it is ours. Sleeps a nap at most. */
static bool step(lina_arena_t *arena) {
    uint32_t *lock = &arena->header->lock, mine = (arena->member + 1) | LOCK_WAITERS;
    uint32_t word = load_sc_u32(lock);
    if (owner_of(word) == LINA_NIL || !lina_member_alive(arena, owner_of(word)))
        return cas_sc_u32(lock, &word, mine); /* free, or nobody's any more */
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
    struct lina_header *h = arena->header;
    uint32_t turns = load_relaxed_u32(&h->turns);
    uint64_t since = platform_now();
    while (!step(arena)) {
        uint64_t now = platform_now();
        if (load_relaxed_u32(&h->turns) != turns) {
            turns = load_relaxed_u32(&h->turns);
            since = now;
        } else if (now - since > PATIENCE) {
            return lina_fail(LINA_ERR_BUSY,
                             "the arena's writer lock is held by member %u, which "
                             "lives and does not give it back",
                             owner_of(load_relaxed_u32(&h->lock)));
        }
    }
    store_relaxed_u32(&h->turns, turns + 1);
    return LINA_OK;
}

void lina_lock_give(lina_arena_t *arena) {
    uint32_t *lock = &arena->header->lock;
    if ((swap_sc_u32(lock, 0) & LOCK_WAITERS) != 0)
        platform_futex_wake(lock, 1); /* the one woken keeps the bit for the others */
}
