/* test_words.c - tests that a runtime can read a signal's words without a call (section 10 of lina.h). */
#include "../helpers.h"

/* Reads the value as a runtime does that knows only the words. */
static uint64_t value_of(const lina_signal_t *s) {
    return __atomic_load_n(s->word, __ATOMIC_ACQUIRE) >> 1;
}
static int is_set(const lina_signal_t *s) {
    return value_of(s) != __atomic_load_n(s->cleared, __ATOMIC_ACQUIRE);
}

static lina_signal_t signal_of(lina_arena_t *arena, const char *name) {
    lina_signal_t out;
    CHECK_OK(lina_signal_open(arena, name, &out));
    return out;
}

TEST("the words say what the calls say, after every step") {
    lina_arena_t *arena = new_arena(4096);
    lina_signal_t s = signal_of(arena, "s");
    uint64_t expected = 0, random = 1;
    for (int i = 0; i < 1000; i++) {
        random = random * UINT64_C(6364136223846793005) + 1442695040888963407u;
        switch (random >> 62) {
        case 0:
            lina_signal_clear(&s);
            break;
        case 1:
            CHECK_ERR(lina_signal_wait_value(&s, expected + 1, 1000), LINA_ERR_TIMEOUT, "\"s\"");
            break; /* the wait leaves the waiters bit set */
        default:
            lina_signal_raise(&s);
            expected++;
        }
        CHECK_EQ(value_of(&s), expected);
        CHECK_EQ(value_of(&s), lina_signal_read(&s));
        CHECK_EQ(is_set(&s), lina_signal_is_set(&s));
        CHECK_EQ(is_set(&s), lina_arena_try_wait(arena, "s"));
    }
}

TEST("the words are aligned, apart from those of others, and stay where they are") {
    lina_arena_t *arena = new_arena(4096);
    lina_signal_t first = signal_of(arena, "first"), second = signal_of(arena, "second");
    CHECK((uintptr_t)first.word % 8 == 0 && (uintptr_t)first.cleared % 8 == 0);
    CHECK((uintptr_t)first.word / 64 != (uintptr_t)second.word / 64); /* no cache line in common */
    for (int i = 0; i < 500; i++) {
        char name[16];
        snprintf(name, sizeof name, "s%d", i);
        CHECK_OK(lina_arena_signal(arena, name));
    }
    lina_signal_t again = signal_of(arena, "first");
    CHECK(again.word == first.word && again.cleared == first.cleared);
}

TEST("the word beside them says whether the signal is still there, on the same cache line") {
    lina_arena_t *arena = new_arena(4096);
    lina_signal_t s = signal_of(arena, "s");
    CHECK((uintptr_t)s.current % 8 == 0 && (uintptr_t)s.current / 64 == (uintptr_t)s.word / 64);
    CHECK((uintptr_t)s.cleared / 64 == (uintptr_t)s.word / 64);
    CHECK_EQ(__atomic_load_n(s.current, __ATOMIC_ACQUIRE), s.incarnation);
    lina_signal_raise(&s);
    CHECK_OK(lina_arena_signal_remove(arena, "s"));
    CHECK(__atomic_load_n(s.current, __ATOMIC_ACQUIRE) != s.incarnation);
    lina_signal_t again = signal_of(arena, "s");
    CHECK_EQ(__atomic_load_n(again.current, __ATOMIC_ACQUIRE), again.incarnation);
    CHECK(__atomic_load_n(s.current, __ATOMIC_ACQUIRE) !=
          s.incarnation); /* another signal of that name */
    CHECK_EQ(value_of(&again), 0);
}

TEST("the words can be read while a view is held, though the arena is closed") {
    lina_arena_t *arena = new_arena(4096);
    CHECK_OK(make(arena, "x", U8, 1));
    lina_view_t view = hold(&view, arena, "x");
    lina_signal_t s = signal_of(arena, "s");
    lina_signal_raise(&s);
    CHECK_OK(lina_arena_close(arena));
    CHECK(value_of(&s) == 1 && is_set(&s));
    lina_release(&view);
}

/* ---- a reader of the word sees what was written before the signal ------------------------------- */

#define ROUNDS 20000

/* Writes the round's number into every element of `x`, signals, and waits for the answer by reading the word. */
static void write_rounds(lina_arena_t *arena) {
    lina_signal_t ping = signal_of(arena, "ping"), pong = signal_of(arena, "pong");
    lina_view_t x = hold(&x, arena, "x");
    for (uint64_t i = 1; i <= ROUNDS; i++) {
        for (int k = 0; k < 64; k++)
            ((uint64_t *)x.data)[k] = i;
        lina_signal_raise(&ping);
        for (unsigned spins = 1; value_of(&pong) < i; spins++)
            if (spins % 200 == 0)
                sched_yield();
    }
    lina_release(&x);
}

static void read_rounds(lina_arena_t *arena) {
    lina_signal_t ping = signal_of(arena, "ping"), pong = signal_of(arena, "pong");
    lina_view_t x = hold(&x, arena, "x");
    for (uint64_t i = 1; i <= ROUNDS; i++) {
        for (unsigned spins = 1; value_of(&ping) < i; spins++)
            if (spins % 200 == 0)
                sched_yield();
        for (int k = 63; k >= 0; k--)
            CHECK_EQ(((const uint64_t *)x.data)[k], i);
        lina_signal_raise(&pong);
    }
    lina_release(&x);
}

static void *read_in_thread(void *arena) {
    read_rounds(arena);
    return NULL;
}

TEST("a thread that reads a value from the word sees what another wrote before it") {
    lina_arena_t *arena = new_arena(4096);
    CHECK_OK(make(arena, "x", LINA_DTYPE_U64, 64));
    pthread_t thread = start(read_in_thread, arena);
    write_rounds(arena);
    join(thread);
}

TEST("a process that reads a value from the word sees what another wrote before it") {
    lina_arena_t *arena = new_arena(4096);
    CHECK_OK(make(arena, "x", LINA_DTYPE_U64, 64));
    pid_t pid = spawn();
    if (pid == 0) {
        read_rounds(join_arena(arena, LINA_ATTACH_READ_ONLY));
        done();
    }
    write_rounds(arena);
    CHECK_EQ(reap(pid), 0);
}
