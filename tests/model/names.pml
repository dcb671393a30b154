/* names.pml - models the look-up of a name while names are made, removed and moved, and while the index is rebuilt.
 *
 * Models core/names.c and what slots.c does to it. Two names have equal hashes, so they share one path through the
 * index. Y is made and removed. X always exists, and moves from slot to slot. There is one writer at a time. It may
 * die after any step; its second life then begins with recover().
 *
 * Checked:  X is always found (assert in reader);
 *           Y is found only if it existed during the look-up, and missed only if it did not exist at some instant;
 *           a copied descriptor is whole, and has the name that was asked for (assert in reader);
 *           if a reader looks twice, the generation does not go back (assert in reader);
 *           at rest, X exists once, and every entry leads to a live slot (monitor). */

#ifndef OPS
#define OPS 2 /* operations in each life of the writer */
#endif
#ifndef LOOKS
#define LOOKS 2
#endif
#ifndef DEATHS
#define DEATHS 1
#endif
#define SLOTS 3
#define PLACES 4

#define FREE 0
#define LOANED 1
#define LIVE 2
#define RETIRED 3
#define NOWHERE 7

#define X 1
#define Y 2

/* slots[s]: state and serial are one word; the descriptor has three */
byte state[SLOTS] = FREE;
byte serial[SLOTS] = 0;
byte name[SLOTS] = 0;
byte mark[SLOTS] = 0; /* desc.reserved: the serial again, by which a torn copy is detected */
byte generation[SLOTS] = 0;

#define EMPTY 0
#define GONE 15
byte place[PLACES] = EMPTY; /* else slot + 1 */
byte gone = 0;              /* header.index_gone */
byte epoch = 0;             /* header.index_epoch */
byte next_serial = 3;

bool y_live = true, y_known = true;               /* ghosts: Y is LIVE; Y has an entry */
bool y_may_be_found = false, y_may_be_missed = false; /* ghosts: outcomes allowed for this look-up */
byte deaths = 0;
bool writer_done = false;

#define MAY_DIE                                                                                    \
    if                                                                                             \
    :: deaths < DEATHS -> deaths++; goto dead                                                      \
    :: skip                                                                                        \
    fi

/* ---- the writer ------------------------------------------------------------------------------- */

/* lina_names_entry: the place of a live name, or PLACES. One step, because there is one writer. */
inline find_entry(n) {
    p = 0;
    do
    :: p == PLACES || place[p] == EMPTY -> p = PLACES; break
    :: else ->
        if
        :: place[p] != GONE && state[place[p] - 1] == LIVE && name[place[p] - 1] == n -> break
        :: else -> p++
        fi
    od
}

/* The first free place on the path */
inline insert(s) {
    p = 0;
    do
    :: place[p] == EMPTY || place[p] == GONE -> break
    :: else -> p++
    od;
    if
    :: place[p] == GONE && gone > 0 -> gone--
    :: else -> skip
    fi;
    place[p] = s + 1
}

/* Retires a slot and frees it at once, since there are no pins in this model */
inline retire(s) {
    atomic {
        state[s] = RETIRED;
        if
        :: name[s] == Y -> y_live = false; y_may_be_missed = true
        :: else -> skip
        fi;
        MAY_DIE
    };
    atomic { state[s] = FREE; MAY_DIE }
}

/* lina_slots_claim */
inline claim(s, n) {
    atomic {
        if
        :: state[0] == FREE -> s = 0
        :: state[1] == FREE -> s = 1
        :: state[2] == FREE -> s = 2
        fi;
        state[s] = LOANED;
        serial[s] = next_serial;
        next_serial++;
        MAY_DIE
    };
    atomic { name[s] = n; MAY_DIE };
    atomic { mark[s] = serial[s]; MAY_DIE }
}

/* lina_making_go_live and lina_slots_go_live */
inline go_live(s) {
    atomic {
        find_entry(name[s]);
        if
        :: p < PLACES -> old = place[p] - 1; generation[s] = generation[old] + 1
        :: else -> old = NOWHERE; generation[s] = 1
        fi;
        MAY_DIE
    };
#ifdef MUTANT_RETIRE_BEFORE_LIVE
    if
    :: old != NOWHERE -> atomic { state[old] = RETIRED; MAY_DIE }
    :: else -> skip
    fi;
#endif
    atomic {
        state[s] = LIVE;
        if
        :: name[s] == Y -> y_live = true; y_may_be_found = true
        :: else -> skip
        fi;
        MAY_DIE
    };
    atomic { /* lina_names_put */
        if
        :: old != NOWHERE -> place[p] = s + 1
        :: else -> insert(s)
        fi;
        if
        :: name[s] == Y -> y_known = true
        :: else -> skip
        fi;
        p = 0;
        MAY_DIE
    };
    if
    :: old != NOWHERE -> retire(old)
    :: else -> skip
    fi;
    old = 0
}

