/* wire.h - connections over UCX. UCX's types appear only in wire.c.
 *
 * A line is one connection. It has a UCX worker of its own, so that closing the line ends all its transfers before
 * their memory is used for something else. Frames of a line arrive in order. The data of a frame goes straight to the
 * buffer that the receiver names, and is complete when `done` is called. One thread uses all of it. */
#ifndef LINA_BRIDGE_WIRE_H
#define LINA_BRIDGE_WIRE_H

#include "address.h"
#include "frame.h"

struct wire; /* this process's UCX */
struct line;

/* The data that came with a frame. Valid during `arrived`. */
struct parcel {
    size_t nbytes;
    void *data;     /* the bytes or UCX's handle for them; NULL once line_receive fetches them */
    bool is_remote; /* the bytes are still at the sender */
};

typedef void wire_done_fn(void *context, size_t nbytes);

/* Called during line_progress. */
struct line_calls {
    void (*arrived)(void *owner, const void *head, size_t nbytes, struct parcel *parcel);
    void *owner;
};

/* Sets UCX up for these addresses: `listen` of this host or NULL, and those of peers. Returns NULL, or what failed.
 * *is_early is true if the network may not be up yet, so that trying again may help. */
const char *wire_open(const char *ports, const struct address *listen, const struct address *peers,
                      size_t n_peers, struct wire **out, bool *is_early);
void wire_close(struct wire *wire);

/* True if a peer has asked for a connection. */
bool wire_is_asked(const struct wire *wire);
/* The next connection that a peer has asked for, or NULL. `from` gets its address. */
struct line *wire_accept(struct wire *wire, const struct line_calls *calls, char from[64]);
/* Starts a connection. NULL if UCX cannot. */
struct line *wire_dial(struct wire *wire, const struct address *to, const struct line_calls *calls);

/* The listener's descriptor for poll. False if the caller must not sleep, because there is more to do first. */
bool wire_arm(struct wire *wire, int *fd);
void wire_progress(struct wire *wire);

bool line_arm(struct line *line, int *fd);
/* Calls `arrived` and `done` for what has happened. False if nothing has. */
bool line_progress(struct line *line);
/* NULL while the line works; otherwise UCX's reason for its end. */
const char *line_broken(const struct line *line);

/* How data travels. */
enum wire_way {
    WIRE_AT_ONCE, /* behind its frame */
    WIRE_FETCHED /* the peer fetches it. That takes two more messages, but the data does not fill the buffers of the
                   * connection, in which other frames would wait behind it */
};

/* Sends a header of one or more frames (frame.h), and data. `data` must stay in place until `done` is called; without
 * data, `done` may be NULL. A broken line sends nothing, and does not call `done`. */
void line_send(struct line *line, enum wire_way way, const void *header, size_t nbytes,
               const void *data, size_t n_data, wire_done_fn *done, void *context);
/* Call this during `arrived`: it brings the parcel's data to `buffer`. Data that is not received is dropped. */
void line_receive(struct line *line, struct parcel *parcel, void *buffer, wire_done_fn *done,
                  void *context);

/* Waits until UCX has sent what it was given, for a bounded time. Only line_close may follow. */
void line_flush(struct line *line);
/* Ends the connection and frees the line. Afterwards UCX uses no memory of its transfers, and calls nothing. */
void line_close(struct line *line);

#endif
