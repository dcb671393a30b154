/* test_pages.c - tests that an array's pages exist when it is made, and that taking many pages does not block other
 * members. This program has its own fallocate, which counts the pages of one arena's file, and which can be slow or
 * interrupted. */
#include <sys/syscall.h>
#include <unistd.h>

#include "../helpers.h"
#include "../random.h"
#include "join.h"

#define PAGE UINT64_C(4096)

/* What the test's own fallocate records and does. */
static struct {
    bool taken[(128 << 20) / 4096]; /* [page of the file] */
    int calls;                      /* number of calls that took pages */
    long nap;                       /* milliseconds that each call sleeps */
    int64_t most; /* a call for more bytes is interrupted by a signal; 0: no call is */
} books;

static void enter(bool taken, uint64_t from, uint64_t end) {
    for (uint64_t page = from / PAGE; page * PAGE < end && page < sizeof books.taken; page++)
        books.taken[page] = taken;
}

int fallocate(int fd, int mode, off_t offset, off_t bytes) {
    uint64_t from = (uint64_t)offset, end = from + (uint64_t)bytes;
    if (mode == 0 && books.most != 0 && bytes > books.most) {
        errno = EINTR; /* as tmpfs, which has then given all pages back */
        return -1;
    }
    if (mode == 0)
        enter(true, from, end);
    else
        enter(false, (from + PAGE - 1) / PAGE * PAGE, end / PAGE * PAGE);
    books.calls += mode == 0;
    if (books.nap != 0)
        pause_ms(books.nap);
    return (int)syscall(SYS_fallocate, fd, mode, offset, bytes);
}

static lina_arena_t *create_named(uint64_t bytes, uint32_t flags) {
    lina_arena_options_t options = {.flags = flags | LINA_ARENA_TEMPORARY, .max_arrays = 256};
    lina_arena_t *a;
    CHECK_OK(lina_arena_create(unique_shm(), bytes, &options, &a));
    return a;
}

static void lend_and_discard(lina_arena_t *a, uint64_t bytes) {
    lina_view_t view = borrow(&view, a, "lent", U8, bytes);
    CHECK_OK(lina_discard(&view));
}

/* ---- pages that exist --------------------------------------------------------------------------- */

static void check_pages(lina_arena_t *a, const char *name, uint64_t bytes) {
    lina_view_t view = hold(&view, a, name);
    uint64_t from = a->geo.data + view.desc.offset;
    lina_release(&view);
    for (uint64_t page = from / PAGE; page * PAGE < from + bytes; page++)
        CHECK(books.taken[page]);
}

TEST("every page of an array exists, also after other arrays were removed and discarded") {
    lina_arena_t *a = create_named(96 * MIB, 0);
    uint64_t seed = 1;
    for (int i = 0; i < 3000; i++) {
        char name[8];
        snprintf(name, sizeof name, "n%u", random_below(&seed, 12));
        uint64_t bytes = 1 + random_below(&seed, random_below(&seed, 2) ? 1 << 16 : 12 << 20);
        lina_view_t view;
        switch (random_below(&seed, 4)) {
        case 0:
            lina_remove(a, name);
            break;
        case 1:
            if (lina_loan(a, name, U8, 1, &bytes, LINA_LAYOUT_C, &view) == LINA_OK)
                CHECK_OK(lina_discard(&view));
            break;
        default:
            if (lina_loan(a, name, U8, 1, &bytes, LINA_LAYOUT_C, &view) != LINA_OK)
                break;
            CHECK_OK(lina_publish(&view));
            check_pages(a, name, bytes);
        }
    }
    CHECK_OK(lina_check_arena(a));
    CHECK_OK(lina_arena_close(a));
}

TEST("pages that exist are not taken again, although others were given back") {
    lina_arena_t *a = create_named(96 * MIB, 0);
    CHECK_OK(make(a, "first", U8, 4 * MIB));
    CHECK_OK(make(a, "small", U8, 1));
    lend_and_discard(a, 40 * MIB);
    CHECK_OK(lina_remove(a, "first"));
    int before = books.calls;
    lend_and_discard(a, 40 * MIB);
    CHECK_EQ(books.calls, before);
    lend_and_discard(a, 4 * MIB); /* in the same place as before */
    CHECK_EQ(books.calls, before + 1);
    lend_and_discard(a, 4 * MIB);
    CHECK_EQ(books.calls, before + 1);
    CHECK_OK(lina_arena_close(a));
}

/* ---- long work ----------------------------------------------------------------------------------- */

TEST("an arena and an array get their pages although signals interrupt the calls that take them") {
    alarm(60); /* ends a fault in which a call is repeated for ever */
    books.most = 8 * MIB;
    lina_arena_t *a = create_named(64 * MIB, LINA_ARENA_RESERVE), *b = create_named(64 * MIB, 0);
    lend_and_discard(b, 60 * MIB);
    CHECK_OK(lina_arena_close(a));
    CHECK_OK(lina_arena_close(b));
}

static void take_many(lina_arena_t *a) { lend_and_discard(a, 100 * MIB); }

/* lina_open exposed the array, so lina_reclaim gives its pages back, and it owns the lock meanwhile. */
static void return_many(lina_arena_t *a) {
    CHECK_OK(lina_remove(a, "shown"));
    CHECK_OK(lina_arena_reclaim(a, "shown"));
}

static void work_beside(void (*work)(lina_arena_t *), long nap, lina_arena_t *a) {
    pid_t pid = spawn();
    if (pid == 0) {
        books.nap = nap;
        work(a);
        CHECK_OK(lina_arena_signal(a, "done"));
        done();
    }
    int rounds = 0;
    for (; lina_arena_try_wait(a, "done") == 0; rounds++) {
        CHECK_OK(make(a, "small", U8, 1));
        CHECK_OK(lina_remove(a, "small"));
    }
    CHECK(rounds > 0);
    CHECK_EQ(reap(pid), 0);
    CHECK_OK(lina_arena_clear(a, "done"));
}

TEST("a member that wants the lock waits for one that takes or returns many pages, and gets it") {
    lina_arena_t *a = create_named(112 * MIB, 0);
    CHECK_OK(lina_arena_signal(a, "done"));
    CHECK_OK(lina_arena_clear(a, "done"));
    /* One piece of the work takes less than a second, after which a waiter gets BUSY. The whole work takes more. */
    work_beside(take_many, 100, a);
    CHECK_OK(make(a, "shown", U8, 100 * MIB));
    open_desc(a, "shown");
    work_beside(return_many, 400, a);
    CHECK_OK(lina_arena_close(a));
}
