/* test_arrays.c - tests create, open, resolve, list and ensure, and the pages of arrays. */
#include "../helpers.h"

static lina_desc_t create(lina_arena_t *arena, const char *name, uint32_t dtype, uint32_t ndim,
                          const uint64_t *shape, uint32_t layout) {
    lina_desc_t desc;
    CHECK_OK(lina_arena_create_array(arena, name, dtype, ndim, shape, layout, &desc));
    return desc;
}

/* ---- create ------------------------------------------------------------------------------------ */

TEST("the first array lies at offset 0, the one after 16 f64 at 0x80") {
    lina_arena_t *a = new_arena(MIB);
    CHECK_EQ(create(a, "input", F64, 1, SHAPE(16), LINA_LAYOUT_C).offset, 0);
    CHECK_EQ(create(a, "result", F64, 1, SHAPE(16), LINA_LAYOUT_C).offset, 0x80);
}

TEST("every array is aligned to 64 bytes, also behind one of an odd size") {
    lina_arena_t *a = new_arena(MIB);
    char name[] = "a0";
    for (uint64_t n = 1; n < 10; n++, name[1]++)
        CHECK_EQ(create(a, name, U8, 1, SHAPE(n * 13), LINA_LAYOUT_C).offset % 64, 0);
}

TEST("a descriptor says everything about its array and is zero-padded") {
    lina_arena_t *a = new_arena(MIB);
    lina_desc_t d;
    memset(&d, 0xee, sizeof d);
    CHECK_OK(lina_arena_create_array(a, "m", LINA_DTYPE_F32, 2, SHAPE(2, 3), LINA_LAYOUT_C, &d));
    lina_desc_t wanted = {.nbytes = 24,
                          .capacity_bytes = 64,
                          .dtype = LINA_DTYPE_F32,
                          .ndim = 2,
                          .shape = {2, 3},
                          .strides = {12, 4},
                          .layout = LINA_LAYOUT_C,
                          .generation = 1,
                          .reserved = d.reserved};
    strcpy(wanted.name, "m");
    CHECK(d.reserved != 0);
    CHECK_EQ(memcmp(&d, &wanted, sizeof d), 0);
}

TEST("strides follow the layout") {
    lina_arena_t *a = new_arena(MIB);
    lina_desc_t c = create(a, "c", F64, 3, SHAPE(2, 3, 4), LINA_LAYOUT_C);
    lina_desc_t f = create(a, "f", F64, 3, SHAPE(2, 3, 4), LINA_LAYOUT_F);
    CHECK_EQ(c.strides[0], 96);
    CHECK_EQ(c.strides[1], 32);
    CHECK_EQ(c.strides[2], 8);
    CHECK_EQ(f.strides[0], 8);
    CHECK_EQ(f.strides[1], 16);
    CHECK_EQ(f.strides[2], 48);
    CHECK_EQ(f.layout, LINA_LAYOUT_F);
    CHECK_EQ(f.nbytes, 192);
}

TEST("an array of no dimensions has one element") {
    lina_arena_t *a = new_arena(MIB);
    lina_desc_t d = create(a, "scalar", F64, 0, NULL, LINA_LAYOUT_C);
    CHECK_EQ(d.nbytes, 8);
    CHECK_EQ(d.ndim, 0);
    CHECK_EQ(create(a, "next", U8, 0, NULL, LINA_LAYOUT_C).offset, 64);
}

TEST("an extent of zero makes a valid array of no bytes that takes no room") {
    lina_arena_t *a = new_arena(64);
    lina_desc_t d = create(a, "empty", F64, 3, SHAPE(4, 0, 2), LINA_LAYOUT_C);
    CHECK_EQ(d.nbytes, 0);
    void *p = NULL;
    CHECK_OK(lina_arena_resolve_ptr(a, &d, &p));
    CHECK(p != NULL);
    lina_view_t view = hold(&view, a, "empty");
    CHECK(view.data != NULL);
    lina_release(&view);
    CHECK_EQ(info_of(a).used_bytes, 0);
    CHECK_OK(make(a, "all", U8, 64));
    CHECK_OK(make(a, "also-empty", U8, 0));
    CHECK_OK(lina_check_arena(a));
}

