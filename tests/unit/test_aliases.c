/* test_aliases.c - tests named slices: strides, bounds, and that a slice keeps its base in place. */
#include "../helpers.h"

/* An arena with a frame of 4 x 5 pixels of 3 bytes. Byte k of the frame is k. */
static lina_arena_t *arena_with_frame(void) {
    lina_arena_t *a = new_arena(4096);
    lina_view_t loan;
    CHECK_OK(lina_loan(a, "frame", U8, 3, SHAPE(4, 5, 3), LINA_LAYOUT_C, &loan));
    for (unsigned k = 0; k < 60; k++)
        ((unsigned char *)loan.data)[k] = (unsigned char)k;
    CHECK_OK(lina_publish(&loan));
    return a;
}

TEST("an alias gives one channel of a frame a name") {
    lina_arena_t *a = arena_with_frame();
    CHECK_OK(lina_alias(a, "green", "frame", 1, 2, SHAPE(4, 5), STRIDES(15, 3)));
    lina_view_t view = hold(&view, a, "green");
    CHECK_EQ(view.desc.layout, LINA_LAYOUT_STRIDED);
    CHECK_EQ(view.desc.flags, LINA_FLAG_ALIAS);
    CHECK_EQ(view.desc.nbytes, 20);
    CHECK_EQ(view.desc.generation, 1);
    CHECK_EQ(view.desc.dtype, U8);
    CHECK_EQ(((unsigned char *)view.data)[2 * 15 + 3 * 3], 2 * 15 + 3 * 3 + 1);
    lina_release(&view);
    CHECK_OK(lina_check_arena(a));
}

TEST("an alias of contiguous bytes says C or F") {
    lina_arena_t *a = arena_with_frame();
    CHECK_OK(lina_alias(a, "c", "frame", 15, 2, SHAPE(2, 15), NULL));
    CHECK_OK(lina_alias(a, "f", "frame", 0, 2, SHAPE(3, 4), STRIDES(1, 3)));
    CHECK_OK(lina_alias(a, "one", "frame", 59, 0, NULL, NULL));
    CHECK_EQ(open_desc(a, "c").layout, LINA_LAYOUT_C);
    CHECK_EQ(open_desc(a, "c").strides[0], 15);
    CHECK_EQ(open_desc(a, "c").offset, 15);
    CHECK_EQ(open_desc(a, "f").layout, LINA_LAYOUT_F);
    CHECK_EQ(open_desc(a, "one").nbytes, 1);
}

TEST("negative strides run backwards from the offset") {
    lina_arena_t *a = arena_with_frame();
    CHECK_OK(lina_alias(a, "back", "frame", 59, 1, SHAPE(60), STRIDES(-1)));
    lina_view_t view = hold(&view, a, "back");
    CHECK_EQ(*(unsigned char *)view.data, 59);
    CHECK_EQ(((unsigned char *)view.data)[-59], 0);
    lina_release(&view);
    void *p;
    lina_desc_t d = open_desc(a, "back");
    CHECK_OK(lina_arena_resolve_ptr(a, &d, &p));
    CHECK_ERR(lina_alias(a, "off", "frame", 58, 1, SHAPE(60), STRIDES(-1)), LINA_ERR_INVALID,
              "off");
}

TEST("a stride of zero repeats an element any number of times") {
    lina_arena_t *a = arena_with_frame();
    CHECK_OK(lina_alias(a, "same", "frame", 7, 2, SHAPE(1 << 20, 3), STRIDES(0, 1)));
    lina_desc_t d = open_desc(a, "same");
    CHECK_EQ(d.nbytes, 3 << 20);
    void *p;
    CHECK_OK(lina_arena_resolve_ptr(a, &d, &p));
    CHECK_EQ(*(unsigned char *)p, 7);
}

TEST("no element of a slice may lie outside its base") {
    lina_arena_t *a = arena_with_frame();
    CHECK_OK(make(a, "behind", U8, 1000));
    CHECK_ERR(lina_alias(a, "s", "frame", 60, 0, NULL, NULL), LINA_ERR_INVALID, "\"frame\"");
    CHECK_ERR(lina_alias(a, "s", "frame", 0, 1, SHAPE(61), NULL), LINA_ERR_INVALID, "\"s\"");
    CHECK_ERR(lina_alias(a, "s", "frame", 0, 1, SHAPE(2), STRIDES(60)), LINA_ERR_INVALID, "\"s\"");
    CHECK_ERR(lina_alias(a, "s", "frame", 0, 1, SHAPE(2), STRIDES(-1)), LINA_ERR_INVALID, "\"s\"");
    CHECK_ERR(lina_alias(a, "s", "frame", UINT64_MAX, 0, NULL, NULL), LINA_ERR_INVALID, "\"s\"");
    CHECK_ERR(lina_alias(a, "s", "frame", UINT64_MAX, 1, SHAPE(2), STRIDES(1)), LINA_ERR_INVALID,
              "\"s\"");
    CHECK_EQ(count_arrays(a), 2);
    CHECK_OK(lina_check_arena(a));
}

