/* test_membership.c - tests members by handle and by name, and waits that depend on a member. */
#include "helpers.h"

#include "mapping.h"

static size_t list(lina_arena_t *arena, lina_member_info_t *out, size_t cap) {
    size_t written, total;
    CHECK_OK(lina_member_list(arena, out, cap, &written, &total));
    return total;
}

/* The code of a wait for a signal that depends on a member. */
static int wait_on(lina_arena_t *arena, const char *member, int64_t timeout_ns) {
    lina_wait_t wait = {.name = "never", .target = 1, .member = member};
    uint32_t which;
    return lina_wait_any(arena, &wait, 1, timeout_ns, &which);
}

TEST("a further handle is a member of its own on the same memory, and gone when it is closed") {
    lina_arena_t *a = new_arena(MIB), *b, *c;
    lina_member_info_t all[3];
    CHECK_OK(lina_arena_join(a, &b));
    CHECK_OK(lina_arena_join(b, &c));
    CHECK(lina_arena_base(a) == lina_arena_base(b));
    CHECK(info_of(a).member != info_of(b).member);
    CHECK_EQ(info_of(c).members, 3);
    publish_bytes(c, "x", 8, 5);
    lina_view_t view = hold(&view, b, "x");
    publish_bytes(a, "x", 8, 6);
    CHECK(all_are(view.data, 8, 5));
    CHECK_EQ(info_of(a).held, 1);
    CHECK_EQ(list(a, all, 3), 3);
    CHECK_EQ(all[1].pid, getpid());
    CHECK_EQ(all[0].self, 1);
    CHECK_EQ(all[1].self, 0);
    CHECK_OK(lina_arena_close(b)); /* its view stays */
    CHECK_EQ(list(a, all, 3), 2);
    CHECK(all_are(view.data, 8, 5));
    lina_release(&view);
    CHECK_EQ(info_of(a).held, 0);
    CHECK_OK(lina_arena_close(a)); /* c still has the mapping */
    view = hold(&view, c, "x");
    CHECK(all_are(view.data, 8, 6));
    lina_release(&view);
    CHECK_OK(lina_check_arena(c));
    CHECK_OK(lina_arena_close(c));
}

TEST("registered memory has one member, and says so") {
    static _Alignas(64) char memory[1 << 16];
    lina_arena_t *a, *b;
    CHECK_OK(lina_arena_register(memory, sizeof memory, &a));
    CHECK_ERR(lina_arena_join(a, &b), LINA_ERR_INVALID, "registered");
    CHECK_ERR(lina_arena_join(new_arena(MIB), NULL), LINA_ERR_INVALID, "no place");
}

TEST("200 handles are 200 members") {
    lina_arena_t *a = new_arena(MIB), *members[200];
    for (int i = 0; i < 200; i++) {
        CHECK_OK(lina_arena_join(a, &members[i]));
        lina_view_t view = borrow(&view, members[i], "x", U8, 8);
        CHECK_OK(lina_publish(&view));
    }
    CHECK_EQ(info_of(a).members, 201);
    for (int i = 0; i < 200; i++)
        CHECK_OK(lina_arena_close(members[i]));
    CHECK_EQ(info_of(a).members, 1);
    CHECK_OK(lina_check_arena(a));
}

TEST("a child after fork has handles that are members of its own") {
    lina_arena_t *a = new_arena(MIB), *b;
    CHECK_OK(lina_arena_join(a, &b));
    pid_t pid = spawn();
    if (pid == 0) {
        publish_bytes(b, "x", 8, 1);
        publish_bytes(a, "x", 8, 2);
        CHECK_EQ(info_of(a).members, 4);
        done();
    }
    CHECK_EQ(reap(pid), 0);
    CHECK_EQ(info_of(a).members, 2);
}

TEST("one living member has a name at a time; it is free after a member gives it up or closes") {
    lina_arena_t *a = new_arena(MIB), *b, *c;
    lina_member_info_t all[3];
    CHECK_OK(lina_arena_join(a, &b));
    CHECK_OK(lina_arena_join(a, &c));
    CHECK_OK(lina_member_set_name(b, "camera"));
    CHECK_OK(lina_member_set_name(b, "camera"));
    CHECK_ERR(lina_member_set_name(c, "camera"), LINA_ERR_EXISTS, "\"camera\"");
    CHECK_ERR(lina_member_set_name(c, ""), LINA_ERR_INVALID, "member");
    CHECK_ERR(lina_member_set_name(c, "a\nb"), LINA_ERR_INVALID, "member");
    list(a, all, 3);
    CHECK_STR(all[1].name, "camera");
    CHECK(all[1].since > 0 && all[1].incarnation != all[2].incarnation);
    CHECK_OK(lina_member_set_name(b, NULL));
    CHECK_OK(lina_member_set_name(c, "camera"));
    CHECK_OK(lina_arena_close(c));
    CHECK_OK(lina_member_set_name(b, "camera"));
}

