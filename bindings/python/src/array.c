/* array.c - the type lina.Array, which is a window on a hold: its attributes and protocols. */
#include "binding.h"
#include "doc_array.h"
#include "number.h"

/* The flag Py_TPFLAGS_SEQUENCE, for `match`. Python has it since 3.10, but the stable ABI's headers of 3.11 lack
 * it. */
#define SEQUENCE (1UL << 5)

/* ---- making ---------------------------------------------------------------------------------------- */

/* The caller sets the window afterwards. The garbage collector does not look at it. */
static struct array *allocate(struct hold *hold, uint32_t dtype) {
    struct array *self = PyObject_GC_New(struct array, hold->state->array_type);
    if (self == NULL)
        return NULL;
    self->state = hold->state;
    self->hold = (struct hold *)Py_NewRef((PyObject *)hold);
    self->dtype = dtype;
    self->kind = kind_of(dtype);
    self->itemsize = (Py_ssize_t)lina_dtype_size(dtype);
    self->twin = NULL;
    self->closed = self->kept = self->lent = false;
    self->name = NULL;
    self->weakrefs = NULL;
    PyObject_GC_Track(self);
    return self;
}

PyObject *array_new(struct hold *hold) {
    const lina_desc_t *desc = &hold->view.desc;
    struct array *self = allocate(hold, desc->dtype);
    if (self != NULL) {
        self->window.data = hold->view.data;
        self->window.ndim = desc->ndim;
        self->layout = desc->layout;
        for (uint32_t d = 0; d < desc->ndim; d++) {
            self->window.shape[d] = (Py_ssize_t)desc->shape[d];
            self->window.strides[d] = (Py_ssize_t)desc->strides[d];
        }
    }
    Py_DECREF((PyObject *)hold);
    return (PyObject *)self;
}

PyObject *array_bytes(struct hold *hold) {
    struct array *self = allocate(hold, LINA_DTYPE_U8);
    if (self != NULL) {
        self->layout = LINA_LAYOUT_C;
        self->window =
            (struct window){hold->view.data, 1, {(Py_ssize_t)hold->view.desc.nbytes}, {1}};
    }
    Py_DECREF((PyObject *)hold);
    return (PyObject *)self;
}

PyObject *array_slice(const struct array *base, const struct window *window) {
    return array_recast(base, window, base->dtype);
}

PyObject *array_recast(const struct array *base, const struct window *window, uint32_t dtype) {
    struct array *self = allocate(base->hold, dtype);
    if (self == NULL)
        return NULL;
    self->window = *window;
    self->layout = window_is_contiguous(window, self->itemsize, LINA_LAYOUT_C) ? LINA_LAYOUT_C
                   : window_is_contiguous(window, self->itemsize, LINA_LAYOUT_F)
                       ? LINA_LAYOUT_F
                       : LINA_LAYOUT_STRIDED;
    return (PyObject *)self;
}

static void array_dealloc(PyObject *object) {
    struct array *self = (struct array *)object;
    PyTypeObject *type = Py_TYPE(object);
    PyObject_GC_UnTrack(object);
    if (self->weakrefs != NULL)
        PyObject_ClearWeakRefs(object);
    Py_XDECREF((PyObject *)self->hold);
    Py_XDECREF((PyObject *)self->twin);
    Py_XDECREF(self->name);
    PyObject_GC_Del(object);
    Py_DECREF(type);
}

static int array_traverse(PyObject *object, visitproc visit, void *arg) {
    Py_VISIT(Py_TYPE(object));
    Py_VISIT((PyObject *)((struct array *)object)->hold);
    Py_VISIT((PyObject *)((struct array *)object)->twin);
    return 0;
}

bool array_is_open(const struct array *self) {
    if (self->closed)
        PyErr_Format(self->state->errors[-LINA_ERR_CLOSED], "array \"%U\": it was closed",
                     self->name);
    return !self->closed;
}

bool array_has_elements(const struct array *self) {
    if (!array_is_open(self))
        return false;
    if (self->kind == NULL)
        raise_text(
            self->state, LINA_ERR_INVALID,
            "array \"%s\": dtype 0x%08x has no elements in Python; lina.buffer shows its bytes",
            self->hold->view.desc.name, self->dtype);
    return self->kind != NULL;
}

/* Makes a view of a part, for unpickling. Offset and strides are in bytes. It checks them, because a pickle may have
 * been altered. */
