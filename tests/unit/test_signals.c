/* test_signals.c - tests the counters of signals, waits, and what ends a wait. */
#include <sched.h>
#include <sys/syscall.h>

#include "../helpers.h"
#include "join.h"

static uint64_t value_of(lina_arena_t *arena, const char *name) {
    uint64_t value;
    CHECK_OK(lina_arena_signal_value(arena, name, &value));
    return value;
}

static void on_alarm(int number) { (void)number; }

static void interrupt_in(long ms, int flags) {
    struct sigaction action = {.sa_handler = on_alarm, .sa_flags = flags};
    struct itimerspec when = {.it_value = {0, ms * 1000000}, .it_interval = {0, ms * 1000000}};
    struct sigevent event = {.sigev_notify = SIGEV_SIGNAL, .sigev_signo = SIGUSR1};
    timer_t timer;
    CHECK_EQ(sigaction(SIGUSR1, &action, NULL), 0);
    CHECK_EQ(timer_create(CLOCK_MONOTONIC, &event, &timer), 0);
    CHECK_EQ(timer_settime(timer, 0, &when, NULL), 0);
}

/* ---- one thread -------------------------------------------------------------------------------- */

TEST("a signal that was never used is not set, counts 0, and looking does not make it") {
    lina_arena_t *a = new_arena(4096);
    CHECK_EQ(lina_arena_try_wait(a, "s"), 0);
    CHECK_EQ(value_of(a, "s"), 0);
    CHECK_OK(lina_arena_clear(a, "s"));
    CHECK_EQ(info_of(a).signals, 0);
}

TEST("a signal adds one, sets, and a wait does not consume it") {
    lina_arena_t *a = new_arena(4096);
    CHECK_OK(lina_arena_signal(a, "s"));
    CHECK_EQ(lina_arena_try_wait(a, "s"), 1);
    CHECK_OK(lina_arena_wait(a, "s"));
    CHECK_OK(lina_arena_wait_for(a, "s", 0));
    CHECK_EQ(lina_arena_try_wait(a, "s"), 1);
    CHECK_OK(lina_arena_signal(a, "s"));
    CHECK_EQ(value_of(a, "s"), 2);
}

TEST("clearing unsets and keeps the count, and the next signal sets again") {
    lina_arena_t *a = new_arena(4096);
    CHECK_OK(lina_arena_signal(a, "s"));
    CHECK_OK(lina_arena_signal(a, "s"));
    CHECK_OK(lina_arena_clear(a, "s"));
    CHECK_EQ(lina_arena_try_wait(a, "s"), 0);
    CHECK_EQ(value_of(a, "s"), 2);
    CHECK_ERR(lina_arena_wait_for(a, "s", 0), LINA_ERR_TIMEOUT, "\"s\"");
    CHECK_ERR(lina_arena_wait_for(a, "s", -2), LINA_ERR_TIMEOUT, "\"s\"");
    CHECK_OK(lina_arena_signal(a, "s"));
    CHECK_EQ(lina_arena_try_wait(a, "s"), 1);
    CHECK_EQ(value_of(a, "s"), 3);
}

static void *wait_until_set(void *signal) {
    return (void *)(intptr_t)lina_signal_wait(signal, SECONDS(20));
}

TEST("a wait ends also when its signal is cleared before the waiter could look") {
    lina_arena_t *a = new_arena(4096);
    lina_signal_t s;
    CHECK_OK(lina_signal_open(a, "s", &s));
    for (int i = 0; i < 20; i++) {
        pthread_t waiter = start(wait_until_set, &s);
        while ((__atomic_load_n(s.word, __ATOMIC_RELAXED) & 1) == 0) /* until a thread waits */
            sched_yield();
        lina_signal_raise(&s);
        lina_signal_clear(&s);
        CHECK_EQ((intptr_t)join(waiter), LINA_OK);
    }
}

TEST("arrays and signals are two spaces of names") {
    lina_arena_t *a = new_arena(4096);
    CHECK_OK(lina_arena_signal(a, "x"));
    CHECK_OK(make(a, "x", U8, 1));
    CHECK_OK(lina_remove(a, "x"));
    CHECK_EQ(lina_arena_try_wait(a, "x"), 1);
}

TEST("a wait for a value is over when the counter is there or past it") {
    lina_arena_t *a = new_arena(4096);
    CHECK_OK(lina_arena_wait_value(a, "s", 0, 0));
    CHECK_ERR(lina_arena_wait_value(a, "s", 1, 0), LINA_ERR_TIMEOUT, "\"s\"");
    for (int i = 0; i < 3; i++)
        CHECK_OK(lina_arena_signal(a, "s"));
    CHECK_OK(lina_arena_clear(a, "s")); /* does not change the value */
    CHECK_OK(lina_arena_wait_value(a, "s", 2, 0));
    CHECK_OK(lina_arena_wait_value(a, "s", 3, LINA_FOREVER));
    CHECK_ERR(lina_arena_wait_value(a, "s", 4, 1000), LINA_ERR_TIMEOUT, "\"s\"");
    CHECK_ERR(lina_arena_wait_value(a, "s", UINT64_MAX, 1000), LINA_ERR_TIMEOUT, "\"s\"");
}

TEST("a time-out passes no sooner than it says") {
    lina_arena_t *a = new_arena(4096);
    struct timespec t, u;
    clock_gettime(CLOCK_MONOTONIC, &t);
    CHECK_ERR(lina_arena_wait_for(a, "s", 30000000), LINA_ERR_TIMEOUT, "\"s\"");
    clock_gettime(CLOCK_MONOTONIC, &u);
    CHECK((u.tv_sec - t.tv_sec) * 1000000000L + u.tv_nsec - t.tv_nsec >= 30000000L);
}

TEST("the longest time-out does not wrap") {
    lina_arena_t *a = new_arena(4096);
    pid_t pid = spawn();
    if (pid == 0) {
        pause_ms(20);
        CHECK_OK(lina_arena_signal(a, "s"));
        done();
    }
    CHECK_OK(lina_arena_wait_for(a, "s", INT64_MAX - 1));
    CHECK_EQ(reap(pid), 0);
}

