/* step.c - lets a process die at every instruction of a call: step [KILLS] [IMAGE_STRIDE] [SCENE]
 *
 * A child joins an arena and makes one call, while the parent single-steps it. For each call of scenes.c, the test
 * does two things:
 *
 *   images  After each instruction that has changed the shared tables, the parent copies the tables into another arena.
 *           The copy is what other processes would find if the child had died there. It has no living member. The
 *           parent joins, checks, reads and empties it. With an image stride of 1, this covers every store of the call.
 *   kills   The parent really kills the child at KILLS places, spread over the call. The parent is another member with
 *           views of its own, and goes on in the arena itself.
 *
 * In both cases, each name must be whole, and either as it was before the call or as it is afterwards. Once it has
 * changed, it must not change back. No pin may be left. */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/ptrace.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "scenes.h"

#define NAMES 5
#define SKIPPED 77

enum { BEFORE, ACTING, AFTER };

/* What a survivor finds for each name: the incarnation and the generation, or 0 if there is no such array. */
struct outcome {
    uint64_t key[NAMES];
};

struct observer {
    struct outcome first, last; /* before the call; in the newest image */
    uint64_t images, kills, steps;
};

static int *phase; /* shared with the child */

/* ---- checking what a death left ------------------------------------------------------------------ */

static uint64_t key_of(lina_arena_t *arena, const char *name) {
    lina_view_t view;
    int rc = lina_acquire(arena, name, &view);
    if (rc == LINA_ERR_NOT_FOUND)
        return 0;
    CHECK_OK(rc);
    payload_check(&view);
    uint64_t key = (uint64_t)view.desc.reserved << 32 | view.desc.generation;
    lina_release(&view);
    return key;
}

static struct outcome look(lina_arena_t *arena) {
    struct outcome seen;
    for (size_t i = 0; i < NAMES; i++)
        seen.key[i] = key_of(arena, scene_names[i]);
    return seen;
}

static void empty(lina_arena_t *arena, bool others_hold) {
    lina_desc_t all[8];
    size_t count;
    CHECK_OK(lina_arena_list(arena, all, 8, &count, NULL));
    for (size_t i = 0; i < count; i++)
        CHECK_OK(lina_remove(arena, all[i].name));
    for (size_t i = 0; i < scene_name_count; i++)
        CHECK_OK(lina_arena_reclaim(arena, scene_names[i]));
    CHECK_OK(lina_check_arena(arena));
    lina_arena_info_t info;
    CHECK_OK(lina_arena_info(arena, &info));
    CHECK(info.arrays == 0);
    if (!others_hold && (info.held != 0 || info.used_bytes != 0))
        FAIL("%u generations and %llu bytes are still held", info.held,
             (unsigned long long)info.used_bytes);
}

/* "first" was raised once or twice. The call may have made "second". These two and a new signal must not share a
 * counter. */
static void check_signals(lina_arena_t *arena) {
    uint64_t first, second, third;
    CHECK_OK(lina_arena_signal_value(arena, "second", &second));
    CHECK_OK(lina_arena_signal(arena, "second"));
    CHECK_OK(lina_arena_signal(arena, "third"));
    CHECK_OK(lina_arena_signal_value(arena, "third", &third));
    CHECK(third == 1);
    CHECK_OK(lina_arena_signal_value(arena, "second", &third));
    CHECK(third == second + 1);
    CHECK_OK(lina_arena_signal_value(arena, "first", &first));
    CHECK(first == 1 || first == 2);
}

/* Checks all that must hold in an arena after a process died in the call. */
static struct outcome check_aftermath(lina_arena_t *arena, bool others_hold) {
    CHECK_OK(lina_check_arena(arena));
    struct outcome seen = look(arena);
    stage_publish(arena, "a", 100);
    check_signals(arena);
    empty(arena, others_hold);
    return seen;
}

