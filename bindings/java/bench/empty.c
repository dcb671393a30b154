/* empty.c - a native method that returns a number: the limit of what a call over JNI can cost. */
#include <jni.h>

JNIEXPORT jint JNICALL Java_dev_lina_bench_EmptyJniCall_number(JNIEnv *env, jclass self);

jint Java_dev_lina_bench_EmptyJniCall_number(JNIEnv *env, jclass self) {
    (void)env, (void)self;
    return 1;
}
