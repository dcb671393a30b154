/* streams.pml - models publishers that wait for readers, readers that wait for generations, and their deaths.
 *
 * Models core/kept.c, cursors.c, publish.c, readers.c, and what slots.c does to the ledger. There is one stream. The
 * first RELIABLE readers are reliable, the others are lossy. views.pml models pins, and lock.pml models the writer's
 * section. Here a pin is one word of its reader. The section is one word, too. After a death in it, the next writer
 * makes the chain anew. A publisher claims a slot in the section in which it publishes. The model leaves out the lowest
 * cursor that publishers remember, and lina_kept_drop.
 *
 * Checked:  a reliable reader takes each generation once and in order (asserts in take);
 *           a lossy reader takes no generation twice and none out of order, and what it took and what it lost are all
 *           (asserts in take, and at the reader's end);
 *           the slot of a view has no other generation before the view's release (assert in reader);
 *           no reader finds the tables CORRUPT (assert in reader);
 *           no reader needs the writer's section unless a process died (assert in reader);
 *           no process sleeps for ever: a publisher goes on when there is room or the slowest reader is gone, and a
 *           reader when there is a generation or all producers are gone (no invalid end state);
 *           a reader takes all that was published before it learns of the end, or of the last producer's death (assert
 *           at its end).
 *
 * A reader that takes after the writer's section, instead of inside it, goes wrong if a writer dies before that section
 * and another one after it, and each time a third makes the chain anew. With one reader, this needs three producers,
 * of which two publish once, and two deaths. The checker finds it after 5 million states (15 s, 570 MB), and the search
 * that must find no fault is larger still. If processes die only on entering the section, both are small. */

#ifndef DEPTH
#define DEPTH 1
#endif
#ifndef PUBLISHERS
#define PUBLISHERS 1
#endif
#ifndef ENDERS
#define ENDERS 0 /* publishers that publish nothing, and only end the stream */
#endif
#ifndef RELIABLE
#define RELIABLE 0
#endif
#ifndef LOSSY
#define LOSSY 0
#endif
#ifndef PUBLISHES
#define PUBLISHES 3 /* generations that each publisher publishes */
#endif
#ifndef DEATHS
#define DEATHS 0 /* with DEATHS_ENTERING, processes die only on entering the section */
#endif

#define PRODUCERS (PUBLISHERS + ENDERS)
#define READERS (RELIABLE + LOSSY) /* 1 or 2 */
#define LAST (READERS - 1)
#define SLOTS (DEPTH + 1 + READERS)
#define NIL 255
#define TRIES 4 /* 64 in readers.c, where more generations may be published meanwhile */

/* slots[s].state: one word */
byte serial[SLOTS] = 0;
bool shown[SLOTS] = false; /* LIVE or KEPT */
/* ledger[s] */
byte sequence[SLOTS] = 0;
byte newer[SLOTS] = NIL;
bool in_stream[SLOTS] = false; /* ledger[s].stream is the stream's number */
/* the stream's record */
byte oldest = NIL, newest = NIL, kept = 0;
byte over = 0;              /* 1: ENDED, 2: DIED */
byte producing = PRODUCERS; /* producers that are alive */
byte entered = PRODUCERS;   /* producers that have an entry */
byte cursor[READERS] = 0;      /* as the reader announced it */
bool reading[READERS] = false; /* the entry has an owner */
/* signals */
byte head = 0;
bool head_bit = false, room_bit = false;

byte pin[READERS] = NIL;
bool asleep[READERS] = false; /* on the head; a wake wakes all */
bool gone[READERS] = false;   /* the kernel says that the reader is dead */
bool lock = false, dirty = false;
byte next_serial = 1;
byte published = 0; /* ghost: the sequence of the newest generation that went LIVE */
byte deaths = 0;

#if DEATHS > 0
#define MAY_DIE_ENTERING                                                                           \
    if                                                                                             \
    :: deaths < DEATHS -> deaths++; goto dead                                                      \
    :: skip                                                                                        \
    fi
#else
#define MAY_DIE_ENTERING skip
#endif
#ifdef DEATHS_ENTERING
#define MAY_DIE skip
#else
#define MAY_DIE MAY_DIE_ENTERING
#endif

/* lina_wake of the head */
#define WAKE_HEAD head_bit = false; asleep[0] = false; asleep[LAST] = false

/* ---- the chain -------------------------------------------------------------------------------- */

