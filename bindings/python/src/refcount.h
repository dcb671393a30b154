/* refcount.h - references are counted by the interpreter, not by what 3.11's headers inline.
 *
 * From 3.12 on, None, small ints and static types are immortal, and shared by interpreters that run at
 * the same time. The inlined additions know nothing of that: two interpreters would tear the count of
 * such an object, until it is freed. These calls are what the headers of 3.12 make of the stable ABI. */
#ifndef LINA_REFCOUNT_H
#define LINA_REFCOUNT_H

#include <Python.h>

#undef Py_INCREF
#undef Py_DECREF
#undef Py_XDECREF
#undef Py_NewRef /* leaves the function of that name */
#define Py_INCREF(object) Py_IncRef((PyObject *)(object))
#define Py_DECREF(object) Py_DecRef((PyObject *)(object))
#define Py_XDECREF(object) Py_DecRef((PyObject *)(object))

#endif
