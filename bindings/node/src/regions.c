/* regions.c - regions: generations that JavaScript uses. Each has one ArrayBuffer, whose finalizer releases it.
 *
 *   prepare -> (acquire, loan) -> show -> ... -> end, or the ArrayBuffer's finalizer
 *
 * An environment has only one ArrayBuffer for the same bytes. It is found again by the address of the bytes and the
 * name of the array. No other generation can have that address, because the region keeps its bytes in place.
 *
 * JavaScript knows a region by its number. A number is never used again, so a late call finds no region instead of
 * another one's memory. `opened` counts the objects from lina.array. `pinned` says that the plain bytes were given
 * away. Closing the last object of a region ends the region only if it is not pinned. */
#include "binding.h"

#include <stdlib.h>

/* V8 counts the bytes of ArrayBuffers and runs its collector accordingly. It does not know that an arena has only
 * some thousand slots. Views of small arrays use up the slots long before their bytes matter. */
#define FEW 256u                    /* for so few views, the collector need not run */
#define PRESSURE (INT64_C(1) << 40) /* a number of bytes at which V8 runs the collector at once */

struct views {
    lina_view_t view[2];
};

struct region {
    struct env *env;
    struct region *next_by_number, *next_by_address;
    uint64_t number;
    char *first; /* its lowest byte */
    size_t size;
    napi_ref buffer; /* weak */
    struct views *views;
    uint32_t current, opened;
    bool pinned, listed, ended;
};

/* ---- memory ------------------------------------------------------------------------------------------- */

struct region *region_prepare(struct env *env) {
    struct region *region = env->spare;
    env->spare = NULL;
    if (region != NULL)
        return region;
    region = calloc(1, sizeof *region);
    struct views *views = region == NULL ? NULL : calloc(1, sizeof *views);
    if (views == NULL) {
        free(region);
        return NULL;
    }
    region->env = env;
    region->views = views;
    return region;
}

lina_view_t *region_view(struct region *region) { return &region->views->view[region->current]; }

lina_view_t *region_other_view(struct region *region) {
    return &region->views->view[1 - region->current];
}

void region_switch_views(struct region *region) { region->current = 1 - region->current; }

static void free_region(struct region *region) {
    free(region->views);
    free(region);
}

void env_leave(struct env *env) {
    if (--env->users != 0)
        return;
    if (env->spare != NULL)
        free_region(env->spare);
    free(env);
}

void region_abandon(struct env *env, struct region *region) {
    core.release(region_view(region));
    if (env->spare == NULL)
        env->spare = region;
    else
        free_region(region);
}

/* ---- the tables --------------------------------------------------------------------------------------- */

static struct region **by_number(struct env *env, uint64_t number) {
    return &env->by_number[number % TABLE];
}

static struct region **by_address(struct env *env, const char *first) {
    return &env->by_address[((uintptr_t)first >> 6) % TABLE];
}

static void list_region(struct region *region) {
    struct region **numbers, **addresses;
    region->number = ++region->env->next_region;
    numbers = by_number(region->env, region->number);
    addresses = by_address(region->env, region->first);
    region->next_by_number = *numbers;
    region->next_by_address = *addresses;
    *numbers = *addresses = region;
    region->listed = true;
}

static void unlist_region(struct region *region) {
    if (!region->listed)
        return;
    struct region **at = by_number(region->env, region->number);
    while (*at != region)
        at = &(*at)->next_by_number;
    *at = region->next_by_number;
    at = by_address(region->env, region->first);
    while (*at != region)
        at = &(*at)->next_by_address;
    *at = region->next_by_address;
    region->listed = false;
}

struct region *region_find(struct env *env, uint64_t number) {
    struct region *region = *by_number(env, number);
    while (region != NULL && region->number != number)
        region = region->next_by_number;
    return region;
}

/* ---- the bytes ---------------------------------------------------------------------------------------- */

