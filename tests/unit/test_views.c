/* test_views.c - tests acquire, retain and release, and that a view keeps its memory in place. */
#include <sys/mman.h>

#include "../helpers.h"

TEST("a view has the descriptor and a pointer to element zero") {
    lina_arena_t *a = new_arena(MIB);
    CHECK_OK(make(a, "first", U8, 1));
    publish_bytes(a, "x", 100, 9);
    lina_view_t view = hold(&view, a, "x");
    CHECK_STR(view.desc.name, "x");
    CHECK_EQ(view.desc.nbytes, 100);
    CHECK(view.data == (char *)lina_arena_base(a) + view.desc.offset);
    CHECK_EQ(view.flags, 0);
    CHECK(all_are(view.data, 100, 9));
    lina_release(&view);
}

TEST("a released view is empty, and releasing it again does nothing") {
    lina_arena_t *a = new_arena(MIB);
    publish_bytes(a, "x", 1, 1);
    lina_view_t view = hold(&view, a, "x"), other = hold(&other, a, "x");
    lina_release(&view);
    CHECK(view.data == NULL);
    CHECK_ERR(lina_retain(&view, &other), LINA_ERR_INVALID, "empty");
    lina_release(&view);
    lina_release(NULL);
    publish_bytes(a, "x", 1, 2);
    CHECK_EQ(info_of(a).held, 1);
    lina_release(&other);
    CHECK_EQ(info_of(a).held, 0);
}

TEST("acquiring a name that does not exist says so and leaves the view alone") {
    lina_arena_t *a = new_arena(MIB);
    lina_view_t view;
    memset(&view, 0x5a, sizeof view);
    CHECK_ERR(lina_acquire(a, "nowhere", &view), LINA_ERR_NOT_FOUND, "nowhere");
    CHECK(all_are(&view, sizeof view, 0x5a));
    publish_bytes(a, "x", 1, 1);
    CHECK_ERR(lina_acquire(a, "x", NULL), LINA_ERR_INVALID, "\"x\"");
}

TEST("a view keeps its bytes while generations come and go") {
    lina_arena_t *a = new_arena(8192);
    publish_bytes(a, "x", 1024, 1);
    lina_view_t view = hold(&view, a, "x");
    for (int i = 2; i < 100; i++)
        publish_bytes(a, "x", 1024, i);
    CHECK_OK(lina_remove(a, "x"));
    publish_bytes(a, "y", 4096, 0xff);
    CHECK(all_are(view.data, 1024, 1));
    lina_release(&view);
    CHECK_EQ(info_of(a).used_bytes, 4096);
}

TEST("a view knows whether it is current") {
    lina_arena_t *a = new_arena(MIB);
    publish_bytes(a, "x", 1, 1);
    lina_view_t one = hold(&one, a, "x");
    CHECK_EQ(lina_view_is_current(&one), 1);
    publish_bytes(a, "other", 1, 1);
    CHECK_EQ(lina_view_is_current(&one), 1);
    publish_bytes(a, "x", 1, 2);
    CHECK_EQ(lina_view_is_current(&one), 0);
    lina_view_t two = hold(&two, a, "x");
    CHECK_EQ(lina_view_is_current(&two), 1);
    CHECK_OK(lina_remove(a, "x"));
    CHECK_EQ(lina_view_is_current(&two), 0);
    lina_release(&one);
    lina_release(&two);
    CHECK_EQ(lina_view_is_current(&one), 0);
    CHECK_EQ(lina_view_is_current(NULL), 0);
}

TEST("memory of an old generation returns with the last of its views") {
    lina_arena_t *a = new_arena(2048);
    publish_bytes(a, "x", 1024, 1);
    lina_view_t one = hold(&one, a, "x"), two;
    CHECK_OK(lina_retain(&one, &two));
    CHECK(two.data == one.data);
    CHECK_OK(lina_remove(a, "x"));
    CHECK_ERR(make(a, "big", U8, 2048), LINA_ERR_NO_MEMORY, "big");
    lina_release(&one);
    CHECK_ERR(make(a, "big", U8, 2048), LINA_ERR_NO_MEMORY, "big");
    CHECK(all_are(two.data, 1024, 1));
    lina_release(&two);
    CHECK_OK(make(a, "big", U8, 2048));
}

TEST("a view can be retained after its name is gone, not after its release") {
    lina_arena_t *a = new_arena(MIB);
    publish_bytes(a, "x", 8, 1);
    lina_view_t one = hold(&one, a, "x"), two, none;
    CHECK_OK(lina_remove(a, "x"));
    CHECK_OK(lina_retain(&one, &two));
    CHECK_ERR(lina_retain(&one, &one), LINA_ERR_INVALID, "\"x\"");
    CHECK_ERR(lina_retain(&one, NULL), LINA_ERR_INVALID, "\"x\"");
    lina_release(&one);
    CHECK_ERR(lina_retain(&one, &none), LINA_ERR_INVALID, "empty");
    CHECK_ERR(lina_retain(NULL, &none), LINA_ERR_INVALID, "NULL");
    lina_release(&two);
}

