/* test_arena.c - create, attach, register, close, persistence, names, permissions. */
#include <setjmp.h>
#include <sys/socket.h>

#include "../helpers.h"

static const char *path_of(const char *where) {
    static char path[256];
    bool shm = strncmp(where, "shm:", 4) == 0;
    snprintf(path, sizeof path, "%s%s", shm ? "/dev/shm/lina." : "", where + (shm ? 4 : 5));
    return path;
}

static bool exists(const char *where) { return access(path_of(where), F_OK) == 0; }

static lina_arena_t *create_named(const char *where, uint32_t flags) {
    lina_arena_options_t options = {.flags = flags};
    lina_arena_t *arena;
    CHECK_OK(lina_arena_create(where, MIB, &options, &arena));
    return arena;
}

static lina_arena_t *attach(const char *where) {
    lina_arena_t *arena;
    CHECK_OK(lina_arena_attach(where, 0, &arena));
    return arena;
}

static void write_f64(lina_arena_t *arena, const char *name, double value) {
    lina_view_t loan = borrow(arena, name, F64, 16);
    for (int i = 0; i < 16; i++)
        ((double *)loan.data)[i] = value;
    CHECK_OK(lina_publish(&loan));
}

static double read_f64(lina_arena_t *arena, const char *name) {
    lina_view_t view = hold(arena, name);
    double value = ((const double *)view.data)[15];
    lina_release(&view);
    return value;
}

/* ---- create ------------------------------------------------------------------------------------ */

TEST("an arena says what it is") {
    lina_arena_options_t options = {.max_arrays = 10, .max_signals = 20, .max_members = 3};
    lina_arena_t *a;
    CHECK_OK(lina_arena_create(NULL, 12345, &options, &a));
    lina_arena_info_t info = info_of(a);
    CHECK_EQ(info.size, 12345);
    CHECK_EQ(info.used_bytes, 0);
    CHECK_EQ(info.arrays, 0);
    CHECK_EQ(info.signals, 0);
    CHECK_EQ(info.members, 1);
    CHECK_EQ(info.member, 0);
    CHECK_EQ(info.max_arrays, 10);
    CHECK_EQ(info.max_signals, 20);
    CHECK_EQ(info.max_members, 3);
    CHECK_EQ(info.read_only, 0);
    CHECK_STR(info.where, "");
    CHECK_EQ(lina_arena_size(a), 12345);
    CHECK(lina_arena_base(a) != NULL);
}

TEST("a small arena has 1,024 arrays, a large one 65,536, and 1,024 signals") {
    CHECK_EQ(info_of(new_arena(1)).max_arrays, 1024);
    lina_arena_info_t large = info_of(new_arena(UINT64_C(1) << 40));
    CHECK_EQ(large.max_arrays, 65536);
    CHECK_EQ(large.max_signals, 1024);
    CHECK_EQ(large.max_members, 64);
}

TEST("sizes and numbers that no arena can have are refused") {
    lina_arena_t *a = NULL;
    lina_arena_options_t bad[] = {{.max_arrays = UINT32_MAX},
                                  {.max_signals = UINT32_MAX},
                                  {.max_members = 65},
                                  {.flags = 0x100}};
    CHECK_ERR(lina_arena_create(NULL, 0, NULL, &a), LINA_ERR_INVALID, "0 bytes");
    CHECK_ERR(lina_arena_create(NULL, UINT64_MAX, NULL, &a), LINA_ERR_INVALID, "bytes");
    CHECK_ERR(lina_arena_create(NULL, INT64_MAX, NULL, &a), LINA_ERR_INVALID, "bytes");
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        CHECK_ERR(lina_arena_create(NULL, 4096, &bad[i], &a), LINA_ERR_INVALID, "more than");
    CHECK_ERR(lina_arena_create(NULL, 4096, NULL, NULL), LINA_ERR_INVALID, "handle");
    CHECK(a == NULL);
}

