/* element.c - converts one element of each dtype to a Python object and back. */
#include "binding.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

/* ---- integers ------------------------------------------------------------------------------------ */

static int fail_range(PyObject *value, const char *name, const char *dtype) {
    char why[40];
    snprintf(why, sizeof why, "does not fit into %s", dtype);
    return refuse_value(PyExc_OverflowError, "array", name, value, why);
}

static PyObject *as_index(PyObject *value, const char *name) {
    if (PyIndex_Check(value))
        return PyNumber_Index(value);
    refuse_value(PyExc_TypeError, "array", name, value, "is no int");
    return NULL;
}

static int as_signed(PyObject *value, const char *name, const char *dtype, long long low,
                     long long high, long long *out) {
    PyObject *index = as_index(value, name);
    if (index == NULL)
        return -1;
    int overflow;
    *out = PyLong_AsLongLongAndOverflow(index, &overflow);
    Py_DECREF(index);
    if (overflow != 0 || *out < low || *out > high)
        return fail_range(value, name, dtype);
    return *out == -1 && PyErr_Occurred() ? -1 : 0;
}

static int as_unsigned(PyObject *value, const char *name, const char *dtype,
                       unsigned long long high, unsigned long long *out) {
    PyObject *index = as_index(value, name);
    if (index == NULL)
        return -1;
    *out = PyLong_AsUnsignedLongLong(index);
    Py_DECREF(index);
    bool failed = *out == ULLONG_MAX && PyErr_Occurred() != NULL;
    return failed || *out > high ? fail_range(value, name, dtype) : 0;
}

#define SIGNED(dtype, T, LOW, HIGH)                                                                \
    static PyObject *load_##dtype(const char *at) {                                                \
        T value;                                                                                   \
        memcpy(&value, at, sizeof value);                                                          \
        return PyLong_FromLongLong(value);                                                         \
    }                                                                                              \
    static int store_##dtype(char *at, PyObject *object, const char *name) {                       \
        long long wide;                                                                            \
        if (as_signed(object, name, #dtype, LOW, HIGH, &wide) != 0)                                \
            return -1;                                                                             \
        T value = (T)wide;                                                                         \
        memcpy(at, &value, sizeof value);                                                          \
        return 0;                                                                                  \
    }
#define UNSIGNED(dtype, T, HIGH)                                                                   \
    static PyObject *load_##dtype(const char *at) {                                                \
        T value;                                                                                   \
        memcpy(&value, at, sizeof value);                                                          \
        return PyLong_FromUnsignedLongLong(value);                                                 \
    }                                                                                              \
    static int store_##dtype(char *at, PyObject *object, const char *name) {                       \
        unsigned long long wide;                                                                   \
        if (as_unsigned(object, name, #dtype, HIGH, &wide) != 0)                                   \
            return -1;                                                                             \
        T value = (T)wide;                                                                         \
        memcpy(at, &value, sizeof value);                                                          \
        return 0;                                                                                  \
    }

SIGNED(i8, int8_t, INT8_MIN, INT8_MAX)
SIGNED(i16, int16_t, INT16_MIN, INT16_MAX)
SIGNED(i32, int32_t, INT32_MIN, INT32_MAX)
SIGNED(i64, int64_t, INT64_MIN, INT64_MAX)
UNSIGNED(u8, uint8_t, UINT8_MAX)
UNSIGNED(u16, uint16_t, UINT16_MAX)
UNSIGNED(u32, uint32_t, UINT32_MAX)
UNSIGNED(u64, uint64_t, UINT64_MAX)

static PyObject *load_bool(const char *at) { return PyBool_FromLong(*at != 0); }

static int store_bool(char *at, PyObject *value, const char *name) {
    (void)name;
    int truth = PyObject_IsTrue(value);
    if (truth >= 0)
        *at = (char)truth;
    return truth < 0 ? -1 : 0;
}

/* ---- floating point ------------------------------------------------------------------------------ */

static int as_double(PyObject *value, const char *name, double *out) {
    *out = PyFloat_AsDouble(value);
    if (*out != -1.0 || !PyErr_Occurred())
        return 0;
    if (PyLong_Check(value) && PyErr_ExceptionMatches(PyExc_OverflowError))
        return fail_range(value, name, "a float");
    return PyNumber_Check(value) && !PyComplex_Check(value)
               ? -1
               : refuse_value(PyExc_TypeError, "array", name, value, "is no real number");
}

#define FLOATING(dtype, T)                                                                         \
    static PyObject *load_##dtype(const char *at) {                                                \
        T value;                                                                                   \
        memcpy(&value, at, sizeof value);                                                          \
        return PyFloat_FromDouble((double)value);                                                  \
    }                                                                                              \
    static int store_##dtype(char *at, PyObject *object, const char *name) {                       \
        double wide;                                                                               \
        if (as_double(object, name, &wide) != 0)                                                   \
            return -1;                                                                             \
        T value = (T)wide;                                                                         \
        memcpy(at, &value, sizeof value);                                                          \
        return 0;                                                                                  \
    }