TEST("a view of a scalar and one of the last byte lie inside the arena") {
    lina_arena_t *a = new_arena(65);
    CHECK_OK(make(a, "x", U8, 64));
    CHECK_OK(lina_arena_create_array(a, "last", U8, 0, NULL, LINA_LAYOUT_C, NULL));
    lina_view_t view = hold(&view, a, "last");
    CHECK_EQ((char *)view.data - (char *)lina_arena_base(a), 64);
    *(char *)view.data = 5;
    lina_release(&view);
}

TEST("live views stay valid after their arena is closed") {
    lina_arena_t *a = new_arena(MIB);
    publish_bytes(a, "x", 100, 4);
    lina_view_t one = hold(&one, a, "x"), two;
    CHECK_OK(lina_arena_close(a));
    CHECK(all_are(one.data, 100, 4));
    memset(one.data, 5, 100);
    CHECK_OK(lina_retain(&one, &two));
    lina_release(&one);
    CHECK(all_are(two.data, 100, 5));
    CHECK_EQ(lina_view_is_current(&two), 1);
    lina_release(&two);
}

TEST("a loan of an arena that was closed can be discarded, not published") {
    lina_arena_t *a = new_arena(MIB);
    lina_view_t one = borrow(&one, a, "x", U8, 10), two = borrow(&two, a, "x", U8, 10);
    CHECK_OK(lina_arena_close(a));
    CHECK_ERR(lina_publish(&one), LINA_ERR_CLOSED, "\"x\"");
    CHECK_OK(lina_discard(&one));
    lina_release(&two);
}

static void *release_it(void *view) {
    lina_release(view);
    return NULL;
}

TEST("a view may be released by another thread, also after its arena is closed") {
    lina_arena_t *a = new_arena(MIB);
    publish_bytes(a, "x", 100, 4);
    lina_view_t one = hold(&one, a, "x"), two = hold(&two, a, "x");
    join(start(release_it, &one));
    publish_bytes(a, "x", 100, 5);
    CHECK_EQ(info_of(a).held, 1);
    CHECK_OK(lina_arena_close(a));
    join(start(release_it, &two));
    CHECK(two.arena == NULL);
}

TEST("a view by array handle is that of the current generation") {
    lina_arena_t *a = new_arena(MIB);
    lina_array_t array;
    lina_view_t view;
    publish_bytes(a, "x", 10, 1);
    CHECK_OK(lina_array_find(a, "x", &array));
    for (int i = 2; i < 10; i++) {
        publish_bytes(a, "x", 10, i);
        for (int again = 0; again < 2; again++) {
            CHECK_OK(lina_array_acquire(&array, &view));
            CHECK(all_are(view.data, 10, i));
            lina_release(&view);
        }
    }
    CHECK_OK(lina_remove(a, "x"));
    memset(&view, 0x5a, sizeof view);
    CHECK_ERR(lina_array_acquire(&array, &view), LINA_ERR_NOT_FOUND, "\"x\"");
    CHECK(all_are(&view, sizeof view, 0x5a));
}

TEST("a view by array handle is never of another name, which may have the handle's former slot") {
    bool met = false;
    for (int i = 0; i < 16; i++) {
        int generations = 2 + i / 2;
        lina_arena_t *a = new_arena(MIB);
        lina_array_t array, before;
        lina_view_t view;
        publish_bytes(a, "x", 10, 1);
        CHECK_OK(lina_array_find(a, "x", &array));
        for (int g = 2; g <= generations; g++) {
            publish_bytes(a, "x", 10, g);
            CHECK_OK(lina_array_acquire(&array, &view));
            lina_release(&view);
        }
        before = array;
        CHECK_OK(lina_remove(a, "x"));
        if (i % 2 == 1)
            publish_bytes(a, "z", 10, 99);
        for (int g = 1; g <= generations + 1; g++)
            publish_bytes(a, "y", 10, 100);
        view = hold(&view, a, "y");
        met =
            met || (view.slot == before.last && view.desc.generation == before.desc.generation + 1);
        lina_release(&view);
        CHECK_ERR(lina_array_acquire(&array, &view), LINA_ERR_NOT_FOUND, "\"x\"");
        publish_bytes(a, "x", 10, 50);
        CHECK_OK(lina_array_acquire(&array, &view));
        CHECK(all_are(view.data, 10, 50));
        lina_release(&view);
        CHECK_OK(lina_arena_close(a));
    }
    CHECK(met);
}

