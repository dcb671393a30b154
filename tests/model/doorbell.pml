/* doorbell.pml - models waits for many signals at once.
 *
 * Models lina_wake and ring() of core/wake.c, lina_signal_listen of signals.c, and their use in pending.c and
 * notify.c. A helper (one in each of LISTENERS processes) sleeps on the arena's doorbell until each of two signals
 * of one group has reached its target. Ordinary waiters use the same waiters bit. ANY waits for any of the two
 * signals (wait_policy.c) sleep on the same doorbell. With REMOVES, the second signal is removed. With signallers, it is
 * also raised, before or after.
 *
 * Checked:  no notification is lost: a helper that sleeps for ever is an invalid end state, and so is a wait for any;
 *           if a signaller or another helper dies at any step, others wait for no more than one nap longer (DEATHS). */

#ifndef LISTENERS
#define LISTENERS 1
#endif
#ifndef WAITERS
#define WAITERS 0 /* waiters for signal 0 alone */
#endif
#ifndef SIGNALLERS
#define SIGNALLERS 2
#endif
#ifndef SIGNALS
#define SIGNALS 1 /* how often each signaller raises each signal */
#endif
#ifndef DEATHS
#define DEATHS 0
#endif
#ifndef ANY
#define ANY 0
#endif
#ifndef FIRST
#define FIRST 0 /* the signals from FIRST to LAST are raised */
#endif
#define TARGET (SIGNALLERS * SIGNALS)
#define MAX_LISTENERS 2
#define MAX_SLEEPERS 4 /* helpers, then waits for any */

/* signals[i].word, .listened; the group's .rings; header.doorbell */
byte value[2] = 0;
bool awaited[2] = false;
bool listened[2] = false;
byte rings = 0;
byte doorbell = 0;

bool removed[2] = false; /* the incarnation has changed */

bool listener_asleep[MAX_SLEEPERS] = false; /* on the doorbell */
bool waiter_asleep = false;                  /* on signal 0's word */
byte deaths = 0;
bool died = false;

#define MAY_DIE                                                                                    \
    if                                                                                             \
    :: deaths < DEATHS -> deaths++; died = true; goto dead                                         \
    :: skip                                                                                        \
    fi

inline wake_listeners() {
    atomic {
        listener_asleep[0] = false; listener_asleep[1] = false;
        listener_asleep[2] = false; listener_asleep[3] = false
    }
}

proctype signaller() {
    byte left = SIGNALS, s;
    bool had_bit;

    do
    :: left > 0 ->
        s = FIRST;
        do
        :: s < 2 ->
            atomic { had_bit = awaited[s]; value[s]++; MAY_DIE }; /* lina_signal_raise */
            if
            :: had_bit -> /* lina_wake */
                atomic { awaited[s] = false; MAY_DIE };
                if
                :: s == 0 -> waiter_asleep = false
                :: else -> skip
                fi;
                atomic { had_bit = listened[s]; listened[s] = false; MAY_DIE };
                if
                :: had_bit -> /* ring() */
#ifdef MUTANT_BELL_BEFORE_COUNT
                    atomic { doorbell++; MAY_DIE };
                    atomic { rings++; MAY_DIE };
#else
                    atomic { rings++; MAY_DIE };
                    atomic { doorbell++; MAY_DIE };
#endif
                    wake_listeners()
                :: else -> skip
                fi
            :: else -> skip
            fi;
            s++
        :: s == 2 -> break
        od;
        left--
    :: left == 0 -> break
    od;
dead:
    skip
}

/* lina_arena_signal_remove of the second signal */
proctype remover() {
    bool had;

#ifdef MUTANT_REMOVED_LATE
    awaited[1] = false;
#else
    removed[1] = true;
    awaited[1] = false;
#endif
    atomic { had = listened[1]; listened[1] = false };
#ifdef MUTANT_REMOVAL_WITHOUT_RING
    had = false;
#endif
    if
    :: had ->
        rings++;
        doorbell++;
        wake_listeners()
    :: else -> skip
    fi;
#ifdef MUTANT_REMOVED_LATE
    removed[1] = true
#endif
}

/* look_at() of pending.c: loads the value, then the incarnation. If the note is not due, lina_signal_listen. */
inline look_at(s) {
    seen = value[s];
    gone = removed[s];
    if
    :: seen < TARGET && !gone ->
        heard = listened[s];
        atomic { seen = value[s]; bit_set = awaited[s] };
        if
        :: !heard || !bit_set ->
#ifdef MUTANT_BIT_BEFORE_LISTENED
            atomic { seen = value[s]; awaited[s] = true; MAY_DIE };
            atomic { listened[s] = true; MAY_DIE }
#else
            atomic { listened[s] = true; MAY_DIE };
            atomic { seen = value[s]; awaited[s] = true; MAY_DIE }
#endif
        :: else -> skip
        fi;
        seen = value[s];
        gone = removed[s]
    :: else -> skip
    fi;
    atomic {
        if
        :: seen >= TARGET || gone -> reached[s] = true
        :: else -> skip
        fi;
        seen = 0; heard = false; bit_set = false; gone = false
    }
}

