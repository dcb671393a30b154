/* stream_slots.c - see stream_slots.h. */
#include "stream_slots.h"

#include "members.h"
#include "room.h"
#include "signal_slots.h"

static struct lina_signal_slot *head_at(const lina_arena_t *arena, uint32_t number) {
    return &arena->signals[lina_head_slot(arena, number)];
}

static bool is_live(const lina_arena_t *arena, uint32_t number) {
    return signal_phase(load_relaxed_u64(&head_at(arena, number)->incarnation)) == SIGNAL_LIVE;
}

struct lina_channel lina_streams_find(lina_arena_t *arena, const struct lina_key *key) {
    struct lina_signal_place place = lina_signal_names_find_head(arena, key);
    if (place.slot == LINA_NIL)
        return (struct lina_channel){.record = NULL};
    uint32_t number = lina_stream_number(arena, place.slot);
    return (struct lina_channel){lina_tables_stream(arena, number), place.incarnation, number};
}

struct lina_channel lina_stream_at(lina_arena_t *arena, uint32_t number) {
    if (number >= lina_tables_streams(arena) || !is_live(arena, number))
        return (struct lina_channel){.record = NULL};
    return (struct lina_channel){lina_tables_stream(arena, number),
                                 load_relaxed_u64(&head_at(arena, number)->incarnation), number};
}

/* ---- making and ending ------------------------------------------------------------------------- */

/* True if a reader of the removed stream that had this number may still announce its cursor in the record. */
static bool has_readers(lina_arena_t *arena, uint32_t number) {
    const struct lina_stream *record = lina_tables_stream(arena, number);
    struct lina_dumping seen = {0, 0};
    for (uint32_t i = 0; record != NULL && i < STREAM_READERS; i++) {
        const struct lina_cursor *reader = &record->cursors[i];
        uint64_t owner = load_sc_u64(&reader->owner);
        if (owner != 0 &&
            !lina_member_is_gone(arena, load_relaxed_u32(&reader->member), owner, &seen))
            return true;
    }
    return false;
}

/* A number that no stream has, or LINA_NIL if all are taken. */
static uint32_t take_number(lina_arena_t *arena) {
    uint32_t used = lina_tables_streams(arena);
    for (uint32_t number = 0; number < used; number++)
        if (!is_live(arena, number) && !has_readers(arena, number))
            return number;
    return used < arena->geo.max_streams ? used : LINA_NIL;
}

/* Clears the record word by word, because readers of the stream that had it before may still load words. */
static void clear_record(struct lina_stream *record, uint32_t depth) {
    uint64_t *words = (uint64_t *)(void *)record;
    for (size_t i = 0; i < sizeof *record / sizeof *words; i++)
        store_relaxed_u64(&words[i], 0);
    store_relaxed_u32(&record->depth, depth);
    store_relaxed_u32(&record->oldest, LINA_NIL);
    store_relaxed_u32(&record->newest, LINA_NIL);
}

int lina_stream_slots_make(lina_arena_t *arena, const struct lina_key *key, uint32_t depth,
                           uint32_t first, struct lina_channel *out) {
    uint32_t number = take_number(arena);
    if (number == LINA_NIL)
        return lina_fail(LINA_ERR_FULL, "stream \"%s\": all %u streams of the arena are in use",
                         key->text, arena->geo.max_streams);
    int error = lina_tables_reach_stream(arena, number);
    if (error != 0)
        return lina_fail_room(arena, error, "stream \"%s\": the system has no room for its tables",
                              key->text);
    struct lina_stream *record = &arena->streams[number];
    clear_record(record, depth);
    if (number == lina_tables_streams(arena))
        store_release_u32(&arena->header->streams_used, number + 1);
    uint32_t head = lina_head_slot(arena, number), room = lina_room_slot(arena, number);
    uint64_t incarnation = lina_signal_slots_prepare(arena, key, room);
    incarnation = lina_max(incarnation, lina_signal_slots_prepare(arena, key, head));
    incarnation += SIGNAL_LIVE - SIGNAL_FREE;
    lina_signal_names_put(arena, key, head);
    /* If the writer dies before the stream exists, the ledger has the number of no stream. The rebuild removes it. */
    if (first != LINA_NIL)
        store_release_u32(&arena->ledger[first].stream, number);
    store_sc_u64(&arena->signals[room].incarnation, incarnation);
    store_sc_u64(&arena->signals[head].incarnation, incarnation); /* now the stream exists */
    tally_u32(&arena->header->streams_live, 1);
    *out = (struct lina_channel){record, incarnation, number};
    return LINA_OK;
}

static void leave(lina_arena_t *arena, uint32_t slot) {
    uint64_t *incarnation = &arena->signals[slot].incarnation;
    store_sc_u64(incarnation, load_relaxed_u64(incarnation) + (SIGNAL_LAST - SIGNAL_LIVE));
}

void lina_stream_slots_end(lina_arena_t *arena, uint32_t number) {
    struct lina_key key;
    uint32_t head = lina_head_slot(arena, number);
    lina_key_of(&key, head_at(arena, number)->name);
    leave(arena, head);
    leave(arena, lina_room_slot(arena, number));
    lina_signal_names_drop(arena, &key, head);
    tally_u32(&arena->header->streams_live, UINT32_MAX);
}

void lina_stream_slots_rebuild(lina_arena_t *arena) {
    uint32_t used = lina_tables_streams(arena), live = 0;
    for (uint32_t number = 0; number < used; number++) {
        uint32_t room = lina_room_slot(arena, number);
        bool there = is_live(arena, number);
        live += there;
        if (!there &&
            signal_phase(load_relaxed_u64(&arena->signals[room].incarnation)) == SIGNAL_LIVE)
            leave(arena, room);
    }
    store_relaxed_u32(&arena->header->streams_live, live);
}
