/* test_space.c - the free space against a map of its units. */
#include "../helpers.h"
#include "space.h"

static uint64_t random_state = 88172645463325252u;
static uint64_t random_below(uint64_t n) { /* xorshift: the same each run */
    random_state ^= random_state << 13;
    random_state ^= random_state >> 7;
    random_state ^= random_state << 17;
    return random_state % n;
}

#define UNITS 1000
#define TAKEN 200

struct taken {
    uint32_t extent;
    uint64_t first, units;
};

static void mark(bool *map, const struct taken *t, bool used) {
    for (uint64_t u = t->first; u < t->first + t->units; u++) {
        CHECK(map[u] != used);
        map[u] = used;
    }
}

static uint64_t longest_hole(const bool *map) {
    uint64_t longest = 0, run = 0;
    for (int u = 0; u < UNITS; u++) {
        run = map[u] ? 0 : run + 1;
        longest = run > longest ? run : longest;
    }
    return longest;
}

TEST("no two extents overlap, every hole that is long enough is found, neighbours join") {
    lina_arena_options_t options = {.max_arrays = TAKEN};
    lina_arena_t *a;
    CHECK_OK(lina_arena_create(NULL, UNITS * LINA_ALIGN, &options, &a));
    static bool map[UNITS];
    struct taken taken[TAKEN];
    size_t count = 0;
    for (int step = 0; step < 100000; step++) {
        if (count < TAKEN && random_below(2) == 0) {
            uint64_t nbytes = 1 + random_below(random_below(8) == 0 ? 20000 : 1000);
            struct lina_run run;
            uint32_t extent = lina_space_take(a, nbytes, &run);
            uint64_t units = (nbytes + LINA_ALIGN - 1) / LINA_ALIGN;
            CHECK_EQ(extent != LINA_NIL, units <= longest_hole(map));
            if (extent == LINA_NIL)
                continue;
            CHECK_EQ(run.offset % LINA_ALIGN, 0);
            CHECK_EQ(run.nbytes, units * LINA_ALIGN);
            taken[count] = (struct taken){extent, run.offset / LINA_ALIGN, units};
            mark(map, &taken[count++], true);
        } else if (count > 0) {
            size_t i = random_below(count);
            lina_space_give(a, taken[i].extent);
            mark(map, &taken[i], false);
            taken[i] = taken[--count];
        }
    }
    while (count > 0)
        lina_space_give(a, taken[--count].extent);
    struct lina_run run;
    CHECK(lina_space_take(a, UNITS * LINA_ALIGN, &run) != LINA_NIL);
    CHECK_EQ(run.offset, 0);
    CHECK(lina_space_take(a, 1, &run) == LINA_NIL);
}

TEST("an extent that is given back twice stays free once") {
    lina_arena_t *a = new_arena(1024);
    struct lina_run run;
    uint32_t extent = lina_space_take(a, 128, &run);
    lina_space_give(a, extent);
    lina_space_give(a, extent);
    lina_space_give(a, LINA_NIL);
    CHECK_EQ(a->header->space.used_bytes, 0);
    CHECK(lina_space_take(a, 1024, &run) != LINA_NIL);
}

static uint32_t told[16];
static void tell(lina_arena_t *arena, uint32_t slot, uint32_t extent) {
    (void)arena;
    told[slot] = extent;
}

TEST("the space is rebuilt around what is in use") {
    lina_arena_t *a = new_arena(1024);
    struct lina_run run, runs[] = {{64, 64, 3}, {128, 192, 5}, {960, 64, 9}};
    CHECK(lina_space_take(a, 1000, &run) != LINA_NIL);
    CHECK(lina_space_rebuild(a, runs, 3, tell));
    CHECK_EQ(a->header->space.used_bytes, 320);
    CHECK_EQ(a->extents[told[5]].offset, 128);
    CHECK_EQ(a->extents[told[5]].nbytes, 192);
    CHECK(lina_space_take(a, 641, &run) == LINA_NIL);
    CHECK(lina_space_take(a, 640, &run) != LINA_NIL);
    CHECK_EQ(run.offset, 320);
    CHECK(lina_space_take(a, 64, &run) != LINA_NIL);
    CHECK_EQ(run.offset, 0);
    lina_space_give(a, told[3]);
    lina_space_give(a, told[5]);
    CHECK(lina_space_take(a, 256, &run) != LINA_NIL);
    CHECK_EQ(run.offset, 64);
}

TEST("a ledger whose extents overlap, lie outside or between units is not rebuilt from") {
    lina_arena_t *a = new_arena(1024);
    struct lina_run overlap[] = {{0, 128, 0}, {64, 64, 1}}, outside[] = {{960, 128, 0}},
                    far[] = {{UINT64_MAX - 63, 64, 0}}, odd[] = {{32, 64, 0}},
                    huge[] = {{64, UINT64_MAX - 63, 0}};
    CHECK(!lina_space_rebuild(a, overlap, 2, tell));
    CHECK(!lina_space_rebuild(a, outside, 1, tell));
    CHECK(!lina_space_rebuild(a, far, 1, tell));
    CHECK(!lina_space_rebuild(a, odd, 1, tell));
    CHECK(!lina_space_rebuild(a, huge, 1, tell));
    CHECK(lina_space_rebuild(a, overlap, 0, tell));
    CHECK(lina_space_rebuild(a, overlap, 1, tell));
}
