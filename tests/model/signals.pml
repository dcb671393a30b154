/* signals.pml - models timeline signals and waits for them.
 *
 * Models core/signals.c, wake.c and wait_policy.c. The word has the value and the waiters bit. A futex compares the word
 * and sleeps in one step. A wake wakes all waiters. FOR_SET waiters wait until the signal is set, the others for the
 * value TARGET. Without DEATHS no waiter naps, so after a lost wake-up a waiter sleeps for ever: an invalid end state.
 *
 * Checked:  if its signal was set, or reached its target, during a wait, the wait ends (end states), even if the
 *           signal is cleared before the waiter looks;
 *           a wait ends for no other reason (assert at `reached`);
 *           an older clear never undoes a newer one (assert in clearer);
 *           if a signaller or a waiter dies at any step, others wait for no more than one nap longer (DEATHS);
 *           closing ends all waits that had begun, and then no waiter touches the arena (CLOSE). */

#ifndef SIGNALLERS
#define SIGNALLERS 2
#endif
#ifndef SIGNALS
#define SIGNALS 2 /* that each signaller sends */
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
#define FOR_SET 1 /* how many of the waiters call lina_wait; the others call lina_wait_value */
#endif

byte value = 0;
bool awaited = false; /* SIGNAL_WAITERS: one word together with the value */
byte cleared = 0;
bool asleep[WAITERS] = false;
bool due[WAITERS] = false; /* ghost: the wait could have ended at some instant since it began */

bool closed = false; /* arena->closed */
byte waits = 0;      /* arena->waits */
byte begun = 0;      /* ghost: how many waits have ever begun */
bool gone = false;   /* ghost: the closer has freed the arena */

byte deaths = 0;

#define MAY_DIE                                                                                    \
    if                                                                                             \
    :: deaths < DEATHS -> deaths++; goto dead                                                      \
    :: skip                                                                                        \
    fi

/* True if wait `id` may end when it sees the value `v`. */
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

/* lina_signal_raise, lina_wake */
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

/* lina_wait_run(), sleep_until_over(), nap_on_word(). Spins and yields only repeat the look. */
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

    /* lina_signal_await: or_sc_u64 sets the bit and is the second look at the value */
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
    :: atomic { timeout && !due[id] && !closed -> asleep[id] = false; goto out } /* it would sleep for ever */
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

/* clear() of signals.c */
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

/* lina_signals_close, in a thread of the waiters' process. A wait that begins after the close is the caller's
 * mistake. */
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
