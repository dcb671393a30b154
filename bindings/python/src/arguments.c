/* arguments.c - converts the arguments of callers to C values. */
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

PyObject *where_of(PyObject *object) {
    PyObject *bytes = NULL;
    if (!PyUnicode_FSConverter(object, &bytes))
        return NULL;
    if (PyUnicode_Check(object) || PyBytes_Check(object))
        return bytes;
    PyObject *where = PyBytes_FromFormat("file:%s", PyBytes_AsString(bytes));
    Py_DECREF(bytes);
    return where;
}

/* ---- dtypes -------------------------------------------------------------------------------------- */

/* Other names for Lina's dtypes. "i8" is Lina's name (8 bits), and "<i8" is NumPy's (8 bytes). "l" is C's long, as in
 * array.array. */
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

/* The dtype of a builtin type, as in NumPy. NULL for others. */
static const char *dtype_of_builtin(PyObject *object) {
    return object == (PyObject *)&PyFloat_Type     ? "f64"
           : object == (PyObject *)&PyLong_Type    ? "i64"
           : object == (PyObject *)&PyComplex_Type ? "c128"
           : object == (PyObject *)&PyBool_Type    ? "bool"
                                                   : NULL;
}

/* The text that names a dtype: a str itself, the name of a class (numpy.float64), the str() of another object
 * (numpy.dtype). */
static PyObject *dtype_text(PyObject *object) {
    if (PyUnicode_Check(object))
        return Py_NewRef(object);
    return PyType_Check(object) ? PyObject_GetAttrString(object, "__name__") : PyObject_Str(object);
}

static int dtype_from_number(struct state *state, const char *name, PyObject *object,
                             uint32_t *out) {
    uint64_t code;
    const char *why = "is no dtype's number: code | bits << 8 | lanes << 16";
    if (parse_count(state->errors[-LINA_ERR_INVALID], "array", name, object, UINT32_MAX, &code) ==
            0 &&
        lina_dtype_size((uint32_t)code) > 0) {
        *out = (uint32_t)code;
        return 0;
    }
    PyErr_Clear();
    return refuse_value(state->errors[-LINA_ERR_INVALID], "array", name, object, why);
}

int parse_dtype(struct state *state, const char *name, PyObject *object, uint32_t *out) {
    if (PyLong_Check(object))
        return dtype_from_number(state, name, object, out);
    const char *builtin = dtype_of_builtin(object);
    PyObject *owner = builtin != NULL ? NULL : dtype_text(object);
    const char *text = owner == NULL ? builtin : PyUnicode_AsUTF8AndSize(owner, NULL);
    if (text == NULL) {
        Py_XDECREF(owner);
        return -1;
    }
    int rc = dtype_from_text(text, out);
    if (rc != LINA_OK)
        refuse_value(
            state->errors[-rc], "array", name, object,
            "is no dtype: Lina's are u8 i64 f64 bool i8 i16 i32 u16 u32 u64 f16 bf16 f32 c64 "
            "c128");
    Py_XDECREF(owner);
    return rc == LINA_OK ? 0 : -1;
}

/* ---- numbers and shapes --------------------------------------------------------------------------- */

int parse_count(PyObject *kind, const char *what, const char *name, PyObject *object, uint64_t most,
                uint64_t *out) {
    if (!PyIndex_Check(object))
        return refuse_value(PyExc_TypeError, what, name, object, "is no int");
    PyObject *index = PyNumber_Index(object);
    if (index == NULL)
        return -1;
    unsigned long long count = PyLong_AsUnsignedLongLong(index);
    Py_DECREF(index);
    if ((count == ULLONG_MAX && PyErr_Occurred()) || count > most) {
        PyErr_Clear();
        return refuse_value(kind, what, name, object, "is out of range");
    }
    *out = count;
    return 0;
}

static PyObject *tuple_of_ints(const char *name, PyObject *object, const char *why) {
    PyObject *tuple = PySequence_Tuple(object);
    if (tuple == NULL && PyErr_ExceptionMatches(PyExc_TypeError))
        refuse_value(PyExc_TypeError, "array", name, object, why);
    return tuple;
}

