/* arenas.c - arenas by handle, and the process's default one.
 *
 * The struct of an arena belongs to an external value of JavaScript. Its finalizer closes the arena if it is still
 * open. */
#include "binding.h"

#include <stdlib.h>

lina_arena_t *arena_handle(const struct arena *arena) {
    if (arena == NULL || arena->is_closed)
        return NULL;
    return arena->is_default ? core.arena_default() : arena->handle;
}

void next_named(struct call *call, struct named *named) {
    named->arena = arena_handle(next_arena(call));
    named->name = next_text(call, named->text, sizeof named->text);
}

napi_value code_by_name(napi_env js, napi_callback_info info,
                        int (*function)(lina_arena_t *, const char *)) {
    struct call call;
    struct named named;
    call_begin(js, info, &call);
    next_named(&call, &named);
    return code_of(js, named.arena == NULL ? NO_ARENA : function(named.arena, named.name));
}

static void close_arena(struct arena *arena) {
    if (arena == NULL || arena->is_closed)
        return;
    arena->is_closed = true;
    if (arena->is_default)
        core.shutdown();
    else if (arena->handle != NULL)
        core.arena_close(arena->handle);
    arena->handle = NULL;
}

void arenas_end(struct env *env) {
    for (struct arena *arena = env->arenas; arena != NULL; arena = arena->next)
        close_arena(arena);
}

static void unlist(struct arena *arena) {
    struct arena **at = &arena->env->arenas;
    while (*at != arena)
        at = &(*at)->next;
    *at = arena->next;
}

static void finalize(napi_env js, void *data, void *hint) {
    struct arena *arena = data;
    (void)js, (void)hint;
    close_arena(arena);
    unlist(arena);
    env_leave(arena->env);
    free(arena);
}

/* Makes an external value for the handle. If that fails, closes the handle. */
static napi_value arena_value(const struct call *call, lina_arena_t *handle, bool is_default) {
    napi_env js = call->js;
    napi_value value;
    struct arena *arena = calloc(1, sizeof *arena);
    if (arena != NULL) {
        *arena = (struct arena){ARENA_MARK, call->env,  call->env->arenas,
                                handle,     is_default, is_default};
        if (napi_create_external(js, arena, finalize, NULL, &value) == napi_ok) {
            call->env->arenas = arena;
            call->env->users++;
            return value;
        }
    }
    free(arena);
    if (handle != NULL)
        core.arena_close(handle);
    return code_of(js, NO_RUNTIME);
}

/* defaultArena(): returns an arena that stands for the default one. It is closed until beginDefault. */
napi_value js_defaultArena(napi_env js, napi_callback_info info) {
    struct call call;
    call_begin(js, info, &call);
    return arena_value(&call, NULL, true);
}

/* beginDefault(arena): counts this environment as a user of the default arena. Returns the outcome of joining the arena
 * of LINA_ARENA. */
napi_value js_beginDefault(napi_env js, napi_callback_info info) {
    struct call call;
    call_begin(js, info, &call);
    struct arena *arena = next_arena(&call);
    if (arena == NULL)
        return code_of(js, NO_RUNTIME);
    core.clear_error();
    if (arena->is_closed)
        core.init();
    arena->is_closed = false;
    return code_of(js, core.last_error_code());
}

napi_value js_endDefault(napi_env js, napi_callback_info info) { return js_closeArena(js, info); }

napi_value js_closeArena(napi_env js, napi_callback_info info) {
    struct call call;
    call_begin(js, info, &call);
    close_arena(next_arena(&call));
    return NULL;
}

/* setDefault(arena): makes the arena's handle the default one of the process. */
napi_value js_setDefault(napi_env js, napi_callback_info info) {
    struct call call;
    call_begin(js, info, &call);
    struct arena *arena = next_arena(&call);
    if (arena == NULL)
        return code_of(js, NO_RUNTIME);
    int rc = core.arena_set_default(arena->handle);
    if (rc == LINA_OK) {
        arena->handle = NULL;
        arena->is_closed = true;
    }
    return code_of(js, rc);
}

