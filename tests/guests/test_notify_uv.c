/* test_notify_uv.c - tests the two ways from a notification into the event loop of libuv, which Node.js and Julia
 * use. */
#include "notify.h"

#ifndef HAVE_UV
TEST("libuv's loop hears signals") { SKIP("libuv1-dev is not installed"); }
#else
#include <uv.h>

static struct {
    lina_arena_t *arena;
    uv_loop_t loop;
    uv_timer_t timer;
    uv_poll_t poll;
    uv_async_t async;
    int ticks, efd, heard;
} it;

/* Raises the signal only after 20 turns, to check that the loop runs during the wait. */
static void tick(uv_timer_t *timer) {
    if (++it.ticks == 20)
        CHECK_OK(lina_arena_signal(it.arena, "tick"));
    CHECK(it.ticks < LONGEST);
    (void)timer;
}

static void start_loop(void) {
    it.arena = new_arena(4096);
    CHECK_EQ(uv_loop_init(&it.loop), 0);
    CHECK_EQ(uv_timer_init(&it.loop, &it.timer), 0);
    CHECK_EQ(uv_timer_start(&it.timer, tick, 0, 1), 0);
}

static void finish_loop(void) {
    CHECK_EQ(uv_run(&it.loop, UV_RUN_DEFAULT), 0);
    CHECK_EQ(it.heard, 1);
    CHECK(it.ticks >= 20);
    CHECK_EQ(uv_loop_close(&it.loop), 0);
    CHECK_OK(lina_arena_close(it.arena));
}

static void readable(uv_poll_t *poll, int status, int events) {
    uint64_t count = 0;
    CHECK(status == 0 && (events & UV_READABLE) != 0);
    CHECK_EQ(read(it.efd, &count, sizeof count), sizeof count);
    it.heard += (int)count;
    uv_close((uv_handle_t *)poll, NULL);
    uv_close((uv_handle_t *)&it.timer, NULL);
}

TEST("libuv's loop polls the eventfd of a notification") {
    lina_notify_id_t id;
    start_loop();
    it.efd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    CHECK_EQ(uv_poll_init(&it.loop, &it.poll, it.efd), 0);
    CHECK_EQ(uv_poll_start(&it.poll, UV_READABLE, readable), 0);
    CHECK_OK(lina_notify_fd(it.arena, "tick", 1, it.efd, &id));
    finish_loop();
}

static void send_on(void *context, int status, uint64_t value) {
    CHECK(status == LINA_OK && value == 1);
    CHECK_EQ(uv_async_send(context), 0);
}

static void sent(uv_async_t *async) {
    it.heard++;
    uv_close((uv_handle_t *)async, NULL);
    uv_close((uv_handle_t *)&it.timer, NULL);
}

TEST("a callback sends itself to libuv's loop") {
    lina_notify_id_t id;
    start_loop();
    CHECK_EQ(uv_async_init(&it.loop, &it.async, sent), 0);
    CHECK_OK(lina_notify(it.arena, "tick", 1, send_on, &it.async, &id));
    finish_loop();
}
#endif
