/* assign.c - x[key] = value: one element, one number everywhere, or as many as there are places. */
#include "binding.h"

#include <stdlib.h>
#include <string.h>

/* ---- from memory of the same kind -------------------------------------------------------------------- */

static void copy(const struct window *to, const struct window *from, Py_ssize_t itemsize) {
    if (to->ndim == 0) {
        memcpy(to->data, from->data, (size_t)itemsize);
        return;
    }
    if (to->ndim == 1 && to->strides[0] == itemsize && from->strides[0] == itemsize) {
        memcpy(to->data, from->data, (size_t)(to->shape[0] * itemsize));
        return;
    }
    for (Py_ssize_t i = 0; i < to->shape[0]; i++) {
        struct window to_at = window_at(to, i), from_at = window_at(from, i);
        copy(&to_at, &from_at, itemsize);
    }
}

static int copy_through(const struct window *to, const struct window *from, Py_ssize_t itemsize) {
    struct window between = *to;
    between.data = malloc((size_t)(window_size(to) * itemsize));
    if (between.data == NULL) {
        PyErr_NoMemory();
        return -1;
    }
    for (Py_ssize_t d = (Py_ssize_t)to->ndim - 1, stride = itemsize; d >= 0; d--) {
        between.strides[d] = stride;
        stride *= to->shape[d];
    }
    copy(&between, from, itemsize);
    copy(to, &between, itemsize);
    free(between.data);
    return 0;
}

static int copy_any(const struct window *to, const struct window *from, Py_ssize_t itemsize) {
    if (window_size(to) == 0)
        return 0;
    if (window_overlaps(to, from, itemsize))
        return copy_through(to, from, itemsize);
    copy(to, from, itemsize);
    return 0;
}

static bool same_shape(const struct window *a, const struct window *b) {
    return a->ndim == b->ndim && memcmp(a->shape, b->shape, a->ndim * sizeof *a->shape) == 0;
}

/* Whether a buffer's format is the kind's: 'l' and 'q' are the same bytes. */
static bool same_format(const struct kind *kind, const char *format, Py_ssize_t itemsize) {
    if (kind->format == NULL)
        return false;
    if (format == NULL)
        format = "B";
    if (*format == '@' || *format == '=' || *format == '<')
        format++;
    if (strcmp(format, kind->format) == 0)
        return true;
    return itemsize == 8 && (strcmp(format, "q") == 0 || strcmp(format, "l") == 0
                                 ? kind->dtype == LINA_DTYPE_I64
                                 : (strcmp(format, "Q") == 0 || strcmp(format, "L") == 0) &&
                                       kind->dtype == LINA_DTYPE_U64);
}

static bool window_of_buffer(const struct kind *kind, const Py_buffer *buffer, struct window *out) {
    if (buffer->ndim > LINA_MAX_DIMS || buffer->suboffsets != NULL ||
        !same_format(kind, buffer->format, buffer->itemsize))
        return false;
    out->data = buffer->buf;
    out->ndim = (uint32_t)buffer->ndim;
    for (int d = 0; d < buffer->ndim; d++) {
        out->shape[d] = buffer->shape[d];
        out->strides[d] = buffer->strides[d];
    }
    return true;
}

/* 1 copied, 0 not of the same kind and shape, -1 with an exception. */
static int from_array(const struct array *self, const struct window *to,
                      const struct array *other) {
    if (!array_has_elements(other))
        return -1;
    if (other->kind != self->kind || !same_shape(to, &other->window))
        return 0;
    return copy_any(to, &other->window, self->itemsize) == 0 ? 1 : -1;
}

static int from_buffer(const struct array *self, const struct window *to, PyObject *value) {
    Py_buffer buffer;
    struct window from;
    if (PyObject_GetBuffer(value, &buffer, PyBUF_FULL_RO) != 0) {
        PyErr_Clear();
        return 0;
    }
    int result = 0;
    if (window_of_buffer(self->kind, &buffer, &from) && same_shape(to, &from))
        result = copy_any(to, &from, self->itemsize) == 0 ? 1 : -1;
    PyBuffer_Release(&buffer);
    return result;
}