/* Finds the range of bytes of all elements. Lina has checked that it lies inside the arena. */
static void find_bytes(struct region *region) {
    const lina_view_t *view = region_view(region);
    const lina_desc_t *desc = &view->desc;
    int64_t low = 0, high = (int64_t)core.dtype_size(desc->dtype);
    for (uint32_t i = 0; i < desc->ndim; i++) {
        if (desc->shape[i] == 0) {
            low = high = 0;
            break;
        }
        int64_t reach = (int64_t)(desc->shape[i] - 1) * desc->strides[i];
        if (reach < 0)
            low += reach;
        else
            high += reach;
    }
    region->first = (char *)view->data + low;
    region->size = (size_t)(high - low);
}

static bool is_same_name(const struct region *a, const struct region *b) {
    const char *left = a->views->view[a->current].desc.name;
    const char *right = b->views->view[b->current].desc.name;
    while (*left != '\0' && *left == *right)
        left++, right++;
    return *left == *right;
}

/* Finds a region with the same bytes, and its ArrayBuffer. Regions of empty arrays have no bytes, so they are never
 * found. */
static struct region *find_shown(const struct region *region, napi_value *buffer) {
    struct region *other = *by_address(region->env, region->first);
    for (; region->size != 0 && other != NULL; other = other->next_by_address) {
        bool detached = true;
        if (other->first != region->first || other->size != region->size ||
            !is_same_name(other, region))
            continue;
        *buffer = NULL;
        napi_get_reference_value(region->env->js, other->buffer, buffer);
        if (*buffer != NULL)
            napi_is_detached_arraybuffer(region->env->js, *buffer, &detached);
        if (!detached)
            return other;
    }
    return NULL;
}

/* ---- ending regions ----------------------------------------------------------------------------------- */

static void release(struct region *region) {
    struct env *env = region->env;
    if (region->ended)
        return;
    region->ended = true;
    if (--env->views < env->many / 4 && env->many > FEW)
        env->many /= 2;
    unlist_region(region);
    core.release(region_view(region));
    free(region->views);
    region->views = NULL;
}

void regions_end(struct env *env) {
    for (uint32_t i = 0; i < TABLE; i++)
        while (env->by_number[i] != NULL)
            release(env->by_number[i]);
}

/* The finalizer: no ArrayBuffer has the bytes any more, even if they were transferred. */
static void finalize(napi_env js, void *data, void *hint) {
    struct region *region = hint;
    struct env *env = region->env;
    (void)data;
    release(region);
    napi_delete_reference(js, region->buffer);
    free_region(region);
    env_leave(env);
}

bool region_is_transferred(struct env *env, struct region *region) {
    napi_value buffer = NULL;
    bool detached = true;
    napi_get_reference_value(env->js, region->buffer, &buffer);
    if (buffer != NULL)
        napi_is_detached_arraybuffer(env->js, buffer, &detached);
    return detached && region->size != 0;
}

void region_end(struct env *env, struct region *region) {
    napi_value buffer = NULL;
    if (region_is_transferred(env, region))
        return; /* the ArrayBuffer that has the bytes now ends the region */
    napi_get_reference_value(env->js, region->buffer, &buffer);
    if (buffer != NULL)
        napi_detach_arraybuffer(env->js, buffer);
    release(region);
}

/* ---- making regions ----------------------------------------------------------------------------------- */

/* Makes the ArrayBuffer. An empty array needs one only for the finalizer. */
static int make_buffer(struct region *region, napi_value *buffer) {
    napi_env js = region->env->js;
    void *none;
    napi_status status;
    if ((double)region->size > region->env->largest)
        return TOO_LARGE;
    if (region->size != 0)
        status = napi_create_external_arraybuffer(js, region->first, region->size, finalize, region,
                                                  buffer);
    else if ((status = napi_create_arraybuffer(js, 0, &none, buffer)) == napi_ok)
        status = napi_add_finalizer(js, *buffer, NULL, finalize, region, NULL);
    if (status == napi_no_external_buffers_allowed)
        return NO_EXTERNAL;
    return status == napi_ok ? LINA_OK : NO_RUNTIME;
}

