/* arrays.c - makes, describes, lists and removes arrays by name. None of these functions exposes a generation to raw
 * pointers, so its memory is freed with its last view. */
#include "binding.h"

#include <string.h>

typedef int (*maker)(lina_arena_t *, const char *, uint32_t, uint32_t, const uint64_t *, uint32_t,
                     lina_desc_t *);

/* Reads (arena, name, dtype, ndim, layout), and the shape from the exchange. */
static napi_value make(napi_env js, napi_callback_info info, maker how) {
    struct call call;
    struct named target;
    call_begin(js, info, &call);
    next_named(&call, &target);
    uint32_t dtype = next_word(&call), ndim = next_word(&call), layout = next_word(&call);
    int rc = NO_ARENA;
    if (target.arena != NULL)
        rc = how(target.arena, target.name, dtype, ndim, call.env->exchange->shape, layout, NULL);
    return code_of(js, rc);
}

napi_value js_createArray(napi_env js, napi_callback_info info) {
    return make(js, info, core.arena_create_array);
}

napi_value js_ensureArray(napi_env js, napi_callback_info info) {
    return make(js, info, core.ensure_array);
}

napi_value js_republish(napi_env js, napi_callback_info info) {
    return make(js, info, core.republish);
}

napi_value js_remove(napi_env js, napi_callback_info info) {
    return code_by_name(js, info, core.remove);
}

napi_value js_reclaim(napi_env js, napi_callback_info info) {
    return code_by_name(js, info, core.arena_reclaim);
}

/* alias(arena, name, base, ndim, hasStrides, dtype or 0 for the base's); offset, shape and strides in the
 * exchange. */
napi_value js_alias(napi_env js, napi_callback_info info) {
    struct call call;
    struct named target;
    char base[TEXT];
    call_begin(js, info, &call);
    next_named(&call, &target);
    const char *base_name = next_text(&call, base, sizeof base);
    uint32_t ndim = next_word(&call);
    const struct exchange *in = call.env->exchange;
    const int64_t *strides = next_bool(&call) ? in->strides : NULL;
    uint32_t dtype = next_word(&call);
    int rc = NO_ARENA;
    if (target.arena != NULL && dtype == 0)
        rc = core.alias(target.arena, target.name, base_name, in->number, ndim, in->shape, strides);
    else if (target.arena != NULL)
        rc = core.alias_as(target.arena, target.name, base_name, in->number, dtype, ndim, in->shape,
                           strides);
    return code_of(js, rc);
}

/* describe(arena, name): puts the current generation's descriptor into the exchange. */
napi_value js_describe(napi_env js, napi_callback_info info) {
    struct call call;
    struct named target;
    lina_view_t view;
    call_begin(js, info, &call);
    next_named(&call, &target);
    int rc = target.arena == NULL ? NO_ARENA : core.acquire(target.arena, target.name, &view);
    if (rc == LINA_OK) {
        call.env->exchange->desc = view.desc;
        core.release(&view);
    }
    return code_of(js, rc);
}

/* Lists the descriptors into a new buffer. Returns 1 if there were more arrays than it has room for. */
static int fill_list(struct call *call, lina_arena_t *arena, napi_value *buffer, size_t *written) {
    void *bytes;
    size_t count, room;
    int rc = core.arena_list(arena, NULL, 0, &count, NULL);
    if (rc != LINA_OK)
        return rc;
    room = count + 16;
    if (napi_create_arraybuffer(call->js, room * sizeof(lina_desc_t), &bytes, buffer) != napi_ok)
        return NO_RUNTIME;
    rc = core.arena_list(arena, bytes, room, written, NULL);
    return rc == LINA_OK && *written == room ? 1 : rc;
}

/* list(arena): returns an ArrayBuffer of descriptors, and puts their number into the exchange; or returns a code. */
napi_value js_list(napi_env js, napi_callback_info info) {
    struct call call;
    napi_value buffer = NULL;
    size_t written = 0;
    call_begin(js, info, &call);
    lina_arena_t *arena = arena_handle(next_arena(&call));
    int rc = arena == NULL ? NO_ARENA : 1;
    while (rc == 1) /* others may have made more arrays meanwhile */
        rc = fill_list(&call, arena, &buffer, &written);
    call.env->exchange->number = written;
    return rc == LINA_OK ? buffer : code_of(js, rc);
}