/* lina_kept_yield, which calls drop_oldest */
inline yield(successor) {
    do
    :: atomic { kept >= DEPTH -> s = oldest };
#ifdef MUTANT_RETIRE_BEFORE_OLDEST
        atomic { shown[s] = false; MAY_DIE };
#endif
        atomic {
#ifdef MUTANT_NO_SUCCESSOR
            oldest = newer[s];
#else
            oldest = (newer[s] == NIL -> successor : newer[s]);
#endif
            kept--;
            MAY_DIE
        };
        atomic { shown[s] = false; s = 0; MAY_DIE } /* RETIRED */
    :: else -> break
    od
}

/* lina_kept_add */
inline add(slot) {
    if
    :: atomic { oldest == NIL -> oldest = slot; MAY_DIE }
    :: else -> skip
    fi;
    atomic {
        if
        :: newest != NIL -> newer[newest] = slot
        :: else -> skip
        fi;
        newest = slot;
        kept++;
        MAY_DIE
    };
    atomic { had_bit = head_bit; head = sequence[slot]; MAY_DIE } /* move_head */
}

/* lina_kept_rebuild */
inline rebuild() {
#ifndef MUTANT_RETIRED_STAY_IN_STREAM
    atomic { /* collect */
        s = 0;
        do
        :: s < SLOTS -> in_stream[s] = in_stream[s] && shown[s]; s++
        :: else -> s = 0; break
        od;
        MAY_DIE
    };
#endif
    atomic { kept = 0; oldest = NIL; newest = NIL; n = 1; MAY_DIE }; /* chain */
    do
    :: n <= published ->
        atomic {
            slot = 0;
            do
            :: slot < SLOTS && !(shown[slot] && sequence[slot] == n) -> slot++
            :: else -> break
            od
        };
        if
        :: slot < SLOTS ->
            atomic { newer[slot] = NIL; MAY_DIE };
            yield(slot);
            add(slot)
        :: else -> skip
        fi;
        n++
    :: else -> break
    od;
    atomic { n = 0; slot = 0; had_bit = false; WAKE_HEAD; MAY_DIE };
    atomic { room_bit = false; MAY_DIE }
}

/* lina_writer_begin */
inline begin() {
    atomic { !lock -> lock = true; inside = true; MAY_DIE_ENTERING };
#if DEATHS > 0
    if
    :: dirty -> rebuild(); dirty = false
    :: else -> skip
    fi
#endif
}

/* lina_writer_end */
inline end() { atomic { lock = false; inside = false; MAY_DIE } }

/* A process that dies in the section leaves it dirty. */
#define LEAVE_DEAD                                                                                 \
    if                                                                                             \
    :: inside -> lock = false; dirty = true                                                        \
    :: else -> skip                                                                                \
    fi

/* ---- publishers -------------------------------------------------------------------------------- */

/* lina_cursors_unread is at least the depth */
#define SLOW(i) (reading[i] && head - cursor[i] >= DEPTH && kept >= DEPTH)
#define ANY_SLOW (SLOW(0) || SLOW(LAST))
#define ANY_DEAD ((reading[0] && gone[0]) || (reading[LAST] && gone[LAST]))

/* lina_cursors_lag: one cursor after the other */
inline find_room() {
    room = !SLOW(0);
#if RELIABLE > 1
    room = room && !SLOW(1)
#endif
}

/* lina_cursors_bury */
inline bury_readers() {
    atomic {
        reading[0] = reading[0] && !gone[0];
        reading[LAST] = reading[LAST] && !gone[LAST]
    }
}

/* lina_slot_is_held, the other way round */
#define LOOSE(slot) (pin[0] != slot && pin[LAST] != slot)

/* lina_slots_claim, or lina_slots_lend_spare: takes the first free slot, fills the ledger, and then the slot */
inline claim() {
    atomic {
        slot = 0;
        do
        :: slot < SLOTS && (shown[slot] || !LOOSE(slot)) -> slot++
        :: else -> break
        od;
        sequence[slot] = 0;
        in_stream[slot] = false;
        MAY_DIE
    };
    atomic { newer[slot] = NIL; MAY_DIE };
    atomic { serial[slot] = next_serial; next_serial++; MAY_DIE } /* LOANED */
}

