/* tables.c - see tables.h. */
#include "tables.h"

#include "../../core/geometry.h"
#include "../../core/mapping.h"
#include "../../core/platform.h"

/* Saves the tables, which are sound now. */
static void tables_save(struct tables *t) { memcpy(t->sound, t->live, t->nbytes); }

/* ---- the scenes -------------------------------------------------------------------------------- */

static void publish(lina_arena_t *arena, const char *name, uint64_t tag) {
    lina_view_t view;
    uint64_t length = payload_length(tag);
    CHECK_OK(lina_loan(arena, name, LINA_DTYPE_U64, 1, &length, LINA_LAYOUT_C, &view));
    payload_fill(&view, tag);
    CHECK_OK(lina_publish(&view));
}

/* Scene: three arrays, two slices, two signals. */
static void furnish(struct tables *t) {
    uint64_t length = 2, shape[] = {2, 1, 2};
    int64_t strides[] = {-16, 48, 8};
    publish(t->arena, TABLES_LONG, 4);
    publish(t->arena, "a", 5);
    publish(t->arena, "b", 6);
    CHECK_OK(lina_alias(t->arena, "slice", "a", 8, 1, &length, NULL));
    CHECK_OK(lina_alias(t->arena, "mirror", "b", 16, 3, shape, strides));
    CHECK_OK(lina_arena_signal(t->arena, "p"));
    CHECK_OK(lina_arena_signal(t->arena, TABLES_LONG));
}

/* The same, with old generations that are held, a loan, and a large array. */
static void crowd(struct tables *t) {
    lina_view_t view;
    lina_desc_t desc;
    uint64_t length = 2, large = 300 << 10;
    furnish(t);
    CHECK_OK(lina_arena_open(t->arena, "b", &desc));
    publish(t->arena, "b", 7);
    CHECK_OK(lina_acquire(t->arena, "a", &view));
    publish(t->arena, "a", 8);
    CHECK_OK(lina_loan(t->arena, "new", LINA_DTYPE_U64, 1, &length, LINA_LAYOUT_C, &view));
    CHECK_OK(
        lina_arena_create_array(t->arena, "large", LINA_DTYPE_U8, 1, &large, LINA_LAYOUT_F, NULL));
}

/* The same after a writer died in its section. The table of members has it and two other members that are dead. */
static void die_inside(struct tables *t) {
    struct lina_header *h = (void *)t->live;
    struct lina_member *members = (void *)(t->live + t->regions[2].offset);
    crowd(t);
    for (int m = 1; m < TABLES_MEMBERS; m++)
        members[m].state = MEMBER_ACTIVE;
    h->members_used = TABLES_MEMBERS;
    h->lock = LOCK_TURN_ONE | 2; /* owned by number 1, the first that a newcomer takes */
    h->dirty = 1;
}

static struct lina_slot *slots_of(const struct tables *t) {
    return (void *)(t->live + t->regions[3].offset);
}

/* A chain of slices whose bases were removed, and every counter just before it wraps. */
static void wrap(struct tables *t) {
    struct lina_header *h = (void *)t->live;
    struct lina_signal_slot *signals = (void *)(t->live + t->regions[7].offset);
    uint64_t length = 2;
    furnish(t);
    CHECK_OK(lina_alias(t->arena, "new", "slice", 0, 1, &length, NULL));
    CHECK_OK(lina_alias(t->arena, "newer", "new", 8, 0, NULL, NULL));
    CHECK_OK(lina_remove(t->arena, "a"));
    CHECK_OK(lina_remove(t->arena, "slice"));
    slots_of(t)[2].desc.generation = UINT32_MAX; /* the slot of "b" */
    h->next_serial = (UINT64_C(1) << 56) - 2;
    signals[0].word = UINT64_MAX - 3;
    h->lock = LOCK_TURN_MASK;
}

/* A writer died while it rebuilt the name index, and two generations of a name are LIVE. */
static void die_rebuilding(struct tables *t) {
    struct lina_header *h = (void *)t->live;
    crowd(t);
    for (uint32_t i = 0; i < h->slots_used; i++)
        if ((slots_of(t)[i].state & SLOT_STATE_MASK) == SLOT_RETIRED)
            slots_of(t)[i].state += SLOT_LIVE - SLOT_RETIRED;
    memset(t->live + t->regions[5].offset, 0, 64);
    h->index_epoch = 1;
    h->dirty = 1;
}

