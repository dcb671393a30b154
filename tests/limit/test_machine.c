/* test_machine.c - tests the machine's limits: descriptors, sizes of files, address space, memory, a full disk. Each
 * time the call must fail with the right error and leave nothing behind, and work again when there is room. */
#include <dirent.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/statvfs.h>

#include "../helpers.h"
#include "../refuse.h"

/* Counts the entries whose names begin with `prefix`. */
static int count_names(const char *folder, const char *prefix) {
    int entries = 0;
    DIR *dir = opendir(folder);
    CHECK(dir != NULL);
    for (struct dirent *entry; (entry = readdir(dir)) != NULL;)
        entries += strncmp(entry->d_name, prefix, strlen(prefix)) == 0;
    closedir(dir);
    return entries;
}

static int count_entries(const char *folder) { return count_names(folder, ""); }

/* The names that this process has made in /dev/shm: other programs make and remove theirs meanwhile. */
static int count_own_shm(void) {
    char prefix[48];
    snprintf(prefix, sizeof prefix, "lina.lina-test-%d-", (int)getpid());
    return count_names("/dev/shm", prefix);
}

#ifdef __GLIBC__
typedef __rlimit_resource_t resource;
#else
typedef int resource;
#endif

static void set_limit(resource what, rlim_t soft) {
    struct rlimit limit;
    CHECK_EQ(getrlimit(what, &limit), 0);
    limit.rlim_cur = soft < limit.rlim_max ? soft : limit.rlim_max;
    CHECK_EQ(setrlimit(what, &limit), 0);
}

/* ---- file descriptors -------------------------------------------------------------------------- */

/* Makes the call with `spare` descriptors left. Checks that it works or fails with SYSTEM, and leaves nothing. True
 * if it works. */
static bool works_with(int spare, const char *where, bool attach) {
    lina_arena_options_t options = {.flags = LINA_ARENA_TEMPORARY};
    lina_arena_t *arena;
    int before = count_entries("/proc/self/fd"), names = count_own_shm();
    int own = open("/dev/null", O_RDONLY);
    close(own);
    set_limit(RLIMIT_NOFILE, (rlim_t)(own + spare));
    int rc = attach ? lina_arena_attach(where, 0, &arena)
                    : lina_arena_create(where, MIB, &options, &arena);
    set_limit(RLIMIT_NOFILE, 1000);
    if (rc == LINA_OK)
        CHECK_OK(lina_arena_close(arena));
    else
        CHECK_ERR(rc, LINA_ERR_SYSTEM, "errno 24");
    CHECK_EQ(count_entries("/proc/self/fd"), before);
    CHECK_EQ(count_own_shm(), names);
    CHECK(!attach || names > 0); /* else the prefix would be wrong */
    return rc == LINA_OK;
}

TEST("with too few file descriptors a call says so, leaves nothing, and works with enough") {
    const char *where = unique_shm();
    lina_arena_options_t options = {.flags = LINA_ARENA_TEMPORARY};
    lina_arena_t *a;
    lina_arena_info_t info;
    int fd = -7;
    CHECK_OK(lina_arena_create(where, MIB, &options, &a));
    publish_bytes(a, "x", 100, 1);
    CHECK(!works_with(0, NULL, false));
    CHECK(!works_with(0, unique_shm(), false));
    CHECK(!works_with(0, where, true));
    for (int spare = 1; spare < 5; spare++) { /* each `open` inside the calls fails once */
        works_with(spare, NULL, false);
        works_with(spare, unique_shm(), false);
        works_with(spare, where, true);
    }
    CHECK(works_with(5, NULL, false));
    CHECK(works_with(5, unique_shm(), false));
    CHECK(works_with(5, where, true));
    int own = open("/dev/null", O_RDONLY);
    close(own);
    set_limit(RLIMIT_NOFILE, (rlim_t)own);
    CHECK_ERR(lina_arena_inspect(where, &info), LINA_ERR_SYSTEM, "errno 24");
    CHECK_ERR(lina_arena_fd(a, &fd), LINA_ERR_SYSTEM, "errno 24");
    CHECK_EQ(fd, -7);
    publish_bytes(a, "x", 100, 2); /* an arena that exists needs no new descriptor */
    set_limit(RLIMIT_NOFILE, 1000);
    CHECK_OK(lina_arena_fd(a, &fd));
    CHECK_OK(lina_arena_close(a));
}

