/* reader_open.c - opens readers of streams. */
#include <stdlib.h>
#include <string.h>

#include "cursors.h"
#include "stream_outcome.h"
#include "views.h"
#include "writer.h"

static int check_options(const struct lina_key *key, const lina_reader_options_t *o) {
    uint64_t rest = o->unused;
    for (size_t i = 0; i < sizeof o->reserved / sizeof *o->reserved; i++)
        rest |= o->reserved[i];
    if (rest != 0)
        return lina_fail(LINA_ERR_INVALID,
                         "stream \"%s\": a reserved word of the reader's options is not zero",
                         key->text);
    if (o->start > LINA_START_AT || (o->flags & ~(LINA_READER_LOSSY | LINA_READER_REVIVE)) != 0 ||
        (o->start == LINA_START_AT) != (o->at != 0))
        return lina_fail(LINA_ERR_INVALID,
                         "stream \"%s\": no reader begins so: start %u at %llu, flags 0x%x",
                         key->text, o->start, (unsigned long long)o->at, o->flags);
    return LINA_OK;
}

/* The slot in the chain with this sequence, or LINA_NIL. */
static uint32_t slot_at(lina_arena_t *arena, const struct lina_channel *c, uint64_t sequence) {
    uint32_t slot = load_relaxed_u32(&c->record->oldest), most = arena->geo.max_arrays;
    for (uint32_t i = 0; i < most && lina_tables_has(arena, slot); i++) {
        if (load_relaxed_u64(&arena->ledger[slot].sequence) == sequence)
            return slot;
        slot = load_relaxed_u32(&arena->ledger[slot].newer);
    }
    return LINA_NIL;
}

/* Sets where the reader begins. The generations before count as taken. */
static int set_start(lina_reader_t *reader, const struct lina_channel *c,
                     const lina_reader_options_t *o) {
    lina_arena_t *arena = reader->arena;
    uint64_t last = lina_stream_sequence(arena, c->number);
    uint64_t kept = lina_min(load_relaxed_u32(&c->record->kept), last), gone = last - kept;
    if (o->start == LINA_START_AT && o->at - 1 > last)
        return lina_fail(LINA_ERR_INVALID,
                         "stream \"%s\": no reader begins at %llu where the last is %llu",
                         reader->name, (unsigned long long)o->at, (unsigned long long)last);
    uint64_t cursor = o->start == LINA_START_NEXT     ? last
                      : o->start == LINA_START_LATEST ? last - (kept > 0)
                      : o->start == LINA_START_OLDEST ? gone
                                                      : o->at - 1;
    reader->lost = gone - lina_min(gone, cursor);
    reader->cursor = lina_max(cursor, gone);
    reader->slot = slot_at(arena, c, reader->cursor);
    if (reader->slot != LINA_NIL)
        reader->serial = slot_serial(load_relaxed_u64(&arena->slots[reader->slot].state));
    return LINA_OK;
}

static int fail_full(const lina_reader_t *reader) {
    return lina_fail(
        LINA_ERR_FULL,
        "stream \"%s\": it has %u reliable readers, which is the most; a lossy one can "
        "be opened",
        reader->name, STREAM_READERS);
}

/* Makes the entry of a reliable reader in the stream's record. */
static int enter_cursor(lina_reader_t *reader, const struct lina_channel *c) {
    struct lina_dumping seen = {0, 0};
    lina_arena_t *arena = reader->arena;
    reader->entry = lina_cursors_add(arena, c, reader->cursor);
    if (reader->entry == LINA_NIL && lina_cursors_bury(arena, c, &seen))
        reader->entry = lina_cursors_add(arena, c, reader->cursor);
    if (reader->entry == LINA_NIL)
        return fail_full(reader);
    reader->owner = lina_member_own_incarnation(arena);
    return LINA_OK;
}

/* Opens the reader. The caller is inside the writer's section. */
static int open_inside(lina_reader_t *reader, const lina_reader_options_t *o) {
    struct lina_channel c;
    int rc = lina_stream_find(reader->arena, reader->name, &c);
    if (rc != LINA_OK)
        return rc;
    reader->incarnation = c.incarnation;
    reader->stream = c.number;
    reader->max_held = o->max_held != 0 ? o->max_held : load_relaxed_u32(&c.record->depth);
    rc = set_start(reader, &c, o);
    return rc == LINA_OK && (o->flags & LINA_READER_LOSSY) == 0 ? enter_cursor(reader, &c) : rc;
}

static int open_reader(lina_reader_t *reader, const lina_reader_options_t *o) {
    struct lina_held *held = malloc(sizeof *held);
    if (held == NULL)
        return lina_fail(LINA_ERR_NO_MEMORY, "stream \"%s\": no memory for a reader", reader->name);
    *held = (struct lina_held){HELD_READER};
    int rc = lina_writer_begin(reader->arena);
    if (rc == LINA_OK) {
        rc = open_inside(reader, o);
        lina_writer_end(reader->arena);
    }
    if (rc != LINA_OK) {
        free(held);
        return rc;
    }
    reader->held = held;
    reader->epoch = reader->arena->epoch;
    lina_arena_hold(reader->arena, LINA_NO_VIEW);
    return LINA_OK;
}

int lina_reader_open(lina_arena_t *arena, const char *name, const lina_reader_options_t *options,
                     lina_reader_t *reader) {
    static const lina_reader_options_t defaults;
    struct lina_key key;
    if (options == NULL)
        options = &defaults;
    int rc = lina_arena_resolve(&arena);
    if (rc == LINA_OK)
        rc = lina_key_make(&key, "stream", name);
    if (rc == LINA_OK && reader == NULL)
        rc = lina_fail(LINA_ERR_INVALID, "stream \"%s\": no place for its reader", key.text);
    if (rc == LINA_OK)
        rc = check_options(&key, options);
    if (rc == LINA_OK && arena->read_only && (options->flags & LINA_READER_LOSSY) == 0)
        rc =
            lina_fail(LINA_ERR_READ_ONLY,
                      "stream \"%s\": arena \"%s\" is attached read-only, where only lossy readers "
                      "can be opened",
                      key.text, arena->where);
    if (rc != LINA_OK)
        return rc;
    lina_reader_t made = {
        .arena = arena, .flags = options->flags, .slot = LINA_NIL, .entry = LINA_NIL};
    memcpy(made.name, key.text, sizeof made.name);
    rc = open_reader(&made, options);
    if (rc != LINA_OK)
        return rc;
    *reader = made;
    reader->self = reader;
    return LINA_OK;
}
