/* test_members.c - tests members of an arena: joining, leaving, death, fork. */
#include "../helpers.h"

static lina_arena_t *arena_for(uint32_t members) {
    lina_arena_options_t options = {.max_members = members};
    lina_arena_t *arena;
    CHECK_OK(lina_arena_create(NULL, 64 << 10, &options, &arena));
    return arena;
}

/* Starts another process that is a member until it is killed. */
static pid_t resident(lina_arena_t *arena) {
    uint64_t before;
    CHECK_OK(lina_arena_signal_value(arena, "up", &before));
    pid_t pid = spawn();
    if (pid == 0) {
        info_of(arena); /* joins */
        lina_arena_signal(arena, "up");
        for (;;)
            pause();
    }
    CHECK_OK(lina_arena_wait_value(arena, "up", before + 1, LINA_FOREVER));
    return pid;
}

TEST("each attachment is a member with a number of its own") {
    lina_arena_t *a = new_arena(4096), *b = join_arena(a, 0), *c = join_arena(a, 0);
    CHECK_EQ(info_of(a).member, 0);
    CHECK_EQ(info_of(b).member, 1);
    CHECK_EQ(info_of(c).member, 2);
    CHECK_EQ(info_of(a).members, 3);
    CHECK_OK(lina_arena_close(b));
    CHECK_EQ(info_of(a).members, 2);
    CHECK_EQ(info_of(join_arena(a, 0)).member, 1);
}

TEST("a forked child is a member from its first call on, not before") {
    lina_arena_t *a = new_arena(4096);
    int go[2];
    char byte;
    CHECK_EQ(pipe(go), 0);
    pid_t pid = spawn();
    if (pid == 0) {
        CHECK_EQ(read(go[0], &byte, 1), 1);
        CHECK_EQ(info_of(a).members, 2);
        CHECK_EQ(info_of(a).member, 1);
        done();
    }
    CHECK_EQ(info_of(a).members, 1);
    CHECK_EQ(write(go[1], "!", 1), 1);
    CHECK_EQ(reap(pid), 0);
    CHECK_EQ(info_of(a).members, 1);
}

TEST("a parent's death is noticed while its forked child lives") {
    /* The parent made the arena, attached to it, or was forked itself. */
    for (int how = 0; how < 3; how++) {
        const char *where = unique_shm(); /* not temporary: others would sweep it */
        lina_arena_t *a = NULL, *b;
        int up[2];
        pid_t child;
        CHECK_EQ(pipe(up), 0);
        if (how > 0)
            CHECK_OK(lina_arena_create(where, 64 << 10, NULL, &a));
        pid_t parent = spawn();
        if (parent == 0) {
            if (how == 0)
                CHECK_OK(lina_arena_create(where, 64 << 10, NULL, &a));
            if (how == 1)
                CHECK_OK(lina_arena_attach(where, 0, &a));
            publish_bytes(a, "x", 40 << 10, 1);
            hold(NULL, a, "x");
            if (fork() == 0) { /* outlives its parent, and does nothing */
                alarm(60);
                child = getpid();
                CHECK_EQ(write(up[1], &child, sizeof child), (int)sizeof child);
                for (;;)
                    pause();
            }
            for (;;)
                pause();
        }
        CHECK_EQ(read(up[0], &child, sizeof child), (int)sizeof child);
        kill_and_reap(parent);
        CHECK_OK(lina_arena_attach(where, 0, &b));
        CHECK_EQ(info_of(b).members, how == 0 ? 1 : 2);
        CHECK_OK(lina_remove(b, "x"));
        CHECK_OK(make(b, "y", U8, 64 << 10)); /* needs what the dead member held */
        CHECK_EQ(kill(child, SIGKILL), 0);
        CHECK_OK(lina_arena_close(b));
        if (a != NULL)
            CHECK_OK(lina_arena_close(a));
        CHECK_OK(lina_arena_unlink(where));
    }
}

