/* test_owning.c - names that one member owns: no other member publishes them while that member lives. */
#include "helpers.h"

#include "mapping.h"

/* Two members of one arena, the first of which owns "x". */
struct pair {
    lina_arena_t *owner, *other;
};

static struct pair own_x(void) {
    struct pair p = {.owner = new_arena(MIB)};
    CHECK_OK(lina_arena_join(p.owner, &p.other));
    publish_bytes(p.owner, "x", 8, 1);
    CHECK_OK(lina_name_own(p.owner, "x"));
    return p;
}

static int republish(lina_arena_t *arena, const char *name) {
    return lina_republish(arena, name, U8, 1, SHAPE(8), LINA_LAYOUT_C, NULL);
}

TEST("only its owner changes a name, and the error names the owner") {
    struct pair p = own_x();
    CHECK_OK(lina_member_set_name(p.owner, "camera"));
    CHECK_ERR(republish(p.other, "x"), LINA_ERR_PERMISSION, "\"x\"");
    CHECK_ERR(lina_remove(p.other, "x"), LINA_ERR_PERMISSION, "\"camera\" owns");
    CHECK_ERR(lina_stream_open(p.other, "x", 4), LINA_ERR_PERMISSION, "\"camera\"");
    CHECK_ERR(lina_name_own(p.other, "x"), LINA_ERR_PERMISSION, "member 0");
    CHECK_ERR(lina_name_disown(p.other, "x"), LINA_ERR_PERMISSION, "\"x\"");
    CHECK_ERR(make(p.other, "x", U8, 8), LINA_ERR_EXISTS, "\"x\"");
    lina_view_t view = hold(&view, p.other, "x");
    CHECK(all_are(view.data, 8, 1)); /* reading is open to all */
    lina_release(&view);
    CHECK_OK(lina_alias(p.other, "part", "x", 0, 1, SHAPE(4), NULL));
    publish_bytes(p.other, "y", 8, 1);
    CHECK_OK(republish(p.owner, "x"));
    CHECK_OK(lina_check_arena(p.owner));
}

TEST("a loan that may not be published stays a loan") {
    struct pair p = own_x();
    lina_view_t view = borrow(&view, p.other, "x", U8, 8);
    CHECK_ERR(lina_publish(&view), LINA_ERR_PERMISSION, "\"x\"");
    CHECK_ERR(lina_publish_within(&view, LINA_FOREVER), LINA_ERR_PERMISSION, "\"x\"");
    CHECK_EQ(info_of(p.owner).loans, 1);
    CHECK_OK(lina_name_disown(p.owner, "x"));
    CHECK_OK(lina_publish(&view));
}

TEST("a name keeps its owner from generation to generation, however it is published") {
    struct pair p = own_x();
    for (int i = 0; i < 3; i++) {
        publish_bytes(p.owner, "x", 8, i);
        CHECK_ERR(republish(p.other, "x"), LINA_ERR_PERMISSION, "\"x\"");
        CHECK_OK(republish(p.owner, "x"));
        CHECK_ERR(republish(p.other, "x"), LINA_ERR_PERMISSION, "\"x\"");
    }
    /* zeroed outside the writer's section, over bytes that were used */
    publish_bytes(p.owner, "big", 200000, 1);
    CHECK_OK(lina_remove(p.owner, "big"));
    CHECK_OK(lina_republish(p.owner, "x", U8, 1, SHAPE(200000), LINA_LAYOUT_C, NULL));
    CHECK_ERR(republish(p.other, "x"), LINA_ERR_PERMISSION, "\"x\"");
    CHECK_OK(lina_check_arena(p.owner));
}

TEST("a name is free again once its owner gives it up, removes it or closes its handle") {
    struct pair p = own_x();
    CHECK_OK(lina_name_own(p.owner, "x"));
    CHECK_OK(lina_name_disown(p.owner, "x"));
    CHECK_ERR(lina_name_disown(p.owner, "x"), LINA_ERR_INVALID, "does not own");
    CHECK_OK(republish(p.other, "x"));
    CHECK_OK(lina_name_own(p.other, "x"));
    CHECK_OK(lina_remove(p.other, "x"));
    publish_bytes(p.owner, "x", 8, 2);
    CHECK_OK(lina_name_own(p.other, "x"));
    CHECK_ERR(republish(p.owner, "x"), LINA_ERR_PERMISSION, "\"x\"");
    CHECK_OK(lina_arena_close(p.other));
    CHECK_OK(republish(p.owner, "x"));
    CHECK_ERR(lina_name_disown(p.owner, "x"), LINA_ERR_INVALID, "does not own");
}

