/* arguments.c - what callers write, as C values. */
#include "binding.h"

#include <math.h>
#include <string.h>

const char *name_of(PyObject *object, const char *what) {
    if (!PyUnicode_Check(object)) {
        PyErr_Format(PyExc_TypeError, "the %s's name must be a str, not %R", what,
                     (PyObject *)Py_TYPE(object));
        return NULL;
    }
    Py_ssize_t length;
    const char *text = PyUnicode_AsUTF8AndSize(object, &length);
    if (text != NULL && strlen(text) != (size_t)length) {
        PyErr_Format(PyExc_ValueError, "the %s's name %R has a null character", what, object);
        return NULL;
    }
    return text;
}

/* ---- dtypes -------------------------------------------------------------------------------------- */

/* Other people's names for Lina's dtypes. "i8" alone is Lina's (8 bits), "<i8" is NumPy's (8 bytes);
 * "l" is C's long, as in array.array. */
static const struct {
    const char *dtype, *names[8];
} synonyms[] = {
    {"bool", {"bool_", "?", "|b1"}},
    {"i8", {"int8", "b", "|i1", "<i1"}},
    {"i16", {"int16", "h", "<i2"}},
    {"i32", {"int32", "i", "<i4"}},
    {"i64", {"int64", "q", "l", "<i8"}},
    {"u8", {"uint8", "B", "|u1", "<u1"}},
    {"u16", {"uint16", "H", "<u2"}},
    {"u32", {"uint32", "I", "<u4"}},
    {"u64", {"uint64", "Q", "L", "<u8"}},
    {"f16", {"float16", "halffloat", "e", "<f2"}},
    {"bf16", {"bfloat16"}},
    {"f32", {"float32", "f", "<f4"}},
    {"f64", {"float64", "double", "d", "<f8"}},
    {"c64", {"complex64", "F", "Zf", "<c8"}},
    {"c128", {"complex128", "D", "Zd", "<c16"}},
};

static int dtype_from_text(const char *text, uint32_t *out) {
    const char *dot = strrchr(text, '.'); /* "torch.float64" */
    const char *name = dot == NULL ? text : dot + 1;
    if (lina_dtype_from_name(name, out) == LINA_OK)
        return LINA_OK;
    for (size_t i = 0; i < sizeof synonyms / sizeof *synonyms; i++)
        for (const char *const *known = synonyms[i].names; *known != NULL; known++)
            if (strcmp(*known, name) == 0)
                return lina_dtype_from_name(synonyms[i].dtype, out);
    return LINA_ERR_INVALID;
}

/* The builtin types that stand for a dtype in NumPy do so here; NULL for others. */
static const char *dtype_of_builtin(PyObject *object) {
    return object == (PyObject *)&PyFloat_Type     ? "f64"
           : object == (PyObject *)&PyLong_Type    ? "i64"
           : object == (PyObject *)&PyComplex_Type ? "c128"
           : object == (PyObject *)&PyBool_Type    ? "bool"
                                                   : NULL;
}

/* A str as it is, a class by its name (numpy.float64), another object by its text (numpy.dtype). */
static PyObject *dtype_text(PyObject *object) {
    if (PyUnicode_Check(object))
        return Py_NewRef(object);
    return PyType_Check(object) ? PyObject_GetAttrString(object, "__name__") : PyObject_Str(object);
}

int parse_dtype(struct state *state, PyObject *object, uint32_t *out) {
    if (PyLong_Check(object)) {
        unsigned long code = PyLong_AsUnsignedLong(object);
        if (code <= UINT32_MAX && lina_dtype_size((uint32_t)code) > 0) {
            *out = (uint32_t)code;
            return 0;
        }
        PyErr_Clear();
        raise_text(state, LINA_ERR_INVALID, "a dtype's number has code | bits << 8 | lanes << 16");
        return -1;
    }
    const char *builtin = dtype_of_builtin(object);
    PyObject *owner = builtin != NULL ? NULL : dtype_text(object);
    const char *text = owner == NULL ? builtin : PyUnicode_AsUTF8AndSize(owner, NULL);
    if (text == NULL) {
        Py_XDECREF(owner);
        return -1;
    }
    int rc = dtype_from_text(text, out);
    if (rc != LINA_OK)
        raise_text(state, rc,
                   "unknown dtype \"%.64s\": Lina's are u8 i64 f64 bool i8 i16 i32 u16 u32 u64 f16 "
                   "bf16 f32 c64 c128",
                   text);
    Py_XDECREF(owner);
    return rc == LINA_OK ? 0 : -1;
}

/* ---- shapes -------------------------------------------------------------------------------------- */

