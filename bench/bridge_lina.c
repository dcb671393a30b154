/* bridge_lina.c - the ping-pong of two scripts whose arenas a bridge joins: see bridge_pingpong.h. Words: RANK and
 * where this host's arena is. Rank 0 publishes "ping", which "ping_sent" announces, and rank 1 "pong". */
#include <stdlib.h>

#include "bridge_pingpong.h"
#include "lina.h"

static lina_arena_t *arena;
static uint64_t size;
static const char *sends, *announces, *receives, *awaits;
static unsigned char value; /* of the first and the last byte: the number of the message */

static void check(int code) { pingpong_check(code == LINA_OK, lina_last_error()); }

int pingpong_open(char **words, size_t nbytes) {
    int rank = atoi(words[0]);
    size = nbytes;
    sends = rank == 0 ? "ping" : "pong";
    announces = rank == 0 ? "ping_sent" : "pong_sent";
    receives = rank == 0 ? "pong" : "ping";
    awaits = rank == 0 ? "pong_sent" : "ping_sent";
    check(lina_arena_attach(words[1], 0, &arena));
    return rank;
}

void pingpong_send(void) {
    lina_view_t view;
    check(lina_loan(arena, sends, LINA_DTYPE_U8, 1, &size, LINA_LAYOUT_C, &view));
    unsigned char *bytes = view.data;
    bytes[0] = bytes[size - 1] = ++value;
    check(lina_publish(&view));
    check(lina_arena_signal(arena, announces));
}

void pingpong_receive(void) {
    lina_view_t view;
    check(lina_arena_wait(arena, awaits));
    check(lina_arena_clear(arena, awaits));
    check(lina_acquire(arena, receives, &view));
    const unsigned char *bytes = view.data;
    value++;
    pingpong_check(bytes[0] == value && bytes[size - 1] == value, "not the expected generation");
    lina_release(&view);
}

void pingpong_close(void) { lina_arena_close(arena); }
