/* test_space.c - compares the free space with a map of all units. */
#include "../helpers.h"
#include "../random.h"
#include "space.h"

#define UNITS 1000
#define TAKEN 200

struct taken {
    uint32_t slot;
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

TEST("no two runs overlap, every hole that is long enough is found, neighbours join") {
    lina_arena_options_t options = {.max_arrays = TAKEN};
    lina_arena_t *a;
    CHECK_OK(lina_arena_create(NULL, UNITS * LINA_ALIGN, &options, &a));
    static bool map[UNITS];
    struct taken taken[TAKEN];
    uint32_t count = 0;
    uint64_t random = 1;
    for (uint32_t slot = 0; slot < TAKEN; slot++)
        taken[slot].slot = slot;
    for (int step = 0; step < 100000; step++) {
        if (count < TAKEN && random_below(&random, 2) == 0) {
            uint32_t largest = random_below(&random, 8) == 0 ? 20000 : 1000;
            uint64_t nbytes = 1 + random_below(&random, largest);
            struct lina_run run;
            struct taken *t = &taken[count];
            uint64_t units = (nbytes + LINA_ALIGN - 1) / LINA_ALIGN;
            bool found = lina_space_take(a, t->slot, nbytes, &run);
            CHECK_EQ(found, units <= longest_hole(map));
            if (!found)
                continue;
            CHECK_EQ(run.offset % LINA_ALIGN, 0);
            CHECK_EQ(run.nbytes, units * LINA_ALIGN);
            t->first = run.offset / LINA_ALIGN;
            t->units = units;
            mark(map, t, true);
            count++;
        } else if (count > 0) {
            uint32_t i = random_below(&random, count);
            struct taken given = taken[i];
            lina_space_give(a, given.slot);
            mark(map, &given, false);
            taken[i] = taken[--count];
            taken[count] = given;
        }
    }
    while (count > 0)
        lina_space_give(a, taken[--count].slot);
    struct lina_run run;
    CHECK(lina_space_take(a, 0, UNITS * LINA_ALIGN, &run));
    CHECK_EQ(run.offset, 0);
    CHECK(!lina_space_take(a, 1, 1, &run));
}

TEST("a run that is given back twice stays free once") {
    lina_arena_t *a = new_arena(1024);
    struct lina_run run;
    CHECK(lina_space_take(a, 7, 128, &run));
    lina_space_give(a, 7);
    lina_space_give(a, 7);
    CHECK_EQ(a->header->space.used_bytes, 0);
    CHECK(lina_space_take(a, 7, 1024, &run));
}

TEST("a last unit that is not whole is given to what fits it") {
    lina_arena_t *a = new_arena(192 - 8);
    struct lina_run run;
    CHECK(lina_space_take(a, 0, 128, &run));
    CHECK(!lina_space_take(a, 1, 64, &run));
    CHECK(lina_space_take(a, 1, 56, &run));
    CHECK_EQ(run.offset, 128);
    lina_space_give(a, 0);
    lina_space_give(a, 1);
    CHECK(!lina_space_take(a, 0, 192, &run));
    CHECK(lina_space_take(a, 0, 184, &run));
}

/* Puts runs into the ledger and rebuilds the free space from them. */
static bool rebuild(lina_arena_t *arena, const struct lina_run *runs, uint32_t count) {
    for (uint32_t i = 0; i < count; i++) {
        arena->ledger[runs[i].slot].offset = runs[i].offset;
        arena->ledger[runs[i].slot].nbytes = runs[i].nbytes;
    }
    return lina_space_rebuild(arena, runs, count);
}

TEST("the space is rebuilt around what is in use") {
    lina_arena_t *a = new_arena(1024);
    struct lina_run run, runs[] = {{64, 64, 3}, {128, 192, 5}, {960, 64, 9}};
    CHECK(lina_space_take(a, 0, 1000, &run));
    CHECK(rebuild(a, runs, 3));
    CHECK_EQ(a->header->space.used_bytes, 320);
    CHECK(!lina_space_take(a, 0, 641, &run));
    CHECK(lina_space_take(a, 0, 640, &run));
    CHECK_EQ(run.offset, 320);
    CHECK(lina_space_take(a, 1, 64, &run));
    CHECK_EQ(run.offset, 0);
    lina_space_give(a, 3);
    lina_space_give(a, 5);
    CHECK(lina_space_take(a, 2, 256, &run));
    CHECK_EQ(run.offset, 64);
}

TEST("a ledger whose runs overlap, lie outside or between units is not rebuilt from") {
    lina_arena_t *a = new_arena(1024);
    struct lina_run overlap[] = {{0, 128, 0}, {64, 64, 1}}, outside[] = {{960, 128, 0}},
                    far[] = {{UINT64_MAX - 63, 64, 0}}, odd[] = {{32, 64, 0}},
                    huge[] = {{64, UINT64_MAX - 63, 0}};
    CHECK(!rebuild(a, overlap, 2));
    CHECK(!rebuild(a, outside, 1));
    CHECK(!rebuild(a, far, 1));
    CHECK(!rebuild(a, odd, 1));
    CHECK(!rebuild(a, huge, 1));
    CHECK(rebuild(a, overlap, 0));
    CHECK(rebuild(a, overlap, 1));
}