/* lina_names_rebuild. After a death within a publish, two slots may have one name: the later generation stays, and
 * the other goes to retire_loser(). */
inline rebuild() {
#ifndef MUTANT_NO_EPOCH
    atomic { epoch = epoch | 1; MAY_DIE };
#endif
    q = 0;
    do
    :: q < PLACES -> atomic { place[q] = EMPTY; q++; MAY_DIE }
    :: q == PLACES -> break
    od;
    gone = 0;
    q = 0;
    do
    :: q < SLOTS ->
        atomic {
            if
            :: state[q] == LIVE ->
                find_entry(name[q]);
                if
                :: p == PLACES -> insert(q); loser = NOWHERE
                :: else ->
                    loser = place[p] - 1;
                    if
#ifdef MUTANT_YOUNGER_SERIAL_WINS
                    :: serial[q] > serial[loser] -> place[p] = q + 1
#else
                    :: generation[q] > generation[loser] -> place[p] = q + 1
#endif
                    :: else -> loser = q
                    fi
                fi
            :: else -> loser = NOWHERE
            fi;
            p = 0;
            MAY_DIE
        };
        if
        :: loser != NOWHERE -> atomic { state[loser] = RETIRED; MAY_DIE }
        :: else -> skip
        fi;
        q++
    :: q == SLOTS -> break
    od;
    q = 0;
    loser = 0;
#ifndef MUTANT_NO_EPOCH
    atomic { epoch++; MAY_DIE }
#endif
}

/* lina_remove: lina_names_drop, retire, lina_names_tidy */
inline remove(n) {
    atomic {
        find_entry(n);
        s = place[p] - 1;
#ifdef MUTANT_EMPTY_FOR_GONE
        place[p] = EMPTY;
#else
        if
        :: place[p + 1] == EMPTY -> place[p] = EMPTY
        :: else -> place[p] = GONE; gone++
        fi;
#endif
        y_known = false;
        y_may_be_missed = true;
        p = 0;
        MAY_DIE
    };
#ifdef MUTANT_TIDY_WHILE_LIVE
    if
    :: gone > 0 -> rebuild()
    :: else -> skip
    fi;
    retire(s)
#else
    retire(s);
    if
    :: gone > 0 -> rebuild()
    :: else -> skip
    fi
#endif
}

proctype writer() {
    byte ops = OPS, s, t, p, q, old, loser;

work:
#ifdef TWO_LOANS
    /* The older loan is published last. */
    atomic { claim(s, X) };
    atomic { claim(t, X) };
    go_live(t);
    go_live(s);
#else
    do
    :: ops > 0 ->
        ops--;
        if
        :: claim(s, X); go_live(s)
        :: !y_live -> claim(s, Y); go_live(s)
        :: y_live -> remove(Y)
        fi;
        s = 0
    :: else -> break
    od;
#endif
    writer_done = true;
    goto end;

dead:
    /* The next writer: recover() */
    atomic { s = 0; t = 0; p = 0; q = 0; old = 0; loser = 0 };
    rebuild();
    atomic {
        y_known = y_live;
        do /* lina_slots_sweep: frees loans of the dead writer, losers, and retired slots */
        :: q < SLOTS ->
            if
            :: state[q] != LIVE -> state[q] = FREE
            :: else -> skip
            fi;
            q++
        :: q == SLOTS -> break
        od;
        q = 0
    };
#ifdef TWO_LOANS
    writer_done = true
#else
    goto work
#endif
end:
    skip
}

/* ---- the reader ------------------------------------------------------------------------------- */

#define ABSENT 0
#define FOUND 1
#define DISTURBED 2

#ifdef MUTANT_NO_RECHECK
#define CHANGED(s) false
#else
#define CHANGED(s) (state[s] != LIVE || serial[s] != was)
#endif

/* look(): loads the state, compares the name, and loads the state again. In between, probe() looks at the entry. */
inline first_look(s) {
    atomic {
        if
        :: state[s] == LIVE -> was = serial[s]; outcome = FOUND
        :: else -> outcome = DISTURBED
        fi
    };
    if
    :: outcome == FOUND -> copied_name = name[s]
    :: else -> skip
    fi
}

inline last_look(s) {
    atomic {
        if
        :: outcome == FOUND && CHANGED(s) -> outcome = DISTURBED
        :: outcome == FOUND && !CHANGED(s) && copied_name != wanted -> outcome = ABSENT
        :: else -> skip
        fi
    }
}

#if defined(MUTANT_FOUND_WITHOUT_ENTRY)
#define HAS_MOVED (copied_name != wanted && place[i] != at)
#elif defined(MUTANT_OTHER_WITHOUT_ENTRY)
#define HAS_MOVED (copied_name == wanted && place[i] != at)
#else
#define HAS_MOVED (place[i] != at)
#endif

