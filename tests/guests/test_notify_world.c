/* test_notify_world.c - tests thousands of notifications, the helper thread, other processes, and fork. */
#include "notify.h"

/* ---- the helper thread ------------------------------------------------------------------------- */

#define WAITS 10000

static const char *signal_name(unsigned i) {
    static _Thread_local char name[16];
    snprintf(name, sizeof name, "s%u", i);
    return name;
}

TEST("ten thousand waits cost one thread, and each signal wakes its own") {
    lina_arena_t *arena = arena_of_signals(WAITS);
    static struct told told[WAITS];
    static lina_notify_id_t ids[WAITS];
    for (unsigned i = 0; i < WAITS; i++)
        ids[i] = ask(arena, signal_name(i), 1, &told[i]);
    EVENTUALLY(count_helpers() == 1);
    for (unsigned i = 0; i < WAITS; i += 10) {
        CHECK_OK(lina_arena_signal(arena, signal_name(i)));
        EVENTUALLY(told[i].calls == 1);
    }
    for (unsigned i = 0; i < WAITS; i += 5) /* half of these have fired */
        CHECK_EQ(lina_notify_cancel(ids[i]), i % 10 == 0 ? LINA_ERR_NOT_FOUND : LINA_OK);
    EVENTUALLY(count_helpers() == 1);
    CHECK_OK(lina_arena_close(arena));
    for (unsigned i = 0; i < WAITS; i++) {
        CHECK_EQ(told[i].calls, i % 10 == 5 ? 0 : 1);
        if (i % 10 != 5)
            CHECK_EQ(told[i].status, i % 10 == 0 ? LINA_OK : LINA_ERR_CLOSED);
    }
}

TEST("the thread starts with the first notification, ends with the last, and starts again") {
    lina_arena_t *arena = new_arena(4096);
    for (int round = 0; round < 3; round++) {
        struct told told = {0};
        lina_notify_id_t id = ask(arena, "tick", 1000, &told);
        EVENTUALLY(count_helpers() == 1);
        CHECK_OK(lina_notify_cancel(id));
        EVENTUALLY(count_helpers() == 0);
    }
    struct told told = {0};
    ask(arena, "tick", 1000, &told);
    CHECK_OK(lina_arena_close(arena));
    EVENTUALLY(count_helpers() == 0);
}

static atomic_int handled;
static void handle(int number) { handled = number; }

TEST("no signal handler of the host runs on the helper thread") {
    lina_arena_t *arena = new_arena(4096);
    struct told told = {0};
    sigset_t set;
    struct sigaction action = {.sa_handler = handle};
    CHECK_EQ(sigaction(SIGUSR1, &action, NULL), 0);
    ask(arena, "tick", 1, &told);
    sigemptyset(&set);
    sigaddset(&set, SIGUSR1);
    CHECK_EQ(pthread_sigmask(SIG_BLOCK, &set, NULL), 0);
    CHECK_EQ(kill(getpid(), SIGUSR1), 0); /* for any thread that does not block it */
    CHECK_OK(lina_arena_signal(arena, "tick"));
    EVENTUALLY(told.calls == 1);
    CHECK_EQ(handled, 0);
    CHECK_EQ(pthread_sigmask(SIG_UNBLOCK, &set, NULL), 0);
    CHECK_EQ(handled, SIGUSR1); /* the caller's mask has not changed */
}

/* A page that is inaccessible until the handler of SIGSEGV runs. Runtimes use such pages to stop their threads. */
static volatile char *guarded;

static void unguard(int number, siginfo_t *info, void *context) {
    (void)context;
    CHECK(info->si_addr == (void *)(uintptr_t)guarded);
    CHECK_EQ(mprotect((void *)(uintptr_t)guarded, 1, PROT_READ), 0);
    handled = number;
}

static void touch_guarded(void *context, int status, uint64_t value) {
    (void)*guarded;
    tell(context, status, value);
}

