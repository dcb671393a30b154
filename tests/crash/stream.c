/* stream.c - kills producers and readers of a stream: stream [GENERATIONS] [SEED] [NAME]
 *
 * Two producers and several readers each run in a process. The driver kills one after the other at random instants
 * with SIGKILL, and starts another in its place. One more reader, the survivor, is never killed. It fails if a
 * generation is lost, comes twice or out of order, or is torn (frames.c). The driver fails if the survivor gets no
 * generations any more, if lina_check_arena finds damage, or if something is left at the end. The test ends when the
 * survivor has seen GENERATIONS. With NAME, the arena is "shm:NAME" instead of an anonymous one. */
#include <errno.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>

#include "frames.h"

#define READERS 3u
#define PARTS (PRODUCERS + READERS)
#define HANG 120 /* seconds in which the survivor must see another generation */

struct driver {
    struct stage self;
    pid_t parts[PARTS]; /* producers, then readers */
    pid_t living;       /* the survivor */
    uint64_t kills[PARTS];
    uint64_t worst; /* the longest time from a kill to the survivor's next generation */
};

static pid_t start_process(void) {
    fflush(stdout);
    pid_t pid = fork();
    if (pid < 0)
        FAIL("fork: errno %d", errno);
    if (pid == 0)
        prctl(PR_SET_PDEATHSIG, SIGKILL);
    return pid;
}

/* Half of the processes use the handle that they inherited, the others attach on their own. */
static struct stage stage_for(struct driver *d, uint64_t seed) {
    struct stage s = {d->self.arena, d->self.frames, d->self.where, seed};
    if (seed % 2 == 0)
        CHECK_OK(lina_arena_attach(s.where, 0, &s.arena));
    return s;
}

static void start_part(struct driver *d, uint32_t i) {
    uint64_t seed = random_next(&d->self.random);
    if (i < PRODUCERS)
        atomic_fetch_add(&d->self.frames->life[i], 1);
    if (i < PRODUCERS)
        atomic_store(&d->self.frames->published[i][atomic_load(&d->self.frames->life[i]) % LIVES],
                     0);
    d->parts[i] = start_process();
    if (d->parts[i] != 0)
        return;
    struct stage s = stage_for(d, seed);
    if (i < PRODUCERS)
        produce_frames(&s, i);
    else
        read_frames(&s);
}

static uint64_t seen(const struct driver *d) { return atomic_load(&d->self.frames->seen); }

/* Fails if a process has ended that this test did not kill. */
static void check_alive(pid_t pid) {
    int status;
    if (waitpid(pid, &status, WNOHANG) != 0)
        FAIL("process %d ended by itself: status 0x%x", (int)pid, (unsigned)status);
}

/* Starts the reader that lives, and waits until it has begun, because it must read from the first generation on. */
static void start_living(struct driver *d) {
    d->living = start_process();
    for (; d->living != 0 && atomic_load(&d->self.frames->reading) == 0; sleep_ns(100000))
        check_alive(d->living);
    if (d->living != 0)
        return;
    struct stage s = stage_for(d, 1);
    read_all_frames(&s);
}

static void wait_for_progress(struct driver *d, uint64_t before) {
    uint64_t began = now_ns();
    while (seen(d) <= before) {
        check_alive(d->living);
        if (now_ns() - began > HANG * UINT64_C(1000000000))
            FAIL("the surviving reader got no generation after sequence %llu",
                 (unsigned long long)seen(d));
        sleep_ns(100000);
    }
    uint64_t took = now_ns() - began;
    d->worst = took > d->worst ? took : d->worst;
}

static void bury(pid_t pid) {
    int status;
    if (waitpid(pid, &status, 0) != pid || !WIFSIGNALED(status) || WTERMSIG(status) != SIGKILL)
        FAIL("process %d ended by itself: status 0x%x", (int)pid, (unsigned)status);
}

