/* hold.c - one lina_view_t as a Python object, and the buffers that it owns. */
#include "binding.h"

struct hold *hold_new(struct state *state, PyObject *arena, lina_view_t *view) {
    struct hold *self = PyObject_GC_New(struct hold, state->hold_type);
    if (self == NULL) {
        lina_release(view);
        return NULL;
    }
    self->state = state;
    self->arena = Py_NewRef(arena);
    self->view = *view; /* moved, not copied: the caller forgets its own */
    PyObject_GC_Track(self);
    return self;
}

/* Any thread may be the last to let go; Lina's release never waits for writers. */
static void hold_dealloc(PyObject *object) {
    struct hold *self = (struct hold *)object;
    PyTypeObject *type = Py_TYPE(object);
    PyObject_GC_UnTrack(object);
    lina_release(&self->view);
    Py_DECREF(self->arena);
    PyObject_GC_Del(object);
    Py_DECREF(type);
}

/* An Arena of a subclass may lead back here. Its own dict is what the collector clears then. */
static int hold_traverse(PyObject *object, visitproc visit, void *arg) {
    Py_VISIT(Py_TYPE(object));
    Py_VISIT(((struct hold *)object)->arena);
    return 0;
}

bool hold_is_readonly(const struct hold *hold) {
    return (hold->view.flags & LINA_VIEW_READ_ONLY) != 0;
}

static PyObject *hold_repr(PyObject *object) {
    const lina_desc_t *desc = &((struct hold *)object)->view.desc;
    return PyUnicode_FromFormat("<lina hold on '%s' generation %u>", desc->name, desc->generation);
}

/* ---- buffers -------------------------------------------------------------------------------------- */

/* The payload as plain bytes: for lina.buffer, which has made sure that they are contiguous. */
static int hold_getbuffer(PyObject *object, Py_buffer *view, int flags) {
    struct hold *self = (struct hold *)object;
    return PyBuffer_FillInfo(view, object, self->view.data, (Py_ssize_t)self->view.desc.nbytes,
                             hold_is_readonly(self), flags);
}

void hold_releasebuffer(PyObject *object, Py_buffer *view) {
    (void)object;
    PyMem_Free(view->internal);
}

/* Why the request cannot be met without a copy, or NULL. */
static const char *obstacle(const struct array *array, int flags) {
    const struct window *w = &array->window;
    bool c = window_is_contiguous(w, array->itemsize, LINA_LAYOUT_C);
    bool f = window_is_contiguous(w, array->itemsize, LINA_LAYOUT_F);
    if ((flags & PyBUF_WRITABLE) != 0 && hold_is_readonly(array->hold))
        return "it is attached read-only";
    if ((flags & PyBUF_FORMAT) != 0 && (array->kind == NULL || array->kind->format == NULL))
        return "its dtype has no format in Python's buffer protocol: use lina.buffer for its "
               "bytes, "
               "or DLPack";
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

/* Shape and strides live as long as the buffer, whatever becomes of the array. */
static Py_ssize_t *copy_dimensions(const struct window *w) {
    Py_ssize_t *copy = PyMem_Malloc(2 * LINA_MAX_DIMS * sizeof *copy);
    if (copy == NULL) {
        PyErr_NoMemory();
        return NULL;
    }
    for (uint32_t d = 0; d < w->ndim; d++) {
        copy[d] = w->shape[d];
        copy[LINA_MAX_DIMS + d] = w->strides[d];
    }
    return copy;
}

int hold_export(const struct array *array, Py_buffer *view, int flags) {
    const struct window *w = &array->window;
    view->obj = NULL;
    const char *why = obstacle(array, flags);
    if (why != NULL) {
        raise_view(array->state, "array \"%s\": %s", array->hold->view.desc.name, why);
        return -1;
    }
    Py_ssize_t *dimensions = copy_dimensions(w);
    if (dimensions == NULL)
        return -1;
    bool with_ndim = (flags & PyBUF_ND) != 0;
    bool with_shape = with_ndim && w->ndim > 0; /* a scalar's must be NULL */
    view->buf = w->data;
    view->len = window_size(w) * array->itemsize;
    view->itemsize = array->itemsize;
    view->readonly = hold_is_readonly(array->hold);
    view->ndim = with_ndim ? (int)w->ndim : 1;
    view->format = (flags & PyBUF_FORMAT) != 0 ? (char *)(uintptr_t)array->kind->format : NULL;
    view->shape = with_shape ? dimensions : NULL;
    view->strides =
        with_shape && (flags & PyBUF_STRIDES) == PyBUF_STRIDES ? dimensions + LINA_MAX_DIMS : NULL;
    view->suboffsets = NULL;
    view->internal = dimensions;
    view->obj = Py_NewRef((PyObject *)array->hold);
    return 0;
}

static PyType_Slot hold_slots[] = {
    {Py_tp_doc, "Keeps one generation of an array in place."},
    {Py_tp_dealloc, hold_dealloc},
    {Py_tp_traverse, hold_traverse},
    {Py_tp_repr, hold_repr},
    {Py_bf_getbuffer, hold_getbuffer},
    {Py_bf_releasebuffer, hold_releasebuffer},
    {0, NULL},
};
PyType_Spec hold_spec = {"lina._lina.Hold", (int)sizeof(struct hold), 0,
                         Py_TPFLAGS_DEFAULT | Py_TPFLAGS_HAVE_GC |
                             Py_TPFLAGS_DISALLOW_INSTANTIATION | Py_TPFLAGS_IMMUTABLETYPE,
                         hold_slots};
