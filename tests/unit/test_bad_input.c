/* test_bad_input.c - tests that a call with bad input fails with the right code, names the thing, changes nothing,
 * and leaves everything usable. */
#include "../helpers.h"

/* ---- names ------------------------------------------------------------------------------------- */

static const char too_long[] =
    "0123456789012345678901234567890123456789012345678901234567890123"; /* 64 bytes */

static const struct {
    const char *name, *says;
} bad_names[] = {
    {NULL, "NULL"},
    {"", "empty"},
    {too_long, "longer than 63"},
    {"tab\there", "control character at byte 3"},
    {"\n", "control character at byte 0"},
    {"\x7f", "control character"},
    {"\xc2\x85", "control character"},     /* U+0085, a C1 control */
    {"\xc2\x9f", "control character"},     /* U+009F, the last of them */
    {"a\xff", "not UTF-8 at byte 1"},      /* not a byte of UTF-8 */
    {"\xc3", "not UTF-8"},                 /* cut short */
    {"\xe2\x82", "not UTF-8"},             /* cut short */
    {"\xc0\xaf", "not UTF-8"},             /* overlong */
    {"\xe0\x80\xaf", "not UTF-8"},         /* overlong */
    {"\xf0\x80\x80\xaf", "not UTF-8"},     /* overlong */
    {"\xed\xa0\x80", "not UTF-8"},         /* a surrogate */
    {"\xf4\x90\x80\x80", "not UTF-8"},     /* above U+10FFFF */
    {"\xf8\x88\x80\x80\x80", "not UTF-8"}, /* five bytes */
    {"\x80", "not UTF-8"},                 /* a continuation byte alone */
};
#define BAD_NAMES (sizeof bad_names / sizeof *bad_names)

static lina_arena_t *arena_with_x(void) {
    lina_arena_t *a = new_arena(64 << 10);
    publish_bytes(a, "x", 64, 1);
    CHECK_OK(lina_arena_signal(a, "s"));
    return a;
}

/* Checks that nothing has changed and everything works. */
static void check_usable(lina_arena_t *a) {
    lina_arena_info_t info = info_of(a);
    CHECK_EQ(info.arrays, 1);
    CHECK_EQ(info.signals, 1);
    CHECK_EQ(info.held, 0);
    CHECK_EQ(info.used_bytes, 64);
    CHECK_OK(make(a, "new", U8, 100));
    CHECK_OK(lina_remove(a, "new"));
    lina_view_t view = hold(&view, a, "x");
    CHECK(all_are(view.data, 64, 1));
    lina_release(&view);
    CHECK_OK(lina_arena_signal(a, "s"));
    CHECK_EQ(lina_arena_try_wait(a, "s"), 1);
    CHECK_OK(lina_check_arena(a));
}

TEST("an invalid name is refused by every call on arrays, saying why") {
    lina_arena_t *a = arena_with_x();
    lina_desc_t d, d0;
    lina_view_t v, v0;
    lina_array_t h;
    memset(&d, 0x5a, sizeof d);
    memset(&v, 0x5a, sizeof v);
    d0 = d, v0 = v;
    for (size_t i = 0; i < BAD_NAMES; i++) {
        const char *name = bad_names[i].name, *says = bad_names[i].says;
        CHECK_ERR(lina_arena_create_array(a, name, U8, 0, NULL, 0, &d), LINA_ERR_INVALID, says);
        CHECK_ERR(lina_arena_open(a, name, &d), LINA_ERR_INVALID, says);
        CHECK_ERR(lina_arena_reclaim(a, name), LINA_ERR_INVALID, says);
        CHECK_ERR(lina_acquire(a, name, &v), LINA_ERR_INVALID, says);
        CHECK_ERR(lina_loan(a, name, U8, 0, NULL, 0, &v), LINA_ERR_INVALID, says);
        CHECK_ERR(lina_republish(a, name, U8, 0, NULL, 0, &d), LINA_ERR_INVALID, says);
        CHECK_ERR(lina_remove(a, name), LINA_ERR_INVALID, says);
        CHECK_ERR(lina_alias(a, name, "x", 0, 0, NULL, NULL), LINA_ERR_INVALID, says);
        CHECK_ERR(lina_alias(a, "y", name, 0, 0, NULL, NULL), LINA_ERR_INVALID, says);
        CHECK_ERR(lina_array_find(a, name, &h), LINA_ERR_INVALID, says);
        CHECK(strstr(lina_last_error(), "array") != NULL);
    }
    CHECK_EQ(memcmp(&d, &d0, sizeof d), 0);
    CHECK_EQ(memcmp(&v, &v0, sizeof v), 0);
    check_usable(a);
}

