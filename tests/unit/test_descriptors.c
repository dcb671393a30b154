/* test_descriptors.c - tests "fd:N": descriptors that are sent over a socket, inherited, or refused. */
#include <sys/socket.h>

#include "named.h"

/* ---- descriptors ------------------------------------------------------------------------------- */

TEST("an arena is attached by a descriptor that was passed over a socket") {
    lina_arena_t *a = new_arena(MIB);
    write_f64(a, "x", 5);
    int pair[2], fd;
    CHECK_EQ(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
    pid_t pid = spawn();
    char control[CMSG_SPACE(sizeof fd)], byte = 0;
    struct iovec io = {&byte, 1};
    struct msghdr message = {
        .msg_iov = &io, .msg_iovlen = 1, .msg_control = control, .msg_controllen = sizeof control};
    if (pid == 0) {
        char where[32];
        CHECK_OK(lina_arena_close(a));
        CHECK_EQ(recvmsg(pair[0], &message, 0), 1);
        memcpy(&fd, CMSG_DATA(CMSG_FIRSTHDR(&message)), sizeof fd);
        snprintf(where, sizeof where, "fd:%d", fd);
        lina_arena_t *b = attach(where);
        CHECK_EQ(fcntl(fd, F_GETFD) >= 0, 1); /* the caller still owns it */
        CHECK_EQ(close(fd), 0);
        CHECK(read_f64(b, "x") == 5);
        CHECK_EQ(info_of(b).members, 2);
        done();
    }
    CHECK_OK(lina_arena_fd(a, &fd));
    memset(control, 0, sizeof control);
    struct cmsghdr *c = CMSG_FIRSTHDR(&message);
    *c = (struct cmsghdr){
        .cmsg_len = CMSG_LEN(sizeof fd), .cmsg_level = SOL_SOCKET, .cmsg_type = SCM_RIGHTS};
    memcpy(CMSG_DATA(c), &fd, sizeof fd);
    CHECK_EQ(sendmsg(pair[1], &message, 0), 1);
    CHECK_EQ(reap(pid), 0);
}

#define AFTER_EXEC "LINA_TEST_AFTER_EXEC"

TEST("a descriptor survives exec only if LINA_ARENA_INHERIT was asked for") {
    for (int inherit = 0; inherit < 2; inherit++) {
        lina_arena_options_t options = {.flags = inherit ? LINA_ARENA_INHERIT : 0};
        lina_arena_t *a;
        int fd;
        CHECK_OK(lina_arena_create(NULL, MIB, &options, &a));
        write_f64(a, "x", 6);
        CHECK_OK(lina_arena_fd(a, &fd));
        pid_t pid = spawn();
        if (pid == 0) {
            char where[32];
            snprintf(where, sizeof where, "LINA_ARENA=fd:%d", fd);
            char *environment[] = {where, AFTER_EXEC "=yes", NULL};
            execle("/proc/self/exe", "again", NULL, environment);
            _exit(99);
        }
        CHECK_EQ(reap(pid), inherit ? 42 : 43);
    }
}

/* The program that the case above executes. It attaches to the arena of LINA_ARENA. */
__attribute__((constructor(200))) static void after_exec(void) {
    if (getenv(AFTER_EXEC) == NULL)
        return;
    lina_init();
    _exit(lina_last_error_code() == LINA_OK && read_f64(NULL, "x") == 6 ? 42 : 43);
}

TEST("a descriptor that is no arena is refused and stays open") {
    lina_arena_t *a;
    int ends[2];
    char where[32];
    CHECK_EQ(pipe(ends), 0);
    snprintf(where, sizeof where, "fd:%d", ends[0]);
    CHECK_ERR(lina_arena_attach(where, 0, &a), LINA_ERR_INVALID, where);
    CHECK_EQ(fcntl(ends[0], F_GETFD) >= 0, 1);
    CHECK_ERR(lina_arena_attach("fd:99999", 0, &a), LINA_ERR_INVALID, "fd:99999");
    CHECK_ERR(lina_arena_attach("fd:-1", 0, &a), LINA_ERR_INVALID, "fd:-1");
    CHECK_ERR(lina_arena_attach("fd:3x", 0, &a), LINA_ERR_INVALID, "fd:3x");
    CHECK_ERR(lina_arena_attach("fd:", 0, &a), LINA_ERR_INVALID, "fd:");
    CHECK_ERR(lina_arena_attach("fd:99999999999999999999", 0, &a), LINA_ERR_INVALID, "fd:9999");
    CHECK_ERR(lina_arena_create("fd:3", MIB, NULL, &a), LINA_ERR_INVALID, "fd:3");
    CHECK_ERR(lina_arena_unlink("fd:3"), LINA_ERR_INVALID, "fd:3");
}

TEST("an arena can be attached often without leaving descriptors or mappings behind") {
    lina_arena_t *a = new_arena(MIB);
    int fd, first = -1;
    CHECK_OK(lina_arena_fd(a, &fd));
    for (int i = 0; i < 300; i++) {
        lina_arena_t *b = join_arena(a, 0);
        CHECK_OK(lina_arena_fd(b, &fd));
        if (first < 0)
            first = fd;
        CHECK_EQ(fd, first);
        CHECK_OK(lina_arena_close(b));
    }
    CHECK_EQ(info_of(a).members, 1);
}