/* The last member died with a view and a loan, after the others had left. lina_open has exposed arrays. */
static void orphan(struct tables *t) {
    lina_arena_t *other;
    lina_view_t view, loan;
    lina_desc_t desc;
    uint64_t length = 9;
    furnish(t);
    CHECK_OK(lina_arena_attach(t->where, 0, &other));
    CHECK_OK(lina_acquire(other, "a", &view));
    CHECK_OK(lina_loan(other, "new", LINA_DTYPE_U64, 1, &length, LINA_LAYOUT_C, &loan));
    CHECK_OK(lina_arena_open(t->arena, "b", &desc));
    CHECK_OK(lina_remove(t->arena, "a"));
    CHECK_OK(lina_remove(t->arena, "b"));
    CHECK_OK(lina_arena_close(t->arena));
    t->arena = NULL;
    tables_save(t);
    lina_release(&view);
    lina_release(&loan);
    CHECK_OK(lina_arena_close(other));
}

/* The name index is full of INDEX_GONE entries, and header.cleanup asks the next writer to free slots. */
static void wear_out(struct tables *t) {
    struct lina_header *h = (void *)t->live;
    uint64_t *index = (void *)(t->live + t->regions[5].offset);
    crowd(t);
    for (uint64_t i = 0; i < t->regions[5].nbytes / sizeof *index; i++)
        if (index[i] == INDEX_EMPTY) {
            index[i] = INDEX_GONE;
            h->index_gone++;
        }
    h->cleanup = 1;
}

/* All space is taken, except a gap that is a little smaller than the large array that is asked for later. */
static void fill(struct tables *t) {
    const struct lina_header *h = (void *)t->live;
    uint64_t hole = 319360, rest;
    publish(t->arena, "a", 5);
    CHECK_OK(
        lina_arena_create_array(t->arena, "large", LINA_DTYPE_U8, 1, &hole, LINA_LAYOUT_C, NULL));
    rest = TABLES_DATA - h->space.used_bytes;
    CHECK_OK(
        lina_arena_create_array(t->arena, "newer", LINA_DTYPE_U8, 1, &rest, LINA_LAYOUT_C, NULL));
    CHECK_OK(lina_remove(t->arena, "large"));
}

/* Two streams: one with readers and a producer that have died, and one that was removed under its reader. */
static void flow(struct tables *t) {
    static lina_reader_t readers[2];
    lina_arena_t *other;
    lina_view_t view;
    CHECK_OK(lina_stream_open(t->arena, "a", 3));
    CHECK_OK(lina_stream_open(t->arena, "b", 2));
    CHECK_OK(lina_arena_attach(t->where, 0, &other));
    CHECK_OK(lina_reader_open(other, "a", NULL, &readers[0]));
    CHECK_OK(lina_reader_open(other, "b", NULL, &readers[1]));
    CHECK_OK(lina_stream_produce(other, "a"));
    for (uint64_t tag = 1; tag <= 2; tag++) {
        publish(t->arena, "a", tag);
        publish(t->arena, "b", tag);
    }
    CHECK_OK(lina_reader_next(&readers[0], 0, &view));
    CHECK_OK(lina_remove(t->arena, "b"));
    tables_save(t); /* as if the other had died here */
    lina_release(&view);
    CHECK_OK(lina_arena_close(other));
    lina_reader_close(&readers[0]);
    lina_reader_close(&readers[1]);
    tables_restore(t);
}

static void leave_empty(struct tables *t) { (void)t; }

/* ---- setting one ------------------------------------------------------------------------------- */

static void find_regions(struct tables *t, const struct lina_geometry *g) {
    const uint64_t space = offsetof(struct lina_header, space);
    const struct region regions[TABLES_REGIONS] = {
        {0, space},
        {space, sizeof(struct lina_space)},
        {g->members, g->max_members * sizeof(struct lina_member)},
        {g->slots, g->max_arrays * sizeof(struct lina_slot)},
        {g->ledger, g->ledger_size * sizeof(struct lina_ledger)},
        {g->index, g->index_size * sizeof(uint64_t)},
        {g->signal_index, g->signal_index_size * sizeof(uint64_t)},
        {g->signals, g->max_signals * sizeof(struct lina_signal_slot)},
        {g->pins, (uint64_t)g->max_members * g->steps * LINA_STEP * sizeof(uint32_t)},
        /* Some words of the header once more, because they are few and matter to every call. */
        {offsetof(struct lina_header, lock), 20},
        {offsetof(struct lina_header, next_serial), 48},
        {g->rows, g->steps * sizeof(struct lina_rows)},
        {g->streams, g->max_streams * sizeof(struct lina_stream)},
        /* The heads and rooms of streams, behind the signals. */
        {g->signals + g->max_signals * sizeof(struct lina_signal_slot),
         UINT64_C(2) * g->max_streams * sizeof(struct lina_signal_slot)},
        /* The same for the first stream: its numbers with its first producer, and its first readers. */
        {g->streams, offsetof(struct lina_stream, producers) + sizeof(struct lina_producer)},
        {g->streams + offsetof(struct lina_stream, cursors), 2 * sizeof(struct lina_cursor)},
    };
    memcpy(t->regions, regions, sizeof regions);
    t->nbytes = t->closed = g->guard;
}