TEST("an invalid name is refused by every call on signals, saying why") {
    lina_arena_t *a = arena_with_x();
    lina_signal_t s;
    uint64_t value = 5;
    CHECK_OK(lina_arena_set_default(a));
    for (size_t i = 0; i < BAD_NAMES; i++) {
        const char *name = bad_names[i].name, *says = bad_names[i].says;
        CHECK_ERR(lina_arena_signal(a, name), LINA_ERR_INVALID, says);
        CHECK_ERR(lina_arena_wait(a, name), LINA_ERR_INVALID, says);
        CHECK_ERR(lina_arena_try_wait(a, name), LINA_ERR_INVALID, says);
        CHECK_ERR(lina_arena_clear(a, name), LINA_ERR_INVALID, says);
        CHECK_ERR(lina_arena_wait_for(a, name, 0), LINA_ERR_INVALID, says);
        CHECK_ERR(lina_arena_wait_value(a, name, 0, 0), LINA_ERR_INVALID, says);
        CHECK_ERR(lina_arena_signal_value(a, name, &value), LINA_ERR_INVALID, says);
        CHECK_ERR(lina_signal_open(a, name, &s), LINA_ERR_INVALID, says);
        CHECK(strstr(lina_last_error(), "signal") != NULL);
        void (*const seed[])(const char *) = {lina_signal, lina_wait, lina_clear};
        for (int k = 0; k < 3; k++) {
            lina_clear_error();
            seed[k](name);
            CHECK_EQ(lina_last_error_code(), LINA_ERR_INVALID);
        }
    }
    CHECK_EQ(value, 5);
    check_usable(a);
}

TEST("any name of 1 to 63 bytes of UTF-8 without control characters is valid") {
    lina_arena_t *a = new_arena(64 << 10);
    const char *good[] = {"x",
                          " ",
                          "a/b",
                          "..",
                          "%s%n",
                          "\"quoted\"",
                          "\xc2\xa0",
                          "gr\xc3\xb6\xc3\x9f"
                          "e",
                          "\xe2\x82\xac",
                          "\xed\x9f\xbf",
                          "\xee\x80\x80",
                          "\xf0\x9f\x90\x99",
                          "\xf4\x8f\xbf\xbf",
                          too_long + 1};
    size_t count = sizeof good / sizeof *good;
    for (size_t i = 0; i < count; i++) {
        lina_desc_t d;
        CHECK_OK(make(a, good[i], U8, 1));
        CHECK_OK(lina_arena_open(a, good[i], &d));
        CHECK_STR(d.name, good[i]);
        CHECK_OK(lina_arena_signal(a, good[i]));
        CHECK_EQ(lina_arena_try_wait(a, good[i]), 1);
        CHECK_ERR(make(a, good[i], U8, 1), LINA_ERR_EXISTS, good[i]);
    }
    CHECK_EQ(count_arrays(a), count);
    CHECK_OK(lina_check_arena(a));
}

TEST("names that begin alike are different names") {
    lina_arena_t *a = new_arena(64 << 10);
    char name[64] = "";
    for (int n = 1; n < 64; n++) {
        name[n - 1] = 'a';
        CHECK_OK(make(a, name, U8, (uint64_t)n));
    }
    for (int n = 63; n > 0; n--) {
        name[n] = '\0';
        lina_desc_t d;
        CHECK_OK(lina_arena_open(a, name, &d));
        CHECK_EQ(d.nbytes, n);
    }
}

/* ---- dtypes, layouts, shapes ------------------------------------------------------------------- */

TEST("a dtype without bits or lanes is refused, with its number") {
    lina_arena_t *a = arena_with_x();
    const uint32_t bad[] = {0, 2, 0x4002, 0x10002, 0x10000, 0xffff00ff, 0x00ff00};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        char number[16];
        snprintf(number, sizeof number, "0x%08x", bad[i]);
        CHECK_ERR(make(a, "y", bad[i], 1), LINA_ERR_INVALID, number);
        CHECK(strstr(lina_last_error(), "\"y\"") != NULL);
    }
    check_usable(a);
}