TEST("a forked child for which no descriptor is left says so and does no harm") {
    lina_arena_t *a = new_arena(4096);
    publish_bytes(a, "x", 100, 1);
    pid_t pid;
    int own = open("/dev/null", O_RDONLY);
    close(own);
    set_limit(RLIMIT_NOFILE, (rlim_t)own);
    pid = spawn();
    if (pid == 0) {
        lina_view_t view;
        CHECK_ERR(lina_acquire(a, "x", &view), LINA_ERR_CLOSED, "after fork");
        CHECK_ERR(make(a, "y", U8, 1), LINA_ERR_CLOSED, "after fork");
        CHECK_OK(lina_arena_close(a));
        done();
    }
    CHECK_EQ(reap(pid), 0);
    set_limit(RLIMIT_NOFILE, 1000);
    CHECK_EQ(info_of(a).members, 1);
    publish_bytes(a, "x", 100, 2);
}

/* ---- sizes of files ---------------------------------------------------------------------------- */

TEST("an arena above the limit of file sizes is NO_MEMORY, and the process lives") {
    const char *where = unique_file();
    lina_arena_t *a;
    set_limit(RLIMIT_FSIZE, MIB);
    CHECK_ERR(lina_arena_create(NULL, 64 * MIB, NULL, &a), LINA_ERR_NO_MEMORY, "File too large");
    CHECK_ERR(lina_arena_create(where, 64 * MIB, NULL, &a), LINA_ERR_NO_MEMORY, where);
    set_limit(RLIMIT_FSIZE, RLIM_INFINITY);
    CHECK_OK(lina_arena_create(NULL, 64 * MIB, NULL, &a));
}

/* ---- address space ----------------------------------------------------------------------------- */

TEST("without address space for it an arena is NO_MEMORY, and fits when there is some again") {
    if (SANITIZED)
        SKIP("a sanitizer's shadow memory needs the address space itself");
    const char *where = unique_shm();
    lina_arena_options_t options = {.flags = LINA_ARENA_TEMPORARY};
    lina_arena_t *a, *b;
    CHECK_OK(lina_arena_create(where, 256 * MIB, &options, &a));
    publish_bytes(a, "x", 100, 1);
    int before = count_entries("/proc/self/fd");
    set_limit(RLIMIT_AS, 400 * MIB);
    CHECK_ERR(lina_arena_attach(where, 0, &b), LINA_ERR_NO_MEMORY, where);
    CHECK_ERR(lina_arena_create(NULL, 1024 * MIB, NULL, &b), LINA_ERR_NO_MEMORY, "map");
    CHECK_ERR(lina_arena_create(unique_shm(), 1024 * MIB, NULL, &b), LINA_ERR_NO_MEMORY, "map");
    CHECK_EQ(count_entries("/proc/self/fd"), before);
    publish_bytes(a, "x", 100, 2);
    set_limit(RLIMIT_AS, RLIM_INFINITY);
    CHECK_OK(lina_arena_attach(where, 0, &b));
    CHECK_OK(lina_arena_close(b));
    CHECK_OK(lina_arena_close(a));
}

