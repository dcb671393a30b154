/* test_joining.c - tests processes that make one arena at the same time, modes and users, arenas of dead members, and
 * many members. */
#include <sys/resource.h>
#include <sys/stat.h>

#include "named.h"

static int create(const char *where, uint64_t bytes, lina_arena_options_t options,
                  lina_arena_t **out) {
    return lina_arena_create(where, bytes, &options, out);
}

static uint32_t mode_of(const char *where) {
    struct stat st;
    CHECK_EQ(stat(path_of(where), &st), 0);
    return st.st_mode & 0777;
}

/* ---- joining ----------------------------------------------------------------------------------- */

TEST("of many processes that create or join an arena at once one makes it, and all are in it") {
    for (int round = 0; round < 10; round++) {
        const char *where = unique_shm();
        pid_t pids[6];
        for (int i = 0; i < 6; i++)
            if ((pids[i] = spawn()) == 0) {
                lina_arena_t *a;
                CHECK_OK(create(where, MIB, (lina_arena_options_t){.flags = LINA_ARENA_JOIN}, &a));
                CHECK_OK(lina_arena_signal(a, "in"));
                CHECK_OK(lina_arena_wait_value(a, "in", 6, SECONDS(60)));
                done();
            }
        for (int i = 0; i < 6; i++)
            CHECK_EQ(reap(pids[i]), 0);
        CHECK_OK(lina_arena_unlink(where));
    }
}

TEST("joining keeps the size of what is there, and the caller's last failure; smaller is INVALID") {
    const char *where = unique_shm();
    lina_arena_options_t options = {.flags = LINA_ARENA_JOIN, .max_arrays = 99};
    lina_arena_t *a = create_named(where, 0), *b;
    lina_clear_error();
    CHECK_OK(create(where, 4096, options, &b));
    CHECK_EQ(lina_last_error_code(), LINA_OK);
    CHECK_EQ(lina_arena_size(b), MIB);
    CHECK_EQ(info_of(b).max_arrays, info_of(a).max_arrays);
    CHECK_OK(lina_arena_close(b));
    CHECK_ERR(create(where, 2 * MIB, options, &b), LINA_ERR_INVALID, "1048576 bytes");
    CHECK_EQ(info_of(a).members, 1);
    CHECK_OK(lina_arena_close(a));
    CHECK_OK(create(where, 4096, options, &b)); /* joins an orphan as well */
    CHECK_OK(lina_arena_close(b));
    CHECK_OK(lina_arena_unlink(where));
}

TEST("joining a file that is no arena says so, and makes none") {
    const char *where = unique_file();
    lina_arena_t *a;
    int fd = open(path_of(where), O_CREAT | O_RDWR | O_CLOEXEC, 0600);
    CHECK_EQ(write(fd, "text", 4), 4);
    CHECK_ERR(create(where, MIB, (lina_arena_options_t){.flags = LINA_ARENA_JOIN}, &a),
              LINA_ERR_CORRUPT, "no arena");
    close(fd);
    CHECK_EQ(unlink(path_of(where)), 0);
}

/* ---- options, modes, users --------------------------------------------------------------------- */

TEST("flags and options that this version does not know are refused") {
    lina_arena_t *a;
    CHECK_ERR(create(NULL, MIB, (lina_arena_options_t){.unused = 1}, &a), LINA_ERR_INVALID,
              "reserved word");
    for (int i = 0; i < 5; i++) {
        lina_arena_options_t options = {.flags = 0};
        options.reserved[i] = 1;
        CHECK_ERR(create(NULL, MIB, options, &a), LINA_ERR_INVALID, "reserved word");
    }
    CHECK_ERR(create(NULL, MIB, (lina_arena_options_t){.flags = UINT32_C(1) << 31}, &a),
              LINA_ERR_INVALID, "flags 0x80000000");
}

