/* readers.c - readers of streams.
 *
 * A reader remembers the slot that it took last. While that slot is in the chain, its `newer` is the next generation.
 * Generations are dropped in order, so after the slot was dropped, the next generation is the oldest in the chain.
 * The reader pins the slot that it has found, as for every view. Then it checks that the slot still belongs to the
 * stream and was not taken yet.
 *
 * Only the reader itself changes its cursor. A reliable reader stores it in the stream's record, for publishers that
 * wait: see publish.c. */
#include "ahead.h"
#include "room.h"
#include "stream_outcome.h"
#include "views.h"
#include "waits.h"
#include "wake.h"

#define TRIES 64 /* only a publish between two loads makes a look try again */

#define IN_USE UINT32_C(1) /* a thread is in lina_reader_next */
#define CLOSED UINT32_C(2)
#define CLOSING UINT32_C(4) /* lina_reader_close was called: the second call does nothing */

static struct lina_channel channel_of(const lina_reader_t *reader) {
    return (struct lina_channel){&reader->arena->streams[reader->stream], reader->incarnation,
                                 reader->stream};
}

static int fail(const lina_reader_t *reader, int code, const char *why) {
    return lina_fail(code, "stream \"%s\": %s", reader->name, why);
}

/* ---- taking ------------------------------------------------------------------------------------ */

/* The slot that may be the next generation, or LINA_NIL. `sequence` is the sequence that it must have; with 0, any
 * later one than the reader's. */
struct candidate {
    uint32_t slot;
    uint64_t sequence;
};

/* Asks the ledger of the slot that the reader took last. False if that slot has another generation by now. Otherwise
 * *newer is the next one, or LINA_NIL: a reader that waits looks only at this line, which a publish writes anyway.
 * Pairs with lina_kept_add, and with fill_ledger in slots.c, which changes `sequence` before `newer`. */
static bool ask_last(const lina_reader_t *reader, const struct lina_channel *c, uint32_t *newer) {
    if (!lina_tables_has(reader->arena, reader->slot))
        return false;
    const struct lina_ledger *last = &reader->arena->ledger[reader->slot];
    *newer = load_acquire_u32(&last->newer);
    return load_acquire_u64(&last->sequence) == reader->cursor &&
           load_relaxed_u32(&last->stream) == c->number;
}

static struct candidate find_next(const lina_reader_t *reader, const struct lina_channel *c) {
    lina_arena_t *arena = reader->arena;
    if (lina_tables_has(arena, reader->slot)) {
        const struct lina_slot *s = &arena->slots[reader->slot];
        uint64_t word = load_acquire_u64(&s->state);
        uint32_t newer = load_acquire_u32(&arena->ledger[reader->slot].newer);
        if (slot_is_shown(word) && slot_serial(word) == reader->serial &&
            load_acquire_u64(&s->state) >> SLOT_SERIAL_SHIFT == reader->serial)
            return (struct candidate){newer, reader->cursor + 1};
    }
    return (struct candidate){load_acquire_u32(&c->record->oldest), 0};
}

/* True if a slot, which is pinned, is the reader's next generation. */
static bool is_next(const lina_reader_t *reader, const struct lina_channel *c,
                    const struct candidate *next) {
    const struct lina_ledger *l = &reader->arena->ledger[next->slot];
    uint64_t sequence = load_relaxed_u64(&l->sequence);
    return load_relaxed_u32(&l->stream) == c->number && lina_stream_is_there(reader->arena, c) &&
           (next->sequence != 0 ? sequence == next->sequence : sequence > reader->cursor);
}

/* Looks for the next generation. LINA_OK: it is pinned. LINA_WAITING: there is none yet. Otherwise an error. */
static int hold_next(const lina_reader_t *reader, const struct lina_channel *c,
                     struct candidate *next, uint64_t *serial) {
    lina_arena_t *arena = reader->arena;
    for (int i = 0; i < TRIES; i++) {
        *next = (struct candidate){.sequence = reader->cursor + 1};
        if (i > 0 || !ask_last(reader, c, &next->slot))
            *next = find_next(reader, c);
        if (!lina_tables_reach(arena, next->slot))
            return LINA_WAITING;
        lina_ahead_of_acquire(arena, next->slot);
        int error = lina_tables_reach_pin(arena, next->slot);
        if (error != 0)
            return lina_fail_room(arena, error,
                                  "stream \"%s\": the system has no room for this member's holds",
                                  reader->name);
        *serial = slot_serial(load_acquire_u64(&arena->slots[next->slot].state));
        if (!lina_view_hold(arena, next->slot, *serial, true))
            continue;
        if (is_next(reader, c, next))
            return LINA_OK;
        lina_pins_unpin(arena, next->slot);
        if (next->sequence == 0)
            return LINA_WAITING; /* the oldest generation was taken already */
    }
    return LINA_WAITING;
}

