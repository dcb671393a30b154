/* test_arena.c - tests creating and closing arenas, read-only handles, pages, and registered memory. */
#include "named.h"

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
    lina_arena_info_t large = info_of(new_arena(UINT64_C(1) << 34));
    CHECK_EQ(large.max_arrays, 65536);
    CHECK_EQ(large.max_signals, 1024);
    CHECK_EQ(large.max_members, 1024);
}

TEST("sizes and numbers that no arena can have are refused") {
    lina_arena_t *a = NULL;
    lina_arena_options_t bad[] = {{.max_arrays = UINT32_MAX},
                                  {.max_signals = UINT32_MAX},
                                  {.max_members = 1025},
                                  {.flags = 0x100}};
    CHECK_ERR(lina_arena_create(NULL, 0, NULL, &a), LINA_ERR_INVALID, "0 bytes");
    CHECK_ERR(lina_arena_create(NULL, UINT64_MAX, NULL, &a), LINA_ERR_INVALID, "bytes");
    CHECK_ERR(lina_arena_create(NULL, INT64_MAX, NULL, &a), LINA_ERR_INVALID, "bytes");
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        CHECK_ERR(lina_arena_create(NULL, 4096, &bad[i], &a), LINA_ERR_INVALID, "cannot have");
    CHECK_ERR(lina_arena_create(NULL, 4096, NULL, NULL), LINA_ERR_INVALID, "no place");
    CHECK(a == NULL);
}

TEST("an arena whose folder is missing, or that is not there, is refused with its path") {
    lina_arena_t *a;
    const char *where = unique_shm();
    char path[128];
    snprintf(path, sizeof path, "cannot open /dev/shm/lina.%s", where + strlen("shm:"));
    CHECK_ERR(lina_arena_attach(where, 0, &a), LINA_ERR_NOT_FOUND, path);
    CHECK_ERR(lina_arena_create("file:/no/folder/x", MIB, NULL, &a), LINA_ERR_NOT_FOUND,
              "cannot create /no/folder/x");
}

TEST("a fresh small arena takes little memory") {
    CHECK(info_of(new_arena(MIB)).resident_bytes <= 64 << 10);
}

TEST("a reserved arena has all its pages, also after a member removed a large array") {
    lina_arena_options_t options = {.flags = LINA_ARENA_RESERVE};
    lina_arena_t *a;
    CHECK_OK(lina_arena_create(NULL, 8 * MIB, &options, &a));
    CHECK(info_of(a).resident_bytes >= 8 * MIB);
    lina_arena_t *members[] = {a, join_arena(a, 0)};
    for (int i = 0; i < 2; i++) {
        CHECK_OK(make(members[i], "x", U8, 6 * MIB));
        lina_view_t view = hold(&view, members[i], "x");
        memset(view.data, 1, 6 * MIB);
        lina_release(&view);
        CHECK_OK(lina_remove(members[i], "x"));
        CHECK(info_of(a).resident_bytes >= 8 * MIB);
    }
    CHECK_OK(make(a, "x", U8, 6 * MIB));
    lina_view_t view = hold(&view, a, "x");
    CHECK(all_are(view.data, 6 * MIB, 0));
    lina_release(&view);
}

TEST("a process that has an anonymous arena's descriptor cannot shrink, grow or unseal it") {
    lina_arena_t *a = new_arena(MIB);
    const int seals = F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL; /* the system may add others */
    struct stat before, after;
    int fd;
    CHECK_OK(lina_arena_fd(a, &fd));
    CHECK_EQ(fcntl(fd, F_GET_SEALS) & seals, seals);
    CHECK_EQ(fstat(fd, &before), 0);
    const off_t sizes[] = {0, before.st_size - 4096, before.st_size + 4096};
    for (int i = 0; i < 3; i++) {
        CHECK_EQ(ftruncate(fd, sizes[i]), -1);
        CHECK_EQ(errno, EPERM);
    }
    CHECK_EQ(fcntl(fd, F_ADD_SEALS, F_SEAL_WRITE), -1);
    CHECK_EQ(errno, EPERM);
    CHECK_EQ(fstat(fd, &after), 0);
    CHECK_EQ(after.st_size, before.st_size);
}

/* ---- read-only --------------------------------------------------------------------------------- */

TEST("a read-only member may look, hold, signal and wait, and may not change arrays") {
    lina_arena_t *a = new_arena(MIB), *r = join_arena(a, LINA_ATTACH_READ_ONLY);
    write_f64(a, "x", 3);
    CHECK_EQ(info_of(r).read_only, 1);
    lina_view_t view = hold(&view, r, "x"), loan;
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
    lina_release(&view); /* ends its hold */
    CHECK_EQ(info_of(a).held, 0);
    CHECK_EQ(info_of(a).used_bytes, 0);
    CHECK_OK(lina_check_arena(r));
}

TEST("a write through a read-only attachment ends the writer, and no other process") {
    lina_arena_t *a = new_arena(MIB), *r = join_arena(a, LINA_ATTACH_READ_ONLY);
    write_f64(a, "x", 3);
    pid_t pid = spawn();
    if (pid == 0) {
        lina_view_t view = hold(&view, r, "x");
        signal(SIGSEGV, SIG_DFL); /* sanitizers print and exit otherwise */
        *(volatile double *)view.data = 4;
        done();
    }
    CHECK_EQ(reap(pid), 1000 + SIGSEGV);
    CHECK(read_f64(a, "x") == 3);
}

