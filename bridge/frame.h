/* frame.h - the form of every frame that two bridges exchange. All words are little-endian.
 *
 *     importer                                exporter
 *        GREETING  ------------------------->            the sender's name and versions
 *                  <-------------------------  GREETING  the same, or a REFUSAL
 *        WANT      ------------------------->            one for each name, with its index on this link
 *                  <-------------------------  GENERATION, with the first piece of its bytes
 *                  <-------------------------  PIECE ... in order
 *        ANSWER    ------------------------->            it is published, or why it is not
 *                  <-------------------------  SIGNAL    the counter now, and what must be published first
 *        BEAT      <------------------------>            often, so that silence means loss
 *
 * An END, from the exporter, says that a stream has no producer any more.
 *
 * A frame is the header of an active message of UCX; the bytes of arrays are that message's data. A SIGNAL may follow
 * a GENERATION or a PIECE in the same header, because a second message would cost more than a small array. For the same
 * reason, a RECEIPT may follow these. It says early what the importer's ANSWER on its own link will say. Between two
 * hosts that import from each other, the next generation has often come before that ANSWER is due, and replaces it. If
 * the RECEIPT is lost, the ANSWER comes.
 *
 * The greeting keeps its size and its first four fields in all versions, so that any two bridges can tell that they
 * differ. */
#ifndef LINA_BRIDGE_FRAME_H
#define LINA_BRIDGE_FRAME_H

#include "bridge.h"

enum {
    FRAME_PROTOCOL = 2,
    FRAME_BYTE_ORDER = 0x01020304,
    FRAME_TEXT = 320,
    FRAME_MAC = 32,
    FRAME_AFTER_MOST = 8,         /* generations that one signal waits for at the importer */
    FRAME_DEPTH_MAX = 65536,      /* the largest depth of a stream */
    FRAME_PIECE_MAX = 1024 * 1024 /* bytes in one message */
};
#define FRAME_MAGIC UINT64_C(0x4547444952424e4c) /* LNBRIDGE */
#define FRAME_WHOLE_LINK UINT32_MAX /* the index of a refusal that means the whole link */

enum frame_kind {
    FRAME_GREETING = 1,
    FRAME_REFUSAL,
    FRAME_WANT,
    FRAME_GENERATION,
    FRAME_PIECE,
    FRAME_ANSWER,
    FRAME_SIGNAL,
    FRAME_END,
    FRAME_BEAT,
    FRAME_RECEIPT
};

struct frame_head {
    uint32_t kind;
    uint32_t index; /* of a name: its place among this link's WANTs */
};

struct frame_greeting {
    struct frame_head head;
    uint64_t magic;
    uint32_t byte_order, protocol; /* FRAME_BYTE_ORDER as the sender's machine stores it */
    uint32_t abi;                  /* Lina's */
    uint32_t relay;                /* for hosts that pass generations on: 0 */
    uint64_t nonce;                /* of the sender's process */
    uint64_t echo;                 /* the importer's nonce in the exporter's answer; else 0 */
    char host[BRIDGE_HOST];        /* the sender */
    char to[BRIDGE_HOST];          /* the host that it wants to talk to */
    uint64_t reserved[4];
    unsigned char mac[FRAME_MAC]; /* HMAC-SHA-256 of all the above with the shared key */
};

struct frame_refusal {
    struct frame_head head;
    char text[FRAME_TEXT];
};

struct frame_want {
    struct frame_head head;
    uint32_t mode, unused;
    uint64_t nonce; /* of the exporter's process that sent `last`; 0 for none */
    uint64_t last;  /* the last ticket, or a stream's last sequence, that arrived from it */
    char name[LINA_MAX_NAME];
};

struct frame_generation {
    struct frame_head head;
    uint64_t ticket; /* grows with each generation of the name; a stream's sequence */
    uint64_t source; /* the nonce of the process that read it from its arena */
    uint32_t dtype, ndim, layout;
    uint32_t depth; /* of the stream; 0 for an array */
    uint64_t nbytes;
    uint64_t shape[LINA_MAX_DIMS];
    int64_t strides[LINA_MAX_DIMS];
};

struct frame_piece {
    struct frame_head head;
    uint64_t ticket, offset;
};

struct frame_answer {
    struct frame_head head;
    uint64_t ticket;
    int32_t code; /* LINA_OK: it is published; else why it was skipped */
    uint32_t unused;
};

/* A generation that came from this host by the link on which it exports to the sender. It is published. */
struct frame_receipt {
    struct frame_head head; /* the index on that link */
    uint64_t ticket;
};

/* A generation that was sent before a signal, and must be published before the importer raises it. */
struct frame_after {
    uint32_t index, unused;
    uint64_t ticket; /* 0: none */
};

struct frame_signal {
    struct frame_head head;
    uint64_t value;
    struct frame_after after[FRAME_AFTER_MOST];
};

struct frame_end { /* a stream has no producer any more */
    struct frame_head head;
    uint64_t state; /* LINA_STREAM_ENDED or LINA_STREAM_DIED */
};

union frame {
    struct frame_head head;
    struct frame_greeting greeting;
    struct frame_refusal refusal;
    struct frame_want want;
    struct frame_generation generation;
    struct frame_piece piece;
    struct frame_answer answer;
    struct frame_signal signal;
    struct frame_end end;
    struct frame_receipt receipt;
};

enum {
    FRAME_HEADER = sizeof(union frame) + sizeof(struct frame_signal) + sizeof(struct frame_receipt)
};

/* The size of the first frame in a message's header of `nbytes`. The rest of the header is empty, or begins with a
 * frame that may follow. */
size_t frame_first(const void *bytes, size_t nbytes);

/* Copies a frame out of `bytes` and checks everything that can be known without the link's state. `data` is the number
 * of the array's bytes beside it. Returns NULL, or what is wrong with the frame. */
const char *frame_read(const void *bytes, size_t nbytes, size_t data, union frame *out);

/* The size of a frame of this kind; 0 for an unknown kind. */
size_t frame_size(uint32_t kind);

#endif
