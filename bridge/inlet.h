/* inlet.h - the state of each name that a link imports. */
#ifndef LINA_BRIDGE_INLET_H
#define LINA_BRIDGE_INLET_H

#include "link.h"

enum stage {
    STAGE_IDLE,
    STAGE_ARRIVING, /* pieces are being received into the loan */
    STAGE_WHOLE     /* all pieces have arrived, but the loan could not be published yet */
};

struct inlet {
    struct link *link;
    const struct bridge_import *import;
    uint32_t index;
    size_t row; /* on the board */
    enum stage stage;
    bool has_claim; /* this host takes the name from this link, and from no other */
    lina_view_t loan;
    uint64_t ticket;         /* of the generation in the loan, or of the last one */
    uint64_t begun, arrived; /* bytes whose receipt has begun; bytes that are in the loan */
    bool owes_answer;        /* about `ticket`, with this code */
    bool has_receipt; /* another link has brought that answer to the exporter, or will soon */
    int code;
    uint64_t settled;     /* when it was published or skipped */
    uint64_t nonce, last; /* the last that was published, and the exporter's process that sent it */
    /* A signal: the counter that came last, and a frame that is held until its generations have arrived. */
    uint64_t received;
    bool has_received, is_held;
    struct frame_signal held;
    int complaint;          /* the error that the user was told last; LINA_OK for none */
    lina_arena_t *producer; /* a stream: the member that produces it here for the exporter */
    lina_notify_id_t room;  /* a stream: pending while the stage is STAGE_WHOLE; else 0 */
};

struct inlets {
    uint32_t n;
    struct inlet all[];
};

static inline lina_arena_t *inlet_arena(const struct inlet *inlet) {
    return inlet->link->bridge->config->arena;
}

static inline bool inlet_is_signal(const struct inlet *inlet) {
    return inlet->import->mode == BRIDGE_SIGNAL;
}

/* The inlet of this index; NULL if there is none, or if it has not claimed its name. */
static inline struct inlet *inlet_find(struct link *link, uint32_t index) {
    struct inlet *inlet = index < link->inlets->n ? &link->inlets->all[index] : NULL;
    return inlet != NULL && inlet->has_claim ? inlet : NULL;
}

/* raising.c: signals. */

/* Raises the signals whose generations are all published now, or skipped. */
void raising_go_on(struct link *link);

#endif
