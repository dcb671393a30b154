/* test_generations.c - tests loan, publish, republish, remove and reclaim, and handles that follow a name. */
#include "../helpers.h"

/* ---- generations ------------------------------------------------------------------------------- */

TEST("generations count from 1, one more per publish, whichever member publishes") {
    lina_arena_t *a = new_arena(MIB);
    publish_bytes(a, "x", 10, 1);
    CHECK_EQ(open_desc(a, "x").generation, 1);
    publish_bytes(a, "x", 20, 2);
    CHECK_EQ(open_desc(a, "x").generation, 2);
    CHECK_OK(lina_republish(a, "x", F64, 1, SHAPE(1), LINA_LAYOUT_C, NULL));
    CHECK_EQ(open_desc(a, "x").generation, 3);
    CHECK_EQ(open_desc(a, "x").dtype, F64);
}

TEST("a loan is invisible until it is published, and then visible as a whole") {
    lina_arena_t *a = new_arena(MIB);
    publish_bytes(a, "x", 100, 1);
    lina_view_t loan = borrow(&loan, a, "x", U8, 200);
    CHECK_EQ(loan.flags & LINA_VIEW_LOAN, LINA_VIEW_LOAN);
    memset(loan.data, 2, 200);
    lina_view_t now = hold(&now, a, "x");
    CHECK_EQ(now.desc.nbytes, 100);
    CHECK(all_are(now.data, 100, 1));
    CHECK_EQ(count_arrays(a), 1);
    CHECK_OK(lina_publish(&loan));
    CHECK(loan.arena == NULL);
    lina_view_t next = hold(&next, a, "x");
    CHECK_EQ(next.desc.nbytes, 200);
    CHECK(all_are(next.data, 200, 2));
    CHECK(all_are(now.data, 100, 1));
    lina_release(&now);
    lina_release(&next);
}

TEST("a discarded loan gives its room back and leaves the name alone") {
    lina_arena_t *a = new_arena(1024);
    publish_bytes(a, "x", 64, 1);
    for (int i = 0; i < 100; i++) {
        lina_view_t loan = borrow(&loan, a, "x", U8, 900);
        CHECK_OK(lina_discard(&loan));
        CHECK(loan.arena == NULL);
    }
    CHECK_EQ(open_desc(a, "x").generation, 1);
    CHECK_EQ(info_of(a).used_bytes, 64);
    CHECK_OK(lina_check_arena(a));
}

TEST("a loan that is released instead of discarded gives its room back") {
    lina_arena_t *a = new_arena(1024);
    for (int i = 0; i < 100; i++) {
        lina_view_t loan = borrow(&loan, a, "x", U8, 1000);
        lina_release(&loan);
    }
    CHECK_EQ(info_of(a).used_bytes, 0);
    CHECK_EQ(count_arrays(a), 0);
}

TEST("of two loans of a name the one published last is current") {
    lina_arena_t *a = new_arena(MIB);
    lina_view_t one = borrow(&one, a, "x", U8, 1), two = borrow(&two, a, "x", U8, 2);
    CHECK_OK(lina_publish(&two));
    CHECK_OK(lina_publish(&one));
    CHECK_EQ(open_desc(a, "x").nbytes, 1);
    CHECK_EQ(open_desc(a, "x").generation, 2);
}

TEST("a retained view of a loan stays valid, and is current after the loan is published") {
    lina_arena_t *a = new_arena(MIB);
    lina_view_t loan = borrow(&loan, a, "x", U8, 8), kept;
    memset(loan.data, 7, 8);
    CHECK_OK(lina_retain(&loan, &kept));
    CHECK_EQ(lina_view_is_current(&kept), 0);
    CHECK_OK(lina_publish(&loan));
    CHECK_EQ(lina_view_is_current(&kept), 1);
    CHECK(all_are(kept.data, 8, 7));
    CHECK_ERR(lina_publish(&kept), LINA_ERR_INVALID, "\"x\"");
    lina_release(&kept);
    CHECK_OK(lina_remove(a, "x"));
    CHECK_EQ(info_of(a).used_bytes, 0);
}

