/* rogue.c - a host that breaks the protocol, for test_rogues.py:
 *
 *     rogue dial ADDRESS:PORT KIND     greets an exporter, then sends it wrong frames
 *     rogue listen ADDRESS:PORT KIND   lets an importer greet and ask for a name, then sends it wrong frames
 *
 * KIND says what is wrong: the name of a fault, or noise=SEED.
 *
 * It ends when the other side hangs up, and prints the refusals that it got. */
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../bridge/greeting.h"
#include "../../bridge/wire.h"
#include "../random.h"

static const char key[] = "0123456789abcdef0123456789abcdef";

static struct {
    const char *kind;
    struct bridge_config config;
    struct line *line;
    bool has_greeted, was_asked;
    uint64_t nonce; /* of the other side */
} rogue = {.config = {.key = (const unsigned char *)key, .key_bytes = sizeof key - 1}};

static bool is(const char *kind) { return strcmp(rogue.kind, kind) == 0; }

static void send_frame(const void *frame, size_t nbytes, const void *data, size_t n_data) {
    line_send(rogue.line, WIRE_AT_ONCE, frame, nbytes, data, n_data, NULL, NULL);
}

static void greet(const char *to, uint64_t echo) {
    struct frame_greeting greeting;
    greeting_make(&rogue.config, 99, to, echo + is("echo"), &greeting);
    if (is("protocol"))
        greeting.protocol++;
    if (is("abi"))
        greeting.abi++;
    if (is("magic"))
        greeting.magic++;
    if (is("order"))
        greeting.byte_order = __builtin_bswap32(greeting.byte_order);
    if (!is("silence"))
        send_frame(&greeting, sizeof greeting, NULL, 0);
}

/* Sends frames of every kind, with random sizes and contents. */
static void send_noise(void) {
    static const unsigned char data[64];
    uint64_t seed = (uint64_t)atoll(strchr(rogue.kind, '=') + 1);
    for (int i = 0; i < 50; i++) {
        unsigned char frame[sizeof(union frame)];
        for (size_t at = 0; at < sizeof frame; at++)
            frame[at] = (unsigned char)(random_next(&seed) % 3);
        struct frame_head head = {random_below(&seed, FRAME_RECEIPT + 2), random_below(&seed, 3)};
        memcpy(frame, &head, sizeof head);
        size_t nbytes = random_below(&seed, 2) == 0 || frame_size(head.kind) == 0
                            ? random_below(&seed, sizeof frame)
                            : frame_size(head.kind);
        send_frame(frame, nbytes, data, random_below(&seed, 2) * sizeof data);
    }
}

/* Sends the first piece of an array of 32 bytes, then a piece that does not fit. */
static void send_array(void) {
    static const double data[8] = {1, 1, 1, 1, 1, 1, 1, 1};
    struct frame_generation generation = {.head = {FRAME_GENERATION, is("index") ? 7 : 0},
                                          .ticket = 1,
                                          .dtype = LINA_DTYPE_F64,
                                          .ndim = 1,
                                          .layout = LINA_LAYOUT_C,
                                          .depth = is("depth") ? 4 : 0,
                                          .nbytes = is("total") ? 64 : 32,
                                          .shape = {4},
                                          .strides = {8}};
    struct frame_piece piece = {{FRAME_PIECE, 0}, is("ticket") ? 2 : 1, 8};
    send_frame(&generation, sizeof generation, data, 8);
    if (is("overlap"))
        piece.offset = 0;
    if (is("gap"))
        piece.offset = 16;
    if (is("far"))
        piece.offset = UINT64_MAX - 7;
    if (is("twice"))
        send_frame(&generation, sizeof generation, data, 8);
    else
        send_frame(&piece, sizeof piece, data, is("long") ? 32 : 8);
}

static void misbehave(void) {
    if (strncmp(rogue.kind, "noise=", 6) == 0)
        send_noise();
    else
        send_array();
}

static void arrived(void *owner, const void *bytes, size_t nbytes, struct parcel *parcel) {
    union frame frame;
    (void)owner;
    if (frame_read(bytes, nbytes, parcel->nbytes, &frame) != NULL)
        return;
    if (frame.head.kind == FRAME_REFUSAL)
        puts(frame.refusal.text);
    if (frame.head.kind == FRAME_REFUSAL && frame.head.index == FRAME_WHOLE_LINK)
        exit(0);
    if (frame.head.kind == FRAME_GREETING)
        rogue.has_greeted = true;
    if (frame.head.kind == FRAME_GREETING)
        rogue.nonce = frame.greeting.nonce;
    if (frame.head.kind == FRAME_WANT)
        rogue.was_asked = true;
}

static void wait_until(const bool *condition) {
    while (line_broken(rogue.line) == NULL && (condition == NULL || !*condition)) {
        line_progress(rogue.line);
        poll(NULL, 0, 1);
    }
}

int main(int count, char **words) {
    struct line_calls calls = {.arrived = arrived};
    struct address address;
    struct wire *wire;
    bool is_early, dials = count == 4 && strcmp(words[1], "dial") == 0;
    char from[64];
    if (count != 4 || address_read(words[2], &address) != NULL)
        return 2;
    rogue.kind = words[3];
    snprintf(rogue.config.host, sizeof rogue.config.host, dials ? "beta" : "alpha");
    while (wire_open("", dials ? NULL : &address, &address, dials, &wire, &is_early) != NULL)
        poll(NULL, 0, 50);
    puts("ready");
    fflush(stdout);
    while ((rogue.line = dials ? wire_dial(wire, &address, &calls)
                               : wire_accept(wire, &calls, from)) == NULL) {
        wire_progress(wire);
        poll(NULL, 0, 1);
    }
    if (dials)
        greet("alpha", 0);
    wait_until(&rogue.has_greeted);
    if (!dials) {
        greet("beta", rogue.nonce);
        wait_until(&rogue.was_asked);
    }
    misbehave();
    wait_until(NULL);
    line_close(rogue.line);
    wire_close(wire);
    return 0;
}