/* ---- several members --------------------------------------------------------------------------- */

TEST("another process's view keeps the generation in place, and its release gives it back") {
    lina_arena_t *a = new_arena(4096);
    publish_bytes(a, "x", 1024, 1);
    pid_t pid = spawn();
    if (pid == 0) {
        lina_view_t view = hold(&view, a, "x");
        lina_arena_signal(a, "held");
        CHECK_OK(lina_arena_wait(a, "replaced"));
        CHECK(all_are(view.data, 1024, 1));
        lina_release(&view);
        done();
    }
    CHECK_OK(lina_arena_wait(a, "held"));
    for (int i = 2; i < 20; i++)
        publish_bytes(a, "x", 1024, i);
    CHECK_EQ(info_of(a).held, 1);
    CHECK_OK(lina_arena_signal(a, "replaced"));
    CHECK_EQ(reap(pid), 0);
    CHECK_EQ(info_of(a).held, 0);
    CHECK_EQ(info_of(a).used_bytes, 1024);
}

TEST("generations and loans that a killed process held are freed when the room is needed") {
    lina_arena_t *a = new_arena(4096);
    publish_bytes(a, "x", 2048, 1);
    pid_t pid = spawn();
    if (pid == 0) {
        lina_view_t view = hold(&view, a, "x"), loan = borrow(&loan, a, "y", U8, 1024);
        CHECK(view.data != loan.data);
        lina_arena_signal(a, "held");
        for (;;)
            pause();
    }
    CHECK_OK(lina_arena_wait(a, "held"));
    CHECK_OK(lina_remove(a, "x"));
    CHECK_ERR(make(a, "z", U8, 4096), LINA_ERR_NO_MEMORY, "\"z\"");
    kill_and_reap(pid);
    CHECK_OK(make(a, "z", U8, 4096));
    CHECK_EQ(info_of(a).members, 1);
    CHECK_OK(lina_check_arena(a));
}

TEST("releasing a view that was inherited through fork does nothing") {
    lina_arena_t *a = new_arena(4096);
    publish_bytes(a, "x", 1024, 1);
    lina_view_t view = hold(&view, a, "x"), other;
    pid_t pid = spawn();
    if (pid == 0) {
        CHECK_ERR(lina_retain(&view, &other), LINA_ERR_STALE, "\"x\"");
        lina_release(&view);
        CHECK(view.data == NULL);
        lina_release(&view);
        view = hold(&view, a, "x"); /* as a member of its own */
        lina_release(&view);
        done();
    }
    CHECK_EQ(reap(pid), 0);
    publish_bytes(a, "x", 1024, 2);
    CHECK(all_are(view.data, 1024, 1));
    CHECK_EQ(info_of(a).held, 1);
    lina_release(&view);
    CHECK_EQ(info_of(a).held, 0);
}

static void *publish_squares(void *arena) {
    for (uint64_t i = 1; i <= 20000; i++) {
        lina_view_t loan = borrow(&loan, arena, "x", LINA_DTYPE_U64, 64);
        for (uint64_t k = 0; k < 64; k++)
            ((uint64_t *)loan.data)[k] = i * i + k;
        CHECK_OK(lina_publish(&loan));
    }
    return NULL;
}

static void read_squares(lina_arena_t *arena) {
    for (uint64_t last = 0; last < 20000 * UINT64_C(20000);) {
        lina_view_t view = hold(&view, arena, "x");
        const uint64_t *p = view.data;
        CHECK(p[0] >= last);
        last = p[0];
        for (uint64_t k = 1; k < 64; k++)
            CHECK_EQ(p[k], last + k);
        lina_release(&view);
    }
}

TEST("readers of a publishing process see whole generations in order, and none leaks") {
    lina_arena_t *a = new_arena(64 << 10);
    lina_view_t loan = borrow(&loan, a, "x", LINA_DTYPE_U64, 64);
    memset(loan.data, 0, 512);
    for (uint64_t k = 0; k < 64; k++)
        ((uint64_t *)loan.data)[k] = k;
    CHECK_OK(lina_publish(&loan));
    pid_t pids[2];
    for (int i = 0; i < 2; i++)
        if ((pids[i] = spawn()) == 0) {
            read_squares(a);
            done();
        }
    publish_squares(a);
    CHECK_EQ(reap(pids[0]), 0);
    CHECK_EQ(reap(pids[1]), 0);
    publish_bytes(a, "y", 1, 1);
    CHECK_EQ(info_of(a).held, 0);
    CHECK_EQ(info_of(a).used_bytes, 512 + 64);
    CHECK_OK(lina_check_arena(a));
}

