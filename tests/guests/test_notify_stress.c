/* test_notify_stress.c - tests races of notifications. It is built with a core whose naps last an hour, so after a
 * lost wake-up a case hangs. */
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <sys/syscall.h>

#include "../random.h"
#include "notify.h"

/* ---- no wake-up is lost ------------------------------------------------------------------------ */

#define ROUNDS 20000

static lina_arena_t *shared;

static void answer(void *context, int status, uint64_t value) {
    uint64_t *next = context;
    lina_notify_id_t id;
    CHECK_OK(status);
    CHECK_EQ(value, *next);
    ++*next; /* asks again before it answers, because the partner may be quick */
    CHECK_OK(lina_notify(shared, "ping", *next, answer, next, &id));
    CHECK_OK(lina_arena_signal(shared, "pong"));
}

TEST("every one of many round trips through a callback comes back") {
    uint64_t next = 1;
    lina_notify_id_t id;
    shared = new_arena(4096);
    CHECK_OK(lina_notify(shared, "ping", next, answer, &next, &id));
    for (uint64_t i = 1; i <= ROUNDS; i++) {
        CHECK_OK(lina_arena_signal(shared, "ping"));
        CHECK_OK(lina_arena_wait_value(shared, "pong", i, SECONDS(60)));
    }
}

static void spin(uint64_t turns) {
    for (; turns > 0; turns--)
        __asm__ __volatile__("" ::: "memory");
}

/* Two threads call this: each one waits until both have begun the round. On a single core it must yield. */
static void meet(atomic_ullong *mine, atomic_ullong *other, uint64_t round) {
    *mine = round;
    for (unsigned spins = 0; *other < round; spins++)
        if (spins % 1000 == 999)
            sched_yield();
}

static atomic_ullong asking, signalling, heard_last;

static void hear_last(void *context, int status, uint64_t value) {
    (void)context;
    CHECK_OK(status);
    heard_last = value;
}

#define CROSSINGS 20000

static void *signal_beside(void *unused) {
    uint64_t random = 7;
    lina_signal_t tick;
    CHECK_OK(lina_signal_open(shared, "tick", &tick));
    for (uint64_t i = 1; i <= CROSSINGS; i++) {
        meet(&signalling, &asking, i);
        spin(random_next(&random) % 2000);
        lina_signal_raise(&tick);
    }
    return unused;
}

TEST("a signal that crosses the asking is heard") {
    uint64_t random = 8;
    struct told other = {0};
    shared = new_arena(4096);
    ask(shared, "other", 1, &other); /* keeps the helper from ending */
    pthread_t thread = start(signal_beside, NULL);
    for (uint64_t i = 1; i <= CROSSINGS; i++) {
        lina_notify_id_t id;
        meet(&asking, &signalling, i);
        spin(random_next(&random) % 2000);
        CHECK_OK(lina_notify(shared, "tick", i, hear_last, NULL, &id));
        for (unsigned spins = 0; heard_last < i; spins++)
            if (spins % 1000 == 999)
                sched_yield();
    }
    join(thread);
}

static void hear_and_ask(void *context, int status, uint64_t value) {
    lina_notify_id_t id;
    if (status == LINA_ERR_CLOSED)
        return;
    CHECK_OK(lina_notify(shared, "tick", value + 1, hear_and_ask, context, &id));
    heard_last = value;
}

TEST("a signal that is raised while the helper falls asleep is heard") {
    uint64_t random = 9;
    lina_signal_t tick;
    shared = new_arena(4096);
    CHECK_OK(lina_signal_open(shared, "tick", &tick));
    hear_and_ask(NULL, LINA_OK, 0);
    for (uint64_t i = 0; i < 2 * ROUNDS; i++) {
        for (unsigned spins = 0; heard_last < i; spins++)
            if (spins % 1000 == 999)
                sched_yield();
        spin(random_next(&random) % 4000);
        lina_signal_raise(&tick);
    }
    EVENTUALLY(heard_last == 2 * ROUNDS);
    CHECK_OK(lina_arena_close(shared));
}

