/* arrays.c - arrays by name, and views, which live on C's heap because a view knows its own address. */
#include "glue.h"

#include <stdlib.h>

enum { CREATE, ENSURE, REPUBLISH }; /* as JniCore has them */

NATIVE(jint, makeArray)
(JNIEnv *env, jobject self, jint how, jlong arena, jbyteArray name, jint dtype, jlongArray shape,
 jint layout) {
    char text[TEXT];
    uint64_t extents[LINA_MAX_DIMS] = {0};
    (void)self;
    const char *named = text_of(env, name, text);
    uint32_t ndim = take_words(env, shape, extents, LINA_MAX_DIMS);
    lina_arena_t *in = arena_of(arena);
    switch (how) {
    case CREATE:
        return core.arena_create_array(in, named, (uint32_t)dtype, ndim, extents, (uint32_t)layout,
                                       NULL);
    case ENSURE:
        return core.ensure_array(in, named, (uint32_t)dtype, ndim, extents, (uint32_t)layout, NULL);
    default:
        return core.republish(in, named, (uint32_t)dtype, ndim, extents, (uint32_t)layout, NULL);
    }
}

NATIVE(jint, removeArray)(JNIEnv *env, jobject self, jlong arena, jbyteArray name) {
    char text[TEXT];
    (void)self;
    return core.remove(arena_of(arena), text_of(env, name, text));
}

NATIVE(jint, reclaimArray)(JNIEnv *env, jobject self, jlong arena, jbyteArray name) {
    char text[TEXT];
    (void)self;
    return core.arena_reclaim(arena_of(arena), text_of(env, name, text));
}

/* A dtype of 0 is the base's. */
NATIVE(jint, aliasArray)
(JNIEnv *env, jobject self, jlong arena, jbyteArray name, jbyteArray base, jlong offset, jint dtype,
 jlongArray shape, jlongArray strides) {
    char text[TEXT], base_text[TEXT];
    uint64_t extents[LINA_MAX_DIMS] = {0};
    int64_t steps[LINA_MAX_DIMS] = {0}, *given = NULL;
    (void)self;
    const char *named = text_of(env, name, text), *of = text_of(env, base, base_text);
    uint32_t ndim = take_words(env, shape, extents, LINA_MAX_DIMS);
    if (strides != NULL) {
        take_words(env, strides, steps, LINA_MAX_DIMS);
        given = steps;
    }
    if (dtype == 0)
        return core.alias(arena_of(arena), named, of, (uint64_t)offset, ndim, extents, given);
    return core.alias_as(arena_of(arena), named, of, (uint64_t)offset, (uint32_t)dtype, ndim,
                         extents, given);
}

/* Returns how many arrays there are. Writes as many descriptors as fit to `out`, and their number to written[0]. */
NATIVE(jint, listArrays)
(JNIEnv *env, jobject self, jlong arena, jbyteArray out, jintArray written) {
    struct list list;
    (void)self;
    if (!list_begin(env, &list, sizeof(lina_desc_t), out))
        return LINA_ERR_NO_MEMORY;
    int rc = core.arena_list(arena_of(arena), list.all, list.room, &list.count, &list.total);
    return list_end(env, &list, rc, out, written);
}

/* ---- views ------------------------------------------------------------------------------------------------ */

NATIVE(jlong, acquire)(JNIEnv *env, jobject self, jlong arena, jbyteArray name, jbyteArray out) {
    char text[TEXT];
    (void)self;
    lina_view_t *view = malloc(sizeof *view);
    if (view == NULL)
        return LINA_ERR_NO_MEMORY;
    return give_view(env, view, core.acquire(arena_of(arena), text_of(env, name, text), view), out);
}

NATIVE(jlong, loan)
(JNIEnv *env, jobject self, jlong arena, jbyteArray name, jint dtype, jlongArray shape, jint layout,
 jbyteArray out) {
    char text[TEXT];
    uint64_t extents[LINA_MAX_DIMS] = {0};
    (void)self;
    uint32_t ndim = take_words(env, shape, extents, LINA_MAX_DIMS);
    lina_view_t *view = malloc(sizeof *view);
    if (view == NULL)
        return LINA_ERR_NO_MEMORY;
    int rc = core.loan(arena_of(arena), text_of(env, name, text), (uint32_t)dtype, ndim, extents,
                       (uint32_t)layout, view);
    return give_view(env, view, rc, out);
}

NATIVE(jlong, retain)(JNIEnv *env, jobject self, jlong view, jbyteArray out) {
    (void)self;
    lina_view_t *second = malloc(sizeof *second);
    if (second == NULL)
        return LINA_ERR_NO_MEMORY;
    return give_view(env, second, core.retain(view_of(view), second), out);
}

/* Ends a view. If it is a loan, discards it. */
NATIVE(void, releaseView)(JNIEnv *env, jobject self, jlong view) {
    (void)env, (void)self;
    core.release(view_of(view));
    free(view_of(view));
}

NATIVE(jboolean, isCurrent)(JNIEnv *env, jobject self, jlong view) {
    (void)env, (void)self;
    return core.view_is_current(view_of(view)) == 1;
}

NATIVE(jobject, buffer)(JNIEnv *env, jobject self, jlong address, jlong size) {
    (void)self;
    return (*env)->NewDirectByteBuffer(env, (void *)(intptr_t)address, size);
}
