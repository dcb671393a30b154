/* test_spares.c - tests spares. A spare is the generation before the current one of a small array, or the one that a
 * stream dropped last. Its slot and bytes wait for the next loan of the name, and are given to other arrays that need
 * the room. */
#include "../helpers.h"
#include "names.h"
#include "spares.h"

static uint32_t slot_of(lina_arena_t *arena, const char *name) {
    struct lina_key key;
    CHECK_OK(lina_key_make(&key, "array", name));
    return lina_names_entry(arena, &key).slot;
}

static uint64_t state_of(lina_arena_t *arena, uint32_t slot) {
    return slot_state(arena->slots[slot].state);
}

static uint32_t spares_of(lina_arena_t *arena) {
    CHECK_OK(lina_check_arena(arena));
    return arena->header->spare_count;
}

/* An arena in which "x" has a spare of `nbytes`. */
static lina_arena_t *with_spare(uint64_t size, uint64_t nbytes) {
    lina_arena_t *a = new_arena(size);
    publish_bytes(a, "x", nbytes, 1);
    publish_bytes(a, "x", nbytes, 2);
    CHECK_EQ(spares_of(a), 1);
    return a;
}

TEST("the next loan of a name takes the slot and bytes of its spare") {
    lina_arena_t *a = new_arena(MIB);
    publish_bytes(a, "x", 1000, 1);
    uint32_t first = slot_of(a, "x");
    uint64_t offset = a->slots[first].desc.offset;
    for (int i = 0; i < 10; i++) {
        publish_bytes(a, "x", 1000, 2);
        lina_view_t loan = borrow(&loan, a, "x", U8, 1000);
        CHECK_EQ(loan.slot, first);
        CHECK_EQ(loan.desc.offset, offset);
        CHECK_EQ(info_of(a).loans, 1);
        memset(loan.data, 3, 1000);
        CHECK_OK(lina_publish(&loan));
        lina_view_t view = hold(&view, a, "x");
        CHECK(all_are(view.data, 1000, 3));
        lina_release(&view);
        CHECK_EQ(spares_of(a), 1);
    }
}

TEST("a spare counts as neither held nor in use, except while a view holds it") {
    lina_arena_t *a = new_arena(MIB), *b = join_arena(a, 0);
    publish_bytes(a, "x", 1024, 1);
    lina_view_t view = hold(&view, b, "x");
    publish_bytes(a, "x", 1024, 2);
    CHECK_EQ(info_of(a).held, 1);
    CHECK_EQ(info_of(a).used_bytes, 2048);
    lina_release(&view);
    CHECK_EQ(spares_of(a), 1);
    CHECK_EQ(info_of(a).held, 0);
    CHECK_EQ(info_of(b).used_bytes, 1024);
}

TEST("a loan never gets a spare that a view of another member holds") {
    lina_arena_t *a = new_arena(MIB), *b = join_arena(a, 0);
    publish_bytes(a, "x", 100, 1);
    lina_view_t view = hold(&view, b, "x");
    for (int i = 2; i < 10; i++)
        publish_bytes(a, "x", 100, i);
    CHECK(all_are(view.data, 100, 1));
    CHECK_EQ(info_of(a).held, 1);
    lina_release(&view);
    CHECK_EQ(info_of(a).held, 0);
    CHECK_EQ(spares_of(a), 1);
}

TEST("a name has one spare at most, however many generations were held") {
    lina_arena_t *a = new_arena(MIB);
    lina_view_t views[20];
    for (int i = 0; i < 20; i++) {
        publish_bytes(a, "x", 100, i);
        views[i] = hold(&views[i], a, "x");
    }
    CHECK_EQ(spares_of(a), 1);
    CHECK_EQ(info_of(a).held, 19);
    for (int i = 0; i < 20; i++) {
        CHECK(all_are(views[i].data, 100, i));
        lina_release(&views[i]);
    }
    CHECK_EQ(spares_of(a), 1);
    CHECK_EQ(info_of(a).held, 0);
    CHECK_EQ(a->header->pending_count, 0);
}