TEST("eight dimensions are the most") {
    lina_arena_t *a = new_arena(MIB);
    lina_desc_t d = create(a, "8d", U8, 8, SHAPE(2, 2, 2, 2, 2, 2, 2, 3), LINA_LAYOUT_F);
    CHECK_EQ(d.nbytes, 384);
    CHECK_EQ(d.strides[7], 128);
    CHECK_ERR(lina_arena_create_array(a, "9d", U8, 9, SHAPE(1, 1, 1, 1, 1, 1, 1, 1, 1),
                                      LINA_LAYOUT_C, NULL),
              LINA_ERR_INVALID, "9d");
}

TEST("a shape whose product overflows is refused, also when it wraps to zero") {
    lina_arena_t *a = new_arena(MIB);
    const uint64_t big = UINT64_C(1) << 33;
    CHECK_ERR(lina_arena_create_array(a, "wrap", F64, 2, SHAPE(big, big), LINA_LAYOUT_C, NULL),
              LINA_ERR_INVALID, "wrap");
    CHECK_ERR(lina_arena_create_array(a, "wrap", F64, 1, SHAPE(UINT64_MAX), LINA_LAYOUT_F, NULL),
              LINA_ERR_INVALID, "wrap");
    CHECK_ERR(
        lina_arena_create_array(a, "wrap", U8, 1, SHAPE(UINT64_C(1) << 63), LINA_LAYOUT_C, NULL),
        LINA_ERR_INVALID, "wrap");
    CHECK_EQ(count_arrays(a), 0);
}

TEST("every named dtype can be stored, with its item size") {
    static const struct {
        uint32_t dtype;
        uint64_t nbytes;
    } all[] = {{LINA_DTYPE_U8, 1},  {LINA_DTYPE_I8, 1},  {LINA_DTYPE_BOOL, 1}, {LINA_DTYPE_I16, 2},
               {LINA_DTYPE_U16, 2}, {LINA_DTYPE_F16, 2}, {LINA_DTYPE_BF16, 2}, {LINA_DTYPE_I32, 4},
               {LINA_DTYPE_U32, 4}, {LINA_DTYPE_F32, 4}, {LINA_DTYPE_I64, 8},  {LINA_DTYPE_U64, 8},
               {LINA_DTYPE_F64, 8}, {LINA_DTYPE_C64, 8}, {LINA_DTYPE_C128, 16}};
    lina_arena_t *a = new_arena(MIB);
    for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
        lina_desc_t d =
            create(a, lina_dtype_name(all[i].dtype), all[i].dtype, 1, SHAPE(5), LINA_LAYOUT_C);
        CHECK_EQ(d.nbytes, 5 * all[i].nbytes);
        CHECK_EQ(open_desc(a, lina_dtype_name(all[i].dtype)).dtype, all[i].dtype);
    }
}

TEST("a dtype that has no name but is well formed can be stored and listed") {
    lina_arena_t *a = new_arena(MIB);
    const uint32_t f32x4 = 2 | 32 << 8 | 4u << 16, int4 = 0 | 4 << 8 | 1u << 16;
    CHECK_EQ(create(a, "f32x4", f32x4, 1, SHAPE(3), LINA_LAYOUT_C).nbytes, 48);
    CHECK_EQ(create(a, "int4", int4, 1, SHAPE(3), LINA_LAYOUT_C).nbytes, 3);
    CHECK_EQ(open_desc(a, "f32x4").dtype, f32x4);
}

TEST("a new array is zeroes, also in memory that another array has used") {
    lina_arena_t *a = new_arena(4 * MIB);
    const uint64_t sizes[] = {64, 16 << 10, (16 << 10) + 1, 100000, 256 << 10, 3 << 20};
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++)
        for (int round = 0; round < 3; round++) {
            CHECK_OK(make(a, "x", U8, sizes[i]));
            lina_view_t view = hold(&view, a, "x");
            CHECK(all_are(view.data, sizes[i], 0));
            memset(view.data, 0xff, sizes[i]);
            lina_release(&view);
            CHECK_OK(lina_remove(a, "x"));
        }
}

TEST("a republished array is zeroes, also on recycled memory") {
    lina_arena_t *a = new_arena(MIB);
    for (int round = 0; round < 10; round++) {
        uint64_t n = 50000;
        CHECK_OK(lina_republish(a, "x", U8, 1, &n, LINA_LAYOUT_C, NULL));
        lina_view_t view = hold(&view, a, "x");
        CHECK(all_are(view.data, n, 0));
        memset(view.data, 0xff, n);
        lina_release(&view);
    }
}