enum { FAMILY = 100 };

static const char *nth(const char *where, int n) {
    static char name[300];
    snprintf(name, sizeof name, "%s-%d", where, n);
    return name;
}

static void *make_many(void *where) {
    lina_arena_options_t options = {.flags = LINA_ARENA_RESERVE};
    lina_arena_t *a;
    for (int i = 0; i < FAMILY; i++)
        CHECK_OK(lina_arena_create(nth(where, i), 64 << 10, &options, &a));
    return NULL;
}

static void say_and_stay(int fd) {
    CHECK_EQ(write(fd, "!", 1), 1);
    alarm(60);
    for (;;)
        pause();
}

TEST("a parent's death is noticed although it forked children while it made arenas") {
    const char *where = unique_shm();
    lina_arena_info_t info;
    int up[2];
    char byte;
    CHECK_EQ(pipe(up), 0);
    pid_t parent = spawn();
    if (parent == 0) {
        CHECK_EQ(setpgid(0, 0), 0);
        pthread_t thread = start(make_many, (void *)(uintptr_t)where);
        for (int i = 0; i < FAMILY; i++)
            if (fork() == 0)
                say_and_stay(up[1]);
        join(thread);
        say_and_stay(up[1]);
    }
    for (int i = 0; i < FAMILY + 1; i++) /* all children have left what they inherited */
        CHECK_EQ(read(up[0], &byte, 1), 1);
    kill_and_reap(parent);
    for (int i = 0; i < FAMILY; i++) {
        CHECK_OK(lina_arena_inspect(nth(where, i), &info));
        CHECK(info.orphan);
        CHECK_OK(lina_arena_unlink(nth(where, i)));
    }
    CHECK_EQ(kill(-parent, SIGKILL), 0);
}

TEST("the number of members is limited, and one that dies makes room for another") {
    lina_arena_t *a = arena_for(3), *d = NULL;
    pid_t one = resident(a), two = resident(a);
    CHECK_EQ(info_of(a).members, 3);
    char where[32];
    int fd;
    CHECK_OK(lina_arena_fd(a, &fd));
    snprintf(where, sizeof where, "fd:%d", fd);
    CHECK_ERR(lina_arena_attach(where, 0, &d), LINA_ERR_BUSY, "all 3 member slots");
    CHECK(d == NULL);
    pid_t third = spawn();
    if (third == 0) {
        lina_desc_t desc;
        CHECK_ERR(lina_arena_open(a, "x", &desc), LINA_ERR_BUSY, "member slots");
        CHECK_ERR(make(a, "x", U8, 1), LINA_ERR_BUSY, "member slots");
        done();
    }
    CHECK_EQ(reap(third), 0);
    kill_and_reap(one);
    CHECK_OK(lina_arena_attach(where, 0, &d));
    CHECK_EQ(info_of(d).members, 3);
    CHECK_OK(lina_arena_close(d));
    kill_and_reap(two);
    CHECK_EQ(info_of(a).members, 1);
    CHECK_OK(lina_check_arena(a));
}

TEST("a newcomer under a dead member's number inherits none of its pins") {
    lina_arena_t *a = arena_for(2);
    publish_bytes(a, "x", 64, 1);
    for (int i = 0; i < 20; i++) {
        pid_t pid = spawn();
        if (pid == 0) {
            lina_view_t view = hold(&view, a, "x"), loan = borrow(&loan, a, "y", U8, 64);
            CHECK(view.data != loan.data);
            raise(SIGKILL);
        }
        CHECK_EQ(reap(pid), 1000 + SIGKILL);
    }
    pid_t pid = spawn();
    if (pid == 0) {
        CHECK_EQ(info_of(a).member, 1);
        publish_bytes(a, "x", 64, 2);
        CHECK_EQ(info_of(a).held, 0);
        CHECK_EQ(info_of(a).used_bytes, 64);
        done();
    }
    CHECK_EQ(reap(pid), 0);
    CHECK_OK(lina_check_arena(a));
}

