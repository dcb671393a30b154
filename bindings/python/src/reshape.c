/* reshape.c - other views of the same elements: reshape, T, copy.copy; and a copy of their bytes. */
#include "binding.h"

/* ---- reshape --------------------------------------------------------------------------------------- */

/* A run of old dimensions with as many elements as a run of new ones. Old extents of 1 are left out. */
struct runs {
    struct window from, *to;
    uint32_t from_at, from_end, to_at, to_end;
};

static struct window without_ones(const struct window *w) {
    struct window out = {w->data, 0, {0}, {0}};
    for (uint32_t d = 0; d < w->ndim; d++)
        if (w->shape[d] != 1) {
            out.shape[out.ndim] = w->shape[d];
            out.strides[out.ndim++] = w->strides[d];
        }
    return out;
}

/* Extends both runs until they have equally many elements. Old and new dimensions have equally many in all. */
static void next_run(struct runs *r) {
    Py_ssize_t from = r->from.shape[r->from_at], to = r->to->shape[r->to_at];
    r->from_end = r->from_at + 1;
    r->to_end = r->to_at + 1;
    while (from != to)
        if (to < from)
            to *= r->to->shape[r->to_end++];
        else
            from *= r->from.shape[r->from_end++];
}

/* False if the old run is not contiguous in C order. */
static bool settle_run(struct runs *r) {
    for (uint32_t d = r->from_at; d + 1 < r->from_end; d++)
        if (r->from.strides[d] != r->from.shape[d + 1] * r->from.strides[d + 1])
            return false;
    Py_ssize_t stride = r->from.strides[r->from_end - 1];
    for (uint32_t d = r->to_end; d-- > r->to_at; stride *= r->to->shape[d])
        r->to->strides[d] = stride;
    r->from_at = r->from_end;
    r->to_at = r->to_end;
    return true;
}

/* `to` has its shape. Computes its strides over the elements of `from`. False if that needs a copy. */
static bool reshape(const struct window *from, struct window *to, Py_ssize_t itemsize) {
    struct runs r = {.from = without_ones(from), .to = to};
    window_set_c_strides(to, itemsize);
    if (window_size(from) == 0)
        return true;
    while (r.from_at < r.from.ndim && r.to_at < to->ndim) {
        next_run(&r);
        if (!settle_run(&r))
            return false;
    }
    for (uint32_t d = r.to_at; d < to->ndim; d++) /* extents of 1 */
        to->strides[d] = d > 0 ? to->strides[d - 1] : itemsize;
    return true;
}

static int refuse_reshape(const struct array *self, PyObject *extents) {
    return refuse_value(PyExc_ValueError, "array", self->hold->view.desc.name, extents,
                        "is no shape for as many elements as there are");
}

/* Reads the extents. One of them may be -1, which stands for the number that fits. */
static int fill_in(const struct array *self, struct window *w, PyObject *extents) {
    Py_ssize_t known = 1, size = window_size(&self->window), *unknown = NULL;
    for (uint32_t d = 0; d < w->ndim; d++) {
        bool is_unknown = w->shape[d] == -1 && unknown == NULL;
        if (is_unknown)
            unknown = &w->shape[d];
        else if (w->shape[d] < 0 || __builtin_mul_overflow(known, w->shape[d], &known))
            return refuse_reshape(self, extents);
    }
    if (unknown != NULL) {
        if (known == 0 || size % known != 0)
            return refuse_reshape(self, extents);
        *unknown = size / known;
        known = size;
    }
    return known == size ? 0 : refuse_reshape(self, extents);
}

static int parse_extents(const struct array *self, PyObject *extents, struct window *w) {
    Py_ssize_t n = PyTuple_Size(extents);
    if (n > LINA_MAX_DIMS)
        return refuse_reshape(self, extents);
    w->ndim = (uint32_t)n;
    for (Py_ssize_t d = 0; d < n; d++) {
        w->shape[d] = PyNumber_AsSsize_t(PyTuple_GetItem(extents, d), PyExc_OverflowError);
        if (w->shape[d] == -1 && PyErr_Occurred())
            return -1;
    }
    return fill_in(self, w, extents);
}

/* reshape(2, 3) or reshape((2, 3)) */
static PyObject *extents_of(PyObject *args) {
    if (PyTuple_Size(args) == 1 && !PyIndex_Check(PyTuple_GetItem(args, 0)))
        return PySequence_Tuple(PyTuple_GetItem(args, 0));
    return Py_NewRef(args);
}

PyObject *array_reshape(PyObject *object, PyObject *args) {
    PINNED(self, object);
    if (!array_is_open(self))
        return NULL;
    struct window to = {self->window.data, 0, {0}, {0}};
    PyObject *extents = extents_of(args), *made = NULL;
    if (extents != NULL && parse_extents(self, extents, &to) == 0) {
        if (reshape(&self->window, &to, self->itemsize))
            made = array_slice(self, &to);
        else
            raise_view(self->state,
                       "array \"%s\": this shape needs a copy: numpy.reshape makes one",
                       self->hold->view.desc.name);
    }
    Py_XDECREF(extents);
    return made;
}

/* ---- the rest ----------------------------------------------------------------------------------------- */

PyObject *array_transpose(PyObject *object, void *closure) {
    (void)closure;
    PINNED(self, object);
    if (!array_is_open(self))
        return NULL;
    struct window to = self->window;
    for (uint32_t d = 0; d < to.ndim; d++) {
        to.shape[d] = self->window.shape[to.ndim - 1 - d];
        to.strides[d] = self->window.strides[to.ndim - 1 - d];
    }
    return array_slice(self, &to);
}

PyObject *array_copy(PyObject *object, PyObject *unused) {
    (void)unused;
    PINNED(self, object);
    return array_is_open(self) ? array_slice(self, &self->window) : NULL;
}

PyObject *array_tobytes(PyObject *object, PyObject *unused) {
    (void)unused;
    PINNED(self, object);
    if (!array_is_open(self))
        return NULL;
    struct window to = self->window;
    PyObject *bytes = PyBytes_FromStringAndSize(NULL, window_size(&to) * self->itemsize);
    if (bytes == NULL)
        return NULL;
    to.data = PyBytes_AsString(bytes);
    window_set_c_strides(&to, self->itemsize);
    window_copy(&to, &self->window, self->itemsize, false);
    return bytes;
}
