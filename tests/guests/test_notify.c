/* test_notify.c - tests callbacks and eventfds for signals, with one caller at a time. */
#include <sys/epoll.h>

#include "notify.h"

TEST("a callback runs once, when the counter has reached its target") {
    lina_arena_t *arena = new_arena(4096);
    struct told told = {0};
    ask(arena, "tick", 2, &told);
    CHECK_OK(lina_arena_signal(arena, "tick"));
    pause_ms(150); /* more than a nap, so the helper has looked at it */
    CHECK_EQ(told.calls, 0);
    for (int i = 0; i < 3; i++)
        CHECK_OK(lina_arena_signal(arena, "tick"));
    EVENTUALLY(told.calls == 1);
    CHECK_OK(told.status);
    CHECK(told.value >= 2 && told.value <= 4);
    CHECK_OK(lina_arena_close(arena));
    CHECK_EQ(told.calls, 1);
}

TEST("what was reached before calls back all the same, on another thread") {
    lina_arena_t *arena = new_arena(4096);
    struct told zero = {0}, one = {0};
    CHECK_OK(lina_arena_signal(arena, "tick"));
    ask(arena, "never used", 0, &zero);
    ask(arena, "tick", 1, &one);
    EVENTUALLY(zero.calls == 1 && one.calls == 1);
    CHECK_EQ(zero.value, 0);
    CHECK_EQ(one.value, 1);
    CHECK(!pthread_equal(one.thread, pthread_self()));
}

TEST("a NULL arena is the default one") {
    struct told told = {0};
    lina_notify_id_t id;
    CHECK_ERR(lina_notify(NULL, "tick", 1, tell, &told, &id), LINA_ERR_NOT_READY, "default arena");
    lina_init();
    CHECK_OK(lina_alloc_shared_memory(4096));
    ask(NULL, "tick", 1, &told);
    lina_signal("tick");
    EVENTUALLY(told.calls == 1);
    lina_shutdown();
}

TEST("bad arguments are refused in a sentence that names the signal") {
    lina_arena_t *arena = new_arena(4096);
    struct told told = {0};
    lina_notify_id_t id = 7;
    int pipe_ends[2], efd = eventfd(0, EFD_CLOEXEC);
    CHECK_EQ(pipe(pipe_ends), 0);
    CHECK_ERR(lina_notify(arena, "tick", 1, NULL, NULL, &id), LINA_ERR_INVALID, "\"tick\"");
    CHECK_ERR(lina_notify(arena, "tick", 1, tell, &told, NULL), LINA_ERR_INVALID, "\"tick\"");
    CHECK_ERR(lina_notify(arena, "", 1, tell, &told, &id), LINA_ERR_INVALID, "signal");
    CHECK_ERR(lina_notify(arena, NULL, 1, tell, &told, &id), LINA_ERR_INVALID, "signal");
    CHECK_ERR(lina_notify_fd(arena, "tick", 1, -1, &id), LINA_ERR_INVALID, "\"tick\"");
    CHECK_ERR(lina_notify_fd(arena, "tick", 1, pipe_ends[1], &id), LINA_ERR_INVALID, "eventfd");
    CHECK_ERR(lina_notify_fd(arena, "tick", 1, efd, NULL), LINA_ERR_INVALID, "\"tick\"");
    CHECK_ERR(lina_notify_fd(arena, NULL, 1, efd, &id), LINA_ERR_INVALID, "signal");
    CHECK_ERR(lina_notify_cancel(0), LINA_ERR_NOT_FOUND, "notification 0");
    CHECK_ERR(lina_notify_cancel(12345), LINA_ERR_NOT_FOUND, "notification 12345");
    CHECK_EQ(id, 7);
    ask(arena, "tick", 0, &told); /* everything still works */
    EVENTUALLY(told.calls == 1);
}

/* ---- many on one signal ------------------------------------------------------------------------ */

#define MANY 2000

static struct told many[MANY];
static int order[MANY];
static atomic_int finished;

static void note_order(void *context, int status, uint64_t value) {
    struct told *told = context;
    order[finished] = (int)(told - many);
    tell(told, status, value);
    atomic_fetch_add(&finished, 1);
}

