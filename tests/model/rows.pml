/* rows.pml - models tables that grow in steps, rows of pins that members take, and members that share a bit of
 * `readers`.
 *
 * Models core/tables.c, pinned() and lina_slots_pin of the slots, and lina_members_bury. There are two slots, each a
 * step of its own, and one name. The writer (member 0) publishes into the second slot, which it must take first, and
 * then into any slot that no reader holds. Readers are members 1 and 3. LINA_ROWS is 2 here, so they share bit 1.
 * Each may have two threads. A missing page can be taken until the file system is full, which may happen at any
 * instant. With HOSTILE, a hostile process may at any instant set bits that promise rows, or a number and an entry
 * that promise slots.
 *
 * Checked:  no process touches a page that the file lacks, so there is no SIGBUS (asserts in touch_slot, touch_row);
 *           the bytes that a reader holds are never overwritten, even if another member shares its bit or was buried,
 *           and even if rows cannot be taken (assert on payload);
 *           at rest, the header promises no row that does not exist (assert in monitor). */

#ifndef READERS
#define READERS 2 /* members */
#endif
#ifndef THREADS
#define THREADS 1 /* threads of each reading member */
#endif
#ifndef DEATHS
#define DEATHS 0 /* deaths of readers; after it, a new member joins once under the number */
#endif
#ifndef PUBLISHES
#define PUBLISHES 3
#endif
#ifndef ROUNDS
#define ROUNDS 1 /* number of views that a thread takes */
#endif

#define ROWS 2
#define STEPS 2
#define MEMBERS 4
#define NONE 255

#define FREE 0
#define LIVE 2
#define RETIRED 3

/* ---- the file ---- */
bool slot_page[STEPS] = false;
bool row_page[8] = false;    /* [step * MEMBERS + member] */
bool no_space = false;           /* the file system is full from now on */

/* ---- shared words ---- */
byte slots_ready = 0;        /* header.slots_ready */
byte rows_taken = 0;         /* header.rows_taken */
byte taken[4] = 0;           /* rows[step].taken[bit], [step * ROWS + bit]: bit m / ROWS for member m */
byte state[STEPS] = FREE;
byte serial[STEPS] = 0;
byte readers[STEPS] = 0;     /* slots[s].readers: bit m % ROWS */
byte pins[8] = 0;            /* [step * MEMBERS + member] */
byte entry = NONE;           /* the name index */
bool alive[MEMBERS] = false; /* the byte of the member's lock */
bool member[MEMBERS] = false;

/* ---- what each process may touch: arena->reach, with own_rows ---- */
byte reach_slots[MEMBERS] = 0;
bool reach_row[32] = false;  /* [who * 8 + row] */
bool own_row[8] = false;     /* [step * MEMBERS + member] */

byte payload[STEPS] = 0;     /* ghost: which generation's bytes lie there */
byte finished = 0;
byte deaths = 0;
bool lied = false;           /* ghost: a hostile word was written */

#define ROW(s, m) (s * MEMBERS + m)
#define BIT_OF(m) (m % ROWS)
#define BIT_AT(m) (1 << (m / ROWS))

inline touch_slot(s) { assert(slot_page[s]) }
inline touch_row(s, m) { assert(row_page[ROW(s, m)]) }

/* lina_pages_take: OK if the pages exist already. The result is in `ok`. */
#define TAKE(page)                                                                                 \
    atomic {                                                                                       \
        if                                                                                         \
        :: page -> ok = true                                                                       \
        :: !page && !no_space -> page = true; ok = true                                                \
        :: !page -> no_space = true; ok = false                                                        \
        fi                                                                                         \
    }

/* lina_tables_follow: extends the reach to slots that others took */
inline follow(me) {
#ifdef MUTANT_READY_BELIEVED
    reach_slots[me] = slots_ready;
#else
    do
    :: atomic { reach_slots[me] < slots_ready -> at = reach_slots[me] };
        TAKE(slot_page[at]);
        if
        :: ok -> atomic { reach_slots[me] = (reach_slots[me] > at -> reach_slots[me] : at + 1) }
        :: else -> break
        fi
    :: else -> break
    od
#endif
}

