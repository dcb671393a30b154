/* exporter.h - what a link sends: for each name that the importer wants, the generations of this host's arena. */
#ifndef LINA_BRIDGE_EXPORTER_H
#define LINA_BRIDGE_EXPORTER_H

#include "link.h"

struct outlets *outlets_make(struct link *link);
/* Releases every view. The link's line must be closed, because UCX may read the pages until then. */
void outlets_free(struct outlets *outlets);

void exporter_want(struct link *link, const struct frame_want *want);
void exporter_answer(struct link *link, const struct frame_answer *answer);
/* As an answer of LINA_OK, but by another link. It may come late, so the exporter ignores it if it does not fit. */
void exporter_receipt(struct link *link, const struct frame_receipt *receipt);
/* The importer refuses this name. */
void exporter_refused(struct link *link, const struct frame_refusal *refusal);

/* Looks for new generations and signals, and sends as many pieces as the link may have in flight. */
void exporter_step(struct link *link);
/* True if a signal that was raised here has not been sent, or if something that it announced has not arrived. */
bool exporter_owes_signals(const struct link *link);

#endif