TEST("a name is taken once, and the array that has it stays as it was") {
    lina_arena_t *a = new_arena(MIB);
    lina_desc_t before = create(a, "x", F64, 1, SHAPE(16), LINA_LAYOUT_C);
    CHECK_ERR(make(a, "x", U8, 4), LINA_ERR_EXISTS, "\"x\"");
    CHECK_ERR(make(a, "x", U8, 100000), LINA_ERR_EXISTS, "\"x\""); /* zeroes outside the lock */
    lina_desc_t after = open_desc(a, "x");
    CHECK_EQ(memcmp(&before, &after, sizeof after), 0);
    CHECK_EQ(info_of(a).used_bytes, 128);
}

TEST("an array too large for the arena is refused, and the rest still fits") {
    lina_arena_t *a = new_arena(1024);
    CHECK_ERR(make(a, "big", U8, 1025), LINA_ERR_NO_MEMORY, "big");
    CHECK_ERR(make(a, "huge", U8, UINT64_C(1) << 62), LINA_ERR_NO_MEMORY, "huge");
    CHECK_OK(make(a, "fits", U8, 1024));
    CHECK_ERR(make(a, "more", U8, 1), LINA_ERR_NO_MEMORY, "more");
    CHECK_OK(lina_check_arena(a));
}

TEST("an arena of an odd size can be filled to its last byte") {
    lina_arena_t *a = new_arena(100);
    CHECK_OK(make(a, "all", U8, 100));
    lina_desc_t d = open_desc(a, "all");
    CHECK_EQ(d.capacity_bytes, 100);
    CHECK_OK(lina_remove(a, "all"));
    CHECK_OK(lina_arena_reclaim(a, "all"));
    CHECK_OK(make(a, "first", U8, 64));
    CHECK_OK(make(a, "rest", U8, 36));
    CHECK_ERR(make(a, "more", U8, 1), LINA_ERR_NO_MEMORY, "more");
}

TEST("a hole that fits is used although the arena's odd end would be found first") {
    lina_arena_t *a = new_arena(64 * 3 + 10);
    CHECK_OK(make(a, "0", U8, 64));
    CHECK_OK(make(a, "1", U8, 64));
    CHECK_OK(make(a, "2", U8, 64));
    CHECK_OK(make(a, "end", U8, 10));
    CHECK_OK(lina_remove(a, "1"));
    CHECK_OK(lina_remove(a, "end"));
    CHECK_OK(make(a, "again", U8, 64));
}

TEST("layouts that no new array can have are refused by name") {
    lina_arena_t *a = new_arena(MIB);
    CHECK_ERR(lina_arena_create_array(a, "s", F64, 1, SHAPE(1), LINA_LAYOUT_STRIDED, NULL),
              LINA_ERR_INVALID, "lina_alias");
    CHECK_ERR(lina_arena_create_array(a, "s", F64, 1, SHAPE(1), 3, NULL), LINA_ERR_INVALID,
              "\"s\"");
}

/* ---- open, resolve, list ----------------------------------------------------------------------- */

TEST("opening gives what creating gave") {
    lina_arena_t *a = new_arena(MIB);
    lina_desc_t made = create(a, "x", F64, 2, SHAPE(3, 4), LINA_LAYOUT_F);
    lina_desc_t opened = open_desc(a, "x");
    CHECK_EQ(memcmp(&made, &opened, sizeof made), 0);
}

TEST("opening a name that does not exist says so and leaves the descriptor alone") {
    lina_arena_t *a = new_arena(MIB);
    lina_desc_t d, before;
    memset(&d, 0x5a, sizeof d);
    before = d;
    CHECK_ERR(lina_arena_open(a, "nowhere", &d), LINA_ERR_NOT_FOUND, "nowhere");
    CHECK_EQ(memcmp(&d, &before, sizeof d), 0);
}

TEST("a resolved pointer is base plus offset") {
    lina_arena_t *a = new_arena(MIB);
    create(a, "first", U8, 1, SHAPE(100), LINA_LAYOUT_C);
    lina_desc_t d = create(a, "x", F64, 1, SHAPE(4), LINA_LAYOUT_C);
    void *p;
    CHECK_OK(lina_arena_resolve_ptr(a, &d, &p));
    CHECK(p == (char *)lina_arena_base(a) + d.offset);
}