static void *read_squares_thread(void *arena) {
    read_squares(arena);
    return NULL;
}

TEST("reader threads of a publishing process see whole generations in order, and none leaks") {
    lina_arena_t *a = new_arena(64 << 10);
    lina_view_t loan = borrow(&loan, a, "x", LINA_DTYPE_U64, 64);
    for (uint64_t k = 0; k < 64; k++)
        ((uint64_t *)loan.data)[k] = k;
    CHECK_OK(lina_publish(&loan));
    pthread_t readers[2] = {start(read_squares_thread, a), start(read_squares_thread, a)};
    pthread_t writer = start(publish_squares, a);
    join(writer);
    join(readers[0]);
    join(readers[1]);
    CHECK_OK(lina_check_arena(a));
    CHECK_EQ(info_of(a).held, 0);
    CHECK_EQ(info_of(a).used_bytes, 512);
}

TEST("a copy of a view is no view: it is refused everywhere, and ends no hold") {
    lina_arena_t *a = new_arena(4096);
    publish_bytes(a, "x", 64, 1);
    lina_view_t view = hold(&view, a, "x"), copy = view, out;
    lina_release(&copy);
    CHECK_ERR(lina_last_error_code(), LINA_ERR_INVALID, "copy");
    CHECK_ERR(lina_retain(&copy, &out), LINA_ERR_INVALID, "copy");
    CHECK_ERR(lina_view_move(&copy, &out), LINA_ERR_INVALID, "copy");
    lina_view_t loan = borrow(&loan, a, "x", U8, 64);
    copy = loan;
    CHECK_ERR(lina_publish(&copy), LINA_ERR_INVALID, "copy");
    CHECK_ERR(lina_discard(&copy), LINA_ERR_INVALID, "copy");
    CHECK_EQ(info_of(a).loans, 1);
    CHECK_OK(lina_publish(&loan));
    CHECK_EQ(info_of(a).held, 1);
    CHECK(all_are(view.data, 64, 1));
    lina_release(&view);
    CHECK_EQ(info_of(a).held, 0);
}

TEST("a view that is moved holds at its new place, and the old one is empty") {
    lina_arena_t *a = new_arena(4096);
    publish_bytes(a, "x", 64, 1);
    lina_view_t from = hold(&from, a, "x"), to;
    CHECK_OK(lina_view_move(&from, &to));
    CHECK(from.data == NULL);
    lina_release(&from);
    CHECK_ERR(lina_view_move(&from, &to), LINA_ERR_INVALID, "none");
    CHECK_ERR(lina_view_move(&to, NULL), LINA_ERR_INVALID, "nowhere");
    CHECK_OK(lina_view_move(&to, &to));
    CHECK_OK(lina_remove(a, "x"));
    CHECK(all_are(to.data, 64, 1));
    CHECK_EQ(info_of(a).held, 1);
    lina_release(&to);
    CHECK_EQ(info_of(a).held, 0);
}

TEST("a loan is counted as a loan, and not as an old generation") {
    lina_arena_t *a = new_arena(4096);
    lina_view_t loan = borrow(&loan, a, "x", U8, 64);
    CHECK_EQ(info_of(a).loans, 1);
    CHECK_EQ(info_of(a).held, 0);
    CHECK_OK(lina_publish(&loan));
    CHECK_EQ(info_of(a).loans, 0);
}

/* ---- closing while threads give views back ----------------------------------------------------- */

static void *give_back(void *view) {
    for (int i = 0; i < 50; i++) {
        lina_view_t more;
        CHECK_OK(lina_retain(view, &more));
        lina_release(&more);
    }
    lina_release(view);
    return NULL;
}

TEST("views that threads give back while the arena is closed keep it until the last one, and no "
     "longer") {
    enum { THREADS = 6 };
    const char *names[THREADS] = {"0", "1", "2", "3", "4", "5"};
    for (int round = 0; round < 50; round++) {
        lina_arena_t *a = new_arena(MIB);
        void *base = lina_arena_base(a);
        lina_view_t views[THREADS];
        pthread_t threads[THREADS];
        for (int i = 0; i < THREADS; i++) {
            publish_bytes(a, names[i], 64, i);
            views[i] = hold(&views[i], a, names[i]);
        }
        lina_view_t last = hold(&last, a, "0");
        for (int i = 0; i < THREADS; i++)
            threads[i] = start(give_back, &views[i]);
        CHECK_OK(lina_arena_close(a));
        for (int i = 0; i < THREADS; i++)
            join(threads[i]);
        CHECK(all_are(last.data, 64, 0));
        unsigned char resident;
        CHECK_EQ(mincore(base, 4096, &resident), 0);
        lina_release(&last);
        CHECK_EQ(mincore(base, 4096, &resident), -1);
    }
}
