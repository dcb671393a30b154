/* wakeup.c - checks that no wake-up is lost: wakeup [ROUND_TRIPS] [threads|processes]
 *
 * The core sleeps in naps, because a signaller may die between its addition and its wake. So a lost wake-up would
 * only look slow. Here naps are endless, so a lost wake-up ends in a time-out. Random delays before sleeping and
 * waking let the two meet at every step. For this, the program is linked with the core's own objects, and their
 * calls of the platform go through __wrap_*. */
#include <sys/mman.h>

#include "party.h"

#include "../../core/platform.h"

#define SECOND UINT64_C(1000000000)
#define LONG INT64_C(30000000000)
#define CROWD 4

static uint64_t rounds;
static _Atomic uint64_t *sleeps; /* of all parties */

int __real_platform_futex_wait(const uint32_t *word, uint32_t expected, uint64_t deadline);
int __wrap_platform_futex_wait(const uint32_t *word, uint32_t expected, uint64_t deadline);
void __real_platform_futex_wake(const uint32_t *word, int waiters);
void __wrap_platform_futex_wake(const uint32_t *word, int waiters);

/* Mostly does nothing, often spins a moment, sometimes yields the processor. */
static void dawdle(void) {
    static _Thread_local uint64_t random;
    uint32_t dice = random_below(&random, 256);
    for (uint64_t end = now_ns() + dice % 8 * 500; dice < 64 && now_ns() < end;)
        ;
    if (dice == 255)
        platform_yield();
}

int __wrap_platform_futex_wait(const uint32_t *word, uint32_t expected, uint64_t deadline) {
    uint64_t late = platform_now() + 60 * SECOND;
    atomic_fetch_add_explicit(sleeps, 1, memory_order_relaxed);
    dawdle();
    return __real_platform_futex_wait(word, expected, deadline > late ? deadline : late);
}

void __wrap_platform_futex_wake(const uint32_t *word, int waiters) {
    dawdle();
    __real_platform_futex_wake(word, waiters);
    dawdle();
}

static void wait_value(struct party *p, const char *name, uint64_t target) {
    uint64_t before = now_ns();
    CHECK_OK(lina_arena_wait_value(p->arena, name, target, LONG));
    if (now_ns() - before > (uint64_t)LONG)
        FAIL("signal \"%s\" at %llu: its wake-up was lost", name, (unsigned long long)target);
}

/* ---- round trips by handle, which are the fastest ---------------------------------------------- */

/* Sometimes waits so long that the other party falls asleep. */
static void be_late(struct party *p) {
    uint32_t dice = random_below(&p->random, 8192);
    for (uint64_t end = now_ns() + dice * UINT64_C(500); dice < 128 && now_ns() < end;)
        ;
}

static void ping(struct party *p) {
    lina_signal_t ping_signal, pong_signal;
    CHECK_OK(lina_signal_open(p->arena, "ping", &ping_signal));
    CHECK_OK(lina_signal_open(p->arena, "pong", &pong_signal));
    for (uint64_t i = 1; i <= rounds; i++) {
        be_late(p);
        lina_signal_raise(&ping_signal);
        CHECK_OK(lina_signal_wait_value(&pong_signal, i, LONG));
        party_did(p, 1);
    }
}

static void pong(struct party *p) {
    lina_signal_t ping_signal, pong_signal;
    CHECK_OK(lina_signal_open(p->arena, "ping", &ping_signal));
    CHECK_OK(lina_signal_open(p->arena, "pong", &pong_signal));
    for (uint64_t i = 1; i <= rounds; i++) {
        CHECK_OK(lina_signal_wait_value(&ping_signal, i, LONG));
        be_late(p);
        lina_signal_raise(&pong_signal);
    }
}

/* ---- a barrier of many: some come so late that others fall asleep ------------------------------- */

static void crowd(struct party *p) {
    for (uint64_t i = 1; i <= rounds / 16; i++) {
        if (random_below(&p->random, 64) == 0)
            sleep_ns(random_below(&p->random, 300000));
        CHECK_OK(lina_arena_signal(p->arena, "barrier"));
        wait_value(p, "barrier", i * CROWD);
        party_did(p, 1);
    }
}

/* ---- set and clear: the consumer always fetches an item that was put before a signal ----------- */

enum { PUT, FETCHED, CALLER, GONE };

/* Waits until all items are fetched. Then the consumer falls asleep. */
static void wait_for_consumer(struct party *p) {
    for (;;) {
        uint64_t value;
        CHECK_OK(lina_arena_signal_value(p->arena, "fetched", &value));
        if (atomic_load(&p->meeting->numbers[FETCHED]) >= atomic_load(&p->meeting->numbers[PUT]))
            return;
        wait_value(p, "fetched", value + 1);
    }
}

