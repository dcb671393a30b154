/* arenas.c - the default arena, and arenas by handle. */
#include "glue.h"

NATIVE(jint, init)(JNIEnv *env, jobject self) {
    (void)env, (void)self;
    core.clear_error();
    core.init();
    return core.last_error_code();
}

NATIVE(jint, shutdown)(JNIEnv *env, jobject self) {
    (void)env, (void)self;
    core.clear_error();
    if (leaving_forget(NULL))
        core.shutdown();
    return core.last_error_code();
}

NATIVE(jlong, defaultArena)(JNIEnv *env, jobject self) {
    (void)env, (void)self;
    return (jlong)(intptr_t)core.arena_default();
}

/* options: flags, max_arrays, max_signals, max_members, mode */
NATIVE(jlong, createArena)
(JNIEnv *env, jobject self, jbyteArray where, jlong bytes, jintArray options) {
    char text[TEXT];
    jint given[5] = {0};
    lina_arena_t *arena;
    (void)self;
    (*env)->GetIntArrayRegion(env, options, 0, 5, given);
    lina_arena_options_t all = {.flags = (uint32_t)given[0],
                                .max_arrays = (uint32_t)given[1],
                                .max_signals = (uint32_t)given[2],
                                .max_members = (uint32_t)given[3],
                                .mode = (uint32_t)given[4]};
    int rc = core.arena_create(text_of(env, where, text), (uint64_t)bytes, &all, &arena);
    return rc == LINA_OK ? (jlong)(intptr_t)arena : rc;
}

NATIVE(jlong, attachArena)(JNIEnv *env, jobject self, jbyteArray where, jint flags) {
    char text[TEXT];
    lina_arena_t *arena;
    (void)self;
    int rc = core.arena_attach(text_of(env, where, text), (uint32_t)flags, &arena);
    return rc == LINA_OK ? (jlong)(intptr_t)arena : rc;
}

NATIVE(jint, closeArena)(JNIEnv *env, jobject self, jlong arena) {
    (void)env, (void)self;
    return leaving_forget(arena_of(arena)) ? core.arena_close(arena_of(arena)) : LINA_OK;
}

NATIVE(jint, setDefault)(JNIEnv *env, jobject self, jlong arena) {
    (void)env, (void)self;
    return core.arena_set_default(arena_of(arena));
}

NATIVE(jint, arenaFd)(JNIEnv *env, jobject self, jlong arena) {
    int fd;
    (void)env, (void)self;
    int rc = core.arena_fd(arena_of(arena), &fd);
    return rc == LINA_OK ? fd : rc;
}

NATIVE(jint, arenaInfo)(JNIEnv *env, jobject self, jlong arena, jbyteArray out) {
    lina_arena_info_t info;
    (void)self;
    int rc = core.arena_info(arena_of(arena), &info);
    if (rc == LINA_OK)
        give_bytes(env, out, &info, sizeof info);
    return rc;
}

NATIVE(jint, inspectArena)(JNIEnv *env, jobject self, jbyteArray where, jbyteArray out) {
    char text[TEXT];
    lina_arena_info_t info;
    (void)self;
    int rc = core.arena_inspect(text_of(env, where, text), &info);
    if (rc == LINA_OK)
        give_bytes(env, out, &info, sizeof info);
    return rc;
}

NATIVE(jint, unlinkArena)(JNIEnv *env, jobject self, jbyteArray where) {
    char text[TEXT];
    (void)self;
    return core.arena_unlink(text_of(env, where, text));
}

NATIVE(jint, syncArena)(JNIEnv *env, jobject self, jlong arena) {
    (void)env, (void)self;
    return core.arena_sync(arena_of(arena));
}

NATIVE(jint, checkArena)(JNIEnv *env, jobject self, jlong arena) {
    (void)env, (void)self;
    return core.check_arena(arena_of(arena));
}