TEST("only a loan can be published or discarded, and a failed try leaves the view") {
    lina_arena_t *a = new_arena(MIB);
    publish_bytes(a, "x", 8, 3);
    lina_view_t view = hold(&view, a, "x"), none;
    memset(&none, 0, sizeof none);
    CHECK_ERR(lina_publish(&view), LINA_ERR_INVALID, "\"x\"");
    CHECK_ERR(lina_discard(&view), LINA_ERR_INVALID, "\"x\"");
    CHECK(all_are(view.data, 8, 3));
    CHECK_ERR(lina_publish(&none), LINA_ERR_INVALID, "empty");
    CHECK_ERR(lina_publish(NULL), LINA_ERR_INVALID, "NULL");
    CHECK_ERR(lina_discard(NULL), LINA_ERR_INVALID, "NULL");
    lina_release(&view);
}

TEST("a name that was removed while its loan was filled begins again at generation 1") {
    lina_arena_t *a = new_arena(MIB);
    publish_bytes(a, "x", 8, 1);
    lina_view_t loan = borrow(&loan, a, "x", U8, 8);
    CHECK_EQ(loan.desc.generation, 2);
    CHECK_OK(lina_remove(a, "x"));
    CHECK_OK(lina_publish(&loan));
    CHECK_EQ(open_desc(a, "x").generation, 1);
}

TEST("a failed loan leaves the view alone") {
    lina_arena_t *a = new_arena(1024);
    lina_view_t view, before;
    memset(&view, 0x5a, sizeof view);
    before = view;
    CHECK_ERR(lina_loan(a, "x", U8, 1, SHAPE(2000), LINA_LAYOUT_C, &view), LINA_ERR_NO_MEMORY,
              "\"x\"");
    CHECK_ERR(lina_loan(a, "x", U8, 9, SHAPE(1), LINA_LAYOUT_C, &view), LINA_ERR_INVALID, "\"x\"");
    CHECK_EQ(memcmp(&view, &before, sizeof view), 0);
    CHECK_ERR(lina_loan(a, "x", U8, 1, SHAPE(1), LINA_LAYOUT_C, NULL), LINA_ERR_INVALID, "\"x\"");
}

TEST("publishing a hundred thousand generations takes the room of two") {
    lina_arena_t *a = new_arena(256);
    for (int i = 0; i < 100000; i++) {
        lina_view_t loan = borrow(&loan, a, "x", U8, 128);
        CHECK_OK(lina_publish(&loan));
    }
    CHECK_EQ(open_desc(a, "x").generation, 100000);
    CHECK_OK(lina_check_arena(a));
}

/* ---- raw pointers from lina_open ---------------------------------------------------------------- */

TEST("a generation that lina_open showed is never reused before lina_reclaim") {
    lina_arena_t *a = new_arena(4096);
    publish_bytes(a, "x", 1024, 1);
    lina_desc_t shown = open_desc(a, "x");
    const char *raw = (const char *)lina_arena_base(a) + shown.offset;
    for (int i = 2; i < 50; i++)
        publish_bytes(a, "x", 1024, i);
    CHECK_OK(lina_remove(a, "x"));
    for (int i = 0; i < 50; i++)
        publish_bytes(a, "y", 1024, 0xff);
    CHECK(all_are(raw, 1024, 1));
    CHECK_EQ(info_of(a).held, 1);
    CHECK_OK(lina_arena_reclaim(a, "y"));
    CHECK_EQ(info_of(a).held, 1);
    CHECK_OK(lina_arena_reclaim(a, "x"));
    CHECK_EQ(info_of(a).held, 0);
    CHECK_EQ(info_of(a).used_bytes, 1024);
}

