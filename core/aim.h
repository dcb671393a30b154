/* aim.h - where the next generation of a name goes. */
#ifndef LINA_AIM_H
#define LINA_AIM_H

#include <stdbool.h>

#include "key.h"
#include "layout.h"

/* A name's entry in the name index, or an entry where it may go. There are four times as many entries as slots, so `at`
 * is NULL only in a damaged index. Valid until the index changes. */
struct lina_entry {
    uint64_t *at;
    uint32_t slot; /* the name's LIVE slot, or LINA_NIL */
};

/* A stream, as a look-up found it. */
struct lina_channel {
    struct lina_stream *record; /* NULL if there is no stream, or no room for its pages */
    uint64_t incarnation;
    uint32_t number;
};

struct lina_aim {
    struct lina_entry entry;
    struct lina_channel channel; /* the stream if the name is one */
    uint64_t owner;              /* a reference to the member that owns the name, or 0 */
    uint64_t sequence;           /* of the next generation */
    uint32_t generation;         /* of the next generation */
    uint32_t spare;              /* of the LIVE slot, or LINA_NIL */
    bool sleeps;                 /* a thread sleeps on the stream's head */
};

/* What a writer found out about a name. It holds in the section of its turn, and in the next one if that has the next
 * turn: then no other writer was in the section in between. So a member that publishes alone need not look at the
 * current generation, whose lines the readers have. Only the lock's owner touches it. */
struct lina_memo {
    uint64_t turn; /* of the lock, or LINA_NO_TURN */
    uint32_t used; /* how many times in a row it held */
    struct lina_key key;
    struct lina_aim aim;
};
#define LINA_NO_TURN (UINT64_MAX / 2) /* no lock ever has it */

#endif
