/* test_platform.c - tests hosts that close descriptors, files that are no arenas, systems that lack something, and
 * questions about processes. */
#include <glob.h>
#include <sched.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/un.h>

#include "../refuse.h"
#include "members.h"
#include "named.h"
#include "platform.h"

static void close_all_from(int first) { syscall(SYS_close_range, first, INT32_MAX, 0); }

/* ---- without stdio ----------------------------------------------------------------------------- */

static int kept_stdout;

static void close_stdio(void) {
    kept_stdout = fcntl(1, F_DUPFD, 100);
    CHECK(kept_stdout >= 100);
    for (int fd = 0; fd < 3; fd++)
        close(fd);
}

/* Checks that none of the descriptors 0, 1 and 2 is open. */
static void check_no_stdio(void) {
    int first = -1;
    for (int fd = 0; fd < 3 && first < 0; fd++)
        if (fcntl(fd, F_GETFD) >= 0)
            first = fd;
    dup2(kept_stdout, 1); /* to be able to report it */
    CHECK_EQ(first, -1);
    close(1);
}

TEST("no descriptor of Lina's is 0, 1 or 2, though the host closed them") {
    const char *all[] = {NULL, unique_shm(), unique_file()};
    lina_arena_options_t options = {.flags = LINA_ARENA_TEMPORARY | LINA_ARENA_INHERIT};
    lina_arena_t *a, *b;
    lina_arena_info_t info;
    close_stdio();
    for (int i = 0; i < 3; i++) {
        int fd = 0;
        CHECK_OK(lina_arena_create(all[i], MIB, &options, &a));
        check_no_stdio();
        CHECK_OK(lina_arena_fd(a, &fd));
        check_no_stdio();
        CHECK_EQ(fcntl(fd, F_GETFD), 0); /* survives exec, as asked for */
        b = join_arena(a, 0);
        check_no_stdio();
        CHECK_OK(lina_arena_close(b));
        pid_t pid = spawn();
        if (pid == 0) {
            CHECK_OK(make(a, "of a child", U8, 1));
            check_no_stdio();
            done();
        }
        CHECK_EQ(reap(pid), 0);
        if (all[i] != NULL) {
            CHECK_OK(lina_arena_attach(all[i], 0, &b));
            check_no_stdio();
            CHECK_OK(lina_arena_close(b));
            CHECK_OK(lina_arena_inspect(all[i], &info));
        }
        CHECK_OK(lina_arena_close(a));
        check_no_stdio();
    }
    dup2(kept_stdout, 1);
}

TEST("no descriptor of Lina's is 0, 1 or 2 on a file system that has no files without a name") {
    lina_arena_options_t options = {.flags = LINA_ARENA_TEMPORARY};
    lina_arena_t *a;
    refuse_nameless_files();
    close_stdio();
    CHECK_OK(lina_arena_create(unique_shm(), MIB, &options, &a));
    check_no_stdio();
    CHECK_OK(lina_arena_close(a));
    dup2(kept_stdout, 1);
}

/* ---- a thread with a table of descriptors of its own ------------------------------------------- */

/* The main thread's own file, at the number that Lina's descriptor gets in the other thread. */
static int others_file;

static void check_others_file(void) {
    char text[8] = "";
    CHECK_EQ(pread(others_file, text, sizeof text, 0), 5);
    CHECK_STR(text, "mine\n");
}

static void *use_arenas(void *context) {
    const char *all[] = {NULL, context};
    if (unshare(CLONE_FILES) != 0)
        return "skip";
    close_all_from(others_file); /* in this thread's table alone */
    for (int i = 0; i < 2; i++) {
        lina_arena_options_t options = {.flags = LINA_ARENA_TEMPORARY};
        lina_arena_t *a;
        CHECK_OK(lina_arena_create(all[i], MIB, &options, &a));
        lina_arena_t *b = join_arena(a, 0);
        CHECK_EQ(info_of(a).members, 2);
        publish_bytes(b, "x", 1000, 7);
        lina_view_t view = hold(&view, a, "x");
        CHECK(all_are(view.data, 1000, 7));
        lina_release(&view);
        CHECK_OK(lina_arena_close(b));
        CHECK_OK(lina_arena_close(a));
    }
    return NULL;
}