static int fail_extent(struct state *state, const char *name, PyObject *extent) {
    PyObject *text = PyObject_Repr(extent);
    PyErr_Clear();
    const char *shown = text == NULL ? NULL : PyUnicode_AsUTF8AndSize(text, NULL);
    raise_text(state, LINA_ERR_INVALID, "array \"%.63s\": %.80s is no extent of a shape", name,
               shown == NULL ? "it" : shown);
    Py_XDECREF(text);
    return -1;
}

static int parse_extent(struct state *state, const char *name, PyObject *object, uint64_t *out) {
    PyObject *index = PyNumber_Index(object);
    if (index == NULL)
        return -1;
    unsigned long long extent = PyLong_AsUnsignedLongLong(index);
    Py_DECREF(index);
    if (extent == ULLONG_MAX && PyErr_Occurred())
        return fail_extent(state, name, object);
    *out = extent;
    return 0;
}

int parse_shape(struct state *state, const char *name, PyObject *object, uint64_t *shape,
                uint32_t *ndim) {
    if (PyIndex_Check(object) && !PySequence_Check(object)) { /* an ndarray passes for both */
        *ndim = 1;
        return parse_extent(state, name, object, shape);
    }
    PyObject *extents = PySequence_Tuple(object);
    if (extents == NULL)
        return -1;
    Py_ssize_t n = PyTuple_Size(extents);
    int rc = 0;
    if (n > LINA_MAX_DIMS) {
        raise_text(state, LINA_ERR_INVALID, "array \"%.63s\": %zd dimensions are more than %d",
                   name, n, LINA_MAX_DIMS);
        rc = -1;
    }
    for (Py_ssize_t i = 0; rc == 0 && i < n; i++)
        rc = parse_extent(state, name, PyTuple_GetItem(extents, i), &shape[i]);
    *ndim = (uint32_t)n;
    Py_DECREF(extents);
    return rc;
}

int parse_strides(const char *name, PyObject *object, uint32_t ndim, int64_t *strides) {
    PyObject *tuple = PySequence_Tuple(object);
    if (tuple == NULL)
        return -1;
    Py_ssize_t n = PyTuple_Size(tuple);
    int rc = n == (Py_ssize_t)ndim ? 0 : -1;
    if (rc != 0)
        PyErr_Format(PyExc_ValueError, "array \"%s\": %zd strides for %u dimensions", name, n,
                     ndim);
    for (Py_ssize_t i = 0; rc == 0 && i < n; i++) {
        strides[i] = PyLong_AsLongLong(PyTuple_GetItem(tuple, i));
        rc = strides[i] == -1 && PyErr_Occurred() ? -1 : 0;
    }
    Py_DECREF(tuple);
    return rc;
}

static int parse_order(struct state *state, const char *name, const char *order, uint32_t *out) {
    if (strcmp(order, "C") == 0 || strcmp(order, "F") == 0) {
        *out = order[0] == 'C' ? LINA_LAYOUT_C : LINA_LAYOUT_F;
        return 0;
    }
    raise_text(state, LINA_ERR_INVALID,
               "array \"%.63s\": order \"%.16s\" is neither \"C\" nor \"F\"", name, order);
    return -1;
}

int parse_geometry(struct state *state, PyObject *args, PyObject *kwargs, const char *format,
                   struct geometry *out) {
    static char *names[] = {"name", "dtype", "shape", "order", NULL};
    PyObject *name, *dtype, *shape;
    const char *order = "C";
    if (!PyArg_ParseTupleAndKeywords(args, kwargs, format, names, &name, &dtype, &shape, &order))
        return -1;
    out->name = name_of(name, "array");
    return out->name == NULL || parse_dtype(state, dtype, &out->dtype) != 0 ||
                   parse_shape(state, out->name, shape, out->shape, &out->ndim) != 0 ||
                   parse_order(state, out->name, order, &out->layout) != 0
               ? -1
               : 0;
}

/* ---- time-outs ------------------------------------------------------------------------------------ */

int parse_timeout(PyObject *object, int64_t *out_ns) {
    if (object == NULL || object == Py_None) {
        *out_ns = LINA_FOREVER;
        return 0;
    }
    double seconds = PyFloat_AsDouble(object);
    if (seconds == -1.0 && PyErr_Occurred())
        return -1;
    if (isnan(seconds) || seconds < 0) {
        PyErr_Format(PyExc_ValueError, "timeout must be None or at least 0 seconds, not %R",
                     object);
        return -1;
    }
    double ns = ceil(seconds * 1e9);                  /* never earlier than asked for */
    *out_ns = ns < 9e18 ? (int64_t)ns : LINA_FOREVER; /* 285 years */
    return 0;
}
