/* test_names.c - compares the name index with a plain list: many removals, and names with equal hashes. */
#include "../helpers.h"
#include "../random.h"
#include "names.h"

static lina_arena_t *arena_of_arrays(uint32_t max_arrays) {
    lina_arena_options_t options = {.max_arrays = max_arrays};
    lina_arena_t *arena;
    CHECK_OK(lina_arena_create(NULL, MIB, &options, &arena));
    return arena;
}

TEST("look-ups agree with a plain list through ten thousand creates, publishes and removes") {
    enum { NAMES = 100 };
    uint64_t generation[NAMES] = {0}; /* 0: not there */
    lina_arena_t *a = arena_of_arrays(64);
    size_t there = 0;
    uint64_t random = 1;
    for (int step = 0; step < 10000; step++) {
        uint32_t i = random_below(&random, NAMES);
        char name[32];
        snprintf(name, sizeof name, "%u-%s", i, i % 2 ? "x" : "a rather longer name");
        switch (random_below(&random, 3)) {
        case 0: {
            int rc = make(a, name, U8, 1);
            CHECK_EQ(rc, generation[i] ? LINA_ERR_EXISTS : there < 64 ? LINA_OK : LINA_ERR_FULL);
            if (rc == LINA_OK)
                there++, generation[i] = 1;
            break;
        }
        case 1:
            CHECK_EQ(lina_remove(a, name), generation[i] ? LINA_OK : LINA_ERR_NOT_FOUND);
            there -= generation[i] != 0;
            generation[i] = 0;
            break;
        default: {
            int rc = lina_republish(a, name, U8, 0, NULL, LINA_LAYOUT_C, NULL);
            CHECK_EQ(rc, there < 64 ? LINA_OK : LINA_ERR_FULL);
            if (rc == LINA_OK)
                there += generation[i]++ == 0;
        }
        }
        if (step % 100 == 0) {
            for (uint32_t k = 0; k < NAMES; k++) {
                lina_array_t handle;
                lina_view_t view;
                snprintf(name, sizeof name, "%u-%s", k, k % 2 ? "x" : "a rather longer name");
                CHECK_EQ(lina_array_find(a, name, &handle),
                         generation[k] ? LINA_OK : LINA_ERR_NOT_FOUND);
                if (generation[k] == 0)
                    continue;
                CHECK_OK(lina_array_acquire(&handle, &view));
                CHECK_EQ(view.desc.generation, generation[k]);
                lina_release(&view);
            }
            CHECK_EQ(count_arrays(a), there);
            CHECK_OK(lina_check_arena(a));
        }
    }
}

/* Finds two names with equal hashes. */
static void find_collision(struct lina_key *one, struct lina_key *two) {
    enum { SEEN = 1 << 20 };
    static uint32_t seen[SEEN]; /* number + 1 of a name, by the low bits of its hash */
    char name[16];
    for (uint32_t i = 0;; i++) {
        snprintf(name, sizeof name, "n%u", i);
        CHECK_OK(lina_key_make(one, "array", name));
        uint32_t *last = &seen[one->hash % SEEN];
        if (*last != 0) {
            snprintf(name, sizeof name, "n%u", *last - 1);
            CHECK_OK(lina_key_make(two, "array", name));
            if (two->hash == one->hash)
                return;
        }
        *last = i + 1;
    }
}

TEST("two names with the same hash are two arrays, and two signals") {
    struct lina_key one, two;
    find_collision(&one, &two);
    CHECK(strcmp(one.text, two.text) != 0);
    lina_arena_t *a = new_arena(MIB);
    for (int round = 0; round < 3; round++) {
        CHECK_OK(make(a, one.text, U8, 1));
        CHECK_OK(make(a, two.text, U8, 2));
        lina_view_t view = hold(&view, a, two.text);
        CHECK_EQ(view.desc.nbytes, 2);
        lina_release(&view);
        CHECK_OK(lina_remove(a, one.text));
        CHECK_ERR(lina_acquire(a, one.text, &view), LINA_ERR_NOT_FOUND, one.text);
        view = hold(&view, a, two.text);
        CHECK_EQ(view.desc.nbytes, 2);
        lina_release(&view);
        CHECK_OK(lina_remove(a, two.text));
    }
    uint64_t value;
    CHECK_OK(lina_arena_signal(a, one.text));
    CHECK_OK(lina_arena_signal_value(a, two.text, &value));
    CHECK_EQ(value, 0);
    CHECK_OK(lina_arena_signal(a, two.text));
    CHECK_EQ(info_of(a).signals, 2);
    CHECK_OK(lina_check_arena(a));
}

TEST("the index still works after a hundred thousand names were made and removed") {
    lina_arena_t *a = arena_of_arrays(16);
    char name[16];
    CHECK_OK(make(a, "stays", U8, 1));
    for (int i = 0; i < 100000; i++) {
        snprintf(name, sizeof name, "n%d", i);
        CHECK_OK(make(a, name, U8, 1));
        CHECK_OK(lina_remove(a, name));
        if (i % 1000 == 0) {
            lina_view_t view = hold(&view, a, "stays");
            lina_release(&view);
        }
    }
    CHECK_EQ(count_arrays(a), 1);
    CHECK_OK(lina_check_arena(a));
}

TEST("every array is found when the table is full") {
    lina_arena_t *a = arena_of_arrays(5000);
    char name[16];
    for (int i = 0; i < 5000; i++) {
        snprintf(name, sizeof name, "n%d", i);
        CHECK_OK(make(a, name, U8, 1));
    }
    CHECK_ERR(make(a, "more", U8, 1), LINA_ERR_FULL, "\"more\"");
    for (int i = 0; i < 5000; i++) {
        lina_array_t handle;
        snprintf(name, sizeof name, "n%d", i);
        CHECK_OK(lina_array_find(a, name, &handle));
    }
    CHECK_OK(lina_check_arena(a));
}
