/* test_named.c - tests arenas with names: shared memory, files, restarts, orphans, other users. */
#include <glob.h>

#include "../random.h"
#include "../refuse.h"
#include "atomic.h"
#include "named.h"

/* ---- named arenas ------------------------------------------------------------------------------ */

TEST("shared memory and a file have mode 0600, whatever the umask, and the name they were given") {
    const char *all[] = {unique_shm(), unique_file()};
    umask(0);
    for (int i = 0; i < 2; i++) {
        lina_arena_t *a = create_named(all[i], 0);
        struct stat st;
        CHECK_EQ(stat(path_of(all[i]), &st), 0);
        CHECK_EQ(st.st_mode, S_IFREG | 0600);
        CHECK_STR(info_of(a).where, all[i]);
        CHECK_OK(lina_arena_close(a));
        CHECK_OK(lina_arena_unlink(all[i]));
        CHECK(!exists(all[i]));
    }
}

TEST("a name that an arena has cannot be created, replaced or unlinked while a member has it") {
    const char *where = unique_shm();
    lina_arena_t *a = create_named(where, LINA_ARENA_TEMPORARY), *b;
    write_f64(a, "x", 1.5);
    CHECK_ERR(lina_arena_create(where, MIB, NULL, &b), LINA_ERR_EXISTS, where);
    lina_arena_options_t too_large = {.flags =
                                          LINA_ARENA_RESERVE}; /* fails before it asks for memory */
    CHECK_ERR(lina_arena_create(where, MIB << 20, &too_large, &b), LINA_ERR_EXISTS, where);
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
    lina_view_t tail = hold(&tail, a, "tail");
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

TEST("a file keeps its arrays when all its members were killed") {
    const char *where = unique_file();
    int ready[2];
    char byte;
    CHECK_EQ(pipe(ready), 0);
    pid_t pid = spawn();
    if (pid == 0) {
        lina_arena_t *a = create_named(where, 0);
        write_f64(a, "x", 7);
        lina_view_t view = hold(&view, a, "x"), loan = borrow(&loan, a, "y", U8, 1000);
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
    lina_arena_t *b = attach(where); /* not a restart: there is another member */
    CHECK_EQ(info_of(b).held, 4);
    CHECK_OK(lina_arena_close(b));
    CHECK_EQ(info_of(a).held, 4);
    CHECK_OK(lina_arena_close(a));
    a = attach(where);
    CHECK_EQ(info_of(a).held, 0);
    write_f64(a, "x", 9); /* the generation from before the restart is freed */
    CHECK_EQ(info_of(a).held, 0);
    CHECK_EQ(info_of(a).used_bytes, 128);
    CHECK_OK(lina_arena_close(a));
    CHECK_OK(lina_arena_unlink(where));
}

TEST("an arena whose members are gone is an orphan, and can be replaced or unlinked") {
    const char *where = unique_shm();
    pid_t pid = spawn();
    if (pid == 0) {
        write_f64(create_named(where, 0), "x", 3);
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
    lina_arena_t *a, *b;
    CHECK_ERR(lina_arena_create(where, MIB, NULL, &a), LINA_ERR_EXISTS, where);
    CHECK(strstr(lina_last_error(), "nobody has it") != NULL);
    a = create_named(where, LINA_ARENA_REPLACE);
    CHECK_ERR(lina_arena_create(where, MIB, NULL, &b), LINA_ERR_EXISTS, "1 members");
    CHECK_EQ(count_arrays(a), 0);
    CHECK_OK(lina_arena_inspect(where, &info));
    CHECK_EQ(info.orphan, 0);
    CHECK_EQ(info.members, 1);
    CHECK_OK(lina_arena_close(a));
    CHECK_OK(lina_arena_unlink(where));
    CHECK_ERR(lina_arena_unlink(where), LINA_ERR_NOT_FOUND, where);
    CHECK_ERR(lina_arena_inspect(where, &info), LINA_ERR_NOT_FOUND, where);
    lina_clear_error();
    CHECK_OK(lina_arena_close(create_named(where, LINA_ARENA_REPLACE)));
    CHECK_EQ(lina_last_error_code(), LINA_OK); /* nothing to replace is no failure */
    CHECK_OK(lina_arena_unlink(where));
}

/* Unlinks the file under a temporary name that the making of `where` left. False if there is none. A process of
 * another test may be sweeping it. */
static bool unlink_unfinished(const char *where) {
    char pattern[300], name[300];
    glob_t found;
    snprintf(pattern, sizeof pattern, "%s.new-*", path_of(where));
    if (glob(pattern, 0, NULL, &found) != 0)
        return false;
    CHECK_EQ(found.gl_pathc, 1);
    snprintf(name, sizeof name, "shm:%s", strstr(found.gl_pathv[0], "lina.") + 5);
    int rc;
    while ((rc = lina_arena_unlink(name)) == LINA_ERR_BUSY)
        sched_yield();
    CHECK(rc == LINA_OK || rc == LINA_ERR_NOT_FOUND);
    globfree(&found);
    return true;
}

/* Kills a creator at some instant. Checks that the name then leads to a complete arena, or to nothing. Returns how
 * many other files are left: 0 or 1. */
static int kill_creator(const char *where) {
    int up[2];
    char byte;
    CHECK_EQ(pipe(up), 0);
    pid_t pid = spawn();
    while (pid == 0) {
        CHECK_EQ(write(up[1], "!", 1), 1);
        CHECK_OK(lina_arena_close(create_named(where, LINA_ARENA_TEMPORARY)));
    }
    CHECK_EQ(read(up[0], &byte, 1), 1);
    kill_and_reap(pid);
    close(up[0]);
    close(up[1]);
    int unfinished = unlink_unfinished(where);
    /* If the arena is complete, its next member removes the name, or a process of another test sweeps it. */
    lina_arena_t *orphan;
    int rc;
    while ((rc = lina_arena_attach(where, 0, &orphan)) == LINA_ERR_BUSY)
        sched_yield(); /* just being swept */
    if (rc == LINA_OK)
        CHECK_OK(lina_arena_close(orphan));
    else
        CHECK_ERR(rc, LINA_ERR_NOT_FOUND, where);
    CHECK(!exists(where));
    return unfinished;
}

TEST("a creator that is killed leaves nothing, or an orphan under the name") {
    const char *where = unique_shm();
    for (int i = 0; i < 300; i++)
        CHECK_EQ(kill_creator(where), 0);
}

TEST("a creator that is killed where files need names leaves nothing under the name, or an orphan, "
     "and at most one other file") {
    const char *where = unique_shm();
    int unfinished = 0;
    refuse_nameless_files();
    for (int i = 0; i < 1000 && unfinished < 5; i++)
        unfinished += kill_creator(where);
    CHECK(unfinished > 0);
}

TEST("a temporary arena's name goes with its last member, whichever that is") {
    const char *where = unique_shm();
    lina_arena_t *a = create_named(where, LINA_ARENA_TEMPORARY), *b = attach(where);
    CHECK_OK(lina_arena_close(a));
    CHECK(exists(where));
    CHECK_OK(lina_arena_close(b));
    CHECK(!exists(where));
    a = create_named(where, LINA_ARENA_TEMPORARY);
    b = join_arena(a, 0); /* attached by a descriptor, so it was never told the name */
    CHECK_OK(lina_arena_close(a));
    CHECK(exists(where));
    CHECK_OK(lina_arena_close(b));
    CHECK(!exists(where));
}

TEST("a temporary arena's name is removed with its last member, also while a view is held, and "
     "after chdir") {
    const char *where = unique("file:");
    CHECK_EQ(chdir("/tmp"), 0);
    lina_arena_t *a = create_named(where, LINA_ARENA_TEMPORARY);
    write_f64(a, "x", 1);
    lina_view_t view = hold(&view, a, "x");
    lina_arena_t *b;
    CHECK_OK(lina_arena_attach(where, 0, &b));
    CHECK_OK(lina_arena_close(a));
    CHECK(exists(where));
    CHECK_EQ(chdir("/"), 0);
    CHECK_OK(lina_arena_close(b));
    CHECK_EQ(chdir("/tmp"), 0);
    CHECK(!exists(where));
    lina_release(&view);
}

TEST("a temporary arena does not remove a name that another arena has taken since") {
    const char *where = unique_shm();
    lina_arena_t *a = create_named(where, LINA_ARENA_TEMPORARY);
    CHECK_EQ(unlink(path_of(where)), 0);
    lina_arena_t *b = create_named(where, 0);
    CHECK_OK(lina_arena_close(a));
    CHECK(exists(where));
    CHECK_OK(lina_arena_close(b));
    CHECK_OK(lina_arena_unlink(where));
}

/* An arena without members, in which "x" is `value`. */
static const char *closed(double value) {
    const char *where = unique_shm();
    lina_arena_t *a = create_named(where, 0);
    write_f64(a, "x", value);
    CHECK_OK(lina_arena_close(a));
    return where;
}

TEST("a process that attaches while a name moves joins the arena that it sees, or none") {
    const char *one = closed(1), *two = closed(2);
    char path[256];
    snprintf(path, sizeof path, "%s", path_of(two));
    lina_arena_t *a = attach(one), *b;
    pid_t mover = spawn();
    while (mover == 0)
        CHECK_EQ(syscall(SYS_renameat2, AT_FDCWD, path_of(one), AT_FDCWD, path, 2),
                 0); /* exchanges */
    int seen[3] = {0};
    for (int i = 0; i < 4000; i++) {
        int rc = lina_arena_attach(one, 0, &b);
        if (rc == LINA_OK) {
            int x = (int)read_f64(b, "x");
            CHECK_EQ(info_of(b).members, x == 1 ? 2 : 1); /* by the locks on its file */
            CHECK_OK(lina_arena_close(b));
            seen[x]++;
        } else {
            CHECK_ERR(rc, LINA_ERR_NOT_FOUND, one);
        }
    }
    kill_and_reap(mover);
    CHECK(seen[1] > 0 && seen[2] > 0);
    CHECK_OK(lina_arena_close(a));
    CHECK_OK(lina_arena_unlink(one));
    CHECK_OK(lina_arena_unlink(two));
}

TEST(
    "a process that attaches while the last member leaves finds the arena with its name, or none") {
    const char *where = unique_shm();
    lina_arena_options_t options = {.flags = LINA_ARENA_TEMPORARY, .max_arrays = 16};
    lina_arena_t *a, *b;
    /* Told to stop, not killed: a creator that is killed can leave a file under a temporary name. */
    uint32_t *stop =
        mmap(NULL, sizeof *stop, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    CHECK(stop != MAP_FAILED);
    pid_t other = spawn();
    if (other == 0) {
        uint64_t seed = 1;
        while (__atomic_load_n(stop, __ATOMIC_RELAXED) == 0)
            if (lina_arena_create(where, 4096, &options, &a) == LINA_OK) {
                for (uint32_t i = random_below(&seed, 1000); i > 0; i--) /* some 30 us */
                    spin_pause();
                CHECK_OK(lina_arena_close(a));
            }
        done();
    }
    for (int found = 0; found < 500;) {
        int rc = lina_arena_attach(where, 0, &b), fd;
        if (rc == LINA_OK) {
            struct stat st;
            CHECK_OK(lina_arena_fd(b, &fd));
            CHECK_EQ(fstat(fd, &st), 0);
            CHECK_EQ(st.st_nlink, 1);
            CHECK_OK(lina_arena_close(b));
            found++;
        } else if (rc != LINA_ERR_BUSY) { /* the other stopped while it had all the bytes */
            CHECK_ERR(rc, LINA_ERR_NOT_FOUND, where);
        }
    }
    __atomic_store_n(stop, 1, __ATOMIC_RELAXED);
    CHECK_EQ(reap(other), 0);
    CHECK(!exists(where));
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

TEST("places that have or allow no arena are refused with the right code") {
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
    CHECK_ERR(lina_arena_attach("file:/tmp", 0, &a), LINA_ERR_INVALID, "/tmp");
    CHECK_ERR(lina_arena_attach("file:/proc/self/exe", 0, &a), LINA_ERR_INVALID,
              "exe"); /* a link */
}

TEST("a fifo in the place of an arena does not make the attacher hang") {
    const char *where = unique_file();
    lina_arena_t *a;
    CHECK_EQ(mkfifo(path_of(where), 0600), 0);
    CHECK_ERR(lina_arena_attach(where, 0, &a), LINA_ERR_INVALID, where);
    CHECK_EQ(unlink(path_of(where)), 0);
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