/* Maps the tables by a descriptor of the test's own, so that all members of the arena may leave. */
static void open_tables(struct tables *t) {
    int fd;
    void *map;
    CHECK_OK(lina_arena_fd(t->arena, &fd));
    struct platform_file lent, file;
    struct platform_stat st;
    CHECK(platform_adopt(fd, &lent, &st) == 0 && platform_reopen(lent, false, &file) == 0);
    CHECK(platform_map(file, t->nbytes, false, &map) == 0);
    snprintf(t->where, sizeof t->where, "fd:%d", file.fd);
    t->live = map;
    t->sound = malloc(t->nbytes);
    CHECK(t->sound != NULL);
}

void tables_set(struct tables *tables, int scene) {
    static void (*const scenes[TABLES_SCENES])(struct tables *) = {
        leave_empty,    furnish, crowd,    die_inside, wrap,
        die_rebuilding, orphan,  wear_out, fill,       flow};
    static const lina_arena_options_t options = {
        .max_arrays = TABLES_ARRAYS, .max_signals = TABLES_SIGNALS, .max_members = TABLES_MEMBERS};
    struct lina_geometry geo = {.data_size = TABLES_DATA,
                                .max_arrays = TABLES_ARRAYS,
                                .max_signals = TABLES_SIGNALS,
                                .max_members = TABLES_MEMBERS};
    CHECK_OK(lina_arena_create(NULL, TABLES_DATA, &options, &tables->arena));
    lina_geometry_compute(&geo);
    find_regions(tables, &geo);
    open_tables(tables);
    scenes[scene](tables);
    if (tables->arena != NULL)
        tables_save(tables);
}

void tables_restore(struct tables *tables) {
    for (int i = 0; i < TABLES_REGIONS; i++) {
        const struct region *r = &tables->regions[i];
        memcpy(tables->live + r->offset, tables->sound + r->offset, r->nbytes);
    }
    tables->closed = tables->nbytes;
}

void tables_joined(struct tables *tables, const lina_arena_t *member) {
    tables->closed = member->geo.guard;
}

/* ---- alterations ------------------------------------------------------------------------------- */

/* Chooses a word. How often it chooses a region depends on how many ways there are to misread it, not on its size. It
 * chooses the front of a region more often than the end, because tables fill from the front. */
static uint8_t *word_at(struct tables *tables, uint16_t place) {
    static const uint8_t often[32] = {0, 1, 1, 1, 1, 1, 2, 2, 3,  3,  3,  3,  3, 3,  4,  4,
                                      4, 4, 5, 5, 6, 7, 7, 8, 12, 14, 13, 11, 9, 10, 10, 15};
    const struct region *r = &tables->regions[often[place % 32]];
    uint64_t along = place / 32, words = r->nbytes / 4;
    uint64_t offset = r->offset + (along * along * words >> 22) * 4;
    return tables->live + offset % tables->closed;
}

/* A number that is likely to get past a check: near the end of a table or of the data, a flag, or another word's. */
static uint64_t likely(uint8_t kind, uint64_t now, const uint8_t *other) {
    static const uint64_t bounds[] = {
        0,          1,  2,          3,    11,  12, 13, 26, 4096, TABLES_DATA, TABLES_DATA - 64,
        UINT32_MAX, 64, UINT64_MAX, 0x80, 0xc0};
    uint32_t word;
    memcpy(&word, other, sizeof word);
    if (kind < 16)
        return bounds[kind];
    if (kind >= 40)
        return now ^ UINT64_C(1) << kind % 64;
    return kind < 22   ? now + 1
           : kind < 28 ? now - 1
           : kind < 31 ? now + 64
           : kind < 34 ? 0 - now
                       : word;
}

#define WIDE 0x80
#define GIVEN 0x7f

bool tables_kind_is_likely(uint8_t kind) { return (kind & ~WIDE) != GIVEN; }

void tables_alter(struct tables *tables, uint16_t place, uint8_t kind, uint16_t other,
                  uint64_t value) {
    uint8_t *at = word_at(tables, place);
    size_t width = (kind & WIDE) != 0 && ((uintptr_t)at & 7) == 0 ? 8 : 4;
    uint64_t now = 0;
    memcpy(&now, at, width);
    if (tables_kind_is_likely(kind))
        value = likely(kind & GIVEN, now, word_at(tables, other));
    memcpy(at, &value, width);
}

void tables_seal(struct tables *tables) {
    struct lina_header *header = (void *)tables->live;
    header->check = lina_geometry_check(header);
}
