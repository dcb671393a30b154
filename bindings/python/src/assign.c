/* assign.c - x[key] = value: takes the same values as NumPy, and broadcasts them like NumPy.
 *
 * A value is an Array, an object with a buffer, a number, or a sequence. Elements of the same dtype are copied.
 * Others are first converted one by one, as x[i] = value does. */
#include "binding.h"

#include <stdlib.h>
#include <string.h>

/* ---- putting ---------------------------------------------------------------------------------------- */

static int refuse_shape(const struct array *self, const struct window *to,
                        const struct window *from) {
    PyObject *given = tuple_of(from->shape, from->ndim), *wanted = tuple_of(to->shape, to->ndim);
    if (given != NULL && wanted != NULL)
        PyErr_Format(PyExc_ValueError,
                     "array \"%s\": values of shape %R cannot be broadcast to places of shape %R",
                     self->hold->view.desc.name, given, wanted);
    Py_XDECREF(given);
    Py_XDECREF(wanted);
    return -1;
}

/* True if the two windows share bytes, even through two mappings of one arena. */
static bool overlaps(const struct array *self, const struct window *to, const struct window *from) {
    struct window moved = *from;
    if (window_size(from) == 0)
        return false;
    moved.data += membership_shift(from->data, to->data);
    return window_overlaps(to, from, self->itemsize) || window_overlaps(to, &moved, self->itemsize);
}

/* Copies elements of the same dtype. `apart`: the two are known not to overlap. */
static int put(const struct array *self, const struct window *to, const struct window *from,
               bool apart) {
    struct window spread;
    if (!window_broadcast(from, to, &spread))
        return refuse_shape(self, to, from);
    return window_copy(to, &spread, self->itemsize, !apart && overlaps(self, to, &spread));
}

static int put_values(const struct array *self, const struct window *to, struct window *values) {
    int rc = put(self, to, values, true);
    free(values->data);
    return rc;
}

static int put_window(const struct array *self, const struct window *to, const struct window *from,
                      const struct kind *kind) {
    struct window values, spread;
    if (kind == self->kind)
        return put(self, to, from, false);
    if (!window_broadcast(from, to, &spread)) /* before elements are converted */
        return refuse_shape(self, to, from);
    return values_of_window(self, from, kind, &values) ? put_values(self, to, &values) : -1;
}

/* True if `values` is empty and its extents are a beginning of those of `to`: a list cannot show extents after an
 * empty one. */
static bool is_empty_prefix(const struct window *values, const struct window *to) {
    return values->ndim > 0 && values->ndim < to->ndim && values->shape[values->ndim - 1] == 0 &&
           memcmp(values->shape, to->shape, values->ndim * sizeof *to->shape) == 0;
}

static int put_object(const struct array *self, const struct window *to, PyObject *value) {
    struct window values, spread;
    if (values_shape(self, value, &values) < 0)
        return -1;
    if (is_empty_prefix(&values, to))
        return 0;
    if (!window_broadcast(&values, to, &spread)) /* before room is made: a length may be anything */
        return refuse_shape(self, to, &values);
    return values_of_object(self, value, &values) ? put_values(self, to, &values) : -1;
}

/* ---- buffers ---------------------------------------------------------------------------------------- */

/* Makes a window of a buffer. The protocol lets an exporter leave out the strides (C order), the format ("B") and,
 * in one dimension, the shape. ctypes leaves out strides even if asked for them. Returns NULL if the elements have
 * no dtype of Lina's. */
static const struct kind *window_of_buffer(const Py_buffer *buffer, struct window *out) {
    const struct kind *kind = kind_of_format(buffer->format, buffer->itemsize);
    if (kind == NULL || buffer->ndim < 0 || buffer->ndim > LINA_MAX_DIMS ||
        buffer->suboffsets != NULL)
        return NULL;
    out->data = buffer->buf;
    out->ndim = (uint32_t)buffer->ndim;
    for (int d = 0; d < buffer->ndim; d++)
        out->shape[d] = buffer->shape != NULL ? buffer->shape[d] : buffer->len / buffer->itemsize;
    window_set_c_strides(out, buffer->itemsize);
    for (int d = 0; buffer->strides != NULL && d < buffer->ndim; d++)
        out->strides[d] = buffer->strides[d];
    return kind;
}

/* True if the elements have another size than their format says. ctypes gives its unions such a format, and even a
 * memoryview of them reads wrong values. */