/* ---- from Python's numbers and sequences -------------------------------------------------------------- */

static int fill(const struct kind *kind, const struct window *to, const char *element) {
    if (to->ndim == 0) {
        memcpy(to->data, element, lina_dtype_size(kind->dtype));
        return 0;
    }
    for (Py_ssize_t i = 0; i < to->shape[0]; i++) {
        struct window at = window_at(to, i);
        fill(kind, &at, element);
    }
    return 0;
}

static int from_sequence(const struct array *self, const struct window *to, PyObject *value) {
    if (to->ndim == 0)
        return self->kind->store(to->data, value, self->hold->view.desc.name);
    Py_ssize_t length = PySequence_Size(value);
    if (length < 0)
        return -1;
    if (length != to->shape[0]) {
        PyErr_Format(PyExc_ValueError, "array \"%s\": %zd values for %zd places",
                     self->hold->view.desc.name, length, to->shape[0]);
        return -1;
    }
    int rc = 0;
    for (Py_ssize_t i = 0; rc == 0 && i < length; i++) {
        struct window at = window_at(to, i);
        PyObject *item = PySequence_GetItem(value, i);
        rc = item == NULL ? -1 : from_sequence(self, &at, item);
        Py_XDECREF(item);
    }
    return rc;
}

static int from_number(const struct array *self, const struct window *to, PyObject *value) {
    char element[16]; /* the largest dtype with a name */
    return self->kind->store(element, value, self->hold->view.desc.name) == 0
               ? fill(self->kind, to, element)
               : -1;
}

/* The value itself, or what it gives to NumPy: a tensor or a series has neither a buffer nor the items
 * of a sequence. */
static PyObject *source_of(const struct array *self, PyObject *value) {
    bool is_plain = PyList_Check(value) || PyTuple_Check(value) || PyObject_CheckBuffer(value) ||
                    Py_IS_TYPE(value, self->state->array_type);
    return is_plain || !PyObject_HasAttr(value, self->state->array_method)
               ? Py_NewRef(value)
               : PyObject_CallMethodObjArgs(value, self->state->array_method, NULL);
}

static int assign_from(const struct array *self, const struct window *to, PyObject *value) {
    int done = 0;
    if (Py_IS_TYPE(value, self->state->array_type))
        done = from_array(self, to, (struct array *)value);
    else if (PyObject_CheckBuffer(value))
        done = from_buffer(self, to, value);
    if (done != 0)
        return done > 0 ? 0 : -1;
    if (PySequence_Check(value) && PySequence_Size(value) >= 0)
        return from_sequence(self, to, value);
    PyErr_Clear(); /* len() of a number in NumPy's clothes */
    return from_number(self, to, value);
}

static int assign(const struct array *self, const struct window *to, PyObject *value) {
    PyObject *source = source_of(self, value);
    int rc = source == NULL ? -1 : assign_from(self, to, source);
    Py_XDECREF(source);
    return rc;
}

static int set(const struct array *self, PyObject *key, PyObject *value) {
    struct window to;
    bool is_element;
    if (!index_select(self, key, &to, &is_element))
        return -1;
    return is_element ? self->kind->store(to.data, value, self->hold->view.desc.name)
                      : assign(self, &to, value);
}

int array_set(PyObject *object, PyObject *key, PyObject *value) {
    const struct array *self = (struct array *)object;
    if (!array_has_elements(self))
        return -1;
    if (value == NULL || hold_is_readonly(self->hold)) {
        raise_text(self->state, LINA_ERR_READ_ONLY, "array \"%s\": %s", self->hold->view.desc.name,
                   value == NULL ? "elements cannot be deleted" : "it is attached read-only");
        return -1;
    }
    struct array pinned = array_pin(self);
    char *element = index_quick(self, key);
    int rc = element != NULL ? pinned.kind->store(element, value, pinned.hold->view.desc.name)
                             : set(&pinned, key, value);
    array_unpin(&pinned);
    return rc;
}