TEST("an owner that dies owns nothing, though its number comes back") {
    lina_arena_options_t two = {.max_members = 2};
    lina_arena_t *a, *b;
    CHECK_OK(lina_arena_create(NULL, MIB, &two, &a));
    publish_bytes(a, "x", 8, 1);
    publish_bytes(a, "y", 8, 1);
    pid_t pid = spawn();
    if (pid == 0) {
        CHECK_OK(lina_name_own(a, "x"));
        CHECK_OK(lina_name_own(a, "y"));
        CHECK_OK(lina_arena_signal(a, "owned"));
        pause();
    }
    CHECK_OK(lina_arena_wait_for(a, "owned", SECONDS(60)));
    CHECK_ERR(republish(a, "x"), LINA_ERR_PERMISSION, "member 1");
    kill_and_reap(pid);
    CHECK_OK(republish(a, "x"));
    CHECK_OK(lina_arena_join(a, &b));
    CHECK_EQ(info_of(b).member, 1);
    CHECK_OK(republish(a, "x"));
    CHECK_ERR(lina_name_disown(b, "y"), LINA_ERR_INVALID, "does not own");
    CHECK_OK(lina_name_own(a, "y"));
    CHECK_ERR(republish(b, "y"), LINA_ERR_PERMISSION, "member 0");
    CHECK_OK(lina_check_arena(a));
}

TEST("a forked child is another member, and does not own its parent's names") {
    struct pair p = own_x();
    pid_t pid = spawn();
    if (pid == 0) {
        CHECK_ERR(republish(p.owner, "x"), LINA_ERR_PERMISSION, "\"x\"");
        done();
    }
    CHECK_EQ(reap(pid), 0);
}

TEST("an alias can be owned, and an array's owner does not own the aliases on it") {
    struct pair p = own_x();
    CHECK_OK(lina_alias(p.owner, "part", "x", 0, 1, SHAPE(4), NULL));
    CHECK_OK(lina_name_own(p.other, "part"));
    CHECK_ERR(lina_remove(p.owner, "part"), LINA_ERR_PERMISSION, "\"part\"");
    CHECK_OK(republish(p.other, "part"));
    CHECK_ERR(republish(p.owner, "part"), LINA_ERR_PERMISSION, "\"part\"");
    CHECK_OK(lina_check_arena(p.owner));
}

TEST("a stream can be owned, before its first generation as well") {
    lina_arena_t *a = new_arena(MIB), *b;
    CHECK_OK(lina_arena_join(a, &b));
    CHECK_OK(lina_stream_open(a, "s", 2));
    CHECK_OK(lina_name_own(a, "s"));
    CHECK_OK(lina_stream_open(b, "s", 2));
    CHECK_ERR(make(b, "s", U8, 8), LINA_ERR_PERMISSION, "\"s\"");
    CHECK_ERR(republish(b, "s"), LINA_ERR_PERMISSION, "\"s\"");
    CHECK_ERR(lina_remove(b, "s"), LINA_ERR_PERMISSION, "\"s\"");
    for (int i = 0; i < 5; i++) {
        publish_bytes(a, "s", 8, i);
        CHECK_ERR(republish(b, "s"), LINA_ERR_PERMISSION, "\"s\"");
    }
    CHECK_OK(lina_check_arena(a));
    CHECK_OK(lina_remove(a, "s"));
    CHECK_OK(lina_stream_open(b, "s", 2));
    CHECK_OK(republish(b, "s"));
}

TEST("an array that becomes a stream keeps its owner") {
    struct pair p = own_x();
    CHECK_OK(lina_stream_open(p.owner, "x", 2));
    CHECK_ERR(republish(p.other, "x"), LINA_ERR_PERMISSION, "\"x\"");
    CHECK_OK(republish(p.owner, "x"));
    CHECK_ERR(republish(p.other, "x"), LINA_ERR_PERMISSION, "\"x\"");
}

TEST("owners survive the recovery of an arena") {
    struct pair p = own_x();
    store_relaxed_u32(&p.owner->header->dirty,
                      1); /* as a writer that died in its section leaves it */
    CHECK_ERR(republish(p.other, "x"), LINA_ERR_PERMISSION, "\"x\"");
    CHECK_OK(republish(p.owner, "x"));
    CHECK_OK(lina_check_arena(p.owner));
}

TEST("a name that does not exist, or that is none, cannot be owned; nor can a reader own one") {
    lina_arena_t *a = new_arena(MIB), *reader = join_arena(a, LINA_ATTACH_READ_ONLY);
    publish_bytes(a, "x", 8, 1);
    CHECK_ERR(lina_name_own(a, "nobody"), LINA_ERR_NOT_FOUND, "\"nobody\"");
    CHECK_ERR(lina_name_disown(a, "nobody"), LINA_ERR_NOT_FOUND, "\"nobody\"");
    CHECK_ERR(lina_name_own(a, NULL), LINA_ERR_INVALID, "array");
    CHECK_ERR(lina_name_own(a, "a\nb"), LINA_ERR_INVALID, "array");
    CHECK_ERR(lina_name_own(reader, "x"), LINA_ERR_READ_ONLY, "\"x\"");
    CHECK_ERR(lina_name_own(NULL, "x"), LINA_ERR_NOT_READY, "");
}