TEST("a mode must allow both reading and writing or neither, and the umask does not change it") {
    const uint32_t modes[] = {0, 0600, 0660, 0666}, wrong[] = {0644, 0400, 0777, 0200, 01600};
    const char *kinds[] = {"shm:", "file:/tmp/"};
    lina_arena_t *a;
    umask(0077);
    for (int i = 0; i < 8; i++) {
        const char *where = unique(kinds[i % 2]);
        CHECK_OK(create(where, MIB, (lina_arena_options_t){.mode = modes[i / 2]}, &a));
        CHECK_EQ(mode_of(where), modes[i / 2] == 0 ? 0600 : modes[i / 2]);
        CHECK_OK(lina_arena_close(a));
        CHECK_OK(lina_arena_unlink(where));
    }
    for (int i = 0; i < 5; i++)
        CHECK_ERR(create(unique_shm(), MIB, (lina_arena_options_t){.mode = wrong[i]}, &a),
                  LINA_ERR_INVALID, "mode");
}

TEST("another user's arena is joined only with the flag that trusts its owner") {
    const char *kinds[] = {"shm:", "file:/tmp/"};
    if (geteuid() != 0)
        SKIP("only root can be another user");
    for (int i = 0; i < 2; i++) {
        const char *where = unique(kinds[i]);
        lina_arena_t *a, *b;
        CHECK_OK(create(where, MIB, (lina_arena_options_t){.mode = 0666}, &a));
        write_f64(a, "x", 7);
        pid_t pid = spawn();
        if (pid == 0) {
            CHECK_EQ(setuid(65534), 0);
            CHECK_ERR(lina_arena_attach(where, 0, &b), LINA_ERR_PERMISSION,
                      "LINA_ATTACH_OTHER_USER");
            CHECK_OK(lina_arena_attach(where, LINA_ATTACH_OTHER_USER, &b));
            CHECK_EQ(read_f64(b, "x"), 7);
            done();
        }
        CHECK_EQ(reap(pid), 0);
        CHECK_OK(lina_arena_close(a));
        CHECK_OK(lina_arena_unlink(where));
    }
}

/* ---- what dead members left --------------------------------------------------------------------- */

TEST("making a shared arena removes temporary ones whose members have died, and no others") {
    const char *dead = unique_shm(), *kept = unique_shm(), *used = unique_shm(),
               *next = unique_shm();
    lina_arena_t *a = create_named(used, LINA_ARENA_TEMPORARY), *b;
    pid_t pid = spawn();
    if (pid == 0) {
        create_named(dead, LINA_ARENA_TEMPORARY);
        create_named(kept, 0);
        raise(SIGKILL);
    }
    CHECK_EQ(reap(pid), 1000 + SIGKILL); /* any process may sweep its arena from now on */
    b = create_named(next, LINA_ARENA_TEMPORARY);
    CHECK(!exists(dead));
    CHECK(exists(kept));
    CHECK(exists(used));
    CHECK_OK(lina_arena_close(a));
    CHECK_OK(lina_arena_close(b));
    CHECK_OK(lina_arena_unlink(kept));
}

/* ---- the disk ---------------------------------------------------------------------------------- */

TEST("every kind of arena can be synced") {
    const char *where = unique_file();
    lina_arena_t *a = create_named(where, 0), *b = new_arena(MIB), *c;
    static _Alignas(64) unsigned char memory[8192];
    write_f64(a, "x", 5);
    CHECK_OK(lina_arena_sync(a));
    CHECK_OK(lina_arena_sync(b));
    CHECK_OK(lina_arena_register(memory, sizeof memory, &c));
    CHECK_OK(lina_arena_sync(c));
    CHECK_ERR(lina_arena_sync(NULL), LINA_ERR_NOT_READY, "default arena");
    CHECK_OK(lina_arena_close(a));
    CHECK_OK(lina_arena_unlink(where));
}

/* ---- many members, little memory --------------------------------------------------------------- */

