/* calls.h - makes calls on an arena whose tables may be damaged. A call may return any of its codes. */
#ifndef LINA_TEST_CALLS_H
#define LINA_TEST_CALLS_H

#include "fuzz.h"

struct caller {
    lina_arena_t *arena;
    const char *where; /* what to attach to */
    const char *array, *other, *signal;
    uint8_t number;
    lina_view_t held, loan;
    lina_desc_t seen; /* from the last open. It may be stale, and so may the handle. */
    lina_array_t handle;
    lina_reader_t reader;
};

#define CALLER_KINDS 13
/* Makes one call. Its kind is `which` modulo CALLER_KINDS. The rest of `which`, and `number`, choose the
 * arguments. */
void caller_call(struct caller *c, uint8_t which, uint8_t number);
/* Releases all that the caller holds. */
void caller_rest(struct caller *c);

#endif
