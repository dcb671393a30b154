/* rogue.c - a host that breaks the protocol, for test_rogues.py:
 *
 *     rogue dial ADDRESS:PORT KIND     greets an exporter, then sends it wrong frames
 *     rogue listen ADDRESS:PORT KIND   lets an importer greet and ask for a name, then sends it wrong frames
 *
 *     rogue dial ADDRESS:PORT late=ADDRESS:PORT
 *                                      imports "x" from an exporter that imports from it at the second address. Sends
 *                                      answers after receipts of later generations, which is not wrong
 *
 * KIND says what is wrong: the name of a fault, or noise=SEED.
 *
 * It ends when the other side hangs up, and prints the refusals and the tickets of the generations that it got. */
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../../bridge/greeting.h"
#include "../../bridge/wire.h"
#include "../random.h"

static const char key[] = "0123456789abcdef0123456789abcdef";

static struct {
    const char *kind;
    struct bridge_config config;
    struct wire *wire;
    struct line *line, *back; /* back: of late, on which the other side imports */
    bool has_greeted, was_asked;
    uint64_t nonce;  /* of the other side */
    uint64_t ticket; /* of the last generation that came */
} rogue = {.config = {.key = (const unsigned char *)key, .key_bytes = sizeof key - 1}};

static bool is(const char *kind) { return strcmp(rogue.kind, kind) == 0; }
static bool is_late(void) { return strncmp(rogue.kind, "late=", 5) == 0; }

static void send_frame(const void *frame, size_t nbytes, const void *data, size_t n_data) {
    line_send(rogue.line, WIRE_AT_ONCE, frame, nbytes, data, n_data, NULL, NULL);
}

static void greet(struct line *line, const char *to, uint64_t echo) {
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
        line_send(line, WIRE_AT_ONCE, &greeting, sizeof greeting, NULL, 0, NULL, NULL);
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
    if (frame.head.kind == FRAME_GENERATION) {
        rogue.ticket = frame.generation.ticket;
        printf("%llu\n", (unsigned long long)rogue.ticket);
        fflush(stdout);
    }
}

static void turn(void) {
    wire_progress(rogue.wire);
    if (rogue.line != NULL)
        line_progress(rogue.line);
    if (rogue.back != NULL)
        line_progress(rogue.back);
    poll(NULL, 0, 1);
}

static void wait_until(const bool *condition) {
    while (line_broken(rogue.line) == NULL && (condition == NULL || !*condition))
        turn();
}

static void wait_for(uint64_t ticket) {
    while (rogue.ticket < ticket) {
        if (line_broken(rogue.line) != NULL)
            exit(1);
        turn();
    }
}

static struct line *accept_line(void) {
    static const struct line_calls calls = {.arrived = arrived};
    char from[64];
    struct line *line;
    while ((line = wire_accept(rogue.wire, &calls, from)) == NULL)
        turn();
    return line;
}

static void dial(const struct address *address) {
    static const struct line_calls calls = {.arrived = arrived};
    rogue.line = NULL;
    while ((rogue.line = wire_dial(rogue.wire, address, &calls)) == NULL)
        turn();
    greet(rogue.line, "alpha", 0);
    wait_until(&rogue.has_greeted);
}

static void serve(void) {
    rogue.line = accept_line();
    wait_until(&rogue.has_greeted);
    greet(rogue.line, "beta", rogue.nonce);
    wait_until(&rogue.was_asked);
}

/* Lets the other side import, too, so that receipts may go to it. */
static void serve_back(void) {
    rogue.has_greeted = false;
    rogue.back = accept_line();
    wait_until(&rogue.has_greeted);
    greet(rogue.back, "alpha", rogue.nonce);
    wait_until(&rogue.was_asked);
}

static void send_receipt(uint64_t ticket) {
    struct frame_receipt receipt = {{FRAME_RECEIPT, 0}, ticket};
    line_send(rogue.back, WIRE_AT_ONCE, &receipt, sizeof receipt, NULL, 0, NULL, NULL);
}

static void answer(uint64_t ticket) {
    struct frame_answer frame = {.head = {FRAME_ANSWER, 0}, .ticket = ticket};
    send_frame(&frame, sizeof frame, NULL, 0);
}

static void answer_late(void) {
    struct frame_want want = {.head = {FRAME_WANT, 0}, .mode = BRIDGE_SNAPSHOT, .name = "x"};
    serve_back();
    send_frame(&want, sizeof want, NULL, 0);
    for (uint64_t ticket = 1; ticket <= 2; ticket++) {
        wait_for(ticket);
        send_receipt(ticket);
    }
    wait_for(3); /* so the second receipt has arrived */
    for (uint64_t ticket = 1; ticket <= 3; ticket++)
        answer(ticket);
    wait_for(4);
    exit(0);
}

static void misbehave(void) {
    if (strncmp(rogue.kind, "noise=", 6) == 0)
        send_noise();
    else if (is_late())
        answer_late();
    else
        send_array();
}

int main(int count, char **words) {
    struct address address, own;
    bool is_early, dials = count == 4 && strcmp(words[1], "dial") == 0;
    if (count != 4 || address_read(words[2], &address) != NULL)
        return 2;
    rogue.kind = words[3];
    if (address_read(is_late() ? rogue.kind + 5 : words[2], &own) != NULL)
        return 2;
    bool listens = !dials || is_late();
    snprintf(rogue.config.host, sizeof rogue.config.host, dials ? "beta" : "alpha");
    while (wire_open("", listens ? &own : NULL, &address, dials, &rogue.wire, &is_early) != NULL)
        poll(NULL, 0, 50);
    alarm(120); /* so that no test waits forever */
    puts("ready");
    fflush(stdout);
    if (dials)
        dial(&address);
    else
        serve();
    while (is_late() && !rogue.has_greeted) { /* the exporter did not listen yet */
        line_close(rogue.line);
        dial(&address);
    }
    misbehave();
    wait_until(NULL);
    line_close(rogue.line);
    wire_close(rogue.wire);
    return 0;
}
