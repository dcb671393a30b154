#include "bell.h"

#include <stdlib.h>
#include <sys/eventfd.h>
#include <unistd.h>

#define RETRY UINT64_C(100000000)

struct rope {
    lina_notify_id_t id; /* of the pending notification; 0 while there is none */
    uint64_t target;     /* the counter at which the bell rings */
};

void bell_open(struct bell *bell, const struct bridge_config *config) {
    *bell = (struct bell){.fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK), .config = config};
    bell->ropes = calloc(config->n_exports + 1, sizeof *bell->ropes);
}

void bell_close(struct bell *bell) {
    for (uint32_t i = 0; bell->ropes != NULL && i < bell->config->n_exports; i++)
        if (bell->ropes[i].id != 0)
            lina_notify_cancel(bell->ropes[i].id);
    free(bell->ropes);
    if (bell->fd >= 0)
        close(bell->fd);
}

/* Reads the counter of a signal or of a stream's head. False for an array that is no stream. */
static bool counter(const struct bell *bell, const struct bridge_export *export, uint64_t *value) {
    lina_signal_t head;
    if (export->is_signal)
        return lina_arena_signal_value(bell->config->arena, export->name, value) == LINA_OK;
    if (lina_stream_head(bell->config->arena, export->name, &head) != LINA_OK)
        return false;
    *value = lina_signal_read(&head);
    return true;
}

/* Returns true if the bell may have missed a change. */
static bool tie(struct bell *bell, const struct bridge_export *export, struct rope *rope) {
    lina_arena_t *arena = bell->config->arena;
    uint64_t value;
    if (!counter(bell, export, &value))
        return false;
    rope->target = value + 1;
    int code = export->is_signal
                   ? lina_notify_fd(arena, export->name, rope->target, bell->fd, &rope->id)
                   : lina_notify_stream_fd(arena, export->name, rope->target, bell->fd, &rope->id);
    if (code != LINA_OK)
        rope->id = 0;
    return true;
}

/* Ends a notification, and says whether to ask for it again now. The notification of an ended stream fires at once,
 * although its counter stands still. It waits for the next retry, so that the loop does not spin. */
static void untie(struct bell *bell, uint32_t i, bool *again) {
    struct rope *rope = &bell->ropes[i];
    uint64_t value;
    if (rope->id == 0 || lina_notify_cancel(rope->id) == LINA_OK) {
        *again = rope->id != 0;
    } else {
        *again = counter(bell, &bell->config->exports[i], &value) && value >= rope->target;
    }
    rope->id = 0;
}

bool bell_tend(struct bell *bell, uint64_t now) {
    eventfd_t count;
    if (bell->fd < 0 || bell->ropes == NULL)
        return false;
    bool rang = bell->rang && eventfd_read(bell->fd, &count) == 0, is_time = now >= bell->retry;
    bool must_look = false;
    bell->rang = false;
    if (is_time)
        bell->retry = now + RETRY;
    for (uint32_t i = 0; (rang || is_time) && i < bell->config->n_exports; i++) {
        bool again = is_time && bell->ropes[i].id == 0;
        if (rang && bell->ropes[i].id != 0)
            untie(bell, i, &again);
        if (again && tie(bell, &bell->config->exports[i], &bell->ropes[i]))
            must_look = true;
    }
    return must_look;
}