#define SIGNALS 200
#define SIGNALS_EACH 20000

static atomic_ullong heard[SIGNALS];

static void count_up(void *context, int status, uint64_t value) {
    char name[16];
    lina_notify_id_t id;
    unsigned i = (unsigned)(uintptr_t)context;
    if (status == LINA_ERR_CLOSED)
        return;
    heard[i] = value;
    snprintf(name, sizeof name, "s%u", i);
    CHECK_OK(lina_notify(shared, name, value + 1, count_up, context, &id));
}

/* Raises signals at random and sometimes waits, so that waiters and notifications share the waiters bit. */
static void *signal_at_random(void *seed) {
    uint64_t random = (uint64_t)(uintptr_t)seed;
    for (int i = 0; i < SIGNALS_EACH; i++) {
        char name[16];
        uint64_t r = random_next(&random);
        snprintf(name, sizeof name, "s%u", (unsigned)(r % SIGNALS));
        CHECK_OK(lina_arena_signal(shared, name));
        if (r >> 56 == 0)
            lina_arena_wait_value(shared, name, UINT64_MAX, 100000);
    }
    return NULL;
}

static void hear_all(void) {
    for (unsigned i = 0; i < SIGNALS; i++) {
        char name[16];
        uint64_t value;
        snprintf(name, sizeof name, "s%u", i);
        CHECK_OK(lina_arena_signal_value(shared, name, &value));
        EVENTUALLY(heard[i] == value);
    }
}

TEST("the last value of each of many signals is heard, whichever thread sends it") {
    shared = new_arena(4096);
    for (unsigned i = 0; i < SIGNALS; i++)
        count_up((void *)(uintptr_t)i, LINA_OK, 0);
    pthread_t threads[3];
    for (uintptr_t t = 0; t < 3; t++)
        threads[t] = start(signal_at_random, (void *)(t + 1));
    pid_t pid = spawn();
    if (pid == 0) {
        shared = join_arena(shared, 0);
        signal_at_random((void *)(uintptr_t)99);
        done();
    }
    for (int t = 0; t < 3; t++)
        join(threads[t]);
    CHECK_EQ(reap(pid), 0);
    hear_all();
    CHECK_OK(lina_arena_close(shared));
}

TEST("two processes that listen to the same signals both hear the last value") {
    shared = new_arena(4096);
    pid_t pid = spawn();
    if (pid == 0)
        shared = join_arena(shared, 0);
    for (unsigned i = 0; i < SIGNALS; i++)
        count_up((void *)(uintptr_t)i, LINA_OK, 0);
    CHECK_OK(lina_arena_signal(shared, "ready"));
    CHECK_OK(lina_arena_wait_value(shared, "ready", 2, SECONDS(60)));
    signal_at_random((void *)(uintptr_t)(pid == 0 ? 5 : 6));
    CHECK_OK(lina_arena_signal(shared, "done"));
    CHECK_OK(lina_arena_wait_value(shared, "done", 2, SECONDS(60)));
    hear_all();
    if (pid == 0)
        done();
    CHECK_EQ(reap(pid), 0);
}

/* ---- signals that are removed meanwhile -------------------------------------------------------- */

static atomic_int ended;

static void hear_end(void *context, int status, uint64_t value) {
    (void)context, (void)value;
    CHECK(status == LINA_OK || status == LINA_ERR_NOT_FOUND);
    ended++;
}

static void *remove_at_random(void *seed) {
    uint64_t random = (uint64_t)(uintptr_t)seed;
    while (ended < ROUNDS) {
        char name[16];
        snprintf(name, sizeof name, "r%u", (unsigned)(random_next(&random) % 8));
        int rc = lina_arena_signal_remove(shared, name);
        CHECK(rc == LINA_OK || rc == LINA_ERR_NOT_FOUND);
        spin(random_next(&random) % 2000);
    }
    return NULL;
}