TEST(
    "a thread that has its own descriptors makes arenas and joins them, and leaves others' files") {
    const char *path = unique("/tmp/");
    int fd = open(path, O_RDWR | O_CREAT | O_EXCL, 0600);
    CHECK_EQ(write(fd, "mine\n", 5), 5);
    others_file = fcntl(fd, F_DUPFD, 50);
    for (int i = 1; i < 10; i++)
        CHECK(fcntl(fd, F_DUPFD, others_file + i) >= 0);
    const char *said = join(start(use_arenas, (void *)(uintptr_t)unique_shm()));
    if (said != NULL)
        SKIP("this process cannot have two tables of descriptors");
    struct flock lock = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
    CHECK_EQ(fcntl(fd, F_OFD_GETLK, &lock), 0);
    CHECK_EQ(lock.l_type, F_UNLCK);
    check_others_file();
    struct stat st;
    CHECK_EQ(fstat(fd, &st), 0);
    CHECK_EQ(st.st_size, 5);
    CHECK_EQ(unlink(path), 0);
}

/* ---- a host that closes Lina's descriptors ------------------------------------------------------ */

#define HOSTS_BYTES (48 * MIB)
#define HOSTS_FIRST 3
#define HOSTS_LAST 40

/* Closes all descriptors except stdio's, and opens a file of the host at every number that Lina's could have had. */
static void replace_descriptors(const char *path) {
    close_all_from(HOSTS_FIRST);
    int fd = open(path, O_RDWR | O_CREAT | O_EXCL, 0600);
    CHECK_EQ(fd, HOSTS_FIRST);
    char *block = malloc(MIB);
    memset(block, 'h', MIB);
    for (uint64_t i = 0; i < HOSTS_BYTES / MIB; i++)
        CHECK_EQ(write(fd, block, MIB), (long long)MIB);
    free(block);
    CHECK_EQ(lseek(fd, 12345, SEEK_SET), 12345);
    while (fd < HOSTS_LAST)
        CHECK_EQ(dup(fd), ++fd);
}

static void check_hosts_file(const char *path) {
    struct flock lock = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
    struct stat there, st;
    CHECK_EQ(stat(path, &there), 0);
    CHECK_EQ(there.st_size, HOSTS_BYTES);
    CHECK(there.st_blocks * 512 >= (long long)HOSTS_BYTES);
    for (int fd = HOSTS_FIRST; fd <= HOSTS_LAST; fd++) {
        CHECK_EQ(fstat(fd, &st), 0);
        CHECK_EQ(st.st_ino, there.st_ino);
    }
    CHECK_EQ(lseek(HOSTS_FIRST, 0, SEEK_CUR), 12345);
    int fd = open(path, O_RDWR);
    CHECK_EQ(fcntl(fd, F_OFD_GETLK, &lock), 0);
    CHECK_EQ(lock.l_type, F_UNLCK);
    void *bytes = mmap(NULL, HOSTS_BYTES, PROT_READ, MAP_SHARED, fd, 0);
    CHECK(all_are(bytes, HOSTS_BYTES, 'h'));
    munmap(bytes, HOSTS_BYTES);
    close(fd);
}

