/* test_slots.c - tests the life of a slot in situations that only code inside the core can make. */
#include "../helpers.h"
#include "names.h"

static struct lina_slot *slot_of(lina_arena_t *arena, const char *name) {
    struct lina_key key;
    CHECK_OK(lina_key_make(&key, "array", name));
    return &arena->slots[lina_names_entry(arena, &key).slot];
}

TEST("the generation skips 0 when it wraps, and an old descriptor stays stale") {
    lina_arena_t *a = new_arena(4096);
    publish_bytes(a, "x", 8, 1);
    lina_desc_t first = open_desc(a, "x");
    slot_of(a, "x")->desc.generation = UINT32_MAX;
    publish_bytes(join_arena(a, 0), "x", 8, 2); /* `a` remembers the number */
    lina_desc_t again = open_desc(a, "x");
    CHECK_EQ(again.generation, 1);
    void *p;
    CHECK_ERR(lina_arena_resolve_ptr(a, &first, &p), LINA_ERR_STALE, "\"x\"");
    CHECK_OK(lina_arena_resolve_ptr(a, &again, &p));
    CHECK_OK(lina_check_arena(a));
}

TEST("a wrapped mark does not make an old descriptor current") {
    lina_arena_t *a = new_arena(4096);
    publish_bytes(a, "x", 8, 1);
    lina_desc_t first = open_desc(a, "x");
    a->header->next_serial = (UINT64_C(1) << 32) + first.reserved; /* 2^32 arrays later */
    publish_bytes(a, "x", 8, 2);
    lina_desc_t now = open_desc(a, "x");
    CHECK_EQ(now.reserved, first.reserved);
    void *p;
    CHECK_ERR(lina_arena_resolve_ptr(a, &first, &p), LINA_ERR_STALE, "\"x\"");
}

TEST("a view of a slot that was used again is not current") {
    lina_arena_options_t options = {.max_arrays = 1};
    lina_arena_t *a;
    CHECK_OK(lina_arena_create(NULL, 4096, &options, &a));
    CHECK_OK(make(a, "x", U8, 8));
    lina_array_t handle;
    CHECK_OK(lina_array_find(a, "x", &handle));
    for (int i = 0; i < 1000; i++) {
        CHECK_OK(lina_remove(a, "x"));
        lina_view_t view;
        CHECK_ERR(lina_array_acquire(&handle, &view), LINA_ERR_NOT_FOUND, "\"x\"");
        CHECK_OK(make(a, "y", U8, 8));
        CHECK_ERR(lina_array_acquire(&handle, &view), LINA_ERR_NOT_FOUND, "\"x\"");
        CHECK_OK(lina_remove(a, "y"));
        CHECK_OK(make(a, "x", U8, 8));
    }
    CHECK_OK(lina_check_arena(a));
}

TEST("a slot that a failed acquire pins for a moment is freed when that pin is taken back") {
    lina_arena_t *a = new_arena(4096);
    publish_bytes(a, "x", 64, 1);
    lina_view_t view = hold(&view, a, "x"); /* as a reader between its two looks */
    uint32_t slot = view.slot;
    CHECK_OK(lina_republish(a, "x", U8, 1, SHAPE(64), LINA_LAYOUT_C, NULL));
    CHECK_EQ(slot_state(a->slots[slot].state), SLOT_RETIRED);
    lina_release(&view);
    CHECK_EQ(slot_state(a->slots[slot].state), SLOT_FREE);
}

TEST("a release during a writer's section does not wait, and the writer frees the slot") {
    lina_arena_t *a = new_arena(4096), *b = join_arena(a, 0);
    publish_bytes(a, "x", 64, 1);
    lina_view_t view = hold(&view, a, "x");
    CHECK_OK(lina_remove(a, "x"));
    uint32_t slot = view.slot, mine = b->member + 1;
    store_sc_u64(&b->header->lock, mine); /* a writer of `b` is inside */
    lina_release(&view);                  /* does not wait for the writer */
    CHECK_EQ(slot_state(a->slots[slot].state), SLOT_RETIRED);
    store_sc_u64(&b->header->lock, 0);
    CHECK_OK(make(b, "y", U8, 1)); /* when this leaves, it frees the slot */
    CHECK_EQ(slot_state(a->slots[slot].state), SLOT_FREE);
}

TEST("slots of old generations are swept before the table counts as full") {
    lina_arena_options_t options = {.max_arrays = 4};
    lina_arena_t *a;
    CHECK_OK(lina_arena_create(NULL, 4096, &options, &a));
    for (int round = 0; round < 50; round++) {
        pid_t pid = spawn();
        if (pid == 0) { /* dies with all kinds of holds */
            for (int i = 0; i < 3; i++)
                borrow(NULL, a, "x", U8, 8);
            raise(SIGKILL);
        }
        CHECK_EQ(reap(pid), 1000 + SIGKILL);
        CHECK_OK(make(a, "1", U8, 8));
        CHECK_OK(make(a, "2", U8, 8));
        CHECK_OK(make(a, "3", U8, 8));
        CHECK_OK(make(a, "4", U8, 8));
        CHECK_ERR(make(a, "5", U8, 8), LINA_ERR_FULL, "\"5\"");
        CHECK_OK(lina_remove(a, "1"));
        CHECK_OK(lina_remove(a, "2"));
        CHECK_OK(lina_remove(a, "3"));
        CHECK_OK(lina_remove(a, "4"));
    }
    CHECK_OK(lina_check_arena(a));
}

TEST("an array handle keeps the descriptor that it has checked, and refuses one that reaches "
     "outside") {
    lina_arena_t *a = new_arena(MIB);
    lina_array_t array;
    lina_view_t view;
    lina_desc_t desc;
    publish_bytes(a, "x", 10, 1);
    CHECK_OK(lina_array_find(a, "x", &array));
    CHECK_OK(lina_array_open(&array, &desc));
    a->slots[array.slot].desc.offset = a->slots[array.slot].desc.nbytes = 100 * MIB;
    CHECK_OK(lina_array_acquire(&array, &view));
    CHECK(all_are(view.data, 10, 1));
    lina_release(&view);
    memset(&desc, 0, sizeof desc);
    CHECK_OK(lina_array_open(&array, &desc));
    CHECK_EQ(desc.nbytes, 10);
    CHECK_ERR(lina_array_find(a, "x", &array), LINA_ERR_CORRUPT, "\"x\"");
    CHECK_ERR(lina_acquire(a, "x", &view), LINA_ERR_CORRUPT, "\"x\"");
}
