/* lock.c - a futex word with the member number of its owner (after the "mutex2" of U. Drepper, "Futexes Are
 * Tricky", 2011, with an owner and a turn).
 *
 * The kernel tells a waiter whether the owner is alive. If the owner is dead, the waiter swaps the word from that
 * owner to itself, and only one waiter can succeed. The turn counts owners. It is needed because a newcomer may take
 * the dead owner's number before the waiter's swap: the turn then differs, and the swap fails. An owner with long
 * work raises the turn as well.
 *
 * The threads of one member share its number. Each takes the lock only from "free", so the number does not confuse
 * them, and a thread cannot die without its process. */
#include "lock.h"

#include "members.h"
#include "platform.h"

#define SPINS 100
#define NAP UINT64_C(10000000)        /* after it, a waiter asks again whether the owner is alive */
#define PATIENCE UINT64_C(1000000000) /* with one owner that makes no progress */
#define PATIENCE_IN_ALL (2 * PATIENCE) /* with all owners together, without long work */
#define PATIENCE_LONG (10 * PATIENCE)  /* with all owners together, long work included */

/* The member that has the lock, or LINA_NIL. */
static uint32_t owner_of(uint64_t word) { return (uint32_t)(word & LOCK_OWNER_MASK) - 1; }

static uint64_t turn_of(uint64_t word) { return word & LOCK_TURN_MASK; }

static const uint32_t *futex_of(const uint64_t *lock) {
    return (const uint32_t *)(const void *)
        lock; /* the low half; little-endian, as the layout demands */
}

/* ---- waiting ----------------------------------------------------------------------------------- */

/* How long a waiter has waited, and for which owner. Times in which the waiter itself was stopped do not count. */
struct waiting {
    uint64_t seen;               /* the lock's word at the last step */
    uint64_t turn;               /* of the owner whose time is in `same` */
    uint64_t same, all, in_long; /* ns: for this owner; in all; of that, during long work */
    uint64_t before;             /* time of the last step */
    struct lina_dumping dumping;
};

/* Tries to take the lock, and sleeps a nap at most if it cannot. True when the caller has it. */
static bool step(lina_arena_t *arena, struct waiting *w, uint64_t deadline) {
    uint64_t *lock = &arena->header->lock, word = w->seen = load_sc_u64(lock);
    uint32_t owner = owner_of(word);
    if (owner == LINA_NIL || !lina_member_alive(arena, owner) ||
        (w->same > 0 && lina_member_is_dumping(arena, owner, &w->dumping)))
        /* Free, or its owner is dead. Keeps the waiters bit, since other waiters may sleep. */
        return cas_sc_u64(lock, &word, lina_lock_next_turn(arena, word) | LOCK_WAITERS);
    if ((word & LOCK_WAITERS) == 0 && !cas_sc_u64(lock, &word, word | LOCK_WAITERS))
        return false;
    platform_futex_wait(futex_of(lock), (uint32_t)(word | LOCK_WAITERS),
                        lina_min(deadline, platform_now() + NAP));
    return false;
}

static bool is_out_of_patience(const struct waiting *w) {
    return w->same > PATIENCE || w->all - w->in_long > PATIENCE_IN_ALL || w->all > PATIENCE_LONG;
}

static int fail(const lina_arena_t *arena, const struct waiting *w, int code) {
    char owner[LINA_MEMBER_TEXT];
    uint32_t m = owner_of(w->seen);
    lina_member_describe(arena, m, owner);
    return lina_fail(
        code,
        code == LINA_ERR_TIMEOUT
            ? "timed out: the writer lock of arena \"%s\" is held by %s"
            : "the writer lock of arena \"%s\" is held by %s, which lives and does not "
              "give it back",
        arena->where, m == LINA_NIL ? "one member after the other" : owner);
}

/* Adds the time since the last step. Fails when the wait must end. */
static int count_time(const lina_arena_t *arena, struct waiting *w, uint64_t deadline) {
    /* If more than a nap has passed, the waiter was stopped. */
    uint64_t now = platform_now(), took = lina_min(now - w->before, NAP);
    w->before = now;
    w->all += took;
    w->same += took;
    if (load_relaxed_u32(&arena->header->long_work) != 0)
        w->in_long += took;
    if (turn_of(w->seen) != w->turn) {
        w->turn = turn_of(w->seen);
        w->same = 0;
    }
    if (now >= deadline)
        return fail(arena, w, LINA_ERR_TIMEOUT);
    return is_out_of_patience(w) ? fail(arena, w, LINA_ERR_BUSY) : LINA_OK;
}

int lina_lock_take(lina_arena_t *arena, uint64_t deadline) {
    for (int i = 0; i < SPINS; i++) {
        if (lina_lock_try(arena))
            return LINA_OK;
        spin_pause();
    }
    struct waiting w = {.turn = turn_of(load_relaxed_u64(&arena->header->lock)),
                        .before = platform_now()};
    int rc = LINA_OK;
    while (rc == LINA_OK && !step(arena, &w, deadline))
        rc = count_time(arena, &w, deadline);
    return rc;
}

/* ---- taking over, making progress, giving ------------------------------------------------------ */

bool lina_lock_inherit(lina_arena_t *arena) {
    uint64_t *lock = &arena->header->lock, word = load_sc_u64(lock);
    while (owner_of(word) == arena->member)
        if (cas_sc_u64(lock, &word, lina_lock_next_turn(arena, word) | LOCK_WAITERS))
            return true;
    return false;
}

uint32_t lina_lock_begin_long_work(lina_arena_t *arena) {
    uint32_t was = load_relaxed_u32(&arena->header->long_work);
    store_relaxed_u32(&arena->header->long_work, 1);
    return was;
}

void lina_lock_end_long_work(lina_arena_t *arena, uint32_t was) {
    store_relaxed_u32(&arena->header->long_work, was);
}

void lina_lock_renew(lina_arena_t *arena) {
    uint64_t *lock = &arena->header->lock, word = load_sc_u64(lock);
    /* If this fails, a waiter has just set its bit. Then the next piece of work renews the turn. */
    cas_sc_u64(lock, &word, lina_lock_next_turn(arena, word) | (word & LOCK_WAITERS));
}

void lina_lock_give(lina_arena_t *arena) {
    uint64_t *lock = &arena->header->lock;
    if ((swap_sc_u64(lock, turn_of(load_relaxed_u64(lock))) & LOCK_WAITERS) != 0)
        platform_futex_wake(futex_of(lock), 1); /* it sets the waiters bit again, for the others */
}