TEST("a time-out of 0 or less only looks: it makes no signal and waits for no lock") {
    static const int64_t over[] = {0, -1, -2, -SECONDS(1), INT64_MIN};
    lina_arena_t *a = new_arena(4096);
    lina_signal_t s;
    uint32_t which = 7;
    lina_wait_t some[] = {{.name = "s", .target = 1}, {.name = "t", .target = LINA_WAIT_SET}};
    const uint64_t held = a->header->lock;
    a->header->lock =
        LOCK_TURN_ONE | 1; /* as if this member owned the lock and never released it */
    for (size_t i = 0; i < sizeof over / sizeof *over; i++) {
        CHECK_ERR(lina_arena_wait_for(a, "s", over[i]), LINA_ERR_TIMEOUT, "\"s\"");
        CHECK_ERR(lina_arena_wait_value(a, "s", 1, over[i]), LINA_ERR_TIMEOUT, "\"s\"");
        CHECK_ERR(lina_wait_any(a, some, 2, over[i], &which), LINA_ERR_TIMEOUT, "\"s\"");
        CHECK_OK(lina_arena_wait_value(a, "s", 0, over[i])); /* the value is there */
    }
    CHECK_EQ(which, 7);
    CHECK_EQ(info_of(a).signals, 0);
    a->header->lock = held;
    CHECK_OK(lina_signal_open(a, "s", &s));
    for (size_t i = 0; i < sizeof over / sizeof *over; i++)
        CHECK_ERR(lina_signal_wait(&s, over[i]), LINA_ERR_TIMEOUT, "\"s\"");
    lina_signal_raise(&s);
    CHECK_OK(lina_signal_wait(&s, -1));
    CHECK_OK(lina_arena_wait_for(a, "s", -1));
}

/* Starts a process that keeps the writer lock until it is killed. */
static pid_t keep_lock(lina_arena_t *arena) {
    CHECK_OK(lina_arena_signal(arena, "kept")); /* made, so the wait needs no lock */
    pid_t pid = spawn();
    if (pid == 0) {
        CHECK_OK(lina_writer_begin(arena));
        CHECK_OK(lina_arena_signal(arena, "kept"));
        for (;;)
            pause();
    }
    CHECK_OK(lina_arena_wait_value(arena, "kept", 2, LINA_FOREVER));
    return pid;
}

TEST("a time-out covers the writer lock, too, where a wait is the first use of its name") {
    lina_arena_t *a = new_arena(4096);
    lina_wait_t some[] = {{.name = "kept", .target = 3}, {.name = "new", .target = 1}};
    uint32_t which;
    pid_t pid = keep_lock(a);
    CHECK_ERR(lina_arena_wait_for(a, "new", 1000000), LINA_ERR_TIMEOUT, "\"new\"");
    CHECK_ERR(lina_arena_wait_value(a, "new", 1, 1000000), LINA_ERR_TIMEOUT, "\"new\"");
    CHECK_ERR(lina_wait_any(a, some, 2, 1000000, &which), LINA_ERR_TIMEOUT, "\"new\"");
    CHECK_ERR(lina_arena_wait_for(a, "new", LINA_FOREVER), LINA_ERR_BUSY,
              "\"new\""); /* there is none */
    CHECK_EQ(info_of(a).signals, 1);
    kill_and_reap(pid);
    CHECK_ERR(lina_arena_wait_for(a, "new", SECONDS(1) / 100), LINA_ERR_TIMEOUT, "\"new\"");
    CHECK_EQ(info_of(a).signals, 2); /* recovery ran, and the signal was made */
}

/* ---- adding several ---------------------------------------------------------------------------- */

TEST("adding n counts n, and adding nothing changes nothing") {
    lina_arena_t *a = new_arena(4096);
    lina_signal_t s;
    CHECK_OK(lina_arena_signal_add(a, "s", 0));
    CHECK_EQ(info_of(a).signals, 0);
    CHECK_OK(lina_arena_signal_add(a, "s", 5));
    CHECK_EQ(value_of(a, "s"), 5);
    CHECK_EQ(lina_arena_try_wait(a, "s"), 1);
    CHECK_OK(lina_arena_clear(a, "s"));
    CHECK_OK(lina_arena_signal_add(a, "s", 0));
    CHECK_EQ(lina_arena_try_wait(a, "s"), 0);
    CHECK_OK(lina_signal_open(a, "s", &s));
    CHECK_OK(lina_signal_raise_by(&s, 7));
    CHECK_OK(lina_signal_raise_by(&s, 0));
    CHECK_EQ(lina_signal_read(&s), 12);
    CHECK_ERR(lina_arena_signal_add(a, NULL, 1), LINA_ERR_INVALID, "signal");
    CHECK_ERR(lina_arena_signal_add(a, "", 0), LINA_ERR_INVALID, "signal");
}

TEST("adding more than a counter can hold is INVALID and adds nothing") {
    lina_arena_t *a = new_arena(4096);
    lina_signal_t s;
    CHECK_ERR(lina_arena_signal_add(a, "s", UINT64_MAX), LINA_ERR_INVALID, "\"s\"");
    CHECK_ERR(lina_arena_signal_add(a, "s", UINT64_C(1) << 63), LINA_ERR_INVALID, "\"s\"");
    CHECK_EQ(info_of(a).signals, 0);
    CHECK_OK(lina_arena_signal_add(a, "s", (UINT64_C(1) << 63) - 2));
    CHECK_ERR(lina_arena_signal_add(a, "s", 2), LINA_ERR_INVALID, "\"s\"");
    CHECK_OK(lina_arena_signal_add(a, "s", 1));
    CHECK_EQ(value_of(a, "s"), INT64_MAX);
    CHECK_OK(lina_signal_open(a, "s", &s));
    CHECK_ERR(lina_signal_raise_by(&s, 1), LINA_ERR_INVALID, "\"s\"");
    CHECK_ERR(lina_signal_raise_by(&s, UINT64_MAX), LINA_ERR_INVALID, "\"s\"");
    CHECK_OK(lina_arena_wait_value(a, "s", INT64_MAX, 0));
    CHECK_OK(lina_check_arena(a));
}

