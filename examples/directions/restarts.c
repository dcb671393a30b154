/* restarts.c - a C host that starts its script again when it crashes. The script goes on where it was, because its
 * state is in the arena, which stays.
 *
 * A crash would end a host that embeds the script, so the script has a process of its own, which inherits the arena.
 *
 * Usage: lina_restarts [SCRIPT.py] */
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>

#include "lina_host.h"

#define MOST 5 /* starts */

extern char **environ;

/* An arena that child processes inherit, with an array for the script's state. */
static lina_arena_t *make_arena(void) {
    static const uint64_t shape[] = {2};
    lina_arena_options_t options = {.flags = LINA_ARENA_INHERIT};
    lina_arena_t *arena;
    char place[32];
    int descriptor;
    if (lina_arena_create(NULL, 1 << 20, &options, &arena) != LINA_OK ||
        lina_arena_create_array(arena, "progress", LINA_DTYPE_I64, 1, shape, LINA_LAYOUT_C, NULL) !=
            LINA_OK ||
        lina_arena_fd(arena, &descriptor) != LINA_OK)
        return NULL;
    snprintf(place, sizeof place, "fd:%d", descriptor);
    setenv("LINA_ARENA", place, 1);
    return arena;
}

/* Runs the script to its end. Returns its wait status, or -1 if it does not start. */
static int run(char *program, char *script) {
    char *words[] = {program, script, NULL};
    pid_t child;
    int status;
    if (posix_spawnp(&child, program, NULL, NULL, words, environ) != 0)
        return -1;
    return waitpid(child, &status, 0) == child ? status : -1;
}

int main(int argc, char **argv) {
    lina_runtime_info_t python;
    lina_arena_t *arena = make_arena();
    if (arena == NULL) {
        fprintf(stderr, "%s\n", lina_last_error());
        return 1;
    }
    const char *script = argc > 1 ? argv[1] : LINA_DIRECTIONS "/crashes.py";
    if (lina_host_find("python", script, &python) != LINA_OK) {
        fprintf(stderr, "%s\n", lina_host_error());
        return 1;
    }
    lina_host_set_environment(&python); /* so that the script finds Lina's package */
    int status = -1;
    for (int i = 0; i < MOST && status != 0; i++) {
        status = run(python.program, (char *)script);
        if (status != 0 && WIFSIGNALED(status))
            printf("C       the script was ended by signal %d\n", WTERMSIG(status));
        fflush(stdout);
    }
    lina_arena_close(arena);
    return status == 0 ? 0 : 1;
}
