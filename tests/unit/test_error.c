/* test_error.c - tests error codes, their texts, and the last error of each thread. */
#include "../helpers.h"
#include "error.h"

TEST("the codes keep their numbers and names") {
    static const struct {
        int code, number;
        const char *name;
    } all[] = {
        {LINA_OK, 0, "OK"},
        {LINA_ERR_INVALID, -1, "INVALID"},
        {LINA_ERR_NOT_FOUND, -2, "NOT_FOUND"},
        {LINA_ERR_EXISTS, -3, "EXISTS"},
        {LINA_ERR_NO_MEMORY, -4, "NO_MEMORY"},
        {LINA_ERR_FULL, -5, "FULL"},
        {LINA_ERR_STALE, -6, "STALE"},
        {LINA_ERR_TIMEOUT, -7, "TIMEOUT"},
        {LINA_ERR_NOT_READY, -8, "NOT_READY"},
        {LINA_ERR_CLOSED, -9, "CLOSED"},
        {LINA_ERR_VERSION, -10, "VERSION"},
        {LINA_ERR_CORRUPT, -11, "CORRUPT"},
        {LINA_ERR_PERMISSION, -12, "PERMISSION"},
        {LINA_ERR_READ_ONLY, -13, "READ_ONLY"},
        {LINA_ERR_BUSY, -14, "BUSY"},
        {LINA_ERR_INTERRUPTED, -15, "INTERRUPTED"},
        {LINA_ERR_SYSTEM, -16, "SYSTEM"},
        {LINA_ERR_ENDED, -17, "ENDED"},
        {LINA_ERR_DIED, -18, "DIED"},
        {LINA_ERR_BEHIND, -19, "BEHIND"},
    };
    for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
        CHECK_EQ(all[i].code, all[i].number);
        CHECK_STR(lina_error_name(all[i].code), all[i].name);
        CHECK(strlen(lina_strerror(all[i].code)) > 3);
        for (size_t k = 0; k < i; k++)
            CHECK(strcmp(lina_strerror(all[i].code), lina_strerror(all[k].code)) != 0);
    }
}

TEST("a number that is no code has a text too") {
    const int none[] = {1, -20, 1000, -1000, INT32_MAX, INT32_MIN};
    for (size_t i = 0; i < sizeof none / sizeof *none; i++) {
        CHECK_STR(lina_error_name(none[i]), "UNKNOWN");
        CHECK(strlen(lina_strerror(none[i])) > 3);
    }
}

TEST("a system call's failure says errno and its text") {
    CHECK_EQ(lina_fail_errno(EMFILE, "arena \"%s\"", "x"), LINA_ERR_SYSTEM);
    char wanted[128];
    snprintf(wanted, sizeof wanted, "arena \"x\": %s (errno %d)", strerror(EMFILE), EMFILE);
    CHECK_STR(lina_last_error(), wanted);
    CHECK_EQ(lina_fail_errno(ENOSPC, "x"), LINA_ERR_NO_MEMORY);
    CHECK_EQ(lina_fail_errno(ENOMEM, "x"), LINA_ERR_NO_MEMORY);
    CHECK_EQ(lina_fail_errno(EACCES, "x"), LINA_ERR_PERMISSION);
    CHECK_EQ(lina_fail_errno(EPERM, "x"), LINA_ERR_PERMISSION);
    CHECK_EQ(lina_fail_errno(ENOENT, "x"), LINA_ERR_NOT_FOUND);
    CHECK_EQ(lina_fail_errno(EEXIST, "x"), LINA_ERR_EXISTS);
}

TEST("a message that is too long is cut") {
    static char long_text[2000];
    memset(long_text, 'y', sizeof long_text - 1);
    CHECK_EQ(lina_fail(LINA_ERR_INVALID, "%s", long_text), LINA_ERR_INVALID);
    CHECK(strlen(lina_last_error()) < 1000);
    CHECK_EQ(lina_fail_errno(EMFILE, "%s", long_text), LINA_ERR_SYSTEM);
    CHECK_EQ(lina_last_error_code(), LINA_ERR_SYSTEM);
}

static void *fail_elsewhere(void *unused) {
    (void)unused;
    CHECK_STR(lina_last_error(), "");
    CHECK_EQ(lina_last_error_code(), LINA_OK);
    lina_fail(LINA_ERR_FULL, "elsewhere");
    CHECK_STR(lina_last_error(), "elsewhere");
    return NULL;
}

TEST("each thread has its own last error") {
    lina_fail(LINA_ERR_STALE, "here");
    join(start(fail_elsewhere, NULL));
    CHECK_STR(lina_last_error(), "here");
    CHECK_EQ(lina_last_error_code(), LINA_ERR_STALE);
}

TEST("the version is a text, and the version of the ABI is a number") {
    CHECK_STR(lina_version(), LINA_VERSION);
    CHECK_EQ(lina_abi_version(), LINA_ABI_VERSION);
}
