/* bell.h - the bell is a descriptor that becomes readable when an exported signal is raised or an exported stream has a
 * new generation. Each export has a rope: a notification of Lina that rings the bell. The importer's notifications of
 * room in a stream (importer.c) ring it, too. */
#ifndef LINA_BRIDGE_BELL_H
#define LINA_BRIDGE_BELL_H

#include "bridge.h"

struct bell {
    int fd; /* an eventfd; -1 if there is none: then the loop finds changes when it wakes for another reason */
    const struct bridge_config *config;
    struct rope *ropes; /* one for each export, and one that never rings: see keep_helper */
    uint64_t retry;     /* when to look for streams that are not there yet */
    bool rang;          /* fd was readable */
};

void bell_open(struct bell *bell, int fd, const struct bridge_config *config);
void bell_close(struct bell *bell);
/* Resets the bell after it rang, and asks for the next notifications. True if the loop must look at the exports before
 * it sleeps, because a change before this call no longer rings. */
bool bell_tend(struct bell *bell, uint64_t now);

#endif
