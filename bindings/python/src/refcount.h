/* refcount.h - lets the interpreter count references, instead of the inline functions in 3.11's headers.
 *
 * From 3.12 on, None, small ints and static types are immortal. Interpreters that run at the same time share them.
 * The inline functions of 3.11 do not know that: two interpreters would corrupt the count of such an object, until
 * it is freed. With the stable ABI, the headers of 3.12 make the same calls as this file. */
#ifndef LINA_REFCOUNT_H
#define LINA_REFCOUNT_H

#include <Python.h>

#ifdef Py_LIMITED_API
#undef Py_INCREF
#undef Py_DECREF
#undef Py_XDECREF
#undef Py_NewRef /* leaves the function of that name */
#define Py_INCREF(object) Py_IncRef((PyObject *)(object))
#define Py_DECREF(object) Py_DecRef((PyObject *)(object))
#define Py_XDECREF(object) Py_DecRef((PyObject *)(object))
#endif

#endif
