/* capture.c - runs a program and reads its output. */
#include <errno.h>
#include <fcntl.h>
#include <spawn.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "host.h"

extern char **environ;

static size_t read_all(int from, char *output, size_t room) {
    char rest[512];
    size_t n = 0;
    for (;;) {
        int full = n + 1 >= room;
        ssize_t got = read(from, full ? rest : output + n, full ? sizeof rest : room - 1 - n);
        if (got < 0 && errno == EINTR)
            continue;
        if (got <= 0)
            break;
        if (!full)
            n += (size_t)got;
    }
    output[n] = '\0';
    return n;
}

int host_capture(const char *const *command, char *output, size_t room) {
    int ends[2], status = -1;
    pid_t child;
    output[0] = '\0';
    if (pipe2(ends, O_CLOEXEC) != 0)
        return -1;
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0);
    posix_spawn_file_actions_adddup2(&actions, ends[1], 1);
    posix_spawn_file_actions_addopen(&actions, 2, "/dev/null", O_WRONLY, 0);
    /* posix_spawnp does not change the arguments, although its type says so. */
    int error = posix_spawnp(&child, command[0], &actions, NULL, (char *const *)(uintptr_t)command,
                             environ);
    posix_spawn_file_actions_destroy(&actions);
    close(ends[1]);
    if (error == 0) {
        read_all(ends[0], output, room);
        pid_t ended;
        while ((ended = waitpid(child, &status, 0)) < 0 && errno == EINTR)
            ;
        if (ended < 0) /* the host ignores SIGCHLD, or its handler was faster: the output must do */
            status = 0;
    }
    close(ends[0]);
    return error == 0 && WIFEXITED(status) && WEXITSTATUS(status) == 0 ? 0 : -1;
}
