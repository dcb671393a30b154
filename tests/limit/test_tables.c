/* test_tables.c - uses up an arena's bytes, descriptors, signals and members, and gives them back. Each time the call
 * must fail with the right error, nothing may be lost, and there must be as much room afterwards as before. */
#include "../helpers.h"
#include "../random.h"

static const char *numbered(int number) {
    static char name[16];
    snprintf(name, sizeof name, "n%d", number);
    return name;
}

/* Creates arrays of `nbytes` until there is no room. Each array is filled with its number. */
static int fill(lina_arena_t *arena, uint64_t nbytes, int first) {
    for (int i = first;; i++) {
        int rc = make(arena, numbered(i), U8, nbytes);
        if (rc != LINA_OK) {
            CHECK_ERR(rc, LINA_ERR_NO_MEMORY, numbered(i));
            return i;
        }
        lina_view_t view = hold(&view, arena, numbered(i));
        memset(view.data, i, nbytes);
        lina_release(&view);
    }
}

static void check_filled(lina_arena_t *arena, uint64_t nbytes, int first, int end) {
    for (int i = first; i < end; i++) {
        lina_view_t view = hold(&view, arena, numbered(i));
        CHECK(all_are(view.data, nbytes, (unsigned char)i));
        lina_release(&view);
    }
}

TEST("a full arena is NO_MEMORY by the array's name, and is whole again when emptied") {
    lina_arena_options_t options = {.max_arrays = 20000};
    lina_arena_t *a;
    CHECK_OK(lina_arena_create(NULL, MIB, &options, &a));
    const uint64_t sizes[] = {64, 65, 1000, 4096, 100000, MIB};
    for (size_t round = 0; round < 2; round++)
        for (size_t i = PARANOID ? 3 : 0; i < sizeof sizes / sizeof *sizes; i++) {
            int end = fill(a, sizes[i], 0);
            CHECK_EQ(end, MIB / ((sizes[i] + 63) / 64 * 64));
            check_filled(a, sizes[i], 0, end);
            CHECK_OK(lina_check_arena(a));
            for (int k = 0; k < end; k++)
                CHECK_OK(lina_remove(a, numbered(k)));
            CHECK_EQ(info_of(a).used_bytes, 0);
        }
}

TEST("small gaps are used, and gaps that become neighbours join") {
    lina_arena_t *a = new_arena(256 << 10);
    bool there[400] = {false};
    uint64_t random = 1;
    for (int step = 0; step < (PARANOID ? 2000 : 20000); step++) {
        int i = (int)random_below(&random, 400);
        if (there[i])
            CHECK_OK(lina_remove(a, numbered(i)));
        else if (make(a, numbered(i), U8, 1 + random_below(&random, 4000)) != LINA_OK)
            continue;
        there[i] = !there[i];
    }
    CHECK_OK(lina_check_arena(a));
    for (int i = 0; i < 400; i++)
        if (there[i])
            CHECK_OK(lina_remove(a, numbered(i)));
    CHECK_OK(make(a, "all", U8, 256 << 10));
}

TEST("a full table of descriptors is FULL by the array's name, and no byte of the data is lost") {
    lina_arena_options_t options = {.max_arrays = 500};
    lina_arena_t *a;
    CHECK_OK(lina_arena_create(NULL, MIB, &options, &a));
    for (int round = 0; round < 3; round++) {
        for (int i = 0; i < 500; i++)
            CHECK_OK(make(a, numbered(i), U8, 10));
        for (int i = 0; i < 1000; i++) {
            lina_view_t loan;
            CHECK_ERR(make(a, "more", U8, 10), LINA_ERR_FULL, "\"more\"");
            CHECK_ERR(lina_loan(a, "n7", U8, 0, NULL, 0, &loan), LINA_ERR_FULL, "\"n7\"");
            CHECK_ERR(lina_alias(a, "part", "n7", 0, 0, NULL, NULL), LINA_ERR_FULL, "\"part\"");
        }
        CHECK_EQ(info_of(a).used_bytes, 500 * 64);
        lina_view_t view = hold(&view, a, "n499");
        lina_release(&view);
        CHECK_OK(lina_remove(a, "n250"));
        CHECK_OK(make(a, "more", U8, 10));
        CHECK_OK(lina_remove(a, "more"));
        for (int i = 0; i < 500; i++)
            CHECK_EQ(lina_remove(a, numbered(i)), i == 250 ? LINA_ERR_NOT_FOUND : LINA_OK);
        CHECK_EQ(info_of(a).used_bytes, 0);
    }
    CHECK_OK(lina_check_arena(a));
}