static void *wait_for_ten(void *signal) {
    return (void *)(intptr_t)lina_signal_wait_value(signal, 10, SECONDS(60));
}

static void until_asleep(const lina_signal_t *s) {
    while ((__atomic_load_n(s->word, __ATOMIC_RELAXED) & 1) == 0) /* until a thread waits */
        sched_yield();
}

TEST("adding wakes the waiters") {
    lina_arena_t *a = new_arena(4096);
    lina_signal_t s;
    CHECK_OK(lina_signal_open(a, "s", &s));
    pthread_t waiter = start(wait_for_ten, &s);
    until_asleep(&s);
    CHECK_OK(lina_signal_raise_by(&s, 4));
    CHECK_OK(lina_arena_signal_add(a, "s", 6));
    CHECK_EQ((intptr_t)join(waiter), LINA_OK);
}

/* ---- removing ---------------------------------------------------------------------------------- */

TEST("a removed signal is as one that was never used, and its name begins anew at 0") {
    lina_arena_t *a = new_arena(4096);
    size_t n;
    CHECK_OK(lina_arena_signal(a, "s"));
    CHECK_OK(lina_arena_signal(a, "t"));
    CHECK_OK(lina_arena_signal_remove(a, "s"));
    CHECK_EQ(info_of(a).signals, 1);
    CHECK_OK(lina_signal_list(a, NULL, 0, &n, NULL));
    CHECK_EQ(n, 1);
    CHECK_EQ(lina_arena_try_wait(a, "s"), 0);
    CHECK_EQ(value_of(a, "s"), 0);
    CHECK_ERR(lina_arena_wait_for(a, "s", 0), LINA_ERR_TIMEOUT, "\"s\"");
    CHECK_ERR(lina_arena_signal_remove(a, "s"), LINA_ERR_NOT_FOUND, "\"s\"");
    CHECK_ERR(lina_arena_signal_remove(a, "never"), LINA_ERR_NOT_FOUND, "\"never\"");
    CHECK_ERR(lina_arena_signal_remove(a, ""), LINA_ERR_INVALID, "signal");
    CHECK_ERR(lina_arena_signal_remove(a, NULL), LINA_ERR_INVALID, "signal");
    CHECK_OK(lina_check_arena(a));
    CHECK_OK(lina_arena_signal(a, "s"));
    CHECK_EQ(value_of(a, "s"), 1);
    CHECK_EQ(value_of(a, "t"), 1);
    CHECK_OK(lina_check_arena(a));
}

static void check_dead_handle(const lina_signal_t *s, const char *says) {
    CHECK_ERR(lina_signal_is_set(s), LINA_ERR_NOT_FOUND, says);
    CHECK_ERR(lina_signal_wait(s, LINA_FOREVER), LINA_ERR_NOT_FOUND, says);
    CHECK_ERR(lina_signal_wait_value(s, 0, 0), LINA_ERR_NOT_FOUND, says);
    CHECK_ERR(lina_signal_raise_by(s, 1), LINA_ERR_NOT_FOUND, says);
    CHECK_ERR(lina_signal_raise_by(s, 0), LINA_ERR_NOT_FOUND, says);
    lina_clear_error();
    CHECK_EQ(lina_signal_read(s), 0);
    CHECK_EQ(lina_last_error_code(), LINA_ERR_NOT_FOUND);
    lina_clear_error();
    lina_signal_raise(s);
    CHECK_EQ(lina_last_error_code(), LINA_ERR_NOT_FOUND);
    lina_clear_error();
    lina_signal_clear(s);
    CHECK_EQ(lina_last_error_code(), LINA_ERR_NOT_FOUND);
    CHECK(strstr(lina_last_error(), says) != NULL);
}

TEST("every call by a handle of a removed signal is NOT_FOUND and leaves its namesake alone") {
    lina_arena_t *a;
    lina_arena_options_t options = {.max_signals = 1}; /* its slot is used again at once */
    lina_signal_t old, young;
    CHECK_OK(lina_arena_create(NULL, 4096, &options, &a));
    CHECK_OK(lina_signal_open(a, "s", &old));
    lina_signal_raise(&old);
    CHECK_OK(lina_arena_signal_remove(a, "s"));
    check_dead_handle(&old, "\"s\"");
    CHECK_OK(lina_signal_open(a, "s", &young));
    CHECK(young.word == old.word && young.incarnation != old.incarnation);
    check_dead_handle(&old, "removed");
    CHECK_EQ(lina_signal_read(&young), 0);
    CHECK_EQ(lina_signal_is_set(&young), 0);
    CHECK_EQ(*young.current, young.incarnation);
    CHECK_OK(lina_check_arena(a));
}

TEST("a call that succeeds where a signal was removed leaves no error behind") {
    lina_arena_t *a = new_arena(4096);
    CHECK_OK(lina_arena_signal(a, "s"));
    CHECK_OK(lina_arena_signal_remove(a, "s"));
    lina_clear_error();
    CHECK_EQ(lina_arena_try_wait(a, "s"), 0);
    CHECK_EQ(value_of(a, "s"), 0);
    CHECK_OK(lina_arena_clear(a, "s"));
    CHECK_OK(lina_arena_signal_add(a, "s", 0));
    CHECK_OK(lina_arena_wait_value(a, "s", 0, 0));
    CHECK_OK(lina_arena_signal(a, "s"));
    CHECK_EQ(lina_last_error_code(), LINA_OK);
}

static void *wait_by_name(void *arena) {
    CHECK_ERR(lina_arena_wait(arena, "s"), LINA_ERR_NOT_FOUND, "\"s\"");
    CHECK_OK(lina_arena_signal(arena, "ended"));
    return NULL;
}