TEST("1,024 members of an empty named arena of 256 MiB take less than 8 MiB") {
    static lina_arena_t *members[1023];
    const char *where = unique_shm();
    lina_arena_options_t options = {.flags = LINA_ARENA_TEMPORARY};
    lina_arena_t *a;
    const struct rlimit many = {8192, 8192};
    if (setrlimit(RLIMIT_NOFILE, &many) != 0)
        SKIP("this process may not open so many descriptors: %s", strerror(errno));
    CHECK_OK(lina_arena_create(where, 256 * MIB, &options, &a));
    for (int i = 0; i < 1023; i++)
        CHECK_OK(lina_arena_attach(where, 0, &members[i]));
    CHECK_EQ(info_of(a).members, 1024);
    CHECK(info_of(a).resident_bytes < 8 * MIB);
    for (int i = 0; i < 1023; i++)
        CHECK_OK(lina_arena_close(members[i]));
    CHECK_OK(lina_arena_close(a));
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

TEST("reserving more than the machine has is NO_MEMORY, and the process lives") {
    lina_arena_options_t options = {.flags = LINA_ARENA_RESERVE};
    lina_arena_t *a;
    CHECK_ERR(lina_arena_create(NULL, UINT64_C(1) << 44, &options, &a), LINA_ERR_NO_MEMORY,
              "cannot");
    CHECK_ERR(lina_arena_create(unique_shm(), UINT64_C(1) << 44, &options, &a), LINA_ERR_NO_MEMORY,
              "cannot");
}

/* ---- memory ------------------------------------------------------------------------------------ */

static bool write_to(const char *folder, const char *file, const char *text) {
    char path[512];
    snprintf(path, sizeof path, "%s/%s", folder, file);
    int fd = open(path, O_WRONLY | O_CLOEXEC);
    bool done = fd >= 0 && write(fd, text, strlen(text)) == (ssize_t)strlen(text);
    if (fd >= 0)
        close(fd);
    return done;
}

/* Makes a control group with a limit of 192 MiB and puts this process into it. */
static void enter_small_group(char *group, size_t capacity) {
    static const char *const limits[][2] = {{"/sys/fs/cgroup/memory", "memory.limit_in_bytes"},
                                            {"/sys/fs/cgroup", "memory.max"}};
    for (int kind = 0; kind < 2; kind++) {
        snprintf(group, capacity, "%s/lina-test-%d", limits[kind][0], (int)getpid());
        if (mkdir(group, 0700) != 0)
            continue;
        if (write_to(group, limits[kind][1], "201326592") && write_to(group, "cgroup.procs", "0"))
            return;
        rmdir(group);
    }
    SKIP("no control group of our own here: %s", strerror(errno));
}

/* Waits for the process and removes its group. */
static void leave_small_group(pid_t pid) {
    static const char *const roots[] = {"/sys/fs/cgroup/memory", "/sys/fs/cgroup"};
    char group[256];
    int ended = reap(pid);
    for (int kind = 0; kind < 2; kind++) {
        snprintf(group, sizeof group, "%s/lina-test-%d/inner", roots[kind], (int)pid);
        rmdir(group);
        *strrchr(group, '/') = '\0';
        rmdir(group);
    }
    if (ended == TEST_SKIPPED)
        exit(TEST_SKIPPED); /* the child has set the reason */
    CHECK_EQ(ended, 0);
}

/* In named memory, the creation of an array takes its pages. So it fails if the group has too little memory. */
static void fill_beyond_the_limit(void) {
    lina_arena_options_t options = {.flags = LINA_ARENA_TEMPORARY, .max_arrays = 64};
    lina_arena_t *a;
    CHECK_OK(lina_arena_create(unique_shm(), 1024 * MIB, &options, &a));
    CHECK_OK(make(a, "first", U8, 16 * MIB));
    CHECK_ERR(make(a, "all", U8, 512 * MIB), LINA_ERR_NO_MEMORY, "all");
    publish_bytes(a, "some", 96 * MIB, 1);
    CHECK_ERR(make(a, "more", U8, 96 * MIB), LINA_ERR_NO_MEMORY, "more");
    publish_bytes(a, "some", 8 * MIB, 1);
    CHECK_OK(lina_remove(a, "first"));     /* gives its pages back */
    publish_bytes(a, "some", 96 * MIB, 1); /* uses the pages of the first generation again */
    CHECK_OK(lina_arena_close(a));
}

/* The system cannot tell pages that were taken and never written from missing ones. Taking them again must work. */
static void take_twice(void) {
    lina_arena_options_t options = {.flags = LINA_ARENA_TEMPORARY, .max_arrays = 64};
    lina_arena_t *a;
    CHECK_OK(lina_arena_create(unique_shm(), 256 * MIB, &options, &a));
    CHECK_OK(make(a, "first", U8, 16 * MIB));
    lina_view_t view = borrow(&view, a, "big", U8, 128 * MIB);
    CHECK_OK(lina_discard(&view));
    CHECK_OK(lina_remove(a, "first"));
    view = borrow(&view, a, "big", U8, 140 * MIB); /* begins where "first" was */
    CHECK_OK(lina_discard(&view));
    CHECK_OK(lina_arena_close(a));
}

/* Kept pages must not fill a small group. */
static void remove_near_the_limit(void) {
    lina_arena_t *a;
    CHECK_OK(lina_arena_create(NULL, 64 * MIB, NULL, &a));
    publish_bytes(a, "x", 32 * MIB, 1);
    CHECK(info_of(a).resident_bytes >= 32 * MIB);
    CHECK_OK(lina_remove(a, "x"));
    CHECK(info_of(a).resident_bytes < MIB);
    CHECK_OK(lina_arena_close(a));
}

TEST("taking more than a container's limit is NO_MEMORY, and the process lives") {
    char group[256];
    lina_arena_options_t options = {.flags = LINA_ARENA_RESERVE};
    lina_arena_t *a;
    pid_t pid = spawn();
    if (pid == 0) {
        enter_small_group(group, sizeof group);
        CHECK_ERR(lina_arena_create(NULL, 512 * MIB, &options, &a), LINA_ERR_NO_MEMORY, "reserve");
        CHECK_ERR(lina_arena_create(unique_shm(), 512 * MIB, &options, &a), LINA_ERR_NO_MEMORY,
                  "reserve");
        CHECK_OK(lina_arena_create(NULL, 32 * MIB, &options, &a));
        publish_bytes(a, "x", 100, 1);
        fill_beyond_the_limit();
        take_twice();
        remove_near_the_limit();
        done();
    }
    leave_small_group(pid);
}

TEST(
    "pages of files that can be dropped are no reason for NO_MEMORY, in whichever group they are") {
    static const char some[1 << 20];
    char group[256], inner[300], path[64];
    lina_arena_options_t options = {.flags = LINA_ARENA_RESERVE};
    lina_arena_t *a;
    pid_t pid = spawn();
    if (pid == 0) {
        enter_small_group(group, sizeof group);
        snprintf(inner, sizeof inner, "%s/inner", group);
        CHECK_EQ(mkdir(inner, 0700), 0);
        CHECK(write_to(inner, "cgroup.procs", "0"));
        snprintf(path, sizeof path, "/var/tmp/lina-test-%d", (int)getpid());
        int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
        unlink(path);
        for (int i = 0; i < 120; i++)
            CHECK_EQ(write(fd, some, sizeof some), sizeof some);
        CHECK_EQ(fsync(fd), 0);
        CHECK_OK(lina_arena_create(NULL, 128 * MIB, &options, &a));
        done();
    }
    leave_small_group(pid);
}

/* ---- a full disk ------------------------------------------------------------------------------- */

#define DISK "/tmp"

/* Mounts a file system of `bytes` on a folder. Only this process and its children see it. */
static void mount_small_at(const char *folder, const char *bytes) {
    char options[64];
    if (unshare(geteuid() == 0 ? CLONE_NEWNS : CLONE_NEWNS | CLONE_NEWUSER) != 0 ||
        mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) != 0)
        SKIP("no mount namespace of our own here: %s", strerror(errno));
    snprintf(options, sizeof options, "size=%s", bytes);
    if (mount("lina-test", folder, "tmpfs", 0, options) != 0)
        SKIP("no file system of our own here: %s", strerror(errno));
}
static void mount_small(const char *bytes) { mount_small_at(DISK, bytes); }

