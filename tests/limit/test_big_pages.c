/* test_big_pages.c - pretends to be a system with pages of 16 or 64 KiB, such as some on arm64 and ppc64. The linker
 * replaces the system's functions by those below (big_pages.wraps). They refuse arguments that are not aligned to
 * such a page, as that system would, and also those that it would silently round. */
#include <errno.h>

#include "../helpers.h"
#include "platform.h"

#define TEXT_OF(number) #number
#define TEXT(number) TEXT_OF(number)
#define PAGES "pages of " TEXT(PAGE_KIB) " KiB" /* the build names PAGE_KIB */
#define BIG (UINT64_C(1024) * PAGE_KIB)

long __real_sysconf(int name);
long __wrap_sysconf(int name);
void *__real_mmap(void *at, size_t bytes, int how, int flags, int fd, off_t offset);
void *__wrap_mmap(void *at, size_t bytes, int how, int flags, int fd, off_t offset);
int __real_munmap(void *at, size_t bytes);
int __wrap_munmap(void *at, size_t bytes);
int __real_mprotect(void *at, size_t bytes, int how);
int __wrap_mprotect(void *at, size_t bytes, int how);
int __real_madvise(void *at, size_t bytes, int what);
int __wrap_madvise(void *at, size_t bytes, int what);
void *__wrap_mmap64(void *at, size_t bytes, int how, int flags, int fd, off_t offset);
int __real_fallocate(int fd, int mode, off_t offset, off_t bytes);
int __wrap_fallocate64(int fd, int mode, off_t offset, off_t bytes);
int __wrap_fallocate(int fd, int mode, off_t offset, off_t bytes);

static int refused; /* number of calls with arguments that are not aligned */
static int punched; /* number of calls that gave pages back */

static bool is_aligned(uint64_t n) { return n % BIG == 0; }

static int refuse(void) {
    refused++;
    errno = EINVAL;
    return -1;
}

long __wrap_sysconf(int name) { return name == _SC_PAGESIZE ? (long)BIG : __real_sysconf(name); }

