/* test_frame.c - frames come from other machines, so frame_read must check everything in them. */
#include "../../bridge/frame.h"
#include "../../bridge/greeting.h"
#include "../random.h"
#include "../test.h"

static const unsigned char key[] = "0123456789abcdef";

static struct bridge_config host(const char *name) {
    struct bridge_config config = {.key = key, .key_bytes = sizeof key};
    snprintf(config.host, sizeof config.host, "%s", name);
    return config;
}

static struct frame_generation generation(void) {
    return (struct frame_generation){.head = {FRAME_GENERATION, 0},
                                     .ticket = 1,
                                     .dtype = LINA_DTYPE_F64,
                                     .ndim = 2,
                                     .layout = LINA_LAYOUT_C,
                                     .nbytes = 48,
                                     .shape = {2, 3},
                                     .strides = {24, 8}};
}

static const char *read_generation(struct frame_generation g, size_t data) {
    union frame out;
    return frame_read(&g, sizeof g, data, &out);
}

TEST("a generation is read as it was sent") {
    struct frame_generation g = generation();
    union frame out;
    CHECK(frame_read(&g, sizeof g, 48, &out) == NULL);
    CHECK(memcmp(&out.generation, &g, sizeof g) == 0);
}

#define CHECK_WRONG(data, change)                                                                  \
    do {                                                                                           \
        struct frame_generation g = generation();                                                  \
        change;                                                                                    \
        CHECK(read_generation(g, data) != NULL);                                                   \
    } while (0)

TEST("a generation whose numbers contradict each other is refused") {
    CHECK_WRONG(48, g.nbytes = 56);
    CHECK_WRONG(48, g.shape[0] = 3);
    CHECK_WRONG(48, g.strides[0] = 8);
    CHECK_WRONG(48, g.strides[1] = -8);
    CHECK_WRONG(48, g.layout = LINA_LAYOUT_F);
    CHECK_WRONG(48, g.layout = LINA_LAYOUT_STRIDED);
    CHECK_WRONG(48, g.ndim = LINA_MAX_DIMS + 1);
    CHECK_WRONG(48, g.dtype = 0);
    CHECK_WRONG(48, g.ticket = 0);
    CHECK_WRONG(48, g.depth = FRAME_DEPTH_MAX + 1);
    CHECK_WRONG(56, (void)g);
    CHECK_WRONG(0, (void)g);
}

TEST("a shape whose bytes do not fit into 64 bits is refused") {
    CHECK_WRONG(8, (g.shape[0] = UINT64_C(1) << 61, g.nbytes = 0));
    CHECK_WRONG(8, (g.shape[0] = UINT64_MAX, g.shape[1] = UINT64_MAX));
    CHECK_WRONG(0, (g.shape[0] = 0, g.shape[1] = UINT64_C(1) << 62, g.nbytes = 0,
                    g.strides[0] = INT64_MIN));
}

TEST("an empty array needs no bytes") {
    struct frame_generation g = generation();
    g.shape[0] = 0;
    g.nbytes = 0;
    CHECK(read_generation(g, 0) == NULL);
}

TEST("a frame of another size than its kind is refused") {
    union frame frame = {.generation = generation()}, out;
    for (size_t n = 0; n <= sizeof frame; n++)
        CHECK((frame_read(&frame, n, 48, &out) == NULL) == (n == sizeof frame.generation));
}

TEST(
    "a signal may follow a generation or a piece in a header, and a receipt may follow all three") {
    unsigned char header[FRAME_HEADER] = {0};
    for (uint32_t first = 0; first <= FRAME_RECEIPT + 1; first++)
        for (uint32_t next = 0; next <= FRAME_RECEIPT + 1; next++) {
            size_t size = frame_size(first), whole = size + frame_size(next);
            memcpy(header, &(struct frame_head){first, 0}, sizeof(struct frame_head));
            memcpy(header + size, &(struct frame_head){next, 0}, sizeof(struct frame_head));
            bool is_array = first == FRAME_GENERATION || first == FRAME_PIECE;
            bool splits = (next == FRAME_SIGNAL && is_array) ||
                          (next == FRAME_RECEIPT && (is_array || first == FRAME_SIGNAL));
            CHECK_EQ(frame_first(header, whole), splits ? size : whole);
            CHECK_EQ(frame_first(header, whole + 1), splits ? size : whole + 1);
            CHECK_EQ(frame_first(header, size), size);
        }
    CHECK_EQ(frame_first(header, 3), 3);
}

TEST("only generations and pieces bring bytes, and no more than a piece may have") {
    union frame out;
    struct frame_head beat = {FRAME_BEAT, 0};
    struct frame_piece piece = {{FRAME_PIECE, 0}, 1, 0};
    CHECK(frame_read(&beat, sizeof beat, 0, &out) == NULL);
    CHECK(frame_read(&beat, sizeof beat, 1, &out) != NULL);
    CHECK(frame_read(&piece, sizeof piece, 0, &out) != NULL);
    CHECK(frame_read(&piece, sizeof piece, FRAME_PIECE_MAX, &out) == NULL);
    CHECK(frame_read(&piece, sizeof piece, FRAME_PIECE_MAX + 1, &out) != NULL);
}