TEST("the largest arena works, and one byte more is refused") {
    const uint64_t most = (UINT64_C(1) << 46) - 4096;
    lina_arena_t *a;
    CHECK_ERR(lina_arena_create(NULL, most + 1, NULL, &a), LINA_ERR_INVALID, "bytes");
    int rc = lina_arena_create(NULL, most, NULL, &a);
    if (rc == LINA_ERR_NO_MEMORY)
        SKIP("this machine has no address space for 64 TiB: %s", lina_last_error());
    CHECK_OK(rc);
    CHECK_OK(make(a, "all", U8, most));
    CHECK_OK(lina_remove(a, "all"));
    CHECK_OK(make(a, "small", U8, 1));
    CHECK_OK(lina_check_arena(a));
}

TEST("a fresh small arena takes little memory") {
    CHECK(info_of(new_arena(MIB)).resident_bytes <= 64 << 10);
}

TEST("a reserved arena has all its pages, also after a large array was removed") {
    lina_arena_options_t options = {.flags = LINA_ARENA_RESERVE};
    lina_arena_t *a;
    CHECK_OK(lina_arena_create(NULL, 8 * MIB, &options, &a));
    CHECK(info_of(a).resident_bytes >= 8 * MIB);
    for (int i = 0; i < 2; i++) {
        CHECK_OK(make(a, "x", U8, 6 * MIB));
        lina_view_t view = hold(a, "x");
        memset(view.data, 1, 6 * MIB);
        lina_release(&view);
        CHECK_OK(lina_remove(a, "x"));
        CHECK(info_of(a).resident_bytes >= 8 * MIB);
    }
    CHECK_OK(make(a, "x", U8, 6 * MIB));
    lina_view_t view = hold(a, "x");
    CHECK(all_are(view.data, 6 * MIB, 0));
    lina_release(&view);
}

TEST("reserving more than the machine has is NO_MEMORY, not the end of a process") {
    lina_arena_options_t options = {.flags = LINA_ARENA_RESERVE};
    lina_arena_t *a;
    CHECK_ERR(lina_arena_create(NULL, UINT64_C(1) << 44, &options, &a), LINA_ERR_NO_MEMORY,
              "reserve");
    CHECK_ERR(lina_arena_create(unique_shm(), UINT64_C(1) << 44, &options, &a), LINA_ERR_NO_MEMORY,
              "reserve");
}

/* ---- named arenas ------------------------------------------------------------------------------ */

TEST("shared memory has mode 0600 and the name it was given") {
    const char *where = unique_shm();
    lina_arena_t *a = create_named(where, 0);
    struct stat st;
    CHECK_EQ(stat(path_of(where), &st), 0);
    CHECK_EQ(st.st_mode, S_IFREG | 0600);
    CHECK_STR(info_of(a).where, where);
    CHECK_OK(lina_arena_close(a));
    CHECK_OK(lina_arena_unlink(where));
    CHECK(!exists(where));
}

TEST("a name that an arena has is taken, and the arena stays as it was") {
    const char *where = unique_shm();
    lina_arena_t *a = create_named(where, LINA_ARENA_TEMPORARY), *b;
    write_f64(a, "x", 1.5);
    CHECK_ERR(lina_arena_create(where, MIB, NULL, &b), LINA_ERR_EXISTS, where);
    lina_arena_options_t replace = {.flags = LINA_ARENA_REPLACE};
    CHECK_ERR(lina_arena_create(where, MIB, &replace, &b), LINA_ERR_BUSY, where);
    CHECK_ERR(lina_arena_unlink(where), LINA_ERR_BUSY, where);
    b = attach(where);
    CHECK(read_f64(b, "x") == 1.5);
    CHECK_OK(lina_arena_close(b));
    CHECK_OK(lina_arena_close(a));
}

TEST("two processes share arrays and signals through a name") {
    const char *where = unique_shm();
    lina_arena_t *a = create_named(where, LINA_ARENA_TEMPORARY);
    write_f64(a, "input", 21);
    pid_t pid = spawn();
    if (pid == 0) {
        lina_arena_t *b = attach(where);
        CHECK_EQ(info_of(b).members, 2);
        write_f64(b, "result", 2 * read_f64(b, "input"));
        CHECK_OK(lina_arena_signal(b, "done"));
        done();
    }
    CHECK_OK(lina_arena_wait(a, "done"));
    CHECK(read_f64(a, "result") == 42);
    CHECK_EQ(reap(pid), 0);
    CHECK_EQ(info_of(a).members, 1);
    CHECK_OK(lina_arena_close(a));
}

