/* streams.c - streams and their readers, which live on C's heap because a reader knows its own address. */
#include "glue.h"

#include <stdlib.h>

static lina_reader_t *reader_of(jlong reader) { return (lina_reader_t *)(intptr_t)reader; }

NATIVE(jint, openStream)(JNIEnv *env, jobject self, jlong arena, jbyteArray name, jint depth) {
    char text[TEXT];
    (void)self;
    return core.stream_open(arena_of(arena), text_of(env, name, text), (uint32_t)depth);
}

NATIVE(jint, produce)(JNIEnv *env, jobject self, jlong arena, jbyteArray name) {
    char text[TEXT];
    (void)self;
    return core.stream_produce(arena_of(arena), text_of(env, name, text));
}

NATIVE(jint, endStream)(JNIEnv *env, jobject self, jlong arena, jbyteArray name) {
    char text[TEXT];
    (void)self;
    return core.stream_end(arena_of(arena), text_of(env, name, text));
}

NATIVE(jint, streamInfo)(JNIEnv *env, jobject self, jlong arena, jbyteArray name, jbyteArray out) {
    char text[TEXT];
    lina_stream_info_t info;
    (void)self;
    int rc = core.stream_info(arena_of(arena), text_of(env, name, text), &info);
    if (rc == LINA_OK)
        give_bytes(env, out, &info, sizeof info);
    return rc;
}

NATIVE(jint, listStreams)
(JNIEnv *env, jobject self, jlong arena, jbyteArray out, jintArray written) {
    struct list list;
    (void)self;
    if (!list_begin(env, &list, sizeof(lina_stream_info_t), out))
        return LINA_ERR_NO_MEMORY;
    int rc = core.stream_list(arena_of(arena), list.all, list.room, &list.count, &list.total);
    return list_end(env, &list, rc, out, written);
}

NATIVE(jint, waitForStream)
(JNIEnv *env, jobject self, jlong arena, jbyteArray name, jlong target, jlong timeout) {
    char text[TEXT];
    uint32_t which;
    (void)self;
    lina_wait_t wait = {
        .name = text_of(env, name, text), .target = (uint64_t)target, .flags = LINA_WAIT_STREAM};
    return core.wait_any(arena_of(arena), &wait, 1, timeout, &which);
}

/* The struct stays until releaseView. */
NATIVE(jint, publishWithin)(JNIEnv *env, jobject self, jlong view, jlong timeout) {
    (void)env, (void)self;
    return core.publish_within(view_of(view), timeout);
}

/* ---- readers ---------------------------------------------------------------------------------------------- */

NATIVE(jlong, openReader)
(JNIEnv *env, jobject self, jlong arena, jbyteArray name, jint start, jlong at, jint flags,
 jint max_held) {
    char text[TEXT];
    (void)self;
    lina_reader_options_t options = {.start = (uint32_t)start,
                                     .flags = (uint32_t)flags,
                                     .at = (uint64_t)at,
                                     .max_held = (uint32_t)max_held};
    lina_reader_t *reader = malloc(sizeof *reader);
    if (reader == NULL)
        return LINA_ERR_NO_MEMORY;
    int rc = core.reader_open(arena_of(arena), text_of(env, name, text), &options, reader);
    if (rc == LINA_OK)
        return (jlong)(intptr_t)reader;
    free(reader);
    return rc;
}

NATIVE(jlong, nextView)(JNIEnv *env, jobject self, jlong reader, jlong timeout, jbyteArray out) {
    (void)self;
    lina_view_t *view = malloc(sizeof *view);
    if (view == NULL)
        return LINA_ERR_NO_MEMORY;
    return give_view(env, view, core.reader_next(reader_of(reader), timeout, view), out);
}

NATIVE(jlong, readerLost)(JNIEnv *env, jobject self, jlong reader) {
    (void)env, (void)self;
    return (jlong)core.reader_lost(reader_of(reader));
}

NATIVE(jlong, readerSequence)(JNIEnv *env, jobject self, jlong reader) {
    (void)env, (void)self;
    return (jlong)core.reader_sequence(reader_of(reader));
}

/* The struct stays until freeReader. */
NATIVE(void, closeReader)(JNIEnv *env, jobject self, jlong reader) {
    (void)env, (void)self;
    core.reader_close(reader_of(reader));
}

NATIVE(void, freeReader)(JNIEnv *env, jobject self, jlong reader) {
    (void)env, (void)self;
    free(reader_of(reader));
}
