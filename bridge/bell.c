#include "bell.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/eventfd.h>

#define RETRY UINT64_C(100000000)

struct rope {
    int fd;              /* the bell's */
    lina_notify_id_t id; /* of the notification; 0 while there is none */
    bool has_rung; /* the notification has fired. Lina's helper thread writes this, and `status` */
    int status;
};

/* A callback of Lina. lina_notify_fd would do without one, but it takes three more calls of the system each time. */
static void ring(void *context, int status, uint64_t value) {
    struct rope *rope = context;
    (void)value;
    rope->status = status;
    __atomic_store_n(&rope->has_rung, true, __ATOMIC_RELEASE); /* pairs with the load in untie */
    eventfd_write(rope->fd, 1);
}

/* Asks for a notification that never comes, of a signal that nobody raises. While one is pending, Lina's helper thread
 * stays with this arena, and need not be woken for each new one. */
static void keep_helper(struct bell *bell) {
    struct rope *rope = &bell->ropes[bell->config->n_exports];
    char name[LINA_MAX_NAME];
    snprintf(name, sizeof name, "bridge.%s", bell->config->host);
    if (lina_notify(bell->config->arena, name, INT64_MAX, ring, rope, &rope->id) != LINA_OK)
        rope->id = 0;
}

void bell_open(struct bell *bell, int fd, const struct bridge_config *config) {
    *bell = (struct bell){.fd = fd, .config = config};
    bell->ropes = calloc(config->n_exports + 1, sizeof *bell->ropes);
    for (uint32_t i = 0; bell->ropes != NULL && i <= config->n_exports; i++)
        bell->ropes[i].fd = bell->fd;
    if (bell->ropes != NULL)
        keep_helper(bell);
}

void bell_close(struct bell *bell) {
    for (uint32_t i = 0; bell->ropes != NULL && i <= bell->config->n_exports; i++)
        if (bell->ropes[i].id != 0)
            lina_notify_cancel(bell->ropes[i].id);
    free(bell->ropes);
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
    rope->has_rung = false;
    int code = export->is_signal
                   ? lina_notify(arena, export->name, value + 1, ring, rope, &rope->id)
                   : lina_notify_stream(arena, export->name, value + 1, ring, rope, &rope->id);
    if (code != LINA_OK)
        rope->id = 0;
    return true;
}

/* Forgets a notification that has fired. True if the caller must ask for the next one now. The notification of an ended
 * stream fires at once. It waits for the next retry, so that the loop does not spin. */
static bool untie(struct rope *rope) {
    if (rope->id == 0 || !__atomic_load_n(&rope->has_rung, __ATOMIC_ACQUIRE))
        return false;
    rope->id = 0;
    return rope->status == LINA_OK;
}

bool bell_tend(struct bell *bell, uint64_t now) {
    eventfd_t count;
    if (bell->fd < 0 || bell->ropes == NULL)
        return false;
    bool rang = bell->rang && eventfd_read(bell->fd, &count) == 0, is_time = now >= bell->retry;
    bool must_look = rang;
    bell->rang = false;
    if (is_time)
        bell->retry = now + RETRY;
    for (uint32_t i = 0; (rang || is_time) && i < bell->config->n_exports; i++) {
        bool again = untie(&bell->ropes[i]) || (is_time && bell->ropes[i].id == 0);
        if (again && tie(bell, &bell->config->exports[i], &bell->ropes[i]))
            must_look = true;
    }
    return must_look;
}
