/* vain.c - checks that a waiter that asked for a wake-up in vain wakes the others.
 *
 * Two readers wait for the end of a stream. The end does not change the word on which they sleep:
 *
 *   first:  asks for a wake-up
 *                                 the stream ends; its waker finds nobody asleep
 *                                 second:  asks for a wake-up, sees the end, returns
 *   first:  goes to sleep, and the word looks as if nothing had happened
 *
 * The program is linked with the core's own objects. Two of their calls go through __wrap_*, which bring the threads
 * into this order. */
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

static void *run_second(void *unused) {
    (void)unused;
    is_second = true;
    follow();
    return NULL;
}

int __real_platform_futex_wait(const uint32_t *word, uint32_t expected, uint64_t deadline);
int __wrap_platform_futex_wait(const uint32_t *word, uint32_t expected, uint64_t deadline);
uint64_t __real_lina_signal_await(lina_arena_t *a, struct lina_signal_place place);
uint64_t __wrap_lina_signal_await(lina_arena_t *a, struct lina_signal_place place);

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

uint64_t __wrap_lina_signal_await(lina_arena_t *a, struct lina_signal_place place) {
    if (is_second) {
        is_second = false;
        atomic_store(&second_asks, true);
        await_flag(&ended);
    }
    return __real_lina_signal_await(a, place);
}

int main(void) {
    CHECK_OK(lina_arena_create(NULL, 4096, NULL, &arena));
    CHECK_OK(lina_stream_open(arena, "frames", 1));
    CHECK_OK(lina_stream_produce(arena, "frames"));
    CHECK(pthread_create(&second, NULL, run_second, NULL) == 0);
    is_first = true;
    follow();
    CHECK_OK(lina_arena_close(arena));
    return 0;
}
