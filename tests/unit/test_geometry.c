/* test_geometry.c - tests files that are damaged, truncated, no arenas, or of another layout. */
#include <stddef.h>

#include "../helpers.h"
#include "geometry.h"

/* A file with an arena that no process has open. Its array "x" is 100 bytes of 5. */
static const char *closed_file(void) {
    const char *where = unique_file();
    lina_arena_options_t options = {.max_arrays = 16, .max_signals = 4, .max_members = 4};
    lina_arena_t *a;
    CHECK_OK(lina_arena_create(where, 5000, &options, &a));
    publish_bytes(a, "x", 100, 5);
    CHECK_OK(lina_arena_close(a));
    return where;
}

static void overwrite(const char *where, size_t offset, const void *bytes, size_t count) {
    int fd = open(where + 5, O_WRONLY | O_CLOEXEC);
    CHECK(fd >= 0);
    CHECK_EQ(pwrite(fd, bytes, count, (off_t)offset), (ssize_t)count);
    close(fd);
}

static void check_refused(const char *where, int code, const char *says) {
    lina_arena_t *a = NULL;
    lina_arena_info_t info;
    CHECK_ERR(lina_arena_attach(where, 0, &a), code, says);
    CHECK(strstr(lina_last_error(), where) != NULL);
    CHECK(a == NULL);
    CHECK_ERR(lina_arena_attach(where, LINA_ATTACH_READ_ONLY, &a), code, says);
    CHECK_ERR(lina_arena_inspect(where, &info), code, says);
}

static void check_sound(const char *where) {
    lina_arena_t *a;
    CHECK_OK(lina_arena_attach(where, 0, &a));
    lina_view_t view = hold(&view, a, "x");
    CHECK(all_are(view.data, 100, 5));
    lina_release(&view);
    CHECK_OK(lina_arena_close(a));
}

#define FIELD(field, value, code, says)                                                            \
    do {                                                                                           \
        struct lina_header h_;                                                                     \
        int fd_ = open(where + 5, O_RDONLY | O_CLOEXEC);                                           \
        CHECK_EQ(pread(fd_, &h_, sizeof h_, 0), (ssize_t)sizeof h_);                               \
        close(fd_);                                                                                \
        struct lina_header bad_ = h_;                                                              \
        bad_.field = value;                                                                        \
        overwrite(where, 0, &bad_, sizeof bad_);                                                   \
        check_refused(where, code, says);                                                          \
        overwrite(where, 0, &h_, sizeof h_);                                                       \
    } while (0)

TEST("an arena of another layout is refused with VERSION, saying both sides") {
    const char *where = closed_file();
    FIELD(abi, 0, LINA_ERR_VERSION, "ABI is 0");
    FIELD(abi, 99, LINA_ERR_VERSION, "ABI is 99");
    FIELD(abi, 99, LINA_ERR_VERSION, "ours 1");
    FIELD(fingerprint, UINT64_C(0x1234567890), LINA_ERR_VERSION, "0000001234567890");
    FIELD(byte_order, UINT32_C(0x04030201), LINA_ERR_VERSION, "0x04030201");
    check_sound(where);
    CHECK_OK(lina_arena_unlink(where));
}

TEST("a header with impossible values is CORRUPT, with its numbers") {
    const char *where = closed_file();
    FIELD(magic, UINT64_C(0x1122334455667788), LINA_ERR_CORRUPT, "0x1122334455667788");
    FIELD(ready, 0, LINA_ERR_CORRUPT, "did not finish");
    FIELD(data_size, UINT64_C(1) << 40, LINA_ERR_CORRUPT, "1099511627776 bytes");
    FIELD(data_size, UINT64_MAX, LINA_ERR_CORRUPT, "do not fit");
    FIELD(max_arrays, 0, LINA_ERR_CORRUPT, "0 arrays");
    FIELD(max_arrays, 1 << 20, LINA_ERR_CORRUPT, "1048576 arrays");
    FIELD(max_arrays, UINT32_MAX, LINA_ERR_CORRUPT, "4294967295 arrays");
    FIELD(max_signals, 0, LINA_ERR_CORRUPT, "0 signals");
    FIELD(max_signals, UINT32_MAX, LINA_ERR_CORRUPT, "4294967295 signals");
    FIELD(max_members, 0, LINA_ERR_CORRUPT, "0 members");
    FIELD(max_members, 1025, LINA_ERR_CORRUPT, "1025 members");
    FIELD(data_size, 4096, LINA_ERR_CORRUPT, "made with"); /* the file has room for it */
    FIELD(max_arrays, 8, LINA_ERR_CORRUPT, "made with");
    FIELD(max_signals, 3, LINA_ERR_CORRUPT, "made with");
    FIELD(max_members, 3, LINA_ERR_CORRUPT, "made with");
    FIELD(flags, h_.flags ^ LINA_ARENA_RESERVE, LINA_ERR_CORRUPT, "made with");
    FIELD(check, h_.check ^ 1, LINA_ERR_CORRUPT, "made with");
    check_sound(where);
    CHECK_OK(lina_arena_unlink(where));
}

