/* glue.h - what the native methods of dev.lina.JniCore share. Each is one call of liblina_core: checks,
 * classes and exceptions are Java's. A method returns what the call returned, or a negative LINA_ERR_*.
 *
 * Text comes as UTF-8 with its zero, structs go to Java as their bytes, in byte arrays that Java has made
 * large enough. An arena of 0 is the default one. */
#ifndef LINA_JAVA_GLUE_H
#define LINA_JAVA_GLUE_H

#include <jni.h>

#include "core.h"

#define NATIVE(type, name) JNIEXPORT type JNICALL Java_dev_lina_JniCore_##name

#define TEXT 4096

static inline lina_arena_t *arena_of(jlong handle) { return (lina_arena_t *)(intptr_t)handle; }
static inline lina_view_t *view_of(jlong view) { return (lina_view_t *)(intptr_t)view; }

/* The text of a byte array, cut to what `out` holds; NULL for null. */
const char *text_of(JNIEnv *env, jbyteArray text, char out[TEXT]);
/* Copies a struct into a byte array. */
void give_bytes(JNIEnv *env, jbyteArray out, const void *bytes, size_t size);
/* Copies at most `most` words, and returns how many there are. */
uint32_t take_words(JNIEnv *env, jlongArray words, void *out, uint32_t most);

/* Before Java closes an arena, or with NULL ends its use of the default one. False if the end of the process
 * has done so already. */
int leaving_forget(lina_arena_t *arena);

/* The address of a view that was filled in, and its bytes for Java; or the code, and nothing is left. */
jlong give_view(JNIEnv *env, lina_view_t *view, int rc, jbyteArray out);

/* A list of the arena's. list_begin makes room for as many structs of `size` as `out` has; false if there is
 * no memory. list_end copies them to `out`, and their number to written[0]. It returns how many there are, or
 * `rc`. */
struct list {
    size_t size, room, count, total;
    void *all; /* NULL if there is room for none */
};
int list_begin(JNIEnv *env, struct list *list, size_t size, jbyteArray out);
jint list_end(JNIEnv *env, struct list *list, int rc, jbyteArray out, jintArray written);

#endif
