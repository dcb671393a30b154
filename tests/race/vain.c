/* vain.c - checks that a waiter that asked for a wake-up in vain wakes the others: vain word|doorbell
 *
 * Two readers wait for the end of a stream. The end does not change the word on which they sleep:
 *
 *   first:  asks for a wake-up
 *                                 the stream ends; its waker finds nobody asleep
 *                                 second:  asks for a wake-up, sees the end, returns
 *   first:  goes to sleep, and the word looks as if nothing had happened
 *
 * The second one would sleep on the word as well or, with a wait for any of several, on the doorbell. The program is
 * linked with the core's own objects. Some of their calls go through __wrap_*, which bring the threads into this
 * order. */
#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>

#include "../torture.h"

#include "../../core/platform.h"
#include "../../core/signals.h"

#define LONG INT64_C(30000000000)

static lina_arena_t *arena;
static pthread_t second;
static _Thread_local bool is_first, is_second;
static _Atomic bool second_asks, ended;

static void await_flag(_Atomic bool *flag) {
    while (!atomic_load(flag))
        platform_yield();
}

/* Takes from a reader of its own until the stream ends. */
static void follow(void) {
    lina_reader_t reader;
    lina_view_t frame;
    CHECK_OK(lina_reader_open(arena, "frames", NULL, &reader));
    CHECK(lina_reader_next(&reader, LONG, &frame) == LINA_ERR_ENDED);
    lina_reader_close(&reader);
}

/* Waits for the stream or a signal that nobody raises. */
static void wait_for_any(void) {
    const lina_wait_t both[] = {{.name = "frames", .target = 1, .flags = LINA_WAIT_STREAM},
                                {.name = "other", .target = 1}};
    uint32_t which;
    CHECK(lina_wait_any(arena, both, 2, LONG, &which) == LINA_ERR_ENDED);
}

static void *run_second(void *on_doorbell) {
    is_second = true;
    if (on_doorbell != NULL)
        wait_for_any();
    else
        follow();
    return NULL;
}

int __real_platform_futex_wait(const uint32_t *word, uint32_t expected, uint64_t deadline);
int __wrap_platform_futex_wait(const uint32_t *word, uint32_t expected, uint64_t deadline);
uint64_t __real_lina_signal_await(lina_arena_t *a, struct lina_signal_place place);
uint64_t __wrap_lina_signal_await(lina_arena_t *a, struct lina_signal_place place);
void __real_lina_signal_listen(lina_arena_t *a, struct lina_signal_place place);
void __wrap_lina_signal_listen(lina_arena_t *a, struct lina_signal_place place);

int __wrap_platform_futex_wait(const uint32_t *word, uint32_t expected, uint64_t deadline) {
    if (!is_first)
        return __real_platform_futex_wait(word, expected, deadline);
    is_first = false;
    await_flag(&second_asks);
    CHECK_OK(lina_stream_end(arena, "frames"));
    atomic_store(&ended, true);
    CHECK(pthread_join(second, NULL) == 0);
    /* Not the deadline of a nap, after which the reader would look again. */
    int rc = __real_platform_futex_wait(word, expected, platform_now() + (uint64_t)LONG);
    CHECK(rc != -ETIMEDOUT);
    return rc;
}

/* The second reader has looked, and asks for a wake-up after the end. */
static void ask_late(void) {
    if (!is_second)
        return;
    is_second = false;
    atomic_store(&second_asks, true);
    await_flag(&ended);
}

uint64_t __wrap_lina_signal_await(lina_arena_t *a, struct lina_signal_place place) {
    ask_late();
    return __real_lina_signal_await(a, place);
}

void __wrap_lina_signal_listen(lina_arena_t *a, struct lina_signal_place place) {
    ask_late();
    __real_lina_signal_listen(a, place);
}

int main(int argc, char **argv) {
    bool on_doorbell = argc > 1 && strcmp(argv[1], "doorbell") == 0;
    CHECK_OK(lina_arena_create(NULL, 4096, NULL, &arena));
    CHECK_OK(lina_stream_open(arena, "frames", 1));
    CHECK_OK(lina_stream_produce(arena, "frames"));
    CHECK(pthread_create(&second, NULL, run_second, on_doorbell ? argv : NULL) == 0);
    is_first = true;
    follow();
    CHECK_OK(lina_arena_close(arena));
    return 0;
}
