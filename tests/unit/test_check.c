/* test_check.c - lina_check_arena finds each kind of damage; a rebuild mends what can be mended. */
#include "../helpers.h"
#include "members.h"
#include "names.h"
#include "signal_names.h"

struct scene {
    lina_arena_t *a;
    uint32_t x, slice, old; /* slots: a live array, an alias on it, a generation that is held */
    lina_view_t held;
};

static uint32_t slot_of(lina_arena_t *arena, const char *name) {
    struct lina_key key;
    CHECK_OK(lina_key_make(&key, "array", name));
    return lina_names_entry(arena, &key).slot;
}

static struct scene stage(void) {
    if (PARANOID)
        SKIP("a paranoid build ends at the first damage");
    struct scene s = {.a = new_arena(64 << 10)};
    publish_bytes(s.a, "x", 1000, 1);
    CHECK_OK(lina_alias(s.a, "slice", "x", 0, 1, SHAPE(10), NULL));
    publish_bytes(s.a, "y", 1000, 2);
    s.old = slot_of(s.a, "y");
    s.held = hold(&s.held, s.a, "y");
    CHECK_OK(lina_republish(s.a, "y", U8, 1, SHAPE(1000), LINA_LAYOUT_C, NULL));
    lina_view_t y = hold(&y, s.a, "y");
    memset(y.data, 3, 1000);
    lina_release(&y);
    publish_bytes(s.a, "gone", 1000, 3);
    CHECK_OK(lina_remove(s.a, "gone"));
    CHECK_OK(lina_arena_signal(s.a, "s"));
    CHECK_OK(lina_arena_signal(s.a, "t"));
    CHECK_OK(lina_check_arena(s.a));
    s.x = slot_of(s.a, "x");
    s.slice = slot_of(s.a, "slice");
    return s;
}

/* Damages one word, checks that the damage is found, and mends it. */
#define FOUND(word, value, says)                                                                   \
    do {                                                                                           \
        __typeof__(word) was_ = (word);                                                            \
        (word) = (value);                                                                          \
        CHECK_ERR(lina_check_arena(a), LINA_ERR_CORRUPT, says);                                    \
        (word) = was_;                                                                             \
        CHECK_OK(lina_check_arena(a));                                                             \
    } while (0)

TEST("damage to a slot is found") {
    struct scene s = stage();
    lina_arena_t *a = s.a;
    lina_desc_t *x = &a->slots[s.x].desc;
    FOUND(x->offset, 1 << 20, "outside the data");
    FOUND(x->offset, x->offset + 64, "outside its run");
    FOUND(x->nbytes, 999, "outside the data");
    FOUND(x->ndim, 9, "outside the data");
    FOUND(x->strides[0], INT64_MIN, "outside the data");
    FOUND(x->generation, 0, "generation 0");
    FOUND(a->ledger[s.x].owner, UINT64_C(1) << 60, "owner");
    FOUND(x->name[0], '\0', "name");
    FOUND(x->name[0], '\n', "name");
    FOUND(x->name[0], 'z', "index");
    FOUND(a->slots[s.x].state, a->slots[s.x].state | UINT64_C(1) << 60, "future");
    FOUND(a->header->next_serial, 1, "future");
    FOUND(a->header->slots_used, UINT32_MAX, "more slots");
}

TEST("damage to the ledger, the lists and the counts is found") {
    struct scene s = stage();
    lina_arena_t *a = s.a;
    FOUND(a->ledger[s.x].nbytes, 0, "outside its run");
    FOUND(a->ledger[s.slice].base, LINA_NIL, "alias without a base");
    FOUND(a->ledger[s.x].dependents, 0, "miscounted");
    FOUND(a->ledger[s.x].dependents, 2, "miscounted");
    FOUND(a->header->live_count, 7, "miscounted");
    FOUND(a->header->pending_count, 0, "miscounted");
    FOUND(a->header->free_head, LINA_NIL, "free slots");
    FOUND(a->ledger[a->header->free_head].next, a->header->free_head, "free slots");
    FOUND(a->header->pending_head, LINA_NIL, "pending slots");
    FOUND(a->header->loan_count, 9, "loans");
    publish_bytes(a, "again", 1000, 1);
    publish_bytes(a, "again", 1000, 2);
    FOUND(a->header->spare_count, 0, "spares");
    FOUND(a->ledger[slot_of(a, "again")].spare, 0, "spare of no array");
}