TEST("a file keeps arrays, generations and signals over a restart") {
    const char *where = unique_file();
    lina_arena_t *a = create_named(where, 0);
    write_f64(a, "x", 1);
    write_f64(a, "x", 2);
    CHECK_OK(lina_alias(a, "tail", "x", 8, 1, SHAPE(15), NULL));
    CHECK_OK(lina_arena_signal(a, "s"));
    CHECK_OK(lina_arena_close(a));
    a = attach(where);
    CHECK(read_f64(a, "x") == 2);
    lina_view_t tail = hold(a, "tail");
    CHECK(((const double *)tail.data)[14] == 2);
    CHECK_EQ(tail.desc.flags, LINA_FLAG_ALIAS);
    lina_release(&tail);
    lina_desc_t d;
    CHECK_OK(lina_arena_open(a, "x", &d));
    CHECK_EQ(d.generation, 2);
    CHECK_EQ(lina_arena_try_wait(a, "s"), 1);
    CHECK_OK(lina_check_arena(a));
    CHECK_OK(lina_arena_close(a));
    CHECK_OK(lina_arena_unlink(where));
}

TEST("a file keeps its arrays when all who had it were killed") {
    const char *where = unique_file();
    int ready[2];
    char byte;
    CHECK_EQ(pipe(ready), 0);
    pid_t pid = spawn();
    if (pid == 0) {
        lina_arena_t *a = create_named(where, 0);
        write_f64(a, "x", 7);
        lina_view_t view = hold(a, "x"), loan = borrow(a, "y", U8, 1000);
        CHECK(view.data != loan.data);
        write_f64(a, "x", 8);
        CHECK_EQ(write(ready[1], "!", 1), 1);
        for (;;)
            pause();
    }
    CHECK_EQ(read(ready[0], &byte, 1), 1);
    kill_and_reap(pid);
    lina_arena_t *a = attach(where);
    CHECK_EQ(info_of(a).members, 1);
    CHECK(read_f64(a, "x") == 8);
    CHECK_OK(lina_check_arena(a));
    CHECK_EQ(info_of(a).held, 0);
    CHECK_EQ(info_of(a).used_bytes, 128);
    CHECK_OK(lina_arena_close(a));
    CHECK_OK(lina_arena_unlink(where));
}

TEST("raw pointers end with their processes: a restart takes back what lina_open kept") {
    const char *where = unique_file();
    lina_arena_t *a = create_named(where, 0);
    lina_desc_t d;
    for (int i = 0; i < 5; i++) {
        write_f64(a, "x", i);
        CHECK_OK(lina_arena_open(a, "x", &d));
    }
    CHECK_OK(lina_arena_open(a, "x", &d));
    CHECK_EQ(info_of(a).held, 4);
    lina_arena_t *b = attach(where); /* not a restart: somebody is there */
    CHECK_EQ(info_of(b).held, 4);
    CHECK_OK(lina_arena_close(b));
    CHECK_EQ(info_of(a).held, 4);
    CHECK_OK(lina_arena_close(a));
    a = attach(where);
    CHECK_EQ(info_of(a).held, 0);
    write_f64(a, "x", 9); /* what was current then is not kept any more either */
    CHECK_EQ(info_of(a).held, 0);
    CHECK_EQ(info_of(a).used_bytes, 128);
    CHECK_OK(lina_arena_close(a));
    CHECK_OK(lina_arena_unlink(where));
}

