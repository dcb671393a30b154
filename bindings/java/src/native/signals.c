/* signals.c - signals by name and by handle. A handle is the lina_signal_t as Java keeps it, in an array of
 * longs: it needs no closing, and lies nowhere else. */
#include "glue.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/eventfd.h>

static lina_signal_t signal_of(JNIEnv *env, jlongArray words) {
    lina_signal_t signal = {0};
    take_words(env, words, &signal, sizeof signal / sizeof(jlong));
    return signal;
}

NATIVE(jint, openSignal)(JNIEnv *env, jobject self, jlong arena, jbyteArray name, jlongArray out) {
    char text[TEXT];
    lina_signal_t signal;
    (void)self;
    int rc = core.signal_open(arena_of(arena), text_of(env, name, text), &signal);
    if (rc == LINA_OK)
        (*env)->SetLongArrayRegion(env, out, 0, sizeof signal / sizeof(jlong),
                                   (const jlong *)&signal);
    return rc;
}

NATIVE(jint, addToSignal)(JNIEnv *env, jobject self, jlong arena, jbyteArray name, jlong n) {
    char text[TEXT];
    (void)self;
    return core.arena_signal_add(arena_of(arena), text_of(env, name, text), (uint64_t)n);
}

NATIVE(jint, clearSignal)(JNIEnv *env, jobject self, jlong arena, jbyteArray name) {
    char text[TEXT];
    (void)self;
    return core.arena_clear(arena_of(arena), text_of(env, name, text));
}

NATIVE(jlong, signalValue)(JNIEnv *env, jobject self, jlong arena, jbyteArray name) {
    char text[TEXT];
    uint64_t value;
    (void)self;
    int rc = core.arena_signal_value(arena_of(arena), text_of(env, name, text), &value);
    return rc == LINA_OK ? (jlong)value : rc;
}

NATIVE(jint, isSignalSet)(JNIEnv *env, jobject self, jlong arena, jbyteArray name) {
    char text[TEXT];
    (void)self;
    return core.arena_try_wait(arena_of(arena), text_of(env, name, text));
}

NATIVE(jint, removeSignal)(JNIEnv *env, jobject self, jlong arena, jbyteArray name) {
    char text[TEXT];
    (void)self;
    return core.arena_signal_remove(arena_of(arena), text_of(env, name, text));
}

NATIVE(jint, raiseSignal)(JNIEnv *env, jobject self, jlongArray words, jlong n) {
    (void)self;
    lina_signal_t signal = signal_of(env, words);
    return core.signal_raise_by(&signal, (uint64_t)n);
}

/* With a negative target, waits until the signal is set. */
NATIVE(jint, waitForSignal)
(JNIEnv *env, jobject self, jlongArray words, jlong target, jlong timeout) {
    (void)self;
    lina_signal_t signal = signal_of(env, words);
    if (target < 0)
        return core.signal_wait(&signal, timeout);
    return core.signal_wait_value(&signal, (uint64_t)target, timeout);
}

/* Returns the index of the signal that was reached, or a code. The member may be null. */
NATIVE(jint, waitForAny)
(JNIEnv *env, jobject self, jlong arena, jobjectArray names, jlongArray targets, jbyteArray member,
 jlong timeout) {
    char text[LINA_WAIT_MOST][LINA_MAX_NAME + 1], member_text[TEXT];
    lina_wait_t waits[LINA_WAIT_MOST] = {0};
    jlong wanted[LINA_WAIT_MOST];
    uint32_t which;
    (void)self;
    const char *on = text_of(env, member, member_text);
    uint32_t n = take_words(env, targets, wanted, LINA_WAIT_MOST);
    for (uint32_t i = 0; i < n && i < LINA_WAIT_MOST; i++) {
        jbyteArray name = (*env)->GetObjectArrayElement(env, names, (jsize)i);
        jsize size = (*env)->GetArrayLength(env, name);
        size = size < LINA_MAX_NAME ? size : LINA_MAX_NAME; /* one byte too long stays too long */
        (*env)->GetByteArrayRegion(env, name, 0, size, (jbyte *)text[i]);
        (*env)->DeleteLocalRef(env, name);
        text[i][size] = '\0';
        waits[i].name = text[i];
        waits[i].member = on;
        waits[i].target = wanted[i] < 0 ? LINA_WAIT_SET : (uint64_t)wanted[i];
    }
    int rc = core.wait_any(arena_of(arena), waits, n, timeout, &which);
    return rc == LINA_OK ? (jint)which : rc;
}

/* Returns how many signals there are. Writes as many as fit to `out`, and their number to written[0]. */
NATIVE(jint, listSignals)
(JNIEnv *env, jobject self, jlong arena, jbyteArray out, jintArray written) {
    struct list list;
    (void)self;
    if (!list_begin(env, &list, sizeof(lina_signal_info_t), out))
        return LINA_ERR_NO_MEMORY;
    int rc = core.signal_list(arena_of(arena), list.all, list.room, &list.count, &list.total);
    return list_end(env, &list, rc, out, written);
}

/* ---- the bell of the notifier thread ----------------------------------------------------------------------- */

NATIVE(jint, makeBell)(JNIEnv *env, jobject self) {
    (void)env, (void)self;
    int fd = eventfd(0, EFD_CLOEXEC);
    return fd >= 0 ? fd : LINA_ERR_SYSTEM;
}

/* Sleeps until the bell rings, and resets it. False if there is no bell any more. */
NATIVE(jboolean, hearBell)(JNIEnv *env, jobject self, jint fd) {
    (void)env, (void)self;
    eventfd_t count;
    return eventfd_read(fd, &count) == 0 || errno == EINTR;
}

enum { SIGNAL, HEAD, ROOM }; /* as StreamCore has them */

NATIVE(jint, notifyBell)
(JNIEnv *env, jobject self, jint kind, jlong arena, jbyteArray name, jlong target, jint fd,
 jlongArray id) {
    char text[TEXT];
    lina_notify_id_t out = 0;
    int rc;
    (void)self;
    const char *named = text_of(env, name, text);
    if (kind == SIGNAL)
        rc = core.notify_fd(arena_of(arena), named, (uint64_t)target, fd, &out);
    else if (kind == HEAD)
        rc = core.notify_stream_fd(arena_of(arena), named, (uint64_t)target, fd, &out);
    else
        rc = core.notify_room_fd(arena_of(arena), named, fd, &out);
    if (rc == LINA_OK)
        (*env)->SetLongArrayRegion(env, id, 0, 1, (const jlong *)&out);
    return rc;
}

NATIVE(jint, cancelNotice)(JNIEnv *env, jobject self, jlong id) {
    (void)env, (void)self;
    return core.notify_cancel((lina_notify_id_t)id);
}