/* Removes the signal again and again: a waiter that comes late makes a new signal of that name. */
static void remove_until_ended(lina_arena_t *arena, const char *name, uint64_t ended) {
    CHECK_OK(lina_arena_signal_remove(arena, name));
    while (lina_arena_wait_value(arena, "ended", ended, SECONDS(1)) != LINA_OK)
        lina_arena_signal_remove(arena, name);
}

TEST("a removal ends the waits for the signal, by name and by handle, in all processes") {
    lina_arena_t *a = new_arena(4096);
    for (int i = 0; i < 20; i++) {
        lina_signal_t s;
        CHECK_OK(lina_signal_open(a, "s", &s));
        pid_t pid = spawn();
        if (pid == 0) {
            CHECK_OK(lina_arena_signal(a, "up"));
            CHECK_ERR(lina_arena_wait_value(a, "s", 1, LINA_FOREVER), LINA_ERR_NOT_FOUND, "\"s\"");
            CHECK_OK(lina_arena_signal(a, "ended"));
            done();
        }
        pthread_t one = start(wait_until_set, &s), two = start(wait_by_name, a);
        CHECK_OK(lina_arena_wait_value(a, "up", (uint64_t)i + 1, LINA_FOREVER));
        until_asleep(&s);
        pause_ms(5); /* all of them sleep by now, most of the time */
        remove_until_ended(a, "s", 2 * ((uint64_t)i + 1));
        CHECK_EQ((intptr_t)join(one), LINA_ERR_NOT_FOUND);
        join(two);
        CHECK_EQ(reap(pid), 0);
    }
}

TEST("a wait succeeds if its signal was raised and then removed") {
    lina_arena_t *a = new_arena(4096);
    for (int i = 0; i < 50; i++) {
        lina_signal_t s;
        CHECK_OK(lina_signal_open(a, "s", &s));
        pthread_t waiter = start(wait_until_set, &s);
        until_asleep(&s);
        lina_signal_raise(&s);
        CHECK_OK(lina_arena_signal_remove(a, "s"));
        CHECK_EQ((intptr_t)join(waiter), LINA_OK);
    }
}

TEST("ten thousand names can be used one after another in an arena of a hundred signals") {
    lina_arena_t *a;
    lina_arena_options_t options = {.max_signals = 100};
    CHECK_OK(lina_arena_create(NULL, 4096, &options, &a));
    CHECK_OK(lina_arena_signal(a, "lasting"));
    for (int i = 0; i < 10000; i++) {
        char name[24], before[24];
        snprintf(name, sizeof name, "job %d", i);
        snprintf(before, sizeof before, "job %d", i - 40);
        CHECK_OK(lina_arena_signal(a, name));
        if (i >= 40)
            CHECK_OK(lina_arena_signal_remove(a, before));
        CHECK_EQ(value_of(a, name), 1);
        if (i % 500 == 0)
            CHECK_OK(lina_check_arena(a));
    }
    CHECK_EQ(value_of(a, "lasting"), 1);
    CHECK_EQ(info_of(a).signals, 41);
    CHECK_OK(lina_check_arena(a));
}

TEST("the table of signals is FULL only when all its slots are in use") {
    lina_arena_t *a;
    lina_arena_options_t options = {.max_signals = 3};
    CHECK_OK(lina_arena_create(NULL, 4096, &options, &a));
    for (int i = 0; i < 100; i++) {
        CHECK_OK(lina_arena_signal(a, "a"));
        CHECK_OK(lina_arena_signal(a, "b"));
        CHECK_OK(lina_arena_signal(a, "c"));
        CHECK_ERR(lina_arena_signal(a, "d"), LINA_ERR_FULL, "\"d\"");
        CHECK_OK(lina_arena_signal_remove(a, i % 2 ? "a" : "c"));
        CHECK_OK(lina_arena_signal(a, "d"));
        CHECK_ERR(lina_arena_signal(a, "e"), LINA_ERR_FULL, "\"e\"");
        CHECK_OK(lina_arena_signal_remove(a, "d"));
        CHECK_OK(lina_check_arena(a));
    }
}

TEST("the slot that was removed first is used again first, also after a writer died") {
    lina_arena_t *a;
    lina_arena_options_t options = {.max_signals = 8};
    lina_signal_t s[8], again;
    char name[8] = "0";
    CHECK_OK(lina_arena_create(NULL, 4096, &options, &a));
    for (int i = 0; i < 8; i++, name[0]++)
        CHECK_OK(lina_signal_open(a, name, &s[i]));
    static const int order[] = {5, 2, 7, 0, 3};
    for (int i = 0; i < 5; i++) {
        name[0] = (char)('0' + order[i]);
        CHECK_OK(lina_arena_signal_remove(a, name));
    }
    for (int i = 0; i < 5; i++) {
        if (i == 2)
            a->header->dirty = 1; /* as after a writer's death */
        snprintf(name, sizeof name, "new%d", i);
        CHECK_OK(lina_signal_open(a, name, &again));
        CHECK_EQ(again.slot, order[i]);
    }
    CHECK_OK(lina_check_arena(a));
}

TEST("a removed signal's slot is used again only after 64 others, while there are unused slots") {
    lina_arena_t *a = new_arena(4096);
    uint64_t last_use[1024] = {0};
    for (uint64_t i = 1; i <= 1000; i++) {
        lina_signal_t s;
        CHECK_OK(lina_signal_open(a, "job", &s));
        CHECK(last_use[s.slot] == 0 || i - last_use[s.slot] > 64);
        last_use[s.slot] = i;
        CHECK_OK(lina_arena_signal_remove(a, "job"));
    }
    CHECK(a->header->signals_used < 100); /* slots are used again, so the table does not fill */
    CHECK_OK(lina_check_arena(a));
}

