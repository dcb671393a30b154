/* scribble.c - a peer that writes nonsense into the live tables: scribble [WORDS] [SEED]
 *
 * Workers make all calls on the arena meanwhile. They may be told anything that is possible, CORRUPT and
 * BUSY among it; they must not crash, nor wait for more than some seconds, nor be handed bytes outside
 * the arena. Now and then the tables are made sound again, so that calls get far. */
#include <errno.h>
#include <signal.h>
#include <stdatomic.h>
#include <sys/mman.h>
#include <sys/wait.h>

#include "calls.h"
#include "tables.h"

#define WORKERS 2
#define LONGEST                                                                                    \
    UINT64_C(8000000000) /* a call that takes the lock twice may wait a second for each */

struct board {
    _Atomic uint32_t over;
    _Atomic uint64_t calls[WORKERS], worst[WORKERS];
};

/* One round of a worker: some calls, by a member that stays or by one that comes and goes. */
static void work(lina_arena_t *arena, const char *where, uint64_t *random) {
    struct caller c = {.arena = arena, .where = where};
    bool joins = random_below(random, 4) == 0;
    if (joins && lina_arena_attach(where, 0, &c.arena) != LINA_OK)
        return;
    for (int i = 0; i < 16; i++)
        caller_call(&c, (uint8_t)random_next(random), (uint8_t)random_next(random));
    caller_rest(&c);
    if (joins)
        lina_arena_close(c.arena);
}

static void worker(lina_arena_t *arena, const char *where, struct board *board, int i) {
    uint64_t random = (uint64_t)i + 1;
    while (atomic_load(&board->over) == 0) {
        uint64_t before = now_ns();
        work(arena, where, &random);
        uint64_t took = now_ns() - before;
        if (took > 16 * LONGEST)
            FAIL("16 calls took %llu ms", (unsigned long long)(took / 1000000));
        if (took > atomic_load(&board->worst[i]))
            atomic_store(&board->worst[i], took);
        atomic_fetch_add(&board->calls[i], 16);
    }
}

static void scribble(struct tables *tables, uint64_t words, uint64_t random) {
    for (uint64_t i = 0; i < words; i++) {
        tables_alter(tables, (uint16_t)random_next(&random), (uint8_t)random_next(&random),
                     (uint16_t)random_next(&random), random_next(&random));
        if (random_below(&random, 8) == 0)
            sleep_ns(random_below(&random, 100000));
        if (random_below(&random, 32) == 0)
            tables_restore(tables);
    }
    tables_restore(tables);
}

static void bury(pid_t pid) {
    int status;
    if (waitpid(pid, &status, 0) != pid)
        FAIL("waitpid: errno %d", errno);
    if (status != 0)
        FAIL("a worker ended with status 0x%x", (unsigned)status);
}

int main(int argc, char **argv) {
    uint64_t words = argument(argc, argv, 1, 100000), seed = argument(argc, argv, 2, 1);
    static struct tables tables;
    tables_set(&tables, 2);
    struct board *board =
        mmap(NULL, sizeof *board, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    CHECK(board != MAP_FAILED);
    pid_t pids[WORKERS];
    for (int i = 0; i < WORKERS; i++) {
        pids[i] = fork();
        if (pids[i] == 0) {
            worker(tables.arena, tables.where, board, i);
            _exit(0);
        }
    }
    uint64_t began = now_ns();
    scribble(&tables, words, seed);
    atomic_store(&board->over, 1);
    uint64_t calls = 0, worst = 0;
    for (int i = 0; i < WORKERS; i++) {
        bury(pids[i]);
        calls += atomic_load(&board->calls[i]);
        worst = atomic_load(&board->worst[i]) > worst ? atomic_load(&board->worst[i]) : worst;
    }
    printf("%llu words scribbled in %.1f s; %llu rounds of calls, the longest of 16 took %.3f s\n",
           (unsigned long long)words, (double)(now_ns() - began) / 1e9,
           (unsigned long long)calls / 16, (double)worst / 1e9);
    return 0;
}