TEST("a call that needs room gets the bytes that wait") {
    lina_arena_t *a = with_spare(4096, 1024);
    CHECK_OK(make(a, "w", U8, 2048));
    CHECK_EQ(spares_of(a), 1);
    CHECK_OK(make(a, "y", U8, 1024));
    CHECK_EQ(spares_of(a), 0);
    CHECK_ERR(make(a, "z", U8, 1), LINA_ERR_NO_MEMORY, "\"z\"");
}

TEST("a call that needs a descriptor gets one that waits") {
    lina_arena_options_t options = {.max_arrays = 2};
    lina_arena_t *a;
    CHECK_OK(lina_arena_create(NULL, 4096, &options, &a));
    publish_bytes(a, "x", 8, 1);
    publish_bytes(a, "x", 8, 2);
    CHECK_EQ(spares_of(a), 1);
    CHECK_OK(make(a, "y", U8, 8));
    CHECK_EQ(spares_of(a), 0);
    CHECK_ERR(make(a, "z", U8, 8), LINA_ERR_FULL, "\"z\"");
}

TEST("a spare that a view holds stays when others need room, and is freed after the release") {
    lina_arena_t *a = new_arena(4096);
    publish_bytes(a, "x", 1024, 1);
    lina_view_t view = hold(&view, a, "x");
    publish_bytes(a, "x", 1024, 2);
    CHECK_OK(make(a, "w", U8, 2048));
    CHECK_ERR(make(a, "y", U8, 1024), LINA_ERR_NO_MEMORY, "1 held by views");
    CHECK(all_are(view.data, 1024, 1));
    lina_release(&view);
    CHECK_OK(make(a, "y", U8, 1024));
}

TEST("removing a name frees its spare") {
    lina_arena_t *a = with_spare(MIB, 64);
    uint32_t spare = 1 - slot_of(a, "x");
    CHECK_OK(lina_remove(a, "x"));
    CHECK_EQ(spares_of(a), 0);
    CHECK_EQ(state_of(a, spare), SLOT_FREE);
    CHECK_EQ(a->header->space.used_bytes, 0);
}

TEST("a loan of another size takes fresh bytes, and the replaced generation becomes the spare") {
    lina_arena_t *a = with_spare(MIB, 64);
    publish_bytes(a, "x", 1024, 3);
    CHECK_EQ(spares_of(a), 1);
    CHECK_EQ(a->header->space.used_bytes, 1024 + 64);
    publish_bytes(a, "x", 1024, 4);
    CHECK_EQ(spares_of(a), 1);
    CHECK_EQ(a->header->space.used_bytes, 2 * 1024);
}

TEST("large, empty and republished generations do not become spares") {
    lina_arena_t *a = new_arena(MIB);
    for (int i = 0; i < 3; i++) {
        publish_bytes(a, "large", (64 << 10) + 1, 1);
        publish_bytes(a, "empty", 0, 1);
        CHECK_OK(lina_republish(a, "x", U8, 1, SHAPE(8), LINA_LAYOUT_C, NULL));
    }
    CHECK_EQ(spares_of(a), 0);
    publish_bytes(a, "x", 8, 1);
    CHECK_EQ(spares_of(a), 0);
    publish_bytes(a, "x", 8, 1);
    CHECK_EQ(spares_of(a), 1);
    CHECK_OK(lina_republish(a, "x", U8, 1, SHAPE(8), LINA_LAYOUT_C, NULL));
    CHECK_EQ(spares_of(a), 0);
    publish_bytes(a, "largest", 64 << 10, 1);
    publish_bytes(a, "largest", 64 << 10, 2);
    CHECK_EQ(spares_of(a), 1);
}