TEST("invalid layouts, dimensions and shapes are refused by each function that makes arrays") {
    static const struct {
        uint32_t ndim, layout;
        uint64_t shape[LINA_MAX_DIMS];
        const char *says;
    } bad[] = {
        {1, 2, {1}, "layout 2"},
        {1, 3, {1}, "layout 3"},
        {1, UINT32_MAX, {1}, "layout 4294967295"},
        {9, 0, {1}, "ndim 9"},
        {UINT32_MAX, 0, {1}, "ndim 4294967295"},
        {2, 0, {UINT64_C(1) << 33, UINT64_C(1) << 33}, "2^63"},
        {2, 1, {UINT64_C(1) << 32, UINT64_C(1) << 32}, "2^63"},
        {1, 0, {UINT64_MAX}, "2^63"},
        {3, 0, {UINT64_C(1) << 62, 2, 0}, "2^63"},
        {8, 1, {256, 256, 256, 256, 256, 256, 256, 256}, "2^63"},
    };
    lina_arena_t *a = arena_with_x();
    lina_view_t v;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        const char *says = bad[i].says;
        CHECK_ERR(
            lina_arena_create_array(a, "y", U8, bad[i].ndim, bad[i].shape, bad[i].layout, NULL),
            LINA_ERR_INVALID, says);
        CHECK_ERR(lina_republish(a, "x", U8, bad[i].ndim, bad[i].shape, bad[i].layout, NULL),
                  LINA_ERR_INVALID, says);
        CHECK_ERR(lina_loan(a, "x", U8, bad[i].ndim, bad[i].shape, bad[i].layout, &v),
                  LINA_ERR_INVALID, says);
        CHECK(strstr(lina_last_error(), "\"x\"") != NULL);
    }
    CHECK_ERR(lina_arena_create_array(a, "y", U8, 1, NULL, 0, NULL), LINA_ERR_INVALID, "NULL");
    check_usable(a);
}

TEST("an arena too small is NO_MEMORY, a full table FULL, a taken name EXISTS") {
    lina_arena_options_t options = {.max_arrays = 2};
    lina_arena_t *a;
    CHECK_OK(lina_arena_create(NULL, 256, &options, &a));
    CHECK_ERR(make(a, "big", U8, 257), LINA_ERR_NO_MEMORY, "\"big\"");
    CHECK_OK(make(a, "one", U8, 1));
    CHECK_ERR(make(a, "one", U8, 1), LINA_ERR_EXISTS, "\"one\"");
    CHECK_OK(make(a, "two", U8, 1));
    CHECK_ERR(make(a, "three", U8, 1), LINA_ERR_FULL, "\"three\"");
    CHECK_ERR(lina_alias(a, "three", "one", 0, 0, NULL, NULL), LINA_ERR_FULL, "\"three\"");
    CHECK_ERR(lina_republish(a, "two", U8, 0, NULL, 0, NULL), LINA_ERR_FULL, "\"two\"");
    CHECK_OK(lina_remove(a, "one"));
    CHECK_OK(make(a, "three", U8, 1));
    CHECK_OK(lina_check_arena(a));
}

/* ---- forged descriptors ------------------------------------------------------------------------ */