int parse_shape(struct state *state, const char *name, PyObject *object, uint64_t *shape,
                uint32_t *ndim) {
    PyObject *invalid = state->errors[-LINA_ERR_INVALID];
    if (PyIndex_Check(object) && !PySequence_Check(object)) { /* an ndarray has both protocols */
        *ndim = 1;
        return parse_count(invalid, "array", name, object, UINT64_MAX, shape);
    }
    PyObject *extents = tuple_of_ints(name, object, "is no shape: an int, or a sequence of ints");
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
        rc =
            parse_count(invalid, "array", name, PyTuple_GetItem(extents, i), UINT64_MAX, &shape[i]);
    *ndim = (uint32_t)n;
    Py_DECREF(extents);
    return rc;
}

static int parse_stride(struct state *state, const char *name, PyObject *object, int64_t *out) {
    if (!PyIndex_Check(object))
        return refuse_value(PyExc_TypeError, "array", name, object, "is no int");
    Py_ssize_t stride = PyNumber_AsSsize_t(object, PyExc_OverflowError);
    if (stride == -1 && PyErr_Occurred()) {
        if (!PyErr_ExceptionMatches(PyExc_OverflowError))
            return -1;
        PyErr_Clear();
        return refuse_value(state->errors[-LINA_ERR_INVALID], "array", name, object,
                            "is out of range");
    }
    *out = stride;
    return 0;
}

int parse_strides(struct state *state, const char *name, PyObject *object, uint32_t ndim,
                  int64_t *strides) {
    PyObject *tuple = tuple_of_ints(name, object, "are no strides: a sequence of ints");
    if (tuple == NULL)
        return -1;
    Py_ssize_t n = PyTuple_Size(tuple);
    int rc = n == (Py_ssize_t)ndim ? 0 : -1;
    if (rc != 0)
        raise_text(state, LINA_ERR_INVALID, "array \"%.63s\": %zd strides for %u dimensions", name,
                   n, ndim);
    for (Py_ssize_t i = 0; rc == 0 && i < n; i++)
        rc = parse_stride(state, name, PyTuple_GetItem(tuple, i), &strides[i]);
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
    static char *with_exist_ok[] = {"name", "dtype", "shape", "order", "exist_ok", NULL};
    static char *without[] = {"name", "dtype", "shape", "order", NULL};
    char **names = strchr(format, '$') != NULL ? with_exist_ok : without;
    PyObject *name, *dtype, *shape;
    const char *order = "C";
    int exist_ok = 0;
    if (!PyArg_ParseTupleAndKeywords(args, kwargs, format, names, &name, &dtype, &shape, &order,
                                     &exist_ok))
        return -1;
    out->exist_ok = exist_ok != 0;
    out->name = name_of(name, "array");
    return out->name == NULL || parse_dtype(state, out->name, dtype, &out->dtype) != 0 ||
                   parse_shape(state, out->name, shape, out->shape, &out->ndim) != 0 ||
                   parse_order(state, out->name, order, &out->layout) != 0
               ? -1
               : 0;
}

/* ---- time-outs ------------------------------------------------------------------------------------ */

int parse_timeout(const char *signal, PyObject *object, int64_t *out_ns) {
    return parse_timeout_of("signal", signal, object, out_ns);
}

int parse_timeout_of(const char *what, const char *name, PyObject *object, int64_t *out_ns) {
    const char *why = "is no timeout: seconds, or None";
    if (object == NULL || object == Py_None) {
        *out_ns = LINA_FOREVER;
        return 0;
    }
    double seconds = PyFloat_AsDouble(object);
    if (seconds == -1.0 && PyErr_Occurred())
        return PyErr_ExceptionMatches(PyExc_TypeError)
                   ? refuse_value(PyExc_TypeError, what, name, object, why)
                   : -1;
    if (isnan(seconds))
        return refuse_value(PyExc_ValueError, what, name, object, why);
    double ns = ceil(seconds * 1e9); /* rounded up: never too early */
    *out_ns = ns <= 0 ? 0 : ns < 0x1p63 ? (int64_t)ns : LINA_FOREVER;
    return 0;
}