/* Announces that the generation was taken, and so counts as read. */
static void announce(const lina_reader_t *reader, const struct lina_channel *c) {
    if (reader->entry == LINA_NIL)
        return;
    store_sc_u64(&c->record->cursors[reader->entry].cursor, reader->cursor);
    lina_wake_waiters(reader->arena, lina_room_slot(reader->arena, c->number)); /* see publish.c */
}

static int take(lina_reader_t *reader, const struct lina_channel *c, lina_view_t *view) {
    struct candidate next;
    uint64_t serial = 0;
    int rc = hold_next(reader, c, &next, &serial);
    if (rc == LINA_OK)
        rc = lina_view_show(reader->arena, next.slot, serial, view);
    if (rc != LINA_OK)
        return rc;
    view->held = reader->held;
    lina_held_add(reader->held);
    reader->lost += view->sequence - reader->cursor - 1;
    reader->cursor = view->sequence;
    reader->slot = next.slot;
    reader->serial = serial;
    announce(reader, c);
    return LINA_OK;
}

/* ---- waiting ----------------------------------------------------------------------------------- */

struct following {
    struct lina_condition condition;
    lina_reader_t *reader;
    struct lina_outcome outcome;
};

/* What the stream's outcome means for this reader. A reader with LINA_READER_REVIVE goes on waiting after DIED. */
static int outcome_for(const lina_reader_t *reader, int outcome) {
    return outcome == LINA_ERR_DIED && (reader->flags & LINA_READER_REVIVE) != 0 ? LINA_WAITING
                                                                                 : outcome;
}

static bool head_has_more(const lina_reader_t *reader, const struct lina_channel *c) {
    return lina_stream_sequence(reader->arena, c->number) > reader->cursor;
}

/* Each publish writes to the head as well. So this leaves the head alone if it can. */
static bool chain_has_more(const lina_reader_t *reader, const struct lina_channel *c) {
    uint32_t newer;
    return ask_last(reader, c, &newer) ? newer != LINA_NIL : head_has_more(reader, c);
}

typedef bool has_more_fn(const lina_reader_t *reader, const struct lina_channel *c);

/* Asks for more after the outcome was loaded, and so counts all generations that were published before it. */
static int look_or(const struct following *f, int outcome, has_more_fn *has_more) {
    const lina_reader_t *reader = f->reader;
    const struct lina_channel *c = &f->outcome.channel;
    if ((load_sc_u32(&reader->state) & CLOSED) != 0)
        return LINA_ERR_CLOSED;
    if (!lina_stream_is_there(reader->arena, c))
        return LINA_ERR_ENDED;
    return has_more(reader, c) ? LINA_OK : outcome_for(reader, outcome);
}

static int look(struct lina_condition *condition) {
    const struct following *f = (const struct following *)condition;
    return look_or(f, lina_outcome_look(&f->outcome), chain_has_more);
}

static int ask(struct lina_condition *condition) {
    struct following *f = (struct following *)condition;
    return look_or(f, lina_outcome_ask(&f->outcome), head_has_more);
}

/* Removes the reader's entry, so that publishers no longer wait for it. */
static void leave(lina_reader_t *reader) {
    lina_arena_t *arena = reader->arena;
    uint64_t owner = reader->owner;
    if (reader->entry == LINA_NIL || reader->epoch != lina_process_epoch)
        return;
    cas_sc_u64(&arena->streams[reader->stream].cursors[reader->entry].owner, &owner, 0);
    lina_wake_waiters(arena, lina_room_slot(arena, reader->stream));
    reader->entry = LINA_NIL;
}

static int fail_over(lina_reader_t *reader, int rc) {
    switch (rc) {
    case LINA_ERR_ENDED:
        reader->incarnation = 0; /* no stream has this incarnation, so ENDED is final */
        leave(reader);
        return fail(reader, rc, "it is over");
    case LINA_ERR_DIED:
        return fail(reader, rc, "its last producer is gone, and did not end it");
    case LINA_ERR_CLOSED:
        return fail(reader, rc, "its reader was closed, or the arena");
    default:
        return rc;
    }
}

/* The head or the chain tells of a generation that cannot be taken: a writer is between its stores, or has died there.
 * Entering the section waits for the writer, or recovers. Takes inside it, because another writer may die after that,
 * and a third one make the chain anew. */
static int take_after_writer(lina_reader_t *reader, const struct lina_channel *c,
                             lina_view_t *view) {
    int rc = lina_writer_begin(reader->arena);
    if (rc != LINA_OK)
        return rc;
    rc = take(reader, c, view);
    bool damaged = rc == LINA_WAITING && lina_stream_is_there(reader->arena, c) &&
                   (head_has_more(reader, c) || chain_has_more(reader, c));
    lina_writer_end(reader->arena);
    return damaged
               ? fail(reader, LINA_ERR_CORRUPT, "its tables tell of generations that are not there")
               : rc;
}

