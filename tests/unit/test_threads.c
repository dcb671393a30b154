/* test_threads.c - calls the functions for arrays, views, signals and members from many threads at once. script/test
 * runs this under ThreadSanitizer, too. */
#include "../helpers.h"

#define ROUNDS 3000

static void is_ok_or(int rc, int other) {
    if (rc != LINA_OK)
        CHECK_EQ(rc, other);
}

static void *change(void *arena) {
    for (uint64_t i = 0; i < ROUNDS; i++) {
        uint64_t n = 1 + i % 200;
        lina_view_t loan = borrow(&loan, arena, "x", U8, n);
        memset(loan.data, (int)n, n);
        CHECK_OK(lina_publish(&loan));
        is_ok_or(make(arena, "y", U8, n), LINA_ERR_EXISTS);
        int rc = lina_alias(arena, "z", "y", 0, 1, SHAPE(1), NULL);
        if (rc != LINA_ERR_NOT_FOUND)
            is_ok_or(rc, LINA_ERR_EXISTS);
        CHECK_OK(lina_republish(arena, "r", U8, 1, &n, LINA_LAYOUT_C, NULL));
        is_ok_or(lina_remove(arena, "z"), LINA_ERR_NOT_FOUND);
        is_ok_or(lina_remove(arena, "y"), LINA_ERR_NOT_FOUND);
        loan = borrow(&loan, arena, "x", U8, n);
        CHECK_OK(lina_discard(&loan));
        CHECK_OK(lina_arena_reclaim(arena, "x"));
    }
    return NULL;
}

static void *look(void *arena) {
    lina_desc_t d, list[8];
    lina_array_t array;
    lina_view_t view, second;
    void *p;
    size_t n;
    CHECK_OK(lina_array_find(arena, "x", &array));
    for (int i = 0; i < ROUNDS; i++) {
        CHECK_OK(i % 2 ? lina_acquire(arena, "x", &view) : lina_array_acquire(&array, &view));
        CHECK(all_are(view.data, view.desc.nbytes, (unsigned char)view.desc.nbytes));
        CHECK_OK(lina_retain(&view, &second));
        lina_release(&view);
        lina_view_is_current(&second);
        lina_release(&second);
        is_ok_or(lina_arena_open(arena, "y", &d), LINA_ERR_NOT_FOUND);
        CHECK_OK(lina_array_open(&array, &d));
        is_ok_or(lina_arena_resolve_ptr(arena, &d, &p), LINA_ERR_STALE);
        CHECK_OK(lina_arena_list(arena, list, 8, &n, NULL));
        CHECK(n >= 1);
        info_of(arena);
        if (i % 50 == 0)
            CHECK_OK(lina_check_arena(arena));
    }
    return NULL;
}

static void *talk(void *arena) {
    lina_signal_info_t list[8];
    lina_signal_t signal;
    uint64_t value;
    size_t n;
    CHECK_OK(lina_signal_open(arena, "s", &signal));
    for (int i = 0; i < ROUNDS; i++) {
        char name[16];
        snprintf(name, sizeof name, "s%d", i % 100);
        CHECK_OK(lina_arena_signal(arena, name));
        lina_signal_raise(&signal);
        CHECK_OK(lina_signal_wait_value(&signal, (uint64_t)i, LINA_FOREVER));
        is_ok_or(lina_arena_wait_for(arena, "s", 1000), LINA_ERR_TIMEOUT);
        CHECK_OK(lina_arena_clear(arena, "s"));
        CHECK_OK(lina_arena_signal_value(arena, name, &value));
        CHECK(lina_arena_try_wait(arena, "s") >= 0);
        CHECK_OK(lina_signal_list(arena, list, 8, &n, NULL));
    }
    return NULL;
}

static void *come_and_go(void *arena) {
    for (int i = 0; i < ROUNDS / 10; i++) {
        lina_arena_t *other = join_arena(arena, i % 2 ? LINA_ATTACH_READ_ONLY : 0);
        lina_view_t view = hold(&view, other, "x");
        CHECK_OK(lina_arena_close(other));
        CHECK(all_are(view.data, view.desc.nbytes, (unsigned char)view.desc.nbytes));
        lina_release(&view);
    }
    return NULL;
}

TEST("eight threads that change, read, signal, attach and close leave sound tables") {
    lina_arena_t *a = new_arena(MIB);
    publish_bytes(a, "x", 7, 7);
    void *(*const roles[])(void *) = {change, change, look, look, talk, talk, come_and_go, look};
    pthread_t threads[8];
    for (int i = 0; i < 8; i++)
        threads[i] = start(roles[i], a);
    for (int i = 0; i < 8; i++)
        join(threads[i]);
    CHECK_OK(lina_arena_reclaim(a, "x"));
    CHECK_OK(lina_arena_reclaim(a, "y"));
    CHECK_OK(lina_check_arena(a));
    CHECK_EQ(info_of(a).held, 0);
    CHECK_EQ(info_of(a).members, 1);
}
