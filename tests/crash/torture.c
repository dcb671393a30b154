/* torture.c - kills members at random instants: torture [KILLS] [SEED] [NAME]
 *
 * Worker processes use one arena in every way (worker.c). The driver kills one at a time with SIGKILL, then at once
 * uses the arena itself, and starts another worker. The test fails if a call hangs, if a published array is lost or
 * torn, if a waiter is not woken, if lina_check_arena finds damage, or if something is still held after all workers
 * have died. With NAME, the arena is "shm:NAME" instead of an anonymous one. */
#include <errno.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>

#include "../../core/layout.h"
#include "worker.h"

#define WORKERS 4
#define MEMBERS 12
#define AIM UINT64_C(100000000) /* ns for a call that needs the lock; longer ones are reported */
#define LONGEST UINT64_C(900000000) /* longer ones fail, except under a sanitizer */
#define PATIENCE INT64_C(20000000000)
#define HANG 60 /* seconds after a kill; then SIGALRM ends the test */

struct driver {
    struct worker self; /* the survivor uses the arena as the workers do */
    pid_t workers[WORKERS];
    pid_t waiter;
    const uint8_t *tables; /* to see which worker is in the writer's section */
    uint64_t inside;       /* number of kills of such a worker */
    uint64_t ticks;
    uint64_t worst, sum, calls, late; /* times of the first call after each death */
};

static pid_t fork_child(void) {
    fflush(stdout);
    pid_t pid = fork();
    if (pid < 0)
        FAIL("fork: errno %d", errno);
    if (pid == 0)
        prctl(PR_SET_PDEATHSIG, SIGKILL); /* dies with the driver */
    return pid;
}

/* Half of the workers use the handle that they inherited, the others attach on their own. */
static void start_worker(struct driver *d, int i) {
    uint64_t seed = random_next(&d->self.random);
    d->workers[i] = fork_child();
    if (d->workers[i] != 0)
        return;
    struct worker w = {d->self.arena, d->self.where, d->self.witness, seed, {{.slot = 0}}};
    if (seed % 2 == 0)
        CHECK_OK(lina_arena_attach(w.where, 0, &w.arena));
    for (;;)
        worker_step(&w);
}

/* Starts a process that answers each "tick" with a "tock". It sleeps most of the time. It must wake for each tick,
 * whichever worker dies. */
static void start_waiter(struct driver *d) {
    d->waiter = fork_child();
    if (d->waiter != 0)
        return;
    for (uint64_t tick = 1;; tick++) {
        CHECK_OK(lina_arena_wait_value(d->self.arena, "tick", tick, PATIENCE));
        CHECK_OK(lina_arena_signal(d->self.arena, "tock"));
    }
}

static void ask_waiter(struct driver *d) {
    CHECK_OK(lina_arena_signal(d->self.arena, "tick"));
    CHECK_OK(lina_arena_wait_value(d->self.arena, "tock", ++d->ticks, PATIENCE));
}

/* Makes the survivor's first call after a death. It needs the lock, which the dead worker may have owned. If the
 * lock is never taken over, the call fails with BUSY. */
static void go_on(struct driver *d) {
    uint64_t before = now_ns();
    int rc = lina_republish(d->self.arena, "driver", LINA_DTYPE_U8, 0, NULL, LINA_LAYOUT_C, NULL);
    uint64_t took = now_ns() - before;
    if (rc != LINA_OK && rc != LINA_ERR_FULL && rc != LINA_ERR_NO_MEMORY)
        FAIL("the survivor's publish answered %s", lina_error_name(rc));
    d->worst = took > d->worst ? took : d->worst;
    d->late += took > AIM;
#ifndef __SANITIZE_ADDRESS__
    if (took > LONGEST)
        FAIL("the survivor needed %llu ms", (unsigned long long)(took / 1000000));
#endif
    d->sum += took;
    d->calls++;
}

/* Checks that each signal has counted once, including those that workers finished before they died. */
static void check_count(struct driver *d) {
    uint64_t raised = atomic_load(&d->self.witness->raised), value;
    CHECK_OK(lina_arena_signal_value(d->self.arena, "count", &value));
    CHECK(value >= raised);
    CHECK(value <= atomic_load(&d->self.witness->raising));
}

static void look_around(struct driver *d) {
    for (uint32_t k = 0; k < LASTING; k++)
        worker_read_lasting(&d->self, k);
    for (int i = 0; i < 3; i++)
        worker_step(&d->self);
    CHECK_OK(lina_check_arena(d->self.arena));
    check_count(d);
}

static void bury(pid_t pid) {
    int status;
    if (waitpid(pid, &status, 0) != pid)
        FAIL("waitpid: errno %d", errno);
    if (!WIFSIGNALED(status) || WTERMSIG(status) != SIGKILL)
        FAIL("worker %d ended by itself: status 0x%x", (int)pid, (unsigned)status);
}

/* The process that owns the writer lock, or 0 if none does. */
static pid_t owner(const struct driver *d, uint64_t *word) {
    const struct lina_header *h = (const void *)d->tables;
    const struct lina_member *members = (const void *)(d->tables + LINA_PAGE);
    *word = __atomic_load_n(&h->lock, __ATOMIC_RELAXED) & ~LOCK_WAITERS;
    uint32_t member = (uint32_t)(*word & LOCK_OWNER_MASK) - 1;
    return member < MEMBERS ? (pid_t)__atomic_load_n(&members[member].pid, __ATOMIC_RELAXED) : 0;
}

/* Finds a worker that the scheduler has stopped inside the writer's section, where it is then killed. -1 if there was
 * none for some milliseconds. */
