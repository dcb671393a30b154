/* waits.c - waits of the event loop. There can be any number of them, and none needs a thread of Node.
 *
 *   JavaScript   calls notify: puts a notice into the table and calls lina_notify; the number is the promise's key
 *   helper       rings the bell with the notice; this is Lina's thread, one in a process
 *   event loop   takes the notice out of the table, and tells JavaScript the outcome
 *
 * The bell is a thread-safe function. It keeps the process alive only while there is a wait that should do so. The
 * helper does not touch a notice after the bell has brought it to the event loop, or after lina_notify_cancel has
 * returned. */
#include "binding.h"

#include <stdlib.h>

struct notice {
    struct env *env;
    struct notice *next;
    uint64_t number;
    lina_notify_id_t id;
    int status;
};

/* ---- the table ---------------------------------------------------------------------------------------- */

static struct notice **place_of(struct env *env, uint64_t number) {
    struct notice **at = &env->notices[number % TABLE];
    while (*at != NULL && (*at)->number != number)
        at = &(*at)->next;
    return at;
}

static bool unlist(struct env *env, uint64_t number) {
    struct notice **at = place_of(env, number);
    if (*at == NULL)
        return false;
    *at = (*at)->next;
    return true;
}

/* ---- ringing ------------------------------------------------------------------------------------------ */

/* The callback, on Lina's helper thread. */
static void fire(void *context, int status, uint64_t value) {
    struct notice *notice = context;
    (void)value;
    notice->status = status;
    /* The queue has no limit. It refuses only when the environment ends, and then waits_end frees the notice. */
    napi_call_threadsafe_function(notice->env->bell, notice, napi_tsfn_nonblocking);
}

/* Runs on the event loop. Without `js`, the environment is ending, and no JavaScript is called. */
static void deliver(napi_env js, napi_value unused, void *context, void *data) {
    struct env *env = context;
    struct notice *notice = data;
    napi_value listener, receiver, arguments[2];
    (void)unused;
    bool wanted = unlist(env, notice->number);
    if (js != NULL && wanted) {
        arguments[0] = number_of(js, (double)notice->number);
        arguments[1] = code_of(js, notice->status);
        napi_get_undefined(js, &receiver);
        if (napi_get_reference_value(js, env->on_notice, &listener) == napi_ok)
            napi_call_function(js, receiver, listener, 2, arguments, NULL);
    }
    free(notice);
}

static void bell_ended(napi_env js, void *data, void *context) {
    (void)js, (void)data;
    env_leave(context);
}

bool waits_begin(struct env *env) {
    napi_value name = text_of(env->js, "lina waits");
    if (napi_create_threadsafe_function(env->js, NULL, NULL, name, 0, 1, NULL, bell_ended, env,
                                        deliver, &env->bell) != napi_ok)
        return false;
    env->users++;
    return napi_unref_threadsafe_function(env->js, env->bell) == napi_ok;
}

void waits_cancel(struct env *env) {
    for (uint32_t i = 0; i < TABLE; i++) {
        struct notice **at = &env->notices[i];
        while (*at != NULL) {
            struct notice *notice = *at;
            if (core.notify_cancel(notice->id) == LINA_OK) {
                *at = notice->next;
                free(notice);
            } else {
                at = &notice->next;
            }
        }
    }
}

/* Frees the notices that have not rung. Node delivers those that have, without `js`. */
void waits_end(struct env *env) {
    waits_cancel(env);
    napi_release_threadsafe_function(env->bell, napi_tsfn_abort);
}

/* ---- for JavaScript ----------------------------------------------------------------------------------- */

/* onNotice(function): sets the function that `deliver` calls. */
napi_value js_onNotice(napi_env js, napi_callback_info info) {
    struct call call;
    call_begin(js, info, &call);
    napi_create_reference(js, next_value(&call), 1, &call.env->on_notice);
    return NULL;
}

