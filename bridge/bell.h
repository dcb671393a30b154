/* bell.h - one descriptor that rings when an exported signal is raised or an exported stream moves. */
#ifndef LINA_BRIDGE_BELL_H
#define LINA_BRIDGE_BELL_H

#include "bridge.h"

struct bell {
    int fd; /* an eventfd; -1 if there is none, and the loop looks by itself */
    const struct bridge_config *config;
    struct rope *ropes; /* one for each export */
    uint64_t retry;     /* when to look for streams that are not there yet */
};

void bell_open(struct bell *bell, const struct bridge_config *config);
void bell_close(struct bell *bell);
/* Forgets that it rang, and waits for what comes next. A look at the exports must follow before the loop sleeps. */
void bell_tend(struct bell *bell, uint64_t now);

#endif
