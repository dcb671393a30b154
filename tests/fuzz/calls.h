/* calls.h - calls on an arena that cannot be trusted; whatever they answer is right, if it is possible. */
#ifndef LINA_TEST_CALLS_H
#define LINA_TEST_CALLS_H

#include "fuzz.h"

struct caller {
    lina_arena_t *arena;
    const char *where; /* what to attach to */
    const char *array, *other, *signal;
    uint8_t number;
    lina_view_t held, loan;
    lina_desc_t seen; /* by the last open; stale by now, perhaps, as is the handle */
    lina_array_t handle;
};

#define CALLER_KINDS 12
/* `which` modulo CALLER_KINDS is the kind; the rest of both numbers are its arguments. */
void caller_call(struct caller *c, uint8_t which, uint8_t number);
/* Ends what it holds. */
void caller_rest(struct caller *c);

#endif
