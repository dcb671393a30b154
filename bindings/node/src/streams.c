/* streams.c - streams, their readers and producers, and members. */
#include "binding.h"

#include <stdlib.h>

/* openStream(arena, name, depth): returns a code. */
napi_value js_openStream(napi_env js, napi_callback_info info) {
    struct call call;
    struct named named;
    call_begin(js, info, &call);
    next_named(&call, &named);
    return code_of(js, named.arena == NULL
                           ? NO_ARENA
                           : core.stream_open(named.arena, named.name, next_word(&call)));
}

static void set_number(napi_env js, napi_value object, const char *name, double value) {
    napi_set_named_property(js, object, name, number_of(js, value));
}

/* streamInfo(arena, name): returns an object or a code. */
napi_value js_streamInfo(napi_env js, napi_callback_info info) {
    static const char *const states[] = {"new", "produced", "ended", "died"};
    struct call call;
    struct named named;
    lina_stream_info_t found;
    napi_value object;
    call_begin(js, info, &call);
    next_named(&call, &named);
    int rc = named.arena == NULL ? NO_ARENA : core.stream_info(named.arena, named.name, &found);
    if (rc != LINA_OK || napi_create_object(js, &object) != napi_ok)
        return code_of(js, rc != LINA_OK ? rc : NO_RUNTIME);
    napi_set_named_property(js, object, "name", text_of(js, found.name));
    set_number(js, object, "depth", found.depth);
    set_number(js, object, "kept", found.kept);
    set_number(js, object, "sequence", (double)found.sequence);
    set_number(js, object, "readers", found.readers);
    set_number(js, object, "producers", found.producers);
    set_number(js, object, "unread", (double)found.unread);
    napi_set_named_property(js, object, "state", text_of(js, states[found.state % 4]));
    return object;
}

napi_value js_produce(napi_env js, napi_callback_info info) {
    return code_by_name(js, info, core.stream_produce);
}

napi_value js_endStream(napi_env js, napi_callback_info info) {
    return code_by_name(js, info, core.stream_end);
}

/* ---- readers -------------------------------------------------------------------------------------------- */

static void finalize(napi_env js, void *data, void *hint) {
    struct reader *reader = data;
    (void)js, (void)hint;
    core.reader_close(&reader->reader);
    free(reader);
}

/* openReader(arena, name, start, flags, maxHeld), with the sequence in the exchange: returns a reader or a code. */
napi_value js_openReader(napi_env js, napi_callback_info info) {
    struct call call;
    struct named named;
    napi_value value;
    call_begin(js, info, &call);
    next_named(&call, &named);
    lina_reader_options_t options = {.start = next_word(&call)};
    options.flags = next_word(&call);
    options.max_held = next_word(&call);
    if (options.start == LINA_START_AT)
        options.at = call.env->exchange->number;
    struct reader *reader = named.arena == NULL ? NULL : calloc(1, sizeof *reader);
    if (reader == NULL)
        return code_of(js, named.arena == NULL ? NO_ARENA : NO_RUNTIME);
    reader->mark = READER_MARK;
    int rc = core.reader_open(named.arena, named.name, &options, &reader->reader);
    if (rc == LINA_OK) {
        if (napi_create_external(js, reader, finalize, NULL, &value) == napi_ok)
            return value;
        core.reader_close(&reader->reader);
        rc = NO_RUNTIME;
    }
    free(reader);
    return code_of(js, rc);
}

/* nextOf(reader, nanoseconds): returns what acquire returns. */
napi_value js_nextOf(napi_env js, napi_callback_info info) {
    struct call call;
    call_begin(js, info, &call);
    lina_reader_t *reader = next_reader(&call);
    int64_t timeout = (int64_t)next_number(&call);
    struct region *region = reader == NULL ? NULL : region_prepare(call.env);
    if (region == NULL)
        return code_of(js, NO_RUNTIME);
    int rc = core.reader_next(reader, timeout, region_view(region));
    if (rc == LINA_OK)
        return region_show(call.env, region);
    region_abandon(call.env, region);
    return code_of(js, rc);
}

/* readerState(reader, isLost): returns how many generations it lost, or the sequence that it took last. */
napi_value js_readerState(napi_env js, napi_callback_info info) {
    struct call call;
    call_begin(js, info, &call);
    const lina_reader_t *reader = next_reader(&call);
    if (reader == NULL)
        return code_of(js, NO_RUNTIME);
    return number_of(
        js, (double)(next_bool(&call) ? core.reader_lost(reader) : core.reader_sequence(reader)));
}

napi_value js_closeReader(napi_env js, napi_callback_info info) {
    struct call call;
    call_begin(js, info, &call);
    lina_reader_t *reader = next_reader(&call);
    if (reader != NULL)
        core.reader_close(reader);
    return NULL;
}

/* collect(): lets V8 release views that are garbage in the next turn of the event loop. */
napi_value js_collect(napi_env js, napi_callback_info info) {
    struct call call;
    call_begin(js, info, &call);
    env_collect(call.env);
    return NULL;
}

/* ---- members -------------------------------------------------------------------------------------------- */

/* setMemberName(arena, name or null): returns a code. */
napi_value js_setMemberName(napi_env js, napi_callback_info info) {
    return code_by_name(js, info, core.member_set_name);
}

static napi_value object_of(napi_env js, const lina_member_info_t *member) {
    napi_value object, incarnation;
    if (napi_create_object(js, &object) != napi_ok ||
        napi_create_bigint_uint64(js, member->incarnation, &incarnation) != napi_ok)
        return code_of(js, NO_RUNTIME);
    napi_set_named_property(js, object, "name", text_of(js, member->name));
    set_number(js, object, "member", member->member);
    set_number(js, object, "pid", member->pid);
    napi_set_named_property(js, object, "incarnation", incarnation);
    set_number(js, object, "since", (double)member->since / 1e9);
    napi_set_named_property(js, object, "self", bool_of(js, member->self != 0));
    return object;
}

/* members(arena): returns a list or a code. */
napi_value js_members(napi_env js, napi_callback_info info) {
    struct call call;
    size_t count = 0, total = 0, room;
    lina_member_info_t *all = NULL;
    napi_value list;
    call_begin(js, info, &call);
    lina_arena_t *arena = arena_handle(next_arena(&call));
    int rc = arena == NULL ? NO_ARENA : LINA_OK;
    do { /* again, if members have joined meanwhile */
        free(all);
        room = total + 16;
        all = malloc(room * sizeof *all);
        if (rc == LINA_OK)
            rc = all == NULL ? NO_RUNTIME : core.member_list(arena, all, room, &count, &total);
    } while (rc == LINA_OK && total > room);
    if (rc == LINA_OK && napi_create_array(js, &list) != napi_ok)
        rc = NO_RUNTIME;
    for (uint32_t i = 0; rc == LINA_OK && i < count; i++)
        napi_set_element(js, list, i, object_of(js, &all[i]));
    free(all);
    return rc == LINA_OK ? list : code_of(js, rc);
}
