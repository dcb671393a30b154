/* values.c - converts JavaScript values to C values and back. */
#include "binding.h"

void call_begin(napi_env js, napi_callback_info info, struct call *call) {
    void *env = NULL;
    call->js = js;
    call->next = 0;
    call->count = sizeof call->arguments / sizeof *call->arguments;
    if (napi_get_cb_info(js, info, &call->count, call->arguments, NULL, &env) != napi_ok)
        call->count = 0;
    call->env = env;
}

napi_value next_value(struct call *call) {
    return call->next < call->count ? call->arguments[call->next++] : NULL;
}

double next_number(struct call *call) {
    double value = 0;
    if (napi_get_value_double(call->js, next_value(call), &value) != napi_ok)
        return 0;
    return value;
}

uint32_t next_word(struct call *call) {
    uint32_t value = 0;
    if (napi_get_value_uint32(call->js, next_value(call), &value) != napi_ok)
        return 0;
    return value;
}

bool next_bool(struct call *call) {
    bool value = false;
    if (napi_get_value_bool(call->js, next_value(call), &value) != napi_ok)
        return false;
    return value;
}

static void *next_marked(struct call *call, uint64_t mark) {
    void *value = NULL;
    if (napi_get_value_external(call->js, next_value(call), &value) != napi_ok || value == NULL)
        return NULL;
    return *(const uint64_t *)value == mark ? value : NULL;
}

struct arena *next_arena(struct call *call) {
    return next_marked(call, ARENA_MARK);
}

lina_reader_t *next_reader(struct call *call) {
    struct reader *reader = next_marked(call, READER_MARK);
    return reader == NULL ? NULL : &reader->reader;
}

const lina_signal_t *next_signal(struct call *call) {
    const struct signal *signal = next_marked(call, SIGNAL_MARK);
    return signal == NULL ? NULL : &signal->handle;
}

const char *next_text(struct call *call, char *out, size_t size) {
    size_t length;
    napi_value value = next_value(call);
    if (napi_get_value_string_utf8(call->js, value, out, size, &length) != napi_ok)
        return NULL;
    return out;
}

napi_value number_of(napi_env js, double value) {
    napi_value out = NULL;
    napi_create_double(js, value, &out);
    return out;
}

napi_value code_of(napi_env js, int code) {
    napi_value out = NULL;
    napi_create_int32(js, code, &out);
    return out;
}

napi_value text_of(napi_env js, const char *text) {
    napi_value out = NULL;
    napi_create_string_utf8(js, text, NAPI_AUTO_LENGTH, &out);
    return out;
}

napi_value bool_of(napi_env js, bool value) {
    napi_value out = NULL;
    napi_get_boolean(js, value, &out);
    return out;
}
