/* stream_outcome.h - finds out whether a stream is over. */
#ifndef LINA_STREAM_OUTCOME_H
#define LINA_STREAM_OUTCOME_H

#include "cursors.h"

struct lina_outcome {
    lina_arena_t *arena;
    struct lina_channel channel;
    struct lina_dumping dumping;
};

/* Finds the stream of a name. NOT_FOUND, INVALID. */
int lina_stream_find(lina_arena_t *arena, const char *name, struct lina_channel *out);
/* The same, and the place of its head. */
int lina_outcome_find(lina_arena_t *arena, const char *name, struct lina_outcome *out,
                      struct lina_signal_place *head);
/* LINA_WAITING while generations may still come, otherwise ENDED or DIED. After ENDED or DIED, the caller loads the
 * head once more: it then counts all that was published before. */
int lina_outcome_look(const struct lina_outcome *outcome);
/* The same, but first asks the kernel which producers are alive. If one is gone, enters the writer's section. */
int lina_outcome_ask(struct lina_outcome *outcome);

#endif