TEST("a replaced generation no longer resolves, and the pointer stays as it was") {
    lina_arena_t *a = new_arena(MIB);
    lina_desc_t old = create(a, "x", F64, 1, SHAPE(4), LINA_LAYOUT_C);
    CHECK_OK(lina_republish(a, "x", F64, 1, SHAPE(4), LINA_LAYOUT_C, NULL));
    void *p = &old;
    CHECK_ERR(lina_arena_resolve_ptr(a, &old, &p), LINA_ERR_STALE, "\"x\"");
    CHECK(p == &old);
    lina_desc_t now = open_desc(a, "x");
    CHECK_EQ(now.generation, 2);
    CHECK_OK(lina_arena_resolve_ptr(a, &now, &p));
}

TEST("a removed array no longer resolves, also when the name is made again") {
    lina_arena_t *a = new_arena(MIB);
    lina_desc_t old = create(a, "x", F64, 1, SHAPE(4), LINA_LAYOUT_C);
    void *p;
    CHECK_OK(lina_remove(a, "x"));
    CHECK_ERR(lina_arena_resolve_ptr(a, &old, &p), LINA_ERR_STALE, "\"x\"");
    CHECK_ERR(lina_arena_open(a, "x", &old), LINA_ERR_NOT_FOUND, "\"x\"");
    lina_desc_t anew = create(a, "x", F64, 1, SHAPE(4), LINA_LAYOUT_C);
    CHECK_EQ(anew.generation, 1);
    CHECK_ERR(lina_arena_resolve_ptr(a, &old, &p), LINA_ERR_STALE, "\"x\"");
}

TEST("the descriptor of a recreated array is stale even in the same bytes") {
    lina_arena_t *a = new_arena(64);
    lina_desc_t old = create(a, "x", U8, 1, SHAPE(64), LINA_LAYOUT_C);
    void *p;
    CHECK_OK(lina_remove(a, "x"));
    CHECK_OK(lina_arena_reclaim(a, "x"));
    lina_desc_t anew = create(a, "x", U8, 1, SHAPE(64), LINA_LAYOUT_C);
    CHECK_EQ(anew.offset, old.offset);
    CHECK_EQ(anew.generation, old.generation);
    CHECK_ERR(lina_arena_resolve_ptr(a, &old, &p), LINA_ERR_STALE, "\"x\"");
}

TEST("a list counts, fills and stops at its capacity") {
    lina_arena_t *a = new_arena(MIB);
    lina_desc_t some[4];
    size_t n = 77;
    CHECK_OK(lina_arena_list(a, NULL, 0, &n, NULL));
    CHECK_EQ(n, 0);
    CHECK_OK(make(a, "x", U8, 1));
    CHECK_OK(make(a, "y", U8, 1));
    CHECK_OK(make(a, "z", U8, 1));
    CHECK_OK(lina_remove(a, "y"));
    CHECK_EQ(count_arrays(a), 2);
    CHECK_OK(lina_arena_list(a, some, 4, &n, NULL));
    CHECK_EQ(n, 2);
    CHECK((strcmp(some[0].name, "x") == 0 && strcmp(some[1].name, "z") == 0) ||
          (strcmp(some[0].name, "z") == 0 && strcmp(some[1].name, "x") == 0));
    memset(some, 0x5a, sizeof some);
    CHECK_OK(lina_arena_list(a, some, 1, &n, NULL));
    CHECK_EQ(n, 1);
    CHECK(all_are(&some[1], sizeof some[1], 0x5a));
    CHECK_OK(lina_arena_list(a, some, 0, &n, NULL));
    CHECK_EQ(n, 0);
}

TEST("a list without a place for its length is refused") {
    lina_arena_t *a = new_arena(MIB);
    size_t n = 5;
    CHECK_ERR(lina_arena_list(a, NULL, 0, NULL, NULL), LINA_ERR_INVALID, "list");
    CHECK_ERR(lina_arena_list(a, NULL, 3, &n, NULL), LINA_ERR_INVALID, "list");
    CHECK_EQ(n, 5);
}