/* lina_tables_take_row for this member. The result is in `ok`. */
inline take_row(me, s) {
#ifdef MUTANT_OWN_ROW_FIRST
    own_row[ROW(s, me)] = true;
#endif
    TAKE(row_page[ROW(s, me)]);
    if
    :: ok ->
#ifdef MUTANT_COUNT_FIRST
        rows_taken++;
        taken[s * ROWS + BIT_OF(me)] = taken[s * ROWS + BIT_OF(me)] | BIT_AT(me);
#endif
#ifdef MUTANT_COUNT_TWICE
        taken[s * ROWS + BIT_OF(me)] = taken[s * ROWS + BIT_OF(me)] | BIT_AT(me);
        rows_taken++;
#endif
#if !defined(MUTANT_COUNT_FIRST) && !defined(MUTANT_COUNT_TWICE) && !defined(MUTANT_BIT_AFTER_PIN)
        atomic { /* or_sc_u32 returns the bits from before */
            had_bit = (taken[s * ROWS + BIT_OF(me)] & BIT_AT(me)) != 0;
            taken[s * ROWS + BIT_OF(me)] = taken[s * ROWS + BIT_OF(me)] | BIT_AT(me)
        };
        if
        :: !had_bit -> rows_taken++
        :: else -> skip
        fi;
#endif
        own_row[ROW(s, me)] = true
    :: else -> skip
    fi
}

/* One step of pinned_by(): sets `held` if the member has a pin, or if its row cannot be reached */
inline look_at_row(s, m) {
    if
    :: (rows_of_bit & BIT_AT(m)) == 0 -> skip
    :: else ->
#ifdef MUTANT_ROW_BELIEVED
        ok = true;
#else
        ok = reach_row[ROW(s, m)];
        if
        :: !ok -> TAKE(row_page[ROW(s, m)])
        :: else -> skip
        fi;
#endif
        if
        :: !ok -> held = true
        :: else ->
            reach_row[ROW(s, m)] = true;
            touch_row(s, m);
            held = held || pins[ROW(s, m)] > 0
        fi
    fi
}

/* pinned() */
inline pinned(s) {
    held = false;
    mask = readers[s];
    if
    :: (mask & 2) != 0 ->
        rows_of_bit = taken[s * ROWS + 1];
        look_at_row(s, 1);
#ifndef MUTANT_FIRST_OF_BIT
        look_at_row(s, 3)
#endif
    :: else -> skip
    fi
}

inline bury(m) {
    if
    :: atomic { member[m] && !alive[m] -> skip };
        i = 0;
        do
        :: i < STEPS ->
            if
            :: (taken[i * ROWS + BIT_OF(m)] & BIT_AT(m)) != 0 ->
                ok = reach_row[ROW(i, m)];
                if
                :: !ok -> TAKE(row_page[ROW(i, m)])
                :: else -> skip
                fi;
                if
                :: ok -> reach_row[ROW(i, m)] = true; touch_row(i, m); pins[ROW(i, m)] = 0
                :: else -> skip
                fi
            :: else -> skip
            fi;
#ifdef MUTANT_BURY_CLEARS_BIT
            readers[i] = readers[i] & (255 - (1 << BIT_OF(m)));
#endif
            i++
        :: else -> break
        od;
        i = 0;
        member[m] = false
    :: else -> skip
    fi
}

/* lina_tables_grow: takes one more step */
inline grow() {
    TAKE(slot_page[slots_at]);
    if
    :: ok ->
        reach_slots[0] = slots_at + 1;
        slots_ready = slots_at + 1
    :: else -> skip
    fi
}