/* Each thread asks for a signal that no thread raises, so only removals end its notifications. */
TEST("no removal that crosses the asking is missed, whichever thread removes") {
    uint64_t random = 11;
    int asked_for = 0;
    shared = arena_of_signals(100);
    pthread_t threads[2] = {start(remove_at_random, (void *)1), start(remove_at_random, (void *)2)};
    while (asked_for < ROUNDS) {
        char name[16];
        lina_notify_id_t id;
        snprintf(name, sizeof name, "r%u", (unsigned)(random_next(&random) % 8));
        CHECK_OK(lina_notify(shared, name, 1, hear_end, NULL, &id));
        asked_for++;
        for (int waited = 0; asked_for - ended > 8 && waited < LONGEST; waited++)
            pause_ms(1);
        CHECK(asked_for - ended <= 8);
    }
    EVENTUALLY(ended == ROUNDS);
    join(threads[0]);
    join(threads[1]);
    CHECK_OK(lina_check_arena(shared));
    CHECK_OK(lina_arena_close(shared));
}

/* ---- any of several ---------------------------------------------------------------------------- */

#define ANY 5

static void *raise_in_turn(void *seed) {
    uint64_t random = (uint64_t)(uintptr_t)seed;
    for (uint64_t i = 1; i <= ROUNDS; i++) {
        char name[8];
        snprintf(name, sizeof name, "a%u", (unsigned)(random_next(&random) % ANY));
        spin(random_next(&random) % 3000);
        CHECK_OK(lina_arena_signal(shared, name));
        CHECK_OK(lina_arena_wait_value(shared, "heard", i, SECONDS(60)));
    }
    return NULL;
}

/* The wait sleeps on the doorbell, in naps of an hour, and so does the helper. */
TEST("a wait for any of several misses no signal, while notifications use the same doorbell") {
    static const char *const names[ANY] = {"a0", "a1", "a2", "a3", "a4"};
    lina_wait_t waits[ANY] = {{0}};
    struct told never = {0};
    uint64_t random = 12;
    shared = new_arena(4096);
    for (int i = 0; i < ANY; i++)
        waits[i] = (lina_wait_t){.name = names[i], .target = 1};
    ask(shared, "a2", UINT64_MAX, &never);
    pthread_t thread = start(raise_in_turn, (void *)3);
    for (int i = 0; i < ROUNDS; i++) {
        uint32_t which;
        CHECK_OK(lina_wait_any(shared, waits, ANY, SECONDS(60), &which));
        waits[which].target++;
        spin(random_next(&random) % 3000);
        CHECK_OK(lina_arena_signal(shared, "heard"));
    }
    join(thread);
    CHECK_OK(lina_arena_close(shared));
    CHECK_EQ(never.status, LINA_ERR_CLOSED);
}

/* ---- several arenas ---------------------------------------------------------------------------- */

static void check_arenas(unsigned count) {
    static lina_arena_t *arenas[200];
    static struct told told[200];
    for (unsigned i = 0; i < count; i++) {
        arenas[i] = arena_of_signals(16);
        ask(arenas[i], "tick", 1, &told[i]);
        ask(arenas[i], "tick", 2, &told[i]);
    }
    EVENTUALLY(count_helpers() == 1);
    for (unsigned i = 0; i < count; i++) {
        unsigned k = (i * 7) % count;
        CHECK_EQ(told[k].calls, 0);
        CHECK_OK(lina_arena_signal(arenas[k], "tick"));
        EVENTUALLY(told[k].calls == 1);
    }
    for (unsigned i = 0; i < count; i++) {
        CHECK_OK(lina_arena_close(arenas[i]));
        CHECK_EQ(told[i].calls, 2);
        CHECK_EQ(told[i].status, LINA_ERR_CLOSED);
    }
    EVENTUALLY(count_helpers() == 0);
}

