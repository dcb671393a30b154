/* lock.pml - models the writer lock, its take-over, and member numbers that are used again.
 *
 * Models core/lock.c, members.c, join.c and writer.c. Each process has LIVES lives, one after the other. In each
 * life, it joins under any number whose byte the kernel gives it, goes through the writer's section, and leaves or
 * dies. It may die after every step. The kernel then drops the byte, and nothing else is tidied up.
 *
 * Checked:  at most one living process is in the section (assert on inside);
 *           no writer trusts tables that a dead writer left half changed (assert on half_changed);
 *           the pins of a living member are never cleared (asserts on pins);
 *           if no process dies or naps, no wake-up is lost (end states, without DEATHS);
 *           a process that wants the lock gets it, even if owners die (progress, with DEATHS). */

#ifndef PROCS
#define PROCS 3
#endif
#ifndef NUMBERS
#define NUMBERS 2 /* if there are more processes, joining waits, where lina_arena_attach would answer BUSY */
#endif
#ifndef LIVES
#define LIVES 2
#endif
#ifndef DEATHS
#define DEATHS 2
#endif
#define NOBODY 15

/* header.lock, one word: | turn | waiters bit | owner's number + 1 | */
byte lock_owner = 0;
byte lock_turn = 0;
bool lock_waiters = false;

bool dirty = false;          /* header.dirty */
bool half_changed = false;   /* ghost: a table is between two states */
byte inside = 0;             /* ghost: living processes in the section */

byte holder[NUMBERS] = NOBODY;      /* the process that has the kernel's lock on a number's byte */
bool member[NUMBERS] = false;       /* members[m].state == MEMBER_ACTIVE */
byte pins[NUMBERS] = 0;             /* one counter for all pins of a member */

byte deaths = 0;
bool asleep[PROCS] = false;         /* in the futex's queue */

#ifdef MUTANT_NO_TURN
#define NEXT_TURN 0
#else
#define NEXT_TURN (lock_turn + 1)
#endif

/* At the end of a step, the process may die, while there are deaths left. */
#define MAY_DIE                                                                                    \
    if                                                                                             \
    :: deaths < DEATHS -> deaths++; goto dead                                                      \
    :: skip                                                                                        \
    fi

/* One load of the lock word into this process's copy. */
#define LOAD w_owner = lock_owner; w_turn = lock_turn; w_waiters = lock_waiters
#define UNCHANGED (lock_owner == w_owner && lock_turn == w_turn && lock_waiters == w_waiters)

/* A number is alive if a process has its byte (platform_byte_is_locked), or if it is this process's own. */
#ifdef MUTANT_NO_QUESTION
#define ALIVE(owner) true
#else
#define ALIVE(owner) (holder[(owner) - 1] != NOBODY)
#endif

/* platform_futex_wake(lock, 1): wakes any one sleeper */
inline wake_one() {
    if
    :: asleep[0] -> asleep[0] = false
    :: asleep[1] -> asleep[1] = false
#if PROCS > 2
    :: asleep[2] -> asleep[2] = false
#endif
    :: else -> skip
    fi
}

/* Clears the variables of a dead process, so that they do not multiply the states. */
#define FORGET                                                                                     \
    w_owner = 0; w_turn = 0; w_waiters = false; me = 0; m = 0; was_dead = false; is_inside = false; \
    holding = false; unfinished = false

