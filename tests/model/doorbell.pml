/* doorbell.pml - waiting for many signals at once.
 *
 * Models wake(), ring() and lina_signal_listen of core/signals.c, and what pending.c and notify.c make
 * of them: a helper (one in each of LISTENERS processes) sleeps on the arena's doorbell until each of
 * two signals of one group has reached its target. Ordinary waiters use the same waiters bit.
 *
 * Checked:  no notification is lost: a helper that sleeps for ever is an invalid end state;
 *           a signaller's or another helper's death at any step delays by a nap, no more (DEATHS). */

#ifndef LISTENERS
#define LISTENERS 1
#endif
#ifndef WAITERS
#define WAITERS 0 /* that wait for signal 0 alone */
#endif
#ifndef SIGNALLERS
#define SIGNALLERS 2
#endif
#ifndef SIGNALS
#define SIGNALS 1 /* by each signaller, of each signal */
#endif
#ifndef DEATHS
#define DEATHS 0
#endif
#define TARGET (SIGNALLERS * SIGNALS)
#define MAX_LISTENERS 2

/* signals[i].word, .listened; the group's .rings; header.doorbell */
byte value[2] = 0;
bool awaited[2] = false;
bool listened[2] = false;
byte rings = 0;
byte doorbell = 0;

bool listener_asleep[MAX_LISTENERS] = false; /* on the doorbell */
bool waiter_asleep = false;                  /* on signal 0's word */
byte deaths = 0;
bool died = false;

#define MAY_DIE                                                                                    \
    if                                                                                             \
    :: deaths < DEATHS -> deaths++; died = true; goto dead                                         \
    :: skip                                                                                        \
    fi

proctype signaller() {
    byte left = SIGNALS, s;
    bool had_bit;

    do
    :: left > 0 ->
        s = 0;
        do
        :: s < 2 ->
            atomic { had_bit = awaited[s]; value[s]++; MAY_DIE }; /* raise_slot() */
            if
            :: had_bit -> /* wake() */
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
                    atomic { listener_asleep[0] = false; listener_asleep[1] = false }
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

/* look_at(): the value; and if that is not enough, lina_signal_listen */
inline look_at(s) {
    seen = value[s];
    if
    :: seen < TARGET ->
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
        fi
    :: else -> skip
    fi;
    atomic {
        if
        :: seen >= TARGET -> reached[s] = true
        :: else -> skip
        fi;
        seen = 0; heard = false; bit_set = false
    }
}

#define DUE(s) (value[s] >= TARGET && !reached[s])

/* turn() of notify.c: lina_pending_look, then sleep_on_doorbells */
proctype listener(byte id) {
    byte bell, group_rings = 255, r, seen;
    bool heard, bit_set, reached[2], all = true;

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
        :: atomic { timeout && !DUE(0) && !DUE(1) -> goto dead } /* a dead one's share never comes */
        fi;
again:
        skip
    od;
dead:
    atomic { listener_asleep[id] = false }
}

/* An ordinary waiter for signal 0: signals.pml, in short */
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
#if WAITERS > 0
        run waiter()
#endif
    }
}