/* Waits for the next generation and takes it. */
static int next_by(lina_reader_t *reader, struct lina_waits *waits, int64_t timeout_ns,
                   lina_view_t *view) {
    struct following f = {.condition = {look, ask, &f.outcome.dumping}, .reader = reader};
    struct lina_dumping *seen = lina_dumping_seen();
    f.outcome = (struct lina_outcome){reader->arena, channel_of(reader), *seen};
    const struct lina_channel *c = &f.outcome.channel;
    uint64_t deadline = timeout_ns > 0 ? lina_deadline_of(timeout_ns) : 0;
    int rc = LINA_WAITING;
    while (rc == LINA_WAITING) {
        rc = lina_wait_until(reader->arena, waits, lina_head_of(reader->arena, c), &f.condition,
                             "stream", reader->name, deadline == 0 ? 0 : lina_rest_of(deadline));
        *seen = f.outcome.dumping;
        if (rc != LINA_OK)
            return fail_over(reader, rc);
        rc = take(reader, c, view);
        if (rc == LINA_WAITING)
            rc = take_after_writer(reader, c, view);
    }
    return rc;
}

/* ---- one thread at a time, and closing ---------------------------------------------------------- */

/* Frees a reader that was closed. */
static void finish(lina_reader_t *reader) {
    lina_arena_t *arena = reader->arena;
    leave(reader);
    lina_held_drop(reader->held, HELD_READER);
    lina_arena_drop(arena, LINA_NO_VIEW);
}

static int begin_use(lina_reader_t *reader, const lina_view_t *view) {
    if (reader == NULL || reader->arena == NULL || view == NULL)
        return lina_fail(LINA_ERR_INVALID, "reader of a stream: NULL or not open");
    if (reader->self != reader)
        return fail(reader, LINA_ERR_INVALID, "the reader is a copy: it was opened elsewhere");
    if (reader->epoch != lina_process_epoch)
        return fail(reader, LINA_ERR_STALE, "the reader belongs to the process before fork");
    uint32_t state = 0;
    if (cas_sc_u32(&reader->state, &state, IN_USE))
        return LINA_OK;
    return (state & (CLOSED | CLOSING)) != 0
               ? fail_over(reader, LINA_ERR_CLOSED)
               : fail(reader, LINA_ERR_BUSY, "another thread is taking from this reader");
}

static void end_use(lina_reader_t *reader) {
    if ((and_sc_u32(&reader->state, ~IN_USE) & CLOSED) != 0)
        finish(reader);
}

static int check_held(const lina_reader_t *reader) {
    uint32_t views = lina_held_views(reader->held);
    if (load_acquire_u32(&reader->arena->closed) != 0)
        return lina_fail(LINA_ERR_CLOSED, "stream \"%s\": the arena was closed", reader->name);
    if (views >= reader->max_held)
        return lina_fail(LINA_ERR_BUSY, "stream \"%s\": this reader holds %u views: release one",
                         reader->name, reader->max_held);
    return LINA_OK;
}

/* Closing the arena waits for this call. */
static int wait_for_next(lina_reader_t *reader, int64_t timeout_ns, lina_view_t *view) {
    struct lina_waits *waits =
        lina_waits_enter_at(reader->arena, lina_head_slot(reader->arena, reader->stream));
    int rc = check_held(reader);
    if (rc == LINA_OK)
        rc = next_by(reader, waits, timeout_ns, view);
    lina_waits_leave(waits);
    return rc;
}

int lina_reader_next(lina_reader_t *reader, int64_t timeout_ns, lina_view_t *view) {
    int rc = begin_use(reader, view);
    if (rc != LINA_OK)
        return rc;
    struct lina_channel c = channel_of(reader);
    rc = check_held(reader);
    if (rc == LINA_OK)
        rc = take(reader, &c, view);
    if (rc == LINA_WAITING)
        rc = wait_for_next(reader, timeout_ns, view);
    end_use(reader);
    return rc;
}

void lina_reader_close(lina_reader_t *reader) {
    if (reader == NULL || reader->arena == NULL || reader->self != reader)
        return;
    if ((or_sc_u32(&reader->state, CLOSING) & CLOSING) != 0)
        return; /* after the first close, the arena may be gone */
    lina_arena_t *arena = reader->arena;
    uint32_t head = lina_head_slot(arena, reader->stream);
    /* A thread in lina_reader_next may free the reader meanwhile. */
    lina_arena_hold(arena, LINA_NO_VIEW);
    uint32_t before = or_sc_u32(&reader->state, CLOSED);
    if (before == CLOSING)
        finish(reader);
    else
        lina_wake(arena, head);
    lina_arena_drop(arena, LINA_NO_VIEW);
}

uint64_t lina_reader_lost(const lina_reader_t *reader) {
    return reader == NULL ? 0 : load_relaxed_u64(&reader->lost);
}

uint64_t lina_reader_sequence(const lina_reader_t *reader) {
    return reader == NULL ? 0 : load_relaxed_u64(&reader->cursor);
}
