/* importer.h - receives what a link brings. Pieces fill a loan of this host's arena, which is published when it is
 * whole. */
#ifndef LINA_BRIDGE_IMPORTER_H
#define LINA_BRIDGE_IMPORTER_H

#include "link.h"

/* `first_row` is the board's row of the peer's first import. NULL if there is no memory. */
struct inlets *inlets_make(struct link *link, size_t first_row);
void inlets_free(struct inlets *inlets);

/* Asks the exporter, which has greeted, for every name. */
void importer_begin(struct link *link);
/* After a link was lost: discards generations that have not arrived whole, and raises NAME.lost. The link's line must
 * be closed. */
void importer_lost(struct link *link);

void importer_generation(struct link *link, const struct frame_generation *generation,
                         struct parcel *parcel);
void importer_piece(struct link *link, const struct frame_piece *piece, struct parcel *parcel);
void importer_signal(struct link *link, const struct frame_signal *signal);
void importer_end(struct link *link, const struct frame_end *end);
void importer_refused(struct link *link, const struct frame_refusal *refusal);

/* Publishes what could not be published before. */
void importer_step(struct link *link);
/* Sends the answers that are due. While scripts of both hosts answer each other, an answer waits until the next
 * generation or signal was sent, but for BRIDGE_REPLY at most. If a receipt was sent, it waits for BRIDGE_HASTE. */
void importer_answer(struct link *link);
/* Fills in a receipt of a generation that came from the host to which this link exports. The caller must send it. False
 * if none is due. */
bool importer_take_receipt(const struct link *exporter, struct frame_receipt *receipt);

#endif
