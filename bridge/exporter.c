#include "exporter.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "importer.h"
#include "outlet.h"

enum {
    PIECE = 512 * 1024,    /* bytes of a large array in one message */
    WINDOW = 4 * PIECE,    /* bytes of large arrays in flight: a small one waits behind these */
    SMALL = 64 * 1024,     /* bytes of the largest array that does not wait for the window */
    QUICK = 1 << 20,       /* bytes of the largest array that may travel at once: see send_piece */
    WANTS_MOST = 64 * 1024 /* names that an importer may ask for */
};

struct outlets *outlets_make(struct link *link) {
    struct outlets *outlets = calloc(1, sizeof *outlets);
    if (outlets != NULL)
        outlets->link = link;
    return outlets;
}

const char *outlet_name(const struct outlet *outlet) {
    return outlet->link->bridge->config->exports[outlet->row].name;
}

void outlet_refuse(struct outlet *outlet, const char *why) {
    char text[FRAME_TEXT];
    if (outlet->was_refused)
        return;
    outlet->was_refused = true;
    snprintf(text, sizeof text, "\"%s\" of %s %s", outlet_name(outlet),
             outlet->link->bridge->config->host, why);
    link_refuse(outlet->link, outlet->index, text);
}

static void free_outlet(struct outlet *outlet) {
    if (outlet == NULL)
        return;
    lina_release(&outlet->view);
    streaming_stop(outlet);
    board_add(&outlet->link->bridge->board, outlet->row, BRIDGE_STATE, -1);
    free(outlet->needed);
    free(outlet);
}

void outlets_free(struct outlets *outlets) {
    for (uint32_t i = 0; i < outlets->n; i++)
        free_outlet(outlets->all[i]);
    free(outlets->all);
    free(outlets);
}

/* ---- what the importer says --------------------------------------------------------------------- */

static struct outlet *find(const struct outlets *outlets, uint32_t index) {
    return index < outlets->n ? outlets->all[index] : NULL;
}

/* The place for an outlet. NULL if the index is taken or impossible. */
static struct outlet **place(struct outlets *outlets, uint32_t index) {
    if (index >= WANTS_MOST || find(outlets, index) != NULL)
        return NULL;
    if (index >= outlets->n) {
        struct outlet **more = realloc(outlets->all, (index + 1) * sizeof *more);
        if (more == NULL)
            return NULL;
        memset(more + outlets->n, 0, (index + 1 - outlets->n) * sizeof *more);
        outlets->all = more;
        outlets->n = index + 1;
    }
    return &outlets->all[index];
}

/* The export of this name and kind; n_exports if there is none. */
static uint32_t find_export(const struct bridge_config *config, const struct frame_want *want) {
    uint32_t row = 0;
    for (; row < config->n_exports; row++)
        if (strcmp(config->exports[row].name, want->name) == 0 &&
            config->exports[row].is_signal == (want->mode == BRIDGE_SIGNAL))
            break;
    return row;
}

void exporter_want(struct link *link, const struct frame_want *want) {
    const struct bridge_config *config = link->bridge->config;
    uint32_t row = find_export(config, want);
    if (row == config->n_exports) {
        char why[FRAME_TEXT];
        snprintf(why, sizeof why, "%s does not export the %s \"%s\"", config->host,
                 want->mode == BRIDGE_SIGNAL ? "signal" : "array", want->name);
        link_refuse(link, want->head.index, why);
        return;
    }
    struct outlet **at = place(link->outlets, want->head.index);
    struct outlet *outlet = at == NULL ? NULL : calloc(1, sizeof *outlet);
    uint64_t *needed = calloc(config->exports[row].n_announces + 1, sizeof *needed);
    if (outlet == NULL || needed == NULL) {
        free(outlet);
        free(needed);
        link_fail(link, "it asks twice for one name, or for too many names");
        return;
    }
    bool goes_on = want->nonce == link->bridge->nonce;
    *outlet = (struct outlet){.link = link,
                              .index = want->head.index,
                              .row = row,
                              .mode = want->mode,
                              .needed = needed,
                              .acknowledged = goes_on ? want->last : 0};
    *at = outlet;
    board_add(&link->bridge->board, row, BRIDGE_STATE, 1);
}

static void acknowledge(struct outlet *outlet) {
    outlet->acknowledged = outlet->ticket;
    outlet->is_sending = false;
}