/* Checks that each name is as before the call, or has changed, and that a name that has changed stays so. */
static void compare(struct observer *o, const struct outcome *seen) {
    for (size_t i = 0; i < NAMES; i++) {
        if (o->last.key[i] != o->first.key[i] && seen->key[i] != o->last.key[i])
            FAIL("array \"%s\" was %llx, then %llx, then %llx", scene_names[i],
                 (unsigned long long)o->first.key[i], (unsigned long long)o->last.key[i],
                 (unsigned long long)seen->key[i]);
        o->last.key[i] = seen->key[i];
    }
}

/* Checks that a reader gets the generation that was published, if there is one. */
static void check_reader(struct stage *stage) {
    lina_stream_info_t info;
    lina_view_t view;
    CHECK_OK(lina_stream_info(stage->arena, "a", &info));
    if (info.sequence == lina_reader_sequence(&stage->reader))
        return;
    CHECK_OK(lina_reader_next(&stage->reader, 0, &view));
    CHECK(view.sequence == info.sequence);
    lina_release(&view);
}

/* ---- the child that is stepped ----------------------------------------------------------------- */

static void child_main(const struct scene *scene, struct stage *stage) {
    if (scene->prepare != NULL)
        scene->prepare(stage);
    if (ptrace(PTRACE_TRACEME, 0, NULL, NULL) != 0)
        _exit(SKIPPED);
    raise(SIGSTOP);
    *phase = ACTING;
    scene->act(stage);
    *phase = AFTER;
    _exit(0);
}

static bool stopped(pid_t pid) {
    int status;
    if (waitpid(pid, &status, 0) != pid)
        FAIL("waitpid: errno %d", errno);
    if (WIFEXITED(status) && WEXITSTATUS(status) == SKIPPED) {
        printf("the system does not let a process be traced\n");
        exit(SKIPPED);
    }
    if (!WIFSTOPPED(status) && (*phase != AFTER || status != 0))
        FAIL("the stepped process ended: status 0x%x", (unsigned)status);
    return WIFSTOPPED(status);
}

/* Steps by one instruction. False if the call is over. */
static bool step(pid_t pid) {
    if (ptrace(PTRACE_SINGLESTEP, pid, NULL, NULL) != 0)
        FAIL("single step: errno %d", errno);
    return stopped(pid) && *phase != AFTER;
}

/* Starts a child and stops it at the first instruction of the scene's call. */
static pid_t start(const struct scene *scene, struct stage *stage) {
    *phase = BEFORE;
    pid_t pid = fork();
    if (pid == 0)
        child_main(scene, stage);
    if (pid < 0 || !stopped(pid))
        FAIL("fork: errno %d", errno);
    while (*phase == BEFORE)
        step(pid);
    return pid;
}

static void end(pid_t pid) {
    kill(pid, SIGKILL);
    waitpid(pid, NULL, 0);
}

/* Steps until the call is over, or by `most` instructions. */
static uint64_t step_on(pid_t pid, uint64_t most) {
    uint64_t steps = 0;
    while (steps < most && step(pid))
        steps++;
    return steps;
}

/* Makes the arena for a scene. If the scene has `dies_before`, another process first dies in that call, half-way. */
static void set(const struct scene *scene, struct stage *stage) {
    stage_open(stage);
    if (scene->dies_before != NULL) {
        const struct scene *other = scene_named(scene->dies_before);
        struct stage count;
        stage_open(&count);
        if (other->set != NULL) {
            other->set(&count);
            other->set(stage);
        }
        pid_t pid = start(other, &count);
        uint64_t steps = step_on(pid, UINT64_MAX);
        end(pid);
        stage_close(&count);
        pid = start(other, stage);
        step_on(pid, steps * 6 / 10);
        end(pid);
    }
    if (scene->set != NULL)
        scene->set(stage);
}

/* ---- images ------------------------------------------------------------------------------------ */

struct image {
    uint8_t *bytes, *before;
    size_t nbytes, tables;
};