static PyObject *array_window(PyObject *object, PyObject *args) {
    PINNED(self, object);
    struct window w = {NULL, 0, {0}, {0}};
    Py_ssize_t offset;
    unsigned int dtype = self->dtype;
    PyObject *shape, *strides;
    uint64_t extents[LINA_MAX_DIMS];
    int64_t steps[LINA_MAX_DIMS];
    if (!array_is_open(self) || !PyArg_ParseTuple(args, "nOO|I", &offset, &shape, &strides, &dtype))
        return NULL;
    const char *name = self->hold->view.desc.name;
    if (parse_shape(self->state, name, shape, extents, &w.ndim) != 0 ||
        parse_strides(self->state, name, strides, w.ndim, steps) != 0)
        return NULL;
    for (uint32_t d = 0; d < w.ndim; d++) {
        w.shape[d] = (Py_ssize_t)extents[d];
        w.strides[d] = (Py_ssize_t)steps[d];
    }
    Py_ssize_t itemsize = (Py_ssize_t)lina_dtype_size(dtype);
    if (itemsize == 0 || !window_moves_inside(&w, itemsize, &self->window, offset, self->itemsize))
        return raise_text(self->state, LINA_ERR_INVALID, "array \"%s\": a slice outside of it",
                          name);
    return array_recast(self, &w, dtype);
}

static PyObject *array_deepcopy(PyObject *object, PyObject *unused) {
    (void)object;
    (void)unused;
    PyErr_SetString(PyExc_TypeError,
                    "a lina.Array is a view and has no copy: numpy.array(x, copy=True) "
                    "or x.tolist() copy its elements");
    return NULL;
}

/* ---- attributes ------------------------------------------------------------------------------------- */

enum attribute {
    ARENA,
    NAME,
    SHAPE,
    STRIDES,
    DTYPE,
    NDIM,
    SIZE,
    ITEMSIZE,
    NBYTES,
    GENERATION,
    SEQUENCE_NUMBER,
    IS_CURRENT,
    LAYOUT,
    IS_READONLY,
    OFFSET,
    INCARNATION,
    IS_LOAN,
    DTYPE_CODE,
    INTERFACE,
};

static PyObject *array_interface(const struct array *self) {
    if (self->kind == NULL ||
        self->kind->typestr == NULL) /* acts as if there were no such attribute */
        return PyErr_Format(PyExc_AttributeError, "array \"%s\": NumPy has no such dtype",
                            self->hold->view.desc.name);
    /* No strides means C order, and some consumers know no other. */
    bool c = window_is_contiguous(&self->window, self->itemsize, LINA_LAYOUT_C);
    return Py_BuildValue("{s:i, s:s, s:N, s:N, s:(KO)}", "version", 3, "typestr",
                         self->kind->typestr, "shape",
                         tuple_of(self->window.shape, self->window.ndim), "strides",
                         c ? Py_NewRef(Py_None) : tuple_of(self->window.strides, self->window.ndim),
                         "data", (unsigned long long)(uintptr_t)self->window.data,
                         self->hold->is_readonly ? Py_True : Py_False);
}

/* Notes that a raw pointer may depend on this object: see array_close. */
static void lend(struct array *self) {
    GUARD(self);
    self->lent = true;
}

static PyObject *array_attribute(PyObject *object, void *closure) {
    const enum attribute which = (enum attribute)(uintptr_t)closure;
    if (which == INTERFACE)
        lend((struct array *)object);
    FIELDS(self, object);
    if (!array_is_open(self))
        return NULL;
    const struct window *w = &self->window;
    switch (which) {
    case ARENA:
        return Py_NewRef(self->hold->arena);
    case NAME:
        return PyUnicode_FromString(self->hold->view.desc.name);
    case SHAPE:
        return tuple_of(w->shape, w->ndim);
    case STRIDES:
        return tuple_of(w->strides, w->ndim);
    case DTYPE:
        return dtype_object(self->state, self->dtype);
    case NDIM:
        return PyLong_FromUnsignedLong(w->ndim);
    case SIZE:
        return PyLong_FromSsize_t(window_size(w));
    case ITEMSIZE:
        return PyLong_FromSsize_t(self->itemsize);
    case NBYTES:
        return PyLong_FromSsize_t(window_size(w) * self->itemsize);
    case GENERATION:
        return PyLong_FromUnsignedLong(hold_now(self->hold).generation);
    case SEQUENCE_NUMBER:
        return PyLong_FromUnsignedLongLong(hold_now(self->hold).sequence);
    case IS_CURRENT:
        return PyBool_FromLong(hold_now(self->hold).is_current);
    case LAYOUT:
        return PyUnicode_FromString(layout_name(self->layout));
    case IS_READONLY:
        return PyBool_FromLong(self->hold->is_readonly);
    case INTERFACE:
        return array_interface(self);
    case IS_LOAN:
        return PyBool_FromLong(hold_now(self->hold).is_loan);
    case INCARNATION:
        return PyLong_FromUnsignedLong(hold_now(self->hold).incarnation);
    case DTYPE_CODE:
        return PyLong_FromUnsignedLong(self->dtype);
    case OFFSET:
        return PyLong_FromSsize_t(w->data - (char *)self->hold->view.data);
    }
    return NULL;
}