TEST("the signal index is rebuilt when it has many removed entries, and no name is lost") {
    lina_arena_t *a;
    lina_arena_options_t options = {.max_arrays = 16, .max_signals = 16};
    char name[24];
    CHECK_OK(lina_arena_create(NULL, 4096, &options, &a));
    for (int i = 0; i < 12; i++) { /* then removed entries have others behind them */
        snprintf(name, sizeof name, "lasting %d", i);
        CHECK_OK(lina_arena_signal(a, name));
    }
    for (int i = 0; i < 5000; i++) {
        snprintf(name, sizeof name, "job %d", i);
        CHECK_OK(lina_arena_signal(a, name));
        CHECK_OK(lina_arena_signal_remove(a, name));
        snprintf(name, sizeof name, "lasting %d", i % 12);
        CHECK_EQ(value_of(a, name), 1);
    }
    CHECK(a->header->signal_index_epoch >= 2); /* it was rebuilt */
    CHECK_EQ(a->header->signal_index_epoch % 2, 0);
    CHECK_OK(lina_check_arena(a));
}

TEST("while the signal index is rebuilt a look-up searches the signals themselves") {
    lina_arena_t *a = new_arena(4096);
    CHECK_OK(lina_arena_signal(a, "s"));
    CHECK_OK(lina_arena_signal(a, "gone"));
    CHECK_OK(lina_arena_signal_remove(a, "gone"));
    a->header->signal_index_epoch = 1;
    memset(a->signal_index, 0, a->geo.signal_index_size * sizeof *a->signal_index);
    CHECK_EQ(lina_arena_try_wait(a, "s"), 1);
    CHECK_EQ(lina_arena_try_wait(a, "gone"), 0);
    CHECK_EQ(lina_arena_try_wait(a, "never"), 0);
}

struct churn {
    lina_arena_t *arena;
    uint32_t over; /* atomic */
};

static void *come_and_go(void *context) {
    struct churn *churn = context;
    for (int i = 0; load_relaxed_u32(&churn->over) == 0; i++) {
        char name[8];
        snprintf(name, sizeof name, "n%d", i % 7);
        int rc = lina_arena_signal_remove(churn->arena, name);
        CHECK(rc == LINA_OK || rc == LINA_ERR_NOT_FOUND);
        CHECK_OK(lina_arena_signal(churn->arena, name));
    }
    return NULL;
}

TEST("a look-up never returns another signal's value while signals are made and removed") {
    lina_arena_options_t options = {.max_signals = 9};
    struct churn churn = {0};
    CHECK_OK(lina_arena_create(NULL, 4096, &options, &churn.arena));
    CHECK_OK(lina_arena_signal_add(churn.arena, "lasting", 1000));
    pthread_t threads[2] = {start(come_and_go, &churn), start(come_and_go, &churn)};
    for (int i = 0; i < 100000; i++) {
        CHECK_EQ(value_of(churn.arena, "lasting"), 1000);
        uint64_t value = value_of(churn.arena, "n3");
        CHECK(value <= 2 * 100000); /* never a value of the other signal */
        CHECK(value != 1000);
        lina_arena_try_wait(churn.arena, "n5");
    }
    store_relaxed_u32(&churn.over, 1);
    join(threads[0]);
    join(threads[1]);
    CHECK_OK(lina_check_arena(churn.arena));
}

TEST("a read-only member may remove signals") {
    lina_arena_t *a = new_arena(4096), *b = join_arena(a, LINA_ATTACH_READ_ONLY);
    CHECK_OK(lina_arena_signal(a, "s"));
    CHECK_OK(lina_arena_signal_remove(b, "s"));
    CHECK_EQ(info_of(a).signals, 0);
}

/* ---- any of several ---------------------------------------------------------------------------- */

#define FOR(name_, target_)                                                                        \
    { .name = (name_), .target = (target_) }

TEST("a wait for any returns the index of the first entry whose target is reached") {
    lina_arena_t *a = new_arena(4096);
    lina_wait_t waits[] = {FOR("a", 2), FOR("b", LINA_WAIT_SET), FOR("c", 1)};
    uint32_t which = 9;
    CHECK_ERR(lina_wait_any(a, waits, 3, 1000, &which), LINA_ERR_TIMEOUT, "\"a\"");
    CHECK_EQ(which, 9);
    CHECK_OK(lina_arena_signal(a, "c"));
    CHECK_OK(lina_wait_any(a, waits, 3, 0, &which));
    CHECK_EQ(which, 2);
    CHECK_OK(lina_arena_signal(a, "a")); /* its target is higher */
    CHECK_OK(lina_arena_signal(a, "b"));
    CHECK_OK(lina_wait_any(a, waits, 3, -1, &which));
    CHECK_EQ(which, 1);
    CHECK_OK(lina_arena_signal(a, "a"));
    CHECK_OK(lina_wait_any(a, waits, 3, LINA_FOREVER, &which));
    CHECK_EQ(which, 0);
    CHECK_OK(lina_arena_clear(a, "b"));
    CHECK_OK(lina_wait_any(a, waits + 1, 2, 0, &which)); /* "b" is no longer set */
    CHECK_EQ(which, 1);
}

TEST("a wait for any makes missing signals, unless one target is reached already") {
    lina_arena_t *a = new_arena(4096);
    lina_wait_t waits[] = {FOR("a", 1), FOR("b", 0), FOR("c", 1)};
    uint32_t which;
    CHECK_OK(lina_wait_any(a, waits, 3, LINA_FOREVER, &which));
    CHECK_EQ(which, 1);
    CHECK_EQ(info_of(a).signals, 0);
    waits[1].target = 1;
    CHECK_ERR(lina_wait_any(a, waits, 3, 1000, &which), LINA_ERR_TIMEOUT, "2 others");
    CHECK_EQ(info_of(a).signals, 3);
}

