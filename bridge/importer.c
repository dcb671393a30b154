#include "importer.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "inlet.h"

struct inlets *inlets_make(struct link *link, size_t first_row) {
    uint32_t n = link->peer->n_imports;
    struct inlets *inlets = calloc(1, sizeof *inlets + n * sizeof inlets->all[0]);
    if (inlets == NULL)
        return NULL;
    inlets->n = n;
    for (uint32_t i = 0; i < n; i++) {
        inlets->all[i].link = link;
        inlets->all[i].import = &link->peer->imports[i];
        inlets->all[i].index = i;
        inlets->all[i].row = first_row + i;
    }
    return inlets;
}

static void show_state(struct inlet *inlet, enum bridge_state state) {
    board_set(&inlet->link->bridge->board, inlet->row, BRIDGE_STATE, state);
}

/* Readers of the stream get DIED, unless the stream has ended before. */
static void stop_producing(struct inlet *inlet) {
    if (inlet->producer != NULL)
        lina_arena_close(inlet->producer);
    inlet->producer = NULL;
}

static void forget_room(struct inlet *inlet) {
    if (inlet->room != 0)
        lina_notify_cancel(inlet->room);
    inlet->room = 0;
}

static void discard(struct inlet *inlet) {
    forget_room(inlet);
    if (inlet->stage != STAGE_IDLE)
        lina_discard(&inlet->loan);
    inlet->stage = STAGE_IDLE;
}

void inlets_free(struct inlets *inlets) {
    for (uint32_t i = 0; i < inlets->n; i++) {
        stop_producing(&inlets->all[i]);
        discard(&inlets->all[i]);
    }
    free(inlets);
}

/* ---- claims: one writer for each name ----------------------------------------------------------- */

/* The inlet that already takes this name from another host, or NULL. */
static const struct inlet *other_claim(const struct inlet *inlet) {
    for (struct link *link = inlet->link->bridge->links; link != NULL; link = link->next)
        for (uint32_t i = 0; link->inlets != NULL && i < link->inlets->n; i++) {
            const struct inlet *other = &link->inlets->all[i];
            if (other != inlet && other->has_claim &&
                inlet_is_signal(other) == inlet_is_signal(inlet) &&
                strcmp(other->import->name, inlet->import->name) == 0)
                return other;
        }
    return NULL;
}

static bool claim(struct inlet *inlet, char why[FRAME_TEXT]) {
    const char *name = inlet->import->name, *here = inlet->link->bridge->config->host;
    const struct inlet *other = other_claim(inlet);
    if (other != NULL) {
        snprintf(why, FRAME_TEXT, "%s takes \"%s\" from %s already, so it refuses it from %s", here,
                 name, other->link->peer->host, inlet->link->peer->host);
        return false;
    }
    if (!inlet_is_signal(inlet) && lina_name_own(inlet_arena(inlet), name) == LINA_ERR_PERMISSION) {
        snprintf(why, FRAME_TEXT, "another program of %s owns \"%s\", so %s refuses it from %s",
                 here, name, here, inlet->link->peer->host);
        return false;
    }
    inlet->has_claim = true;
    return true;
}

void importer_begin(struct link *link) {
    for (uint32_t i = 0; i < link->inlets->n; i++) {
        struct inlet *inlet = &link->inlets->all[i];
        char why[FRAME_TEXT];
        if (!claim(inlet, why)) {
            bridge_say(link->bridge, "%s", why);
            link_refuse(link, inlet->index, why);
            show_state(inlet, BRIDGE_REFUSED);
            continue;
        }
        struct frame_want want = {.head = {FRAME_WANT, inlet->index},
                                  .mode = inlet->import->mode,
                                  .nonce = inlet->nonce,
                                  .last = inlet->last};
        memcpy(want.name, inlet->import->name, sizeof want.name);
        link_send(link, &want, sizeof want);
        show_state(inlet, BRIDGE_CONNECTED);
    }
}

void importer_refused(struct link *link, const struct frame_refusal *refusal) {
    bridge_say(link->bridge, "%s says: %s", link->host, refusal->text);
    if (refusal->head.index < link->inlets->n)
        show_state(&link->inlets->all[refusal->head.index], BRIDGE_REFUSED);
}

/* ---- loss --------------------------------------------------------------------------------------- */

static void raise_lost(const struct inlet *inlet) {
    char name[LINA_MAX_NAME + 8];
    snprintf(name, sizeof name, "%s.lost", inlet->import->name);
    lina_arena_signal(inlet_arena(inlet), name);
}