TEST("damage to the indexes and the signals is found") {
    struct scene s = stage();
    lina_arena_t *a = s.a;
    struct lina_key key;
    CHECK_OK(lina_key_make(&key, "array", "x"));
    uint64_t *entry = &a->index[key.hash & (a->geo.index_size - 1)];
    while ((uint32_t)(*entry >> 32) != key.hash)
        entry++;
    FOUND(*entry, INDEX_EMPTY, "index");
    FOUND(*entry, INDEX_GONE, "index");
    FOUND(entry[1], UINT64_C(0x12345678) << 32 | 3, "index");
    FOUND(a->signals[0].cleared, 2, "cleared before it was raised");
    FOUND(a->signals[0].name[0], 'q', "signal index");
    FOUND(a->signals[0].incarnation, SIGNAL_LAST, "miscounted");
    FOUND(a->header->signals_used, UINT32_MAX, "more signals");
    FOUND(a->header->signals_live, 1, "signals are miscounted");
    FOUND(a->header->signal_index_gone, 1, "gone entries of the signal index");
    CHECK_OK(lina_arena_signal_remove(a, "t"));
    FOUND(a->header->signal_first, LINA_NIL, "removed signals has not all");
    FOUND(a->header->signal_first, 0, "among those that were removed");
    FOUND(a->header->signal_removals, 0, "removed signals");
    FOUND(a->signals[1].incarnation, SIGNAL_LIVE, "signal");
    FOUND(a->signals[1].next, 1, "removed signals");
}

TEST("damage to the runs of the data is found") {
    struct scene s = stage();
    lina_arena_t *a = s.a;
    uint32_t ends = a->geo.max_arrays;
    struct lina_ledger *x = &a->ledger[s.x], *gap = &a->ledger[a->ledger[ends].before];
    FOUND(x->nbytes, x->nbytes + 64, "tile");
    FOUND(gap->offset, gap->offset + 64, "tile");
    FOUND(x->after, s.x, "tile");
    FOUND(x->after, ends, "end before the data");
    FOUND(a->ledger[ends].after, LINA_NIL, "end before the data");
    FOUND(a->ledger[s.slice].nbytes, 64, "alias without a base");
    FOUND(a->header->space.used_bytes, 0, "bytes in use");
    CHECK_OK(make(a, "empty", U8, 0));
    FOUND(a->ledger[slot_of(a, "empty")].nbytes, 64, "not among the runs");
    gap[1] = *gap; /* cut in two */
    gap[1].offset += 64;
    gap[1].nbytes -= 64;
    gap->nbytes = 64;
    gap->after = (uint32_t)(gap + 1 - a->ledger);
    CHECK_ERR(lina_check_arena(a), LINA_ERR_CORRUPT, "two gaps");
}

TEST("damage to the pins, a pin of a member that is gone, is found") {
    struct scene s = stage();
    lina_arena_t *a = s.a, *b = join_arena(a, 0);
    lina_view_t view = hold(&view, b, "x"); /* takes its row of pins */
    lina_release(&view);
    CHECK_OK(lina_arena_close(b));
    FOUND(lina_row(a, 1, 0)[lina_place_in_row(s.x)], 1, "gone");
}

static void scribble(void *where, uint64_t bytes) { memset(where, 0xa5, bytes); }

TEST("all that is only an index is rebuilt from the descriptors") {
    struct scene s = stage();
    lina_arena_t *a = s.a;
    struct lina_header *h = a->header;
    scribble(a->index, a->geo.index_size * sizeof *a->index);
    memset(a->signal_index, 0, a->geo.signal_index_size * sizeof *a->signal_index);
    scribble(&h->space, sizeof h->space);
    uint32_t slots = a->geo.max_arrays;
    scribble(a->ledger + slots, (a->geo.ledger_size - slots) * sizeof *a->ledger);
    for (uint32_t i = 0; i < h->slots_used; i++) {
        a->ledger[i].dependents = 77;
        a->ledger[i].before = a->ledger[i].after = 99999;
        if ((a->slots[i].state & SLOT_STATE_MASK) != SLOT_LIVE) /* a live one has its owner there */
            a->ledger[i].prev = a->ledger[i].next = 12345;
    }
    h->free_head = h->pending_head = 54321;
    h->pending_count = h->live_count = h->index_gone = 1000;
    h->signals_used = h->signals_live = 0;
    h->signal_removals = 0;
    h->signal_first = h->signal_last = 4711;
    h->signal_index_gone = 1000;
    h->dirty = 1; /* as a writer that died here leaves it */
    CHECK_OK(make(a, "new", U8, 100));
    CHECK_OK(lina_check_arena(a));
    lina_arena_info_t info = info_of(a);
    CHECK_EQ(info.arrays, 4);
    CHECK_EQ(info.held, 1);
    CHECK_EQ(info.signals, 2);
    CHECK_EQ(lina_arena_try_wait(a, "t"), 1);
    CHECK(all_are(s.held.data, 1000, 2));
    lina_view_t x = hold(&x, a, "x"), slice = hold(&slice, a, "slice"), y = hold(&y, a, "y");
    CHECK(all_are(x.data, 1000, 1));
    CHECK(all_are(slice.data, 10, 1));
    CHECK(all_are(y.data, 1000, 3));
    CHECK_OK(lina_arena_signal(a, "u"));
    CHECK_EQ(info_of(a).signals, 3);
}