TEST("1,024 members have one arena, with views of its arrays, and the next is BUSY") {
    static lina_arena_t *members[1023];
    static lina_view_t views[1023];
    struct rlimit many = {8192, 8192};
    if (setrlimit(RLIMIT_NOFILE, &many) != 0)
        SKIP("this process may not open so many descriptors: %s", strerror(errno));
    lina_arena_options_t options = {.max_arrays = 1100};
    lina_arena_t *a, *more;
    CHECK_OK(lina_arena_create(NULL, MIB, &options, &a));
    publish_bytes(a, "x", 100, 1);
    for (int i = 0; i < 1023; i++) {
        members[i] = join_arena(a, 0);
        CHECK_OK(lina_acquire(members[i], "x", &views[i]));
    }
    CHECK_EQ(info_of(a).members, 1024);
    int fd;
    char where[32];
    CHECK_OK(lina_arena_fd(a, &fd));
    snprintf(where, sizeof where, "fd:%d", fd);
    CHECK_ERR(lina_arena_attach(where, 0, &more), LINA_ERR_BUSY, "1024 member slots");
    publish_bytes(a, "x", 100, 2);
    for (int i = 0; i < 1023; i++) { /* members that share a bit: each still holds "x" */
        CHECK_EQ(info_of(a).held, 1);
        CHECK(all_are(views[i].data, 100, 1));
        lina_release(&views[i]);
    }
    CHECK_EQ(info_of(a).held, 0);
    CHECK_OK(lina_check_arena(a));
    for (int i = 0; i < 1023; i++)
        CHECK_OK(lina_arena_close(members[i]));
    CHECK_EQ(info_of(a).members, 1);
}

TEST("a member that dies gives its pins back, and not those of another that shares its bit") {
    lina_arena_t *a = new_arena(4096), *all[65];
    publish_bytes(a, "x", 100, 1);
    for (int i = 0; i < 65; i++)
        all[i] = join_arena(a, 0);
    CHECK_EQ(info_of(all[64]).member, 65); /* shares a bit with member 1 */
    lina_view_t view = hold(&view, all[64], "x");
    CHECK_OK(lina_arena_close(all[0]));
    pid_t pid = spawn();
    if (pid == 0) {
        lina_arena_t *one = join_arena(a, 0);
        CHECK_EQ(info_of(one).member, 1);
        hold(NULL, one, "x");
        raise(SIGKILL);
    }
    CHECK_EQ(reap(pid), 1000 + SIGKILL);
    publish_bytes(a, "x", 100, 2);
    CHECK_OK(lina_check_arena(a)); /* buries dead members */
    CHECK_EQ(info_of(a).held, 1);
    CHECK(all_are(view.data, 100, 1));
    lina_release(&view);
    CHECK_EQ(info_of(a).held, 0);
}

TEST("an empty named arena of 256 MiB takes less than 4 MiB, with 64 members as well") {
    const char *where = unique_shm();
    lina_arena_options_t options = {.flags = LINA_ARENA_TEMPORARY};
    lina_arena_t *a, *all[63];
    CHECK_OK(lina_arena_create(where, 256 * MIB, &options, &a));
    CHECK(info_of(a).resident_bytes < 4 * MIB);
    for (int i = 0; i < 63; i++)
        CHECK_OK(lina_arena_attach(where, 0, &all[i]));
    CHECK(info_of(a).resident_bytes < 4 * MIB);
    for (int i = 0; i < 63; i++)
        CHECK_OK(lina_arena_close(all[i]));
    CHECK_OK(lina_arena_close(a));
}

TEST("tables grow by steps as arrays are made, and another member reaches the new parts") {
    const char *where = unique_shm();
    lina_arena_options_t options = {.flags = LINA_ARENA_TEMPORARY, .max_arrays = 5000};
    lina_arena_t *a, *b;
    char name[16];
    CHECK_OK(lina_arena_create(where, MIB, &options, &a));
    CHECK_OK(lina_arena_attach(where, 0, &b));
    uint64_t before = info_of(a).resident_bytes;
    for (int i = 0; i < 5000; i++) {
        snprintf(name, sizeof name, "n%d", i);
        CHECK_OK(make(i % 2 ? a : b, name, U8, 1));
    }
    CHECK(info_of(a).resident_bytes > before + 4 * 1024 * 256);
    CHECK_ERR(make(a, "more", U8, 1), LINA_ERR_FULL, "5000 descriptors");
    for (int i = 0; i < 5000; i++) {
        snprintf(name, sizeof name, "n%d", i);
        lina_view_t view = hold(&view, i % 2 ? b : a, name);
        CHECK_OK(lina_remove(i % 2 ? a : b, name));
        lina_release(&view);
    }
    CHECK_OK(lina_check_arena(a));
    CHECK_EQ(info_of(b).held, 0);
    CHECK_OK(lina_arena_close(a));
    CHECK_OK(lina_arena_close(b));
}