void importer_lost(struct link *link) {
    for (uint32_t i = 0; i < link->inlets->n; i++) {
        struct inlet *inlet = &link->inlets->all[i];
        discard(inlet);
        inlet->is_held = false; /* the exporter sends it again */
        inlet->owes_answer = false;
        stop_producing(inlet);
        if (!inlet->has_claim)
            continue;
        raise_lost(inlet);
        show_state(inlet, BRIDGE_GONE);
        board_add(&link->bridge->board, inlet->row, BRIDGE_LOST, 1);
    }
}

/* ---- generations -------------------------------------------------------------------------------- */

/* Called when a generation is published or skipped. Signals that waited for it are raised now. The answer to the
 * exporter is sent later, because scripts wait for the signals that came together with the generation. */
static void settle(struct inlet *inlet, int code) {
    raising_go_on(inlet->link);
    inlet->code = code;
    inlet->owes_answer = true;
    inlet->has_receipt = false;
    inlet->settled = inlet->link->bridge->now;
    link_note_came(inlet->link);
}

static void answer(struct inlet *inlet) {
    struct frame_answer frame = {{FRAME_ANSWER, inlet->index}, inlet->ticket, inlet->code, 0};
    link_send(inlet->link, &frame, sizeof frame);
    inlet->owes_answer = false;
}

/* Skips a generation. The user reads the same reason only once, until a generation is published again. */
static void skip(struct inlet *inlet, int code) {
    if (inlet->complaint != code)
        bridge_say(inlet->link->bridge, "skips generations of \"%s\" from %s: %s",
                   inlet->import->name, inlet->link->host, lina_last_error());
    inlet->complaint = code;
    inlet->stage = STAGE_IDLE;
    board_add(&inlet->link->bridge->board, inlet->row, BRIDGE_SKIPPED, 1);
    settle(inlet, code);
}

/* Makes the loop look when the stream has room, or soon if Lina cannot tell when. */
static void await_room(struct inlet *inlet) {
    struct bridge *bridge = inlet->link->bridge;
    if (lina_notify_room_fd(inlet_arena(inlet), inlet->import->name, bridge->bell, &inlet->room) !=
        LINA_OK)
        bridge_look_again(bridge, BRIDGE_HASTE);
}

static void publish(struct inlet *inlet) {
    uint64_t nbytes = inlet->loan.desc.nbytes;
    forget_room(inlet);
    int code = lina_publish(&inlet->loan);
    if (code == LINA_ERR_BEHIND || code == LINA_ERR_BUSY) {
        inlet->stage = STAGE_WHOLE; /* readers here are slow, so the exporter has to wait */
        await_room(inlet);
        return;
    }
    if (code != LINA_OK) {
        skip(inlet, code);
        lina_discard(&inlet->loan);
        return;
    }
    inlet->stage = STAGE_IDLE;
    inlet->complaint = LINA_OK;
    inlet->nonce = inlet->link->peer_nonce;
    inlet->last = inlet->ticket;
    lina_name_own(inlet_arena(inlet), inlet->import->name); /* it may be new */
    board_arrived(&inlet->link->bridge->board, inlet->row, nbytes);
    settle(inlet, LINA_OK);
}

static void on_piece(void *context, size_t nbytes) {
    struct inlet *inlet = context;
    inlet->arrived += nbytes;
    if (inlet->arrived == inlet->loan.desc.nbytes)
        publish(inlet);
}

static void receive(struct inlet *inlet, struct parcel *parcel) {
    char *to = (char *)inlet->loan.data + inlet->begun;
    inlet->begun += parcel->nbytes;
    line_receive(inlet->link->line, parcel, to, on_piece, inlet);
}

/* Makes a stream of the same depth here, and a producer that lives as long as the stream at the exporter has one. */
static int prepare_stream(struct inlet *inlet, uint32_t depth) {
    const char *name = inlet->import->name;
    if (inlet->producer != NULL)
        return LINA_OK;
    int code = lina_stream_open(inlet_arena(inlet), name, depth);
    if (code == LINA_OK)
        code = lina_name_own(inlet_arena(inlet), name);
    if (code == LINA_OK)
        code = lina_arena_join(inlet_arena(inlet), &inlet->producer);
    if (code == LINA_OK && (code = lina_stream_produce(inlet->producer, name)) != LINA_OK)
        stop_producing(inlet);
    return code;
}