/* Checks that a write to an address ends the process. */
static void check_fault(volatile char *at) {
    pid_t pid = spawn();
    if (pid == 0) {
        signal(SIGSEGV, SIG_DFL); /* sanitizers print and exit otherwise */
        *at = 1;
        done();
    }
    CHECK_EQ(reap(pid), 1000 + SIGSEGV);
}

TEST("an overrun below or above the data meets an inaccessible page") {
    lina_arena_t *a = new_arena(4096), *named, *found;
    const char *name = unique_shm();
    CHECK_OK(lina_arena_create(name, 4096, NULL, &named));
    CHECK_OK(lina_arena_attach(name, 0, &found));
    lina_arena_t *all[] = {a, join_arena(a, 0), join_arena(a, LINA_ATTACH_READ_ONLY), named, found};
    for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
        volatile char *data = lina_arena_base(all[i]);
        for (int in = 1; in <= 4096; in += 4095) {
            check_fault(data - in);
            check_fault(data + 4095 + in);
        }
        CHECK_OK(lina_check_arena(all[i]));
    }
    CHECK_OK(lina_arena_close(named));
    CHECK_OK(lina_arena_close(found));
    CHECK_OK(lina_arena_unlink(name));
}

/* ---- pages ------------------------------------------------------------------------------------- */

/* True if this process asked for huge pages at `address`. */
static bool prefers_huge(const void *address) {
    char line[1024];
    uintptr_t from = 0, to = 0, at = (uintptr_t)address;
    FILE *maps = fopen("/proc/self/smaps", "r");
    CHECK(maps != NULL);
    while (fgets(line, sizeof line, maps) != NULL) {
        sscanf(line, "%lx-%lx ", &from, &to);
        if (at >= from && at < to && strncmp(line, "VmFlags:", 8) == 0)
            break;
    }
    fclose(maps);
    return strstr(line, " hg") != NULL;
}

TEST("huge pages are asked for only in the data of large anonymous arenas, where touching takes "
     "pages") {
    if (access("/sys/kernel/mm/transparent_hugepage", F_OK) != 0)
        SKIP("this kernel knows no transparent huge pages");
    lina_arena_t *large = new_arena(64 * MIB), *reader, *named;
    int fd;
    char where[32];
    const char *name = unique_shm();
    CHECK(prefers_huge(lina_arena_base(large)));
    CHECK(prefers_huge((char *)lina_arena_base(large) + 64 * MIB - 1));
    CHECK(!prefers_huge((char *)lina_arena_base(large) - 2 * 4096)); /* tables */
    CHECK(!prefers_huge(lina_arena_base(new_arena(MIB))));
    CHECK_OK(lina_arena_fd(large, &fd));
    snprintf(where, sizeof where, "fd:%d", fd);
    CHECK_OK(lina_arena_attach(where, LINA_ATTACH_READ_ONLY, &reader));
    CHECK(prefers_huge(lina_arena_base(reader)));
    CHECK_OK(lina_arena_create(name, 64 * MIB, NULL, &named));
    CHECK(!prefers_huge(lina_arena_base(named))); /* its pages are taken before they are touched */
    CHECK_OK(lina_arena_attach(name, 0, &reader));
    CHECK(!prefers_huge(lina_arena_base(reader)));
    CHECK_OK(lina_arena_close(named));
    CHECK_OK(lina_arena_close(reader));
    CHECK_OK(lina_arena_unlink(name));
}

/* ---- close ------------------------------------------------------------------------------------- */

TEST("closing frees the mapping, and with views the last release does") {
    lina_arena_t *a = new_arena(MIB);
    write_f64(a, "x", 1);
    unsigned char resident;
    void *base = lina_arena_base(a);
    lina_view_t view = hold(&view, a, "x");
    CHECK_OK(lina_arena_close(a));
    CHECK_EQ(mincore(base, 4096, &resident), 0);
    lina_release(&view);
    CHECK_EQ(mincore(base, 4096, &resident), -1);
    CHECK_EQ(errno, ENOMEM);
}

TEST("closing an arena twice, while a view keeps it, says so") {
    lina_arena_t *a = new_arena(MIB);
    write_f64(a, "x", 1);
    lina_view_t view = hold(&view, a, "x");
    CHECK_OK(lina_arena_close(a));
    CHECK_ERR(lina_arena_close(a), LINA_ERR_CLOSED, "closed");
    lina_release(&view);
}

TEST("a member that closes while a view is held leaves at once, and the view keeps its array") {
    lina_arena_t *a = new_arena(MIB), *b = join_arena(a, 0);
    write_f64(a, "x", 1);
    lina_view_t view = hold(&view, b, "x");
    CHECK_OK(lina_arena_close(b));
    CHECK_EQ(info_of(a).members, 1);
    CHECK_OK(lina_remove(a, "x"));
    CHECK_OK(lina_check_arena(a)); /* buries dead members, but this member is not dead */
    CHECK_EQ(info_of(a).held, 1);
    lina_arena_t *c = join_arena(a, 0);
    CHECK_EQ(info_of(c).member, 2); /* number 1 is not free yet */
    CHECK_OK(lina_arena_close(c));
    CHECK_EQ(*(double *)view.data, 1);
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
    CHECK_OK(make(a, "x", U8, 100)); /* zeroes memory that had other bytes */
    CHECK(all_are(memory, 100, 0));
    CHECK(all_are(memory + 100, sizeof memory - 100, 0xaa));
    lina_view_t view = hold(&view, a, "x");
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
            lina_view_t view = hold(&view, a, "x");
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
    CHECK_ERR(lina_arena_register(memory, 100, NULL), LINA_ERR_INVALID, "no place");
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
    lina_view_t view = hold(&view, a, "x");
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