/* A permutation of 0 .. MANY - 1, because 7919 and MANY have no common divisor. */
static int shuffled(int i) { return (int)((long)i * 7919 % MANY); }

TEST("of many on one signal each is called at its target, the smallest first") {
    lina_arena_t *arena = new_arena(4096);
    lina_notify_id_t ids[MANY];
    for (int i = 0; i < MANY; i++) {
        int k = shuffled(i); /* two notes have each target */
        CHECK_OK(lina_notify(arena, "tick", (uint64_t)k / 2 + 1, note_order, &many[k], &ids[k]));
    }
    for (int i = 0; i < MANY; i += 3)
        CHECK_OK(lina_notify_cancel(ids[shuffled(i)]));
    for (int i = 0; i < MANY; i += 3)
        CHECK_ERR(lina_notify_cancel(ids[shuffled(i)]), LINA_ERR_NOT_FOUND, "not pending");
    for (int i = 0; i < MANY / 2; i++)
        CHECK_OK(lina_arena_signal(arena, "tick"));
    int left = MANY - (MANY + 2) / 3;
    EVENTUALLY(finished == left);
    for (int i = 0; i < left; i++) {
        CHECK(i == 0 || order[i - 1] / 2 <= order[i] / 2);
        CHECK(many[order[i]].value >= (uint64_t)order[i] / 2 + 1);
    }
    for (int i = 0; i < MANY; i++)
        CHECK_EQ(many[shuffled(i)].calls, i % 3 != 0);
}

/* ---- cancelling -------------------------------------------------------------------------------- */

TEST("a cancelled notification never calls back") {
    lina_arena_t *arena = new_arena(4096);
    struct told gone = {0}, kept = {0};
    lina_notify_id_t id = ask(arena, "tick", 1, &gone);
    ask(arena, "tick", 1, &kept);
    CHECK_OK(lina_notify_cancel(id));
    CHECK_OK(lina_arena_signal(arena, "tick"));
    EVENTUALLY(kept.calls == 1);
    CHECK_EQ(gone.calls, 0);
    CHECK_ERR(lina_notify_cancel(id), LINA_ERR_NOT_FOUND, "not pending");
}

static atomic_int inside, let_go;

static void linger(void *context, int status, uint64_t value) {
    inside = 1;
    while (!let_go)
        pause_ms(1);
    pause_ms(50); /* a cancel that did not wait would have returned */
    tell(context, status, value);
}

static void *let_go_soon(void *unused) {
    pause_ms(20);
    let_go = 1;
    return unused;
}

TEST("cancel waits for a callback that is under way") {
    lina_arena_t *arena = new_arena(4096);
    struct told told = {0}, queued = {0};
    lina_notify_id_t id, behind;
    CHECK_OK(lina_notify(arena, "tick", 0, linger, &told, &id));
    behind = ask(arena, "tick", 0, &queued);
    EVENTUALLY(inside);
    CHECK_OK(lina_notify_cancel(behind)); /* due, but its callback never runs */
    pthread_t thread = start(let_go_soon, NULL);
    CHECK_ERR(lina_notify_cancel(id), LINA_ERR_NOT_FOUND, "not pending");
    CHECK_EQ(told.calls, 1);
    join(thread);
    CHECK_OK(lina_arena_close(arena));
    CHECK_EQ(queued.calls, 0);
}

static struct {
    lina_arena_t *arena;
    lina_notify_id_t own, other;
    struct told again, never;
    atomic_int done;
} busy;

static void busy_callback(void *context, int status, uint64_t value) {
    (void)context, (void)status, (void)value;
    CHECK_ERR(lina_notify_cancel(busy.own), LINA_ERR_NOT_FOUND, "not pending");
    CHECK_OK(lina_notify_cancel(busy.other));
    ask(busy.arena, "tick", 2, &busy.again);
    CHECK_OK(lina_arena_signal(busy.arena, "tick"));
    CHECK_ERR(lina_arena_close(busy.arena), LINA_ERR_BUSY, "callback");
    lina_clear_error();
    lina_shutdown();
    CHECK_EQ(lina_last_error_code(), LINA_ERR_BUSY);
    busy.done = 1;
}

