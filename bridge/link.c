#include "link.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "exporter.h"
#include "importer.h"

#define MILLISECONDS UINT64_C(1000000)
#define BEAT_EVERY (100 * MILLISECONDS)
#define BACKOFF_LEAST (200 * MILLISECONDS)
#define BACKOFF_MOST (2000 * MILLISECONDS)

void bridge_say(const struct bridge *bridge, const char *format, ...) {
    char text[2 * FRAME_TEXT];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    bridge->config->say(text);
}

void link_fail(struct link *link, const char *format, ...) {
    if (link->failure[0] != '\0')
        return; /* later failures follow from the first */
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(link->failure, sizeof link->failure, format, arguments);
    va_end(arguments);
}

void link_send(struct link *link, const void *frame, size_t nbytes) {
    line_send(link->line, WIRE_AT_ONCE, frame, nbytes, NULL, 0, NULL, NULL);
}

void link_refuse(struct link *link, uint32_t index, const char *why) {
    struct frame_refusal refusal = {.head = {FRAME_REFUSAL, index}};
    snprintf(refusal.text, sizeof refusal.text, "%s", why);
    link_send(link, &refusal, sizeof refusal);
}

struct link *link_back(const struct link *link) {
    struct link *found = NULL;
    for (struct link *other = link->bridge->links; other != NULL; other = other->next) {
        bool turns_back = (other->peer == NULL) != (link->peer == NULL);
        if (!turns_back || other->state != LINK_UP || other->peer_nonce != link->peer_nonce)
            continue;
        if (found != NULL)
            return NULL;
        found = other;
    }
    return found;
}

/* To sleep and wake up takes longer than a script or a host that answers at once. */
static void expect_answer(struct bridge *bridge) { bridge->poll_until = bridge->now + BRIDGE_POLL; }

void link_note_sent(const struct link *link) {
    struct link *back = link_back(link);
    if (back == NULL)
        return;
    back->went = link->bridge->now;
    back->converses = back->went - back->came < BRIDGE_REPLY;
    if (back->responds)
        expect_answer(link->bridge);
}

void link_note_came(struct link *link) {
    link->came = link->bridge->now;
    link->responds = link->came - link->went < BRIDGE_REPLY;
    if (link->converses)
        expect_answer(link->bridge);
}

/* ---- frames ------------------------------------------------------------------------------------- */

static void come_up(struct link *link, const struct frame_greeting *greeting) {
    link->state = LINK_UP;
    link->peer_nonce = greeting->nonce;
    snprintf(link->host, sizeof link->host, "%s", greeting->host);
    link->backoff = BACKOFF_LEAST;
    link->told[0] = '\0';
    bridge_say(link->bridge, link->peer != NULL ? "connected to %s" : "%s is connected",
               link->host);
}

static void greeted(struct link *link, const struct frame_greeting *greeting) {
    struct bridge *bridge = link->bridge;
    char why[FRAME_TEXT];
    if (!greeting_accept(bridge->config, greeting, why)) {
        if (link->peer != NULL) {
            link_fail(link, "%s", why);
            return;
        }
        if (strcmp(bridge->told, why) != 0) /* the same host dials again and again */
            bridge_say(bridge, "refuses %s: %s", link->host, why);
        snprintf(bridge->told, sizeof bridge->told, "%s", why);
        link_refuse(link, FRAME_WHOLE_LINK, why);
        link->state = LINK_REFUSED;
        return;
    }
    if (link->peer == NULL) {
        struct frame_greeting answer;
        greeting_make(bridge->config, bridge->nonce, greeting->host, greeting->nonce, &answer);
        link_send(link, &answer, sizeof answer);
        come_up(link, greeting);
    } else if (greeting->echo != bridge->nonce) {
        link_fail(link, "%s answers a greeting that this host did not send", greeting->host);
    } else {
        come_up(link, greeting);
        importer_begin(link);
    }
}