/* numpy.dtype(x) asks for this attribute. */
static PyObject *array_numpy_dtype(PyObject *object, void *closure) {
    (void)closure;
    FIELDS(self, object);
    PyObject *dtype = array_is_open(self) ? dtype_object(self->state, self->dtype) : NULL;
    PyObject *theirs = dtype == NULL ? NULL : PyObject_GetAttrString(dtype, "__numpy_dtype__");
    Py_XDECREF(dtype);
    return theirs;
}

static PyObject *array_closed(PyObject *object, void *closure) {
    (void)closure;
    FIELDS(self, object);
    return PyBool_FromLong(self->closed);
}

#define ATTRIBUTE(name, which, doc)                                                                \
    { name, array_attribute, NULL, doc, (void *)(uintptr_t)(which) }
static PyGetSetDef array_getset[] = {
    ATTRIBUTE("arena", ARENA, "The Arena that it is in."),
    ATTRIBUTE("name", NAME, "The array's name in the arena."),
    ATTRIBUTE("shape", SHAPE, "Extents."),
    ATTRIBUTE("strides", STRIDES, "Bytes from one element to the next, for each dimension."),
    ATTRIBUTE("dtype", DTYPE,
              "A DType, which equals its name (\"f64\"), or the number of a dtype without one."),
    ATTRIBUTE("ndim", NDIM, "How many dimensions, 0 to 8."),
    ATTRIBUTE("size", SIZE, "How many elements."),
    ATTRIBUTE("itemsize", ITEMSIZE, "Bytes of one element."),
    ATTRIBUTE("nbytes", NBYTES, "Bytes of all elements."),
    ATTRIBUTE("generation", GENERATION, "1, then one more for each republish."),
    ATTRIBUTE("sequence", SEQUENCE_NUMBER,
              "The generation's number in the count of its name, which never wraps."),
    ATTRIBUTE("is_current", IS_CURRENT, "False once a newer generation was published."),
    ATTRIBUTE("layout", LAYOUT, "\"C\", \"F\" or \"strided\"."),
    ATTRIBUTE("readonly", IS_READONLY,
              "True when the arena is attached without the right to write."),
    ATTRIBUTE("_offset", OFFSET, "Bytes from the named array's first element to this one's."),
    ATTRIBUTE("_incarnation", INCARNATION, "Tells apart arrays that shared a name."),
    ATTRIBUTE("_dtype_code", DTYPE_CODE, "Lina's number of the dtype."),
    ATTRIBUTE("_is_loan", IS_LOAN, "Not published yet."),
    ATTRIBUTE("__array_interface__", INTERFACE, "NumPy's description of the same memory."),
    {"T", array_transpose, NULL, "The same elements with the dimensions in reverse order.", NULL},
    {"__numpy_dtype__", array_numpy_dtype, NULL, "What numpy.dtype(x) is.", NULL},
    {"closed", array_closed, NULL, "True after close().", NULL},
    {NULL, NULL, NULL, NULL, NULL},
};

/* ---- protocols --------------------------------------------------------------------------------------- */

static PyObject *array_repr(PyObject *object) {
    PINNED(self, object); /* the helper is Python code, which may close the array */
    if (self->closed)
        return PyUnicode_FromFormat("<lina.Array %R, closed>", self->name);
    PyObject *dtype = dtype_name(self->dtype);
    PyObject *shape = tuple_of(self->window.shape, self->window.ndim);
    PyObject *values = PyObject_CallFunctionObjArgs(self->state->values_of, object, NULL);
    PyObject *text = dtype == NULL || shape == NULL || values == NULL
                         ? NULL
                         : PyUnicode_FromFormat("<lina.Array '%s' %S %R %s, generation %u%U>",
                                                self->hold->view.desc.name, dtype, shape,
                                                layout_name(self->layout),
                                                hold_now(self->hold).generation, values);
    Py_XDECREF(dtype);
    Py_XDECREF(shape);
    Py_XDECREF(values);
    return text;
}

static PyObject *array_html(PyObject *object, PyObject *unused) {
    (void)unused;
    return PyObject_CallFunctionObjArgs(((struct array *)object)->state->html_of, object, NULL);
}

