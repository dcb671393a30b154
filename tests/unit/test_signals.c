/* test_signals.c - timeline counters, waiting, and what ends a wait. */
#include <sched.h>
#include <sys/syscall.h>

#include "../helpers.h"
#include "join.h"

static uint64_t value_of(lina_arena_t *arena, const char *name) {
    uint64_t value;
    CHECK_OK(lina_arena_signal_value(arena, name, &value));
    return value;
}

/* ---- one thread -------------------------------------------------------------------------------- */

TEST("a signal that nobody has used is not set, counts 0, and looking does not make it") {
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
        while ((__atomic_load_n(s.word, __ATOMIC_RELAXED) & 1) == 0) /* until somebody waits */
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
    CHECK_OK(lina_arena_clear(a, "s")); /* does not matter to values */
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
    CHECK_OK(lina_arena_wait_for(a, "s", INT64_MAX));
    CHECK_EQ(reap(pid), 0);
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
    size_t n;
    CHECK_OK(lina_arena_signal(a, "x"));
    CHECK_OK(lina_arena_signal(a, "y"));
    CHECK_OK(lina_arena_signal(a, "y"));
    CHECK_OK(lina_arena_clear(a, "y"));
    CHECK_OK(lina_arena_signal(a, "y"));
    CHECK_OK(lina_signal_list(a, NULL, 0, &n));
    CHECK_EQ(n, 2);
    CHECK_OK(lina_signal_list(a, all, 3, &n));
    CHECK_EQ(n, 2);
    CHECK_STR(all[0].name, "x");
    CHECK_STR(all[1].name, "y");
    CHECK_EQ(all[1].value, 3);
    CHECK_EQ(all[1].cleared, 2);
    CHECK_OK(lina_signal_list(a, all, 1, &n));
    CHECK_EQ(n, 1);
    CHECK_ERR(lina_signal_list(a, NULL, 1, &n), LINA_ERR_INVALID, "list");
    CHECK_ERR(lina_signal_list(a, all, 1, NULL), LINA_ERR_INVALID, "list");
}

TEST("there are as many signals as asked for, and one more is FULL by its name") {
    lina_arena_t *a;
    lina_arena_options_t options = {.max_signals = 3};
    CHECK_OK(lina_arena_create(NULL, 4096, &options, &a));
    CHECK_OK(lina_arena_signal(a, "a"));
    CHECK_OK(lina_arena_signal(a, "b"));
    CHECK_OK(lina_arena_signal(a, "c"));
    CHECK_ERR(lina_arena_signal(a, "d"), LINA_ERR_FULL, "\"d\"");
    CHECK_ERR(lina_arena_wait_for(a, "d", 0), LINA_ERR_FULL, "\"d\"");
    CHECK_EQ(lina_arena_try_wait(a, "d"), 0);
    CHECK_OK(lina_arena_signal(a, "a"));
    CHECK_OK(lina_check_arena(a));
}

/* ---- threads and processes --------------------------------------------------------------------- */

TEST("what was written before a signal is seen after the wait that it ends") {
    lina_arena_t *a = new_arena(4096);
    CHECK_OK(make(a, "x", LINA_DTYPE_U64, 1));
    lina_view_t view = hold(a, "x");
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

/* A barrier of four: each signals, and waits for the sum. */
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

/* A scheduler's, on a core that is wanted by others for so many milliseconds. */
static uint32_t others, yields; /* atomic */
int sched_yield(void) {
    uint32_t ms = load_relaxed_u32(&others);
    add_sc_u32(&yields, 1);
    if (ms > 0)
        pause_ms(ms);
    return (int)syscall(SYS_sched_yield);
}

TEST("a wait on a crowded core leaves it to others once, and then sleeps") {
    lina_arena_t *a = new_arena(4096);
    store_relaxed_u32(&others, 20);
    for (int i = 0; i < 20; i++)
        CHECK_ERR(lina_arena_wait_for(a, "s", 1000000), LINA_ERR_TIMEOUT, "\"s\"");
    CHECK_EQ(load_relaxed_u32(&yields), 1);
    store_relaxed_u32(&others, 0);
    for (int i = 0; i < 64; i++)
        CHECK_ERR(lina_arena_wait_for(a, "s", 1), LINA_ERR_TIMEOUT, "\"s\"");
    CHECK(load_relaxed_u32(&yields) > 1); /* and later it looks whether the crowd has gone */
}

/* Closing an arena by its handle is for callers who know that nobody is about to use it. */
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

TEST("closing an arena ends its waits with CLOSED, under a storm of signal handlers too") {
    for (int i = 0; i < 20; i++) {
        lina_arena_t *a = new_arena(4096);
        if (i == 10)
            interrupt_in(1, 0);
        pthread_t one = start(wait_to_be_closed, a);
        pthread_t two = start(i < 10 ? wait_value_to_be_closed : wait_to_be_closed, a);
        until_waiting(a, 2);
        pause_ms(5);
        CHECK_OK(lina_arena_close(a));
        join(one);
        join(two);
    }
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
