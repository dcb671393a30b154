/* signals.c - signals by name, and by the handle of one that was opened.
 *
 * JavaScript reads a signal's words by itself, through an ArrayBuffer over them: see lib/signal.js. It ends
 * with its arena, whose memory they lie in. */
#include "binding.h"

#include <stdlib.h>

struct named {
    lina_arena_t *arena; /* NULL: NO_ARENA */
    const char *name;
    char text[TEXT];
};

static void next_named(struct call *call, struct named *named) {
    named->arena = arena_handle(next_pointer(call));
    named->name = next_text(call, named->text, sizeof named->text);
}

/* ---- by name: looking does not make a signal ----------------------------------------------------------- */

napi_value js_tryWait(napi_env js, napi_callback_info info) {
    struct call call;
    struct named named;
    call_begin(js, info, &call);
    next_named(&call, &named);
    return code_of(js,
                   named.arena == NULL ? NO_ARENA : core.arena_try_wait(named.arena, named.name));
}

/* value(arena, name): a code; the value is in the exchange. */
napi_value js_value(napi_env js, napi_callback_info info) {
    struct call call;
    struct named named;
    call_begin(js, info, &call);
    next_named(&call, &named);
    int rc = NO_ARENA;
    if (named.arena != NULL)
        rc = core.arena_signal_value(named.arena, named.name, &call.env->exchange->number);
    return code_of(js, rc);
}

/* ---- by handle ------------------------------------------------------------------------------------------- */

static void forget_handle(napi_env js, void *data, void *hint) {
    (void)js, (void)hint;
    free(data);
}

/* openSignal(arena, name): a handle or a code. */
napi_value js_openSignal(napi_env js, napi_callback_info info) {
    struct call call;
    struct named named;
    napi_value value;
    call_begin(js, info, &call);
    next_named(&call, &named);
    if (named.arena == NULL)
        return code_of(js, NO_ARENA);
    lina_signal_t *handle = calloc(1, sizeof *handle);
    if (handle == NULL)
        return code_of(js, NO_RUNTIME);
    int rc = core.signal_open(named.arena, named.name, handle);
    if (rc == LINA_OK) {
        if (napi_create_external(js, handle, forget_handle, NULL, &value) == napi_ok)
            return value;
        rc = NO_RUNTIME;
    }
    free(handle);
    return code_of(js, rc);
}

static void forget_words(napi_env js, void *data, void *hint) { (void)js, (void)data, (void)hint; }

/* signalWords(handle): an ArrayBuffer over the counter and what it was at the last clear; undefined where
 * the runtime forbids that, or they are not neighbours. */
napi_value js_signalWords(napi_env js, napi_callback_info info) {
    struct call call;
    napi_value buffer;
    call_begin(js, info, &call);
    lina_signal_t *handle = next_pointer(&call);
    if (handle->cleared != handle->word + 1)
        return NULL;
    if (napi_create_external_arraybuffer(js, handle->word, 2 * sizeof *handle->word, forget_words,
                                         NULL, &buffer) != napi_ok)
        return NULL;
    return buffer;
}

napi_value js_raise(napi_env js, napi_callback_info info) {
    struct call call;
    call_begin(js, info, &call);
    core.signal_raise(next_pointer(&call));
    return NULL;
}

napi_value js_clear(napi_env js, napi_callback_info info) {
    struct call call;
    call_begin(js, info, &call);
    core.signal_clear(next_pointer(&call));
    return NULL;
}

napi_value js_isSet(napi_env js, napi_callback_info info) {
    struct call call;
    call_begin(js, info, &call);
    return bool_of(js, core.signal_is_set(next_pointer(&call)) == 1);
}

/* read(handle): the counter, in the exchange. */
napi_value js_read(napi_env js, napi_callback_info info) {
    struct call call;
    call_begin(js, info, &call);
    call.env->exchange->number = core.signal_read(next_pointer(&call));
    return NULL;
}

/* waitFor(handle, nanoseconds, isValue): blocks this thread, for a moment only: lib/ calls it again. The
 * target is in the exchange. */
napi_value js_waitFor(napi_env js, napi_callback_info info) {
    struct call call;
    call_begin(js, info, &call);
    const lina_signal_t *handle = next_pointer(&call);
    int64_t timeout = (int64_t)next_number(&call);
    uint64_t target = call.env->exchange->number;
    return code_of(js, next_bool(&call) ? core.signal_wait_value(handle, target, timeout)
                                        : core.signal_wait(handle, timeout));
}