TEST("names and refusals must be terminated texts without control characters") {
    union frame out;
    struct frame_want want = {.head = {FRAME_WANT, 0}, .name = "x"};
    CHECK(frame_read(&want, sizeof want, 0, &out) == NULL);
    want.name[5] = 'y'; /* after the terminating zero */
    CHECK(frame_read(&want, sizeof want, 0, &out) != NULL);
    memset(want.name, 'x', sizeof want.name);
    CHECK(frame_read(&want, sizeof want, 0, &out) != NULL);
    struct frame_refusal refusal = {.head = {FRAME_REFUSAL, 0}, .text = "no\033[2J"};
    CHECK(frame_read(&refusal, sizeof refusal, 0, &out) != NULL);
}

/* What the receiver says about a greeting that was changed on its way; "" if it accepts it. */
static const char *objection(void (*change)(struct frame_greeting *)) {
    static char why[FRAME_TEXT];
    struct bridge_config alpha = host("alpha"), beta = host("beta");
    struct frame_greeting greeting;
    union frame out;
    greeting_make(&beta, 7, "alpha", 0, &greeting);
    if (change != NULL)
        change(&greeting);
    const char *wrong = frame_read(&greeting, sizeof greeting, 0, &out);
    if (wrong != NULL)
        return wrong;
    return greeting_accept(&alpha, &out.greeting, why) ? "" : why;
}
static void change_magic(struct frame_greeting *g) { g->magic++; }
static void change_order(struct frame_greeting *g) {
    g->byte_order = __builtin_bswap32(g->byte_order);
}
static void change_protocol(struct frame_greeting *g) { g->protocol++; }
static void change_abi(struct frame_greeting *g) { g->abi++; }
static void change_nonce(struct frame_greeting *g) { g->nonce++; }
static void change_mac(struct frame_greeting *g) { g->mac[0] ^= 1; }

#define CHECK_SAYS(change, words) CHECK(strstr(objection(change), words) != NULL)

TEST("a greeting is accepted as it was made, and refused with a reason where a field was changed") {
    CHECK_STR(objection(NULL), "");
    CHECK_SAYS(change_magic, "something else than a bridge");
    CHECK_SAYS(change_order, "another order");
    CHECK_SAYS(change_protocol, "protocol 3");
    CHECK_SAYS(change_abi, "ABI 2");
    CHECK_SAYS(change_nonce, "different keys");
    CHECK_SAYS(change_mac, "different keys");
}

/* Checks everything that a caller relies on after frame_read has accepted a frame. */
static void check_accepted(const union frame *f, size_t data) {
    const struct frame_generation *g = &f->generation;
    if (f->head.kind == FRAME_GENERATION) {
        CHECK(g->ndim <= LINA_MAX_DIMS && g->layout <= LINA_LAYOUT_F && data <= g->nbytes);
        unsigned __int128 total = lina_dtype_size(g->dtype);
        for (uint32_t i = 0; i < g->ndim; i++)
            total *= g->shape[i];
        CHECK(total == g->nbytes);
    }
    if (f->head.kind == FRAME_WANT)
        CHECK(memchr(f->want.name, 0, sizeof f->want.name) != NULL);
    if (f->head.kind == FRAME_REFUSAL)
        CHECK(memchr(f->refusal.text, 0, sizeof f->refusal.text) != NULL);
    CHECK(data <= FRAME_PIECE_MAX);
}

TEST("of a million damaged frames, only those are accepted whose numbers agree") {
    uint64_t seed = 0x9e3779b97f4a7c15, accepted = 0;
    for (int round = 0; round < 1000000; round++) {
        union frame frame = {.generation = generation()}, out;
        frame.head.kind = (uint32_t)(random_next(&seed) % (FRAME_RECEIPT + 2));
        if (random_next(&seed) % 2 == 0)
            frame.head.kind = FRAME_GENERATION;
        unsigned char *bytes = (unsigned char *)&frame;
        for (uint64_t n = random_next(&seed) % 4; n > 0; n--)
            bytes[random_next(&seed) % sizeof(struct frame_generation)] ^=
                (unsigned char)(1u << (random_next(&seed) % 8));
        size_t size = random_next(&seed) % 8 == 0 ? random_next(&seed) % (sizeof frame + 8)
                                                  : frame_size(frame.head.kind);
        size_t data = random_next(&seed) % 3 == 0 ? 0 : random_next(&seed) % 64;
        unsigned char room[sizeof frame + 8] = {0};
        memcpy(room, &frame, sizeof frame);
        if (frame_read(room, size, data, &out) == NULL) {
            accepted++;
            check_accepted(&out, data);
        }
    }
    CHECK(accepted > 1000);
}