TEST("a generation that lina_open showed or a slice needs does not become a spare") {
    lina_arena_t *a = new_arena(MIB);
    publish_bytes(a, "shown", 8, 1);
    lina_desc_t desc = open_desc(a, "shown");
    publish_bytes(a, "shown", 8, 2);
    publish_bytes(a, "base", 8, 3);
    CHECK_OK(lina_alias(a, "slice", "base", 0, 1, SHAPE(4), NULL));
    publish_bytes(a, "base", 8, 4);
    CHECK_EQ(spares_of(a), 0);
    publish_bytes(a, "shown", 8, 5);
    publish_bytes(a, "base", 8, 6);
    CHECK_EQ(spares_of(a), 2);
    CHECK(all_are((char *)lina_arena_base(a) + desc.offset, 8, 1));
    lina_view_t slice = hold(&slice, a, "slice");
    CHECK(all_are(slice.data, 4, 3));
    lina_release(&slice);
    CHECK_OK(lina_remove(a, "slice"));
    CHECK_OK(lina_arena_reclaim(a, "shown"));
    CHECK_EQ(info_of(a).held, 0);
}

TEST("a stream keeps as many generations as its depth, and has one spare") {
    lina_arena_t *a = new_arena(MIB);
    CHECK_OK(lina_stream_open(a, "x", 3));
    for (int i = 0; i < 10; i++)
        publish_bytes(a, "x", 64, i);
    CHECK_EQ(spares_of(a), 1);
    CHECK_EQ(info_of(a).used_bytes, 3 * 64);
    CHECK_OK(lina_republish(a, "x", U8, 1, SHAPE(64), LINA_LAYOUT_C, NULL));
    CHECK_EQ(spares_of(a), 0);
    for (int i = 0; i < 10; i++)
        publish_bytes(a, "x", 64, i);
    CHECK_EQ(spares_of(a), 1);
    CHECK_OK(lina_remove(a, "x"));
    CHECK_EQ(spares_of(a), 0);
    CHECK_EQ(a->header->space.used_bytes, 0);
}

TEST("in a stream, a generation of any size can be the spare, and others get its room") {
    const uint64_t large = 4 * MIB;
    lina_arena_t *a = new_arena(3 * large);
    CHECK_OK(lina_stream_open(a, "x", 2));
    for (int i = 0; i < 3; i++)
        publish_bytes(a, "x", large, i);
    CHECK_EQ(spares_of(a), 1);
    CHECK_EQ(info_of(a).used_bytes, 2 * large);
    uint32_t spare = lina_spare_of(a, slot_of(a, "x"));
    lina_view_t loan = borrow(&loan, a, "x", U8, large);
    CHECK_EQ(loan.slot, spare);
    CHECK_OK(lina_publish(&loan));
    CHECK_EQ(spares_of(a), 1);
    CHECK_OK(make(a, "other", U8, large));
    CHECK_EQ(spares_of(a), 0);
    CHECK_EQ(info_of(a).used_bytes, 3 * large);
}

TEST("recovery after a writer's death ends all spares, and keeps those that views hold") {
    lina_arena_t *a = with_spare(MIB, 64);
    publish_bytes(a, "y", 64, 1);
    lina_view_t view = hold(&view, a, "y");
    publish_bytes(a, "y", 64, 2);
    CHECK_EQ(spares_of(a), 2);
    store_relaxed_u32(&a->header->dirty, 1);
    CHECK_OK(make(a, "z", U8, 64));
    CHECK_EQ(spares_of(a), 0);
    CHECK_EQ(info_of(a).held, 1);
    lina_release(&view);
    CHECK_EQ(info_of(a).held, 0);
    CHECK_EQ(a->header->space.used_bytes, 3 * 64);
}

TEST("the room of a dead member's loan is freed, and the name can have a spare again") {
    lina_arena_t *a = with_spare(MIB, 64);
    uint32_t spare = 1 - slot_of(a, "x");
    pid_t pid = spawn();
    if (pid == 0) {
        lina_view_t loan = borrow(&loan, a, "x", U8, 64);
        _exit(loan.slot == spare ? 0 : 1);
    }
    CHECK_EQ(reap(pid), 0);
    CHECK_EQ(spares_of(a), 0); /* the check gives back what the dead had */
    CHECK_EQ(info_of(a).used_bytes, 64);
    publish_bytes(a, "x", 64, 3);
    CHECK_EQ(spares_of(a), 1);
}