TEST("an arena whose members are gone is an orphan, and can be replaced or unlinked") {
    const char *where = unique_shm();
    pid_t pid = spawn();
    if (pid == 0) {
        write_f64(create_named(where, LINA_ARENA_TEMPORARY), "x", 3);
        raise(SIGKILL);
    }
    CHECK_EQ(reap(pid), 1000 + SIGKILL);
    lina_arena_info_t info;
    CHECK_OK(lina_arena_inspect(where, &info));
    CHECK_EQ(info.orphan, 1);
    CHECK_EQ(info.members, 0);
    CHECK_EQ(info.arrays, 1);
    CHECK_EQ(info.size, MIB);
    CHECK_STR(info.where, where);
    lina_arena_t *a;
    CHECK_ERR(lina_arena_create(where, MIB, NULL, &a), LINA_ERR_EXISTS, where);
    a = create_named(where, LINA_ARENA_REPLACE);
    CHECK_EQ(count_arrays(a), 0);
    CHECK_OK(lina_arena_inspect(where, &info));
    CHECK_EQ(info.orphan, 0);
    CHECK_EQ(info.members, 1);
    CHECK_OK(lina_arena_close(a));
    CHECK_OK(lina_arena_unlink(where));
    CHECK_ERR(lina_arena_unlink(where), LINA_ERR_NOT_FOUND, where);
    CHECK_ERR(lina_arena_inspect(where, &info), LINA_ERR_NOT_FOUND, where);
    CHECK_OK(lina_arena_close(create_named(where, LINA_ARENA_REPLACE)));
    CHECK_OK(lina_arena_unlink(where));
}

TEST("a temporary arena's name goes with its last member, whoever that is") {
    const char *where = unique_shm();
    lina_arena_t *a = create_named(where, LINA_ARENA_TEMPORARY), *b = attach(where);
    CHECK_OK(lina_arena_close(a));
    CHECK(exists(where));
    CHECK_OK(lina_arena_close(b));
    CHECK(!exists(where));
    a = create_named(where, LINA_ARENA_TEMPORARY);
    b = join_arena(a, 0); /* knows no name */
    CHECK_OK(lina_arena_close(a));
    CHECK(exists(where));
    CHECK_OK(lina_arena_close(b));
    CHECK(!exists(where));
}

TEST("a temporary arena's name goes with the last view, also after chdir") {
    const char *where = unique("file:");
    CHECK_EQ(chdir("/tmp"), 0);
    lina_arena_t *a = create_named(where, LINA_ARENA_TEMPORARY);
    write_f64(a, "x", 1);
    lina_view_t view = hold(a, "x");
    CHECK_OK(lina_arena_close(a));
    CHECK(exists(where));
    CHECK_EQ(chdir("/"), 0);
    lina_release(&view);
    CHECK_EQ(chdir("/tmp"), 0);
    CHECK(!exists(where));
}

TEST("a temporary arena does not take a name that another has by now") {
    const char *where = unique_shm();
    lina_arena_t *a = create_named(where, LINA_ARENA_TEMPORARY);
    CHECK_EQ(unlink(path_of(where)), 0);
    lina_arena_t *b = create_named(where, 0);
    CHECK_OK(lina_arena_close(a));
    CHECK(exists(where));
    CHECK_OK(lina_arena_close(b));
    CHECK_OK(lina_arena_unlink(where));
}

TEST("a path of hundreds of bytes works for create, replace and temporary") {
    char where[1500], deep[256], path[700];
    memset(deep, 'd', 200);
    deep[200] = '\0';
    snprintf(path, sizeof path, "%s", path_of(unique_file()));
    CHECK_EQ(mkdir(path, 0700), 0);
    snprintf(where, sizeof where, "file:%s/%s", path, deep);
    CHECK_EQ(mkdir(where + 5, 0700), 0);
    strcat(where, "/");
    strcat(where, deep);
    lina_arena_t *a = create_named(where, 0);
    CHECK_EQ(strncmp(info_of(a).where, where, 200), 0);
    CHECK_OK(lina_arena_close(a));
    a = create_named(where, LINA_ARENA_REPLACE | LINA_ARENA_TEMPORARY);
    CHECK_OK(lina_arena_close(a));
    CHECK(access(where + 5, F_OK) != 0);
    *strrchr(where, '/') = '\0';
    CHECK_EQ(rmdir(where + 5), 0);
    CHECK_EQ(rmdir(path), 0);
}