proctype process(byte id) {
    byte life = 0, me, m, w_owner, w_turn;
    bool w_waiters, was_dead, is_inside, holding, unfinished;

join:
    /* lina_member_join: a process has a number if it has the kernel's lock on its byte */
    atomic {
        if
        :: life < LIVES -> life++
        :: else -> goto end
        fi;
        if
        :: holder[0] == NOBODY -> me = 0
#if NUMBERS > 1
        :: holder[1] == NOBODY -> me = 1
#endif
#if NUMBERS > 2
        :: holder[2] == NOBODY -> me = 2
#endif
        fi;
        holder[me] = id;
        MAY_DIE
    };
    /* take(): did the last holder of the number leave in order, and does it still own the lock? */
    atomic { was_dead = member[me]; LOAD; was_dead = was_dead || w_owner == me + 1; MAY_DIE };
    atomic { member[me] = true; MAY_DIE };
    if
    :: !was_dead -> goto work
    :: else -> skip
    fi;

    /* lina_lock_inherit: takes the lock over from the dead holder of the same number; the turn goes on */
#ifdef MUTANT_INHERIT_BY_LOOK
    if
    :: w_owner == me + 1 -> goto locked
    :: else -> goto lock
    fi;
#else
    do
    :: atomic { w_owner != me + 1 -> goto lock }
    :: atomic {
        w_owner == me + 1 ->
        if
        :: UNCHANGED -> lock_turn = NEXT_TURN; lock_waiters = true; goto locked
        :: else -> LOAD
        fi
    }
    od;
#endif

lock:
    /* lina_lock_take: repeats lina_lock_try and step() */
    do
    :: atomic { LOAD; MAY_DIE };
        if
        :: w_owner == 0 || !ALIVE(w_owner) -> /* asking the kernel is a separate step */
            atomic {
                if
                :: UNCHANGED ->
                    lock_owner = me + 1;
                    lock_turn = NEXT_TURN;
                    /* keeps the waiters bit, because other waiters may still sleep */
#ifdef MUTANT_WOKEN_DROPS_BIT
                    lock_waiters = false;
#else
                    lock_waiters = true;
#endif
                    goto locked
                :: else -> skip
                fi
            }
        :: else ->
            atomic { /* sets the waiters bit; if the swap fails, starts again */
                if
                :: UNCHANGED -> lock_waiters = true; w_waiters = true; MAY_DIE
                :: else -> goto lock
                fi
            };
            atomic { /* platform_futex_wait compares the word and sleeps in one step */
                if
                :: UNCHANGED -> asleep[id] = true; MAY_DIE
                :: else -> goto lock
                fi
            };
#if DEATHS > 0 && !defined(MUTANT_NO_NAPS)
            atomic { !asleep[id] || timeout; asleep[id] = false } /* NAP */
#else
            !asleep[id]
#endif
        fi
    od;

locked:
progress:
    /* lina_writer_adopt */
    atomic {
        is_inside = true;
        inside++;
        assert(inside == 1);
        MAY_DIE
    };
    atomic { unfinished = dirty; MAY_DIE };
#ifndef MUTANT_DIRTY_LATE
    atomic { dirty = true; MAY_DIE };
#endif
    if
    :: unfinished ->
#ifndef MUTANT_NO_REBUILD
        atomic { half_changed = false; MAY_DIE } /* recover() rebuilds the indexes */
#endif
    :: else -> skip
    fi;
    assert(!half_changed);
    atomic { half_changed = true; MAY_DIE };
#ifdef MUTANT_DIRTY_LATE
    atomic { dirty = true; MAY_DIE };
#endif

    /* give_back_leftovers() of join.c: clears the pins of the dead holder of this process's number */
    if
    :: was_dead -> atomic { pins[me] = 0; was_dead = false; MAY_DIE }
    :: else -> skip
    fi;

    /* lina_members_bury: this process has the dead member's byte while it clears its pins */
    m = 0;
    do
    :: m < NUMBERS && m != me && member[m] ->
#ifdef MUTANT_BURY_WITHOUT_BYTE
        if
        :: atomic { holder[m] == NOBODY; MAY_DIE };
            atomic { pins[m] = 0; MAY_DIE };
            atomic { member[m] = false; MAY_DIE }
        :: holder[m] != NOBODY
        fi;
#else
        if
        :: atomic { holder[m] == NOBODY; holder[m] = id; MAY_DIE };
            atomic { pins[m] = 0; MAY_DIE };
            atomic { member[m] = false; MAY_DIE };
            atomic { holder[m] = NOBODY }
        :: holder[m] != NOBODY
        fi;
#endif
        m++
    :: m < NUMBERS && (m == me || !member[m]) -> m++
    :: m == NUMBERS -> break
    od;
    m = 0;

    /* lina_lock_renew after a piece of long work, or no long work */
    if
    :: atomic { LOAD; MAY_DIE };
        atomic {
            if
            :: UNCHANGED ->
                lock_turn = NEXT_TURN;
#ifdef MUTANT_RENEW_DROPS_BIT
                lock_waiters = false;
#endif
            :: else -> skip
            fi;
            MAY_DIE
        }
    :: skip
    fi;
    atomic { half_changed = false; MAY_DIE };

    /* leave() of writer.c: clears `dirty`; then lina_lock_give: one swap that keeps the turn */
#ifndef MUTANT_CLEAN_AFTER_UNLOCK
    atomic { dirty = false; MAY_DIE };
#endif
    atomic {
        is_inside = false;
        inside--;
        w_waiters = lock_waiters;
        lock_owner = 0;
        lock_waiters = false;
        MAY_DIE
    };
#ifdef MUTANT_CLEAN_AFTER_UNLOCK
    atomic { dirty = false; MAY_DIE };
#endif
    if
    :: w_waiters -> atomic { wake_one(); MAY_DIE }
    :: else -> skip
    fi;

work:
    w_owner = 0; w_turn = 0; w_waiters = false;
    /* Takes a view; goes through the section once more with it; then leaves. */
    if
    :: holding -> goto leave
    :: !holding ->
        atomic { holding = true; pins[me]++; MAY_DIE };
        assert(pins[me] > 0);
        goto lock
    fi;

leave:
    atomic { assert(pins[me] > 0); pins[me]--; holding = false; MAY_DIE };
    /* lina_member_leave: first the state, then the byte */
    atomic { member[me] = false; MAY_DIE };
    atomic { holder[me] = NOBODY; FORGET };
    goto join;

dead:
    /* What the kernel does when the process dies. */
    atomic {
        if
        :: is_inside -> inside--
        :: else -> skip
        fi;
        asleep[id] = false;
        if
        :: holder[0] == id -> holder[0] = NOBODY
        :: else -> skip
        fi;
#if NUMBERS > 1
        if
        :: holder[1] == id -> holder[1] = NOBODY
        :: else -> skip
        fi;
#endif
#if NUMBERS > 2
        if
        :: holder[2] == id -> holder[2] = NOBODY
        :: else -> skip
        fi;
#endif
        FORGET
    };
    goto join;

end:
    skip
}

init {
    atomic {
        byte i = 0;
        do
        :: i < PROCS -> run process(i); i++
        :: i == PROCS -> break
        od
    }
}
