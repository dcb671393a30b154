/* index.c - x[key]: finds what a key selects, and reads it. */
#include "binding.h"

/* The state while the items of a key are read one by one. */
struct selection {
    const struct array *array;
    struct window window;
    uint32_t dimension; /* the next dimension of the array */
    bool is_element;    /* the key had only integers so far */
};

static bool fail_bounds(const struct selection *s, Py_ssize_t index) {
    PyErr_Format(PyExc_IndexError, "array \"%s\": index %zd is out of bounds for extent %zd",
                 s->array->hold->view.desc.name, index, s->array->window.shape[s->dimension]);
    return false;
}

static bool take_index(struct selection *s, PyObject *item) {
    const struct window *from = &s->array->window;
    Py_ssize_t index = PyNumber_AsSsize_t(item, PyExc_IndexError);
    if (index == -1 && PyErr_Occurred())
        return false;
    Py_ssize_t extent = from->shape[s->dimension], at = index < 0 ? index + extent : index;
    if (at < 0 || at >= extent)
        return fail_bounds(s, index);
    s->window.data += at * from->strides[s->dimension++];
    return true;
}

static void push(struct selection *s, Py_ssize_t extent, Py_ssize_t stride) {
    s->window.shape[s->window.ndim] = extent;
    s->window.strides[s->window.ndim++] = stride;
    s->is_element = false;
}

static void keep(struct selection *s, Py_ssize_t start, Py_ssize_t count, Py_ssize_t step) {
    Py_ssize_t stride = s->array->window.strides[s->dimension++];
    if (count > 0)
        s->window.data += start * stride;
    /* If the step is larger than the extent, there is one element, and the product could overflow. */
    push(s, count, count > 1 ? stride * step : stride);
}

static bool take_slice(struct selection *s, PyObject *item) {
    Py_ssize_t start, stop, step;
    if (PySlice_Unpack(item, &start, &stop, &step) != 0)
        return false;
    Py_ssize_t extent = s->array->window.shape[s->dimension];
    Py_ssize_t count = PySlice_AdjustIndices(extent, &start, &stop, step); /* also changes start */
    keep(s, start, count, step);
    return true;
}

static void take_all(struct selection *s, uint32_t dimensions) {
    for (; dimensions > 0; dimensions--)
        keep(s, 0, s->array->window.shape[s->dimension], 1);
    s->is_element = false;
}

static bool take(struct selection *s, PyObject *item, uint32_t unnamed) {
    if (item == Py_Ellipsis) {
        take_all(s, unnamed);
        return true;
    }
    if (item == Py_None) { /* numpy.newaxis */
        push(s, 1, 0);
        return true;
    }
    if (Py_IS_TYPE(item, &PySlice_Type))
        return take_slice(s, item);
    if (PyIndex_Check(item) && !PyBool_Check(item))
        return take_index(s, item);
    PyErr_Format(
        PyExc_TypeError,
        "array \"%s\": an index is an int, a slice, ... or None, not %R; numpy.asarray(x) has more",
        s->array->hold->view.desc.name, (PyObject *)Py_TYPE(item));
    return false;
}

static bool count_items(const struct array *self, PyObject *key, Py_ssize_t items,
                        uint32_t *unnamed) {
    Py_ssize_t named = 0, ellipses = 0, ints = 0, axes = 0;
    for (Py_ssize_t i = 0; i < items; i++) {
        PyObject *item = PyTuple_GetItem(key, i);
        ellipses += item == Py_Ellipsis;
        axes += item == Py_None;
        ints += PyIndex_Check(item);
        named += item != Py_Ellipsis && item != Py_None;
    }
    if (ellipses > 1 || named > (Py_ssize_t)self->window.ndim) {
        PyErr_Format(PyExc_IndexError, "array \"%s\": %zd indices for %u dimensions%s",
                     self->hold->view.desc.name, named, self->window.ndim,
                     ellipses > 1 ? ", and more than one ..." : "");
        return false;
    }
    if ((Py_ssize_t)self->window.ndim - ints + axes > LINA_MAX_DIMS) {
        PyErr_Format(PyExc_IndexError, "array \"%s\": more than %d dimensions",
                     self->hold->view.desc.name, LINA_MAX_DIMS);
        return false;
    }
    *unnamed = self->window.ndim - (uint32_t)named;
    return true;
}

