/* test_cancel.c - tests that pthread_cancel does not end a thread inside a function of Lina. A thread that ended
 * there would keep the arena's writer lock, or the process's mutex, for ever.
 *
 * Each function is called by a thread that was cancelled before, so the first cancellation point inside would end the
 * thread. */
#include <sys/eventfd.h>

#include "named.h"

static lina_arena_t *arena;
static lina_view_t view, other_view;
static const char *where, *other_where;
static lina_notify_id_t note;

struct act {
    const char *name;
    void (*run)(void);
    bool came_back;
};

static void *run_asked_to_end(void *context) {
    struct act *act = context;
    pthread_cancel(pthread_self());
    act->run();
    act->came_back = true;
    pthread_testcancel();
    return NULL;
}

/* Checks that other threads and a forked child can use the arena as before. */
static void check_usable(const char *after) {
    CHECK_OK(make(arena, "after", U8, 100));
    CHECK_OK(lina_remove(arena, "after"));
    pid_t pid = spawn();
    if (pid == 0) {
        CHECK_OK(make(arena, after, U8, 100));
        CHECK_OK(lina_remove(arena, after));
        done();
    }
    CHECK_EQ(reap(pid), 0);
}

static void ask_to_end_in(struct act *acts, size_t count) {
    for (size_t i = 0; i < count; i++) {
        CHECK(join(start(run_asked_to_end, &acts[i])) == PTHREAD_CANCELED);
        if (!acts[i].came_back)
            FAIL("a thread ended inside %s", acts[i].name);
        if (arena != NULL)
            check_usable(acts[i].name);
    }
}