static void refused(struct link *link, const struct frame_refusal *refusal) {
    if (refusal->head.index == FRAME_WHOLE_LINK)
        link_fail(link, "refused: %s", refusal->text);
    else if (link->state != LINK_UP)
        link_fail(link, "it refused a name before the greeting");
    else if (link->peer != NULL)
        importer_refused(link, refusal);
    else
        exporter_refused(link, refusal);
}

static void take_receipt(const struct link *link, const struct frame_receipt *receipt) {
    struct link *exporter = link_back(link);
    if (exporter != NULL)
        exporter_receipt(exporter, receipt);
}

/* Handles a frame after the greeting. False if the sender's side may not send this kind. */
static bool take(struct link *link, const union frame *frame, struct parcel *parcel) {
    bool imports = link->peer != NULL;
    switch (frame->head.kind) {
    case FRAME_BEAT:
        return true;
    case FRAME_WANT:
        if (!imports)
            exporter_want(link, &frame->want);
        return !imports;
    case FRAME_ANSWER:
        if (!imports)
            exporter_answer(link, &frame->answer);
        return !imports;
    case FRAME_GENERATION:
        if (imports)
            importer_generation(link, &frame->generation, parcel);
        return imports;
    case FRAME_PIECE:
        if (imports)
            importer_piece(link, &frame->piece, parcel);
        return imports;
    case FRAME_SIGNAL:
        if (imports)
            importer_signal(link, &frame->signal);
        return imports;
    case FRAME_END:
        if (imports)
            importer_end(link, &frame->end);
        return imports;
    case FRAME_RECEIPT:
        if (imports)
            take_receipt(link, &frame->receipt);
        return imports;
    default:
        return false;
    }
}

static void take_bytes(struct link *link, const void *head, size_t nbytes, struct parcel *parcel) {
    union frame frame;
    if (link->failure[0] != '\0' || link->state == LINK_REFUSED)
        return;
    const char *wrong = frame_read(head, nbytes, parcel->nbytes, &frame);
    if (wrong != NULL) {
        link_fail(link, "%s", wrong);
        return;
    }
    link->heard = link->bridge->now;
    if (frame.head.kind != FRAME_BEAT)
        link->bridge->active = link->heard;
    if (frame.head.kind == FRAME_REFUSAL)
        refused(link, &frame.refusal);
    else if (link->state == LINK_GREETING && frame.head.kind == FRAME_GREETING)
        greeted(link, &frame.greeting);
    else if (link->state != LINK_UP || !take(link, &frame, parcel))
        link_fail(link, "it sent a frame that is not its turn (kind %u)", frame.head.kind);
}

static void arrived(void *owner, const void *head, size_t nbytes, struct parcel *parcel) {
    size_t first = frame_first(head, nbytes);
    take_bytes(owner, head, first, parcel);
    if (first < nbytes)
        arrived(owner, (const char *)head + first, nbytes - first, &(struct parcel){0});
}

/* ---- a link's life ------------------------------------------------------------------------------ */

static struct link *make_link(struct bridge *bridge) {
    struct link *link = calloc(1, sizeof *link);
    if (link == NULL)
        return NULL;
    link->bridge = bridge;
    link->backoff = BACKOFF_LEAST;
    link->heard = bridge->now;
    return link;
}

static void enlist(struct link *link) {
    link->next = link->bridge->links;
    link->bridge->links = link;
}

struct link *link_import(struct bridge *bridge, const struct bridge_peer *peer,
                         const struct address *address, size_t first_row) {
    struct link *link = make_link(bridge);
    if (link == NULL)
        return NULL;
    link->peer = peer;
    link->address = *address;
    snprintf(link->host, sizeof link->host, "%s", peer->host);
    link->inlets = inlets_make(link, first_row);
    if (link->inlets == NULL) {
        free(link);
        return NULL;
    }
    enlist(link);
    return link;
}

