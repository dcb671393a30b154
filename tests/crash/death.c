/* death.c - how soon a death is heard of: death [ROUNDS] [SEED]
 *
 * In each round a member with a name dies, by turns in three ways: it is killed, it exits, or it crashes and the
 * kernel writes gigabytes of it to the disk. Three threads wait for something that only it would do:
 *     partner    waits for a signal, and names the member that it depends on: DIED
 *     reader     waits for the next generation of a stream that only the member produces: DIED
 *     publisher  waits for room in a stream of which the member is the slowest reader: it goes on
 * The test prints how long each of them waited after the death. The aim is 200 ms. As machines may be busy, it
 * fails only far beyond that: sooner than the kernel would have ended the dump. */
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>

#include "../torture.h"

#define AIM UINT64_C(200000000)
#define LONGEST UINT64_C(10000000000)
#define DUMP_PIECE ((size_t)64 << 20)
#define DUMP_PIECES 512 /* the same memory again and again: 32 GiB of dump take no memory */

enum { KILLED, EXITED, DUMPED, WAYS };
static const char *const ways[WAYS] = {"SIGKILL", "exit", "core dump"};

struct waiter {
    const char *kind;
    int (*wait)(lina_arena_t *arena);
    int answer;
    lina_arena_t *arena;
    uint64_t heard; /* when it returned */
    pthread_t thread;
};

struct figures {
    uint64_t count, sum, worst, late;
};

/* ---- the member that dies ----------------------------------------------------------------------- */