/* Meanwhile, the slot may have been used for another name, or for the same name without an entry yet. */
inline look_at_entry() {
    if
    :: outcome != DISTURBED && HAS_MOVED -> outcome = DISTURBED
    :: else -> skip
    fi
}

/* lina_names_copy: loads the state, all words, and the state again */
inline copy(s) {
    copied_name = name[s];
    copied_mark = mark[s];
    copied_generation = generation[s];
    atomic {
        if
        :: CHANGED(s) -> outcome = DISTURBED
        :: else -> assert(copied_name == wanted && copied_mark == was)
        fi
    }
}

/* probe(): goes along the path up to the first slot that has the name */
inline probe() {
    i = 0;
    do
    :: at = place[i];
        if
        :: at == EMPTY -> outcome = ABSENT; break
        :: at == GONE -> outcome = ABSENT
        :: else ->
            first_look(at - 1);
#ifdef MUTANT_ENTRY_LAST
            last_look(at - 1);
            look_at_entry();
#else
            look_at_entry();
            last_look(at - 1);
#endif
            if
            :: outcome != ABSENT -> found = at - 1; break
            :: else -> skip
            fi
        fi;
        i++;
        if
        :: i == PLACES -> break
        :: else -> skip
        fi
    od
}

/* search(): looks at all slots. If two have the name, takes the later generation. */
inline search() {
    i = 0;
    at = 0;
    do
    :: i < SLOTS ->
        first_look(i);
        last_look(i);
        if
        :: outcome == FOUND -> copy(i)
        :: else -> skip
        fi;
        atomic {
            if
            :: outcome == FOUND && copied_generation > at ->
                at = copied_generation;
                found = i;
                found_serial = was
#ifdef MUTANT_SEARCH_TAKES_FIRST
                ;
                break
#endif
            :: else -> skip
            fi;
            i++
        }
    :: i == SLOTS -> break
    od;
    atomic {
        was = found_serial;
        outcome = (at > 0 -> FOUND : ABSENT)
    }
}

proctype reader() {
    byte looks = LOOKS, wanted, i, e, at, was, outcome, found, found_serial;
    byte copied_name, copied_mark, copied_generation, last_generation;

    do
    :: looks > 0 ->
        atomic {
            looks--;
            if
            :: wanted = X
            :: wanted = Y
            fi;
            y_may_be_found = y_live;
            y_may_be_missed = !(y_live && y_known)
        };
again:
        /* lina_names_find: the outcome counts if the epoch did not change meanwhile */
        e = epoch;
        if
        :: e % 2 == 0 -> probe()
        :: else -> search()
        fi;
        atomic {
            if
#ifdef MUTANT_FOUND_UNCHECKED
            :: outcome == FOUND -> skip
#endif
#ifdef MUTANT_ABSENT_UNCHECKED
            :: outcome == ABSENT -> skip
#endif
            :: outcome != DISTURBED && epoch == e -> skip
            :: else -> outcome = 0; i = 0; at = 0; goto again
            fi
        };
        /* show() of look.c */
        if
        :: outcome == FOUND -> copy(found)
        :: else -> skip
        fi;
        atomic {
            if
            :: outcome == DISTURBED -> outcome = 0; i = 0; at = 0; goto again
            :: outcome == FOUND ->
                assert(wanted == X || y_may_be_found);
                if
                :: wanted == X ->
                    assert(copied_generation >= last_generation);
                    last_generation = copied_generation
                :: else -> skip
                fi
            :: else -> assert(wanted == Y && y_may_be_missed)
            fi;
            i = 0; e = 0; at = 0; was = 0; outcome = 0; found = 0; found_serial = 0;
            copied_name = 0; copied_mark = 0; copied_generation = 0
        }
    :: else -> break
    od
}

proctype monitor() {
    byte i, live;

    writer_done;
    do
    :: i < SLOTS -> live = live + (state[i] == LIVE && name[i] == X); i++
    :: i == SLOTS -> break
    od;
    assert(live == 1);
    i = 0;
    do
    :: i < PLACES ->
        assert(place[i] == EMPTY || place[i] == GONE || state[place[i] - 1] == LIVE);
        i++
    :: i == PLACES -> break
    od;
    assert(epoch % 2 == 0)
}

init {
    atomic {
        state[0] = LIVE; serial[0] = 1; name[0] = X; mark[0] = 1; generation[0] = 1;
#if defined(TWO_LOANS) || defined(WITHOUT_Y)
        y_live = false; y_known = false;
        place[0] = 1;
#else
        state[1] = LIVE; serial[1] = 2; name[1] = Y; mark[1] = 2; generation[1] = 1;
        place[0] = 2; /* X lies behind Y on the path */
        place[1] = 1;
#endif
        run writer();
        run reader();
        run monitor()
    }
}