/* Maps at a multiple of such a page. Nothing else lies in the last page. */
void *__wrap_mmap(void *at, size_t bytes, int how, int flags, int fd, off_t offset) {
    if (at != NULL || !is_aligned((uint64_t)offset)) {
        refuse();
        return MAP_FAILED;
    }
    size_t whole = (bytes + BIG - 1) / BIG * BIG;
    uint8_t *room = __real_mmap(NULL, whole + BIG, PROT_NONE,
                                MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (room == MAP_FAILED)
        return room;
    uint8_t *from = room + (BIG - (uintptr_t)room % BIG) % BIG;
    return __real_mmap(from, whole, how, flags | MAP_FIXED, fd, offset);
}

int __wrap_munmap(void *at, size_t bytes) {
    if (!is_aligned((uintptr_t)at))
        return refuse();
    return __real_munmap(at, (bytes + BIG - 1) / BIG * BIG);
}

int __wrap_mprotect(void *at, size_t bytes, int how) {
    return is_aligned((uintptr_t)at) && is_aligned(bytes) ? __real_mprotect(at, bytes, how)
                                                          : refuse();
}

int __wrap_madvise(void *at, size_t bytes, int what) {
    return is_aligned((uintptr_t)at) && is_aligned(bytes) ? __real_madvise(at, bytes, what)
                                                          : refuse();
}

/* A range may also end where its file ends. */
int __wrap_fallocate(int fd, int mode, off_t offset, off_t bytes) {
    struct stat st;
    CHECK_EQ(fstat(fd, &st), 0);
    if (!is_aligned((uint64_t)offset) ||
        (!is_aligned((uint64_t)bytes) && offset + bytes != st.st_size))
        return refuse();
    punched += mode != 0;
    return __real_fallocate(fd, mode, offset, bytes);
}

/* The names of the two functions in programs that ask for 64-bit offsets. */
void *__wrap_mmap64(void *at, size_t bytes, int how, int flags, int fd, off_t offset) {
    return __wrap_mmap(at, bytes, how, flags, fd, offset);
}

int __wrap_fallocate64(int fd, int mode, off_t offset, off_t bytes) {
    return __wrap_fallocate(fd, mode, offset, bytes);
}

/* ---- inaccessible pages ------------------------------------------------------------------------- */

static bool is_fatal(volatile char *at, bool writes) {
    pid_t pid = spawn();
    if (pid == 0) {
        signal(SIGSEGV, SIG_DFL); /* sanitizers print and exit otherwise */
        signal(SIGBUS, SIG_DFL);
        if (writes)
            *at = 1;
        else
            (void)*at;
        done();
    }
    return reap(pid) != 0;
}

static void use(lina_arena_t *a) {
    for (int round = 0; round < 3; round++) {
        CHECK_OK(make(a, "small", U8, 100));
        CHECK_OK(make(a, "odd", U8, 70001));
        CHECK_OK(make(a, "large", U8, 9 * MIB + 4097));
        lina_view_t view = hold(&view, a, "large");
        CHECK(all_are(view.data, view.desc.nbytes, 0)); /* also in pages that were not given back */
        memset(view.data, 7, view.desc.nbytes);
        lina_release(&view);
        view = hold(&view, a, "odd");
        memset(view.data, 5, view.desc.nbytes);
        CHECK_OK(lina_remove(a, "large")); /* gives back only whole pages */
        CHECK(all_are(view.data, view.desc.nbytes, 5));
        lina_release(&view);
        CHECK_OK(lina_remove(a, "odd"));
        CHECK_OK(lina_remove(a, "small"));
    }
    CHECK_OK(lina_check_arena(a));
}

static void check_guards(lina_arena_t *a) {
    volatile char *data = lina_arena_base(a);
    CHECK(is_aligned((uintptr_t)data));
    CHECK(!is_fatal(data, false));
    CHECK(is_fatal(data - 1, false)); /* the whole guard */
    CHECK(is_fatal(data - BIG, false));
}

TEST("arenas of every kind work on " PAGES) {
    const char *all[] = {NULL, unique_shm(), unique_file()};
    for (int i = 0; i < 3; i++) {
        lina_arena_options_t options = {.flags = LINA_ARENA_TEMPORARY};
        lina_arena_t *a;
        CHECK_OK(lina_arena_create(all[i], 24 * MIB, &options, &a));
        check_guards(a);
        use(a);
        lina_arena_t *b = join_arena(a, 0), *r = join_arena(a, LINA_ATTACH_READ_ONLY);
        check_guards(b);
        use(b);
        check_guards(r);
        CHECK(is_fatal(lina_arena_base(r), true));
        CHECK_OK(lina_arena_close(r));
        CHECK_OK(lina_arena_close(b));
        CHECK_OK(lina_arena_close(a));
    }
    CHECK_EQ(refused, 0);
    CHECK(punched > 0);
}

TEST("an arena of a few bytes, one that is reserved, and registered memory work on " PAGES) {
    lina_arena_options_t reserve = {.flags = LINA_ARENA_RESERVE | LINA_ARENA_TEMPORARY};
    static _Alignas(64) char memory[100000];
    lina_arena_t *a;
    for (uint64_t bytes = 1; bytes < 300000; bytes = bytes * 3 + 4096) {
        a = new_arena(bytes);
        CHECK_OK(make(a, "x", U8, 1));
        CHECK_OK(lina_arena_close(a));
        CHECK_OK(lina_arena_create(unique_shm(), bytes, &reserve, &a));
        CHECK_OK(make(a, "x", U8, bytes));
        CHECK_OK(lina_arena_close(a));
    }
    CHECK_OK(lina_arena_register(memory, sizeof memory, &a));
    CHECK_OK(make(a, "x", U8, 50000));
    CHECK_OK(lina_arena_close(a));
    CHECK_EQ(refused, 0);
}

TEST("an arena made on pages of 4 KiB works on " PAGES) {
    const char *where = unique_shm();
    lina_arena_options_t options = {.flags = LINA_ARENA_TEMPORARY};
    lina_arena_t *a;
    CHECK_OK(
        lina_arena_create(where, 5 * 4096, &options, &a)); /* its file ends within a large page */
    CHECK_OK(make(a, "x", U8, 5 * 4096));
    lina_arena_t *b = join_arena(a, LINA_ATTACH_READ_ONLY);
    lina_view_t view = hold(&view, b, "x");
    CHECK(all_are(view.data, view.desc.nbytes, 0));
    lina_release(&view);
    CHECK_OK(lina_arena_close(b));
    CHECK_OK(lina_arena_close(a));
    CHECK_EQ(refused, 0);
}
