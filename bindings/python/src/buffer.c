/* buffer.c - the buffer protocol of lina.Array.
 *
 * The owner of a buffer is an array with the same window. PickleBuffer, memoryview and the standard library ask the
 * owner for a buffer again, and so get the same one. The owner is not the user's array but a twin of it. The user
 * cannot close the twin. That matters because NumPy keeps the pointer and the owner of a memoryview, but not the
 * buffer. One twin serves all buffers of an array. Shape and strides of a buffer point into the twin, whose window
 * never changes. */
#include "binding.h"

/* Why the request cannot be met without a copy, or NULL. */
static const char *obstacle(const struct array *array, int flags) {
    const struct window *w = &array->window;
    bool c = window_is_contiguous(w, array->itemsize, LINA_LAYOUT_C);
    bool f = window_is_contiguous(w, array->itemsize, LINA_LAYOUT_F);
    if ((flags & PyBUF_WRITABLE) != 0 && array->hold->is_readonly)
        return "it is attached read-only";
    if ((flags & PyBUF_FORMAT) != 0 && (array->kind == NULL || array->kind->format == NULL))
        return "its dtype has no format in Python's buffer protocol: use lina.buffer for its "
               "bytes, "
               "or DLPack";
    if ((flags & PyBUF_FORMAT) != 0 && (flags & PyBUF_ND) != PyBUF_ND)
        return "a format needs a shape beside it, as everywhere in Python";
    if (((flags & PyBUF_STRIDES) != PyBUF_STRIDES ||
         (flags & PyBUF_C_CONTIGUOUS) == PyBUF_C_CONTIGUOUS) &&
        !c)
        return "it is not contiguous in C order";
    if ((flags & PyBUF_F_CONTIGUOUS) == PyBUF_F_CONTIGUOUS && !f)
        return "it is not contiguous in F order";
    if ((flags & PyBUF_ANY_CONTIGUOUS) == PyBUF_ANY_CONTIGUOUS && !c && !f)
        return "it is not contiguous";
    return NULL;
}

/* The owner for a new buffer, as a new reference. An array whose pointer was given out keeps its hold while it
 * lives, so it can be the owner itself. */
static struct array *owner_of(struct array *self) {
    if (self->lent)
        return (struct array *)Py_NewRef((PyObject *)self);
    if (self->twin == NULL) {
        self->twin = (struct array *)array_slice(self, &self->window);
        if (self->twin != NULL)
            self->twin->lent = true;
    }
    return self->twin == NULL ? NULL : (struct array *)Py_NewRef((PyObject *)self->twin);
}

/* Fills the buffer, and takes over the reference to its owner. */
static void fill(struct array *array, Py_buffer *view, int flags) {
    struct window *w = &array->window;
    bool with_ndim = (flags & PyBUF_ND) != 0;
    bool with_shape = with_ndim && w->ndim > 0; /* a scalar has none */
    view->buf = w->data;
    view->len = window_size(w) * array->itemsize;
    view->itemsize = array->itemsize;
    view->readonly = array->hold->is_readonly;
    view->ndim = with_ndim ? (int)w->ndim : 1;
    view->format = (flags & PyBUF_FORMAT) != 0 ? (char *)(uintptr_t)array->kind->format : NULL;
    view->shape = with_shape ? w->shape : NULL;
    view->strides = with_shape && (flags & PyBUF_STRIDES) == PyBUF_STRIDES ? w->strides : NULL;
    view->suboffsets = NULL;
    view->internal = NULL;
    view->obj = (PyObject *)array;
}

int array_getbuffer(PyObject *object, Py_buffer *view, int flags) {
    struct array *self = (struct array *)object;
    view->obj = NULL;
    GUARD(self);
    if (!array_is_open(self))
        return -1;
    const char *why = obstacle(self, flags);
    if (why != NULL) {
        raise_view(self->state, "array \"%s\": %s", self->hold->view.desc.name, why);
        return -1;
    }
    /* A consumer that asks for plain bytes may keep the pointer and this object, but not the buffer. */
    if ((flags & PyBUF_FORMAT) == 0)
        self->lent = true;
    struct array *owner = owner_of(self);
    if (owner == NULL)
        return -1;
    fill(owner, view, flags);
    return 0;
}

/* Does nothing. Because the function exists, NumPy keeps the buffer, and not only the array. */
void array_releasebuffer(PyObject *object, Py_buffer *view) {
    (void)object;
    (void)view;
}

/* ---- __buffer__ and __release_buffer__, which Python adds by itself from 3.12 on -------------------- */

PyObject *array_buffer(PyObject *object, PyObject *flags) {
    Py_buffer asked;
    long wanted = PyLong_AsLong(flags);
    if ((wanted == -1 && PyErr_Occurred()) || PyObject_GetBuffer(object, &asked, (int)wanted) != 0)
        return NULL;
    PyObject *view = PyMemoryView_FromObject(object);
    PyBuffer_Release(&asked);
    return view;
}

/* 1 if the memoryview is of this array, otherwise 0. -1 with an exception. */
static int is_lent_by(struct array *self, PyObject *view) {
    PyObject *owner = PyObject_GetAttrString(view, "obj");
    if (owner == NULL)
        return -1;
    GUARD(self);
    bool is = owner == (PyObject *)self || (self->twin != NULL && owner == (PyObject *)self->twin);
    Py_DECREF(owner);
    return is;
}

PyObject *array_release_buffer(PyObject *object, PyObject *view) {
    int is = is_lent_by((struct array *)object, view);
    if (is == 0)
        PyErr_SetString(PyExc_ValueError, "the memoryview is of something else");
    return is == 1 ? PyObject_CallMethod(view, "release", NULL) : NULL;
}
