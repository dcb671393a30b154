/* streams.c - makes streams, adds and removes producers, and describes streams and their readers. */
#include <string.h>

#include "cursors.h"
#include "list.h"
#include "making.h"
#include "owners.h"
#include "stream_outcome.h"
#include "wake.h"

/* ---- opening ----------------------------------------------------------------------------------- */

static int make(lina_arena_t *arena, const struct lina_key *key, uint32_t depth) {
    struct lina_channel c = {.record = NULL};
    struct lina_entry entry = lina_names_entry(arena, key);
    uint64_t owner = lina_owner_of(arena, entry, &c);
    uint32_t live = entry.slot;
    if (live != LINA_NIL && (arena->slots[live].desc.flags & LINA_FLAG_ALIAS) != 0)
        return lina_fail(LINA_ERR_EXISTS, "stream \"%s\": the name is a slice of an array",
                         key->text);
    int rc = lina_owner_check(arena, key, &owner);
    if (rc == LINA_OK)
        rc = lina_stream_slots_make(arena, key, depth, live, &c);
    if (rc == LINA_OK && live != LINA_NIL)
        lina_kept_add(arena, &c, live, load_relaxed_u64(&arena->ledger[live].sequence));
    return rc;
}

static int check_depth(const lina_arena_t *arena, const struct lina_key *key, uint32_t depth) {
    if (depth > arena->geo.max_arrays)
        return lina_fail(LINA_ERR_INVALID,
                         "stream \"%s\": a depth of %u, where the arena has %u arrays", key->text,
                         depth, arena->geo.max_arrays);
    return depth != 0 && arena->read_only
               ? lina_fail(LINA_ERR_READ_ONLY, "stream \"%s\": arena \"%s\" is attached read-only",
                           key->text, arena->where)
               : LINA_OK;
}

static int open_inside(lina_arena_t *arena, const struct lina_key *key, uint32_t depth) {
    struct lina_channel c = lina_streams_find(arena, key);
    if (c.record == NULL)
        return depth != 0 ? make(arena, key, depth)
                          : lina_fail(LINA_ERR_NOT_FOUND, "no stream \"%s\"", key->text);
    uint32_t there = load_relaxed_u32(&c.record->depth);
    return depth == 0 || depth == there
               ? LINA_OK
               : lina_fail(LINA_ERR_EXISTS, "stream \"%s\" is there already, with a depth of %u",
                           key->text, there);
}

int lina_stream_open(lina_arena_t *arena, const char *name, uint32_t depth) {
    struct lina_key key;
    int rc = lina_arena_resolve(&arena);
    if (rc == LINA_OK)
        rc = lina_key_take(&key, "stream", name);
    if (rc == LINA_OK)
        rc = check_depth(arena, &key, depth);
    if (rc == LINA_OK)
        rc = lina_writer_begin(arena);
    if (rc != LINA_OK)
        return rc;
    rc = open_inside(arena, &key, depth);
    lina_writer_end(arena);
    return rc;
}

/* ---- producing --------------------------------------------------------------------------------- */

static int produce(lina_arena_t *arena, const struct lina_channel *c, const char *name) {
    struct lina_dumping seen = {0, 0};
    if (lina_producers_add(arena, c))
        return LINA_OK;
    lina_producers_bury(arena, c, &seen);
    return lina_producers_add(arena, c)
               ? LINA_OK
               : lina_fail(LINA_ERR_FULL, "stream \"%s\": %u members produce, which is the most",
                           name, STREAM_PRODUCERS);
}

static int stop(lina_arena_t *arena, const struct lina_channel *c, const char *name) {
    return lina_producers_drop(arena, c)
               ? LINA_OK
               : lina_fail(LINA_ERR_INVALID, "stream \"%s\": this member does not produce", name);
}

static int change(lina_arena_t *arena, const char *name,
                  int (*act)(lina_arena_t *, const struct lina_channel *, const char *)) {
    struct lina_channel c;
    int rc = lina_arena_resolve(&arena);
    if (rc == LINA_OK && arena->read_only)
        rc = lina_fail(LINA_ERR_READ_ONLY, "stream \"%.63s\": arena \"%s\" is attached read-only",
                       name == NULL ? "" : name, arena->where);
    if (rc == LINA_OK)
        rc = lina_writer_begin(arena);
    if (rc != LINA_OK)
        return rc;
    rc = lina_stream_find(arena, name, &c);
    if (rc == LINA_OK)
        rc = act(arena, &c, name);
    lina_writer_end(arena);
    if (rc == LINA_OK)
        lina_wake_waiters(arena, lina_head_slot(arena, c.number));
    return rc;
}

int lina_stream_produce(lina_arena_t *arena, const char *name) {
    return change(arena, name, produce);
}

int lina_stream_end(lina_arena_t *arena, const char *name) { return change(arena, name, stop); }

/* ---- describing -------------------------------------------------------------------------------- */