TEST("bad arguments of a wait for any are refused") {
    lina_arena_t *a = new_arena(4096);
    lina_wait_t waits[65] = {FOR("a", 1), {.name = "b", .reserved = 1}, FOR(NULL, 1)};
    uint32_t which = 9;
    CHECK_ERR(lina_wait_any(a, waits, 0, 0, &which), LINA_ERR_INVALID, "0 signals");
    CHECK_ERR(lina_wait_any(a, waits, 65, 0, &which), LINA_ERR_INVALID, "65 signals");
    CHECK_ERR(lina_wait_any(a, NULL, 1, 0, &which), LINA_ERR_INVALID, "any of");
    CHECK_ERR(lina_wait_any(a, waits, 1, 0, NULL), LINA_ERR_INVALID, "any of");
    CHECK_ERR(lina_wait_any(a, waits, 2, 0, &which), LINA_ERR_INVALID, "\"b\"");
    CHECK_ERR(lina_wait_any(a, waits + 2, 1, 0, &which), LINA_ERR_INVALID, "signal");
    CHECK_ERR(lina_wait_any(NULL, waits, 1, 0, &which), LINA_ERR_NOT_READY, "default arena");
    CHECK_EQ(which, 9);
}

TEST("a wait for any of 64 wakes for each of them, in threads and processes") {
    lina_arena_t *a = new_arena(4096);
    char names[64][8];
    lina_wait_t waits[64];
    for (int i = 0; i < 64; i++) {
        snprintf(names[i], sizeof names[i], "s%d", i);
        waits[i] = (lina_wait_t)FOR(names[i], 1);
    }
    pid_t pid = spawn();
    if (pid == 0) {
        for (int i = 0; i < 64; i++) {
            CHECK_OK(lina_arena_wait_value(a, "ready", (uint64_t)i + 1, LINA_FOREVER));
            if (i % 4 == 0)
                pause_ms(3); /* then the waiter sleeps, most of the time */
            CHECK_OK(lina_arena_signal(a, names[i * 37 % 64]));
        }
        done();
    }
    for (int i = 0; i < 64; i++) {
        uint32_t which;
        CHECK_OK(lina_arena_signal(a, "ready"));
        CHECK_OK(lina_wait_any(a, waits, 64, SECONDS(60), &which));
        CHECK_EQ(which, i * 37 % 64);
        waits[which].target = 2;
    }
    CHECK_EQ(reap(pid), 0);
}

static void *wait_for_any(void *arena) {
    lina_wait_t waits[] = {FOR("s", LINA_WAIT_SET), FOR("t", LINA_WAIT_SET)};
    uint32_t which = 9;
    int rc = lina_wait_any(arena, waits, 2, LINA_FOREVER, &which);
    return (void *)(intptr_t)(rc == LINA_OK ? (int)which : rc);
}

static void until_listened(lina_arena_t *arena, const char *name) {
    lina_signal_t s;
    CHECK_OK(lina_signal_open(arena, name, &s));
    while (load_relaxed_u32(&arena->signals[s.slot].listened) == 0)
        sched_yield();
    until_asleep(&s);
}

TEST("a wait for any ends also when its signal is cleared before the waiter could look") {
    lina_arena_t *a = new_arena(4096);
    for (int i = 0; i < 20; i++) {
        pthread_t waiter = start(wait_for_any, a);
        until_listened(a, "t");
        CHECK_OK(lina_arena_signal(a, "t"));
        CHECK_OK(lina_arena_clear(a, "t"));
        CHECK_EQ((intptr_t)join(waiter), 1);
    }
}

TEST("a wait for any ends with NOT_FOUND when one is removed, naming it, and none is reached") {
    lina_arena_t *a = new_arena(4096);
    for (int i = 0; i < 20; i++) {
        pthread_t waiter = start(wait_for_any, a);
        until_listened(a, "t");
        CHECK_OK(lina_arena_signal_remove(a, "t"));
        CHECK_EQ((intptr_t)join(waiter), LINA_ERR_NOT_FOUND);
    }
}

TEST("a signal handler ends a wait for any with INTERRUPTED") {
    lina_arena_t *a = new_arena(4096);
    lina_wait_t waits[] = {FOR("s", 1), FOR("t", 1)};
    uint32_t which;
    interrupt_in(10, SA_RESTART);
    CHECK_ERR(lina_wait_any(a, waits, 2, SECONDS(60), &which), LINA_ERR_INTERRUPTED, "\"s\"");
}

TEST("handles do what names do, and their words can be read without a call") {
    lina_arena_t *a = new_arena(4096);
    lina_signal_t s;
    CHECK_OK(lina_signal_open(a, "s", &s));
    CHECK_EQ(lina_signal_is_set(&s), 0);
    lina_signal_raise(&s);
    CHECK_EQ(lina_signal_is_set(&s), 1);
    CHECK_EQ(lina_arena_try_wait(a, "s"), 1);
    CHECK_EQ(lina_signal_read(&s), 1);
    CHECK_EQ(__atomic_load_n(s.word, __ATOMIC_ACQUIRE) >> 1, 1);
    CHECK_EQ(*s.cleared, 0);
    CHECK_OK(lina_signal_wait(&s, 0));
    CHECK_OK(lina_signal_wait_value(&s, 1, 0));
    lina_signal_clear(&s);
    CHECK_EQ(*s.cleared, 1);
    CHECK_EQ(lina_signal_is_set(&s), 0);
    CHECK_ERR(lina_signal_wait(&s, 0), LINA_ERR_TIMEOUT, "\"s\"");
    CHECK_ERR(lina_signal_wait(&s, INT64_MIN), LINA_ERR_TIMEOUT, "\"s\"");
    CHECK_ERR(lina_signal_open(a, "s", NULL), LINA_ERR_INVALID, "\"s\"");
}

