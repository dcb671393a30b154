/* notices.c - the waits of event loops: each lasts from lina_notify and its like until the core's callback.
 *
 * The core calls `answer`, which calls the caller's own callback, or adds one to the caller's eventfd. */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>

#include "tracer.h"

#define CORE(function) extern __typeof__(function) core_##function;
TRACED(CORE)

enum what { A_SIGNAL, A_STREAM, ROOM };

struct question {
    enum what what;
    lina_arena_t *arena;
    const char *name;
    uint64_t target;
    lina_notify_fn callback;
    void *context;
    int eventfd; /* if there is no callback */
};

/* It is in the list until it is answered or cancelled. */
struct notice {
    struct notice *next;
    lina_notify_id_t id;
    struct question question; /* without its name, which is in the event */
    struct lina_trace_event event;
};

static struct notice *notices;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

/* Takes a notice out of the list, by its address or by its number. NULL if it is not there. */
static struct notice *take(const struct notice *wanted, lina_notify_id_t id) {
    struct notice *found = NULL;
    pthread_mutex_lock(&lock);
    for (struct notice **at = &notices; found == NULL && *at != NULL;)
        if (*at == wanted || (wanted == NULL && (*at)->id == id)) {
            found = *at;
            *at = found->next;
        } else {
            at = &(*at)->next;
        }
    pthread_mutex_unlock(&lock);
    return found;
}

static void answer(void *context, int status, uint64_t value) {
    struct notice *notice = take(context, 0);
    notice->event.result = status;
    notice->event.value = value;
    tracer_append(&notice->event);
    if (notice->question.callback != NULL)
        notice->question.callback(notice->question.context, status, value);
    else
        eventfd_write(notice->question.eventfd, 1);
    free(notice);
}

static int ask_core(const struct question *q, struct notice *notice) {
    switch (q->what) {
    case A_SIGNAL:
        return core_lina_notify(q->arena, q->name, q->target, answer, notice, &notice->id);
    case A_STREAM:
        return core_lina_notify_stream(q->arena, q->name, q->target, answer, notice, &notice->id);
    default:
        return core_lina_notify_room(q->arena, q->name, answer, notice, &notice->id);
    }
}

/* Holds the lock while it asks, so that an answer that comes at once waits until the notice is in the list. */
static int ask(const struct question *question, lina_notify_id_t *out) {
    struct notice *notice = calloc(1, sizeof *notice);
    if (notice == NULL)
        return LINA_ERR_NO_MEMORY;
    notice->question = *question;
    tracer_begin(&notice->event, LINA_TRACE_NOTICE, question->name);
    pthread_mutex_lock(&lock);
    int result = ask_core(question, notice);
    if (result == LINA_OK) {
        notice->next = notices;
        notices = notice;
        *out = notice->id;
    }
    pthread_mutex_unlock(&lock);
    if (result != LINA_OK)
        free(notice);
    return result;
}

int lina_notify(lina_arena_t *arena, const char *name, uint64_t target, lina_notify_fn callback,
                void *context, lina_notify_id_t *out) {
    if (callback == NULL || out == NULL) /* the core refuses these */
        return core_lina_notify(arena, name, target, callback, context, out);
    return ask(&(struct question){A_SIGNAL, arena, name, target, callback, context, -1}, out);
}

int lina_notify_fd(lina_arena_t *arena, const char *name, uint64_t target, int eventfd,
                   lina_notify_id_t *out) {
    if (!tracer_is_eventfd(eventfd) || out == NULL)
        return core_lina_notify_fd(arena, name, target, eventfd, out);
    return ask(&(struct question){A_SIGNAL, arena, name, target, NULL, NULL, eventfd}, out);
}

int lina_notify_stream(lina_arena_t *arena, const char *name, uint64_t target,
                       lina_notify_fn callback, void *context, lina_notify_id_t *out) {
    if (callback == NULL || out == NULL)
        return core_lina_notify_stream(arena, name, target, callback, context, out);
    return ask(&(struct question){A_STREAM, arena, name, target, callback, context, -1}, out);
}

int lina_notify_stream_fd(lina_arena_t *arena, const char *name, uint64_t target, int eventfd,
                          lina_notify_id_t *out) {
    if (!tracer_is_eventfd(eventfd) || out == NULL)
        return core_lina_notify_stream_fd(arena, name, target, eventfd, out);
    return ask(&(struct question){A_STREAM, arena, name, target, NULL, NULL, eventfd}, out);
}

int lina_notify_room(lina_arena_t *arena, const char *name, lina_notify_fn callback, void *context,
                     lina_notify_id_t *out) {
    if (callback == NULL || out == NULL)
        return core_lina_notify_room(arena, name, callback, context, out);
    return ask(&(struct question){ROOM, arena, name, 0, callback, context, -1}, out);
}

int lina_notify_room_fd(lina_arena_t *arena, const char *name, int eventfd, lina_notify_id_t *out) {
    if (!tracer_is_eventfd(eventfd) || out == NULL)
        return core_lina_notify_room_fd(arena, name, eventfd, out);
    return ask(&(struct question){ROOM, arena, name, 0, NULL, NULL, eventfd}, out);
}

int lina_notify_cancel(lina_notify_id_t id) {
    int result = core_lina_notify_cancel(id);
    struct notice *notice = result == LINA_OK ? take(NULL, id) : NULL;
    if (notice != NULL) {
        notice->event.result = LINA_ERR_INTERRUPTED;
        tracer_append(&notice->event);
        free(notice);
    }
    return result;
}