TEST("strides near the limits of their type are refused, because the reach would overflow") {
    lina_arena_t *a = arena_with_frame();
    const int64_t edges[] = {INT64_MIN, INT64_MIN + 1, INT64_MAX, INT64_MIN / 2, INT64_MAX / 2 + 1};
    for (size_t i = 0; i < sizeof edges / sizeof *edges; i++)
        for (uint64_t n = 2; n < 5; n++) {
            CHECK_ERR(lina_alias(a, "s", "frame", 30, 1, SHAPE(n), STRIDES(edges[i])),
                      LINA_ERR_INVALID, "\"s\"");
            CHECK_ERR(lina_alias(a, "s", "frame", 30, 2, SHAPE(n, n),
                                 STRIDES(edges[i], edges[sizeof edges / sizeof *edges - 1 - i])),
                      LINA_ERR_INVALID, "\"s\"");
        }
    CHECK_OK(lina_alias(a, "s", "frame", 30, 1, SHAPE(1), STRIDES(INT64_MIN)));
}

TEST("an empty slice may lie anywhere inside its base") {
    lina_arena_t *a = arena_with_frame();
    CHECK_OK(lina_alias(a, "none", "frame", 60, 1, SHAPE(0), STRIDES(1)));
    CHECK_OK(lina_alias(a, "none-either", "frame", 0, 2, SHAPE(0, 9), STRIDES(-7, 123456)));
    CHECK_EQ(open_desc(a, "none").nbytes, 0);
    CHECK_ERR(lina_alias(a, "far", "frame", 61, 1, SHAPE(0), STRIDES(1)), LINA_ERR_INVALID, "far");
}

TEST("a slice of an empty array has no elements, wherever a reversed axis would begin") {
    lina_arena_t *a = arena_with_frame();
    CHECK_OK(make(a, "empty", F64, 0));
    CHECK_OK(lina_alias(a, "reversed", "empty", UINT64_MAX - 7, 1, SHAPE(0), STRIDES(-8)));
    CHECK_EQ(open_desc(a, "reversed").nbytes, 0);
    CHECK_EQ(open_desc(a, "reversed").strides[0], -8);
    CHECK_OK(lina_check_arena(a));
}

TEST("a slice needs a base, a free name, and a shape of at most eight dimensions") {
    lina_arena_t *a = arena_with_frame();
    CHECK_ERR(lina_alias(a, "s", "nowhere", 0, 0, NULL, NULL), LINA_ERR_NOT_FOUND, "nowhere");
    CHECK_ERR(lina_alias(a, "frame", "frame", 0, 0, NULL, NULL), LINA_ERR_EXISTS, "frame");
    CHECK_ERR(lina_alias(a, "s", "frame", 0, 9, SHAPE(1, 1, 1, 1, 1, 1, 1, 1, 1), NULL),
              LINA_ERR_INVALID, "\"s\"");
    CHECK_ERR(lina_alias(a, "s", "frame", 0, 1, NULL, NULL), LINA_ERR_INVALID, "\"s\"");
    CHECK_ERR(lina_alias(a, "s", NULL, 0, 0, NULL, NULL), LINA_ERR_INVALID, "NULL");
    CHECK_ERR(lina_alias(a, NULL, "frame", 0, 0, NULL, NULL), LINA_ERR_INVALID, "NULL");
}

TEST("an alias keeps the generation of its base, whatever happens to the name") {
    lina_arena_t *a = arena_with_frame();
    CHECK_OK(lina_alias(a, "green", "frame", 1, 2, SHAPE(4, 5), STRIDES(15, 3)));
    publish_bytes(a, "frame", 60, 0xff);
    CHECK_OK(lina_remove(a, "frame"));
    for (int i = 0; i < 20; i++)
        publish_bytes(a, "other", 1024, 0xee);
    lina_view_t view = hold(&view, a, "green");
    CHECK_EQ(*(unsigned char *)view.data, 1);
    CHECK_EQ(info_of(a).held, 1);
    CHECK_OK(lina_remove(a, "green"));
    CHECK_EQ(((unsigned char *)view.data)[15], 16);
    CHECK_EQ(info_of(a).held, 2);
    CHECK_OK(lina_check_arena(a));
    lina_release(&view);
    CHECK_EQ(info_of(a).held, 0);
    CHECK_EQ(info_of(a).used_bytes, 1024);
    CHECK_OK(lina_check_arena(a));
}