/* createArena(where or null, bytes, flags, maxArrays, maxSignals, maxMembers, mode): returns an arena or a code. */
napi_value js_createArena(napi_env js, napi_callback_info info) {
    struct call call;
    char text[TEXT];
    lina_arena_t *handle;
    call_begin(js, info, &call);
    const char *where = next_text(&call, text, sizeof text);
    uint64_t bytes = (uint64_t)next_number(&call);
    lina_arena_options_t options = {0};
    options.flags = next_word(&call);
    options.max_arrays = next_word(&call);
    options.max_signals = next_word(&call);
    options.max_members = next_word(&call);
    options.mode = next_word(&call);
    int rc = core.arena_create(where, bytes, &options, &handle);
    return rc == LINA_OK ? arena_value(&call, handle, false) : code_of(js, rc);
}

/* attachArena(where, flags): returns an arena or a code. */
napi_value js_attachArena(napi_env js, napi_callback_info info) {
    struct call call;
    char text[TEXT];
    lina_arena_t *handle;
    call_begin(js, info, &call);
    const char *where = next_text(&call, text, sizeof text);
    int rc = core.arena_attach(where, next_word(&call), &handle);
    return rc == LINA_OK ? arena_value(&call, handle, false) : code_of(js, rc);
}

napi_value js_syncArena(napi_env js, napi_callback_info info) {
    struct call call;
    call_begin(js, info, &call);
    lina_arena_t *handle = arena_handle(next_arena(&call));
    return code_of(js, handle == NULL ? NO_ARENA : core.arena_sync(handle));
}

napi_value js_unlinkArena(napi_env js, napi_callback_info info) {
    struct call call;
    char text[TEXT];
    call_begin(js, info, &call);
    return code_of(js, core.arena_unlink(next_text(&call, text, sizeof text)));
}

/* ---- looking ------------------------------------------------------------------------------------------ */

static napi_value info_object(napi_env js, const lina_arena_info_t *info) {
    const struct {
        const char *name;
        double value;
    } numbers[] = {
        {"size", (double)info->size},
        {"usedBytes", (double)info->used_bytes},
        {"residentBytes", (double)info->resident_bytes},
        {"arrays", info->arrays},
        {"held", info->held},
        {"loans", info->loans},
        {"signals", info->signals},
        {"members", info->members},
        {"maxArrays", info->max_arrays},
        {"maxSignals", info->max_signals},
        {"maxMembers", info->max_members},
        {"member", info->member},
    };
    napi_value object;
    if (napi_create_object(js, &object) != napi_ok)
        return code_of(js, NO_RUNTIME);
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++)
        napi_set_named_property(js, object, numbers[i].name, number_of(js, numbers[i].value));
    napi_set_named_property(js, object, "readOnly", bool_of(js, info->read_only != 0));
    napi_set_named_property(js, object, "orphan", bool_of(js, info->orphan != 0));
    napi_set_named_property(js, object, "where", text_of(js, info->where));
    return object;
}

napi_value js_arenaInfo(napi_env js, napi_callback_info info) {
    struct call call;
    lina_arena_info_t out;
    call_begin(js, info, &call);
    lina_arena_t *handle = arena_handle(next_arena(&call));
    int rc = handle == NULL ? NO_ARENA : core.arena_info(handle, &out);
    return rc == LINA_OK ? info_object(js, &out) : code_of(js, rc);
}

napi_value js_inspectArena(napi_env js, napi_callback_info info) {
    struct call call;
    char text[TEXT];
    lina_arena_info_t out;
    call_begin(js, info, &call);
    int rc = core.arena_inspect(next_text(&call, text, sizeof text), &out);
    return rc == LINA_OK ? info_object(js, &out) : code_of(js, rc);
}

napi_value js_arenaFd(napi_env js, napi_callback_info info) {
    struct call call;
    int fd = 0;
    call_begin(js, info, &call);
    lina_arena_t *handle = arena_handle(next_arena(&call));
    int rc = handle == NULL ? NO_ARENA : core.arena_fd(handle, &fd);
    return code_of(js, rc == LINA_OK ? fd : rc);
}

napi_value js_checkArena(napi_env js, napi_callback_info info) {
    struct call call;
    call_begin(js, info, &call);
    lina_arena_t *handle = arena_handle(next_arena(&call));
    return code_of(js, handle == NULL ? NO_ARENA : core.check_arena(handle));
}