static void lose_descriptors(const char *where, uint32_t flags) {
    const char *path = unique("/tmp/");
    lina_arena_options_t options = {.flags = flags};
    lina_arena_t *a;
    lina_view_t view, large;
    int fd;
    CHECK_OK(lina_arena_create(where, 64 * MIB, &options, &a));
    CHECK_OK(lina_arena_fd(a, &fd));
    publish_bytes(a, "large", 30 * MIB, 1);
    large = hold(&large, a, "large");
    write_f64(a, "x", 1.5);
    replace_descriptors(path);
    /* Calls that need only memory still work. */
    CHECK(read_f64(a, "x") == 1.5);
    CHECK_OK(lina_arena_signal(a, "s"));
    CHECK_EQ(info_of(a).resident_bytes, 0);
    CHECK(lina_member_alive(a, 7)); /* if the kernel cannot be asked, no member counts as dead */
    CHECK_OK(lina_remove(a, "large"));
    lina_release(&large); /* its pages would go back to the system here */
    CHECK_ERR(lina_arena_fd(a, &fd), LINA_ERR_SYSTEM, "closed by the host");
    if (where != NULL) /* new pages need the file */
        CHECK_ERR(make(a, "more", U8, 20 * MIB), LINA_ERR_SYSTEM, "closed by the host");
    else
        CHECK_OK(make(a, "more", U8, 20 * MIB));
    CHECK_OK(lina_check_arena(a));
    check_hosts_file(path);
    pid_t pid = spawn();
    if (pid == 0) {
        CHECK_ERR(lina_acquire(a, "x", &view), LINA_ERR_CLOSED, "fork");
        CHECK_OK(lina_arena_close(a));
        check_hosts_file(path);
        done();
    }
    CHECK_EQ(reap(pid), 0);
    CHECK_OK(lina_arena_close(a));
    check_hosts_file(path);
    CHECK_EQ(unlink(path), 0);
    if (where == NULL)
        return;
    /* Its lock is gone, so a temporary arena looks like one without members: another test may have swept it. */
    int rc = lina_arena_unlink(where);
    CHECK(rc == LINA_OK || (rc == LINA_ERR_NOT_FOUND && (flags & LINA_ARENA_TEMPORARY) != 0));
}

TEST("after closefrom, Lina does not touch the host's files that got its descriptors' numbers") {
    lose_descriptors(NULL, 0);
    lose_descriptors(unique_shm(), 0);
    lose_descriptors(unique_shm(), LINA_ARENA_TEMPORARY);
}

TEST("a descriptor that was closed, with nothing at its number, does no harm either") {
    lina_arena_t *a = new_arena(64 * MIB);
    int fd;
    CHECK_OK(make(a, "large", U8, 30 * MIB));
    close_all_from(3);
    CHECK_OK(lina_remove(a, "large"));
    CHECK_ERR(lina_arena_fd(a, &fd), LINA_ERR_SYSTEM, "closed by the host");
    int own = open("/dev/null", O_RDONLY);
    CHECK_EQ(own, 3);
    CHECK_OK(lina_arena_close(a));
    CHECK_EQ(fcntl(own, F_GETFD), 0);
}

/* ---- files that are no arenas ------------------------------------------------------------------- */

static void check_refused(const char *where, const char *words) {
    lina_arena_options_t replace = {.flags = LINA_ARENA_REPLACE};
    lina_arena_info_t info;
    lina_arena_t *a;
    CHECK_ERR(lina_arena_attach(where, 0, &a), LINA_ERR_INVALID, words);
    CHECK(strstr(lina_last_error(), where) != NULL);
    CHECK_ERR(lina_arena_inspect(where, &info), LINA_ERR_INVALID, words);
    if (strncmp(where, "fd:", 3) == 0)
        return;
    CHECK_ERR(lina_arena_unlink(where), LINA_ERR_INVALID, words);
    CHECK_ERR(lina_arena_create(where, MIB, &replace, &a), LINA_ERR_INVALID, words);
    CHECK_ERR(lina_arena_create(where, MIB, NULL, &a), LINA_ERR_EXISTS, where);
}

static void make_socket(const char *path) {
    struct sockaddr_un name = {.sun_family = AF_UNIX};
    snprintf(name.sun_path, sizeof name.sun_path, "%.100s", path);
    int fd = socket(AF_UNIX, SOCK_STREAM, 0);
    CHECK_EQ(bind(fd, (const void *)&name, sizeof name), 0);
}