/* Fills the disk with arrays and removes them, each round as a new member. */
static void fill_disk(int rounds) {
    lina_arena_options_t options = {.max_arrays = 64, .max_signals = 16, .max_members = 4};
    lina_arena_t *made, *found;
    CHECK_OK(lina_arena_create("file:" DISK "/x", 64 * MIB, &options, &made));
    CHECK_OK(lina_arena_attach("file:" DISK "/x", 0, &found));
    lina_arena_t *all[] = {made, found, join_arena(made, 0)};
    for (int round = 0; round < rounds; round++) {
        lina_arena_t *a = all[round];
        char name[16];
        int n = 0, rc;
        for (;; n++) {
            snprintf(name, sizeof name, "n%d", n);
            rc = make(a, name, U8, MIB);
            if (rc != LINA_OK)
                break;
            lina_view_t view = hold(&view, a, name);
            CHECK(all_are(view.data, MIB, 0));
            memset(view.data, 0xaa, MIB); /* every page must exist */
            lina_release(&view);
        }
        CHECK_ERR(rc, LINA_ERR_NO_MEMORY, name);
        CHECK(n >= 6 && n < 8);
        CHECK_OK(lina_check_arena(a));
        CHECK_OK(lina_arena_signal(a, "s"));
        for (int i = 0; i < n; i++) {
            snprintf(name, sizeof name, "n%d", i);
            lina_view_t view = hold(&view, a, name);
            CHECK(all_are(view.data, MIB, 0xaa));
            lina_release(&view);
            CHECK_OK(lina_remove(a, name));
        }
    }
}