TEST(
    "generations that lina_create_array, lina_republish and lina_resolve_ptr showed stay as well") {
    lina_arena_t *a = new_arena(MIB);
    lina_desc_t d;
    CHECK_OK(lina_arena_create_array(a, "x", U8, 1, SHAPE(64), LINA_LAYOUT_C, &d));
    CHECK_OK(lina_republish(a, "x", U8, 1, SHAPE(64), LINA_LAYOUT_C, &d));
    publish_bytes(a, "x", 64, 3);
    lina_view_t view = hold(&view, a, "x");
    void *p;
    CHECK_OK(lina_arena_resolve_ptr(a, &view.desc, &p));
    lina_release(&view);
    publish_bytes(a, "x", 64, 4);
    CHECK_EQ(info_of(a).held, 3);
    CHECK_OK(lina_arena_reclaim(a, "x"));
    CHECK_EQ(info_of(a).held, 0);
}

TEST("reclaiming leaves what views hold and what is current") {
    lina_arena_t *a = new_arena(MIB);
    publish_bytes(a, "x", 64, 1);
    open_desc(a, "x");
    lina_view_t view = hold(&view, a, "x");
    publish_bytes(a, "x", 64, 2);
    open_desc(a, "x");
    CHECK_OK(lina_arena_reclaim(a, "x"));
    CHECK(all_are(view.data, 64, 1));
    CHECK_EQ(info_of(a).held, 1);
    CHECK_EQ(open_desc(a, "x").generation, 2);
    lina_release(&view);
    CHECK_EQ(info_of(a).held, 0);
}

TEST("reclaiming a name that does not exist is no error") {
    lina_arena_t *a = new_arena(MIB);
    CHECK_OK(lina_arena_reclaim(a, "nowhere"));
}

TEST("removing a name leaves other names alone") {
    lina_arena_t *a = new_arena(MIB);
    CHECK_OK(make(a, "x", U8, 1));
    CHECK_OK(make(a, "xx", U8, 1));
    CHECK_OK(lina_remove(a, "x"));
    CHECK_ERR(lina_remove(a, "x"), LINA_ERR_NOT_FOUND, "\"x\"");
    CHECK_EQ(count_arrays(a), 1);
    open_desc(a, "xx");
}

/* ---- handles ----------------------------------------------------------------------------------- */

TEST("an array handle follows its name from generation to generation") {
    lina_arena_t *a = new_arena(MIB);
    lina_array_t array;
    lina_desc_t d;
    publish_bytes(a, "x", 10, 1);
    CHECK_OK(lina_array_find(a, "x", &array));
    for (uint64_t n = 11; n < 20; n++) {
        publish_bytes(a, "x", n, 1);
        CHECK_OK(lina_array_open(&array, &d));
        CHECK_EQ(d.nbytes, n);
        CHECK_OK(lina_array_open(&array, &d));
        CHECK_EQ(d.nbytes, n);
    }
    CHECK_OK(lina_remove(a, "x"));
    memset(&d, 0x5a, sizeof d);
    CHECK_ERR(lina_array_open(&array, &d), LINA_ERR_NOT_FOUND, "\"x\"");
    CHECK(all_are(&d, sizeof d, 0x5a));
    publish_bytes(a, "x", 5, 1);
    CHECK_OK(lina_array_open(&array, &d));
    CHECK_EQ(d.nbytes, 5);
}

TEST("an array handle opens like lina_open: the generation that it showed stays") {
    lina_arena_t *a = new_arena(MIB);
    lina_array_t array;
    lina_desc_t d;
    publish_bytes(a, "x", 10, 1);
    CHECK_OK(lina_array_find(a, "x", &array));
    CHECK_OK(lina_array_open(&array, &d));
    publish_bytes(a, "x", 10, 2);
    CHECK_EQ(info_of(a).held, 1);
    CHECK(all_are((char *)lina_arena_base(a) + d.offset, 10, 1));
}

