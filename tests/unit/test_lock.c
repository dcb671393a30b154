/* test_lock.c - tests the writer lock: one owner at a time, in several processes, and after the owner's death. */
#include "../helpers.h"
#include "join.h"
#include "lock.h"

/* Starts a process that owns the lock until it is killed. */
static pid_t holder(lina_arena_t *arena) {
    int up[2];
    char byte;
    CHECK_EQ(pipe(up), 0);
    pid_t pid = spawn();
    if (pid == 0) {
        CHECK_OK(lina_writer_begin(arena));
        CHECK_EQ(write(up[1], "!", 1), 1);
        for (;;)
            pause();
    }
    CHECK_EQ(read(up[0], &byte, 1), 1);
    return pid;
}

TEST("four processes under the lock are one at a time") {
    lina_arena_t *a = new_arena(4096);
    CHECK_OK(make(a, "x", LINA_DTYPE_U64, 1));
    lina_view_t view = hold(&view, a, "x");
    volatile uint64_t *count = view.data;
    pid_t pids[4];
    for (int i = 0; i < 4; i++)
        if ((pids[i] = spawn()) == 0) {
            for (int k = 0; k < 20000; k++) {
                CHECK_OK(lina_writer_begin(a));
                *count = *count + 1;
                lina_writer_end(a);
            }
            done();
        }
    for (int i = 0; i < 4; i++)
        CHECK_EQ(reap(pids[i]), 0);
    CHECK_EQ(*count, 80000);
}

TEST("a dead owner's lock is taken over at once, and its section mended") {
    lina_arena_t *a = new_arena(4096);
    publish_bytes(a, "x", 64, 1);
    for (int i = 0; i < 10; i++) {
        kill_and_reap(holder(a));
        publish_bytes(a, "x", 64, i);
        CHECK_OK(lina_check_arena(a));
    }
}

/* How many turns the lock takes while a writer mends the section of an owner that died. */
static uint64_t turns_to_mend(lina_arena_t *arena) {
    kill_and_reap(holder(arena));
    uint64_t before = load_sc_u64(&arena->header->lock) & LOCK_TURN_MASK;
    publish_bytes(arena, "x", 64, 1);
    return ((load_sc_u64(&arena->header->lock) & LOCK_TURN_MASK) - before) / LOCK_TURN_ONE;
}

TEST("mending an arena of many arrays renews the turn, so that waiters see progress") {
    enum { MANY = 65536 + 1 };
    if (PARANOID)
        SKIP("a paranoid build checks all arrays whenever one is made");
    lina_arena_options_t options = {.max_arrays = MANY + 2};
    lina_arena_t *few = new_arena(4096), *many;
    CHECK_OK(lina_arena_create(NULL, 2 * MANY * 64, &options, &many));
    for (int i = 0; i < MANY; i++) {
        char name[16];
        snprintf(name, sizeof name, "%d", i);
        CHECK_OK(make(many, name, U8, 1));
    }
    CHECK(turns_to_mend(many) > turns_to_mend(few) + 2);
    CHECK_OK(lina_check_arena(many));
}

TEST("a lock that a living member keeps is BUSY after a second, and readers need no lock") {
    lina_arena_t *a = new_arena(4096);
    publish_bytes(a, "x", 64, 7);
    pid_t pid = holder(a);
    lina_view_t view = hold(&view, a, "x");
    CHECK_ERR(make(a, "y", U8, 1), LINA_ERR_BUSY, "member 1");
    CHECK(all_are(view.data, 64, 7));
    lina_release(&view);
    CHECK_OK(lina_arena_signal_value(a, "s", &(uint64_t){0}));
    kill_and_reap(pid);
    CHECK_OK(make(a, "y", U8, 1));
    CHECK_OK(lina_check_arena(a));
}

