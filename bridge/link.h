/* link.h - one connection to another host. The importer dials and the exporter accepts; generations travel from the
 * exporter to the importer. Two hosts that import from each other have two links. */
#ifndef LINA_BRIDGE_LINK_H
#define LINA_BRIDGE_LINK_H

#include "board.h"
#include "greeting.h"
#include "wire.h"

/* The newest generation of an export that any link has seen, and its ticket. */
struct source {
    uint32_t incarnation;
    uint64_t sequence, ticket;
};

/* The state that all links share. */
struct bridge {
    const struct bridge_config *config;
    struct wire *wire;
    int bell; /* an eventfd, or -1. A write to it makes the loop look */
    struct board board;
    uint64_t nonce; /* of this process */
    uint64_t now;   /* in nanoseconds of the monotonic clock, at the last turn of the loop */
    struct link *links;
    struct source *sources; /* by the row of the export */
    char told[FRAME_TEXT];  /* why a host was refused last, which the user has read */
    uint64_t nap;           /* the loop may sleep for this long after this turn */
    uint64_t crowded;       /* until then, other threads need this processor */
    uint64_t active;        /* when the last frame that was no heartbeat came */
    uint64_t poll_until;    /* until then, a script or another host is likely to answer */
};

enum {
    BRIDGE_HASTE = 1000000, /* nanoseconds until the loop looks at what does not wake it */
    BRIDGE_POLL = 100000,   /* nanoseconds for which the loop polls for a likely answer */
    BRIDGE_REPLY = 300000   /* nanoseconds in which a script answers a generation that came */
};

/* Makes the loop look again in this time, although nothing wakes it. */
static inline void bridge_look_again(struct bridge *bridge, uint64_t nanoseconds) {
    if (bridge->nap > nanoseconds)
        bridge->nap = nanoseconds;
}

enum link_state {
    LINK_AWAY,     /* not connected: the importer dials at `redial` */
    LINK_GREETING, /* connected or connecting; only a greeting or a refusal is accepted */
    LINK_UP,
    LINK_REFUSED, /* the exporter has refused the importer, which will hang up */
};

struct outlets; /* exporter.h: what the link sends */
struct inlets;  /* importer.h: what it receives */

struct link {
    struct link *next;
    struct bridge *bridge;
    struct line *line; /* NULL while the state is LINK_AWAY */
    enum link_state state;
    const struct bridge_peer *peer; /* of an importer; NULL for an exporter */
    struct address address;         /* that an importer dials */
    char host[64]; /* the other host's name; at an exporter its address, until it has greeted */
    uint64_t peer_nonce;
    uint64_t heard, beaten;   /* when the last frame came, and the last heartbeat went */
    uint64_t redial, backoff; /* when an importer dials again, and how long it waits next time */
    char failure[FRAME_TEXT]; /* why the connection has to end; "" while it need not */
    char told[FRAME_TEXT];    /* the last failure that the user was told */
    struct outlets *outlets;
    struct inlets *inlets;
    /* Of an importer. */
    uint64_t came; /* when a generation was published or skipped last */
    uint64_t went; /* when this host sent a generation or a signal to the other one last */
    /* That was soon after a generation had come. So scripts of both hosts seem to answer each other. */
    bool converses;
    bool responds; /* a generation came soon after this host had sent something */
};

/* Makes a link that imports from this peer and dials at its first step. NULL if there is no memory. */
struct link *link_import(struct bridge *bridge, const struct bridge_peer *peer,
                         const struct address *address, size_t first_row);
/* Makes a link for each connection that a peer has asked for. */
void link_accept_all(struct bridge *bridge);

/* Takes what has come. Call it for all links before the steps, because a frame of one may let another go on. */
void link_receive(struct link *link);
/* Does what is due now: heartbeats, loss, dialling, pieces. Returns false if the link has ended for good. */
bool link_step(struct link *link);
/* Finds the link that the same two processes have in the other direction. NULL unless they have exactly one. */
struct link *link_back(const struct link *link);
/* Notes that this exporter sends a generation or a signal now. */
void link_note_sent(const struct link *link);
/* Notes that this importer publishes or skips a generation now. */
void link_note_came(struct link *link);
/* Sends the answers of an importer that are due. Call it after the steps of all links. */
void link_answer(struct link *link);
/* True if an importer is connected, and exporter_owes_signals. */
bool link_owes_signals(const struct link *link);
void link_free(struct link *link);

/* Marks the connection as failed. It ends in the link's next step, when none of its callbacks runs. */
void link_fail(struct link *link, const char *format, ...) __attribute__((format(printf, 2, 3)));
void link_send(struct link *link, const void *frame, size_t nbytes);
/* Tells the other host that this one refuses the name `index`, or with FRAME_WHOLE_LINK the whole link. */
void link_refuse(struct link *link, uint32_t index, const char *why);
/* Tells the user a sentence. */
void bridge_say(const struct bridge *bridge, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

#endif