TEST("a list has each of a thousand names once while generations change") {
    lina_arena_t *a = new_arena(MIB);
    static lina_desc_t all[1000];
    char name[16];
    size_t n;
    for (int i = 0; i < 500; i++) {
        snprintf(name, sizeof name, "a%d", i);
        CHECK_OK(make(a, name, U8, 1));
    }
    for (int i = 0; i < 500; i += 7) {
        snprintf(name, sizeof name, "a%d", i);
        CHECK_OK(lina_republish(a, name, U8, 1, SHAPE(1), LINA_LAYOUT_C, NULL));
    }
    CHECK_OK(lina_arena_list(a, all, 1000, &n, NULL));
    CHECK_EQ(n, 500);
    bool seen[500] = {false};
    for (size_t i = 0; i < n; i++) {
        int number = atoi(all[i].name + 1);
        CHECK(!seen[number]);
        seen[number] = true;
        CHECK_EQ(all[i].generation, number % 7 == 0 ? 2 : 1);
    }
}

/* ---- pages ------------------------------------------------------------------------------------- */

/* Creates an array and writes to each of its pages. */
static void make_and_fill(lina_arena_t *a, const char *name, uint64_t bytes) {
    CHECK_OK(make(a, name, U8, bytes));
    lina_view_t view = hold(&view, a, name);
    for (uint64_t at = 0; at < bytes; at += 4096)
        ((char *)view.data)[at] = 1;
    lina_release(&view);
}

TEST("an anonymous arena keeps the pages of removed arrays up to 256 MiB, and gives others back") {
    static const char *const names[] = {"x", "y", "z"};
    lina_arena_t *a = new_arena(384 * MIB);
    uint64_t before = info_of(a).resident_bytes;
    for (int i = 0; i < 3; i++)
        make_and_fill(a, names[i], 128 * MIB);
    CHECK(info_of(a).resident_bytes >= before + 384 * MIB);
    for (int i = 0; i < 2; i++)
        CHECK_OK(lina_remove(a, names[i]));
    CHECK(info_of(a).resident_bytes >= before + 384 * MIB);
    CHECK_OK(lina_remove(a, "z"));
    CHECK(info_of(a).resident_bytes >= before + 256 * MIB);
    CHECK(info_of(a).resident_bytes < before + 272 * MIB);
    make_and_fill(a, "x", 128 * MIB); /* uses kept pages again */
    CHECK(info_of(a).resident_bytes < before + 272 * MIB);
    CHECK_OK(lina_remove(a, "x"));
    CHECK_OK(lina_check_arena(a));
}

TEST("free space that has no pages does not count as kept pages") {
    lina_arena_t *a = new_arena(1024 * MIB);
    CHECK_OK(make(a, "untouched", U8, 1000 * MIB));
    CHECK_OK(lina_remove(a, "untouched"));
    make_and_fill(a, "x", 32 * MIB);
    CHECK_OK(lina_remove(a, "x"));
    CHECK(info_of(a).resident_bytes >= 32 * MIB);
}

TEST("a large array in a kept array's pages is zero") {
    lina_arena_t *a = new_arena(64 * MIB);
    make_and_fill(a, "x", 32 * MIB);
    CHECK_OK(lina_remove(a, "x"));
    CHECK(info_of(a).resident_bytes >= 32 * MIB);
    CHECK_OK(make(a, "y", U8, 48 * MIB));
    lina_view_t view = hold(&view, a, "y");
    CHECK(all_are(view.data, 48 * MIB, 0));
    lina_release(&view);
}

TEST("a large array that was removed gives its pages back when the last view is released") {
    lina_arena_t *a = new_arena(320 * MIB);
    uint64_t before = info_of(a).resident_bytes;
    make_and_fill(a, "x", 300 * MIB);
    lina_view_t view = hold(&view, a, "x"), other = hold(&other, a, "x");
    memset(view.data, 1, MIB);
    CHECK_OK(lina_remove(a, "x"));
    lina_release(&view);
    CHECK(all_are(other.data, MIB, 1));
    lina_release(&other);
    CHECK(info_of(a).resident_bytes < before + 16 * MIB); /* a checking build reads all tables */
    CHECK_EQ(info_of(a).used_bytes, 0);
    CHECK_OK(lina_check_arena(a));
}

