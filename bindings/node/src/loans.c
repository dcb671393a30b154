/* loans.c - loans: makes, publishes and discards them. */
#include "binding.h"

/* loan(arena, name, dtype, ndim, layout), with the shape in the exchange. Returns what acquire returns. */
napi_value js_loan(napi_env js, napi_callback_info info) {
    struct call call;
    char text[TEXT];
    call_begin(js, info, &call);
    lina_arena_t *arena = arena_handle(next_arena(&call));
    const char *name = next_text(&call, text, sizeof text);
    uint32_t dtype = next_word(&call), ndim = next_word(&call), layout = next_word(&call);
    struct region *region = arena == NULL ? NULL : region_prepare(call.env);
    if (region == NULL)
        return code_of(js, arena == NULL ? NO_ARENA : NO_RUNTIME);
    int rc =
        core.loan(arena, name, dtype, ndim, call.env->exchange->shape, layout, region_view(region));
    if (rc == LINA_OK)
        return region_show(call.env, region);
    region_abandon(call.env, region);
    return code_of(js, rc);
}

/* Publishes the loan, and keeps its bytes for JavaScript by a second view. */
static int publish_and_keep(struct region *region, int64_t timeout) {
    int rc = core.retain(region_view(region), region_other_view(region));
    if (rc != LINA_OK)
        return rc;
    rc = core.publish_within(region_view(region), timeout);
    if (rc == LINA_OK)
        region_switch_views(region);
    else
        core.release(region_other_view(region));
    return rc;
}

/* publish(number, keep): the loan's bytes end with it, unless they are kept, or another ArrayBuffer has them. After
 * a failure it is a loan still. */
static napi_value publish(struct call *call, struct region *region, bool keep, int64_t timeout) {
    if (region == NULL)
        return code_of(call->js, LINA_ERR_INVALID);
    keep = keep || region_is_transferred(call->env, region);
    int rc = keep ? publish_and_keep(region, timeout)
                  : core.publish_within(region_view(region), timeout);
    if (rc == LINA_OK && !keep)
        region_end(call->env, region);
    return code_of(call->js, rc);
}

napi_value js_publish(napi_env js, napi_callback_info info) {
    struct call call;
    call_begin(js, info, &call);
    struct region *region = region_find(call.env, (uint64_t)next_number(&call));
    return publish(&call, region, next_bool(&call), 0);
}

/* publishWithin(number, keep, nanoseconds): the same, but waits at most so long for room in a stream. */
napi_value js_publishWithin(napi_env js, napi_callback_info info) {
    struct call call;
    call_begin(js, info, &call);
    struct region *region = region_find(call.env, (uint64_t)next_number(&call));
    bool keep = next_bool(&call);
    return publish(&call, region, keep, (int64_t)next_number(&call));
}

/* discard(number): ends a loan; also one that was published and kept. */
napi_value js_discard(napi_env js, napi_callback_info info) {
    struct call call;
    call_begin(js, info, &call);
    struct region *region = region_find(call.env, (uint64_t)next_number(&call));
    if (region != NULL)
        region_end(call.env, region);
    return NULL;
}