static void arrived(struct outlet *outlet) {
    board_arrived(&outlet->link->bridge->board, outlet->row, outlet->view.desc.nbytes);
    acknowledge(outlet);
}

void exporter_receipt(struct link *link, const struct frame_receipt *receipt) {
    struct outlet *outlet = find(link->outlets, receipt->head.index);
    if (outlet == NULL || outlet->mode != BRIDGE_SNAPSHOT || !outlet->is_sending ||
        !outlet->has_sent_all || receipt->ticket != outlet->ticket)
        return;
    outlet->receipt = receipt->ticket;
    arrived(outlet);
}

void exporter_answer(struct link *link, const struct frame_answer *answer) {
    struct outlet *outlet = find(link->outlets, answer->head.index);
    /* Receipts come by another link, so those of later generations may overtake an answer. */
    if (outlet != NULL && answer->code == LINA_OK && answer->ticket <= outlet->receipt)
        return;
    if (outlet == NULL || !outlet->is_sending || answer->ticket != outlet->ticket ||
        (answer->code == LINA_OK && !outlet->has_sent_all)) {
        link_fail(link, "it acknowledged what was not sent");
        return;
    }
    if (answer->code == LINA_OK) {
        arrived(outlet);
        return;
    }
    board_add(&link->bridge->board, outlet->row, BRIDGE_SKIPPED, 1);
    acknowledge(outlet);
}

void exporter_refused(struct link *link, const struct frame_refusal *refusal) {
    bridge_say(link->bridge, "%s says: %s", link->host, refusal->text);
}

/* ---- new generations ---------------------------------------------------------------------------- */

/* A generation's number: the same on every link, and larger for each later generation. */
static uint64_t ticket_of(struct outlet *outlet, const lina_view_t *view) {
    struct source *source = &outlet->link->bridge->sources[outlet->row];
    if (source->incarnation != view->desc.reserved || source->sequence != view->sequence ||
        source->ticket == 0)
        *source = (struct source){view->desc.reserved, view->sequence, source->ticket + 1};
    return source->ticket;
}

static void begin(struct outlet *outlet, lina_view_t *next, uint64_t ticket) {
    lina_release(&outlet->view);
    lina_view_move(next, &outlet->view);
    outlet->ticket = ticket;
    outlet->sent = 0;
    outlet->has_sent_all = false;
    if (outlet->mode == BRIDGE_STREAM && outlet->acknowledged >= ticket)
        outlet->acknowledged = ticket - 1; /* the stream was removed, and counts from 1 again */
    /* The importer cannot loan an array whose elements do not lie side by side. */
    outlet->is_sending = outlet->view.desc.layout != LINA_LAYOUT_STRIDED;
    if (outlet->is_sending)
        return;
    outlet->acknowledged = ticket;
    outlet_refuse(outlet, "is a slice with gaps: export the array it is a part of");
}

/* Takes the newest generation, if the importer does not have it. */
static void take_newest(struct outlet *outlet) {
    lina_view_t next;
    if (outlet->view.data != NULL && lina_view_is_current(&outlet->view))
        return;
    if (lina_acquire(outlet->link->bridge->config->arena, outlet_name(outlet), &next) != LINA_OK) {
        if (outlet->view.data != NULL)
            announcing_give_up(outlet);
        lina_release(&outlet->view); /* the name is not there, or no longer */
        return;
    }
    uint64_t ticket = ticket_of(outlet, &next);
    bool is_known = ticket == outlet->acknowledged;
    begin(outlet, &next, ticket);
    if (is_known) /* it arrived before the link was lost */
        outlet->is_sending = false;
}

void outlet_look(struct outlet *outlet) {
    if (outlet->is_sending || outlet->pieces > 0)
        return;
    lina_view_t next;
    if (outlet->mode == BRIDGE_SNAPSHOT) {
        take_newest(outlet);
    } else if (outlet->mode == BRIDGE_STREAM) {
        lina_release(&outlet->view); /* it has arrived, so the stream's slot may be used again */
        if (streaming_next(outlet, &next))
            begin(outlet, &next, next.sequence);
    }
}

/* ---- pieces ------------------------------------------------------------------------------------- */

static bool is_small(const struct outlet *outlet) { return outlet->view.desc.nbytes <= SMALL; }

static bool has_more(const struct outlet *outlet) {
    return outlet->mode != BRIDGE_SIGNAL && outlet->is_sending && !outlet->has_sent_all;
}