TEST("a list of signals has each with its value and its last clear") {
    lina_arena_t *a = new_arena(4096);
    lina_signal_info_t all[3];
    size_t n, total;
    CHECK_OK(lina_arena_signal(a, "x"));
    CHECK_OK(lina_arena_signal(a, "y"));
    CHECK_OK(lina_arena_signal(a, "y"));
    CHECK_OK(lina_arena_clear(a, "y"));
    CHECK_OK(lina_arena_signal(a, "y"));
    CHECK_OK(lina_signal_list(a, NULL, 0, &n, NULL));
    CHECK_EQ(n, 2);
    CHECK_OK(lina_signal_list(a, all, 3, &n, &total));
    CHECK_EQ(n, 2);
    CHECK_EQ(total, 2);
    CHECK_STR(all[0].name, "x");
    CHECK_STR(all[1].name, "y");
    CHECK_EQ(all[1].value, 3);
    CHECK_EQ(all[1].cleared, 2);
    CHECK_OK(lina_signal_list(a, all, 1, &n, &total)); /* cut, and `total` says so */
    CHECK_EQ(n, 1);
    CHECK_EQ(total, 2);
    CHECK_ERR(lina_signal_list(a, NULL, 1, &n, &total), LINA_ERR_INVALID, "list");
    CHECK_ERR(lina_signal_list(a, all, 1, NULL, &total), LINA_ERR_INVALID, "list");
}

TEST("there are as many signals as asked for, and one more is FULL by its name") {
    lina_arena_t *a;
    lina_arena_options_t options = {.max_signals = 3};
    CHECK_OK(lina_arena_create(NULL, 4096, &options, &a));
    CHECK_OK(lina_arena_signal(a, "a"));
    CHECK_OK(lina_arena_signal(a, "b"));
    CHECK_OK(lina_arena_signal(a, "c"));
    CHECK_ERR(lina_arena_signal(a, "d"), LINA_ERR_FULL, "\"d\"");
    CHECK_ERR(lina_arena_wait_for(a, "d", 1000), LINA_ERR_FULL, "\"d\"");
    CHECK_ERR(lina_arena_wait_for(a, "d", 0), LINA_ERR_TIMEOUT, "\"d\""); /* makes no signal */
    CHECK_EQ(lina_arena_try_wait(a, "d"), 0);
    CHECK_OK(lina_arena_signal(a, "a"));
    CHECK_OK(lina_check_arena(a));
}

/* ---- threads and processes --------------------------------------------------------------------- */

TEST("what was written before a signal is seen after the wait that it ends") {
    lina_arena_t *a = new_arena(4096);
    CHECK_OK(make(a, "x", LINA_DTYPE_U64, 1));
    lina_view_t view = hold(&view, a, "x");
    volatile uint64_t *x = view.data;
    pid_t pid = spawn();
    if (pid == 0) {
        for (uint64_t i = 1; i <= 20000; i++) {
            *x = i;
            CHECK_OK(lina_arena_signal(a, "there"));
            CHECK_OK(lina_arena_wait_value(a, "back", i, LINA_FOREVER));
        }
        done();
    }
    for (uint64_t i = 1; i <= 20000; i++) {
        CHECK_OK(lina_arena_wait_value(a, "there", i, LINA_FOREVER));
        CHECK_EQ(*x, i);
        CHECK_OK(lina_arena_signal(a, "back"));
    }
    CHECK_EQ(reap(pid), 0);
}

struct crowd {
    lina_arena_t *arena;
    uint64_t rounds;
};

/* A barrier of four threads: each one signals, and then waits for the sum. */
static void *meet(void *context) {
    const struct crowd *crowd = context;
    for (uint64_t i = 1; i <= crowd->rounds; i++) {
        CHECK_OK(lina_arena_signal(crowd->arena, "arrived"));
        CHECK_OK(lina_arena_wait_value(crowd->arena, "arrived", 4 * i, LINA_FOREVER));
    }
    return NULL;
}

TEST("four threads in two processes meet at a barrier five thousand times") {
    struct crowd crowd = {new_arena(4096), 5000};
    pid_t pid = spawn();
    pthread_t other = start(meet, &crowd);
    meet(&crowd);
    join(other);
    if (pid == 0)
        done();
    CHECK_EQ(reap(pid), 0);
    CHECK_EQ(value_of(crowd.arena, "arrived"), 20000);
}

static void *raise_many(void *arena) {
    for (int i = 0; i < 20000; i++)
        CHECK_OK(lina_arena_signal(arena, "s"));
    return NULL;
}

TEST("no signal of four threads is lost from the count") {
    lina_arena_t *a = new_arena(4096);
    pthread_t threads[4];
    for (int i = 0; i < 4; i++)
        threads[i] = start(raise_many, a);
    CHECK_OK(lina_arena_wait_value(a, "s", 80000, LINA_FOREVER));
    for (int i = 0; i < 4; i++)
        join(threads[i]);
    CHECK_EQ(value_of(a, "s"), 80000);
}

static void *make_many(void *arena) {
    char name[16];
    for (int i = 0; i < 500; i++) {
        snprintf(name, sizeof name, "s%d", i);
        CHECK_OK(lina_arena_signal(arena, name));
    }
    return NULL;
}

TEST("threads and processes that make the same signals at once make each once") {
    lina_arena_t *a = new_arena(4096);
    pid_t pid = spawn();
    pthread_t other = start(make_many, a);
    make_many(a);
    join(other);
    if (pid == 0)
        done();
    CHECK_EQ(reap(pid), 0);
    CHECK_EQ(info_of(a).signals, 500);
    CHECK_EQ(value_of(a, "s0"), 4);
    CHECK_EQ(value_of(a, "s499"), 4);
    CHECK_OK(lina_check_arena(a));
}

TEST("a waiter that is killed harms neither signaller nor other waiters") {
    lina_arena_t *a = new_arena(4096);
    pid_t doomed = spawn();
    if (doomed == 0) {
        lina_arena_signal(a, "up");
        lina_arena_wait(a, "s");
        done();
    }
    pid_t other = spawn();
    if (other == 0) {
        lina_arena_signal(a, "up");
        CHECK_OK(lina_arena_wait(a, "s"));
        done();
    }
    CHECK_OK(lina_arena_wait_value(a, "up", 2, LINA_FOREVER));
    pause_ms(30);
    kill_and_reap(doomed);
    CHECK_OK(lina_arena_signal(a, "s"));
    CHECK_EQ(reap(other), 0);
}

