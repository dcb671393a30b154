/* stream_outcome.h - whether a stream is over. */
#ifndef LINA_STREAM_OUTCOME_H
#define LINA_STREAM_OUTCOME_H

#include "cursors.h"

struct lina_outcome {
    lina_arena_t *arena;
    struct lina_channel channel;
    struct lina_dumping dumping;
};

/* The stream of a name. NOT_FOUND, INVALID. */
int lina_stream_find(lina_arena_t *arena, const char *name, struct lina_channel *out);
/* The same, and its head's place. NOT_FOUND, NO_MEMORY. */
int lina_outcome_find(lina_arena_t *arena, const char *name, struct lina_outcome *out,
                      struct lina_signal_place *head);
/* LINA_WAITING while generations may still come; ENDED or DIED. Whoever gets one of those looks at the head
 * once more: what was published before is there then. */
int lina_outcome_look(const struct lina_outcome *outcome);
/* The same, after the kernel was asked who is alive. Enters the writer's section where producers are gone. */
int lina_outcome_ask(struct lina_outcome *outcome);

#endif