TEST("no name of shared memory can leave its folder") {
    const char *bad[] = {"shm:../tmp/x", "shm:a/b", "shm:/etc/x", "shm:.",   "shm:..",
                         "shm:.hidden",  "shm:",    "shm:a\nb",   "shm:\x7f"};
    lina_arena_t *a;
    char longest[300] = "shm:";
    memset(longest + 4, 'x', 201);
    CHECK_ERR(lina_arena_create(longest, MIB, NULL, &a), LINA_ERR_INVALID, "xxx");
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        CHECK_ERR(lina_arena_create(bad[i], MIB, NULL, &a), LINA_ERR_INVALID, "shm:");
        CHECK_ERR(lina_arena_attach(bad[i], 0, &a), LINA_ERR_INVALID, "shm:");
        CHECK_ERR(lina_arena_unlink(bad[i]), LINA_ERR_INVALID, "shm:");
    }
}

TEST("a link in the place of an arena is not followed") {
    const char *where = unique_shm();
    const char *target = unique_file();
    lina_arena_t *a = create_named(target, 0), *b;
    char to[256];
    snprintf(to, sizeof to, "%s", path_of(target));
    CHECK_EQ(symlink(to, path_of(where)), 0);
    CHECK(lina_arena_attach(where, 0, &b) != LINA_OK);
    CHECK(strstr(lina_last_error(), where) != NULL);
    CHECK_ERR(lina_arena_create(where, MIB, NULL, &b), LINA_ERR_EXISTS, where);
    CHECK_EQ(unlink(path_of(where)), 0);
    CHECK_OK(lina_arena_close(a));
    CHECK_OK(lina_arena_unlink(target));
}

TEST("unlinking and replacing spare a file that is no arena") {
    const char *where = unique_file();
    lina_arena_options_t replace = {.flags = LINA_ARENA_REPLACE};
    lina_arena_t *a;
    FILE *file = fopen(path_of(where), "w");
    CHECK(file != NULL);
    for (int i = 0; i < 2000; i++)
        fputs("my thesis\n", file);
    fclose(file);
    CHECK_ERR(lina_arena_unlink(where), LINA_ERR_CORRUPT, where);
    CHECK_ERR(lina_arena_create(where, MIB, &replace, &a), LINA_ERR_CORRUPT, where);
    CHECK_ERR(lina_arena_create(where, MIB, NULL, &a), LINA_ERR_EXISTS, where);
    CHECK(exists(where));
    CHECK_EQ(unlink(path_of(where)), 0);
}

TEST("where an arena cannot be is told apart") {
    lina_arena_t *a;
    CHECK_ERR(lina_arena_attach(unique_shm(), 0, &a), LINA_ERR_NOT_FOUND, "shm:lina-test");
    CHECK_ERR(lina_arena_attach("file:/nowhere/at/all", 0, &a), LINA_ERR_NOT_FOUND, "/nowhere");
    CHECK_ERR(lina_arena_create("file:/nowhere/at/all", MIB, NULL, &a), LINA_ERR_NOT_FOUND,
              "/nowhere");
    CHECK_ERR(lina_arena_attach("file:", 0, &a), LINA_ERR_INVALID, "file:");
    CHECK_ERR(lina_arena_attach("http:x", 0, &a), LINA_ERR_INVALID, "http:x");
    CHECK_ERR(lina_arena_attach("", 0, &a), LINA_ERR_INVALID, "name");
    CHECK_ERR(lina_arena_attach(NULL, 0, &a), LINA_ERR_INVALID, "NULL");
    CHECK_ERR(lina_arena_attach("shm:x", 0, NULL), LINA_ERR_INVALID, "shm:x");
    CHECK_ERR(lina_arena_attach("shm:x", 99, &a), LINA_ERR_INVALID, "shm:x");
    CHECK_ERR(lina_arena_attach("file:/dev/null", 0, &a), LINA_ERR_INVALID, "/dev/null");
    CHECK(lina_arena_attach("file:/tmp", 0, &a) != LINA_OK);
    CHECK(strstr(lina_last_error(), "/tmp") != NULL);
}