TEST("the error for a folder, a symbolic link, a pipe, a socket or a device says what it is") {
    for (int shm = 0; shm < 2; shm++) {
        const char *where = shm ? unique_shm() : unique_file(), *path = path_of(where);
        CHECK_EQ(mkdir(path, 0700), 0);
        check_refused(where, "a folder");
        CHECK_EQ(rmdir(path), 0);
        CHECK_EQ(symlink("/nowhere", path), 0);
        check_refused(where, "a symbolic link");
        CHECK_EQ(unlink(path), 0);
        CHECK_EQ(mkfifo(path, 0600), 0);
        check_refused(where, "a pipe");
        CHECK_EQ(unlink(path), 0);
        make_socket(path);
        check_refused(where, "a socket");
        CHECK_EQ(unlink(path), 0);
    }
    check_refused("file:/dev/null", "a device");
}

TEST("the error for a descriptor that is no arena says what it is") {
    char where[32];
    int ends[2], folder = open("/tmp", O_RDONLY | O_DIRECTORY), null = open("/dev/null", O_RDWR);
    CHECK_EQ(pipe(ends), 0);
    const struct {
        int fd;
        const char *words;
    } all[] = {
        {folder, "a folder"}, {null, "a device"}, {ends[0], "a pipe"}, {999, "999 is not open"}};
    for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
        snprintf(where, sizeof where, "fd:%d", all[i].fd);
        check_refused(where, all[i].words);
    }
}

/* An unsealed memory file with the bytes of an arena, as a hostile process might send it. */
static int unsealed_copy(lina_arena_t *a) {
    struct stat st;
    int from, to = memfd_create("copy", MFD_CLOEXEC | MFD_ALLOW_SEALING);
    CHECK_OK(lina_arena_fd(a, &from));
    CHECK_EQ(fstat(from, &st), 0);
    void *bytes = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_SHARED, from, 0);
    CHECK(bytes != MAP_FAILED);
    CHECK_EQ(write(to, bytes, (size_t)st.st_size), st.st_size);
    return to;
}

TEST("a file without a name is an arena only if no process can truncate it") {
    lina_arena_t *a = new_arena(4096), *b;
    publish_bytes(a, "x", 100, 1);
    char where[32];
    int fd = unsealed_copy(a);
    snprintf(where, sizeof where, "fd:%d", fd);
    check_refused(where, "F_SEAL_SHRINK");
    CHECK_EQ(fcntl(fd, F_ADD_SEALS, F_SEAL_GROW), 0);
    check_refused(where, "F_SEAL_SHRINK");
    CHECK_EQ(fcntl(fd, F_ADD_SEALS, F_SEAL_SHRINK), 0);
    CHECK_OK(lina_arena_attach(where, 0, &b));
    lina_view_t view = hold(&view, b, "x");
    CHECK(all_are(view.data, 100, 1));
    lina_release(&view);
    CHECK_OK(lina_arena_close(b));
}

TEST("a descriptor of a file is joined while the file has its name, and refused afterwards") {
    const char *where = unique_file();
    char by_fd[32];
    lina_arena_t *a = create_named(where, 0), *b;
    int fd = open(path_of(where), O_RDWR);
    snprintf(by_fd, sizeof by_fd, "fd:%d", fd);
    CHECK_OK(lina_arena_attach(by_fd, 0, &b));
    CHECK_OK(lina_arena_close(b));
    CHECK_EQ(unlink(path_of(where)), 0);
    check_refused(by_fd, "F_SEAL_SHRINK");
    CHECK_OK(lina_arena_close(a));
}

/* ---- file systems that lack something ---------------------------------------------------------- */

