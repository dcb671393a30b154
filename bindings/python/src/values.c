/* values.c - converts assigned values to elements, in separate memory. So an error changes nothing, and a value that
 * is a view of the array itself is read before the array is written. */
#include "binding.h"

#include <stdlib.h>

/* ---- Python's numbers, and sequences of them ------------------------------------------------------- */

/* Returns 1 and the length of a sequence, 0 for a single value, -1 with an exception. A str and an array without
 * dimensions count as single values, although they have methods of sequences. */
static int length_of(const struct array *self, PyObject *value, Py_ssize_t *length) {
    if (PyUnicode_Check(value) || !PySequence_Check(value))
        return 0;
    *length = PySequence_Size(value);
    if (*length >= 0)
        return 1;
    if (PyErr_ExceptionMatches(PyExc_OverflowError))
        return refuse_value(PyExc_OverflowError, "array", self->hold->view.desc.name, value,
                            "is too long");
    if (!PyErr_ExceptionMatches(PyExc_TypeError))
        return -1;
    PyErr_Clear();
    return 0;
}

/* The item at `i`. Refuses a sequence that has fewer items than its length says. */
static PyObject *item_of(const struct array *self, PyObject *value, Py_ssize_t i) {
    PyObject *item = PySequence_GetItem(value, i);
    if (item == NULL && PyErr_ExceptionMatches(PyExc_IndexError))
        refuse_value(PyExc_ValueError, "array", self->hold->view.desc.name, value,
                     "has fewer items than its length says");
    return item;
}

/* Finds the shape of nested sequences by their first items. */
static int measure(const struct array *self, PyObject *value, struct window *w) {
    Py_ssize_t length;
    int is = length_of(self, value, &length);
    if (is <= 0)
        return is;
    if (w->ndim == LINA_MAX_DIMS)
        return refuse_value(PyExc_ValueError, "array", self->hold->view.desc.name, value,
                            "is nested more than 8 deep");
    w->shape[w->ndim++] = length;
    if (length == 0)
        return 0;
    PyObject *first = item_of(self, value, 0);
    int rc = first == NULL ? -1 : measure(self, first, w);
    Py_XDECREF(first);
    return rc;
}

static int gather_items(const struct array *self, const struct window *w, PyObject *value);

static int gather(const struct array *self, const struct window *w, PyObject *value) {
    Py_ssize_t length;
    if (w->ndim == 0)
        return self->kind->store(w->data, value, self->hold->view.desc.name);
    int is = length_of(self, value, &length);
    if (is < 0)
        return -1;
    if (is == 0 || length != w->shape[0])
        return refuse_value(PyExc_ValueError, "array", self->hold->view.desc.name, value,
                            "is of another length than what is beside it");
    return gather_items(self, w, value);
}

static int gather_items(const struct array *self, const struct window *w, PyObject *value) {
    int rc = 0;
    for (Py_ssize_t i = 0; rc == 0 && i < w->shape[0]; i++) {
        struct window at = window_at(w, i);
        PyObject *item = item_of(self, value, i);
        rc = item == NULL ? -1 : gather(self, &at, item);
        Py_XDECREF(item);
    }
    return rc;
}

int values_shape(const struct array *self, PyObject *value, struct window *out) {
    *out = (struct window){0};
    return measure(self, value, out);
}

bool values_of_object(const struct array *self, PyObject *value, struct window *out) {
    if (!window_allocate(out, self->itemsize))
        return false;
    if (gather(self, out, value) == 0)
        return true;
    free(out->data);
    return false;
}

/* ---- elements of another dtype --------------------------------------------------------------------- */

static int convert(const struct array *self, const struct window *to, const struct window *from,
                   const struct kind *kind) {
    if (to->ndim == 0) {
        PyObject *value = kind->load(from->data);
        int rc =
            value == NULL ? -1 : self->kind->store(to->data, value, self->hold->view.desc.name);
        Py_XDECREF(value);
        return rc;
    }
    for (Py_ssize_t i = 0; i < to->shape[0]; i++) {
        struct window to_at = window_at(to, i), from_at = window_at(from, i);
        if (convert(self, &to_at, &from_at, kind) != 0)
            return -1;
    }
    return 0;
}

bool values_of_window(const struct array *self, const struct window *from, const struct kind *kind,
                      struct window *out) {
    *out = *from;
    if (!window_allocate(out, self->itemsize))
        return false;
    if (convert(self, out, from, kind) == 0)
        return true;
    free(out->data);
    return false;
}
