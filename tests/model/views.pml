/* views.pml - models views, publishing, and when memory is used again.
 *
 * Models core/slots.c, views.c, arrays.c, publish.c, and how a release leaves the freeing to a writer (pins.c,
 * writer.c). There is one name. A writer (member 0) loans, and publishes or discards. Readers acquire and release;
 * they are threads of member 1 and share its pins. An opener takes a raw pointer. lock.pml models the writer lock.
 * Here the lock is one word, and a death inside leaves it free but dirty.
 *
 * Checked:  the bytes that a view holds, or that a raw pointer leads to, are never overwritten (asserts on payload);
 *           at rest, no slot is pending without a hold (assert in monitor): no generation leaks, although releases
 *           never wait for the lock;
 *           a dead reader's pins are given back, even if it died between two stores (DEATHS).
 *
 * SPARES: generations are small, so the one that a publish succeeds becomes the spare of the new one. A release leaves
 * a spare alone, and the next loan takes it. There is one at most, and it may stay at rest. */

#ifndef SLOTS
#define SLOTS 3
#endif
#ifndef PUBLISHES
#define PUBLISHES 2
#endif
#ifndef READERS
#define READERS 1
#endif
#ifndef ROUNDS
#define ROUNDS 2 /* number of views that a reader takes, one after the other */
#endif
#ifndef OPENERS
#define OPENERS 0
#endif
#ifndef DEATHS
#define DEATHS 0 /* deaths of the reader, which then joins again under the same number; for one reader */
#endif
#ifndef SPARES
#define SPARES 0 /* 1: generations are small */
#endif
#define NONE 255
#define PROCS (1 + READERS + OPENERS)

#define FREE 0
#define LOANED 1
#define LIVE 2
#define RETIRED 3

/* slots[s].state: one word */
byte state[SLOTS] = FREE;
byte serial[SLOTS] = 0;
bool exposed[SLOTS] = false;
bool spare[SLOTS] = false;

byte readers[SLOTS] = 0; /* slots[s].readers: bit m for member m */
byte pin_0[SLOTS] = 0;   /* the writer's member */
byte pin_1[SLOTS] = 0;   /* the readers' */
byte spare_of_live = NONE; /* ledger[entry].spare */
byte entry = 0;          /* the name index: where the name leads */

byte lock = 0;           /* 0, or the process that owns it */
bool dirty = false;      /* the lock's owner died inside */
bool cleanup = false;    /* header.cleanup */
byte next_serial = 2;

byte payload[SLOTS] = 0; /* ghost: the incarnation whose bytes lie in the slot's memory */
byte finished = 0;
byte deaths = 0;

#define PENDING(s) ((state[s] == RETIRED && !spare[s]) || state[s] == LOANED)

#define MAY_DIE                                                                                    \
    if                                                                                             \
    :: me > 1 && deaths < DEATHS -> deaths++; goto dead                                                      \
    :: skip                                                                                        \
    fi

/* try_free(): looks at the state, then at the bits of `readers`, then at the pins of members with a bit */
inline try_free(s) {
    atomic { loose = PENDING(s) && !exposed[s]; mask = 0 };
    if
    :: loose -> mask = readers[s]
    :: else -> skip
    fi;
    if
    :: loose && (mask & 1) -> loose = (pin_0[s] == 0)
    :: else -> skip
    fi;
    if
    :: loose && (mask & 2) -> loose = (pin_1[s] == 0)
    :: else -> skip
    fi;
    atomic {
        if
        :: loose -> state[s] = FREE; payload[s] = 0
        :: else -> skip
        fi;
        loose = false;
        mask = 0
    }
}

inline sweep() {
    i = 0;
    do
    :: i < SLOTS -> try_free(i); i++
    :: i == SLOTS -> break
    od;
    i = 0
}

/* lina_writer_begin; recover() if the last owner died inside */
inline begin() {
    atomic { lock == 0 -> lock = me };
    if
    :: dirty -> dirty = false; sweep()
    :: else -> skip
    fi
}

/* lina_writer_end */
inline end_section() {
#ifdef MUTANT_CLEANUP_TESTED_INSIDE
    do
    :: atomic { cleanup -> cleanup = false }; sweep()
    :: else -> break
    od;
    lock = 0
#else
    lock = 0;
    do
    :: cleanup ->
        if
        :: atomic { lock == 0 && !dirty -> lock = me };
            if
            :: atomic { cleanup -> cleanup = false }; sweep()
            :: else -> skip
            fi;
            lock = 0
        :: lock != 0 || dirty -> break
        fi
    :: !cleanup -> break
    od
#endif
}