static size_t count_like(const char *where) {
    char pattern[300];
    glob_t found;
    snprintf(pattern, sizeof pattern, "%s*", path_of(where));
    size_t count = glob(pattern, 0, NULL, &found) == 0 ? found.gl_pathc : 0;
    globfree(&found);
    return count;
}

/* Checks that an arena gets its name, that the name is then taken, and that no other file is left. */
static void check_naming(const char *where) {
    lina_arena_t *b, *a = create_named(where, LINA_ARENA_TEMPORARY);
    struct stat st;
    CHECK_EQ(stat(path_of(where), &st), 0);
    CHECK_EQ(st.st_mode, S_IFREG | 0600);
    CHECK_EQ(st.st_nlink, 1);
    CHECK_EQ(count_like(where), 1);
    write_f64(a, "x", 1.5);
    CHECK_ERR(lina_arena_create(where, MIB, NULL, &b), LINA_ERR_EXISTS, where);
    CHECK_EQ(count_like(where), 1);
    b = attach(where);
    CHECK(read_f64(b, "x") == 1.5);
    CHECK_EQ(info_of(b).members, 2);
    CHECK_OK(lina_arena_close(b));
    CHECK_OK(lina_arena_close(a));
    CHECK_EQ(count_like(where), 0);
}

TEST("named arenas work on a file system that cannot rename without replacing") {
    refuse(SYS_renameat2, EINVAL);
    check_naming(unique_shm());
    check_naming(unique_file());
    refuse_nameless_files();
    check_naming(unique_shm());
    check_naming(unique_file());
}

TEST("named arenas work on a file system without hard links") {
    refuse_nameless_files();
    refuse_hard_links();
    check_naming(unique_shm());
    check_naming(unique_file());
}

TEST("on a file system with neither, the error says so and no file is left") {
    const char *where = unique_file();
    lina_arena_t *a;
    refuse_nameless_files();
    refuse_hard_links();
    refuse(SYS_renameat2, EINVAL);
    CHECK_ERR(lina_arena_create(where, MIB, NULL, &a), LINA_ERR_PERMISSION, "take its name");
    CHECK_EQ(count_like(where), 0);
}

TEST("taking pages writes no byte where the file system has no fallocate") {
    const char *where = unique_shm();
    lina_arena_t *b, *a = create_named(where, LINA_ARENA_TEMPORARY);
    write_f64(a, "x", 1.5);
    refuse(SYS_fallocate, EOPNOTSUPP);
    refuse(SYS_pwrite64, REFUSE_ENDS); /* would undo what a peer wrote meanwhile */
    refuse(SYS_write, EIO);
    b = create_named(unique_shm(), LINA_ARENA_TEMPORARY);
    int fd;
    CHECK_OK(lina_arena_fd(b, &fd));
    struct stat st;
    CHECK_EQ(fstat(fd, &st), 0);
    CHECK(st.st_blocks > 0);
    CHECK_OK(make(b, "y", U8, 500000));
    long before = (long)st.st_blocks;
    CHECK_EQ(fstat(fd, &st), 0);
    CHECK(st.st_blocks >= before + 500000 / 512);
    CHECK_OK(lina_arena_close(b));
    b = attach(where);
    CHECK(read_f64(b, "x") == 1.5);
    CHECK_OK(lina_arena_close(b));
    CHECK_OK(lina_arena_close(a));
    exit(0); /* stdout cannot be written any more */
}

/* ---- processes --------------------------------------------------------------------------------- */