/* lina_publish_within again and again, then lina_stream_end */
proctype publisher(byte left) {
    byte n, s, slot;
    bool room, inside, had_bit, produces = true;

    do
    :: left > 0 ->
        begin();
        find_room();
#if DEATHS > 0 && !defined(MUTANT_DEAD_READERS_STAY)
        if
        :: !room -> bury_readers(); find_room() /* lina_publish; lina_publish_within leaves it to its wait */
        :: skip
        fi;
#endif
#ifdef MUTANT_ROOM_UNASKED
        room = true;
#endif
        if
        :: room ->
            room = false;
            claim();
            atomic { /* lina_kept_number, lina_slots_go_live */
                left--;
                published++;
                sequence[slot] = published;
                in_stream[slot] = true;
                shown[slot] = true;
                MAY_DIE
            };
            yield(slot);
            add(slot);
            slot = 0;
            end();
#ifndef MUTANT_NO_WAKE
            if
            :: had_bit -> atomic { WAKE_HEAD; MAY_DIE } /* lina_making_wake */
            :: else -> skip
            fi;
#endif
            had_bit = false
        :: else ->
            end();
#ifdef MUTANT_BIT_AFTER_LOOK
            find_room();
            room_bit = true;
#else
            atomic { room_bit = true; MAY_DIE };
#ifdef MUTANT_NO_SECOND_LOOK
            room = false;
#else
            find_room();
#endif
#endif
            if
            :: room -> skip
            :: !room_bit -> skip
            :: deaths > 0 && !ANY_SLOW -> skip /* a nap ends */
#ifndef MUTANT_DEAD_READERS_STAY
            :: deaths > 0 && ANY_DEAD -> bury_readers()
#endif
            fi;
            room = false
        fi
    :: else -> break
    od;
    begin();
    atomic { /* lina_producers_drop */
        produces = false;
        producing--;
        entered = producing;
        if
        :: entered == 0 -> over = 1
        :: else -> skip
        fi;
        MAY_DIE
    };
    end();
    if
    :: head_bit -> atomic { WAKE_HEAD; MAY_DIE } /* lina_wake_waiters */
    :: else -> skip
    fi;
    goto done;
dead:
    atomic { producing = producing - produces; LEAVE_DEAD };
done:
    skip
}

/* ---- readers ----------------------------------------------------------------------------------- */

/* Sets `follows` if the slot that the reader took last still has that generation. Then `next` is the next one. */
inline ask_last() {
    if
    :: atomic { at == NIL -> follows = false }
    :: atomic { else -> next = newer[at] };
#ifdef MUTANT_LAST_UNASKED
        follows = true
#else
        follows = (sequence[at] == at_sequence && in_stream[at])
#endif
    fi
}

inline chain_has_more() {
    ask_last();
    atomic { more = (follows -> next != NIL : head > at_sequence); follows = false; next = NIL }
}

inline find_next() {
    if
    :: at == NIL -> skip
    :: else ->
#ifdef MUTANT_SERIAL_UNCOMPARED
        follows = shown[at];
        if
        :: follows -> next = newer[at]
#else
        follows = (shown[at] && serial[at] == at_serial);
        if
        :: atomic { follows -> next = newer[at] };
            follows = (serial[at] == at_serial)
#endif
        :: else -> skip
        fi
    fi;
    if
    :: atomic { !follows -> next = oldest }
    :: else -> skip
    fi
}

/* hold_next, and the rest of take up to its announcement. `next` is the slot that was taken, or NIL: WAITING. */
inline take() {
    ask_last();
    do
    :: tries < TRIES ->
        if
        :: !follows -> find_next()
        :: else -> skip
        fi;
        if
        :: atomic { next == NIL -> break }
        :: atomic { else -> seen = serial[next] }
        fi;
#ifdef MUTANT_LOOK_BEFORE_PIN
        if
        :: shown[next] && serial[next] == seen -> pin[me] = next
        :: else -> skip
        fi;
#else
        atomic { pin[me] = next; MAY_DIE };
#endif
        if /* lina_view_hold */
#ifdef MUTANT_LOOK_BEFORE_PIN
        :: pin[me] == next ->
#else
        :: shown[next] && serial[next] == seen ->
#endif
            atomic { /* is_next */
                if
                :: in_stream[next] && sequence[next] > at_sequence && (!follows || sequence[next] == at_sequence + 1) ->
#ifdef MUTANT_LOST_BY_HEAD
                    lost = lost + head - at_sequence - 1;
#else
                    lost = lost + sequence[next] - at_sequence - 1;
#endif
                    taken++;
                    at = next;
                    at_serial = seen;
                    at_sequence = sequence[next];
                    assert(lost == 0 || me >= RELIABLE);
                    assert(taken + lost == at_sequence);
                    turn = 0;
                    break
                :: else ->
                    pin[me] = NIL;
                    next = NIL;
                    if
                    :: !follows -> break /* the oldest generation was taken already */
                    :: else -> skip
                    fi
                fi
            }
        :: atomic { else -> pin[me] = NIL }
        fi;
        atomic { next = NIL; follows = false; seen = 0; tries++ }
    :: else -> break
    od;
    atomic { tries = 0; seen = 0; follows = false }
}