#define DUE(s) ((value[s] >= TARGET || removed[s]) && !reached[s])

/* turn() of notify.c: lina_pending_look, then sleep_on_doorbells */
proctype listener(byte id) {
    byte bell, group_rings = 255, r, seen;
    bool heard, bit_set, gone, reached[2], all = true;

    do
    :: reached[0] && reached[1] -> break
    :: else ->
#ifdef MUTANT_BELL_NOTED_LATE
        r = rings;
#else
        atomic { bell = doorbell; MAY_DIE };
        r = rings;
#endif
        if
        :: all || r != group_rings ->
            group_rings = r;
            if
            :: !reached[0] -> look_at(0)
            :: else -> skip
            fi;
            if
            :: !reached[1] -> look_at(1)
            :: else -> skip
            fi
        :: else -> skip
        fi;
        all = false;
        r = 0;
#ifdef MUTANT_BELL_NOTED_LATE
        bell = doorbell;
#endif
        if
        :: reached[0] && reached[1] -> break
        :: else -> skip
        fi;
        atomic { /* platform_futex_wait */
            if
            :: doorbell == bell -> listener_asleep[id] = true
            :: else -> goto again
            fi;
            MAY_DIE
        };
        if
        :: atomic { !listener_asleep[id] -> skip }
#if DEATHS > 0 && !defined(MUTANT_NO_NAPS)
        :: atomic { timeout && (DUE(0) || DUE(1)) -> listener_asleep[id] = false; all = true }
#endif
        :: atomic { timeout && !DUE(0) && !DUE(1) -> goto dead } /* a dead signaller's raise never comes */
        fi;
again:
        skip
    od;
dead:
    atomic { listener_asleep[id] = false }
}

/* lina_wait_any: sleep_until_over(), nap_on_doorbell() */
proctype any(byte id) {
    byte bell, s;
    bool heard;

look:
    s = 0;
    do
    :: s < 2 ->
        if
        :: value[s] > 0 || removed[s] -> goto over
        :: else -> skip
        fi;
        s++
    :: s == 2 -> break
    od;
#ifndef MUTANT_ANY_BELL_NOTED_LATE
    bell = doorbell;
#endif
    s = 0;
    do
    :: s < 2 -> /* lina_signal_listen */
        heard = listened[s];
        if
        :: heard && awaited[s] -> skip
        :: else -> listened[s] = true; awaited[s] = true
        fi;
#ifdef MUTANT_ANY_LISTENS_TO_ONE
        break;
#endif
        s++
    :: s == 2 -> break
    od;
#ifndef MUTANT_ANY_NO_SECOND_LOOK
    s = 0;
    do
    :: s < 2 ->
        if
        :: value[s] > 0 || removed[s] -> goto over
        :: else -> skip
        fi;
        s++
    :: s == 2 -> break
    od;
#endif
#ifdef MUTANT_ANY_BELL_NOTED_LATE
    bell = doorbell;
#endif
    atomic { /* platform_futex_wait */
        if
        :: doorbell == bell -> listener_asleep[id] = true
        :: else -> goto look
        fi
    };
    if
    :: atomic { !listener_asleep[id] -> goto look }
#if DEATHS > 0
    :: atomic { timeout && (value[0] > 0 || value[1] > 0) -> listener_asleep[id] = false; goto look }
    :: atomic { timeout && value[0] == 0 && value[1] == 0 -> listener_asleep[id] = false } /* it would sleep for ever */
#endif
    fi;
over:
    skip
}

/* An ordinary waiter for signal 0: a short form of signals.pml's */
proctype waiter() {
    byte seen;

    do
    :: atomic { awaited[0] = true; seen = value[0] };
        if
        :: seen >= TARGET -> break
        :: else -> skip
        fi;
        atomic {
            if
            :: value[0] == seen && awaited[0] -> waiter_asleep = true
            :: else -> skip
            fi
        };
        !waiter_asleep || (timeout && died) -> waiter_asleep = false;
        if
        :: died && value[0] < TARGET -> break
        :: else -> skip
        fi
    od
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
        :: i < LISTENERS -> run listener(i); i++
        :: else -> break
        od;
        i = 0;
        do
        :: i < ANY -> run any(MAX_LISTENERS + i); i++
        :: else -> break
        od;
#ifdef REMOVES
        run remover();
#endif
#if WAITERS > 0
        run waiter()
#endif
    }
}