static Py_ssize_t array_length(PyObject *object) {
    FIELDS(self, object);
    if (!array_is_open(self))
        return -1;
    if (self->window.ndim == 0) {
        PyErr_Format(PyExc_TypeError, "array \"%s\": len() of one element without dimensions",
                     self->hold->view.desc.name);
        return -1;
    }
    return self->window.shape[0];
}

static PyObject *array_iter(PyObject *object) {
    return array_length(object) < 0 ? NULL : PySeqIter_New(object);
}

/* __array__(dtype=None, copy=None) */
static PyObject *array_ndarray(PyObject *object, PyObject *args, PyObject *kwargs) {
    static char *names[] = {"dtype", "copy", NULL};
    PINNED(self, object);
    PyObject *dtype = Py_None, *copy = Py_None;
    if (!array_is_open(self) ||
        !PyArg_ParseTupleAndKeywords(args, kwargs, "|OO", names, &dtype, &copy))
        return NULL;
    return PyObject_CallFunctionObjArgs(self->state->ndarray_of, object, dtype, copy, NULL);
}

static PyMethodDef array_methods[] = {
    {"close", array_close, METH_NOARGS, DOC_ARRAY_CLOSE},
    {"keep", array_keep, METH_NOARGS, DOC_KEEP},
    {"_end", array_end, METH_NOARGS, NULL},
    {"tolist", array_tolist, METH_NOARGS, DOC_TOLIST},
    {"__dlpack__", KEYWORDS(array_dlpack), METH_VARARGS | METH_KEYWORDS, DOC_DLPACK},
    {"__dlpack_device__", array_dlpack_device, METH_NOARGS, DOC_DLPACK_DEVICE},
    {"__arrow_c_array__", KEYWORDS(array_arrow), METH_VARARGS | METH_KEYWORDS, DOC_ARROW},
    {"_publish", array_publish, METH_VARARGS, NULL},
    {"_discard", array_discard, METH_NOARGS, NULL},
    {"__buffer__", array_buffer, METH_O, "What memoryview(x) is, for a request of its flags."},
    {"__release_buffer__", array_release_buffer, METH_O | METH_COEXIST,
     "Gives such a memoryview back."},
    {"_window", array_window, METH_VARARGS, NULL},
    {"__array__", KEYWORDS(array_ndarray), METH_VARARGS | METH_KEYWORDS, NULL},
    {"item", array_take_item, METH_VARARGS, DOC_ITEM},
    {"reshape", array_reshape, METH_VARARGS, DOC_RESHAPE},
    {"tobytes", array_tobytes, METH_NOARGS, DOC_TOBYTES},
    {"__complex__", array_complex, METH_NOARGS, NULL},
    {"__copy__", array_copy, METH_NOARGS, NULL},
    {"_repr_html_", array_html, METH_NOARGS, NULL},
    {"__class_getitem__", Py_GenericAlias, METH_O | METH_CLASS, NULL},
    {"__deepcopy__", array_deepcopy, METH_O, NULL},
    {"__enter__", array_enter, METH_NOARGS, NULL},
    {"__exit__", array_exit, METH_VARARGS, NULL},
    {NULL, NULL, 0, NULL},
};

static PyMemberDef array_members[] = {
    {"__weaklistoffset__", T_PYSSIZET, offsetof(struct array, weakrefs), READONLY, NULL},
    {NULL, 0, 0, 0, NULL},
};

static PyType_Slot array_slots[] = {
    NUMBER_SLOTS,
    {Py_tp_doc, DOC_ARRAY_TYPE},
    {Py_tp_dealloc, array_dealloc},
    {Py_tp_traverse, array_traverse},
    {Py_tp_repr, array_repr},
    {Py_tp_methods, array_methods},
    {Py_tp_members, array_members},
    {Py_tp_getset, array_getset},
    {Py_tp_iter, array_iter},
    {Py_tp_richcompare, array_compare},
    {Py_tp_hash, PyObject_HashNotImplemented}, /* its elements can change */
    {Py_mp_length, array_length},
    {Py_mp_subscript, array_get},
    {Py_mp_ass_subscript, array_set},
    {Py_sq_length, array_length},
    {Py_sq_item, array_item},
    {Py_bf_getbuffer, array_getbuffer},
    {Py_bf_releasebuffer, array_releasebuffer},
    {0, NULL},
};
PyType_Spec array_spec = {"lina.Array", (int)sizeof(struct array), 0,
                          Py_TPFLAGS_DEFAULT | Py_TPFLAGS_HAVE_GC | SEQUENCE |
                              Py_TPFLAGS_DISALLOW_INSTANTIATION | Py_TPFLAGS_IMMUTABLETYPE,
                          array_slots};