TEST("members that come and go at the same time all find their places") {
    lina_arena_t *a = arena_for(6);
    pid_t pids[4];
    for (int i = 0; i < 4; i++)
        if ((pids[i] = spawn()) == 0) {
            for (int k = 0; k < 200; k++) {
                lina_arena_t *b = join_arena(a, 0);
                publish_bytes(b, "x", 64, 1);
                lina_view_t view = hold(&view, b, "x");
                CHECK_OK(lina_arena_close(b));
                lina_release(&view);
            }
            done();
        }
    for (int i = 0; i < 4; i++)
        CHECK_EQ(reap(pids[i]), 0);
    CHECK_EQ(info_of(a).members, 1);
    CHECK_EQ(info_of(a).held, 0);
    CHECK_OK(lina_check_arena(a));
}

static void *attach_and_close(void *arena) {
    for (int i = 0; i < 400; i++)
        CHECK_OK(lina_arena_close(join_arena(arena, 0)));
    return NULL;
}

TEST("children that are forked while others attach and close keep no member's number") {
    lina_arena_t *a = arena_for(8), *others[7];
    pthread_t thread = start(attach_and_close, a);
    pid_t pids[60];
    int up[2];
    char byte;
    CHECK_EQ(pipe(up), 0);
    for (int i = 0; i < 60; i++) {
        if ((pids[i] = spawn()) == 0) {
            CHECK_EQ(write(up[1], "!", 1), 1);
            for (;;)
                pause();
        }
        CHECK_EQ(read(up[0], &byte, 1), 1); /* its copies of the parent's descriptions are closed */
    }
    join(thread);
    for (int i = 0; i < 7; i++)
        others[i] = join_arena(a, 0);
    CHECK_EQ(info_of(a).members, 8);
    for (int i = 0; i < 7; i++)
        CHECK_OK(lina_arena_close(others[i]));
    for (int i = 0; i < 60; i++)
        kill_and_reap(pids[i]);
}

static void *acquire_and_release(void *arena) {
    for (int i = 0; i < 2000; i++) {
        lina_view_t view = hold(&view, arena, "x");
        CHECK(all_are(view.data, 64, *(unsigned char *)view.data));
        lina_release(&view);
    }
    return NULL;
}

TEST("threads that make the first calls of a forked child at the same time join once") {
    lina_arena_t *a = arena_for(4);
    publish_bytes(a, "x", 64, 1);
    for (int round = 0; round < 20; round++) {
        pid_t dead = spawn(); /* dies with pins under its number */
        if (dead == 0) {
            hold(NULL, a, "x");
            raise(SIGKILL);
        }
        CHECK_EQ(reap(dead), 1000 + SIGKILL);
        pid_t pid = spawn();
        if (pid == 0) {
            pthread_t threads[4];
            for (int i = 0; i < 4; i++)
                threads[i] = start(acquire_and_release, a);
            for (int i = 0; i < 50; i++)
                publish_bytes(a, "x", 64, i);
            for (int i = 0; i < 4; i++)
                join(threads[i]);
            CHECK_EQ(info_of(a).members, 2);
            done();
        }
        CHECK_EQ(reap(pid), 0);
    }
    CHECK_OK(lina_check_arena(a));
    CHECK_EQ(info_of(a).held, 0);
}

TEST("a child of a child joins too, and each end is noticed") {
    lina_arena_t *a = new_arena(4096);
    pid_t pid = spawn();
    if (pid == 0) {
        CHECK_EQ(info_of(a).members, 2);
        pid_t child = spawn();
        if (child == 0) {
            CHECK_EQ(info_of(a).members, 3);
            done();
        }
        CHECK_EQ(reap(child), 0);
        CHECK_EQ(info_of(a).members, 2);
        done();
    }
    CHECK_EQ(reap(pid), 0);
    CHECK_EQ(info_of(a).members, 1);
}