TEST("an arena larger than its disk can be used up to the disk's size, then NO_MEMORY, never "
     "SIGBUS") {
    mount_small("8m");
    fill_disk(3);
}

TEST("the same on a file system without fallocate") {
    mount_small("8m");
    refuse(SYS_fallocate,
           EOPNOTSUPP); /* pages cannot be given back either: a full disk stays full */
    fill_disk(1);
}

TEST("small arrays on a full disk are NO_MEMORY too, and the rest of the arena stays usable") {
    mount_small("2m");
    lina_arena_options_t options = {.max_arrays = 1 << 17, .max_signals = 16, .max_members = 4};
    lina_arena_t *a;
    char name[16];
    CHECK_ERR(lina_arena_create("file:" DISK "/x", 64 * MIB, &options, &a), LINA_ERR_NO_MEMORY,
              "reserve"); /* the tables alone do not fit */
    CHECK_EQ(count_entries(DISK), 2);
    options.max_arrays = 1024;
    CHECK_OK(lina_arena_create("file:" DISK "/x", 64 * MIB, &options, &a));
    int n = 0;
    for (;; n++) {
        snprintf(name, sizeof name, "n%d", n);
        if (make(a, name, U8, 5000) != LINA_OK)
            break;
        lina_view_t view = hold(&view, a, name);
        memset(view.data, 0xaa, 5000);
        lina_release(&view);
    }
    CHECK_ERR(lina_last_error_code(), LINA_ERR_NO_MEMORY, name);
    CHECK(n > 100);
    CHECK_OK(lina_remove(a, "n0"));
    CHECK_OK(make(a, "again", U8, 5000)); /* in the pages of "n0" */
    CHECK_OK(lina_check_arena(a));
}

/* Publishes a generation of a MiB, every page of which must exist. */
static int publish_mib(lina_arena_t *a, int byte) {
    lina_view_t view;
    int rc = lina_loan(a, "s", U8, 1, SHAPE(MIB), LINA_LAYOUT_C, &view);
    if (rc != LINA_OK)
        return rc;
    memset(view.data, byte, MIB);
    rc = lina_publish(&view);
    if (rc != LINA_OK)
        CHECK_OK(lina_discard(&view));
    return rc;
}

TEST("a stream that is deeper than the disk goes on: what no reader has still to take makes room") {
    mount_small("8m");
    lina_arena_options_t options = {.max_arrays = 64, .max_signals = 16, .max_members = 4};
    lina_arena_t *a;
    lina_stream_info_t info;
    CHECK_OK(lina_arena_create("file:" DISK "/x", 64 * MIB, &options, &a));
    CHECK_OK(lina_stream_open(a, "s", 32));
    for (int i = 1; i <= 50; i++)
        CHECK_OK(publish_mib(a, i));
    CHECK_OK(lina_stream_info(a, "s", &info));
    CHECK(info.sequence == 50 && info.kept >= 1 && info.kept < 8);
    lina_view_t newest = hold(&newest, a, "s");
    CHECK(all_are(newest.data, MIB, 50));
    lina_release(&newest);
    CHECK_OK(lina_check_arena(a));
}