FLOATING(f32, float)
FLOATING(f64, double)

/* A floating-point format of 16 bits: `digits` bits of fraction, and exponents from 1 - bias to bias. */
struct narrow {
    int digits, bias;
};
static const struct narrow half = {10, 15}, brain = {7, 127};

static double widen(uint16_t bits, struct narrow format) {
    int fraction = bits & ((1 << format.digits) - 1);
    int exponent = (bits & 0x7fff) >> format.digits;
    double value;
    if (exponent > 2 * format.bias)
        value = fraction == 0 ? INFINITY : NAN;
    else if (exponent == 0)
        value = ldexp(fraction, 1 - format.bias - format.digits);
    else
        value = ldexp(fraction + (1 << format.digits), exponent - format.bias - format.digits);
    return (bits & 0x8000) != 0 ? -value : value;
}

/* Rounds to the nearest value, and ties to even. Numbers beyond the largest become infinity. */
static uint16_t narrow(double value, struct narrow format) {
    unsigned sign = signbit(value) ? 0x8000u : 0;
    unsigned infinity = (unsigned)(2 * format.bias + 1) << format.digits;
    if (isnan(value))
        return (uint16_t)(sign | infinity | 1u << (format.digits - 1));
    if (isinf(value) || value == 0)
        return (uint16_t)(sign | (value == 0 ? 0 : infinity));
    int exponent;
    frexp(value, &exponent);
    exponent -= 1; /* |value| = m x 2^exponent with 1 <= m < 2 */
    if (exponent < 1 - format.bias)
        exponent = 1 - format.bias; /* subnormal, or zero */
    if (exponent > format.bias)
        return (uint16_t)(sign | infinity);
    /* In units of the last digit. A carry into the exponent is correct. */
    double units = nearbyint(ldexp(fabs(value), format.digits - exponent));
    unsigned bits = (unsigned)units + ((unsigned)(exponent + format.bias - 1) << format.digits);
    return (uint16_t)(sign | bits);
}

#define NARROW(dtype, format)                                                                      \
    static PyObject *load_##dtype(const char *at) {                                                \
        uint16_t bits;                                                                             \
        memcpy(&bits, at, sizeof bits);                                                            \
        return PyFloat_FromDouble(widen(bits, format));                                            \
    }                                                                                              \
    static int store_##dtype(char *at, PyObject *object, const char *name) {                       \
        double wide;                                                                               \
        if (as_double(object, name, &wide) != 0)                                                   \
            return -1;                                                                             \
        uint16_t bits = narrow(wide, format);                                                      \
        memcpy(at, &bits, sizeof bits);                                                            \
        return 0;                                                                                  \
    }
NARROW(f16, half)
NARROW(bf16, brain)