/* lina_pins_let_go: the second half of lina_pins_unpin, after the last pin has ended. Never waits. */
inline reclaim(s) {
    if
    :: atomic { lock == 0 && !dirty -> lock = me; MAY_DIE };
        try_free(s);
        atomic { skip; MAY_DIE };
        end_section()
    :: lock != 0 || dirty ->
#ifndef MUTANT_NO_CLEANUP_FLAG
        atomic { cleanup = true; MAY_DIE };
#endif
#ifndef MUTANT_NO_SECOND_TRY
        if
        :: atomic { lock == 0 && !dirty -> lock = me }; end_section()
        :: lock != 0 || dirty -> skip
        fi
#else
        skip
#endif
    fi
}

/* lina_slot_is_held */
inline look_at_pins(s) {
    mask = readers[s];
    loose = !exposed[s];
    if
    :: loose && (mask & 1) -> loose = (pin_0[s] == 0)
    :: else -> skip
    fi;
    if
    :: loose && (mask & 2) -> loose = (pin_1[s] == 0)
    :: else -> skip
    fi;
    mask = 0
}

/* lina_spare_end, and what follows: takes the mark away, then counts */
inline end_spare() {
    if
    :: spare_of_live != NONE ->
#ifdef MUTANT_SPARE_COUNTED_BEFORE_ITS_END
        look_at_pins(spare_of_live);
        atomic {
            spare[spare_of_live] = false;
            if
            :: loose -> state[spare_of_live] = FREE; payload[spare_of_live] = 0
            :: else -> skip
            fi;
            loose = false
        };
#else
        spare[spare_of_live] = false;
        try_free(spare_of_live);
#endif
        spare_of_live = NONE
    :: else -> skip
    fi
}

/* lina_slots_replace: the slot becomes a spare, whose pins no writer counts yet */
inline replace(s) {
    end_spare();
    atomic { /* a compare-and-swap */
        state[s] = RETIRED;
        if
        :: !exposed[s] -> spare[s] = true; spare_of_live = s
        :: else -> skip
        fi
    }
}

/* lina_slots_retire: marks the slot, then counts its pins */
inline retire(s) {
#ifdef MUTANT_COUNT_BEFORE_RETIRE
    loose = true;
    mask = readers[s];
    if
    :: mask & 1 -> loose = (pin_0[s] == 0)
    :: else -> skip
    fi;
    if
    :: loose && (mask & 2) -> loose = (pin_1[s] == 0)
    :: else -> skip
    fi;
    state[s] = RETIRED;
    atomic {
        if
        :: loose && !exposed[s] -> state[s] = FREE; payload[s] = 0
        :: else -> skip
        fi;
        loose = false
    }
#elif defined(MUTANT_BLIND_RETIRE)
    loose = exposed[s];
    atomic { state[s] = RETIRED; exposed[s] = loose };
    try_free(s)
#else
    state[s] = RETIRED; /* a compare-and-swap, which keeps `exposed` */
    try_free(s)
#endif
}

/* Repeats lina_loan, then lina_publish or lina_discard */
proctype writer() {
    byte me = 1, left = PUBLISHES, mine, old, i, mask;
    bool loose;

    do
    :: left > 0 ->
        left--;
        begin();
        if
        :: state[0] != FREE && state[1] != FREE && (SLOTS < 3 || state[SLOTS - 1] != FREE) -> sweep()
        :: else -> skip
        fi;
        /* lina_slots_lend_spare */
        if
        :: spare_of_live != NONE ->
            look_at_pins(spare_of_live);
#ifdef MUTANT_HELD_SPARE_TAKEN
            loose = true;
#endif
            if
            :: loose -> atomic { mine = spare_of_live; spare[mine] = false; spare_of_live = NONE; loose = false };
                goto taken
            :: else -> skip
            fi
        :: else -> skip
        fi;
        /* lina_slots_claim, and the pin that is the loan */
        atomic {
            if
            :: state[0] == FREE -> mine = 0
            :: state[1] == FREE -> mine = 1
            :: SLOTS > 2 && state[SLOTS - 1] == FREE -> mine = SLOTS - 1
            :: else -> goto no_room
            fi
        };
taken:
        atomic {
            state[mine] = LOANED;
            serial[mine] = next_serial;
            exposed[mine] = false;
            payload[mine] = next_serial;
            next_serial++
        };
        readers[mine] = readers[mine] | 1;
        pin_0[mine]++;
        end_section();
        if
        :: begin(); /* publish */
            old = entry;
            state[mine] = LIVE;
            entry = mine;
#if SPARES
            replace(old);
#else
            retire(old);
#endif
            end_section()
        :: skip /* discard */
        fi;
        atomic { pin_0[mine]--; old = 0 };
        if
        :: PENDING(mine) -> reclaim(mine)
        :: else -> skip
        fi;
        mine = 0
    :: left == 0 -> goto done
    od;
no_room:
    end_section();
done:
dead:
    finished++
}

