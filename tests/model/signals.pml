/* signals.pml - timeline signals and waiting for them.
 *
 * Models core/signals.c. The word is value and waiters bit; a futex compares it and sleeps in one
 * step; wake means wake all. One waiter waits for "set", one for the value TARGET. Without DEATHS
 * nobody naps, so a wake-up that is lost is a waiter that sleeps for ever: an invalid end state.
 *
 * Checked:  a wait during which its signal was set, or reached its target, ends (end states), also
 *           when the signal is cleared before the waiter has looked;
 *           a wait ends for no other reason (assert at `reached`);
 *           an older clear never undoes a newer one (assert in clearer);
 *           death of signallers and waiters at any step delays others by a nap, no more (DEATHS);
 *           close ends all waits that had begun, and then nobody touches the arena (CLOSE). */

#ifndef SIGNALLERS
#define SIGNALLERS 2
#endif
#ifndef SIGNALS
#define SIGNALS 2 /* each of them */
#endif
#ifndef TARGET
#define TARGET (SIGNALLERS * SIGNALS)
#endif
#ifndef CLEARERS
#define CLEARERS 2
#endif
#ifndef DEATHS
#define DEATHS 0
#endif
#ifndef WAITERS
#define WAITERS 2
#endif
#ifndef FOR_SET
#define FOR_SET 1 /* so many of them are lina_wait, the others lina_wait_value */
#endif

byte value = 0;
bool awaited = false; /* with the value one word, SIGNAL_WAITERS */
byte cleared = 0;
bool asleep[WAITERS] = false;
bool due[WAITERS] = false; /* ghost: during this wait there was an instant to end it */

bool closed = false; /* arena->closed */
byte waits = 0;      /* arena->waits */
byte begun = 0;      /* ghost: waits that ever counted themselves there */
bool gone = false;   /* ghost: the closer has freed the arena */

byte deaths = 0;

#define MAY_DIE                                                                                    \
    if                                                                                             \
    :: deaths < DEATHS -> deaths++; goto dead                                                      \
    :: skip                                                                                        \
    fi

/* What ends wait number `id`, seen with the word at `v`. */
#ifdef MUTANT_FORGETS_START
#define SIGNALLED(v) false
#else
#define SIGNALLED(v) ((v) != start)
#endif
#define REACHED(id, v) (id < FOR_SET && ((v) != cleared || SIGNALLED(v)) || id >= FOR_SET && (v) >= TARGET)

#define NOTE_DUE(id) due[id] = due[id] || id < FOR_SET && value != cleared || id >= FOR_SET && value >= TARGET

inline wake_all() {
    asleep[0] = false;
#if WAITERS > 1
    asleep[1] = false
#endif
}

inline note_due() {
    NOTE_DUE(0);
#if WAITERS > 1
    NOTE_DUE(1)
#endif
}

/* raise_slot() and wake() */
proctype signaller() {
    byte left = SIGNALS;
    bool had_bit;

    do
    :: left > 0 ->
        left--;
#ifdef MUTANT_BIT_BEFORE_ADD
        atomic { had_bit = awaited; MAY_DIE };
        atomic { value++; note_due(); MAY_DIE };
#else
        atomic { had_bit = awaited; value++; note_due(); MAY_DIE }; /* add_sc_u64 */
#endif
        if
        :: had_bit ->
#ifdef MUTANT_WAKE_BEFORE_BIT
            atomic { wake_all(); MAY_DIE };
            atomic { awaited = false; MAY_DIE }
#else
            atomic { awaited = false; MAY_DIE }; /* and_sc_u64 */
            atomic { wake_all(); MAY_DIE }
#endif
        :: else -> skip
        fi
    :: else -> break
    od;
dead:
    skip
}

/* wait_for(), sleep_until(), doze(). Spins and yields are more of the same look. */
proctype waiter(byte id) {
    byte start, seen;

    /* The first look: two words, so two loads. The wait begins between them. */
    atomic { start = value; seen = value; due[id] = false };
    atomic {
        NOTE_DUE(id);
        waits++;
        begun++;
        if
        :: REACHED(id, seen) -> goto reached
        :: else -> skip
        fi
    };

look:
    assert(!gone);
    atomic { seen = value; MAY_DIE };
    if
    :: atomic { REACHED(id, seen) -> goto reached }
    :: else -> skip
    fi;
    if
    :: closed -> goto out
    :: else -> skip
    fi;

    /* doze(): or_sc_u64 sets the bit and is the second look at the value */
#ifdef MUTANT_BIT_AFTER_LOOK
    atomic { seen = value; MAY_DIE };
    if
    :: atomic { REACHED(id, seen) -> goto reached }
    :: else -> skip
    fi;
    atomic { awaited = true; seen = value; MAY_DIE };
#else
    atomic { awaited = true; seen = value; MAY_DIE };
#ifndef MUTANT_NO_SECOND_LOOK
    if
    :: atomic { REACHED(id, seen) -> goto reached }
    :: else -> skip
    fi;
#endif
#endif
    if
    :: closed -> goto look
    :: else -> skip
    fi;
    atomic { /* platform_futex_wait */
        if
        :: value == seen && awaited -> asleep[id] = true
        :: else -> goto look
        fi;
        MAY_DIE
    };
    if
    :: atomic { !asleep[id] -> goto look }
#if DEATHS > 0 && !defined(MUTANT_NO_NAPS)
    :: atomic { timeout && due[id] -> asleep[id] = false; goto look } /* NAP */
#endif
    :: atomic { timeout && !due[id] && !closed -> asleep[id] = false; goto out } /* nothing came: for ever */
    fi;

reached:
    assert(due[id]);
out:
    assert(!gone);
    atomic { waits--; goto end };
dead:
    atomic { asleep[id] = false; due[id] = false; waits-- };
end:
    skip
}

/* clear_slot() */
proctype clearer() {
    byte v, c;

    v = value;
    c = cleared;
    do
    :: atomic {
        c < v ->
        if
#ifdef MUTANT_BLIND_CLEAR
        :: true ->
#else
        :: cleared == c ->
#endif
            assert(cleared <= v);
            cleared = v;
            break
        :: else -> c = cleared
        fi
    }
    :: else -> break
    od;
    assert(cleared >= v)
}

/* lina_signals_close(), by a thread of the waiters' process. A wait that has not begun when close
 * does is the caller's mistake. */
proctype closer() {
    begun == WAITERS;
    closed = true;
    do
    :: waits == 0 -> break
    :: else ->
        atomic { wake_all() };
#ifdef MUTANT_CLOSE_WAKES_ONCE
        waits == 0
#endif
    od;
    gone = true
}

init {
    atomic {
        byte i = 0;
        do
        :: i < SIGNALLERS -> run signaller(); i++
        :: else -> break
        od;
        i = 0;
        do
        :: i < CLEARERS -> run clearer(); i++
        :: else -> break
        od;
        i = 0;
        do
        :: i < WAITERS -> run waiter(i); i++
        :: else -> break
        od;
#ifdef CLOSE
        run closer()
#endif
    }
}