/* Makes the kernel's dump long enough to outlast any patience. */
static void grow(void) {
    struct rlimit no_limit = {RLIM_INFINITY, RLIM_INFINITY};
    if (setrlimit(RLIMIT_CORE, &no_limit) != 0)
        _exit(1);
    char *piece = mmap(NULL, DUMP_PIECE, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    CHECK(piece != MAP_FAILED);
    memset(piece, 1, DUMP_PIECE);
    for (int i = 1; i < DUMP_PIECES; i++)
        CHECK(mremap(piece, 0, DUMP_PIECE, MREMAP_MAYMOVE) != MAP_FAILED);
}

static void live_and_die(lina_arena_t *arena, int way, int ready, int die) {
    lina_reader_t reader;
    char byte = 0;
    CHECK_OK(lina_member_set_name(arena, "partner"));
    CHECK_OK(lina_stream_produce(arena, "made"));
    CHECK_OK(lina_reader_open(arena, "read", NULL, &reader));
    CHECK_OK(lina_republish(arena, "read", LINA_DTYPE_U8, 0, NULL, LINA_LAYOUT_C, NULL));
    if (way == DUMPED)
        grow();
    CHECK(write(ready, &byte, 1) == 1);
    CHECK(read(die, &byte, 1) == 1);
    if (way == EXITED)
        _exit(0);
    abort();
}

/* ---- those that wait ---------------------------------------------------------------------------- */

static int wait_for_partner(lina_arena_t *arena) {
    lina_wait_t wait = {.name = "never", .target = LINA_WAIT_SET, .member = "partner"};
    uint32_t which;
    return lina_wait_any(arena, &wait, 1, LINA_FOREVER, &which);
}

static int wait_for_frame(lina_arena_t *arena) {
    lina_reader_t reader;
    lina_view_t view;
    CHECK_OK(lina_reader_open(arena, "made", NULL, &reader));
    int rc = lina_reader_next(&reader, LINA_FOREVER, &view);
    lina_reader_close(&reader);
    return rc;
}

static int wait_for_room(lina_arena_t *arena) {
    lina_view_t view;
    CHECK_OK(lina_loan(arena, "read", LINA_DTYPE_U8, 0, NULL, LINA_LAYOUT_C, &view));
    return lina_publish_within(&view, LINA_FOREVER);
}

static void *run_waiter(void *context) {
    struct waiter *w = context;
    int rc = w->wait(w->arena);
    w->heard = now_ns();
    if (rc != w->answer)
        FAIL("the %s got %s", w->kind, lina_error_name(rc));
    return NULL;
}

/* ---- rounds ------------------------------------------------------------------------------------- */

static void note(struct figures *f, const struct waiter *w, int way, uint64_t died) {
    uint64_t took = w->heard > died ? w->heard - died : 0;
    if (took > LONGEST)
        FAIL("after a %s the %s waited %llu ms", ways[way], w->kind,
             (unsigned long long)(took / 1000000));
    f->count++;
    f->sum += took;
    f->worst = took > f->worst ? took : f->worst;
    f->late += took > AIM;
}

/* Whether the kernel was still writing it to the disk. */
static bool bury(pid_t pid) {
    int status;
    bool ended = waitpid(pid, &status, WNOHANG) == pid;
    if (ended)
        return false;
    kill(pid, SIGKILL); /* cuts the dump short */
    CHECK(waitpid(pid, &status, 0) == pid);
    unlink("core");
    return true;
}

static bool run_round(lina_arena_t *arena, int way, uint64_t delay, struct figures *figures) {
    struct waiter waiters[] = {{"partner", wait_for_partner, LINA_ERR_DIED, arena, 0, 0},
                               {"reader", wait_for_frame, LINA_ERR_DIED, arena, 0, 0},
                               {"publisher", wait_for_room, LINA_OK, arena, 0, 0}};
    int ready[2], die[2];
    char byte = 0;
    CHECK(pipe(ready) == 0 && pipe(die) == 0);
    pid_t pid = fork();
    CHECK(pid >= 0);
    if (pid == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        live_and_die(arena, way, ready[1], die[0]);
    }
    CHECK(read(ready[0], &byte, 1) == 1);
    for (int i = 0; i < 3; i++)
        CHECK(pthread_create(&waiters[i].thread, NULL, run_waiter, &waiters[i]) == 0);
    sleep_ns(20000000 + delay); /* most of them sleep by now */
    uint64_t died = now_ns();
    if (way == KILLED)
        kill(pid, SIGKILL);
    else
        CHECK(write(die[1], &byte, 1) == 1);
    for (int i = 0; i < 3; i++) {
        CHECK(pthread_join(waiters[i].thread, NULL) == 0);
        note(&figures[i], &waiters[i], way, died);
    }
    bool dumping = bury(pid) && way == DUMPED;
    for (int i = 0; i < 2; i++) {
        close(ready[i]);
        close(die[i]);
    }
    return dumping;
}

static void print_figures(const char *way, const struct figures f[3]) {
    static const char *const kinds[] = {"partner", "reader", "publisher"};
    printf("%s:", way);
    for (int i = 0; i < 3; i++)
        printf(" %s %.0f ms on average, %.0f at worst, %llu of %llu later than 200%s", kinds[i],
               (double)f[i].sum / 1e6 / (double)f[i].count, (double)f[i].worst / 1e6,
               (unsigned long long)f[i].late, (unsigned long long)f[i].count, i < 2 ? ";" : "\n");
}

int main(int argc, char **argv) {
    uint64_t rounds = argument(argc, argv, 1, 30), random = argument(argc, argv, 2, 1), dumping = 0;
    struct figures figures[WAYS][3] = {{{0, 0, 0, 0}}};
    char folder[] = "/tmp/lina-death-XXXXXX";
    lina_arena_t *arena;
    CHECK(mkdtemp(folder) != NULL && chdir(folder) == 0);
    CHECK_OK(lina_arena_create(NULL, 1 << 20, NULL, &arena));
    CHECK_OK(lina_stream_open(arena, "made", 1));
    CHECK_OK(lina_stream_open(arena, "read", 1));
    for (uint64_t i = 0; i < rounds; i++) {
        int way = (int)(i % WAYS);
        dumping += run_round(arena, way, random_below(&random, 80000000), figures[way]);
    }
    CHECK(chdir("/") == 0 && rmdir(folder) == 0);
    CHECK_OK(lina_check_arena(arena));
    CHECK_OK(lina_arena_close(arena));
    for (int way = 0; way < WAYS && (uint64_t)way < rounds; way++)
        print_figures(ways[way], figures[way]);
    printf("the kernel was still writing the dump in %llu rounds\n", (unsigned long long)dumping);
    return 0;
}
