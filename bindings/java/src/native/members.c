/* members.c - the members of an arena, and their names. */
#include "glue.h"

NATIVE(jlong, joinArena)(JNIEnv *env, jobject self, jlong arena) {
    lina_arena_t *own;
    (void)env, (void)self;
    int rc = core.arena_join(arena_of(arena), &own);
    return rc == LINA_OK ? (jlong)(intptr_t)own : rc;
}

NATIVE(jint, nameMember)(JNIEnv *env, jobject self, jlong arena, jbyteArray name) {
    char text[TEXT];
    (void)self;
    return core.member_set_name(arena_of(arena), text_of(env, name, text));
}

NATIVE(jint, listMembers)
(JNIEnv *env, jobject self, jlong arena, jbyteArray out, jintArray written) {
    struct list list;
    (void)self;
    if (!list_begin(env, &list, sizeof(lina_member_info_t), out))
        return LINA_ERR_NO_MEMORY;
    int rc = core.member_list(arena_of(arena), list.all, list.room, &list.count, &list.total);
    return list_end(env, &list, rc, out, written);
}

NATIVE(jint, waitForMember)
(JNIEnv *env, jobject self, jlong arena, jbyteArray name, jlong timeout) {
    char text[TEXT];
    (void)self;
    return core.member_wait(arena_of(arena), text_of(env, name, text), timeout);
}
