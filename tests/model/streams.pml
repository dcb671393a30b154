/* streams.pml - models publishers that wait for readers, readers that wait for generations, and their deaths.
 *
 * Models core/kept.c, cursors.c, publish.c and readers.c. There is one stream. views.pml models what pins and states
 * keep in place, and lock.pml models the writer's section. Here the section is one word, and after a death in it the
 * next writer finds the chain again. A generation is only its sequence.
 *
 * Checked:  a reliable reader takes each generation once and in order (asserts);
 *           no process sleeps for ever: a publisher goes on when there is room or the slowest reader is gone, and a reader
 *           when there is a generation or all producers are gone (no invalid end state);
 *           a reader takes all that was published before the last producer died, before it learns of the death
 *           (assert). */

#ifndef DEPTH
#define DEPTH 1
#endif
#ifndef PUBLISHERS
#define PUBLISHERS 1
#endif
#ifndef READERS
#define READERS 1
#endif
#ifndef PUBLISHES
#define PUBLISHES 3 /* generations that each publisher publishes */
#endif
#ifndef DEATHS
#define DEATHS 0
#endif

byte published = 0; /* the truth: how many slots went LIVE */
byte oldest = 1;    /* the truth: generations before it are RETIRED */
byte linked = 0;    /* index: the end of the chain */
byte head = 0;      /* index: the head's counter */
bool head_bit = false, room_bit = false;

byte cursor[READERS] = 0;    /* as the reader announced it */
bool reading[READERS] = true; /* the entry has an owner */
bool gone[READERS] = false;   /* the kernel says that the reader is dead */
byte producing = PUBLISHERS;  /* producers that are alive */
byte entered = PUBLISHERS;    /* producers that have an entry */
byte over = 0;                /* 1: ENDED, 2: DIED */

bool lock = false, dirty = false;
byte deaths = 0;

bool asleep[READERS] = false; /* on the head; a wake wakes all */
#define WAKE_HEAD head_bit = false; asleep[0] = false; asleep[READERS - 1] = false

/* Enters the section; after a death in it, lina_kept_rebuild */
inline begin() {
    atomic {
        !lock -> lock = true;
        if
        :: dirty ->
            dirty = false;
            linked = published;
            head = published;
            if
            :: published >= DEPTH && oldest + DEPTH <= published -> oldest = published - DEPTH + 1
            :: else -> skip
            fi;
            WAKE_HEAD;
            room_bit = false
        :: else -> skip
        fi
    }
}

#define SLOW(i) (reading[i] && published - cursor[i] >= DEPTH)

#define ANY_SLOW (SLOW(0) || SLOW(READERS - 1))
#define ANY_DEAD ((reading[0] && gone[0]) || (reading[READERS - 1] && gone[READERS - 1]))

#define MAY_DIE                                                                                    \
    if                                                                                             \
    :: deaths < DEATHS -> deaths++; goto dead                                                      \
    :: skip                                                                                        \
    fi

/* lina_cursors_lag: one cursor after the other */
inline find_room(room) {
    i = 0;
    room = true;
    do
    :: i < READERS ->
        if
        :: SLOW(i) -> room = false
        :: else -> skip
        fi;
        i++
    :: i == READERS -> break
    od;
    i = 0
}

/* lina_cursors_bury */
inline bury_readers() {
    atomic {
        i = 0;
        do
        :: i < READERS ->
            reading[i] = reading[i] && !gone[i];
            i++
        :: i == READERS -> break
        od;
        i = 0
    }
}

