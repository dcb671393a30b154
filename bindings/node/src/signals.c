/* signals.c - signals by name and by handle.
 *
 * JavaScript reads the words of a signal itself, through an ArrayBuffer over them: see lib/signal.js. The
 * ArrayBuffer ends with the arena that has the words. */
#include "binding.h"

#include <stdlib.h>

/* ---- by name: looking does not make a signal ----------------------------------------------------------- */

napi_value js_tryWait(napi_env js, napi_callback_info info) {
    return code_by_name(js, info, core.arena_try_wait);
}

/* value(arena, name): returns a code, and puts the value into the exchange. */
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

/* openSignal(arena, name): returns a handle or a code. */
napi_value js_openSignal(napi_env js, napi_callback_info info) {
    struct call call;
    struct named named;
    napi_value value;
    call_begin(js, info, &call);
    next_named(&call, &named);
    if (named.arena == NULL)
        return code_of(js, NO_ARENA);
    struct signal *signal = calloc(1, sizeof *signal);
    if (signal == NULL)
        return code_of(js, NO_RUNTIME);
    signal->mark = SIGNAL_MARK;
    int rc = core.signal_open(named.arena, named.name, &signal->handle);
    if (rc == LINA_OK) {
        if (napi_create_external(js, signal, forget_handle, NULL, &value) == napi_ok)
            return value;
        rc = NO_RUNTIME;
    }
    free(signal);
    return code_of(js, rc);
}

static void forget_words(napi_env js, void *data, void *hint) { (void)js, (void)data, (void)hint; }

#define LINE 64u /* bytes of a cache line; the words of a signal lie on one */

/* The place of a word on its line, in units of 32 bits. */
static uint64_t place_of(const uint64_t *word) { return (uintptr_t)word % LINE / 4; }

/* signalWords(handle): returns an ArrayBuffer over the line with the signal's words. The shape in the exchange says
 * where on it the counter, its value at the last clear and the incarnation are, and which incarnation the handle
 * has. Returns undefined if the runtime forbids such an ArrayBuffer. */
napi_value js_signalWords(napi_env js, napi_callback_info info) {
    struct call call;
    napi_value buffer;
    call_begin(js, info, &call);
    const lina_signal_t *handle = next_signal(&call);
    if (handle == NULL)
        return NULL;
    uint64_t *out = call.env->exchange->shape;
    out[0] = place_of(handle->word);
    out[1] = place_of(handle->cleared);
    out[2] = place_of(handle->current);
    out[3] = handle->incarnation;
    char *line = (char *)handle->word - (uintptr_t)handle->word % LINE;
    if (napi_create_external_arraybuffer(js, line, LINE, forget_words, NULL, &buffer) != napi_ok)
        return NULL;
    return buffer;
}

/* raise(handle): returns a code. The exchange has the number to add. */
napi_value js_raise(napi_env js, napi_callback_info info) {
    struct call call;
    call_begin(js, info, &call);
    const lina_signal_t *handle = next_signal(&call);
    if (handle == NULL)
        return code_of(js, NO_RUNTIME);
    return code_of(js, core.signal_raise_by(handle, call.env->exchange->number));
}

/* clear(handle): returns a code. */
napi_value js_clear(napi_env js, napi_callback_info info) {
    struct call call;
    call_begin(js, info, &call);
    const lina_signal_t *handle = next_signal(&call);
    if (handle == NULL)
        return code_of(js, NO_RUNTIME);
    core.clear_error();
    core.signal_clear(handle);
    return code_of(js, core.last_error_code());
}

/* isSet(handle): returns 1, 0 or a code. */
napi_value js_isSet(napi_env js, napi_callback_info info) {
    struct call call;
    call_begin(js, info, &call);
    const lina_signal_t *handle = next_signal(&call);
    return code_of(js, handle == NULL ? NO_RUNTIME : core.signal_is_set(handle));
}

/* read(handle): returns a code, and puts the counter into the exchange. */
napi_value js_read(napi_env js, napi_callback_info info) {
    struct call call;
    call_begin(js, info, &call);
    const lina_signal_t *handle = next_signal(&call);
    if (handle == NULL)
        return code_of(js, NO_RUNTIME);
    core.clear_error();
    call.env->exchange->number = core.signal_read(handle);
    return code_of(js, core.last_error_code());
}

napi_value js_removeSignal(napi_env js, napi_callback_info info) {
    return code_by_name(js, info, core.arena_signal_remove);
}

/* ---- waiting: these block the thread for a moment, and lib/ calls them again and again ---------------------- */

/* waitFor(handle, nanoseconds, isValue): returns a code. The exchange has the target. */
napi_value js_waitFor(napi_env js, napi_callback_info info) {
    struct call call;
    call_begin(js, info, &call);
    const lina_signal_t *handle = next_signal(&call);
    if (handle == NULL)
        return code_of(js, NO_RUNTIME);
    int64_t timeout = (int64_t)next_number(&call);
    uint64_t target = call.env->exchange->number;
    return code_of(js, next_bool(&call) ? core.signal_wait_value(handle, target, timeout)
                                        : core.signal_wait(handle, timeout));
}

/* Reads names from one JavaScript list, and their targets from another. */
static int read_waits(struct call *call, lina_wait_t *waits, char (*names)[LINA_MAX_NAME],
                      uint32_t *count) {
    napi_value list = next_value(call), targets = next_value(call), item;
    if (napi_get_array_length(call->js, list, count) != napi_ok || *count > LINA_WAIT_MOST)
        return NO_RUNTIME;
    for (uint32_t i = 0; i < *count; i++) {
        bool lossless;
        waits[i] = (lina_wait_t){.name = names[i]};
        if (napi_get_element(call->js, list, i, &item) != napi_ok ||
            napi_get_value_string_utf8(call->js, item, names[i], LINA_MAX_NAME, NULL) != napi_ok ||
            napi_get_element(call->js, targets, i, &item) != napi_ok ||
            napi_get_value_bigint_uint64(call->js, item, &waits[i].target, &lossless) != napi_ok)
            return NO_RUNTIME;
    }
    return LINA_OK;
}

/* waitForAny(arena, nanoseconds, names, targets, member or null): returns the index of the wait that is over, or a
 * code. */
napi_value js_waitForAny(napi_env js, napi_callback_info info) {
    struct call call;
    lina_wait_t waits[LINA_WAIT_MOST];
    char names[LINA_WAIT_MOST][LINA_MAX_NAME];
    uint32_t count = 0, which = 0;
    call_begin(js, info, &call);
    lina_arena_t *arena = arena_handle(next_arena(&call));
    int64_t timeout = (int64_t)next_number(&call);
    char text[TEXT];
    int rc = arena == NULL ? NO_ARENA : read_waits(&call, waits, names, &count);
    const char *member = next_text(&call, text, sizeof text);
    for (uint32_t i = 0; i < count && rc == LINA_OK; i++)
        waits[i].member = member;
    if (rc == LINA_OK)
        rc = core.wait_any(arena, waits, count, timeout, &which);
    return code_of(js, rc == LINA_OK ? (int)which : rc);
}