static int notify_room(lina_arena_t *arena, const char *name, uint64_t target,
                       lina_notify_fn callback, void *context, lina_notify_id_t *out) {
    (void)target;
    return core.notify_room(arena, name, callback, context, out);
}

static int start(struct env *env, lina_arena_t *arena, const char *name, uint64_t target,
                 __typeof__(lina_notify) *how) {
    struct notice *notice = calloc(1, sizeof *notice);
    if (notice == NULL)
        return NO_RUNTIME;
    notice->env = env;
    notice->number = ++env->next_notice;
    struct notice **list = &env->notices[notice->number % TABLE];
    notice->next = *list;
    *list = notice;
    int rc = how(arena, name, target, fire, notice, &notice->id);
    if (rc != LINA_OK) {
        unlist(env, notice->number);
        free(notice);
    }
    return rc;
}

/* notify(arena, name, isValue), with the target in the exchange: returns the notice's number, 0 if the target is
 * reached already, or a code. */
napi_value js_notify(napi_env js, napi_callback_info info) {
    struct call call;
    char text[TEXT];
    lina_signal_t signal;
    call_begin(js, info, &call);
    lina_arena_t *arena = arena_handle(next_arena(&call));
    const char *name = next_text(&call, text, sizeof text);
    if (arena == NULL)
        return code_of(js, NO_ARENA);
    int rc = core.signal_open(arena, name, &signal);
    if (rc != LINA_OK)
        return code_of(js, rc);
    uint64_t target = call.env->exchange->number;
    if (!next_bool(&call)) /* waits until it is set: one more than at the last clear */
        target = __atomic_load_n(signal.cleared, __ATOMIC_ACQUIRE) + 1;
    if (core.signal_read(&signal) >= target)
        return code_of(js, 0);
    rc = start(call.env, arena, name, target, core.notify);
    return rc == LINA_OK ? number_of(js, (double)call.env->next_notice) : code_of(js, rc);
}

static napi_value notify_of_stream(napi_env js, napi_callback_info info,
                                   __typeof__(lina_notify) *how) {
    struct call call;
    char text[TEXT];
    call_begin(js, info, &call);
    lina_arena_t *arena = arena_handle(next_arena(&call));
    const char *name = next_text(&call, text, sizeof text);
    int rc =
        arena == NULL ? NO_ARENA : start(call.env, arena, name, call.env->exchange->number, how);
    return rc == LINA_OK ? number_of(js, (double)call.env->next_notice) : code_of(js, rc);
}

/* notifyStream(arena, name), with the sequence in the exchange: returns the notice's number or a code. */
napi_value js_notifyStream(napi_env js, napi_callback_info info) {
    return notify_of_stream(js, info, core.notify_stream);
}

/* notifyRoom(arena, name): the same, for room in the stream. */
napi_value js_notifyRoom(napi_env js, napi_callback_info info) {
    return notify_of_stream(js, info, notify_room);
}

/* cancel(number): afterwards, the notice is not delivered. If it has rung already, it is freed when it arrives. */
napi_value js_cancel(napi_env js, napi_callback_info info) {
    struct call call;
    call_begin(js, info, &call);
    struct notice **at = place_of(call.env, (uint64_t)next_number(&call));
    struct notice *notice = *at;
    if (notice == NULL)
        return NULL;
    *at = notice->next;
    if (core.notify_cancel(notice->id) == LINA_OK)
        free(notice);
    return NULL;
}

/* keepAlive(bool): counts one more wait, or one less, that keeps the process alive. */
napi_value js_keepAlive(napi_env js, napi_callback_info info) {
    struct call call;
    call_begin(js, info, &call);
    struct env *env = call.env;
    if (next_bool(&call)) {
        if (env->waiting++ == 0)
            napi_ref_threadsafe_function(js, env->bell);
    } else if (--env->waiting == 0) {
        napi_unref_threadsafe_function(js, env->bell);
    }
    return NULL;
}