#define ACT(what) static void act_##what(void)
#define LISTED(what)                                                                               \
    { #what, act_##what, false }

/* ---- arenas ------------------------------------------------------------------------------------ */

ACT(create) { arena = create_named(where, LINA_ARENA_TEMPORARY); }
ACT(create_anonymous) { CHECK_OK(lina_arena_close(new_arena(4096))); }
ACT(create_replacing) { CHECK_OK(lina_arena_close(create_named(other_where, LINA_ARENA_REPLACE))); }
ACT(create_taken) {
    lina_arena_t *none;
    CHECK_ERR(lina_arena_create(where, MIB, NULL, &none), LINA_ERR_EXISTS, where);
}
ACT(attach) { CHECK_OK(lina_arena_close(attach(where))); }
ACT(attach_nothing) {
    lina_arena_t *none;
    CHECK_ERR(lina_arena_attach("shm:lina-test-none", 0, &none), LINA_ERR_NOT_FOUND, "none");
}
ACT(attach_fd) { CHECK_OK(lina_arena_close(join_arena(arena, 0))); }
ACT(info) { CHECK_EQ(info_of(arena).members, 1); }
ACT(inspect) {
    lina_arena_info_t info;
    CHECK_OK(lina_arena_inspect(where, &info));
}
ACT(unlink_busy) { CHECK_ERR(lina_arena_unlink(where), LINA_ERR_BUSY, where); }
ACT(unlink) { CHECK_OK(lina_arena_unlink(other_where)); }
ACT(close) {
    CHECK_OK(lina_arena_close(arena));
    arena = NULL;
}
ACT(default_arena) {
    lina_init();
    CHECK_OK(lina_alloc_shared_memory(MIB));
    lina_signal("s");
    lina_wait("s");
    lina_shutdown();
}

TEST("a thread is not ended inside a function that makes, joins or ends arenas") {
    where = unique_shm();
    other_where = unique_shm();
    struct act acts[] = {
        LISTED(create),         LISTED(create_anonymous), LISTED(create_replacing),
        LISTED(create_taken),   LISTED(create_replacing), LISTED(attach),
        LISTED(attach_nothing), LISTED(attach_fd),        LISTED(info),
        LISTED(inspect),        LISTED(unlink_busy),      LISTED(unlink),
        LISTED(close),          LISTED(default_arena),
    };
    ask_to_end_in(acts, sizeof acts / sizeof *acts);
}

/* ---- arrays: most of all the calls that take pages of a file system or give them back ----------- */

ACT(create_array) { CHECK_OK(make(arena, "a", U8, 20 * MIB)); }
ACT(open) { open_desc(arena, "a"); }
ACT(acquire) { view = hold(&view, arena, "a"); }
ACT(retain) { CHECK_OK(lina_retain(&view, &other_view)); }
ACT(remove) { CHECK_OK(lina_remove(arena, "a")); }
ACT(release) {
    lina_release(&view);
    lina_release(&other_view);
}
ACT(reclaim) { CHECK_OK(lina_arena_reclaim(arena, "a")); }
ACT(loan) { view = borrow(&view, arena, "b", U8, 30 * MIB); }
ACT(publish) { CHECK_OK(lina_publish(&view)); }
ACT(discard) { CHECK_OK(lina_discard(&view)); }
ACT(republish) { CHECK_OK(lina_republish(arena, "b", U8, 1, SHAPE(8), LINA_LAYOUT_C, NULL)); }
ACT(alias) { CHECK_OK(lina_alias(arena, "c", "b", 0, 1, SHAPE(4), NULL)); }
ACT(no_room) {
    lina_view_t none;
    CHECK_ERR(lina_loan(arena, "b", U8, 1, SHAPE(1000 * MIB), LINA_LAYOUT_C, &none),
              LINA_ERR_NO_MEMORY, "\"b\"");
}
ACT(list) { CHECK_EQ(count_arrays(arena), 2); }
ACT(check) { CHECK_OK(lina_check_arena(arena)); }

TEST("a thread is not ended inside a function that works with arrays") {
    lina_arena_options_t options = {.flags = LINA_ARENA_TEMPORARY};
    CHECK_OK(lina_arena_create(unique_shm(), 128 * MIB, &options, &arena));
    struct act acts[] = {
        LISTED(create_array), LISTED(acquire), LISTED(retain),  LISTED(remove),    LISTED(release),
        LISTED(create_array), LISTED(open),    LISTED(remove),  LISTED(reclaim),   LISTED(loan),
        LISTED(publish),      LISTED(loan),    LISTED(discard), LISTED(republish), LISTED(no_room),
        LISTED(alias),        LISTED(list),    LISTED(check),
    };
    ask_to_end_in(acts, sizeof acts / sizeof *acts);
    CHECK_OK(lina_arena_close(arena));
}

/* ---- signals ----------------------------------------------------------------------------------- */

ACT(signal) { CHECK_OK(lina_arena_signal(arena, "first used here")); }
ACT(wait) { CHECK_OK(lina_arena_wait(arena, "first used here")); }
ACT(wait_for) {
    CHECK_ERR(lina_arena_wait_for(arena, "never set", SECONDS(1) / 10), LINA_ERR_TIMEOUT, "never");
}
ACT(try_wait) { CHECK_EQ(lina_arena_try_wait(arena, "first used here"), 1); }
ACT(clear) { CHECK_OK(lina_arena_clear(arena, "first used here")); }
ACT(signal_open) {
    lina_signal_t signal;
    CHECK_OK(lina_signal_open(arena, "opened", &signal));
}
ACT(notify_fd) { CHECK_OK(lina_notify_fd(arena, "noted", 1, eventfd(0, EFD_CLOEXEC), &note)); }
ACT(notify_cancel) { CHECK_OK(lina_notify_cancel(note)); }

ACT(close_noted) {
    CHECK_OK(lina_notify_fd(arena, "noted", 1, eventfd(0, EFD_CLOEXEC), &note));
    CHECK_OK(lina_arena_close(arena));
    arena = NULL;
}

TEST("a thread is not ended inside a function that works with signals") {
    arena = new_arena(MIB);
    struct act acts[] = {
        LISTED(signal),    LISTED(wait),          LISTED(wait_for),
        LISTED(try_wait),  LISTED(clear),         LISTED(signal_open),
        LISTED(notify_fd), LISTED(notify_cancel), LISTED(close_noted),
    };
    ask_to_end_in(acts, sizeof acts / sizeof *acts);
}