TEST("calls by an invalid array handle, and handles of unknown names, are refused") {
    lina_arena_t *a = new_arena(MIB);
    lina_array_t array, empty;
    lina_desc_t d;
    lina_view_t view;
    memset(&empty, 0, sizeof empty);
    CHECK_ERR(lina_array_find(a, "nowhere", &array), LINA_ERR_NOT_FOUND, "nowhere");
    CHECK_ERR(lina_array_find(a, "nowhere", NULL), LINA_ERR_INVALID, "handle");
    CHECK_ERR(lina_array_open(&empty, &d), LINA_ERR_INVALID, "handle");
    CHECK_ERR(lina_array_open(NULL, &d), LINA_ERR_INVALID, "handle");
    CHECK_ERR(lina_array_acquire(&empty, &view), LINA_ERR_INVALID, "handle");
}

/* ---- what a member remembers between its publishes ---------------------------------------------- */

/* Publishes as `arena`, and checks the number of the generation. */
static void publish_as(lina_arena_t *arena, uint32_t generation) {
    publish_bytes(arena, "x", 8, (int)generation);
    lina_view_t view = hold(&view, arena, "x");
    CHECK_EQ(view.desc.generation, generation);
    CHECK(all_are(view.data, 8, (int)generation));
    lina_release(&view);
    CHECK_OK(lina_check_arena(arena));
}

TEST("a publish knows what other members did since this member's last one") {
    lina_arena_t *a = new_arena(MIB), *b = join_arena(a, 0);
    publish_as(a, 1);
    publish_as(a, 2);
    publish_as(b, 3);
    publish_as(a, 4);
    CHECK_OK(lina_remove(b, "x"));
    publish_as(a, 1);
    CHECK_OK(make(b, "y", U8, 8)); /* takes a slot that "x" had */
    publish_as(a, 2);
    CHECK_OK(lina_name_own(b, "x"));
    lina_view_t loan = borrow(&loan, a, "x", U8, 8);
    CHECK_ERR(lina_publish(&loan), LINA_ERR_PERMISSION, "owns");
    CHECK_OK(lina_name_disown(b, "x"));
    CHECK_OK(lina_publish(&loan));
    publish_as(a, 4);
    CHECK_OK(lina_remove(b, "x"));
    CHECK_OK(lina_stream_open(b, "x", 2));
    publish_bytes(a, "x", 8, 1);
    lina_stream_info_t info;
    CHECK_OK(lina_stream_info(a, "x", &info));
    CHECK_EQ(info.sequence, 1);
}

TEST("a publish knows what other members did since its loan") {
    lina_arena_t *a = new_arena(MIB), *b = join_arena(a, 0);
    publish_as(a, 1);
    lina_view_t loan = borrow(&loan, a, "x", U8, 8);
    publish_as(b, 2);
    CHECK_OK(lina_publish(&loan));
    publish_as(a, 4);
    lina_view_t late = borrow(&late, a, "x", U8, 8);
    CHECK_OK(lina_remove(b, "x"));
    CHECK_OK(lina_publish(&late));
    publish_as(b, 2);
    publish_as(a, 3);
}

TEST("a publish knows what this member did since its last one") {
    lina_arena_t *a = new_arena(MIB), *b = join_arena(a, 0);
    publish_as(a, 1);
    CHECK_OK(lina_name_own(a, "x"));
    publish_as(a, 2);
    lina_view_t loan = borrow(&loan, b, "x", U8, 8);
    CHECK_ERR(lina_publish(&loan), LINA_ERR_PERMISSION, "owns");
    lina_release(&loan);
    CHECK_OK(lina_name_disown(a, "x"));
    publish_as(b, 3);
    CHECK_OK(lina_remove(a, "x"));
    publish_as(a, 1);
    publish_bytes(a, "y", 8, 1);
    publish_as(a, 2);
}