TEST("a fifo in the place of an arena does not make the attacher hang") {
    const char *where = unique_file();
    lina_arena_t *a;
    CHECK_EQ(mkfifo(path_of(where), 0600), 0);
    CHECK_ERR(lina_arena_attach(where, 0, &a), LINA_ERR_INVALID, where);
    CHECK_EQ(unlink(path_of(where)), 0);
}

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
        CHECK_EQ(fcntl(fd, F_GETFD) >= 0, 1); /* stays the caller's */
        CHECK_EQ(close(fd), 0);
        CHECK(read_f64(b, "x") == 5);
        CHECK_EQ(info_of(b).members, 2);
        done();
    }
    CHECK_OK(lina_arena_fd(a, &fd));
    memset(control, 0, sizeof control);
    struct cmsghdr *c = CMSG_FIRSTHDR(&message);
    *c = (struct cmsghdr){CMSG_LEN(sizeof fd), SOL_SOCKET, SCM_RIGHTS};
    memcpy(CMSG_DATA(c), &fd, sizeof fd);
    CHECK_EQ(sendmsg(pair[1], &message, 0), 1);
    CHECK_EQ(reap(pid), 0);
}

TEST("a descriptor survives exec where that was asked for, and only there") {
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
            char *environment[] = {where, NULL};
            execle("/proc/self/exe", "again", "--exec", NULL, environment);
            _exit(99);
        }
        CHECK_EQ(reap(pid), inherit ? 42 : 43);
    }
}