/* lina_acquire, lina_release */
proctype reader(byte me) {
    byte left = ROUNDS, at, mine, i, mask;
    bool loose, again;

    do
    :: left > 0 ->
        /* lina_names_find */
        at = entry;
        atomic {
            if
            :: state[at] == LIVE -> mine = serial[at]
            :: else -> at = 0; goto next
            fi;
            MAY_DIE
        };
        /* lina_slots_pin */
#ifdef MUTANT_LOOK_BEFORE_PIN
        again = (state[at] != LIVE || serial[at] != mine);
#endif
#ifdef MUTANT_PIN_BEFORE_BIT
        atomic { pin_1[at]++; MAY_DIE };
        atomic { readers[at] = readers[at] | 2; MAY_DIE };
#elif defined(MUTANT_BIT_AFTER_LOOK)
        pin_1[at]++;
        again = (state[at] != LIVE || serial[at] != mine);
        readers[at] = readers[at] | 2;
#else
        atomic { readers[at] = readers[at] | 2; MAY_DIE };
        atomic { pin_1[at]++; MAY_DIE };
#endif
        /* lina_view_hold: the second look */
#if !defined(MUTANT_NO_SECOND_LOOK) && !defined(MUTANT_LOOK_BEFORE_PIN) && !defined(MUTANT_BIT_AFTER_LOOK)
        atomic { again = (state[at] != LIVE || serial[at] != mine); MAY_DIE };
#endif
        if
        :: !again ->
            assert(payload[at] == mine);
            left--; /* the view is used here */
            assert(payload[at] == mine)
        :: else -> skip
        fi;

        /* lina_pins_unpin: ends a view, or a pin that was taken in vain */
#ifdef MUTANT_LOOK_BEFORE_UNPIN
        mask = PENDING(at);
        atomic { pin_1[at]--; loose = mask && pin_1[at] == 0; mask = 0 };
#else
        atomic { pin_1[at]--; loose = (pin_1[at] == 0); MAY_DIE };
        atomic { loose = loose && PENDING(at); MAY_DIE };
#endif
#ifdef MUTANT_RELEASE_LEAVES_IT
        loose = loose && again;
#endif
#ifdef MUTANT_FAILED_ACQUIRE_LEAVES_IT
        loose = loose && !again;
#endif
        if
        :: loose -> loose = false; reclaim(at)
        :: else -> skip
        fi;
        again = false;
        at = 0;
        mine = 0;
next:
        skip
    :: left == 0 -> goto done
    od;

dead:
    /* A new process joins under the same number: lina_member_join, give_back_leftovers() of join.c */
    atomic {
        if
        :: lock == me -> lock = 0; dirty = true
        :: else -> skip
        fi;
        again = false;
        loose = false;
        mask = 0;
        at = 0;
        mine = 0
    };
    begin();
    i = 0;
    do
    :: i < SLOTS -> /* lina_member_clear_pins */
        if
        :: readers[i] & 2 ->
            pin_1[i] = 0;
            readers[i] = readers[i] & 1
        :: else -> skip
        fi;
        i++
    :: i == SLOTS -> break
    od;
    sweep();
    end_section();
    atomic {
        if
        :: left > 0 -> goto next
        :: else -> skip
        fi
    };
done:
    finished++
}

/* lina_open: marks the incarnation as exposed */
proctype opener() {
    byte at, mine;

    do
    :: at = entry;
        atomic {
            if
            :: state[at] == LIVE -> mine = serial[at]
            :: else -> goto next
            fi
        };
        atomic { /* lina_names_expose: a compare-and-swap */
            if
            :: state[at] == LIVE && serial[at] == mine -> exposed[at] = true; break
            :: else -> skip
            fi
        };
next:
        skip
    od;
    finished++;
    finished == PROCS;
    assert(payload[at] == mine)
}

proctype monitor() {
    byte i;

    finished == PROCS;
    assert(lock == 0);
    do
    :: i < SLOTS ->
        assert(pin_0[i] == 0 && pin_1[i] == 0);
        assert(!PENDING(i) || exposed[i]);
        assert(!spare[i] || spare_of_live == i);
        i++
    :: i == SLOTS -> break
    od
}

init {
    atomic {
        byte i = 0;
        state[0] = LIVE;
        serial[0] = 1;
        payload[0] = 1;
        run writer();
        do
        :: i < READERS -> run reader(i + 2); i++
        :: i == READERS -> break
        od;
#if OPENERS > 0
        run opener();
#endif
        run monitor()
    }
}