TEST("a callback may meet a SIGSEGV that the host handles") {
    lina_arena_t *arena = new_arena(4096);
    struct told told = {0};
    struct sigaction action = {.sa_sigaction = unguard, .sa_flags = SA_SIGINFO};
    lina_notify_id_t id;
    guarded = mmap(NULL, 4096, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    CHECK_EQ(sigaction(SIGSEGV, &action, NULL), 0);
    CHECK_OK(lina_notify(arena, "tick", 0, touch_guarded, &told, &id));
    EVENTUALLY(told.calls == 1);
    CHECK_EQ(handled, SIGSEGV);
}

static sigset_t blocked_there;

static void tell_blocked(void *context, int status, uint64_t value) {
    pthread_sigmask(SIG_BLOCK, NULL, &blocked_there);
    tell(context, status, value);
}

TEST("the helper thread blocks all signals but those that its own instructions raise") {
    const int own[] = {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGTRAP, SIGSYS};
    lina_arena_t *arena = new_arena(4096);
    struct told told = {0};
    lina_notify_id_t id;
    CHECK_OK(lina_notify(arena, "tick", 0, tell_blocked, &told, &id));
    EVENTUALLY(told.calls == 1);
    for (int number = 1; number < 32; number++) { /* higher ones belong to the C library */
        bool is_own = number == SIGKILL || number == SIGSTOP; /* cannot be blocked */
        for (size_t i = 0; i < sizeof own / sizeof *own; i++)
            is_own = is_own || number == own[i];
        CHECK_EQ(sigismember(&blocked_there, number), !is_own);
    }
}

/* ---- other processes --------------------------------------------------------------------------- */

TEST("a signal of another process calls back") {
    lina_arena_t *arena = new_arena(4096);
    struct told told = {0};
    ask(arena, "tick", 3, &told);
    pid_t pid = spawn();
    if (pid == 0) {
        lina_arena_t *joined = join_arena(arena, 0);
        for (int i = 0; i < 3; i++)
            CHECK_OK(lina_arena_signal(joined, "tick"));
        done();
    }
    EVENTUALLY(told.calls == 1);
    CHECK_EQ(told.value, 3);
    CHECK_EQ(reap(pid), 0);
}

TEST("a read-only member is notified") {
    lina_arena_t *arena = new_arena(4096), *looking = join_arena(arena, LINA_ATTACH_READ_ONLY);
    struct told told = {0};
    ask(looking, "tick", 1, &told);
    CHECK_OK(lina_arena_signal(arena, "tick"));
    EVENTUALLY(told.calls == 1);
}

TEST("a signaller that dies between its addition and its ring is noticed") {
    lina_arena_t *arena = new_arena(4096);
    lina_signal_t handle_of_tick;
    struct told told = {0};
    CHECK_OK(lina_signal_open(arena, "tick", &handle_of_tick));
    ask(arena, "tick", 1, &told);
    pause_ms(20); /* the helper sleeps */
    __atomic_fetch_add((uint64_t *)(uintptr_t)handle_of_tick.word, 2, __ATOMIC_SEQ_CST);
    EVENTUALLY(told.calls == 1);
    CHECK_EQ(told.value, 1);
}

TEST("a signaller that dies before it wakes leaves a bit that is set anew") {
    lina_arena_t *arena = new_arena(4096);
    lina_signal_t tick;
    struct told told = {0};
    CHECK_OK(lina_signal_open(arena, "tick", &tick));
    ask(arena, "tick", 2, &told);
    CHECK_EQ(__atomic_load_n(tick.word, __ATOMIC_SEQ_CST),
             1); /* the value is 0, and the waiters bit is set */
    __atomic_store_n((uint64_t *)(uintptr_t)tick.word, 2, __ATOMIC_SEQ_CST);
    EVENTUALLY(__atomic_load_n(tick.word, __ATOMIC_SEQ_CST) == 3);
    lina_signal_raise(&tick);
    EVENTUALLY(told.calls == 1);
}

TEST("a listener that is killed ends no other process's notifications") {
    lina_arena_t *arena = new_arena(4096);
    struct told told[50] = {{0}};
    for (unsigned i = 0; i < 50; i++) {
        pid_t pid = spawn();
        if (pid == 0) {
            struct told its = {0};
            lina_arena_t *joined = join_arena(arena, 0);
            ask(joined, "tick", UINT64_MAX, &its);
            CHECK_OK(lina_arena_signal(joined, "listening"));
            for (;;)
                pause();
        }
        ask(arena, "tick", i + 1, &told[i]);
        CHECK_OK(lina_arena_wait_value(arena, "listening", i + 1, SECONDS(60)));
        kill_and_reap(pid);
        CHECK_OK(lina_arena_signal(arena, "tick"));
        EVENTUALLY(told[i].calls == 1);
    }
}

/* ---- fork -------------------------------------------------------------------------------------- */

TEST("a forked child has none of its parent's notifications and may ask for its own") {
    lina_arena_t *arena = new_arena(4096);
    struct told told = {0};
    lina_notify_id_t id = ask(arena, "tick", 1, &told);
    pause_ms(50); /* the helper sleeps, so it does not allocate: see ALLOCATOR_FORKS */
    pid_t pid = spawn();
    if (pid == 0) {
        struct told its = {0};
        CHECK_EQ(count_helpers(), 0);
        CHECK_ERR(lina_notify_cancel(id), LINA_ERR_NOT_FOUND, "not pending");
        CHECK(ask(arena, "tock", 1, &its) != id);
        CHECK_OK(lina_arena_signal(arena, "tick"));
        CHECK_OK(lina_arena_signal(arena, "tock"));
        EVENTUALLY(its.calls == 1);
        CHECK_EQ(told.calls, 0); /* the child's copy of it */
        CHECK_OK(lina_arena_close(arena));
        done();
    }
    CHECK_EQ(reap(pid), 0);
    EVENTUALLY(told.calls == 1);
}

static atomic_int stop;

static void *ask_and_cancel(void *arena) {
    static struct told told;
    for (unsigned i = 0; !stop; i++) {
        lina_notify_id_t ids[3];
        for (unsigned k = 0; k < 3; k++)
            ids[k] = ask(arena, signal_name(i * 37 % 500), UINT64_MAX - k, &told);
        for (unsigned k = 0; k < 3; k++)
            CHECK_OK(lina_notify_cancel(ids[k]));
        ask(arena, "tick", 0, &told);
    }
    EVENTUALLY(told.calls > 0);
    return NULL;
}

/* False under AddressSanitizer, whose allocator does not take its locks around a fork. If another thread had such a
 * lock, the child waits for it for ever in its first allocation. */
#if defined(__SANITIZE_ADDRESS__)
#define ALLOCATOR_FORKS false
#elif defined(__has_feature)
#define ALLOCATOR_FORKS (!__has_feature(address_sanitizer))
#else
#define ALLOCATOR_FORKS true
#endif

TEST("fork in the midst of asking and calling back leaves both sides usable") {
    if (!ALLOCATOR_FORKS)
        SKIP("AddressSanitizer's allocator cannot be forked while other threads use it");
    lina_arena_t *arena = new_arena(4096);
    pthread_t threads[2] = {start(ask_and_cancel, arena), start(ask_and_cancel, arena)};
    for (int i = 0; i < 100; i++) {
        pid_t pid = spawn();
        if (pid == 0) {
            struct told told = {0};
            ask(arena, "tock", 1, &told);
            CHECK_OK(lina_arena_signal(arena, "tock"));
            EVENTUALLY(told.calls == 1);
            done();
        }
        CHECK_EQ(reap(pid), 0);
    }
    stop = 1;
    join(threads[0]);
    join(threads[1]);
}

static atomic_int child_status = -1;

static void fork_inside(void *context, int status, uint64_t value) {
    (void)context, (void)status, (void)value;
    pid_t pid = fork();
    if (pid == 0)
        return; /* this is the child's only thread: the child ends with it */
    child_status = reap(pid);
}

TEST("a callback may fork") {
    lina_arena_t *arena = new_arena(4096);
    struct told told = {0};
    lina_notify_id_t id;
    CHECK_OK(lina_notify(arena, "tick", 1, fork_inside, NULL, &id));
    CHECK_OK(lina_arena_signal(arena, "tick"));
    EVENTUALLY(child_status == 0);
    ask(arena, "tick", 1, &told);
    EVENTUALLY(told.calls == 1);
}