void env_collect(struct env *env) {
    int64_t total;
    napi_adjust_external_memory(env->js, PRESSURE, &total);
    napi_adjust_external_memory(env->js, -PRESSURE, &total);
}

/* Counts one more view. If there are many, V8 releases those that are garbage in the next turn of the event loop. */
static void count_view(struct env *env) {
    if (env->many < FEW)
        env->many = FEW;
    if (++env->views < env->many)
        return;
    env->many = 2 * env->views;
    env_collect(env);
}

static void tell(struct region *region) {
    struct exchange *out = region->env->exchange;
    const lina_view_t *view = region_view(region);
    out->desc = view->desc;
    out->region = region->number;
    out->start = (uint64_t)((char *)view->data - region->first);
    out->view_flags = view->flags;
    out->sequence = view->sequence;
}

napi_value region_show(struct env *env, struct region *region) {
    napi_value buffer = NULL;
    find_bytes(region);
    struct region *shown = find_shown(region, &buffer);
    if (shown != NULL) {
        tell(shown);
        region_abandon(env, region);
        return buffer;
    }
    int rc = make_buffer(region, &buffer);
    if (rc != LINA_OK) {
        region_abandon(env, region);
        return code_of(env->js, rc);
    }
    env->users++;
    count_view(env);
    napi_create_reference(env->js, buffer, 0, &region->buffer);
    list_region(region);
    tell(region);
    return buffer;
}

/* ---- for JavaScript ----------------------------------------------------------------------------------- */

/* acquire(arena, name): returns the ArrayBuffer of the current generation, and puts the rest into the exchange. */
napi_value js_acquire(napi_env js, napi_callback_info info) {
    struct call call;
    char text[TEXT];
    call_begin(js, info, &call);
    lina_arena_t *arena = arena_handle(next_arena(&call));
    const char *name = next_text(&call, text, sizeof text);
    struct region *region = arena == NULL ? NULL : region_prepare(call.env);
    if (region == NULL)
        return code_of(js, arena == NULL ? NO_ARENA : NO_RUNTIME);
    int rc = core.acquire(arena, name, region_view(region));
    if (rc == LINA_OK)
        return region_show(call.env, region);
    region_abandon(call.env, region);
    return code_of(js, rc);
}

static struct region *next_region(struct call *call) {
    return region_find(call->env, (uint64_t)next_number(call));
}

napi_value js_isCurrent(napi_env js, napi_callback_info info) {
    struct call call;
    call_begin(js, info, &call);
    struct region *region = next_region(&call);
    return bool_of(js, region != NULL && core.view_is_current(region_view(region)) == 1);
}

/* pinRegion(number, isForGood): notes that the plain bytes were given away, or that one more object uses the
 * region. */
napi_value js_pinRegion(napi_env js, napi_callback_info info) {
    struct call call;
    call_begin(js, info, &call);
    struct region *region = next_region(&call);
    if (region == NULL)
        return NULL;
    if (next_bool(&call))
        region->pinned = true;
    else
        region->opened++;
    return NULL;
}

/* closeRegion(number): counts one object less. */
napi_value js_closeRegion(napi_env js, napi_callback_info info) {
    struct call call;
    call_begin(js, info, &call);
    struct region *region = next_region(&call);
    if (region != NULL && --region->opened == 0 && !region->pinned)
        region_end(call.env, region);
    return NULL;
}

/* addressOf(ArrayBuffer): returns its address, for tests and messages. */
napi_value js_addressOf(napi_env js, napi_callback_info info) {
    struct call call;
    void *data = NULL;
    size_t size = 0;
    call_begin(js, info, &call);
    if (napi_get_arraybuffer_info(js, next_value(&call), &data, &size) != napi_ok)
        data = NULL;
    return number_of(js, (double)(uintptr_t)data);
}

/* views(): returns how many generations this environment holds. */
napi_value js_views(napi_env js, napi_callback_info info) {
    struct call call;
    call_begin(js, info, &call);
    return number_of(js, call.env->views);
}
