/* stream_outcome.c - see stream_outcome.h. */
#include "stream_outcome.h"

#include "join.h"
#include "wake.h"

int lina_stream_find(lina_arena_t *arena, const char *name, struct lina_channel *out) {
    struct lina_key key;
    int rc = lina_key_make(&key, "stream", name);
    if (rc != LINA_OK)
        return rc;
    *out = lina_streams_find(arena, &key);
    if (out->record != NULL)
        return LINA_OK;
    rc = lina_key_check(&key, "stream");
    return rc != LINA_OK ? rc : lina_fail(LINA_ERR_NOT_FOUND, "no stream \"%s\"", key.text);
}

int lina_outcome_find(lina_arena_t *arena, const char *name, struct lina_outcome *out,
                      struct lina_signal_place *head) {
    *out = (struct lina_outcome){.arena = arena};
    int rc = lina_stream_find(arena, name, &out->channel);
    if (rc == LINA_OK)
        *head = lina_head_of(arena, &out->channel);
    return rc;
}

int lina_outcome_look(const struct lina_outcome *outcome) {
    switch (load_acquire_u32(&outcome->channel.record->over)) {
    case STREAM_ENDED:
        return LINA_ERR_ENDED;
    case STREAM_DIED:
        return LINA_ERR_DIED;
    default:
        return LINA_WAITING;
    }
}

/* Clears the entries of dead producers. Entering the section also finishes the recovery if one died inside, so nobody
 * learns of the death before that. */
static void bury(struct lina_outcome *outcome) {
    lina_arena_t *arena = outcome->arena;
    const struct lina_channel *c = &outcome->channel;
    struct lina_failure before;
    lina_failure_save(&before);
    if (lina_writer_begin(arena) == LINA_OK) {
        bool there = lina_stream_is_there(arena, c);
        if (there)
            lina_producers_bury(arena, c, &outcome->dumping);
        lina_writer_end(arena);
        if (there)
            lina_wake(arena, lina_head_slot(arena, c->number));
    }
    lina_failure_restore(&before);
}

int lina_outcome_ask(struct lina_outcome *outcome) {
    if (load_acquire_u32(&outcome->channel.record->over) == STREAM_PRODUCED &&
        lina_producers_any_gone(outcome->arena, &outcome->channel, &outcome->dumping))
        bury(outcome);
    return lina_outcome_look(outcome);
}