static int wait_for_one_inside(const struct driver *d) {
    for (uint64_t end = now_ns() + 4000000; now_ns() < end;) {
        uint64_t before, after;
        pid_t pid = owner(d, &before);
        for (uint64_t moment = now_ns() + 20000; now_ns() < moment;)
            ;
        if (pid == 0 || owner(d, &after) != pid || after != before)
            continue;
        for (int i = 0; i < WORKERS; i++)
            if (d->workers[i] == pid)
                return i;
    }
    return -1;
}

/* Half of the victims are chosen at random. The other half is to be inside the writer's section. */
static int choose_victim(struct driver *d) {
    int inside = random_below(&d->self.random, 2) == 0 ? wait_for_one_inside(d) : -1;
    if (inside >= 0) {
        d->inside++;
        return inside;
    }
    sleep_ns(random_below(&d->self.random, 4000000));
    return (int)random_below(&d->self.random, WORKERS);
}

static void kill_one(struct driver *d) {
    int i = choose_victim(d);
    alarm(HANG);
    kill(d->workers[i], SIGKILL);
    go_on(d);
    bury(d->workers[i]);
    start_worker(d, i);
    ask_waiter(d);
    look_around(d);
}

/* ---- the end ----------------------------------------------------------------------------------- */

static void remove_all(struct driver *d) {
    lina_desc_t all[128];
    size_t count;
    worker_rest(&d->self);
    CHECK_OK(lina_arena_list(d->self.arena, all, 128, &count, NULL));
    for (size_t i = 0; i < count; i++)
        CHECK_OK(lina_remove(d->self.arena, all[i].name));
    /* A removed array that lina_open exposed keeps its memory until lina_reclaim. */
    static const struct {
        const char *kind;
        uint32_t count;
    } kinds[] = {{"last", LASTING}, {"fleet", FLEETING}, {"slice", SLICES}};
    for (size_t kind = 0; kind < 3; kind++)
        for (uint32_t k = 0; k < kinds[kind].count; k++) {
            char name[16];
            snprintf(name, sizeof name, "%s%u", kinds[kind].kind, k);
            CHECK_OK(lina_arena_reclaim(d->self.arena, name));
        }
}

/* After all workers have died: checks that nothing is held, and that every byte and every member number is free. */
static void check_nothing_leaked(struct driver *d) {
    lina_arena_info_t info;
    lina_arena_t *others[16];
    remove_all(d);
    CHECK_OK(lina_check_arena(d->self.arena));
    CHECK_OK(lina_arena_info(d->self.arena, &info));
    if (info.arrays != 0 || info.held != 0 || info.used_bytes != 0 || info.members != 1)
        FAIL("left behind: %u arrays, %u held, %llu bytes, %u members", info.arrays, info.held,
             (unsigned long long)info.used_bytes, info.members);
    CHECK_OK(lina_arena_create_array(d->self.arena, "all", LINA_DTYPE_U8, 1, &info.size,
                                     LINA_LAYOUT_C, NULL));
    for (uint32_t i = 1; i < info.max_members; i++)
        CHECK_OK(lina_arena_attach(d->self.where, 0, &others[i]));
    for (uint32_t i = 1; i < info.max_members; i++)
        CHECK_OK(lina_arena_close(others[i]));
}

static void begin(struct driver *d, const char *name, uint64_t seed) {
    static char where[64] = "";
    static const lina_arena_options_t options = {.flags = LINA_ARENA_TEMPORARY,
                                                 .max_arrays = 80,
                                                 .max_signals = 256,
                                                 .max_members = MEMBERS};
    if (name != NULL)
        snprintf(where, sizeof where, "shm:%s", name);
    CHECK_OK(lina_arena_create(name != NULL ? where : NULL, 256 << 10, &options, &d->self.arena));
    int fd;
    CHECK_OK(lina_arena_fd(d->self.arena, &fd));
    if (name == NULL)
        snprintf(where, sizeof where, "fd:%d", fd);
    d->tables = mmap(NULL, 2 * LINA_PAGE, PROT_READ, MAP_SHARED, fd, 0);
    CHECK(d->tables != MAP_FAILED);
    d->self.where = where;
    d->self.random = seed;
    d->self.witness = mmap(NULL, sizeof *d->self.witness, PROT_READ | PROT_WRITE,
                           MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    CHECK(d->self.witness != MAP_FAILED);
    for (uint32_t k = 0; k < LASTING; k++)
        worker_publish_lasting(&d->self, k);
}

int main(int argc, char **argv) {
    uint64_t kills = argument(argc, argv, 1, 500), seed = argument(argc, argv, 2, 1);
    struct driver d = {.ticks = 0};
    begin(&d, argc > 3 ? argv[3] : NULL, seed);
    start_waiter(&d);
    for (int i = 0; i < WORKERS; i++)
        start_worker(&d, i);
    uint64_t began = now_ns();
    for (uint64_t i = 0; i < kills; i++)
        kill_one(&d);
    double seconds = (double)(now_ns() - began) / 1e9;
    for (int i = 0; i < WORKERS; i++) {
        kill(d.workers[i], SIGKILL);
        bury(d.workers[i]);
    }
    ask_waiter(&d);
    kill(d.waiter, SIGKILL);
    bury(d.waiter);
    check_nothing_leaked(&d);
    CHECK_OK(lina_arena_close(d.self.arena));
    printf("%llu kills, %llu of them inside a writer's section, in %.1f s; the survivor's next "
           "call: %.3f ms on average, %.1f ms at worst, more than 100 ms %llu times\n",
           (unsigned long long)kills, (unsigned long long)d.inside, seconds,
           (double)d.sum / 1e6 / (double)d.calls, (double)d.worst / 1e6,
           (unsigned long long)d.late);
    return 0;
}