TEST("an alias of an alias stays inside it and keeps the whole chain") {
    lina_arena_t *a = arena_with_frame();
    CHECK_OK(lina_alias(a, "row", "frame", 15, 1, SHAPE(15), NULL));
    CHECK_OK(lina_alias(a, "pixel", "row", 3, 1, SHAPE(3), NULL));
    CHECK_ERR(lina_alias(a, "s", "row", 13, 1, SHAPE(3), NULL), LINA_ERR_INVALID, "\"row\"");
    CHECK_EQ(open_desc(a, "pixel").offset, 18);
    CHECK_OK(lina_arena_reclaim(a, "pixel"));
    CHECK_OK(lina_remove(a, "frame"));
    CHECK_OK(lina_remove(a, "row"));
    CHECK_EQ(info_of(a).held, 2);
    lina_view_t view = hold(&view, a, "pixel");
    CHECK_EQ(*(unsigned char *)view.data, 18);
    lina_release(&view);
    CHECK_OK(lina_remove(a, "pixel"));
    CHECK_OK(lina_arena_reclaim(a, "pixel"));
    CHECK_EQ(info_of(a).held, 0);
    CHECK_EQ(info_of(a).used_bytes, 0);
    CHECK_OK(lina_check_arena(a));
}

TEST("all pending slots of a dead member, aliases and their bases, are freed when room is needed") {
    lina_arena_t *a = new_arena(4096);
    char name[8], alias[8];
    lina_view_t views[3];
    for (int i = 0; i < 3; i++) {
        snprintf(name, sizeof name, "b%d", i);
        snprintf(alias, sizeof alias, "s%d", i);
        CHECK_OK(make(a, name, U8, 1024));
        CHECK_OK(lina_alias(a, alias, name, 0, 1, SHAPE(1), NULL));
    }
    pid_t pid = spawn();
    if (pid == 0) {
        for (int i = 0; i < 3; i++) {
            snprintf(alias, sizeof alias, "s%d", i);
            views[i] = hold(&views[i], a, alias);
        }
        CHECK(views[0].data != views[2].data);
        lina_arena_signal(a, "held");
        for (;;)
            pause();
    }
    CHECK_OK(lina_arena_wait(a, "held"));
    for (int i = 0; i < 3;
         i++) { /* in the list of pending slots, the alias comes before its base */
        snprintf(name, sizeof name, "b%d", i);
        snprintf(alias, sizeof alias, "s%d", i);
        CHECK_OK(lina_remove(a, name));
        CHECK_OK(lina_remove(a, alias));
    }
    CHECK_EQ(info_of(a).held, 6);
    kill_and_reap(pid);
    CHECK_OK(make(a, "all", U8, 4096));
    CHECK_EQ(info_of(a).held, 0);
}

TEST("an alias cannot be republished into its base, but its name can move on") {
    lina_arena_t *a = arena_with_frame();
    CHECK_OK(lina_alias(a, "green", "frame", 1, 2, SHAPE(4, 5), STRIDES(15, 3)));
    publish_bytes(a, "green", 7, 0xaa);
    CHECK_EQ(open_desc(a, "green").generation, 2);
    CHECK_EQ(open_desc(a, "green").flags, 0);
    lina_view_t frame = hold(&frame, a, "frame");
    CHECK_EQ(((unsigned char *)frame.data)[1], 1);
    lina_release(&frame);
    CHECK_OK(lina_remove(a, "frame"));
    CHECK_EQ(info_of(a).held, 0);
}

TEST("a slice of another dtype reads fields of records, also where they are not aligned") {
    lina_arena_t *a = new_arena(MIB);
    struct __attribute__((packed)) record {
        uint8_t kind;
        double value;
    } * records;
    CHECK_OK(make(a, "records", U8, 4 * sizeof *records));
    lina_view_t view = hold(&view, a, "records");
    records = view.data;
    for (int i = 0; i < 4; i++)
        records[i] = (struct record){(uint8_t)i, i * 1.5};
    CHECK_OK(lina_alias_as(a, "value", "records", 1, F64, 1, SHAPE(4), STRIDES(9)));
    lina_view_t values = hold(&values, a, "value");
    CHECK_EQ(values.desc.dtype, F64);
    CHECK_EQ(values.desc.nbytes, 32);
    for (int i = 0; i < 4; i++) {
        double value;
        memcpy(&value, (char *)values.data + i * values.desc.strides[0], sizeof value);
        CHECK_EQ(value, i * 1.5);
    }
    CHECK_ERR(lina_alias_as(a, "beyond", "records", 2, F64, 1, SHAPE(4), STRIDES(9)),
              LINA_ERR_INVALID, "outside its base");
    CHECK_ERR(lina_alias_as(a, "none", "records", 0, 0, 1, SHAPE(4), NULL), LINA_ERR_INVALID,
              "dtype");
    lina_release(&view);
    lina_release(&values);
    CHECK_OK(lina_check_arena(a));
}