static void on_piece(void *context, size_t nbytes) {
    struct outlet *outlet = context;
    outlet->pieces--;
    if (!is_small(outlet))
        outlet->link->outlets->in_flight -= nbytes;
}

static void fill_generation(const struct outlet *outlet, struct frame_generation *frame) {
    const lina_desc_t *desc = &outlet->view.desc;
    *frame = (struct frame_generation){.head = {FRAME_GENERATION, outlet->index},
                                       .ticket = outlet->ticket,
                                       .source = outlet->link->bridge->nonce,
                                       .dtype = desc->dtype,
                                       .ndim = desc->ndim,
                                       .layout = desc->layout,
                                       .depth = outlet->depth,
                                       .nbytes = desc->nbytes};
    memcpy(frame->shape, desc->shape, sizeof frame->shape);
    memcpy(frame->strides, desc->strides, sizeof frame->strides);
}

/* Writes the frames of the next piece, and returns their size. A signal's frame may follow that of the last piece,
 * and a receipt that of a small array. */
static size_t fill_header(const struct outlets *outlets, const struct outlet *outlet,
                          unsigned char header[FRAME_HEADER]) {
    union frame frame = {0};
    struct frame_signal signal;
    struct frame_receipt receipt;
    if (outlet->sent == 0)
        fill_generation(outlet, &frame.generation);
    else
        frame.piece =
            (struct frame_piece){{FRAME_PIECE, outlet->index}, outlet->ticket, outlet->sent};
    size_t nbytes = frame_size(frame.head.kind);
    memcpy(header, &frame, nbytes);
    if (outlet->has_sent_all && announcing_take(outlets, &signal)) {
        memcpy(header + nbytes, &signal, sizeof signal);
        nbytes += sizeof signal;
    }
    if (is_small(outlet) && importer_take_receipt(outlets->link, &receipt)) {
        memcpy(header + nbytes, &receipt, sizeof receipt);
        nbytes += sizeof receipt;
    }
    return nbytes;
}

static void send_piece(struct outlets *outlets, struct outlet *outlet) {
    uint64_t left = outlet->view.desc.nbytes - outlet->sent;
    size_t nbytes = left < PIECE ? (size_t)left : PIECE;
    const char *data = (const char *)outlet->view.data + outlet->sent;
    unsigned char header[FRAME_HEADER];
    outlet->has_sent_all = nbytes == left;
    size_t n_header = fill_header(outlets, outlet, header);
    if (outlet->sent == 0) {
        /* While other large arrays are on their way, this one must not fill the buffers of the connection. */
        outlet->is_quick =
            is_small(outlet) || (outlets->in_flight == 0 && outlet->view.desc.nbytes <= QUICK);
        link_note_sent(outlets->link);
    }
    outlet->sent += nbytes;
    outlet->pieces++;
    if (!is_small(outlet))
        outlets->in_flight += nbytes;
    line_send(outlet->link->line, outlet->is_quick ? WIRE_AT_ONCE : WIRE_FETCHED, header, n_header,
              data, nbytes, on_piece, outlet);
}

static void send_small(struct outlets *outlets) {
    for (uint32_t i = 0; i < outlets->n; i++)
        if (outlets->all[i] != NULL && has_more(outlets->all[i]) && is_small(outlets->all[i]))
            send_piece(outlets, outlets->all[i]);
}

/* Large arrays take turns, a piece each. */
static void send_large(struct outlets *outlets) {
    for (uint32_t idle = 0; idle < outlets->n && outlets->in_flight < WINDOW; outlets->turn++) {
        struct outlet *outlet = outlets->all[outlets->turn % outlets->n];
        idle++;
        if (outlet != NULL && has_more(outlet)) {
            send_piece(outlets, outlet);
            idle = 0;
        }
    }
}

void exporter_step(struct link *link) {
    struct outlets *outlets = link->outlets;
    announcing_look(outlets);
    for (uint32_t i = 0; i < outlets->n; i++)
        if (outlets->all[i] != NULL && outlets->all[i]->mode != BRIDGE_SIGNAL) {
            outlet_look(outlets->all[i]);
            /* Nothing wakes the loop for a plain array. */
            if (outlets->all[i]->mode == BRIDGE_SNAPSHOT)
                bridge_look_again(link->bridge, BRIDGE_HASTE);
        }
    send_small(outlets);
    send_large(outlets);
    announcing_send(outlets);
}
