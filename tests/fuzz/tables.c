/* tables.c - see tables.h. */
#include "tables.h"

#include <sys/mman.h>

#include "../../core/geometry.h"
#include "../../core/layout.h"

/* ---- the scenes -------------------------------------------------------------------------------- */

static void publish(lina_arena_t *arena, const char *name, uint64_t tag) {
    lina_view_t view;
    uint64_t length = payload_length(tag);
    CHECK_OK(lina_loan(arena, name, LINA_DTYPE_U64, 1, &length, LINA_LAYOUT_C, &view));
    payload_fill(&view, tag);
    CHECK_OK(lina_publish(&view));
}

static void play(lina_arena_t *arena, int scene) {
    lina_view_t view;
    lina_desc_t desc;
    uint64_t length = 2, large = 300 << 10;
    if (scene == 0)
        return;
    publish(arena, "a", 5);
    publish(arena, "b", 6);
    CHECK_OK(lina_alias(arena, "slice", "a", 8, 1, &length, NULL));
    CHECK_OK(lina_arena_signal(arena, "p"));
    CHECK_OK(lina_arena_signal(arena, "q"));
    if (scene == 1)
        return;
    CHECK_OK(lina_arena_open(arena, "b", &desc));
    publish(arena, "b", 7);
    CHECK_OK(lina_acquire(arena, "a", &view));
    publish(arena, "a", 8);
    CHECK_OK(lina_loan(arena, "new", LINA_DTYPE_U64, 1, &length, LINA_LAYOUT_C, &view));
    CHECK_OK(
        lina_arena_create_array(arena, "large", LINA_DTYPE_U8, 1, &large, LINA_LAYOUT_F, NULL));
}

/* A writer died inside. */
static void die_inside(struct tables *tables) {
    struct lina_header *h = (void *)tables->live;
    h->lock = LOCK_TURN_ONE | 4; /* nobody has that number */
    h->dirty = 1;
}

static void find_regions(struct tables *tables, const struct lina_geometry *g) {
    const struct region regions[TABLES_REGIONS] = {
        {0, sizeof(struct lina_header)},
        {g->members, g->max_members * sizeof(struct lina_member)},
        {g->slots, g->max_arrays * sizeof(struct lina_slot)},
        {g->ledger, g->ledger_size * sizeof(struct lina_ledger)},
        {g->index, g->index_size * sizeof(uint64_t)},
        {g->signal_index, g->signal_index_size * sizeof(uint64_t)},
        {g->signals, g->max_signals * sizeof(struct lina_signal_slot)},
        {g->pins, (uint64_t)g->max_members * g->max_arrays * sizeof(uint32_t)},
    };
    memcpy(tables->regions, regions, sizeof regions);
    for (int i = 0; i < TABLES_REGIONS; i++)
        tables->words += (uint32_t)(regions[i].nbytes / 4);
    tables->nbytes = g->guard;
}

lina_arena_t *tables_set(struct tables *tables, int scene) {
    static const lina_arena_options_t options = {
        .max_arrays = TABLES_ARRAYS, .max_signals = TABLES_SIGNALS, .max_members = TABLES_MEMBERS};
    struct lina_geometry geo = {.data_size = TABLES_DATA,
                                .max_arrays = TABLES_ARRAYS,
                                .max_signals = TABLES_SIGNALS,
                                .max_members = TABLES_MEMBERS};
    lina_arena_t *arena;
    int fd;
    CHECK_OK(lina_arena_create(NULL, TABLES_DATA, &options, &arena));
    CHECK_OK(lina_arena_fd(arena, &fd));
    lina_geometry_compute(&geo);
    find_regions(tables, &geo);
    tables->live = mmap(NULL, tables->nbytes, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    tables->sound =
        mmap(NULL, tables->nbytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    CHECK(tables->live != MAP_FAILED && tables->sound != MAP_FAILED);
    play(arena, scene);
    if (scene == 3)
        die_inside(tables);
    memcpy(tables->sound, tables->live, tables->nbytes);
    return arena;
}

void tables_restore(struct tables *tables) {
    for (int i = 0; i < TABLES_REGIONS; i++) {
        const struct region *r = &tables->regions[i];
        memcpy(tables->live + r->offset, tables->sound + r->offset, r->nbytes);
    }
}

/* ---- alterations ------------------------------------------------------------------------------- */

static uint8_t *word_at(struct tables *tables, uint32_t word) {
    uint64_t at = (uint64_t)(word % tables->words) * 4;
    int i = 0;
    for (; at >= tables->regions[i].nbytes; i++)
        at -= tables->regions[i].nbytes;
    return tables->live + tables->regions[i].offset + at;
}

/* Numbers that are near something: ends of tables and of the data, flags, what others have. */
static uint64_t likely(uint8_t kind, uint64_t now, const uint8_t *other) {
    static const uint64_t bounds[] = {
        0,          1,  2,          3,    11,  12, 13, 26, 4096, TABLES_DATA, TABLES_DATA - 64,
        UINT32_MAX, 64, UINT64_MAX, 0x80, 0xc0};
    uint32_t word;
    memcpy(&word, other, sizeof word);
    if (kind < 16)
        return bounds[kind];
    return kind < 24 ? now + 1 : kind < 32 ? now - 1 : kind < 40 ? word : now ^ (1u << kind % 32);
}

#define WIDE 0x80
#define GIVEN 0x7f

bool tables_kind_is_likely(uint8_t kind) { return (kind & ~WIDE) != GIVEN; }

void tables_alter(struct tables *tables, uint32_t place, uint8_t kind, uint32_t other,
                  uint64_t value) {
    uint8_t *at = word_at(tables, place);
    size_t width = (kind & WIDE) != 0 && ((uintptr_t)at & 7) == 0 ? 8 : 4;
    uint64_t now = 0;
    memcpy(&now, at, width);
    if (tables_kind_is_likely(kind))
        value = likely(kind & GIVEN, now, word_at(tables, other));
    memcpy(at, &value, width);
}