static void map_image(struct image *image, struct stage *stage) {
    int fd;
    struct stat st;
    CHECK_OK(lina_arena_fd(stage->arena, &fd));
    CHECK(fstat(fd, &st) == 0);
    image->nbytes = (size_t)st.st_size;
    image->bytes = mmap(NULL, image->nbytes, PROT_READ, MAP_SHARED, fd, 0);
    image->before = calloc(1, image->nbytes);
    CHECK(image->bytes != MAP_FAILED && image->before != NULL);
    image->tables = image->nbytes - (size_t)lina_arena_size(stage->arena);
}

static void unmap_image(struct image *image) {
    munmap(image->bytes, image->nbytes);
    free(image->before);
}

static bool changed(struct image *image) {
    if (memcmp(image->before, image->bytes, image->tables) == 0)
        return false;
    memcpy(image->before, image->bytes, image->tables);
    return true;
}

static struct outcome check_image(const struct image *image) {
    lina_arena_t *arena;
    char where[32];
    int fd = memfd_create("image", MFD_CLOEXEC | MFD_ALLOW_SEALING);
    CHECK(fd >= 0 && write(fd, image->bytes, image->nbytes) == (ssize_t)image->nbytes);
    CHECK(fcntl(fd, F_ADD_SEALS, F_SEAL_SHRINK) == 0);
    snprintf(where, sizeof where, "fd:%d", fd);
    CHECK_OK(lina_arena_attach(where, 0, &arena));
    close(fd);
    struct outcome seen = check_aftermath(arena, false);
    CHECK_OK(lina_arena_close(arena));
    return seen;
}

static void observe_images(const struct scene *scene, struct observer *o, uint64_t stride) {
    struct stage stage;
    struct image image;
    set(scene, &stage);
    map_image(&image, &stage);
    pid_t pid = start(scene, &stage);
    changed(&image);
    o->first = o->last = check_image(&image);
    uint64_t changes = o->steps = 0;
    do {
        o->steps++;
        if (!changed(&image) || changes++ % stride != 0)
            continue;
        struct outcome seen = check_image(&image);
        compare(o, &seen);
        o->images++;
    } while (step(pid));
    end(pid);
    unmap_image(&image);
    stage_close(&stage);
}

/* ---- kills ------------------------------------------------------------------------------------- */

static void observe_kills(const struct scene *scene, struct observer *o, uint64_t stride) {
    for (uint64_t steps = 1; steps < o->steps; steps += stride) {
        struct stage stage;
        set(scene, &stage);
        pid_t pid = start(scene, &stage);
        step_on(pid, steps);
        kill(pid, SIGKILL);
        siginfo_t info; /* the child is dead but not reaped: the survivor must not need that */
        CHECK(waitid(P_PID, (id_t)pid, &info, WEXITED | WNOWAIT) == 0);
        if (stage.reader.arena != NULL)
            check_reader(&stage);
        check_aftermath(stage.arena, stage.kept.arena != NULL);
        if (stage.kept.arena != NULL)
            payload_check(&stage.kept);
        end(pid);
        stage_close(&stage);
        o->kills++;
    }
}

int main(int argc, char **argv) {
    uint64_t kills = argument(argc, argv, 1, 5), image_stride = argument(argc, argv, 2, 1);
    phase = mmap(NULL, sizeof *phase, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    CHECK(phase != MAP_FAILED && scene_name_count == NAMES);
    struct observer all = {.images = 0};
    for (size_t i = 0; i < scene_count; i++) {
        if (argc > 3 && strcmp(argv[3], scenes[i].name) != 0)
            continue;
        struct observer o = {.images = 0};
        fprintf(stderr, "%s\n", scenes[i].name); /* says where a failure happened */
        observe_images(&scenes[i], &o, image_stride);
        observe_kills(&scenes[i], &o, o.steps / kills + 1);
        fprintf(stderr, "  %llu instructions, %llu images, %llu kills\n",
                (unsigned long long)o.steps, (unsigned long long)o.images,
                (unsigned long long)o.kills);
        all.steps += o.steps;
        all.images += o.images;
        all.kills += o.kills;
    }
    printf("%llu instructions, %llu images, %llu kills\n", (unsigned long long)all.steps,
           (unsigned long long)all.images, (unsigned long long)all.kills);
    return 0;
}