TEST("views that are held fill the table, and their release empties it") {
    lina_arena_options_t options = {.max_arrays = 100};
    lina_arena_t *a;
    CHECK_OK(lina_arena_create(NULL, MIB, &options, &a));
    lina_view_t views[100];
    for (int round = 0; round < 3; round++) {
        for (int i = 0; i < 99; i++) {
            publish_bytes(a, "x", 100, i);
            views[i] = hold(&views[i], a, "x");
        }
        publish_bytes(a, "x", 100, 99);
        CHECK_ERR(lina_republish(a, "x", U8, 0, NULL, 0, NULL), LINA_ERR_FULL, "\"x\"");
        CHECK_EQ(info_of(a).held, 99);
        for (int i = 0; i < 99; i++) {
            CHECK(all_are(views[i].data, 100, i));
            lina_release(&views[i]);
        }
        CHECK_EQ(info_of(a).held, 0);
    }
    CHECK_OK(lina_check_arena(a));
}

TEST("descriptors that lina_open showed fill the table until lina_reclaim") {
    lina_arena_options_t options = {.max_arrays = 50};
    lina_arena_t *a;
    lina_desc_t d;
    CHECK_OK(lina_arena_create(NULL, MIB, &options, &a));
    for (int round = 0; round < 3; round++) {
        int rc, shown = 0;
        while ((rc = lina_republish(a, "x", U8, 0, NULL, 0, &d)) == LINA_OK)
            shown++;
        CHECK_ERR(rc, LINA_ERR_FULL, "\"x\"");
        CHECK_EQ(shown, round == 0 ? 50 : 49);
        CHECK_OK(lina_arena_reclaim(a, "x"));
        CHECK_EQ(info_of(a).held, 0);
    }
}

TEST("a full table of signals is FULL by the signal's name, and the existing signals still work") {
    lina_arena_t *a = new_arena(4096);
    uint64_t value;
    for (int i = 0; i < 1024; i++)
        CHECK_OK(lina_arena_signal(a, numbered(i)));
    lina_signal_t signal;
    for (int i = 0; i < 100; i++) {
        CHECK_ERR(lina_arena_signal(a, "more"), LINA_ERR_FULL, "\"more\"");
        CHECK_ERR(lina_arena_wait_for(a, "more", SECONDS(1)), LINA_ERR_FULL, "\"more\"");
        CHECK_ERR(lina_arena_wait_for(a, "more", 0), LINA_ERR_TIMEOUT, "\"more\""); /* only looks */
        CHECK_ERR(lina_signal_open(a, "more", &signal), LINA_ERR_FULL, "\"more\"");
    }
    for (int i = 0; i < 1024; i++) {
        CHECK_OK(lina_arena_signal(a, numbered(i)));
        CHECK_OK(lina_arena_signal_value(a, numbered(i), &value));
        CHECK_EQ(value, 2);
    }
    CHECK_OK(lina_check_arena(a));
}

TEST("a member beyond the limit is BUSY, and any member that leaves makes room") {
    lina_arena_options_t options = {.max_members = 64};
    lina_arena_t *a, *members[63], *more;
    CHECK_OK(lina_arena_create(NULL, 4096, &options, &a));
    publish_bytes(a, "x", 100, 1);
    for (int round = 0; round < 3; round++) {
        char where[32];
        int fd;
        for (int i = 0; i < 63; i++)
            members[i] = join_arena(a, 0);
        CHECK_EQ(info_of(a).members, 64);
        CHECK_OK(lina_arena_fd(a, &fd));
        snprintf(where, sizeof where, "fd:%d", fd);
        CHECK_ERR(lina_arena_attach(where, 0, &more), LINA_ERR_BUSY, "64 member slots");
        CHECK_OK(lina_arena_close(members[31]));
        CHECK_OK(lina_arena_attach(where, 0, &members[31]));
        lina_view_t view = hold(&view, members[62], "x");
        CHECK(all_are(view.data, 100, 1));
        lina_release(&view);
        for (int i = 0; i < 63; i++)
            CHECK_OK(lina_arena_close(members[i]));
        CHECK_EQ(info_of(a).members, 1);
    }
}