static bool is_misdescribed(const Py_buffer *buffer) {
    Py_ssize_t size = PyBuffer_SizeFromFormat(buffer->format == NULL ? "B" : buffer->format);
    PyErr_Clear(); /* the format of a record, which struct.calcsize does not know */
    return size >= 0 && size != buffer->itemsize;
}

/* Stores a buffer whose elements only Python can read: by lists, or one by one. */
static int put_strange_buffer(const struct array *self, const struct window *to, PyObject *value) {
    PyObject *view = PyMemoryView_FromObject(value);
    PyObject *list = view == NULL ? NULL : PyObject_CallMethod(view, "tolist", NULL);
    Py_XDECREF(view);
    PyErr_Clear();
    int rc = put_object(self, to, list == NULL ? value : list);
    Py_XDECREF(list);
    return rc;
}

static int put_buffer(const struct array *self, const struct window *to, PyObject *value) {
    Py_buffer buffer;
    struct window from;
    if (PyObject_GetBuffer(value, &buffer, PyBUF_FULL_RO) != 0) {
        PyErr_Clear();
        return put_object(self, to, value);
    }
    const char *why = buffer.shape == NULL && buffer.ndim > 1 ? "has a buffer without a shape"
                      : is_misdescribed(&buffer)              ? "has a buffer with a wrong format"
                                                              : NULL;
    if (why != NULL) { /* a memoryview would read it wrongly, too */
        PyBuffer_Release(&buffer);
        return refuse_value(PyExc_TypeError, "array", self->hold->view.desc.name, value, why);
    }
    const struct kind *kind = window_of_buffer(&buffer, &from);
    int rc = kind == NULL ? 0 : put_window(self, to, &from, kind);
    PyBuffer_Release(&buffer);
    return kind == NULL ? put_strange_buffer(self, to, value) : rc;
}

/* ---- x[key] = value ----------------------------------------------------------------------------------- */

static bool is_plain(const struct array *self, PyObject *value) {
    return PyList_Check(value) || PyTuple_Check(value) || PyFloat_Check(value) ||
           PyLong_Check(value) || PyObject_CheckBuffer(value) ||
           Py_IS_TYPE(value, self->state->array_type);
}

/* Returns the value itself, or an ndarray: tensors, series and images have no buffer and are no sequences. */
static PyObject *source_of(const struct array *self, PyObject *value) {
    if (is_plain(self, value))
        return Py_NewRef(value);
    if (PyObject_HasAttr(value, self->state->array_method))
        return PyObject_CallMethodObjArgs(value, self->state->array_method, NULL);
    if (PyObject_HasAttrString(value, "__array_interface__") ||
        PyObject_HasAttrString(value, "__dlpack__"))
        return PyObject_CallFunction(self->state->foreign_of, "sO", self->hold->view.desc.name,
                                     value);
    return Py_NewRef(value);
}

static int put_array(const struct array *self, const struct window *to, PyObject *value) {
    PINNED(other, value);
    return array_has_elements(other) ? put_window(self, to, &other->window, other->kind) : -1;
}

static int assign(const struct array *self, const struct window *to, PyObject *value) {
    PyObject *source = source_of(self, value);
    if (source == NULL)
        return -1;
    int rc = Py_IS_TYPE(source, self->state->array_type) ? put_array(self, to, source)
             : PyObject_CheckBuffer(source)              ? put_buffer(self, to, source)
                                                         : put_object(self, to, source);
    Py_DECREF(source);
    return rc;
}

/* Stores one element. The value may also be an array with one element. */
static int store(const struct array *self, char *at, PyObject *value) {
    bool is_array = Py_IS_TYPE(value, self->state->array_type);
    PyObject *element = is_array ? array_only_element(value, "a place for one") : Py_NewRef(value);
    int rc = element == NULL ? -1 : self->kind->store(at, element, self->hold->view.desc.name);
    Py_XDECREF(element);
    return rc;
}

static int set(const struct array *self, PyObject *key, PyObject *value) {
    struct window to;
    bool is_element;
    if (!index_select(self, key, &to, &is_element))
        return -1;
    return is_element ? store(self, to.data, value) : assign(self, &to, value);
}

int array_set(PyObject *object, PyObject *key, PyObject *value) {
    PINNED(self, object);
    if (!array_has_elements(self))
        return -1;
    if (value == NULL || self->hold->is_readonly) {
        raise_text(self->state, LINA_ERR_READ_ONLY, "array \"%s\": %s", self->hold->view.desc.name,
                   value == NULL ? "elements cannot be deleted" : "it is attached read-only");
        return -1;
    }
    char *element = index_quick(self, key);
    return element != NULL ? store(self, element, value) : set(self, key, value);
}
