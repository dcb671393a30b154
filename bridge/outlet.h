/* outlet.h - the state of each name that a link exports to its importer. */
#ifndef LINA_BRIDGE_OUTLET_H
#define LINA_BRIDGE_OUTLET_H

#include "link.h"

struct outlet {
    struct link *link;
    uint32_t index; /* in the frames */
    uint32_t row;   /* of the export, in the config and on the board */
    uint32_t mode;
    uint32_t depth;  /* of a stream */
    uint32_t pieces; /* that UCX has not finished; until then, the view must stay */
    uint64_t ticket; /* of the view; of a signal: the counter that is told next or was told last */
    uint64_t acknowledged; /* the last ticket that the importer has answered */
    uint64_t receipt;      /* the last ticket that the importer has answered by a receipt */
    uint64_t sent;         /* bytes of the view that were handed to UCX */
    bool is_sending;       /* the view is not acknowledged yet; of a signal: it is not sent yet */
    bool has_sent_all;
    bool is_quick;    /* the pieces of the view travel behind their frames */
    bool was_refused; /* the importer was told why this name does not come */
    lina_view_t view; /* what is being sent; in a snapshot, also what was sent last */
    uint64_t *needed; /* a signal: the ticket of each export that must arrive before it, or 0 */
    /* Of a stream. */
    lina_reader_t reader;
    bool has_reader;
    uint64_t retry;
    uint32_t told_end; /* LINA_STREAM_ENDED or _DIED if the importer was told; else 0 */
};

struct outlets {
    struct link *link;
    uint32_t n;
    struct outlet **all; /* by the index in their frames; NULL where there is none */
    size_t in_flight;    /* bytes of large arrays that UCX has not finished */
    uint32_t turn;       /* which large array sends the next piece */
};

const char *outlet_name(const struct outlet *outlet);
/* Tells the importer that the name does not come, but only once. `why` goes on after the name. */
void outlet_refuse(struct outlet *outlet, const char *why);

/* Takes the next generation to send, if the last one has arrived. */
void outlet_look(struct outlet *outlet);

/* announcing.c: signals. */

/* Notes signals that were raised, and what must arrive before them. Call it before the look at the arrays. */
void announcing_look(const struct outlets *outlets);
/* Lets no signal wait for this name any longer, because its array or stream was removed. */
void announcing_give_up(const struct outlet *gone);
/* Fills in the frame of a signal whose generations were sent. The caller must send it. False if there is none. */
bool announcing_take(const struct outlets *outlets, struct frame_signal *frame);
/* Sends all such signals. */
void announcing_send(const struct outlets *outlets);

/* streaming.c: the generations of a stream, in order. */

/* Takes the next generation. False if there is none yet. */
bool streaming_next(struct outlet *outlet, lina_view_t *view);
/* The sequence of the newest generation; 0 if there is none. */
uint64_t streaming_newest(const struct outlet *outlet);
void streaming_stop(struct outlet *outlet);

#endif
