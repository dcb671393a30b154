/* party.c - see party.h. */
#include "party.h"

#include <errno.h>
#include <pthread.h>
#include <sys/mman.h>
#include <sys/wait.h>

bool parties_as_processes(int argc, char **argv) {
    return argc > 2 && strcmp(argv[2], "processes") == 0;
}

static void *thread_main(void *party) {
    ((struct party *)party)->run(party);
    return NULL;
}

struct table {
    struct party parties[PARTIES_MOST];
    pthread_t threads[PARTIES_MOST];
    pid_t pids[PARTIES_MOST];
    uint32_t count;
};

static void seat(struct table *t, lina_arena_t *arena, struct meeting *meeting,
                 const struct role *role) {
    for (uint32_t i = 0; i < role->count; i++) {
        CHECK(t->count < PARTIES_MOST);
        t->parties[t->count] = (struct party){
            .run = role->run,
            .kind = role->kind,
            .arena = arena,
            .meeting = meeting,
            .done = &meeting->done[t->count],
            .random = 1 + t->count,
            .index = i,
        };
        t->count++;
    }
}

static void start(struct table *t, bool processes) {
    for (uint32_t i = 0; i < t->count; i++) {
        if (!processes) {
            CHECK(pthread_create(&t->threads[i], NULL, thread_main, &t->parties[i]) == 0);
            continue;
        }
        t->pids[i] = fork();
        if (t->pids[i] < 0)
            FAIL("fork: errno %d", errno);
        if (t->pids[i] == 0) {
            t->parties[i].run(&t->parties[i]);
            _exit(0);
        }
    }
}

/* True if a process has ended before it was told to. `join` then finds out why. */
static bool is_gone(pid_t pid) {
    siginfo_t info = {.si_pid = 0};
    return waitid(P_PID, (id_t)pid, &info, WEXITED | WNOHANG | WNOWAIT) == 0 && info.si_pid != 0;
}

static void wait_for_goal(const struct table *t, bool processes, const struct role *roles,
                          uint32_t count, uint64_t goal) {
    for (uint64_t done = 0; done < goal;) {
        sleep_ns(1000000);
        done = 0;
        for (uint32_t r = 0, i = 0; r < count; r++)
            for (uint32_t k = 0; k < roles[r].count; k++, i++) {
                done += roles[r].counts ? atomic_load(t->parties[i].done) : 0;
                if (processes && is_gone(t->pids[i]))
                    return;
            }
    }
}

static void join(struct table *t, bool processes) {
    for (uint32_t i = 0; i < t->count; i++) {
        int status = 0;
        if (!processes)
            CHECK(pthread_join(t->threads[i], NULL) == 0);
        else if (waitpid(t->pids[i], &status, 0) != t->pids[i] || status != 0)
            FAIL("%s: a process ended with status 0x%x", t->parties[i].kind, (unsigned)status);
    }
}

static void report(const struct table *t, double seconds) {
    for (uint32_t i = 0; i < t->count;) {
        const char *kind = t->parties[i].kind;
        uint64_t sum = 0;
        for (; i < t->count && t->parties[i].kind == kind; i++)
            sum += atomic_load(t->parties[i].done);
        if (kind == NULL)
            continue;
        printf("  %14llu %s, %.0f a second\n", (unsigned long long)sum, kind,
               (double)sum / seconds);
    }
}

void parties_run(lina_arena_t *arena, bool processes, const struct role *roles, uint32_t count,
                 uint64_t goal) {
    struct meeting *meeting =
        mmap(NULL, sizeof *meeting, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    CHECK(meeting != MAP_FAILED);
    struct table t = {.count = 0};
    for (uint32_t i = 0; i < count; i++)
        seat(&t, arena, meeting, &roles[i]);
    fflush(stdout);
    uint64_t began = now_ns();
    start(&t, processes);
    if (goal > 0) {
        wait_for_goal(&t, processes, roles, count, goal);
        atomic_store(&meeting->over, 1);
    }
    join(&t, processes);
    report(&t, (double)(now_ns() - began) / 1e9);
    munmap(meeting, sizeof *meeting);
}