TEST("a file that was cut short is CORRUPT, at any length") {
    const char *where = closed_file();
    struct stat st;
    CHECK_EQ(stat(where + 5, &st), 0);
    for (off_t length = 0; length < st.st_size; length += 509) {
        char copy[200];
        snprintf(copy, sizeof copy, "%s-cut", where);
        int from = open(where + 5, O_RDONLY | O_CLOEXEC),
            to = open(copy + 5, O_CREAT | O_WRONLY | O_CLOEXEC, 0600);
        static char bytes[1 << 20];
        CHECK(st.st_size < (off_t)sizeof bytes);
        CHECK_EQ(pread(from, bytes, sizeof bytes, 0), st.st_size);
        CHECK_EQ(write(to, bytes, (size_t)length), length);
        close(from);
        close(to);
        check_refused(copy, LINA_ERR_CORRUPT, "bytes");
        CHECK_EQ(unlink(copy + 5), 0);
    }
    CHECK_OK(lina_arena_unlink(where));
}

TEST("a file that never was an arena is CORRUPT") {
    const char *where = unique_file();
    int fd = open(where + 5, O_CREAT | O_RDWR | O_CLOEXEC, 0600);
    CHECK_EQ(ftruncate(fd, 100000), 0);
    check_refused(where, LINA_ERR_CORRUPT, "no arena");
    overwrite(where, 0, "%PDF-1.7", 8);
    check_refused(where, LINA_ERR_CORRUPT, "no arena");
    close(fd);
    CHECK_EQ(unlink(where + 5), 0);
}

TEST("a file that is longer than its arena is accepted, and what is behind is inaccessible") {
    const char *where = closed_file();
    struct stat st;
    CHECK_EQ(stat(where + 5, &st), 0);
    CHECK_EQ(truncate(where + 5, st.st_size + 12345), 0);
    check_sound(where);
    lina_arena_t *a;
    CHECK_OK(lina_arena_attach(where, 0, &a));
    pid_t pid = spawn();
    if (pid == 0) {
        signal(SIGSEGV, SIG_DFL); /* sanitizers print and exit otherwise */
        ((volatile char *)lina_arena_base(a))[8192] = 1;
        done();
    }
    CHECK_EQ(reap(pid), 1000 + SIGSEGV);
    CHECK_OK(lina_arena_close(a));
    CHECK_OK(lina_arena_unlink(where));
}

TEST("the tables of every geometry lie apart, in order, on pages, with a guard before the data") {
    const uint32_t arrays[] = {1, 2, 1000, 65536, LINA_MAX_SLOTS};
    const uint64_t sizes[] = {1, 4096, 4097, UINT64_C(1) << 40, LINA_MAX_DATA};
    for (size_t i = 0; i < 5; i++)
        for (size_t k = 0; k < 5; k++) {
            struct lina_geometry g = {.data_size = sizes[k],
                                      .max_arrays = arrays[i],
                                      .max_signals = arrays[4 - i],
                                      .max_members = (uint32_t)(1 + 255 * k)};
            lina_geometry_compute(&g);
            const uint64_t at[] = {LINA_PAGE,      g.members, g.rows,  g.index,
                                   g.signal_index, g.signals, g.slots, g.ledger,
                                   g.pins,         g.guard,   g.data,  g.file_size};
            for (size_t t = 0; t < sizeof at / sizeof *at; t++) {
                CHECK_EQ(at[t] % LINA_PAGE, 0);
                CHECK(t < 2 || at[t] > at[t - 1]);
            }
            CHECK(g.ledger - g.slots >= (uint64_t)g.max_arrays * sizeof(struct lina_slot));
            CHECK(g.pins - g.ledger >= (uint64_t)g.ledger_size * sizeof(struct lina_ledger));
            CHECK(g.index - g.rows >= (uint64_t)g.steps * sizeof(struct lina_rows));
            CHECK(g.rows - g.members >= g.max_members * sizeof(struct lina_member));
            CHECK(g.index_size >= 2 * g.max_arrays);
            CHECK(g.signal_index - g.index >= (uint64_t)g.index_size * 8);
            CHECK(g.slots - g.signals >= (uint64_t)g.max_signals * sizeof(struct lina_signal_slot));
            CHECK(g.guard - g.pins >= UINT64_C(4) * g.max_members * g.max_arrays);
            CHECK_EQ(g.guard % LINA_BIG_PAGE, 0);
            CHECK_EQ(g.data % LINA_BIG_PAGE, 0);
            CHECK_EQ(g.data - g.guard, LINA_BIG_PAGE);
            CHECK(g.file_size - g.data >= g.data_size);
        }
}