static void kill_one(struct driver *d) {
    uint32_t i = random_below(&d->self.random, PARTS);
    sleep_ns(random_below(&d->self.random, 20000000));
    kill(d->parts[i], SIGKILL);
    uint64_t at = seen(d);
    bury(d->parts[i]);
    d->kills[i]++;
    if (random_below(&d->self.random, 2) == 0)
        wait_for_progress(d, at); /* the other producer still publishes */
    start_part(d, i);
    wait_for_progress(d, at);
    if (random_below(&d->self.random, 16) == 0)
        CHECK_OK(lina_check_arena(d->self.arena));
}

/* After all processes have died: checks that no reader, no producer and no memory is left. */
static void check_nothing_left(struct driver *d) {
    lina_arena_info_t info;
    CHECK_OK(lina_check_arena(d->self.arena));
    CHECK_OK(lina_remove(d->self.arena, "frames"));
    CHECK_OK(lina_check_arena(d->self.arena));
    CHECK_OK(lina_arena_info(d->self.arena, &info));
    if (info.arrays != 0 || info.held != 0 || info.kept != 0 || info.loans != 0 ||
        info.used_bytes != 0 || info.members != 1)
        FAIL("left behind: %u arrays, %u held, %u kept, %u loans, %llu bytes, %u members",
             info.arrays, info.held, info.kept, info.loans, (unsigned long long)info.used_bytes,
             info.members);
}

static void begin(struct driver *d, const char *name, uint64_t seed) {
    static char where[64] = "";
    static const lina_arena_options_t options = {.flags = LINA_ARENA_TEMPORARY,
                                                 .max_members = 2 * (PARTS + 2)};
    int fd;
    if (name != NULL)
        snprintf(where, sizeof where, "shm:%s", name);
    CHECK_OK(lina_arena_create(name != NULL ? where : NULL, 1 << 20, &options, &d->self.arena));
    CHECK_OK(lina_arena_fd(d->self.arena, &fd));
    if (name == NULL)
        snprintf(where, sizeof where, "fd:%d", fd);
    d->self.where = where;
    d->self.random = seed;
    d->self.frames = mmap(NULL, sizeof *d->self.frames, PROT_READ | PROT_WRITE,
                          MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    CHECK(d->self.frames != MAP_FAILED);
    CHECK_OK(lina_stream_open(d->self.arena, "frames", 1 + (uint32_t)(seed % 8)));
}

int main(int argc, char **argv) {
    uint64_t goal = argument(argc, argv, 1, 100000), seed = argument(argc, argv, 2, 1), kills = 0;
    struct driver d = {.living = 0};
    begin(&d, argc > 3 ? argv[3] : NULL, seed);
    start_living(&d);
    for (uint32_t i = 0; i < PARTS; i++)
        start_part(&d, i);
    uint64_t began = now_ns();
    for (; seen(&d) < goal; kills++)
        kill_one(&d);
    double seconds = (double)(now_ns() - began) / 1e9;
    for (uint32_t i = 0; i < PARTS; i++)
        check_alive(d.parts[i]);
    for (uint32_t i = 0; i <= PARTS; i++)
        kill(i < PARTS ? d.parts[i] : d.living, SIGKILL);
    for (uint32_t i = 0; i <= PARTS; i++)
        bury(i < PARTS ? d.parts[i] : d.living);
    uint64_t all = seen(&d);
    check_nothing_left(&d);
    CHECK_OK(lina_arena_close(d.self.arena));
    printf("%llu generations, each once and in order, and %llu more to other readers, of which "
           "lossy ones lost "
           "%llu; %llu kills, DIED %llu times, in %.1f s; from a kill to the next generation %.1f "
           "ms at worst\n",
           (unsigned long long)all, (unsigned long long)atomic_load(&d.self.frames->others_seen),
           (unsigned long long)atomic_load(&d.self.frames->lost), (unsigned long long)kills,
           (unsigned long long)atomic_load(&d.self.frames->deaths), seconds, (double)d.worst / 1e6);
    return 0;
}