TEST("a waiter that was stopped itself does not blame the owner") {
    lina_arena_t *a = new_arena(4096);
    CHECK_OK(lina_writer_begin(a));
    pid_t pid = spawn();
    if (pid == 0) {
        CHECK_OK(make(a, "x", U8, 1));
        done();
    }
    pause_ms(50);
    CHECK_EQ(kill(pid, SIGSTOP), 0);
    pause_ms(1100);
    CHECK_EQ(kill(pid, SIGCONT), 0);
    pause_ms(50);
    lina_writer_end(a);
    CHECK_EQ(reap(pid), 0);
}

TEST("a loan that cannot be published because the lock is BUSY is still a loan") {
    lina_arena_t *a = new_arena(4096);
    lina_view_t loan = borrow(&loan, a, "x", U8, 64);
    pid_t pid = holder(a);
    CHECK_ERR(lina_publish(&loan), LINA_ERR_BUSY, "member 1");
    kill_and_reap(pid);
    CHECK_OK(lina_publish(&loan));
    CHECK_EQ(count_arrays(a), 1);
}

TEST("two waiters for a dead owner's lock get it one after the other") {
    lina_arena_t *a = new_arena(4096);
    for (int i = 0; i < 10; i++) {
        pid_t dead = holder(a), waiters[2];
        for (int k = 0; k < 2; k++)
            if ((waiters[k] = spawn()) == 0) {
                for (int n = 0; n < 50; n++)
                    publish_bytes(a, k ? "x" : "y", 64, n);
                done();
            }
        pause_ms(5);
        kill_and_reap(dead);
        CHECK_EQ(reap(waiters[0]), 0);
        CHECK_EQ(reap(waiters[1]), 0);
        CHECK_OK(lina_check_arena(a));
    }
}

TEST("a member that joins under the number of a dead owner gives its lock back") {
    lina_arena_options_t options = {.max_members = 2};
    lina_arena_t *a;
    CHECK_OK(lina_arena_create(NULL, 4096, &options, &a));
    kill_and_reap(holder(a));
    CHECK_EQ((load_sc_u64(&a->header->lock) & LOCK_OWNER_MASK), 2);
    lina_arena_t *b = join_arena(a, 0);
    CHECK_EQ(b->member, 1);
    CHECK_OK(make(a, "x", U8, 1));
    CHECK_OK(make(b, "y", U8, 1));
    CHECK_OK(lina_check_arena(a));
}

TEST("a number that belongs to no member does not keep the lock") {
    lina_arena_t *a = new_arena(4096);
    const uint64_t owners[] = {1024, 1025, 2047};
    for (size_t i = 0; i < 3; i++) {
        uint64_t turn = load_sc_u64(&a->header->lock) & LOCK_TURN_MASK;
        store_sc_u64(&a->header->lock, turn | owners[i]);
        CHECK_OK(make(a, "x", U8, 1));
        CHECK_OK(lina_remove(a, "x"));
    }
}

TEST("a wait on a signal's new name ends in its time though the lock's holder is stopped") {
    lina_arena_t *a = new_arena(4096);
    char process[32];
    pid_t pid = holder(a);
    CHECK_EQ(kill(pid, SIGSTOP), 0);
    snprintf(process, sizeof process, "process %d", (int)pid);
    CHECK_ERR(lina_arena_wait_for(a, "s", SECONDS(1) / 10), LINA_ERR_TIMEOUT, process);
    CHECK_ERR(make(a, "y", U8, 1), LINA_ERR_BUSY, process);
    kill_and_reap(pid);
}

static void *turn_the_lock(void *arena) {
    uint64_t *lock = &((lina_arena_t *)arena)->header->lock;
    for (int i = 0; i < 40; i++) { /* as a hostile member might */
        add_sc_u64(lock, LOCK_TURN_ONE);
        pause_ms(100);
    }
    return NULL;
}

TEST("a lock whose turns go on but that never becomes free is BUSY, too") {
    lina_arena_t *a = new_arena(4096);
    pid_t pid = holder(a);
    pthread_t thread = start(turn_the_lock, a);
    CHECK_ERR(make(a, "y", U8, 1), LINA_ERR_BUSY, "writer lock");
    kill_and_reap(pid);
    join(thread);
    CHECK_OK(make(a, "y", U8, 1));
}