inline announce() {
#ifdef MUTANT_LOOK_BEFORE_CURSOR
    if
    :: room_bit -> cursor[me] = at_sequence; room_bit = false
    :: else -> cursor[me] = at_sequence
    fi
#else
    atomic { cursor[me] = at_sequence; MAY_DIE };
    if
    :: room_bit -> atomic { room_bit = false; MAY_DIE } /* wakes */
    :: else -> skip
    fi
#endif
}

/* bury() of stream_outcome.c */
inline bury_producers() {
#ifndef MUTANT_NO_RECOVERY
    begin();
#endif
    atomic {
        entered = producing;
        if
        :: entered == 0 && over == 0 -> over = 2
        :: else -> skip
        fi;
        MAY_DIE
    };
#ifndef MUTANT_NO_RECOVERY
    end();
#endif
    atomic { WAKE_HEAD; MAY_DIE }
}

/* lina_reader_next, again and again */
proctype reader(byte me) {
    byte at = NIL, at_serial, at_sequence; /* reader->slot, ->serial, ->cursor */
    byte lost, taken;                      /* reader->lost; ghost: generations that the reader got */
    byte turn;                             /* 0: takes, 1: after a wait, 2: inside the section */
    byte next, seen, tries, ended, n, s, slot;
    bool follows, more, inside, had_bit;

again:
    take();
    if
    :: next != NIL && me < RELIABLE -> announce()
    :: next == NIL && turn == 2 -> /* damaged */
        more = (head > at_sequence);
        if
        :: !more -> chain_has_more()
        :: else -> skip
        fi
    :: else -> skip
    fi;
    if
    :: inside -> end()
    :: else -> skip
    fi;
    if
    :: next != NIL ->
        atomic { assert(serial[at] == at_serial); pin[me] = NIL; next = NIL; goto again } /* lina_release */
    :: next == NIL && turn == 1 -> /* take_after_writer */
        atomic { assert(deaths > 0); turn = 2 };
#ifndef MUTANT_WRITER_NOT_AWAITED
        begin();
#ifdef MUTANT_TAKES_AFTER_SECTION
        end();
#endif
#endif
        goto again
    :: next == NIL && turn == 2 -> atomic { assert(!more); turn = 0 } /* CORRUPT */
    :: else -> skip
    fi;
    do
    :: true ->
#ifdef MUTANT_HEAD_BEFORE_OUTCOME
        more = (head > at_sequence);
        ended = over;
#else
        ended = over;
        if
        :: chain_has_more() /* look */
        :: more = (head > at_sequence) /* ask */
#if DEATHS > 0
        :: ended == 0 && producing < entered -> bury_producers() /* ask */
#endif
        fi;
#endif
        if
        :: atomic { more -> more = false; ended = 0; turn = 1; goto again }
        :: atomic { !more && ended != 0 -> goto finish }
        :: else -> skip
        fi;
        /* nap_on_word */
        atomic { head_bit = true; seen = head; MAY_DIE };
        ended = over;
        chain_has_more();
        if
        :: more || ended != 0 -> skip
        :: atomic { else -> asleep[me] = head_bit && head == seen }; /* the futex compares and sleeps */
            if
            :: !asleep[me] -> skip
            :: deaths > 0 && (head > at_sequence || over != 0 || producing < entered) -> skip /* a nap ends */
            :: READERS > 1 && over != 0 -> skip /* the same: after the wake, the other reader had set the bit again */
            fi
        fi;
        atomic { more = false; ended = 0; seen = 0; asleep[me] = false }
    od;
finish:
    assert(at_sequence == published && taken + lost == published);
    reading[me] = false; /* lina_reader_close */
    room_bit = false;
    goto done;
dead:
    atomic {
        gone[me] = true;
        pin[me] = NIL;
        asleep[me] = false;
        LEAVE_DEAD;
        at = NIL; at_serial = 0; at_sequence = 0; lost = 0; taken = 0; turn = 0; next = 0; seen = 0; tries = 0;
        ended = 0; n = 0; s = 0; slot = 0; follows = false; more = false; inside = false; had_bit = false
    };
done:
    skip
}

init {
    atomic {
        byte n = 0;
        do
        :: n < PRODUCERS -> run publisher((n < PUBLISHERS -> PUBLISHES : 0)); n++
        :: else -> break
        od;
        n = 0;
        do
        :: n < READERS -> reading[n] = n < RELIABLE; run reader(n); n++
        :: else -> break
        od
    }
}