/* ---- what ends a wait -------------------------------------------------------------------------- */

TEST("a signal handler ends a timed wait with INTERRUPTED, also one that restarts calls") {
    lina_arena_t *a = new_arena(4096);
    interrupt_in(10, 0);
    CHECK_ERR(lina_arena_wait_for(a, "s", SECONDS(60)), LINA_ERR_INTERRUPTED, "\"s\"");
    interrupt_in(10, SA_RESTART);
    CHECK_ERR(lina_arena_wait_value(a, "s", 1, LINA_FOREVER), LINA_ERR_INTERRUPTED, "\"s\"");
}

TEST("a signal handler does not end lina_arena_wait") {
    lina_arena_t *a = new_arena(4096);
    pid_t pid = spawn();
    if (pid == 0) {
        pause_ms(60);
        CHECK_OK(lina_arena_signal(a, "s"));
        done();
    }
    interrupt_in(5, 0);
    CHECK_OK(lina_arena_wait(a, "s"));
    CHECK_EQ(value_of(a, "s"), 1);
    int status;
    while (waitpid(pid, &status, 0) < 0)
        CHECK_EQ(errno, EINTR);
    CHECK_EQ(status, 0);
}

/* Replaces sched_yield by one that acts as on a busy core: other threads run for `others` milliseconds. */
static uint32_t others, yields; /* atomic */
int sched_yield(void) {
    uint32_t ms = load_relaxed_u32(&others);
    add_sc_u32(&yields, 1);
    if (ms > 0)
        pause_ms(ms);
    return (int)syscall(SYS_sched_yield);
}

TEST("a wait on a busy core yields once, and later waits sleep without yielding") {
    lina_arena_t *a = new_arena(4096);
    store_relaxed_u32(&others, 20);
    for (int i = 0; i < 20; i++)
        CHECK_ERR(lina_arena_wait_for(a, "s", 1000000), LINA_ERR_TIMEOUT, "\"s\"");
    CHECK_EQ(load_relaxed_u32(&yields), 1);
    store_relaxed_u32(&others, 0);
    for (int i = 0; i < 64; i++)
        CHECK_ERR(lina_arena_wait_for(a, "s", 1), LINA_ERR_TIMEOUT, "\"s\"");
    CHECK(load_relaxed_u32(&yields) > 1); /* later it tries yielding again */
}

/* Waits until so many threads wait in the arena. A caller may close a handle only if no thread is about to use it. */
static void until_waiting(lina_arena_t *arena, uint32_t waits) {
    uint32_t count;
    do {
        pause_ms(1);
        count = 0;
        for (int i = 0; i < LINA_WAITS; i++)
            count += load_sc_u32(&arena->waits[i].count);
    } while (count < waits);
}

static void *wait_to_be_closed(void *arena) {
    CHECK_ERR(lina_arena_wait(arena, "s"), LINA_ERR_CLOSED, "\"s\"");
    return NULL;
}

static void *wait_value_to_be_closed(void *arena) {
    CHECK_ERR(lina_arena_wait_value(arena, "t", 99, SECONDS(60)), LINA_ERR_CLOSED, "\"t\"");
    return NULL;
}

static void *wait_any_to_be_closed(void *arena) {
    lina_wait_t waits[] = {FOR("t", 99), FOR("u", LINA_WAIT_SET)};
    uint32_t which;
    /* A signal would interrupt this wait, which has a time-out, before the arena is closed. */
    sigset_t storm;
    sigemptyset(&storm);
    sigaddset(&storm, SIGUSR1);
    CHECK_EQ(pthread_sigmask(SIG_BLOCK, &storm, NULL), 0);
    CHECK_ERR(lina_wait_any(arena, waits, 2, LINA_FOREVER, &which), LINA_ERR_CLOSED, "\"t\"");
    return NULL;
}

TEST("closing an arena ends its waits with CLOSED, under a storm of signal handlers too") {
    for (int i = 0; i < 20; i++) {
        lina_arena_t *a = new_arena(4096);
        if (i == 10)
            interrupt_in(1, 0);
        pthread_t one = start(wait_to_be_closed, a);
        pthread_t two = start(i < 10 ? wait_value_to_be_closed : wait_to_be_closed, a);
        pthread_t three = start(wait_any_to_be_closed, a);
        until_waiting(a, 3);
        pause_ms(5);
        CHECK_OK(lina_arena_close(a));
        join(one);
        join(two);
        join(three);
    }
}

/* Some C libraries cancel a thread by a system signal, which may interrupt the wait. */
static void *wait_long(void *arena) {
    int rc = lina_arena_wait_value(arena, "first use", 1, SECONDS(60));
    CHECK(rc == LINA_OK || rc == LINA_ERR_INTERRUPTED);
    for (;;)
        pthread_testcancel();
    return NULL;
}

TEST("a thread that is cancelled in a wait ends the wait first, and closing does not wait for it") {
    lina_arena_t *a = new_arena(4096);
    pthread_t thread = start(wait_long, a);
    until_waiting(a, 1);
    CHECK_EQ(pthread_cancel(thread), 0);
    pause_ms(20);
    CHECK_OK(lina_arena_signal(a, "first use"));
    CHECK(join(thread) == PTHREAD_CANCELED);
    CHECK_OK(lina_arena_close(a));
}

TEST("closing one member's arena leaves the waits of another alone") {
    lina_arena_t *a = new_arena(4096), *b = join_arena(a, 0);
    pid_t pid = spawn();
    if (pid == 0) {
        CHECK_OK(lina_arena_wait_for(b, "s", SECONDS(60)));
        done();
    }
    pause_ms(20);
    CHECK_OK(lina_arena_close(a));
    CHECK_OK(lina_arena_signal(b, "s"));
    CHECK_EQ(reap(pid), 0);
}
