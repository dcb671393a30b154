/* removal.pml - models the removal of a signal while others wait for it and raise it, and the next signal in its
 * slot.
 *
 * Models lina_arena_signal_remove, lina_signal_await and lina_signal_raise of core/signals.c, make_live() of
 * signal_slots.c, and the looks and naps of wait_policy.c. Waiters wait until the signal is set. If the slot is not used
 * again, no waiter naps, so after a lost wake-up a waiter sleeps for ever: an invalid end state. With REUSE, waiters
 * nap, because the futex cannot tell the words of two signals apart.
 *
 * Checked:  every wait ends, by the signal or by the removal (end states);
 *           if a wait ends as signalled, its own signal was raised (assert at `reached`);
 *           if a wait ends as removed, its signal was removed (assert at `gone`);
 *           a raise that begins after the removal adds nothing (assert in signaller);
 *           a waiter for the next signal in the slot sees only raises of that signal, except one that was between
 *           its check and its addition all the time (assert in newcomer). */

#ifndef WAITERS
#define WAITERS 2
#endif
#ifndef SIGNALLERS
#define SIGNALLERS 1
#endif
#ifndef REUSE
#define REUSE 0
#endif

#define LIVE 1
#define LAST 2
#define FREE 4
#define NEXT 5 /* LIVE again */

byte incarnation = LIVE;
byte value = 1, cleared = 1; /* signalled and cleared once */
bool awaited = false;        /* one word together with the value */
bool asleep[3] = false;      /* the last one is the newcomer's */

bool signalled = false; /* ghost: there was an addition to the first signal */
bool raised = false;    /* ghost: there was an addition to the next signal, by its own handle */
bool stray = false;     /* ghost: there was an addition to the next signal that was meant for the first */

inline wake() {
    awaited = false; /* and_sc_u64 */
    atomic { asleep[0] = false; asleep[1] = false; asleep[2] = false }
}

/* lina_signal_raise, by a handle of the first signal */
proctype signaller() {
    bool had_bit, late;

    atomic {
        late = incarnation != LIVE;
#ifndef MUTANT_RAISE_UNCOMPARED
        if
        :: incarnation != LIVE -> goto end
        :: else -> skip
        fi
#endif
    };
    atomic { /* fetch_add */
        assert(!late);
        had_bit = awaited;
        value++;
        if
        :: incarnation <= LAST -> signalled = true
        :: else -> stray = true
        fi
    };
    if
    :: had_bit -> wake()
    :: else -> skip
    fi;
end:
    skip
}

/* look_at(): true if the words that it saw end the wait. The incarnation is loaded last. */
#define OVER ((seen != start || seen != seen_cleared) && fate <= LAST)

inline load_words() {
#ifdef MUTANT_INCARNATION_FIRST
    fate = incarnation;
    seen = value;
    seen_cleared = cleared
#else
    seen = value;
    seen_cleared = cleared;
    fate = incarnation
#endif
}

proctype waiter(byte id) {
    byte start, seen, seen_cleared, fate, word;

    start = value; /* the first look; a signal that was removed before is another case */
    seen_cleared = cleared;
    atomic {
        if
        :: incarnation != LIVE -> goto gone
        :: incarnation == LIVE && start != seen_cleared -> goto reached
        :: else -> skip
        fi
    };

look:
    load_words();
    if
    :: OVER -> goto reached
    :: fate != LIVE && !OVER -> goto gone
    :: else -> skip
    fi;

    /* lina_signal_await */
    atomic { awaited = true; word = value };
    fate = incarnation;
#ifndef MUTANT_VAIN_BIT_LEFT
    if
    :: fate != LIVE -> wake()
    :: else -> skip
    fi;
#endif
    load_words(); /* must_sleep() */
    if
    :: OVER || fate != LIVE -> goto look
    :: else -> skip
    fi;
    atomic { /* platform_futex_wait */
        if
        :: value == word && awaited -> asleep[id] = true
        :: else -> goto look
        fi
    };
    if
    :: atomic { !asleep[id] -> goto look }
#if REUSE
    :: atomic { timeout -> asleep[id] = false; goto look } /* NAP */
#endif
    fi;

reached:
    assert(signalled);
    goto end;
gone:
    assert(incarnation != LIVE);
end:
    skip
}

/* lina_arena_signal_remove, and with REUSE then lina_arena_signal of another name */
proctype remover() {
#ifdef MUTANT_WAKE_BEFORE_REMOVAL
    wake();
    incarnation = LAST;
#else
    incarnation = LAST;
#ifdef MUTANT_BIT_STAYS
    atomic { asleep[0] = false; asleep[1] = false; asleep[2] = false };
#else
    wake();
#endif
#endif
#if REUSE
#ifndef MUTANT_NEVER_FREE
    incarnation = FREE;
#endif
    atomic { value = 0; awaited = false };
    cleared = 0;
    incarnation = NEXT;

    bool had_bit;
    atomic { had_bit = awaited; value++; raised = true };
    if
    :: had_bit -> wake()
    :: else -> skip
    fi
#endif
}

/* Waits for the next signal in the slot. */
proctype newcomer() {
    byte word;

    incarnation == NEXT;
    do
    :: value != cleared -> break
    :: else ->
        atomic { awaited = true; word = value };
        if
        :: word != cleared -> break
        :: else -> skip
        fi;
        atomic {
            if
            :: value == word && awaited -> asleep[2] = true
            :: else -> skip
            fi
        };
        !asleep[2]
    od;
    assert(raised || stray)
}

init {
    atomic {
        byte i = 0;
        do
        :: i < WAITERS -> run waiter(i); i++
        :: else -> break
        od;
        i = 0;
        do
        :: i < SIGNALLERS -> run signaller(); i++
        :: else -> break
        od;
        run remover();
#if REUSE
        run newcomer()
#endif
    }
}