static void describe(lina_arena_t *arena, const struct lina_channel *c, lina_stream_info_t *out) {
    const struct lina_stream *record = c->record;
    uint32_t readers = 0;
    for (uint32_t i = 0; i < STREAM_READERS; i++)
        readers += load_acquire_u64(&record->cursors[i].owner) != 0;
    *out = (lina_stream_info_t){.depth = load_relaxed_u32(&record->depth),
                                .kept = load_relaxed_u32(&record->kept),
                                .sequence = lina_stream_sequence(arena, c->number),
                                .readers = readers,
                                .producers = lina_producers_count(c),
                                .state = lina_min_u32(load_acquire_u32(&record->over), STREAM_DIED),
                                .unread = lina_cursors_lag(arena, c).unread};
    copy_from_shared(out->name, arena->signals[lina_head_slot(arena, c->number)].name,
                     sizeof out->name);
    out->name[LINA_MAX_NAME - 1] = '\0';
}

/* Clears the entries of dead members, so that a description shows only living ones. */
static void bury_dead(lina_arena_t *arena, const struct lina_channel *c) {
    struct lina_dumping seen = {0, 0};
    lina_cursors_bury(arena, c, &seen);
    lina_producers_bury(arena, c, &seen);
}

int lina_stream_info(lina_arena_t *arena, const char *name, lina_stream_info_t *out) {
    struct lina_channel c;
    int rc = lina_arena_resolve(&arena);
    if (rc == LINA_OK && out == NULL)
        rc = lina_fail(LINA_ERR_INVALID, "stream \"%.63s\": no place for the answer",
                       name == NULL ? "" : name);
    if (rc == LINA_OK)
        rc = lina_writer_begin(arena);
    if (rc != LINA_OK)
        return rc;
    rc = lina_stream_find(arena, name, &c);
    if (rc == LINA_OK) {
        bury_dead(arena, &c);
        describe(arena, &c, out);
    }
    lina_writer_end(arena);
    return rc;
}

int lina_stream_list(lina_arena_t *arena, lina_stream_info_t *out, size_t cap, size_t *written,
                     size_t *total) {
    int rc = lina_arena_resolve(&arena);
    if (rc == LINA_OK)
        rc = lina_list_check("list of streams", out, cap, written);
    if (rc == LINA_OK)
        rc = lina_writer_begin(arena);
    if (rc != LINA_OK)
        return rc;
    size_t count = 0;
    for (uint32_t number = 0; number < lina_tables_streams(arena); number++) {
        struct lina_channel c = lina_stream_at(arena, number);
        if (c.record == NULL)
            continue;
        bury_dead(arena, &c);
        if (count < cap)
            describe(arena, &c, &out[count]);
        count++;
    }
    lina_writer_end(arena);
    lina_list_end(count, out, cap, written, total);
    return LINA_OK;
}

static void describe_reader(lina_arena_t *arena, const struct lina_channel *c, uint32_t entry,
                            lina_reader_info_t *out) {
    uint32_t member = load_relaxed_u32(&c->record->cursors[entry].member);
    uint64_t sequence = lina_stream_sequence(arena, c->number);
    uint64_t unread = lina_cursors_unread(arena, c, entry);
    *out = (lina_reader_info_t){.member = member,
                                .pid = lina_member_pid(arena, member),
                                .sequence = sequence - lina_min(sequence, unread),
                                .unread = unread};
    lina_member_name(arena, member, out->member_name);
}

static size_t list_readers(lina_arena_t *arena, const struct lina_channel *c,
                           lina_reader_info_t *out, size_t cap) {
    size_t count = 0;
    bury_dead(arena, c);
    for (uint32_t i = 0; i < STREAM_READERS; i++) {
        if (load_acquire_u64(&c->record->cursors[i].owner) == 0)
            continue;
        if (count < cap)
            describe_reader(arena, c, i, &out[count]);
        count++;
    }
    return count;
}

int lina_reader_list(lina_arena_t *arena, const char *name, lina_reader_info_t *out, size_t cap,
                     size_t *written, size_t *total) {
    struct lina_channel c;
    int rc = lina_arena_resolve(&arena);
    if (rc == LINA_OK && (written == NULL || (out == NULL && cap > 0)))
        rc = lina_fail(LINA_ERR_INVALID, "stream \"%.63s\": list of readers: NULL argument",
                       name == NULL ? "" : name);
    if (rc == LINA_OK)
        rc = lina_writer_begin(arena);
    if (rc != LINA_OK)
        return rc;
    rc = lina_stream_find(arena, name, &c);
    size_t count = rc == LINA_OK ? list_readers(arena, &c, out, cap) : 0;
    lina_writer_end(arena);
    if (rc != LINA_OK)
        return rc;
    lina_list_end(count, out, cap, written, total);
    return LINA_OK;
}

int lina_stream_head(lina_arena_t *arena, const char *name, lina_signal_t *out) {
    struct lina_channel c;
    int rc = lina_arena_resolve(&arena);
    if (rc == LINA_OK && out == NULL)
        rc = lina_fail(LINA_ERR_INVALID, "stream \"%.63s\": no place for the handle of its head",
                       name == NULL ? "" : name);
    if (rc == LINA_OK)
        rc = lina_stream_find(arena, name, &c);
    if (rc == LINA_OK)
        *out = lina_signal_handle(arena, lina_head_of(arena, &c));
    return rc;
}
