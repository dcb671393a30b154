/* scribble.c - writes nonsense into the live tables, like a hostile peer: scribble [WORDS] [SEED]
 *
 * Meanwhile, workers make all kinds of calls on the arena. A call may give any answer, such as CORRUPT or BUSY. It
 * must not crash, wait for more than some seconds, or give out bytes outside the arena. From time to time the tables
 * are made sound again, so that calls get further. */
#include <errno.h>
#include <signal.h>
#include <stdatomic.h>
#include <sys/mman.h>
#include <sys/wait.h>

#include "calls.h"
#include "tables.h"

#define WORKERS 2
#define LONGEST                                                                                    \
    8 /* seconds for a call, or for the few calls of one caller_call; then SIGALRM ends the worker */

enum { ATTACH = CALLER_KINDS, REST, CLOSE }; /* further kinds of calls, beside those of calls.c */

/* Lies in memory that outlives the worker. */
struct worker {
    uint64_t random;
    uint64_t began, worst, calls;
    unsigned call; /* the kind of its present call, or of its last one */
};

struct board {
    _Atomic uint32_t over;
    struct worker workers[WORKERS];
};

/* Notes that the worker's last call has returned, and that it begins another. */
static void next(struct worker *w, unsigned call) {
    uint64_t now = now_ns(), took = now - w->began;
    w->worst = took > w->worst ? took : w->worst;
    w->began = now;
    w->call = call;
    w->calls++;
    alarm(LONGEST);
}

/* One round of a worker: makes some calls as a member that stays, or as one that attaches and closes. */
static void work(struct worker *w, lina_arena_t *arena, const char *where) {
    struct caller c = {.arena = arena, .where = where};
    bool joins = random_below(&w->random, 4) == 0;
    if (joins) {
        next(w, ATTACH);
        if (lina_arena_attach(where, 0, &c.arena) != LINA_OK)
            return;
    }
    for (int i = 0; i < 16; i++) {
        uint8_t which = (uint8_t)random_next(&w->random);
        next(w, which % CALLER_KINDS);
        caller_call(&c, which, (uint8_t)random_next(&w->random));
    }
    next(w, REST);
    caller_rest(&c);
    if (joins) {
        next(w, CLOSE);
        lina_arena_close(c.arena);
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

static void bury(pid_t pid, const struct worker *w) {
    int status;
    if (waitpid(pid, &status, 0) != pid)
        FAIL("waitpid: errno %d", errno);
    if (status != 0)
        FAIL("a worker ended with status 0x%x%s, in a call of kind %u", (unsigned)status,
             WIFSIGNALED(status) && WTERMSIG(status) == SIGALRM ? ": it hung" : "", w->call);
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
        struct worker *w = &board->workers[i];
        *w = (struct worker){.random = (uint64_t)i + 1, .began = now_ns()};
        pids[i] = fork();
        if (pids[i] == 0) {
            while (atomic_load(&board->over) == 0)
                work(w, tables.arena, tables.where);
            _exit(0);
        }
    }
    uint64_t began = now_ns();
    scribble(&tables, words, seed);
    atomic_store(&board->over, 1);
    uint64_t calls = 0, worst = 0;
    for (int i = 0; i < WORKERS; i++) {
        const struct worker *w = &board->workers[i];
        bury(pids[i], w);
        calls += w->calls;
        worst = w->worst > worst ? w->worst : worst;
    }
    printf("%llu words scribbled in %.1f s; %llu calls, the longest took %.3f s\n",
           (unsigned long long)words, (double)(now_ns() - began) / 1e9, (unsigned long long)calls,
           (double)worst / 1e9);
    return 0;
}