TEST("one thread serves several arenas") { check_arenas(5); }

TEST("one thread serves more arenas than the system can sleep on at once") { check_arenas(150); }

TEST("an old system that cannot sleep on several words at once is served too") {
    struct sock_filter refuse_futex_waitv[] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, 449, 0, 1),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | ENOSYS),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
    };
    struct sock_fprog program = {4, refuse_futex_waitv};
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 ||
        prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) != 0)
        SKIP("no seccomp here: %s", strerror(errno));
    CHECK(syscall(449, NULL, 0, 0, NULL, 0) == -1 && errno == ENOSYS);
    check_arenas(5);
}

/* ---- cancelling races with firing -------------------------------------------------------------- */

#define CANCELLERS 3
#define CANCELS 5000

static void *ask_cancel_free(void *seed) {
    uint64_t random = (uint64_t)(uintptr_t)seed;
    for (int i = 0; i < CANCELS; i++) {
        uint64_t value, r = random_next(&random);
        char name[16];
        struct told *told =
            calloc(1, sizeof *told); /* freed below, so that a sanitizer sees a late callback */
        snprintf(name, sizeof name, "s%u", (unsigned)(r % 4));
        CHECK_OK(lina_arena_signal_value(shared, name, &value));
        lina_notify_id_t id = ask(shared, name, value + (r >> 8) % 3, told);
        if ((r >> 16) % 2 == 0)
            CHECK_OK(lina_arena_signal(shared, name));
        spin((r >> 20) % 2000);
        int rc = lina_notify_cancel(id);
        CHECK_EQ(told->calls, rc == LINA_OK ? 0 : 1);
        CHECK(rc == LINA_OK || rc == LINA_ERR_NOT_FOUND);
        free(told);
    }
    return NULL;
}

TEST("after a cancel the callback has run whole or never will") {
    pthread_t threads[CANCELLERS];
    shared = new_arena(4096);
    for (uintptr_t t = 0; t < CANCELLERS; t++)
        threads[t] = start(ask_cancel_free, (void *)(t + 1));
    for (int t = 0; t < CANCELLERS; t++)
        join(threads[t]);
    CHECK_OK(lina_arena_close(shared));
}

/* ---- closing races with everything ------------------------------------------------------------- */

static atomic_int asked, answered;

static void hear(void *context, int status, uint64_t value) {
    (void)context, (void)status, (void)value;
    answered++;
}

static void *ask_until_closed(void *arena) {
    lina_notify_id_t id;
    int rc;
    while ((rc = lina_notify(arena, "tick", (uint64_t)asked % 3, hear, NULL, &id)) == LINA_OK)
        asked++;
    CHECK_EQ(rc, LINA_ERR_CLOSED);
    return NULL;
}

TEST("a thread that asks while the arena closes is answered or refused") {
    for (int round = 0; round < 200; round++) {
        lina_arena_t *arena = new_arena(4096);
        asked = answered = 0;
        lina_view_t view = {0};
        CHECK_OK(make(arena, "x", U8, 1));
        view = hold(&view, arena, "x"); /* keeps the handle's memory for a late thread */
        pthread_t thread = start(ask_until_closed, arena);
        EVENTUALLY(asked > 3);
        CHECK_OK(lina_arena_close(arena));
        join(thread);
        CHECK_EQ(asked, answered);
        lina_release(&view);
    }
}

TEST("a thread that asks the default arena while another shuts it down is answered or refused") {
    for (int round = 0; round < 200; round++) {
        asked = answered = 0;
        lina_init();
        CHECK_OK(lina_alloc_shared_memory(4096));
        pthread_t thread = start(ask_until_closed, NULL);
        EVENTUALLY(asked > 3);
        lina_shutdown();
        join(thread);
        CHECK_EQ(asked, answered);
    }
}