TEST("on a full disk a reader still gets all that was published for it, and then there is room "
     "again") {
    mount_small("8m");
    lina_arena_options_t options = {.max_arrays = 64, .max_signals = 16, .max_members = 4};
    lina_arena_t *a;
    lina_reader_t reader;
    int published = 0, rc;
    CHECK_OK(lina_arena_create("file:" DISK "/x", 64 * MIB, &options, &a));
    CHECK_OK(lina_stream_open(a, "s", 32));
    CHECK_OK(lina_reader_open(a, "s", NULL, &reader));
    while ((rc = publish_mib(a, published + 1)) == LINA_OK)
        published++;
    CHECK_ERR(rc, LINA_ERR_NO_MEMORY, "\"s\"");
    CHECK(published >= 5 && published < 8);
    for (int i = 1; i <= published; i++) {
        lina_view_t view;
        CHECK_OK(lina_reader_next(&reader, 0, &view));
        CHECK(view.sequence == (uint64_t)i && all_are(view.data, MIB, i));
        lina_release(&view);
    }
    for (int i = 1; i <= 2 * published; i++) {
        lina_view_t view;
        CHECK_OK(publish_mib(a, i));
        CHECK_OK(lina_reader_next(&reader, 0, &view));
        CHECK(view.sequence == (uint64_t)(published + i) && all_are(view.data, MIB, i));
        lina_release(&view);
    }
    lina_reader_close(&reader);
    CHECK_OK(lina_check_arena(a));
}

/* Copies a file as `cp` does: pages of zeroes become holes. */
static void copy_sparsely(const char *from, const char *to) {
    static const char zeroes[4096];
    char page[4096];
    int in = open(from, O_RDONLY), out = open(to, O_RDWR | O_CREAT, 0600);
    off_t at = 0;
    for (; read(in, page, sizeof page) == sizeof page; at += (off_t)sizeof page)
        if (memcmp(page, zeroes, sizeof page) != 0)
            CHECK_EQ(pwrite(out, page, sizeof page, at), sizeof page);
    CHECK_EQ(ftruncate(out, at), 0);
    close(in);
    close(out);
}

/* Fills the disk until `bytes` are left. */
static void fill_up_to(int filler, uint64_t bytes) {
    static const char some[16 << 10];
    struct statvfs fs;
    do {
        CHECK_EQ(fstatvfs(filler, &fs), 0);
    } while (fs.f_bavail * fs.f_bsize > bytes && write(filler, some, sizeof some) > 0);
}

TEST("a copy of an arena has its pages before it is joined, or is NO_MEMORY on a full disk") {
    mount_small("24m");
    lina_arena_options_t options = {.max_arrays = 64};
    lina_arena_t *a;
    CHECK_OK(lina_arena_create("file:" DISK "/x", 8 * MIB, &options, &a));
    publish_bytes(a, "written", MIB, 0x55);
    CHECK_OK(make(a, "zero", U8, 6 * MIB));
    CHECK_OK(lina_arena_close(a));
    copy_sparsely(DISK "/x", DISK "/y");
    int filler = open(DISK "/filler", O_CREAT | O_WRONLY, 0600);
    for (uint64_t left = 5 * MIB; left > 0; left -= MIB) { /* some pages, fewer, none */
        fill_up_to(filler, left - MIB);
        CHECK_ERR(lina_arena_attach("file:" DISK "/y", 0, &a), LINA_ERR_NO_MEMORY, "/y");
    }
    CHECK_EQ(unlink(DISK "/x"), 0);
    CHECK_OK(lina_arena_attach("file:" DISK "/y", 0, &a));
    fill_up_to(filler, 0);
    lina_view_t view = hold(&view, a, "written");
    CHECK(all_are(view.data, MIB, 0x55));
    lina_release(&view);
    view = hold(&view, a, "zero");
    memset(view.data, 0xaa, 6 * MIB);
    lina_release(&view);
    CHECK_OK(lina_arena_signal(a, "s"));
    CHECK_OK(lina_check_arena(a));
    close(filler);
}