TEST("a forged descriptor is refused, never followed") {
    lina_arena_t *a = arena_with_x();
    lina_desc_t d, good;
    void *p = &d;
    CHECK_OK(lina_arena_open(a, "x", &good));
#define FORGED(change, code)                                                                       \
    do {                                                                                           \
        d = good;                                                                                  \
        change;                                                                                    \
        CHECK_ERR(lina_arena_resolve_ptr(a, &d, &p), code, "array");                               \
        CHECK(p == &d);                                                                            \
    } while (0)
    FORGED(d.offset = 1 << 20, LINA_ERR_INVALID);
    FORGED(d.offset = UINT64_MAX, LINA_ERR_INVALID);
    FORGED(d.offset = (64 << 10) - 63, LINA_ERR_INVALID);
    FORGED(d.offset = 64, LINA_ERR_INVALID); /* inside the arena, but not where "x" is */
    FORGED(d.nbytes = 65, LINA_ERR_INVALID);
    FORGED(d.nbytes = 0, LINA_ERR_INVALID);
    FORGED(d.nbytes = UINT64_MAX, LINA_ERR_INVALID);
    FORGED((d.shape[0] = 65, d.nbytes = 65), LINA_ERR_INVALID);
    FORGED(d.shape[0] = UINT64_MAX, LINA_ERR_INVALID);
    FORGED(d.strides[0] = 2, LINA_ERR_INVALID);
    FORGED(d.strides[0] = 1 << 20, LINA_ERR_INVALID);
    FORGED(d.strides[0] = -1, LINA_ERR_INVALID);
    FORGED(d.strides[0] = INT64_MAX, LINA_ERR_INVALID);
    FORGED(d.strides[0] = INT64_MIN, LINA_ERR_INVALID);
    FORGED((d.strides[0] = INT64_MIN, d.shape[0] = d.nbytes = 2), LINA_ERR_INVALID);
    FORGED((d.strides[0] = INT64_MAX, d.shape[0] = d.nbytes = 2), LINA_ERR_INVALID);
    FORGED(d.ndim = 9, LINA_ERR_INVALID);
    FORGED(d.ndim = UINT32_MAX, LINA_ERR_INVALID);
    FORGED(d.ndim = 2, LINA_ERR_INVALID);
    FORGED(d.dtype = 0, LINA_ERR_INVALID);
    FORGED(d.dtype = F64, LINA_ERR_INVALID);
    FORGED(d.dtype = UINT32_MAX, LINA_ERR_INVALID);
    FORGED(d.dtype = LINA_DTYPE_I8, LINA_ERR_INVALID);
    FORGED(d.layout = LINA_LAYOUT_F, LINA_ERR_INVALID);
    FORGED(d.generation = 2, LINA_ERR_STALE);
    FORGED(d.generation = 0, LINA_ERR_STALE);
    FORGED(d.reserved++, LINA_ERR_STALE);
    FORGED(strcpy(d.name, "nobody"), LINA_ERR_STALE);
    FORGED(d.name[0] = '\0', LINA_ERR_INVALID);
    FORGED(memset(d.name, 'x', sizeof d.name), LINA_ERR_INVALID);
    FORGED(memset(&d, 0, sizeof d), LINA_ERR_INVALID);
    FORGED(memset(&d, 0xff, sizeof d), LINA_ERR_INVALID);
#undef FORGED
    CHECK_ERR(lina_arena_resolve_ptr(a, NULL, &p), LINA_ERR_INVALID, "NULL");
    CHECK_ERR(lina_arena_resolve_ptr(a, &good, NULL), LINA_ERR_INVALID, "NULL");
    CHECK_OK(lina_arena_resolve_ptr(a, &good, &p));
    d = good;
    d.reserved = 0; /* unknown, as in a program that copied only the other fields */
    CHECK_OK(lina_arena_resolve_ptr(a, &d, &p));
    CHECK_OK(lina_remove(a, "x"));
    CHECK_ERR(lina_arena_resolve_ptr(a, &good, &p), LINA_ERR_STALE, "\"x\"");
}

TEST("the entries of a descriptor beyond its dimensions are ignored") {
    lina_arena_t *a = arena_with_x();
    lina_desc_t d;
    void *p;
    CHECK_OK(lina_arena_open(a, "x", &d));
    d.shape[1] = UINT64_MAX;
    d.strides[7] = INT64_MIN;
    CHECK_OK(lina_arena_resolve_ptr(a, &d, &p));
}

/* ---- NULL arguments ---------------------------------------------------------------------------- */

TEST("a missing place for the result is INVALID and named") {
    lina_arena_t *a = arena_with_x();
    CHECK_ERR(lina_arena_open(a, "x", NULL), LINA_ERR_INVALID, "\"x\"");
    CHECK_ERR(lina_acquire(a, "x", NULL), LINA_ERR_INVALID, "\"x\"");
    CHECK_ERR(lina_arena_signal_value(a, "s", NULL), LINA_ERR_INVALID, "\"s\"");
    CHECK_ERR(lina_arena_info(a, NULL), LINA_ERR_INVALID, "numbers");
    CHECK_ERR(lina_arena_fd(a, NULL), LINA_ERR_INVALID, "descriptor");
    CHECK_ERR(lina_arena_inspect("shm:x", NULL), LINA_ERR_INVALID, "shm:x");
    check_usable(a);
}

TEST("the error is this thread's own, and stays until the next failure") {
    lina_arena_t *a = arena_with_x();
    lina_desc_t d;
    CHECK_ERR(lina_arena_open(a, "first", &d), LINA_ERR_NOT_FOUND, "\"first\"");
    CHECK_OK(lina_arena_open(a, "x", &d));
    CHECK(strstr(lina_last_error(), "\"first\"") != NULL);
    lina_clear_error();
    CHECK_STR(lina_last_error(), "");
    CHECK_EQ(lina_last_error_code(), LINA_OK);
}
