/* values.c - converts values between Java and C, and finds liblina_core. */
#include "glue.h"

#include <stdlib.h>
#include <string.h>

const char *text_of(JNIEnv *env, jbyteArray text, char out[TEXT]) {
    if (text == NULL)
        return NULL;
    jsize size = (*env)->GetArrayLength(env, text);
    if (size > TEXT - 1)
        size = TEXT - 1;
    (*env)->GetByteArrayRegion(env, text, 0, size, (jbyte *)out);
    out[size] = '\0';
    return out;
}

void give_bytes(JNIEnv *env, jbyteArray out, const void *bytes, size_t size) {
    (*env)->SetByteArrayRegion(env, out, 0, (jsize)size, bytes);
}

uint32_t take_words(JNIEnv *env, jlongArray words, void *out, uint32_t most) {
    jsize count = (*env)->GetArrayLength(env, words);
    jsize taken = count < (jsize)most ? count : (jsize)most;
    (*env)->GetLongArrayRegion(env, words, 0, taken, out);
    return (uint32_t)count;
}

jlong give_view(JNIEnv *env, lina_view_t *view, int rc, jbyteArray out) {
    if (rc != LINA_OK) {
        free(view);
        return rc;
    }
    give_bytes(env, out, view, sizeof *view);
    return (jlong)(intptr_t)view;
}

int list_begin(JNIEnv *env, struct list *list, size_t size, jbyteArray out) {
    *list = (struct list){.size = size};
    list->room = (size_t)(*env)->GetArrayLength(env, out) / size;
    list->all = list->room == 0 ? NULL : malloc(list->room * size);
    return list->room == 0 || list->all != NULL;
}

jint list_end(JNIEnv *env, struct list *list, int rc, jbyteArray out, jintArray written) {
    jint number = list->room == 0 ? 0 : (jint)list->count;
    if (rc == LINA_OK && number > 0)
        give_bytes(env, out, list->all, (size_t)number * list->size);
    if (rc == LINA_OK)
        (*env)->SetIntArrayRegion(env, written, 0, 1, &number);
    free(list->all);
    return rc == LINA_OK ? (jint)list->total : rc;
}

/* Text that need not be ASCII goes as bytes: NewStringUTF reads another UTF-8. */
static jbyteArray bytes_of(JNIEnv *env, const char *text) {
    jsize size = (jsize)strlen(text);
    jbyteArray bytes = (*env)->NewByteArray(env, size);
    if (bytes != NULL)
        (*env)->SetByteArrayRegion(env, bytes, 0, size, (const jbyte *)text);
    return bytes;
}

NATIVE(jboolean, isGiven)(JNIEnv *env, jclass class) {
    (void)env, (void)class;
    return core_is_given() != 0;
}

/* load(own): returns null, or the reason why the core cannot be loaded. */
NATIVE(jbyteArray, load)(JNIEnv *env, jclass class, jbyteArray own) {
    char text[TEXT], why[CORE_MESSAGE];
    (void)class;
    return core_load(text_of(env, own, text), why) ? NULL : bytes_of(env, why);
}

NATIVE(jbyteArray, pathBytes)(JNIEnv *env, jclass class) {
    (void)class;
    return bytes_of(env, core_path());
}

NATIVE(jbyteArray, versionBytes)(JNIEnv *env, jclass class) {
    (void)class;
    return bytes_of(env, core.version());
}

NATIVE(jbyteArray, errorBytes)(JNIEnv *env, jclass class) {
    (void)class;
    return bytes_of(env, core.last_error());
}