/* The program that the case above runs: attaches by its environment. */
__attribute__((constructor(200))) static void after_exec(int count, char **arguments) {
    if (count < 2 || strcmp(arguments[1], "--exec") != 0)
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

/* ---- read-only --------------------------------------------------------------------------------- */

TEST("a read-only member looks, holds, signals and waits, and what changes arrays is refused") {
    lina_arena_t *a = new_arena(MIB), *r = join_arena(a, LINA_ATTACH_READ_ONLY);
    write_f64(a, "x", 3);
    CHECK_EQ(info_of(r).read_only, 1);
    lina_view_t view = hold(r, "x"), loan;
    CHECK_EQ(view.flags, LINA_VIEW_READ_ONLY);
    CHECK(read_f64(r, "x") == 3);
    CHECK_EQ(count_arrays(r), 1);
    CHECK_ERR(make(r, "y", U8, 1), LINA_ERR_READ_ONLY, "\"y\"");
    CHECK_ERR(lina_loan(r, "y", U8, 0, NULL, 0, &loan), LINA_ERR_READ_ONLY, "\"y\"");
    CHECK_ERR(lina_republish(r, "x", U8, 0, NULL, 0, NULL), LINA_ERR_READ_ONLY, "\"x\"");
    CHECK_ERR(lina_remove(r, "x"), LINA_ERR_READ_ONLY, "\"x\"");
    CHECK_ERR(lina_alias(r, "y", "x", 0, 0, NULL, NULL), LINA_ERR_READ_ONLY, "\"y\"");
    CHECK_OK(lina_arena_signal(r, "s"));
    CHECK_OK(lina_arena_wait(r, "s"));
    CHECK_OK(lina_arena_clear(r, "s"));
    CHECK_OK(lina_remove(a, "x"));
    CHECK_EQ(info_of(a).held, 1);
    lina_release(&view); /* gives back what it held */
    CHECK_EQ(info_of(a).held, 0);
    CHECK_EQ(info_of(a).used_bytes, 0);
    CHECK_OK(lina_check_arena(r));
}

TEST("a write through a read-only attachment ends the writer, nobody else") {
    lina_arena_t *a = new_arena(MIB), *r = join_arena(a, LINA_ATTACH_READ_ONLY);
    write_f64(a, "x", 3);
    pid_t pid = spawn();
    if (pid == 0) {
        lina_view_t view = hold(r, "x");
        signal(SIGSEGV, SIG_DFL); /* sanitizers print and exit otherwise */
        *(volatile double *)view.data = 4;
        done();
    }
    CHECK_EQ(reap(pid), 1000 + SIGSEGV);
    CHECK(read_f64(a, "x") == 3);
}

TEST("an overrun below or above the data meets a page that nobody can touch") {
    lina_arena_t *a = new_arena(4096);
    for (int above = 0; above < 2; above++) {
        pid_t pid = spawn();
        if (pid == 0) {
            signal(SIGSEGV, SIG_DFL);
            ((volatile char *)lina_arena_base(a))[above ? 4096 : -1] = 1;
            done();
        }
        CHECK_EQ(reap(pid), 1000 + SIGSEGV);
    }
    CHECK_OK(lina_check_arena(a));
}

/* ---- another user ------------------------------------------------------------------------------ */

static void become_nobody(void) {
    if (setgid(65534) != 0 || setuid(65534) != 0)
        _exit(98);
}

TEST("another user can neither attach to, inspect, replace nor unlink an arena") {
    if (geteuid() != 0)
        SKIP("only root can become another user");
    const char *where[] = {unique_shm(), unique_file()};
    for (int i = 0; i < 2; i++) {
        lina_arena_t *a = create_named(where[i], 0);
        CHECK_OK(lina_arena_close(a));
        pid_t pid = spawn();
        if (pid == 0) {
            lina_arena_options_t replace = {.flags = LINA_ARENA_REPLACE};
            lina_arena_info_t info;
            become_nobody();
            CHECK_ERR(lina_arena_attach(where[i], 0, &a), LINA_ERR_PERMISSION, where[i]);
            CHECK_ERR(lina_arena_inspect(where[i], &info), LINA_ERR_PERMISSION, where[i]);
            CHECK_ERR(lina_arena_unlink(where[i]), LINA_ERR_PERMISSION, where[i]);
            CHECK_ERR(lina_arena_create(where[i], MIB, &replace, &a), LINA_ERR_PERMISSION,
                      where[i]);
            done();
        }
        CHECK_EQ(reap(pid), 0);
        CHECK(exists(where[i]));
        CHECK_OK(lina_arena_unlink(where[i]));
    }
}

TEST("a name of shared memory that another user took is not trusted, even by root") {
    if (geteuid() != 0)
        SKIP("only root can become another user");
    const char *where = unique_shm();
    pid_t pid = spawn();
    if (pid == 0) {
        become_nobody();
        lina_arena_t *a = create_named(where, 0);
        CHECK_EQ(chmod(path_of(where), 0666), 0);
        CHECK_OK(lina_arena_close(a));
        done();
    }
    CHECK_EQ(reap(pid), 0);
    lina_arena_t *a;
    CHECK_ERR(lina_arena_attach(where, 0, &a), LINA_ERR_PERMISSION, where);
    CHECK_EQ(unlink(path_of(where)), 0);
}

/* ---- close ------------------------------------------------------------------------------------- */

TEST("closing frees the mapping, and with views the last release does") {
    lina_arena_t *a = new_arena(MIB);
    write_f64(a, "x", 1);
    unsigned char resident;
    void *base = lina_arena_base(a);
    lina_view_t view = hold(a, "x");
    CHECK_OK(lina_arena_close(a));
    CHECK_EQ(mincore(base, 4096, &resident), 0);
    lina_release(&view);
    CHECK_EQ(mincore(base, 4096, &resident), -1);
    CHECK_EQ(errno, ENOMEM);
}

TEST("closing an arena twice, while a view keeps it, says so") {
    lina_arena_t *a = new_arena(MIB);
    write_f64(a, "x", 1);
    lina_view_t view = hold(a, "x");
    CHECK_OK(lina_arena_close(a));
    CHECK_ERR(lina_arena_close(a), LINA_ERR_CLOSED, "closed");
    lina_release(&view);
}

TEST("a member that closes with a view held stays one until the view is released") {
    lina_arena_t *a = new_arena(MIB), *b = join_arena(a, 0);
    write_f64(a, "x", 1);
    lina_view_t view = hold(b, "x");
    CHECK_OK(lina_arena_close(b));
    CHECK_EQ(info_of(a).members, 2);
    CHECK_OK(lina_remove(a, "x"));
    CHECK_EQ(info_of(a).held, 1);
    lina_release(&view);
    CHECK_EQ(info_of(a).members, 1);
    CHECK_EQ(info_of(a).held, 0);
}

/* ---- registered memory ------------------------------------------------------------------------- */

TEST("the host's own memory serves as an arena and is never freed") {
    static _Alignas(64) unsigned char memory[8192];
    lina_arena_t *a;
    memset(memory, 0xaa, sizeof memory);
    CHECK_OK(lina_arena_register(memory, sizeof memory, &a));
    CHECK(lina_arena_base(a) == memory);
    CHECK_EQ(lina_arena_size(a), 8192);
    CHECK_OK(make(a, "x", U8, 100)); /* zeroes, on memory that was not */
    CHECK(all_are(memory, 100, 0));
    CHECK(all_are(memory + 100, sizeof memory - 100, 0xaa));
    lina_view_t view = hold(a, "x");
    memset(view.data, 5, 100);
    CHECK_OK(lina_arena_close(a));
    lina_release(&view);
    CHECK(all_are(memory, 100, 5));
}

TEST("registered memory may have any size, and nothing is written outside it") {
    static _Alignas(64) unsigned char memory[1024];
    for (size_t size = 1; size < 400; size += 7)
        for (size_t at = 16; at <= 48; at += 16) {
            lina_arena_t *a;
            memset(memory, 0xaa, sizeof memory);
            CHECK_OK(lina_arena_register(memory + at, size, &a));
            CHECK_OK(make(a, "x", U8, size));
            lina_view_t view = hold(a, "x");
            CHECK_EQ(view.desc.capacity_bytes, size);
            CHECK(all_are(memory + at, size, 0));
            memset(view.data, 0x55, size);
            lina_release(&view);
            CHECK_ERR(make(a, "y", U8, 1), LINA_ERR_NO_MEMORY, "\"y\"");
            CHECK_OK(lina_remove(a, "x"));
            CHECK_OK(lina_check_arena(a));
            CHECK_OK(lina_arena_close(a));
            CHECK(all_are(memory, at, 0xaa));
            CHECK(all_are(memory + at + size, sizeof memory - at - size, 0xaa));
        }
}

TEST("registered memory must be there, aligned, and of some size") {
    static _Alignas(64) unsigned char memory[1024];
    lina_arena_t *a;
    CHECK_ERR(lina_arena_register(NULL, 100, &a), LINA_ERR_INVALID, "registered");
    CHECK_ERR(lina_arena_register(memory + 8, 100, &a), LINA_ERR_INVALID, "16-byte");
    CHECK_ERR(lina_arena_register(memory, 0, &a), LINA_ERR_INVALID, "0 bytes");
    CHECK_ERR(lina_arena_register(memory, 100, NULL), LINA_ERR_INVALID, "registered");
}

TEST("registered memory has no descriptor to give") {
    static _Alignas(64) unsigned char memory[1024];
    lina_arena_t *a;
    int fd = 77;
    CHECK_OK(lina_arena_register(memory, sizeof memory, &a));
    CHECK_ERR(lina_arena_fd(a, &fd), LINA_ERR_INVALID, "descriptor");
    CHECK_EQ(fd, 77);
    CHECK_EQ(info_of(a).members, 1);
}

TEST("a forked child has a copy of registered memory for itself") {
    static _Alignas(64) unsigned char memory[4096];
    lina_arena_t *a;
    CHECK_OK(lina_arena_register(memory, sizeof memory, &a));
    publish_bytes(a, "x", 64, 1);
    lina_view_t view = hold(a, "x");
    pid_t pid = spawn();
    if (pid == 0) {
        lina_release(&view);
        publish_bytes(a, "x", 64, 2);
        publish_bytes(a, "x", 64, 3);
        CHECK_EQ(info_of(a).held, 0);
        CHECK_OK(lina_check_arena(a));
        CHECK_OK(lina_arena_close(a));
        done();
    }
    CHECK_EQ(reap(pid), 0);
    CHECK(all_are(view.data, 64, 1));
    CHECK_EQ(lina_view_is_current(&view), 1);
    lina_release(&view);
}