TEST("the start time of a process does not depend on its name, and is 0 if there is no process") {
    uint64_t own = platform_process_start(platform_pid());
    CHECK(own > 0);
    CHECK_EQ(prctl(PR_SET_NAME, ") R 1 (2 3"), 0);
    CHECK_EQ(platform_process_start(platform_pid()), own);
    CHECK(platform_process_start((uint32_t)getppid()) <= own);
    CHECK_EQ(platform_process_start(UINT32_MAX), 0);
    uint64_t told;
    int ends[2];
    CHECK_EQ(pipe(ends), 0);
    pause_ms(30); /* start times are in hundredths of a second */
    pid_t pid = spawn();
    if (pid == 0) {
        told = platform_process_start(platform_pid());
        CHECK_EQ(write(ends[1], &told, sizeof told), sizeof told);
        for (;;)
            pause();
    }
    CHECK_EQ(read(ends[0], &told, sizeof told), sizeof told);
    CHECK_EQ(told, platform_process_start((uint32_t)pid)); /* the child's time, not the parent's */
    CHECK(told > own);
    kill_and_reap(pid);
    CHECK_EQ(platform_process_start((uint32_t)pid), 0);
}

TEST("a process in another pid namespace does not get this namespace's number") {
    if (SANITIZED)
        SKIP("a leak checker must start a process of its own at the end");
    uint64_t own = platform_pid_namespace();
    CHECK(own > 0);
    pid_t pid = spawn();
    if (pid == 0)
        _exit(platform_pid_namespace() == own ? 0 : 1);
    CHECK_EQ(reap(pid), 0);
    if (unshare(CLONE_NEWPID) != 0)
        SKIP("this process cannot have a space of process ids of its own");
    pid = fork();
    if (pid == 0) /* /proc still shows the outer ids */
        _exit(platform_pid() == 1 && platform_pid_namespace() == 0 ? 0 : 1);
    CHECK_EQ(reap(pid), 0);
}

static bool core_files_are_written_here(void) {
    char pattern[128] = "";
    FILE *file = fopen("/proc/sys/kernel/core_pattern", "r");
    if (file == NULL || fgets(pattern, sizeof pattern, file) == NULL)
        return false;
    fclose(file);
    return strcmp(pattern, "core\n") == 0;
}

TEST("a process that crashed is known to end while its memory is written and freed, and not "
     "before") {
    struct rlimit all = {RLIM_INFINITY, RLIM_INFINITY};
    const char *folder = unique("/tmp/");
    if (SANITIZED)
        SKIP("a sanitizer reports crashes itself, and its memory is too large for a core file");
    if (!core_files_are_written_here() || setrlimit(RLIMIT_CORE, &all) != 0)
        SKIP("core files are not written to the working folder here");
    CHECK_EQ(mkdir(folder, 0700), 0);
    CHECK_EQ(chdir(folder), 0);
    CHECK(!platform_is_ending(platform_pid()));
    CHECK(!platform_is_ending(UINT32_MAX));
    pid_t pid = spawn();
    if (pid == 0) {
        volatile char *bytes = malloc(256 * MIB);
        for (uint64_t i = 0; i < 256 * MIB; i += 4096)
            bytes[i] = 1;
        abort();
    }
    int status, seen = 0;
    while (waitpid(pid, &status, WNOHANG) == 0)
        seen += platform_is_ending((uint32_t)pid);
    glob_t found;
    CHECK_EQ(glob("core*", 0, NULL, &found), 0);
    for (size_t i = 0; i < found.gl_pathc; i++)
        unlink(found.gl_pathv[i]);
    CHECK_EQ(rmdir(folder), 0);
    CHECK(WCOREDUMP(status));
    CHECK(seen > 0);
    CHECK(!platform_is_ending((uint32_t)pid));
}

static void *outlive(void *context) {
    (void)context;
    char status[4096];
    for (;;) { /* until the first thread has ended */
        int fd = open("/proc/self/status", O_RDONLY);
        ssize_t got = read(fd, status, sizeof status - 1);
        close(fd);
        status[got > 0 ? got : 0] = '\0';
        if (strstr(status, "VmSize") == NULL)
            break;
    }
    _exit(platform_is_ending(platform_pid()) ? 1 : 0);
}

TEST("a process whose first thread has ended does not count as ending") {
    pid_t pid = spawn();
    if (pid == 0) {
        start(outlive, NULL);
        pthread_exit(NULL);
    }
    CHECK_EQ(reap(pid), 0);
}