bool index_select(const struct array *self, PyObject *key, struct window *out, bool *is_element) {
    struct selection s = {self, {self->window.data, 0, {0}, {0}}, 0, true};
    PyObject *items = PyTuple_Check(key) ? Py_NewRef(key) : PyTuple_Pack(1, key);
    uint32_t unnamed = 0;
    Py_ssize_t n = items == NULL ? 0 : PyTuple_Size(items);
    bool ok = items != NULL && count_items(self, items, n, &unnamed);
    for (Py_ssize_t i = 0; ok && i < n; i++)
        ok = take(&s, PyTuple_GetItem(items, i), unnamed);
    Py_XDECREF(items);
    if (!ok)
        return false;
    if (s.dimension < self->window.ndim)
        take_all(&s, self->window.ndim - s.dimension);
    *out = s.window;
    *is_element = s.is_element;
    return true;
}

/* ---- reading --------------------------------------------------------------------------------------- */

PyObject *array_item(PyObject *object, Py_ssize_t index) {
    FIELDS(self, object);
    if (!array_has_elements(self))
        return NULL;
    if (self->window.ndim == 0)
        return PyErr_Format(PyExc_TypeError, "array \"%s\": one element without dimensions",
                            self->hold->view.desc.name);
    struct selection s = {self, {0}, 0, true};
    if (index < 0 || index >= self->window.shape[0]) {
        fail_bounds(&s, index);
        return NULL;
    }
    if (self->window.ndim == 1)
        return self->kind->load(self->window.data + index * self->window.strides[0]);
    struct window row = window_at(&self->window, index);
    return array_slice(self, &row);
}

char *index_quick(const struct array *self, PyObject *key) {
    if (!PyLong_CheckExact(key) || self->window.ndim != 1)
        return NULL;
    Py_ssize_t index = PyLong_AsSsize_t(key), extent = self->window.shape[0];
    if (index == -1 && PyErr_Occurred()) {
        PyErr_Clear(); /* far out of bounds: index_select raises it */
        return NULL;
    }
    if (index < 0)
        index += extent;
    return index >= 0 && index < extent ? self->window.data + index * self->window.strides[0]
                                        : NULL;
}

static PyObject *get(PyObject *object, PyObject *key) {
    PINNED(self, object);
    struct window window;
    bool is_element;
    if (!array_has_elements(self) || !index_select(self, key, &window, &is_element))
        return NULL;
    return is_element ? self->kind->load(window.data) : array_slice(self, &window);
}

PyObject *array_get(PyObject *object, PyObject *key) {
    {
        FIELDS(self, object);
        if (!array_has_elements(self))
            return NULL;
        const char *element = index_quick(self, key);
        if (element != NULL)
            return self->kind->load(element);
    }
    return get(object, key);
}

static PyObject *list_of(const struct kind *kind, const struct window *w) {
    if (w->ndim == 0)
        return kind->load(w->data);
    PyObject *list = PyList_New(w->shape[0]);
    for (Py_ssize_t i = 0; list != NULL && i < w->shape[0]; i++) {
        struct window at = window_at(w, i);
        PyObject *item = list_of(kind, &at);
        if (item == NULL || PyList_SetItem(list, i, item) != 0)
            Py_CLEAR(list);
    }
    return list;
}

PyObject *array_tolist(PyObject *object, PyObject *unused) {
    (void)unused;
    PINNED(self, object);
    return array_has_elements(self) ? list_of(self->kind, &self->window) : NULL;
}