void link_accept_all(struct bridge *bridge) {
    while (wire_is_asked(bridge->wire)) {
        struct link *link = make_link(bridge);
        if (link == NULL)
            return;
        link->outlets = outlets_make(link);
        if (link->outlets != NULL)
            link->line = wire_accept(bridge->wire, &(struct line_calls){arrived, link}, link->host);
        if (link->line == NULL) {
            link_free(link);
            return;
        }
        link->state = LINK_GREETING;
        enlist(link);
    }
}

static void dial(struct link *link) {
    struct bridge *bridge = link->bridge;
    link->heard = bridge->now;
    link->failure[0] = '\0';
    link->line = wire_dial(bridge->wire, &link->address, &(struct line_calls){arrived, link});
    if (link->line == NULL) {
        link->redial = bridge->now + link->backoff;
        return;
    }
    link->state = LINK_GREETING;
    struct frame_greeting greeting;
    greeting_make(bridge->config, bridge->nonce, link->peer->host, 0, &greeting);
    link_send(link, &greeting, sizeof greeting);
}

/* Tells the user why the connection ended. An attempt that fails for the same reason as the last says nothing. */
static void tell_end(struct link *link) {
    if (link->state == LINK_UP)
        bridge_say(link->bridge, "lost %s: %s", link->host, link->failure);
    else if (link->peer != NULL && strcmp(link->told, link->failure) != 0)
        bridge_say(link->bridge, "no connection to %s at %s: %s", link->host, link->peer->address,
                   link->failure);
    snprintf(link->told, sizeof link->told, "%s", link->failure);
}

/* Ends the connection. Returns false if the link has no further use. Closes the line before the loans are discarded,
 * because UCX may write into their pages until then. */
static bool hang_up(struct link *link) {
    bool was_up = link->state == LINK_UP;
    tell_end(link);
    line_close(link->line);
    link->line = NULL;
    if (link->peer == NULL)
        return false;
    if (was_up)
        importer_lost(link);
    link->state = LINK_AWAY;
    link->redial = link->bridge->now + link->backoff;
    link->backoff = link->backoff >= BACKOFF_MOST / 2 ? BACKOFF_MOST : 2 * link->backoff;
    return true;
}

static void look_for_trouble(struct link *link) {
    const char *broken = line_broken(link->line);
    if (broken != NULL)
        link_fail(link, "the connection has ended (%s)", broken);
    else if (link->bridge->now - link->heard >= link->bridge->config->silence_ns)
        link_fail(link, "nothing was heard for too long");
}

static void beat(struct link *link) {
    if (link->bridge->now - link->beaten < BEAT_EVERY)
        return;
    link->beaten = link->bridge->now;
    link_send(link, &(struct frame_head){.kind = FRAME_BEAT}, sizeof(struct frame_head));
}

void link_receive(struct link *link) {
    if (link->line == NULL || !line_progress(link->line))
        return;
    const struct link *importer = link->peer != NULL ? link : link_back(link);
    if (importer != NULL && importer->converses)
        expect_answer(link->bridge); /* more of the same array may come */
}

bool link_step(struct link *link) {
    if (link->state == LINK_AWAY) {
        if (link->bridge->now >= link->redial)
            dial(link);
        return true;
    }
    look_for_trouble(link);
    if (link->failure[0] != '\0')
        return hang_up(link);
    if (link->state != LINK_UP)
        return true;
    beat(link);
    if (link->peer != NULL)
        importer_step(link);
    else
        exporter_step(link);
    return true;
}

void link_answer(struct link *link) {
    if (link->state == LINK_UP && link->peer != NULL)
        importer_answer(link);
}

bool link_owes_signals(const struct link *link) {
    return link->peer == NULL && link->state == LINK_UP && exporter_owes_signals(link);
}

void link_free(struct link *link) {
    if (link->line != NULL && link->state == LINK_UP && link->failure[0] == '\0') {
        link->converses = false;
        link_answer(link);
        line_flush(link->line);
    }
    if (link->line != NULL)
        line_close(link->line);
    if (link->outlets != NULL)
        outlets_free(link->outlets);
    if (link->inlets != NULL)
        inlets_free(link->inlets);
    free(link);
}
