/* guard.h - what keeps threads apart that use the same object.
 *
 * With a GIL, the GIL does that, and these macros do nothing. A free-threaded CPython has none, so:
 *
 *   GUARD(object)    takes the object's critical section until the end of the block. Like a GIL, Python gives it up
 *                    while the thread blocks or lets others run, and takes it again afterwards. A thread does not
 *                    take the same one twice.
 *   EXCLUDE(mutex)   holds a mutex until the end of the block. It is for a few lines that neither call Python nor
 *                    wait. So no thread is stopped while it holds one, not even by a fork. */
#ifndef LINA_GUARD_H
#define LINA_GUARD_H

#include <pthread.h>
#include <Python.h>

#ifdef Py_GIL_DISABLED

#define GUARD(object)                                                                              \
    PyCriticalSection guard_ __attribute__((cleanup(PyCriticalSection_End)));                      \
    PyCriticalSection_Begin(&guard_, (PyObject *)(object))

static inline void guard_end_mutex(pthread_mutex_t **mutex) { pthread_mutex_unlock(*mutex); }
#define EXCLUDE(mutex)                                                                             \
    pthread_mutex_t *excluded_ __attribute__((cleanup(guard_end_mutex))) = (mutex);                \
    pthread_mutex_lock(excluded_)

#else

#define GUARD(object) (void)(object)
#define EXCLUDE(mutex) (void)(mutex)

#endif

#endif
