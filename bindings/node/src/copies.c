/* copies.c - copies elements into and out of an arena, for runtimes that forbid ArrayBuffers over foreign memory. */
#include "binding.h"

#include <string.h>

static int acquire(struct call *call, lina_view_t *view) {
    char text[TEXT];
    lina_arena_t *arena = arena_handle(next_arena(call));
    const char *name = next_text(call, text, sizeof text);
    return arena == NULL ? NO_ARENA : core.acquire(arena, name, view);
}

/* Copies the elements to `out`, in C order. Moves `out` on. */
static void gather(const lina_desc_t *desc, uint32_t dim, const char *from, size_t item,
                   char **out) {
    if (dim == desc->ndim) {
        memcpy(*out, from, item);
        *out += item;
        return;
    }
    for (uint64_t i = 0; i < desc->shape[dim]; i++)
        gather(desc, dim + 1, from + (int64_t)i * desc->strides[dim], item, out);
}

/* copyOut(arena, name): returns an ArrayBuffer with the elements, in memory order, or in C order for a strided
 * array; or a code. Puts the descriptor into the exchange. */
napi_value js_copyOut(napi_env js, napi_callback_info info) {
    struct call call;
    lina_view_t view;
    void *bytes = NULL;
    napi_value buffer;
    call_begin(js, info, &call);
    int rc = acquire(&call, &view);
    if (rc != LINA_OK)
        return code_of(js, rc);
    const lina_desc_t *desc = &view.desc;
    char *out;
    if ((double)desc->nbytes > call.env->largest)
        rc = TOO_LARGE;
    else if (napi_create_arraybuffer(js, (size_t)desc->nbytes, &bytes, &buffer) != napi_ok)
        rc = NO_RUNTIME;
    else if (desc->nbytes != 0 && desc->layout != LINA_LAYOUT_STRIDED)
        memcpy(bytes, view.data, (size_t)desc->nbytes);
    else if (desc->nbytes != 0)
        out = bytes, gather(desc, 0, view.data, core.dtype_size(desc->dtype), &out);
    call.env->exchange->desc = view.desc;
    core.release(&view);
    return rc == LINA_OK ? buffer : code_of(js, rc);
}

/* copyIn(arena, name, ArrayBuffer, first byte, bytes): STALE if the array has another size by now. */
napi_value js_copyIn(napi_env js, napi_callback_info info) {
    struct call call;
    lina_view_t view;
    void *bytes = NULL;
    size_t size = 0;
    call_begin(js, info, &call);
    int rc = acquire(&call, &view);
    if (rc != LINA_OK)
        return code_of(js, rc);
    napi_get_arraybuffer_info(js, next_value(&call), &bytes, &size);
    size_t start = (size_t)next_number(&call), length = (size_t)next_number(&call);
    if ((view.flags & LINA_VIEW_READ_ONLY) != 0)
        rc = LINA_ERR_READ_ONLY;
    else if (view.desc.layout == LINA_LAYOUT_STRIDED || view.desc.nbytes != length ||
             start > size || length > size - start)
        rc = LINA_ERR_STALE;
    else if (length != 0)
        memmove(view.data, (char *)bytes + start,
                length); /* the bytes may be a view of the same array */
    core.release(&view);
    return code_of(js, rc);
}