TEST("a callback may cancel itself and others, signal and ask again, but not close") {
    busy.arena = new_arena(4096);
    busy.other = ask(busy.arena, "tick", 3, &busy.never);
    CHECK_OK(lina_notify(busy.arena, "tick", 1, busy_callback, NULL, &busy.own));
    CHECK_OK(lina_arena_signal(busy.arena, "tick"));
    EVENTUALLY(busy.done && busy.again.calls == 1);
    CHECK_OK(lina_arena_signal(busy.arena, "tick"));
    CHECK_OK(lina_arena_close(busy.arena));
    CHECK_EQ(busy.never.calls, 0);
}

/* ---- removing ---------------------------------------------------------------------------------- */

TEST("a removal tells NOT_FOUND to all that is pending on the signal, and to no other") {
    lina_arena_t *arena = new_arena(4096);
    for (int round = 0; round < 20; round++) {
        struct told told[10] = {{0}}, other = {0};
        for (uint64_t i = 0; i < 10; i++)
            ask(arena, "job", i + 1, &told[i]);
        lina_notify_id_t kept = ask(arena, "other", UINT64_MAX, &other);
        for (int i = 0; i < 3; i++)
            CHECK_OK(lina_arena_signal(arena, "job"));
        CHECK_OK(lina_arena_signal_remove(arena, "job"));
        for (int i = 0; i < 10; i++) {
            EVENTUALLY(told[i].calls == 1);
            CHECK_EQ(told[i].status, i < 3 ? LINA_OK : LINA_ERR_NOT_FOUND);
        }
        CHECK_EQ(other.calls, 0);
        CHECK_OK(lina_notify_cancel(kept));
    }
}

TEST("a removal adds one to the eventfds that are pending on the signal") {
    lina_arena_t *arena = new_arena(4096);
    int efd = eventfd(0, EFD_CLOEXEC);
    lina_notify_id_t id;
    CHECK_OK(lina_notify_fd(arena, "job", 1, efd, &id));
    CHECK_OK(lina_arena_signal_remove(arena, "job"));
    struct pollfd pollfd = {.fd = efd, .events = POLLIN};
    CHECK_EQ(poll(&pollfd, 1, LONGEST), 1);
}

TEST("a notification on a removed signal's place does not hear of the signal that comes there") {
    lina_arena_t *arena = arena_of_signals(1);
    for (int round = 0; round < 200; round++) {
        struct told old = {0}, young = {0};
        ask(arena, "old", 1, &old);
        CHECK_OK(lina_arena_signal_remove(arena, "old"));
        ask(arena, "young", 1, &young); /* in the same slot, maybe before the helper looks */
        EVENTUALLY(old.calls == 1);
        CHECK_EQ(old.status, LINA_ERR_NOT_FOUND);
        CHECK_EQ(young.calls, 0);
        CHECK_OK(lina_arena_signal(arena, "young"));
        EVENTUALLY(young.calls == 1);
        CHECK_OK(young.status);
        CHECK_OK(lina_arena_signal_remove(arena, "young"));
    }
}

/* ---- closing ----------------------------------------------------------------------------------- */

static void *cancel_it(void *id) {
    inside = 2;
    lina_notify_cancel(*(lina_notify_id_t *)id); /* waits for the callback */
    for (;;)
        pthread_testcancel();
    return NULL;
}

TEST("a thread that is cancelled while it waits for a callback leaves Lina usable") {
    lina_arena_t *arena = new_arena(4096);
    struct told told = {0};
    lina_notify_id_t id;
    CHECK_OK(lina_notify(arena, "tick", 0, linger, &told, &id));
    EVENTUALLY(inside == 1);
    pthread_t thread = start(cancel_it, &id);
    EVENTUALLY(inside == 2);
    pause_ms(20);
    CHECK_EQ(pthread_cancel(thread), 0);
    pause_ms(20);
    let_go = 1;
    CHECK(join(thread) == PTHREAD_CANCELED);
    CHECK_EQ(told.calls, 1);
    CHECK_OK(lina_arena_close(arena));
}

