/* death.c - measures how soon others learn of a member's death: death [ROUNDS] [SEED]
 *
 * In each round a member with a name dies. It is killed, it exits, or it crashes and the kernel writes gigabytes of
 * its memory to the disk. A thread waits for something that only the member would do:
 *     partner    waits for a signal, and names the member that it depends on: DIED
 *     reader     waits for the next generation of a stream that only the member produces: DIED
 *     publisher  waits for room in a stream of which the member is the slowest reader: it goes on
 *     poller     asks for room again and again, and never sleeps in Lina: it goes on
 *     listener   has asked lina_notify for the next generation: DIED
 * The test prints how long each kind waited after the death. The aim is 200 ms. Machines may be busy, so the test fails
 * only after 10 s. The kernel takes longer than that to write the memory. */
#include <dirent.h>
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
    uint64_t heard; /* when `wait` returned */
    pthread_t thread;
};

struct figures {
    uint64_t count, sum, worst, late;
};

/* ---- the member that dies ----------------------------------------------------------------------- */

/* Makes the process so large that the kernel's dump of it takes longer than this test waits. */
static void grow(void) {
    struct rlimit limit;
    CHECK(getrlimit(RLIMIT_CORE, &limit) == 0);
    limit.rlim_cur = limit.rlim_max; /* if the maximum is 0, the member dies without a dump */
    CHECK(setrlimit(RLIMIT_CORE, &limit) == 0);
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

/* ---- the waiters -------------------------------------------------------------------------------- */

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

static int poll_for_room(lina_arena_t *arena) {
    lina_view_t view;
    int rc;
    CHECK_OK(lina_loan(arena, "read", LINA_DTYPE_U8, 0, NULL, LINA_LAYOUT_C, &view));
    while ((rc = lina_publish(&view)) == LINA_ERR_BEHIND)
        sleep_ns(15000000);
    return rc;
}

static void tell(void *told, int status, uint64_t value) {
    (void)value;
    CHECK(write(*(int *)told, &status, sizeof status) == sizeof status);
}

static int listen_for_frame(lina_arena_t *arena) {
    int ends[2], status;
    lina_notify_id_t id;
    CHECK(pipe(ends) == 0);
    CHECK_OK(lina_notify_stream(arena, "made", UINT64_MAX >> 2, tell, &ends[1], &id));
    CHECK(read(ends[0], &status, sizeof status) == sizeof status);
    lina_notify_cancel(id); /* returns when the callback has returned */
    close(ends[0]);
    close(ends[1]);
    return status;
}

static void *run_waiter(void *context) {
    struct waiter *w = context;
    int rc = w->wait(w->arena);
    w->heard = now_ns();
    if (rc != w->answer)
        FAIL("the %s got %s", w->kind, lina_error_name(rc));
    return NULL;
}

static const struct waiter kinds[] = {{"partner", wait_for_partner, LINA_ERR_DIED, NULL, 0, 0},
                                      {"reader", wait_for_frame, LINA_ERR_DIED, NULL, 0, 0},
                                      {"publisher", wait_for_room, LINA_OK, NULL, 0, 0},
                                      {"poller", poll_for_room, LINA_OK, NULL, 0, 0},
                                      {"listener", listen_for_frame, LINA_ERR_DIED, NULL, 0, 0}};
#define KINDS ((int)(sizeof kinds / sizeof *kinds))

/* ---- rounds ------------------------------------------------------------------------------------- */

static void join_within(const struct waiter *w, int way, uint64_t ns) {
    struct timespec end;
    clock_gettime(CLOCK_REALTIME, &end);
    end.tv_sec += (time_t)(ns / UINT64_C(1000000000));
    if (pthread_timedjoin_np(w->thread, NULL, &end) != 0)
        FAIL("after a death by %s, the %s did not notice it in %llu s", ways[way], w->kind,
             (unsigned long long)(ns / UINT64_C(1000000000)));
}

static void note(struct figures *f, const struct waiter *w, uint64_t died) {
    uint64_t took = w->heard > died ? w->heard - died : 0;
    f->count++;
    f->sum += took;
    f->worst = took > f->worst ? took : f->worst;
    f->late += took > AIM;
}

/* Removes the dump. Its name depends on the machine, but the folder has no other file. */
static void remove_dump(void) {
    DIR *folder = opendir(".");
    CHECK(folder != NULL);
    for (struct dirent *entry; (entry = readdir(folder)) != NULL;)
        unlink(entry->d_name);
    closedir(folder);
}

/* Reaps the member. Returns whether it had not ended yet, because the kernel was still writing its memory. */
static bool bury(pid_t pid) {
    int status;
    bool ended = waitpid(pid, &status, WNOHANG) == pid;
    if (!ended) {
        kill(pid, SIGKILL); /* cuts the dump short */
        CHECK(waitpid(pid, &status, 0) == pid);
    }
    remove_dump();
    return !ended;
}

static bool run_round(lina_arena_t *arena, lina_arena_t *other, int way, int kind, uint64_t delay,
                      struct figures *figures) {
    struct waiter waiter = kinds[kind];
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
    lina_reader_t
        beside; /* a living member's: the dead one must be noticed although another lives */
    CHECK_OK(lina_reader_open(other, "read", NULL, &beside));
    waiter.arena = arena;
    CHECK(pthread_create(&waiter.thread, NULL, run_waiter, &waiter) == 0);
    sleep_ns(20000000 + delay); /* by now, the waiter mostly sleeps */
    uint64_t died = now_ns();
    if (way == KILLED)
        kill(pid, SIGKILL);
    else
        CHECK(write(die[1], &byte, 1) == 1);
    join_within(&waiter, way, LONGEST);
    note(figures, &waiter, died);
    lina_reader_close(&beside);
    bool dumping = bury(pid) && way == DUMPED;
    for (int i = 0; i < 2; i++) {
        close(ready[i]);
        close(die[i]);
    }
    return dumping;
}

static void print_figures(int way, const struct figures *f) {
    printf("%s, ms on average and at worst, later than 200 ms:", ways[way]);
    for (int i = 0; i < KINDS; i++, f++)
        if (f->count > 0)
            printf(" %s %.0f, %.0f, %llu of %llu;", kinds[i].kind,
                   (double)f->sum / 1e6 / (double)f->count, (double)f->worst / 1e6,
                   (unsigned long long)f->late, (unsigned long long)f->count);
    printf("\n");
}

int main(int argc, char **argv) {
    uint64_t rounds = argument(argc, argv, 1, 30), random = argument(argc, argv, 2, 1), dumping = 0;
    struct figures figures[WAYS][sizeof kinds / sizeof *kinds] = {{{0, 0, 0, 0}}};
    char folder[] = "/tmp/lina-death-XXXXXX";
    lina_arena_t *arena, *other;
    CHECK(mkdtemp(folder) != NULL && chdir(folder) == 0);
    CHECK_OK(lina_arena_create(NULL, 1 << 20, NULL, &arena));
    CHECK_OK(lina_arena_join(arena, &other));
    CHECK_OK(lina_stream_open(arena, "made", 1));
    CHECK_OK(lina_stream_open(arena, "read", 1));
    for (uint64_t i = 0; i < rounds; i++) {
        int way = (int)(i % WAYS), kind = (int)(i / WAYS % (uint64_t)KINDS);
        dumping += run_round(arena, other, way, kind, random_below(&random, 80000000),
                             &figures[way][kind]);
    }
    CHECK(chdir("/") == 0 && rmdir(folder) == 0);
    CHECK_OK(lina_check_arena(arena));
    CHECK_OK(lina_arena_close(other));
    CHECK_OK(lina_arena_close(arena));
    for (int way = 0; way < WAYS; way++)
        print_figures(way, figures[way]);
    printf("the kernel was still writing the dump in %llu rounds\n", (unsigned long long)dumping);
    return 0;
}
