/* publish.c - publishes a loan as the next generation, at once or when the readers of a stream have made room.
 *
 *   publisher:  set the waiters bit of the room            reader:  store the cursor
 *               look at all cursors again; sleep                    look at the waiters bit; wake
 *
 * All four are sequentially consistent, so either the publisher sees the cursor, or the reader sees the bit. */
#include "ahead.h"
#include "cursors.h"
#include "lock.h"
#include "making.h"
#include "waits.h"

static bool is_loan(const lina_view_t *view) {
    uint64_t word = load_acquire_u64(&view->arena->slots[view->slot].state);
    return (view->flags & LINA_VIEW_LOAN) != 0 && slot_state(word) == SLOT_LOANED &&
           slot_serial(word) == view->serial;
}

static int fail_published(const lina_view_t *view) {
    return lina_fail(LINA_ERR_INVALID, "array \"%s\": the view is not an unpublished loan",
                     view->desc.name);
}

static int check_loan(const lina_view_t *view) {
    int rc = lina_view_check(view);
    return rc != LINA_OK || is_loan(view) ? rc : fail_published(view);
}

/* Notes what the next loan of the name will need: the slot that is published now, and its spare. The spare will be the
 * previous generation or, in a stream, the generation that the stream drops. A loan that uses the memo does not look
 * at the LIVE slot. */
static void note_next(lina_arena_t *arena, const struct lina_key *key, const struct lina_aim *aim,
                      uint32_t slot) {
    const struct lina_stream *stream = aim->channel.record;
    lina_ahead_note(arena, key->hash, arena->memo.used > 1 ? LINA_NIL : slot,
                    stream != NULL ? load_relaxed_u32(&stream->oldest) : aim->entry.slot);
}

typedef int find_aim(lina_arena_t *, const struct lina_key *, struct lina_aim *);

/* Tries once to publish. If it fails, the loan stays a loan. After BEHIND, aim->channel is the stream without
 * room. */
static int publish_by(lina_view_t *view, uint64_t deadline, find_aim *find, struct lina_aim *aim) {
    lina_arena_t *arena = view->arena;
    if (load_acquire_u32(&arena->closed) != 0)
        return lina_fail(LINA_ERR_CLOSED, "array \"%s\": the arena was closed", view->desc.name);
    int rc = lina_writer_begin_by(arena, deadline);
    if (rc != LINA_OK)
        return rc;
    struct lina_key made;
    const struct lina_key *key = lina_making_key(arena, view->desc.name, &made);
    /* Another view of the loan may have published it meanwhile. */
    rc = is_loan(view) ? find(arena, key, aim) : fail_published(view);
    if (rc == LINA_OK) {
        lina_ahead_of_retire(arena, aim->entry.slot);
        note_next(arena, key, aim, view->slot);
        lina_slots_unlend(arena, view->slot);
        lina_making_go_live(arena, key, aim, view->slot, 0);
    }
    lina_writer_end(arena);
    if (rc == LINA_OK) {
        lina_making_wake(arena, aim);
        lina_release(view);
    }
    return rc;
}

int lina_publish(lina_view_t *view) {
    struct lina_aim aim = {.sleeps = false};
    int rc = check_loan(view);
    return rc == LINA_OK ? publish_by(view, LINA_NO_DEADLINE, lina_making_aim_now, &aim) : rc;
}

/* ---- waiting for room -------------------------------------------------------------------------- */

struct room {
    struct lina_condition condition;
    lina_arena_t *arena;
    struct lina_channel channel;
    struct lina_dumping seen;
};

static int look_for_room(struct lina_condition *condition) {
    const struct room *room = (const struct room *)condition;
    if (!lina_stream_is_there(room->arena, &room->channel))
        return LINA_ERR_NOT_FOUND;
    return lina_cursors_have_room(room->arena, &room->channel) ? LINA_OK : LINA_WAITING;
}

/* Clears the entries of readers that are gone, and then looks for room. */
static int ask_for_room(struct lina_condition *condition) {
    struct room *room = (struct room *)condition;
    lina_cursors_bury(room->arena, &room->channel, &room->seen);
    return look_for_room(condition);
}

static int fail_slow(const lina_view_t *view, const struct lina_channel *c) {
    char who[LINA_LAG_TEXT];
    lina_lag_describe(view->arena, c, who);
    return lina_fail(LINA_ERR_TIMEOUT, "stream \"%s\": timed out: %s unread, which is its depth",
                     view->desc.name, who);
}

static int wait_for_room(const lina_view_t *view, struct room *room, struct lina_waits *waits,
                         uint64_t deadline) {
    int rc = lina_wait_until(view->arena, waits, lina_room_of(view->arena, &room->channel),
                             &room->condition, "stream", view->desc.name, lina_rest_of(deadline));
    if (rc == LINA_ERR_TIMEOUT)
        return fail_slow(view, &room->channel);
    return rc == LINA_ERR_NOT_FOUND
               ? lina_fail(rc, "stream \"%s\": it was removed before there was room",
                           view->desc.name)
               : rc;
}

/* Publishes a loan after a try that was BEHIND. */
static int publish_later(lina_view_t *view, uint64_t deadline, struct lina_aim *aim,
                         struct lina_waits *waits) {
    struct room room = {.condition = {look_for_room, ask_for_room, &room.seen},
                        .arena = view->arena};
    int rc = LINA_ERR_BEHIND;
    while (rc == LINA_ERR_BEHIND) {
        room.channel = aim->channel;
        rc = wait_for_room(view, &room, waits, deadline);
        if (rc == LINA_OK)
            rc = publish_by(view, deadline, lina_making_aim, aim);
    }
    return rc;
}

int lina_publish_within(lina_view_t *view, int64_t timeout_ns) {
    struct lina_aim aim = {.sleeps = false};
    if (timeout_ns <= 0)
        return lina_publish(view);
    int rc = check_loan(view);
    if (rc != LINA_OK)
        return rc;
    uint64_t deadline = lina_deadline_of(timeout_ns);
    rc = publish_by(view, deadline, lina_making_aim, &aim);
    if (rc != LINA_ERR_BEHIND)
        return rc;
    lina_arena_t *arena = view->arena;
    struct lina_waits *waits =
        lina_waits_enter_at(arena, lina_room_slot(arena, aim.channel.number));
    lina_arena_hold(arena, LINA_NO_VIEW); /* publishing ends the view, which may be the last hold */
    rc = publish_later(view, deadline, &aim, waits);
    lina_waits_leave(waits);
    lina_arena_drop(arena, LINA_NO_VIEW);
    return rc;
}

int lina_discard(lina_view_t *view) {
    int rc = check_loan(view);
    if (rc == LINA_OK)
        lina_release(view);
    return rc;
}