static void producer(struct party *p) {
    for (uint64_t i = 1; i <= rounds / 16; i++) {
        atomic_fetch_add(&p->meeting->numbers[PUT], 1);
        CHECK_OK(lina_arena_signal(p->arena, "put"));
        if (random_below(&p->random, 4) == 0)
            wait_for_consumer(p);
        if (random_below(&p->random, 64) == 0)
            sleep_ns(random_below(&p->random, 300000));
        party_did(p, 1);
    }
}

static void consumer(struct party *p) {
    uint64_t fetched = 0, all = rounds / 16 * 2;
    while (fetched < all) {
        CHECK_OK(lina_arena_wait_for(p->arena, "put", LONG));
        CHECK_OK(lina_arena_clear(p->arena, "put"));
        fetched = atomic_load(&p->meeting->numbers[PUT]);
        atomic_store(&p->meeting->numbers[FETCHED], fetched);
        CHECK_OK(lina_arena_signal(p->arena, "fetched"));
        party_did(p, 1);
    }
}

/* ---- any of several: one party answers many, and each waits for its own answer ------------------ */

#define CALLERS 3
static const char *const calls[CALLERS] = {"call 0", "call 1", "call 2"};
static const char *const answers[CALLERS] = {"answer 0", "answer 1", "answer 2"};

static void caller(struct party *p) {
    uint32_t me = (uint32_t)atomic_fetch_add(&p->meeting->numbers[CALLER], 1) % CALLERS;
    for (uint64_t i = 1; i <= rounds / 16; i++) {
        be_late(p);
        CHECK_OK(lina_arena_signal(p->arena, calls[me]));
        wait_value(p, answers[me], i);
        party_did(p, 1);
    }
}

static void chooser(struct party *p) {
    lina_wait_t waits[CALLERS] = {{0}};
    for (uint32_t i = 0; i < CALLERS; i++)
        waits[i] = (lina_wait_t){.name = calls[i], .target = 1};
    for (uint64_t i = 0; i < rounds / 16 * CALLERS; i++) {
        uint32_t which;
        CHECK_OK(lina_wait_any(p->arena, waits, CALLERS, LONG, &which));
        waits[which].target++;
        CHECK_OK(lina_arena_signal(p->arena, answers[which]));
        party_did(p, 1);
    }
}

/* ---- removals: each removal ends a wait for a signal that is never raised ----------------------- */

#define VICTIMS 3

static void victim(struct party *p) {
    const lina_wait_t both[] = {{.name = "job", .target = 1}, {.name = "other", .target = 1}};
    for (uint64_t i = 0; i < rounds / 64; i++) {
        uint32_t which;
        int rc = random_below(&p->random, 2) == 0 ? lina_arena_wait_for(p->arena, "job", LONG)
                                                  : lina_wait_any(p->arena, both, 2, LONG, &which);
        if (rc != LINA_ERR_NOT_FOUND)
            FAIL("a wait for a signal that was removed ended with %s", lina_error_name(rc));
        party_did(p, 1);
    }
    atomic_fetch_add(&p->meeting->numbers[GONE], 1);
}

static void remover(struct party *p) {
    while (atomic_load(&p->meeting->numbers[GONE]) < VICTIMS) {
        be_late(p);
        int rc = lina_arena_signal_remove(p->arena, "job");
        if (rc == LINA_OK)
            party_did(p, 1);
        else
            CHECK(rc == LINA_ERR_NOT_FOUND);
    }
}

int main(int argc, char **argv) {
    static const struct role pair[] = {{ping, "round trips", 1, false}, {pong, NULL, 1, false}},
                             all[] = {{crowd, "barriers", CROWD, false}},
                             clearing[] = {{producer, "puts", 2, false},
                                           {consumer, "fetches", 1, false}},
                             choosing[] = {{caller, "calls", CALLERS, false},
                                           {chooser, "answers", 1, false}},
                             removing[] = {{victim, "ended waits", VICTIMS, false},
                                           {remover, "removals", 1, false}};
    bool processes = parties_as_processes(argc, argv);
    lina_arena_t *arena;
    rounds = argument(argc, argv, 1, 200000);
    sleeps = mmap(NULL, sizeof *sleeps, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    CHECK(sleeps != MAP_FAILED);
    CHECK_OK(lina_arena_create(NULL, 4096, NULL, &arena));
    parties_run(arena, processes, pair, 2, 0);
    parties_run(arena, processes, all, 1, 0);
    parties_run(arena, processes, clearing, 2, 0);
    parties_run(arena, processes, choosing, 2, 0);
    parties_run(arena, processes, removing, 2, 0);
    printf("  %14llu sleeps\n", (unsigned long long)atomic_load(sleeps));
    CHECK_OK(lina_check_arena(arena));
    CHECK_OK(lina_arena_close(arena));
    return 0;
}