TEST("a wait for a member ends when the member is gone, at once if it is gone already") {
    lina_arena_t *a = new_arena(MIB);
    pid_t pid = spawn();
    if (pid == 0) {
        CHECK_OK(lina_member_set_name(a, "camera"));
        CHECK_OK(lina_arena_signal(a, "named"));
        pause();
    }
    CHECK_ERR(lina_member_wait(a, "nobody", 1000), LINA_ERR_TIMEOUT, "member \"nobody\"");
    CHECK_OK(lina_arena_wait_for(a, "named", SECONDS(60)));
    CHECK_ERR(lina_member_wait(a, "camera", 1000), LINA_ERR_TIMEOUT, "member \"camera\"");
    kill_and_reap(pid);
    CHECK_OK(lina_member_wait(a, "camera", LINA_FOREVER));
    CHECK_OK(lina_member_wait(a, "camera", 0));
    CHECK_ERR(wait_on(a, "camera", 0), LINA_ERR_DIED, "\"camera\"");
}

TEST("a name that was used is remembered, even if another member has the number now") {
    lina_arena_t *a = new_arena(MIB), *b;
    for (int i = 0; i < 5; i++) {
        char name[16];
        snprintf(name, sizeof name, "job %d", i);
        CHECK_OK(lina_arena_join(a, &b));
        CHECK_OK(lina_member_set_name(b, name));
        CHECK_OK(lina_arena_close(b));
    }
    CHECK_OK(lina_arena_join(a, &b));
    CHECK_OK(lina_member_set_name(b, "job"));
    CHECK_ERR(wait_on(a, "job 0", LINA_FOREVER), LINA_ERR_DIED, "\"job 0\"");
    CHECK_ERR(wait_on(a, "job 4", LINA_FOREVER), LINA_ERR_DIED, "\"job 4\"");
    CHECK_EQ(wait_on(a, "job", 1000), LINA_ERR_TIMEOUT);
}

struct waiting {
    lina_arena_t *arena;
    int rc;
};

static void *wait_for_camera(void *context) {
    struct waiting *w = context;
    w->rc = wait_on(w->arena, "camera", LINA_FOREVER);
    return NULL;
}

/* Waits until the waiter sleeps. By then it has found its member. */
static void await_sleep(lina_arena_t *arena) {
    lina_signal_t signal;
    CHECK_OK(lina_signal_open(arena, "never", &signal));
    while ((load_acquire_u64(signal.word) & 1) == 0)
        pause_ms(1);
}

TEST("a wait depends on the member that had the name when it began, not on a later namesake") {
    lina_arena_t *a = new_arena(MIB), *b;
    struct waiting w = {.arena = a};
    CHECK_OK(lina_arena_join(a, &b));
    CHECK_OK(lina_member_set_name(b, "camera"));
    pthread_t thread = start(wait_for_camera, &w);
    await_sleep(a);
    CHECK_OK(lina_arena_close(b));
    CHECK_OK(lina_arena_join(a, &b));
    CHECK_OK(lina_member_set_name(b, "camera"));
    join(thread);
    CHECK_EQ(w.rc, LINA_ERR_DIED);
    CHECK_EQ(wait_on(a, "camera", 1000), LINA_ERR_TIMEOUT); /* the next member of that name lives */
}

TEST("a wait for a member's name that was never used waits until a member has it") {
    lina_arena_t *a = new_arena(MIB), *b;
    struct waiting w = {.arena = a};
    pthread_t thread = start(wait_for_camera, &w);
    await_sleep(a);
    CHECK_OK(lina_arena_join(a, &b));
    CHECK_OK(lina_member_set_name(b, "camera"));
    while (wait_on(a, "camera", 200000000) != LINA_ERR_TIMEOUT)
        ;
    CHECK_OK(lina_arena_signal(a, "never"));
    join(thread);
    CHECK_OK(w.rc);
}

TEST("a signal that was raised before the death ends the wait with success") {
    lina_arena_t *a = new_arena(MIB);
    pid_t pid = spawn();
    if (pid == 0) {
        CHECK_OK(lina_member_set_name(a, "camera"));
        CHECK_OK(lina_arena_signal(a, "never"));
        _exit(0);
    }
    CHECK_EQ(reap(pid), 0);
    CHECK_OK(wait_on(a, "camera", LINA_FOREVER));
}

TEST("closing ends a wait for a member") {
    lina_arena_t *a = new_arena(MIB), *b;
    struct waiting w = {.arena = a};
    CHECK_OK(lina_arena_join(a, &b));
    pthread_t thread = start(wait_for_camera, &w);
    await_sleep(b);
    CHECK_OK(lina_arena_close(a));
    join(thread);
    CHECK_EQ(w.rc, LINA_ERR_CLOSED);
}