TEST("the error on a small /dev/shm names it, its size and how to make it larger") {
    mount_small_at("/dev/shm", "1m");
    lina_arena_options_t options = {.flags = LINA_ARENA_RESERVE, .max_arrays = 64};
    lina_arena_t *a;
    const char *where = unique_shm();
    CHECK_ERR(lina_arena_create(where, 8 * MIB, &options, &a), LINA_ERR_NO_MEMORY,
              "/dev/shm has 1 MiB, and ");
    CHECK_ERR(lina_arena_create(where, 8 * MIB, &options, &a), LINA_ERR_NO_MEMORY, "--shm-size");
    options = (lina_arena_options_t){.max_arrays = 1 << 20};
    CHECK_ERR(lina_arena_create(where, 512 * MIB, &options, &a), LINA_ERR_NO_MEMORY,
              "cannot reserve its tables: /dev/shm has 1 MiB, and ");
    options = (lina_arena_options_t){.max_arrays = 64, .max_members = 4};
    CHECK_OK(lina_arena_create(where, 8 * MIB, &options, &a));
    CHECK_ERR(make(a, "big", U8, 4 * MIB), LINA_ERR_NO_MEMORY,
              "array \"big\": the system has no room");
    CHECK_ERR(make(a, "big", U8, 4 * MIB), LINA_ERR_NO_MEMORY, ": /dev/shm has 1 MiB, and ");
    CHECK_ERR(make(a, "big", U8, 4 * MIB), LINA_ERR_NO_MEMORY, "--shm-size");
    CHECK_OK(make(a, "small", U8, 64 << 10));
    CHECK_OK(lina_arena_close(a));
}

TEST("a stream whose tables find no room says that the disk is full, and can be opened later") {
    mount_small("1m");
    lina_arena_options_t options = {.max_arrays = 64, .max_signals = 16, .max_members = 4};
    lina_arena_t *a;
    CHECK_OK(lina_arena_create("file:" DISK "/x", 8 * MIB, &options, &a));
    int filler = open(DISK "/filler", O_CREAT | O_WRONLY, 0600);
    fill_up_to(filler, 0);
    CHECK_ERR(lina_stream_open(a, "s", 2), LINA_ERR_NO_MEMORY,
              "stream \"s\": the system has no room for its tables: its disk has 1 MiB, and 0 KiB");
    CHECK_EQ(unlink(DISK "/filler"), 0);
    close(filler);
    CHECK_OK(lina_stream_open(a, "s", 2));
    CHECK_OK(lina_check_arena(a));
}

TEST("reserving more than the disk has is NO_MEMORY and leaves no file") {
    mount_small("4m");
    lina_arena_options_t options = {.flags = LINA_ARENA_RESERVE, .max_arrays = 64};
    lina_arena_t *a;
    CHECK_ERR(lina_arena_create("file:" DISK "/x", 8 * MIB, &options, &a), LINA_ERR_NO_MEMORY,
              "reserve");
    CHECK_EQ(count_entries(DISK), 2); /* . and .. */
    CHECK_OK(lina_arena_create("file:" DISK "/x", 2 * MIB, &options, &a));
    int fd = open(DISK "/filler", O_CREAT | O_WRONLY, 0600);
    CHECK(posix_fallocate(fd, 0, 4 << 20) == ENOSPC); /* another file takes all that is left */
    for (int i = 0; i < 3; i++) {
        CHECK_OK(make(a, "x", U8, 2 * MIB));
        lina_view_t view = hold(&view, a, "x");
        CHECK(all_are(view.data, 2 * MIB, 0));
        memset(view.data, 0xaa, 2 * MIB);
        lina_release(&view);
        CHECK_OK(lina_remove(a, "x"));
    }
    close(fd);
}