/* Reads a complex number from any number, without dropping a part. */
static int as_complex(PyObject *value, const char *name, double out[2]) {
    PyObject *number = NULL;
    if (!PyNumber_Check(value) && !PyObject_HasAttrString(value, "__complex__"))
        return refuse_value(PyExc_TypeError, "array", name, value, "is no number");
    if (!PyComplex_Check(value) && !PyFloat_Check(value) &&
        PyObject_HasAttrString(value, "__complex__"))
        number = PyObject_CallMethod(value, "__complex__", NULL);
    else
        number = Py_NewRef(value);
    if (number == NULL)
        return -1;
    out[0] = out[1] = 0.0;
    int rc = 0;
    if (PyComplex_Check(number)) {
        out[0] = PyComplex_RealAsDouble(number);
        out[1] = PyComplex_ImagAsDouble(number);
    } else
        rc = as_double(number, name, out);
    Py_DECREF(number);
    return rc;
}

#define COMPLEX(dtype, T)                                                                          \
    static PyObject *load_##dtype(const char *at) {                                                \
        T parts[2];                                                                                \
        memcpy(parts, at, sizeof parts);                                                           \
        return PyComplex_FromDoubles((double)parts[0], (double)parts[1]);                          \
    }                                                                                              \
    static int store_##dtype(char *at, PyObject *object, const char *name) {                       \
        double wide[2];                                                                            \
        if (as_complex(object, name, wide) != 0)                                                   \
            return -1;                                                                             \
        T parts[2] = {(T)wide[0], (T)wide[1]};                                                     \
        memcpy(at, parts, sizeof parts);                                                           \
        return 0;                                                                                  \
    }
COMPLEX(c64, float)
COMPLEX(c128, double)

/* ---- the table ------------------------------------------------------------------------------------ */

/* The format of 64-bit integers is 'l', C's long, which is NumPy's int64. For NumPy, 'q' is another type. */
_Static_assert(sizeof(long) == 8, "the buffer format of i64");

#define KIND(name, NAME, format, typestr)                                                          \
    { LINA_DTYPE_##NAME, format, typestr, load_##name, store_##name }
static const struct kind kinds[] = {
    KIND(f64, F64, "d", "<f8"),     KIND(u8, U8, "B", "|u1"),     KIND(i64, I64, "l", "<i8"),
    KIND(f32, F32, "f", "<f4"),     KIND(i32, I32, "i", "<i4"),   KIND(u16, U16, "H", "<u2"),
    KIND(u32, U32, "I", "<u4"),     KIND(u64, U64, "L", "<u8"),   KIND(i8, I8, "b", "|i1"),
    KIND(i16, I16, "h", "<i2"),     KIND(f16, F16, "e", "<f2"),   KIND(c64, C64, "Zf", "<c8"),
    KIND(c128, C128, "Zd", "<c16"), KIND(bool, BOOL, "?", "|b1"), KIND(bf16, BF16, NULL, NULL),
};

const struct kind *kind_of(uint32_t dtype) {
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
        if (kinds[i].dtype == dtype)
            return &kinds[i];
    return NULL;
}

/* True if the format is of this kind. 'q' and 'l' have the same bytes, and NumPy and ctypes use both. */
static bool is_format(const struct kind *kind, const char *format) {
    if (kind->format == NULL)
        return false;
    return strcmp(format, kind->format) == 0 ||
           (kind->dtype == LINA_DTYPE_I64 && strcmp(format, "q") == 0) ||
           (kind->dtype == LINA_DTYPE_U64 && strcmp(format, "Q") == 0);
}

const struct kind *kind_of_format(const char *format, Py_ssize_t itemsize) {
    if (format == NULL)
        format = "B";
    if (*format == '@' || *format == '=' || *format == '<')
        format++;
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
        if (is_format(&kinds[i], format) && (Py_ssize_t)lina_dtype_size(kinds[i].dtype) == itemsize)
            return &kinds[i];
    return NULL;
}