TEST("closing an arena tells CLOSED to all that is pending there before it returns") {
    lina_arena_t *arena = new_arena(4096), *other = new_arena(4096);
    struct told told[100] = {{0}}, elsewhere = {0};
    ask(other, "tick", 1, &elsewhere);
    for (uint64_t i = 0; i < 100; i++) {
        char name[16];
        snprintf(name, sizeof name, "s%d", (int)i / 2);
        ask(arena, name, i + 1, &told[i]);
    }
    CHECK_OK(lina_arena_close(arena));
    for (int i = 0; i < 100; i++) {
        CHECK_EQ(told[i].calls, 1);
        CHECK_EQ(told[i].status, LINA_ERR_CLOSED);
    }
    CHECK_EQ(elsewhere.calls, 0);
    CHECK_OK(lina_arena_signal(other, "tick"));
    EVENTUALLY(elsewhere.calls == 1);
    CHECK_OK(elsewhere.status);
}

static lina_arena_t *closing;
static atomic_int refused;

static void ask_again(void *context, int status, uint64_t value) {
    lina_notify_id_t id;
    refused = lina_notify(closing, "tick", value + 1, ask_again, context, &id);
    CHECK_EQ(status, LINA_ERR_CLOSED);
}

TEST("a callback that hears CLOSED cannot ask again") {
    lina_notify_id_t id;
    closing = new_arena(4096);
    CHECK_OK(lina_notify(closing, "tick", 1, ask_again, NULL, &id));
    CHECK_OK(lina_arena_close(closing));
    CHECK_EQ(refused, LINA_ERR_CLOSED);
}

TEST("shutdown wakes an event loop that waits on an eventfd") {
    int efd = eventfd(0, EFD_CLOEXEC);
    lina_notify_id_t id;
    lina_init();
    CHECK_OK(lina_alloc_shared_memory(4096));
    CHECK_OK(lina_notify_fd(NULL, "tick", 1, efd, &id));
    lina_shutdown();
    struct pollfd pollfd = {.fd = efd, .events = POLLIN};
    CHECK_EQ(poll(&pollfd, 1, 0), 1);
}

/* ---- eventfds ---------------------------------------------------------------------------------- */

TEST("an epoll loop wakes for each of its eventfds, once") {
    lina_arena_t *arena = new_arena(4096);
    int loop = epoll_create1(EPOLL_CLOEXEC), efds[8];
    char name[8][8];
    for (unsigned i = 0; i < 8; i++) {
        lina_notify_id_t id;
        struct epoll_event event = {.events = EPOLLIN, .data.u32 = i};
        snprintf(name[i], sizeof name[i], "s%u", i);
        efds[i] = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
        CHECK_EQ(epoll_ctl(loop, EPOLL_CTL_ADD, efds[i], &event), 0);
        CHECK_OK(lina_notify_fd(arena, name[i], 1, efds[i], &id));
    }
    for (unsigned i = 0; i < 8; i++) {
        struct epoll_event event;
        uint64_t count = 0;
        CHECK_OK(lina_arena_signal(arena, name[(i * 3) % 8]));
        CHECK_EQ(epoll_wait(loop, &event, 1, LONGEST), 1);
        CHECK_EQ(event.data.u32, (i * 3) % 8);
        CHECK_EQ(read(efds[event.data.u32], &count, sizeof count), sizeof count);
        CHECK_EQ(count, 1);
    }
    CHECK_OK(lina_arena_close(arena));
    struct epoll_event event;
    CHECK_EQ(epoll_wait(loop, &event, 1, 0), 0);
}

TEST("an eventfd that is full holds up no other notification") {
    lina_arena_t *arena = new_arena(4096);
    struct told told = {0};
    lina_notify_id_t id;
    int efd = eventfd(0, EFD_CLOEXEC); /* without EFD_NONBLOCK, so that a write can block */
    uint64_t full = UINT64_MAX - 1;
    CHECK_EQ(write(efd, &full, sizeof full), sizeof full);
    CHECK_OK(lina_notify_fd(arena, "tick", 1, efd, &id));
    ask(arena, "tick", 1, &told);
    CHECK_OK(lina_arena_signal(arena, "tick"));
    EVENTUALLY(told.calls == 1);
}
