/* comeback.c - checks that a look-up finds a name that moves to another slot and back meanwhile: comeback [WITHIN]
 *
 * A child looks up an array while its parent single-steps it. At each instruction of the call, the parent gives the
 * array's slot to another array, and up to WITHIN instructions later gives it back. So the child's reads before,
 * between and after these changes belong to three states, although the first and the last look alike. */
#include <errno.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/wait.h>

#include "../torture.h"

#define SKIPPED 77

/* Shared with the child. */
static struct {
    enum { READY, LOOKING, DONE } phase;
    int rc;
} * report;

/* ---- the child that is stepped ----------------------------------------------------------------- */

/* The call never enters the writer's section, so the parent never waits for the child. */
static int find(lina_arena_t *arena) {
    lina_array_t array;
    return lina_array_find(arena, "lasting", &array);
}

static void child_main(lina_arena_t *arena) {
    CHECK_OK(find(arena)); /* joins */
    if (prctl(PR_SET_PDEATHSIG, SIGKILL) != 0 || ptrace(PTRACE_TRACEME, 0, NULL, NULL) != 0)
        _exit(SKIPPED);
    for (;;) {
        report->phase = READY;
        raise(SIGSTOP);
        report->phase = LOOKING;
        report->rc = find(arena);
        report->phase = DONE;
        raise(SIGSTOP);
    }
}

static void wait_for_stop(pid_t pid) {
    int status;
    if (waitpid(pid, &status, 0) != pid)
        FAIL("waitpid: errno %d", errno);
    if (WIFEXITED(status) && WEXITSTATUS(status) == SKIPPED) {
        printf("the system does not let a process be traced\n");
        exit(SKIPPED);
    }
    if (!WIFSTOPPED(status))
        FAIL("the stepped process ended: status 0x%x", (unsigned)status);
}

/* Lets the child go on by one instruction, or until it stops itself. */
static void go(pid_t pid, bool one) {
    long rc =
        one ? ptrace(PTRACE_SINGLESTEP, pid, NULL, NULL) : ptrace(PTRACE_CONT, pid, NULL, NULL);
    if (rc != 0)
        FAIL("ptrace: errno %d", errno);
    wait_for_stop(pid);
}

/* Steps `most` instructions of the call. False if the call ends before. */
static bool step(pid_t pid, uint64_t most) {
    for (uint64_t i = 0; i < most && report->phase == LOOKING; i++)
        go(pid, true);
    return report->phase == LOOKING;
}

/* ---- what the parent does meanwhile: the slot that was freed last is the next to be used ------- */

static void publish(lina_arena_t *arena) {
    CHECK_OK(lina_republish(arena, "lasting", LINA_DTYPE_U8, 0, NULL, LINA_LAYOUT_C, NULL));
}

static void move_away(lina_arena_t *arena) {
    publish(arena);
    CHECK_OK(lina_arena_create_array(arena, "other", LINA_DTYPE_U8, 0, NULL, LINA_LAYOUT_C, NULL));
}

static void come_back(lina_arena_t *arena) {
    CHECK_OK(lina_remove(arena, "other"));
    publish(arena);
}

/* Runs one call and disturbs it after `first` instructions, and again after `second` more. False if the call ends
 * before. */
static bool disturb(lina_arena_t *arena, pid_t pid, uint64_t first, uint64_t second) {
    while (report->phase != LOOKING)
        go(pid, report->phase == READY);
    bool within = step(pid, first);
    move_away(arena);
    within = within && step(pid, second);
    come_back(arena);
    while (report->phase == LOOKING)
        go(pid, false);
    if (report->rc != LINA_OK)
        FAIL("disturbed after %llu and %llu instructions, the look-up answered %s",
             (unsigned long long)first, (unsigned long long)second, lina_error_name(report->rc));
    return within;
}

int main(int argc, char **argv) {
    uint64_t within = argument(argc, argv, 1, 40), done = 0;
    static const lina_arena_options_t options = {.max_arrays = 8, .max_members = 2};
    lina_arena_t *arena;
    report = mmap(NULL, sizeof *report, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    CHECK(report != MAP_FAILED);
    CHECK_OK(lina_arena_create(NULL, 4096, &options, &arena));
    publish(arena);
    pid_t pid = fork();
    if (pid == 0)
        child_main(arena);
    CHECK(pid > 0);
    wait_for_stop(pid);
    for (uint64_t first = 1; disturb(arena, pid, first, 1); first++)
        for (uint64_t second = 2; second <= within; second++, done++)
            disturb(arena, pid, first, second);
    kill(pid, SIGKILL);
    waitpid(pid, NULL, 0);
    CHECK_OK(lina_check_arena(arena));
    CHECK_OK(lina_arena_close(arena));
    printf("%llu disturbances\n", (unsigned long long)done);
    return 0;
}