static int borrow(struct inlet *inlet, const struct frame_generation *g) {
    int code = inlet->import->mode == BRIDGE_STREAM ? prepare_stream(inlet, g->depth) : LINA_OK;
    return code != LINA_OK ? code
                           : lina_loan(inlet_arena(inlet), inlet->import->name, g->dtype, g->ndim,
                                       g->shape, g->layout, &inlet->loan);
}

void importer_generation(struct link *link, const struct frame_generation *generation,
                         struct parcel *parcel) {
    struct inlet *inlet = inlet_find(link, generation->head.index);
    if (inlet == NULL || inlet->stage != STAGE_IDLE ||
        (inlet->owes_answer && !inlet->has_receipt) || inlet_is_signal(inlet) ||
        (inlet->import->mode == BRIDGE_STREAM) != (generation->depth > 0)) {
        link_fail(link, "it sent a generation that nobody asked for");
        return;
    }
    inlet->owes_answer = false;
    inlet->ticket = generation->ticket;
    inlet->begun = inlet->arrived = 0;
    int code = borrow(inlet, generation);
    if (code != LINA_OK) {
        skip(inlet, code);
        return;
    }
    inlet->stage = STAGE_ARRIVING;
    show_state(inlet, BRIDGE_CONNECTED);
    if (generation->nbytes == 0)
        publish(inlet);
    else
        receive(inlet, parcel);
}

void importer_piece(struct link *link, const struct frame_piece *piece, struct parcel *parcel) {
    struct inlet *inlet = inlet_find(link, piece->head.index);
    if (inlet == NULL || inlet_is_signal(inlet)) {
        link_fail(link, "it sent a piece of nothing");
        return;
    }
    if (inlet->stage == STAGE_IDLE && piece->ticket == inlet->ticket)
        return; /* of a generation that was skipped when this piece was on its way */
    if (inlet->stage != STAGE_ARRIVING || piece->ticket != inlet->ticket ||
        piece->offset != inlet->begun || parcel->nbytes > inlet->loan.desc.nbytes - inlet->begun) {
        link_fail(link, "it sent a piece that does not fit");
        return;
    }
    receive(inlet, parcel);
}

void importer_end(struct link *link, const struct frame_end *end) {
    struct inlet *inlet = inlet_find(link, end->head.index);
    if (inlet == NULL || inlet->import->mode != BRIDGE_STREAM || inlet->stage != STAGE_IDLE) {
        link_fail(link, "it ended a stream that nobody asked for");
        return;
    }
    if (inlet->producer != NULL && end->state == LINA_STREAM_ENDED)
        lina_stream_end(inlet->producer, inlet->import->name);
    stop_producing(inlet);
}

void importer_step(struct link *link) {
    for (uint32_t i = 0; i < link->inlets->n; i++) {
        struct inlet *inlet = &link->inlets->all[i];
        if (inlet->stage == STAGE_WHOLE)
            publish(inlet);
    }
}

/* Nanoseconds for which the answer still waits for what goes back. The producer of a stream may wait for each answer,
 * so that is sent at once. */
static uint64_t wait_left(const struct inlet *inlet) {
    struct link *link = inlet->link;
    uint64_t waited = link->bridge->now - inlet->settled;
    if (inlet->has_receipt)
        return waited < BRIDGE_HASTE ? BRIDGE_HASTE - waited : 0;
    if (!link->converses || inlet->import->mode == BRIDGE_STREAM || link->went >= inlet->settled)
        return 0;
    if (waited < BRIDGE_REPLY)
        return BRIDGE_REPLY - waited;
    link->converses = false;
    return 0;
}

static bool take_receipt(struct inlet *inlet, struct frame_receipt *receipt) {
    if (!inlet->owes_answer || inlet->has_receipt || inlet->code != LINA_OK ||
        inlet->import->mode == BRIDGE_STREAM)
        return false;
    inlet->has_receipt = true;
    *receipt = (struct frame_receipt){{FRAME_RECEIPT, inlet->index}, inlet->ticket};
    return true;
}

bool importer_take_receipt(const struct link *exporter, struct frame_receipt *receipt) {
    const struct link *link = link_back(exporter);
    for (uint32_t i = 0; link != NULL && i < link->inlets->n; i++)
        if (take_receipt(&link->inlets->all[i], receipt))
            return true;
    return false;
}

void importer_answer(struct link *link) {
    for (uint32_t i = 0; i < link->inlets->n; i++) {
        struct inlet *inlet = &link->inlets->all[i];
        if (!inlet->owes_answer)
            continue;
        uint64_t left = wait_left(inlet);
        if (left == 0)
            answer(inlet);
        else
            bridge_look_again(link->bridge, left);
    }
}
