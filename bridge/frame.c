/* frame.c - the checks of frames. A frame comes from another machine, so every field of it is checked. */
#include "frame.h"

#include <string.h>

size_t frame_size(uint32_t kind) {
    static const size_t sizes[] = {
        [FRAME_GREETING] = sizeof(struct frame_greeting),
        [FRAME_REFUSAL] = sizeof(struct frame_refusal),
        [FRAME_WANT] = sizeof(struct frame_want),
        [FRAME_GENERATION] = sizeof(struct frame_generation),
        [FRAME_PIECE] = sizeof(struct frame_piece),
        [FRAME_ANSWER] = sizeof(struct frame_answer),
        [FRAME_SIGNAL] = sizeof(struct frame_signal),
        [FRAME_END] = sizeof(struct frame_end),
        [FRAME_BEAT] = sizeof(struct frame_head),
        [FRAME_RECEIPT] = sizeof(struct frame_receipt),
    };
    return kind < sizeof sizes / sizeof *sizes ? sizes[kind] : 0;
}

/* True for a text without control characters that is followed by zeroes, at least one, up to `room` bytes. */
static bool is_text(const char *text, size_t room) {
    const char *end = memchr(text, 0, room);
    size_t length = end == NULL ? room : (size_t)(end - text);
    for (size_t i = 0; i < room; i++)
        if (i < length ? (unsigned char)text[i] < ' ' || text[i] == 127 : text[i] != '\0')
            return false;
    return length < room;
}

static bool is_name(const char *name, size_t room) {
    return name[0] != '\0' && is_text(name, room);
}

/* True if the strides are those of the layout. An extent of 0 counts as 1 here. */
static bool strides_fit(const struct frame_generation *g, uint64_t item) {
    uint64_t stride = item;
    for (uint32_t i = 0; i < g->ndim; i++) {
        uint32_t at = g->layout == LINA_LAYOUT_C ? g->ndim - 1 - i : i;
        if (g->strides[at] != (int64_t)stride)
            return false;
        uint64_t extent = g->shape[at] == 0 ? 1 : g->shape[at];
        if (__builtin_mul_overflow(stride, extent, &stride) || stride > INT64_MAX)
            return false;
    }
    return true;
}

static const char *check_generation(const struct frame_generation *g, size_t data) {
    uint64_t total = lina_dtype_size(g->dtype);
    if (total == 0)
        return "a generation has an impossible dtype";
    if (g->ndim > LINA_MAX_DIMS)
        return "a generation has too many dimensions";
    if (g->layout != LINA_LAYOUT_C && g->layout != LINA_LAYOUT_F)
        return "a generation has an unknown layout";
    if (g->depth > FRAME_DEPTH_MAX)
        return "a stream's depth is too large";
    if (!strides_fit(g, total))
        return "a generation's strides are not those of its shape";
    for (uint32_t i = 0; i < g->ndim; i++)
        if (__builtin_mul_overflow(total, g->shape[i], &total))
            return "a generation's shape is too large";
    if (total != g->nbytes)
        return "a generation's size is not that of its shape";
    if (g->ticket == 0)
        return "a generation has no number";
    if (data > g->nbytes)
        return "a generation's first piece is larger than the array";
    return data == 0 && g->nbytes != 0 ? "a generation's first piece is missing" : NULL;
}

static const char *check_greeting(const struct frame_greeting *g) {
    if (g->magic != FRAME_MAGIC)
        return "a greeting comes from something else than a bridge of Lina";
    /* Another version may have another form. greeting_accept compares versions, and its message names both. */
    if (g->byte_order == FRAME_BYTE_ORDER && g->protocol == FRAME_PROTOCOL &&
        (!is_name(g->host, BRIDGE_HOST) || !is_name(g->to, BRIDGE_HOST)))
        return "a greeting has no host";
    return NULL;
}

static const char *check(const union frame *f, size_t data) {
    switch (f->head.kind) {
    case FRAME_GREETING:
        return check_greeting(&f->greeting);
    case FRAME_REFUSAL:
        return is_text(f->refusal.text, FRAME_TEXT) ? NULL : "a refusal is no text";
    case FRAME_WANT:
        return is_name(f->want.name, LINA_MAX_NAME) && f->want.mode < BRIDGE_MODES
                   ? NULL
                   : "a wish for a name is malformed";
    case FRAME_GENERATION:
        return check_generation(&f->generation, data);
    case FRAME_PIECE:
        return data != 0 ? NULL : "a piece is empty";
    case FRAME_END:
        return f->end.state == LINA_STREAM_ENDED || f->end.state == LINA_STREAM_DIED
                   ? NULL
                   : "a stream's end is malformed";
    default:
        return NULL;
    }
}

static bool brings_data(uint32_t kind) { return kind == FRAME_GENERATION || kind == FRAME_PIECE; }

/* Whether a frame may follow another in the same header. */
static bool may_follow(uint32_t first, uint32_t next) {
    return next == FRAME_SIGNAL
               ? brings_data(first)
               : next == FRAME_RECEIPT && (brings_data(first) || first == FRAME_SIGNAL);
}

size_t frame_first(const void *bytes, size_t nbytes) {
    struct frame_head first, next;
    if (nbytes < sizeof first)
        return nbytes;
    memcpy(&first, bytes, sizeof first);
    size_t size = frame_size(first.kind);
    if (nbytes < size + sizeof next)
        return nbytes;
    memcpy(&next, (const char *)bytes + size, sizeof next);
    return may_follow(first.kind, next.kind) ? size : nbytes;
}

const char *frame_read(const void *bytes, size_t nbytes, size_t data, union frame *out) {
    union frame frame = {0};
    if (nbytes < sizeof frame.head || nbytes > sizeof frame)
        return "a frame has an impossible size";
    memcpy(&frame, bytes, nbytes);
    if (frame_size(frame.head.kind) != nbytes)
        return "a frame is of an unknown kind or has the wrong size";
    if (data > (brings_data(frame.head.kind) ? FRAME_PIECE_MAX : 0))
        return "a frame brings more bytes than it may";
    const char *wrong = check(&frame, data);
    if (wrong == NULL)
        *out = frame;
    return wrong;
}
