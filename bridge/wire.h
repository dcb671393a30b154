/* wire.h - connections over UCX. Nothing above knows UCX's types.
 *
 * A line is one connection. It has a UCX worker of its own, so that closing the line ends every transfer of it before
 * the memory that they use may go elsewhere. Frames of a line arrive in order. The bytes beside a frame arrive when
 * `done` is called, straight in the buffer that the receiver names. One thread uses all of it. */
#ifndef LINA_BRIDGE_WIRE_H
#define LINA_BRIDGE_WIRE_H

#include "address.h"
#include "frame.h"

struct wire; /* this process's UCX */
struct line;

/* The bytes beside a frame that has just arrived. Valid during `arrived`. */
struct parcel {
    size_t nbytes;
    void *data; /* UCX's own: for line_receive */
    bool is_remote;
};

typedef void wire_done_fn(void *context, size_t nbytes);

/* Both may be called during wire_progress alone. */
struct line_calls {
    void (*arrived)(void *owner, const void *head, size_t nbytes, struct parcel *parcel);
    void *owner;
};

/* Sets UCX up for these addresses: `listen` of this host or NULL, and those of peers. NULL, or what failed.
 * *is_early is true if the network is not up yet, so that trying again may help. */
const char *wire_open(const char *ports, const struct address *listen, const struct address *peers,
                      size_t n_peers, struct wire **out, bool *is_early);
void wire_close(struct wire *wire);

/* The next connection that a peer has asked for, or NULL. `from` gets its address. */
struct line *wire_accept(struct wire *wire, const struct line_calls *calls, char from[64]);
/* Starts a connection. NULL if UCX cannot. */
struct line *wire_dial(struct wire *wire, const struct address *to, const struct line_calls *calls);

/* A descriptor to poll for the listener, and whether it may be polled now: false if it has more to do first. */
bool wire_arm(struct wire *wire, int *fd);
void wire_progress(struct wire *wire);

bool line_arm(struct line *line, int *fd);
/* Calls `arrived` and `done` for what has happened. */
void line_progress(struct line *line);
/* NULL while the line works; otherwise what UCX says about its end. */
const char *line_broken(const struct line *line);

/* Sends a header: a frame, or two (frame.h). `data` must stay in place until `done`; without data, `done` may be NULL. A line that is broken
 * takes no frames and calls nothing. */
void line_send(struct line *line, const void *header, size_t nbytes, const void *data,
               size_t n_data, wire_done_fn *done, void *context);
/* During `arrived`: brings the parcel to `buffer`, which has room for it. A parcel that is not received is dropped. */
void line_receive(struct line *line, struct parcel *parcel, void *buffer, wire_done_fn *done,
                  void *context);

/* Hands over what was sent. Only line_close may follow. */
void line_flush(struct line *line);
/* Ends the connection and frees the line. Afterwards UCX uses no memory of it, and calls nothing. */
void line_close(struct line *line);

#endif