/* There is only one writer here; lock.pml models several. */
proctype writer() {
    byte n, i, s, slot, mask, rows_of_bit, slots_at, next_serial = 1, current = NONE;
    bool ok, held;

    do
    :: n < PUBLISHES ->
        bury(1);
        bury(3);
        /* frees the slots that no reader holds */
        s = 0;
        do
        :: s < reach_slots[0] ->
            touch_slot(s);
            if
            :: state[s] == RETIRED ->
                pinned(s);
                if
                :: !held -> readers[s] = 0; state[s] = FREE
                :: else -> skip
                fi
            :: else -> skip
            fi;
            s++
        :: else -> break
        od;
        /* a slot for the next generation */
        slot = NONE;
        if
        :: reach_slots[0] > 0 && state[0] == FREE -> slot = 0
        :: reach_slots[0] > 1 && state[1] == FREE -> slot = 1
        :: else ->
            slots_at = reach_slots[0];
            if
            :: slots_at < STEPS -> grow();
                if
                :: ok -> slot = slots_at
                :: else -> skip
                fi
            :: else -> skip
            fi
        fi;
        if
        :: slot == NONE -> n++ /* FULL, or NO_MEMORY */
        :: else ->
            touch_slot(slot);
            next_serial++;
            payload[slot] = next_serial;
            serial[slot] = next_serial;
            atomic { state[slot] = LIVE; entry = slot };
            if
            :: current != NONE -> state[current] = RETIRED
            :: else -> skip
            fi;
            current = slot;
            n++
        fi
    :: else -> break
    od;
    finished++
}

#define MAY_DIE                                                                                    \
    if                                                                                             \
    :: deaths < DEATHS -> atomic { deaths++; goto dead }                                           \
    :: skip                                                                                        \
    fi

/* A thread of member `me`: acquires the name, looks at the bytes, and releases. */
proctype reader(byte me) {
    byte round, s, seen, at;
    bool ok, had_bit;

again:
    do
    :: round < ROUNDS ->
        round++;
        s = entry;
        if
        :: s == NONE -> goto next
        :: else -> skip
        fi;
        follow(me);
        if
        :: s >= reach_slots[me] -> goto next /* it cannot be reached */
        :: else -> skip
        fi;
        touch_slot(s);
        seen = serial[s];
        if
        :: !own_row[ROW(s, me)] ->
            take_row(me, s);
            MAY_DIE;
            if
            :: !ok -> goto next /* NO_MEMORY */
            :: else -> skip
            fi
        :: else -> skip
        fi;
        /* lina_slots_pin */
        readers[s] = readers[s] | (1 << BIT_OF(me));
        MAY_DIE;
        touch_row(s, me);
        pins[ROW(s, me)]++;
#ifdef MUTANT_BIT_AFTER_PIN
        if
        :: state[s] == LIVE && serial[s] == seen -> skip
        :: else -> pins[ROW(s, me)]--; goto next
        fi;
        assert(payload[s] == seen);
        taken[s * ROWS + BIT_OF(me)] = taken[s * ROWS + BIT_OF(me)] | BIT_AT(me);
#endif
        MAY_DIE;
        if
        :: state[s] == LIVE && serial[s] == seen ->
            assert(payload[s] == seen);
            MAY_DIE;
            assert(payload[s] == seen)
        :: else -> skip
        fi;
        pins[ROW(s, me)]--;
next:
        skip
    :: else -> break
    od;
    finished++;
    goto end;
dead:
    atomic { alive[me] = false; own_row[ROW(0, me)] = false; own_row[ROW(1, me)] = false;
             reach_slots[me] = 0; s = 0; seen = 0; at = 0; ok = false; had_bit = false };
end_dead:
    atomic { !member[me] -> member[me] = true; alive[me] = true }; /* joins again after it was buried */
    round = 0;
    goto again;
end:
    skip
}

#ifdef HOSTILE
proctype liar() {
    if
    :: atomic { lied = true; slots_ready = STEPS; entry = STEPS - 1 }
    :: atomic { lied = true; taken[1] = 3 }
    :: atomic { lied = true; taken[3] = 3 }
    :: skip
    fi
}
#endif

#define HAS(s, m) ((taken[s * ROWS + BIT_OF(m)] & BIT_AT(m)) != 0 && row_page[ROW(s, m)])

proctype monitor() {
    atomic {
        timeout;
        assert(lied || rows_taken <= HAS(0, 1) + HAS(0, 3) + HAS(1, 1) + HAS(1, 3))
    }
}

init {
    atomic {
        byte m = 1, t = 0;
        member[0] = true;
        alive[0] = true;
        do
        :: m <= 2 * READERS - 1 ->
            member[m] = true;
            alive[m] = true;
            t = 0;
            do
            :: t < THREADS -> run reader(m); t++
            :: else -> break
            od;
            m = m + 2
        :: else -> break
        od;
        run writer();
        run monitor();
#ifdef HOSTILE
        run liar()
#endif
    }
}