TEST("an array over used memory is zero, and takes few pages that were not there before") {
    lina_arena_t *a = new_arena(4 * MIB);
    CHECK_OK(make(a, "x", U8, 2 * MIB));
    lina_view_t view = hold(&view, a, "x");
    for (uint64_t at = 100; at < 2 * MIB; at += 300 << 10)
        memset((char *)view.data + at, 1, 5000);
    ((char *)view.data)[2 * MIB - 1] = 1;
    lina_release(&view);
    uint64_t before = info_of(a).resident_bytes;
    CHECK_OK(lina_remove(a, "x"));
    CHECK_OK(make(a, "y", U8, 2 * MIB));
    CHECK(info_of(a).resident_bytes < before + 2 * MIB / 2);
    view = hold(&view, a, "y");
    for (uint64_t at = 0; at < 2 * MIB; at++)
        if (((char *)view.data)[at] != 0)
            FAIL("byte %llu is not zero", (unsigned long long)at);
    lina_release(&view);
}

TEST("an arena of 64 GiB takes the pages that are touched") {
    lina_arena_t *a = new_arena(UINT64_C(64) << 30);
    CHECK_OK(make(a, "low", U8, UINT64_C(40) << 30));
    CHECK_OK(make(a, "high", U8, UINT64_C(20) << 30));
    lina_view_t low = hold(&low, a, "low"), high = hold(&high, a, "high");
    ((char *)low.data)[(UINT64_C(40) << 30) - 1] = 1;
    ((char *)high.data)[(UINT64_C(20) << 30) - 1] = 2;
    CHECK_EQ(((char *)low.data)[(UINT64_C(40) << 30) - 1], 1);
    CHECK(info_of(a).resident_bytes < 16 * MIB);
    lina_release(&low);
    lina_release(&high);
}

/* ---- ensure, list's total ------------------------------------------------------------------------ */

static int ensure(lina_arena_t *a, const char *name, uint32_t dtype, uint64_t n, uint32_t layout,
                  lina_desc_t *out) {
    return lina_ensure_array(a, name, dtype, 2, SHAPE(n, 3), layout, out);
}

TEST("ensuring an array makes it once, and then returns the existing one if it agrees") {
    lina_arena_t *a = new_arena(MIB);
    lina_desc_t one, two;
    CHECK_OK(ensure(a, "x", F64, 2, LINA_LAYOUT_C, &one));
    CHECK_EQ(one.generation, 1);
    *(double *)lina_arena_base(a) = 7;
    CHECK_OK(ensure(a, "x", F64, 2, LINA_LAYOUT_C, &two));
    CHECK_EQ(two.generation, 1);
    CHECK_EQ(two.offset, one.offset);
    CHECK_EQ(*(double *)lina_arena_base(a), 7);
    CHECK_ERR(ensure(a, "x", U8, 2, LINA_LAYOUT_C, NULL), LINA_ERR_EXISTS, "another dtype");
    CHECK_ERR(ensure(a, "x", F64, 3, LINA_LAYOUT_C, NULL), LINA_ERR_EXISTS, "another shape");
    CHECK_ERR(ensure(a, "x", F64, 2, LINA_LAYOUT_F, NULL), LINA_ERR_EXISTS, "another layout");
    CHECK_OK(ensure(a, "row", F64, 1, LINA_LAYOUT_C, NULL));
    CHECK_OK(lina_check_arena(a));
}

static void *ensure_often(void *arena) {
    for (int i = 0; i < 500; i++) {
        lina_desc_t desc;
        CHECK_OK(ensure(arena, i % 2 ? "x" : "y", F64, 2, LINA_LAYOUT_C, &desc));
        if (i % 7 == 0)
            lina_remove(arena, "x");
        CHECK_OK(lina_arena_reclaim(arena, "x"));
    }
    return NULL;
}

TEST("threads that ensure one array while another removes it all get it") {
    lina_arena_t *a = new_arena(MIB);
    pthread_t threads[3];
    for (int i = 0; i < 3; i++)
        threads[i] = start(ensure_often, a);
    for (int i = 0; i < 3; i++)
        join(threads[i]);
    CHECK_OK(lina_check_arena(a));
}

TEST("a list that is cut tells how many arrays there are") {
    lina_arena_t *a = new_arena(MIB);
    lina_desc_t some[2];
    size_t n, total;
    CHECK_OK(make(a, "x", U8, 1));
    CHECK_OK(make(a, "y", U8, 1));
    CHECK_OK(make(a, "z", U8, 1));
    CHECK_OK(lina_arena_list(a, some, 2, &n, &total));
    CHECK_EQ(n, 2);
    CHECK_EQ(total, 3);
    CHECK_OK(lina_arena_list(a, NULL, 0, &n, NULL));
    CHECK_EQ(n, 3);
}