TEST("descriptors that contradict each other are CORRUPT for writers, readers go on") {
    struct scene s = stage();
    lina_arena_t *a = s.a;
    uint64_t was = a->ledger[s.x].offset;
    a->ledger[s.x].offset = a->ledger[s.old].offset;
    a->header->dirty = 1;
    CHECK_ERR(make(a, "new", U8, 100), LINA_ERR_CORRUPT, "overlap");
    CHECK_ERR(lina_check_arena(a), LINA_ERR_CORRUPT, "overlap");
    lina_view_t x = hold(&x, a, "x");
    CHECK(all_are(x.data, 1000, 1));
    CHECK_OK(lina_arena_signal(a, "s"));
    lina_release(&x);
    a->ledger[s.x].offset = was;
    CHECK_OK(make(a, "new", U8, 100));
    CHECK_OK(lina_check_arena(a));
}

TEST("a member number that damaged tables name belongs to no member") {
    struct scene s = stage();
    lina_arena_t *arena = s.a;
    uint32_t numbers[] = {1, arena->geo.max_members, UINT32_MAX};
    char text[LINA_MEMBER_TEXT], name[LINA_MAX_NAME];
    for (int i = 0; i < 3; i++) {
        uint32_t m = numbers[i];
        struct lina_dumping seen = {0, 0};
        CHECK_EQ(lina_member_pid(arena, m), 0);
        CHECK(!lina_member_name(arena, m, name));
        CHECK_EQ(lina_member_alive(arena, m), false);
        CHECK(lina_member_is_gone(arena, m, 1, &seen));
        lina_member_describe(arena, m, text);
        CHECK(strstr(text, "process") == NULL);
    }
    CHECK_EQ(lina_member_pid(arena, 0), (uint32_t)getpid());
}

TEST("a reader of a damaged stream gets CORRUPT within its time-out, and goes on once the damage "
     "is mended") {
    if (PARANOID)
        SKIP("a paranoid build ends at the first damage");
    lina_arena_t *a = new_arena(64 << 10);
    lina_reader_options_t oldest = {.start = LINA_START_OLDEST};
    lina_reader_t reader;
    lina_view_t view;
    CHECK_OK(lina_stream_open(a, "s", 2));
    publish_bytes(a, "s", 100, 1);
    CHECK_OK(lina_reader_open(a, "s", &oldest, &reader));
    CHECK_OK(lina_reader_next(&reader, 0, &view));
    uint32_t *newer = &a->ledger[slot_of(a, "s")].newer;
    uint64_t *head = &a->signals[lina_head_slot(a, reader.stream)].word, word = *head;
    uint32_t nowhere[] = {0, 1, 7, a->geo.max_arrays, UINT32_MAX - 1};
    for (int i = 0; i < 5; i++) {
        *newer = nowhere[i];
        CHECK_ERR(lina_reader_next(&reader, 1000000, &view), LINA_ERR_CORRUPT, "\"s\"");
    }
    *newer = LINA_NIL;
    *head = word + 1000;
    CHECK_ERR(lina_reader_next(&reader, 1000000, &view), LINA_ERR_CORRUPT, "\"s\"");
    *head = word;
    CHECK_ERR(lina_reader_next(&reader, 0, &view), LINA_ERR_TIMEOUT, "\"s\"");
    publish_bytes(a, "s", 100, 2);
    lina_release(&view);
    CHECK_OK(lina_reader_next(&reader, 0, &view));
    CHECK(all_are(view.data, 100, 2));
    lina_release(&view);
    lina_reader_close(&reader);
    CHECK_OK(lina_check_arena(a));
}