/* lina_publish_within */
proctype publisher() {
    byte left = PUBLISHES, i;
    bool room, inside;

    do
    :: left > 0 ->
        begin();
        inside = true;
        find_room(room);
#ifndef MUTANT_DEAD_READERS_STAY
        if
        :: !room -> bury_readers(); find_room(room) /* lina_publish; lina_publish_within leaves it to its wait */
        :: skip
        fi;
#endif
#ifdef MUTANT_ROOM_UNASKED
        room = true;
#endif
        if
        :: room ->
            atomic { published++; left--; MAY_DIE }; /* LIVE */
            if
            :: oldest + DEPTH <= published -> atomic { oldest++; MAY_DIE }
            :: else -> skip
            fi;
            atomic { linked = published; MAY_DIE };
            atomic { head = published; MAY_DIE };
            lock = false;
            inside = false;
#ifndef MUTANT_NO_WAKE
            atomic { WAKE_HEAD; MAY_DIE }
#endif
        :: else ->
            lock = false;
            inside = false;
#ifdef MUTANT_BIT_AFTER_LOOK
            find_room(room);
            room_bit = true;
#else
            atomic { room_bit = true; MAY_DIE };
#ifdef MUTANT_NO_SECOND_LOOK
            room = false;
#else
            find_room(room);
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
    :: left == 0 -> break
    od;
    begin(); /* lina_stream_end */
    atomic {
        producing--;
        entered--;
        if
        :: entered == 0 -> over = 1
        :: else -> skip
        fi
    };
    lock = false;
    atomic { WAKE_HEAD };
    goto done;
dead:
    atomic {
        producing--;
        if
        :: inside -> lock = false; dirty = true
        :: else -> skip
        fi
    };
done:
    skip
}

/* lina_reader_next, again and again */
proctype reader(byte me) {
    byte mine = 0, ended = 0, next, seen;

    do
    :: true ->
        /* hold_next: along the chain, or from the oldest */
        atomic {
            if
            :: linked > mine ->
                next = mine + 1;
                if
                :: next < oldest -> next = oldest
                :: else -> skip
                fi
            :: else -> next = 0
            fi
        };
        if
        :: next > 0 ->
            assert(next == mine + 1); /* no generation is lost or taken twice */
            mine = next;
#ifdef MUTANT_LOOK_BEFORE_CURSOR
            if
            :: room_bit -> cursor[me] = mine; room_bit = false
            :: else -> cursor[me] = mine
            fi;
#else
            atomic { cursor[me] = mine; MAY_DIE };
            if
            :: room_bit -> atomic { room_bit = false; MAY_DIE } /* wakes */
            :: else -> skip
            fi;
#endif
            ended = 0
        :: else ->
            /* look_or: loads the outcome, and after that the chain (look) or the head (ask) */
#ifdef MUTANT_HEAD_BEFORE_OUTCOME
            next = head;
            ended = over;
#else
            ended = over;
            if
            :: next = linked
            :: next = head
            fi;
#endif
            if
            :: next > mine ->
                begin(); /* take_after_writer */
                lock = false
            :: next <= mine && ended != 0 -> assert(published == mine); break
            :: else ->
                atomic { head_bit = true; seen = head; MAY_DIE };
                if
                :: linked > mine || over != 0 -> skip
                :: atomic { else -> asleep[me] = head_bit && head == seen }; /* the futex compares and sleeps */
                    if
                    :: !asleep[me] -> skip
                    :: deaths > 0 && head > mine -> skip /* a nap ends */
                    :: deaths > 0 && producing < entered -> /* a nap ends: lina_outcome_ask */
#ifdef MUTANT_NO_RECOVERY
                        over = 2;
#else
                        begin();
                        atomic {
                            entered = producing;
                            if
                            :: entered == 0 && over == 0 -> over = 2
                            :: else -> skip
                            fi
                        };
                        lock = false;
                        atomic { WAKE_HEAD }
#endif
                    :: deaths > 0 && (head != published || linked != published) && !lock ->
                        begin();
                        lock = false
                    fi
                fi
            fi
        fi;
        next = 0;
        seen = 0;
        asleep[me] = false
    od;
    reading[me] = false; /* lina_reader_close */
    room_bit = false;
    goto done;
dead:
    gone[me] = true;
done:
    skip
}

init {
    atomic {
        byte n = 0;
        do
        :: n < PUBLISHERS -> run publisher(); n++
        :: n == PUBLISHERS -> break
        od;
        n = 0;
        do
        :: n < READERS -> run reader(n); n++
        :: n == READERS -> break
        od
    }
}
