/* number.c - an array with one element as a number; all other arithmetic is left to NumPy.
 *
 * Comparing two arrays, or adding to one, would silently be wrong or make a copy. So it raises an error that says
 * what to write instead. If the other operand belongs to an array library, that library does the operation. */
#include "number.h"
#include "binding.h"

/* ---- one element --------------------------------------------------------------------------------- */

PyObject *array_only_element(PyObject *object, const char *what) {
    FIELDS(self, object);
    if (!array_has_elements(self))
        return NULL;
    Py_ssize_t size = window_size(&self->window);
    if (size == 1)
        return self->kind->load(self->window.data);
    return PyErr_Format(PyExc_TypeError, "array \"%s\": %s needs one element, and there are %zd",
                        self->hold->view.desc.name, what, size);
}

PyObject *array_float(PyObject *object) {
    PyObject *element = array_only_element(object, "float()");
    PyObject *number = element == NULL ? NULL : PyNumber_Float(element);
    Py_XDECREF(element);
    return number;
}

static bool is_array(PyObject *object) {
    return PyType_GetSlot(Py_TYPE(object), Py_nb_float) == array_float;
}

PyObject *array_int(PyObject *object) {
    PyObject *element = array_only_element(object, "int()");
    PyObject *number = element == NULL ? NULL : PyNumber_Long(element);
    Py_XDECREF(element);
    return number;
}

PyObject *array_complex(PyObject *object, PyObject *unused) {
    (void)unused;
    PyObject *element = array_only_element(object, "complex()");
    if (element == NULL || PyComplex_Check(element))
        return element;
    double real = PyFloat_AsDouble(element);
    Py_DECREF(element);
    return real == -1.0 && PyErr_Occurred() ? NULL : PyComplex_FromDoubles(real, 0.0);
}

/* bool(x): as for a sequence, true if there are elements. An array without dimensions uses its element. */
int array_bool(PyObject *object) {
    {
        FIELDS(self, object);
        if (!array_is_open(self))
            return -1;
        if (self->window.ndim > 0)
            return self->window.shape[0] > 0;
    }
    PyObject *element = array_only_element(object, "bool()");
    int truth = element == NULL ? -1 : PyObject_IsTrue(element);
    Py_XDECREF(element);
    return truth;
}

/* item(), or item(i, j, ...) */
PyObject *array_take_item(PyObject *object, PyObject *index) {
    if (PyTuple_Size(index) == 0)
        return array_only_element(object, "item()");
    PyObject *element = array_get(object, index);
    if (element == NULL || !is_array(element))
        return element;
    Py_DECREF(element);
    PyErr_SetString(PyExc_TypeError, "item() takes no index, or an int for each dimension");
    return NULL;
}

/* ---- comparison and arithmetic ------------------------------------------------------------------------ */

PyObject *array_refuse_arithmetic(PyObject *object) {
    FIELDS(self, object);
    if (array_is_open(self))
        PyErr_Format(PyExc_TypeError,
                     "array \"%s\": arithmetic and comparison are NumPy's: numpy.asarray(x)",
                     self->hold->view.desc.name);
    return NULL;
}

/* True if the other operand belongs to a library that can do arithmetic with an Array. */
static bool is_of_a_library(PyObject *other) {
    PyObject *type = (PyObject *)Py_TYPE(other);
    return !is_array(other) &&
           (PyMemoryView_Check(other) || PyObject_HasAttrString(type, "__array_ufunc__") ||
            PyObject_HasAttrString(type, "__array_priority__"));
}

static bool is_builtin(PyObject *other) {
    return is_array(other) || other == Py_None || PyBool_Check(other) || PyLong_CheckExact(other) ||
           PyFloat_CheckExact(other) || PyComplex_CheckExact(other) || PyList_CheckExact(other) ||
           PyTuple_CheckExact(other);
}

PyObject *array_refuse_binary(PyObject *left, PyObject *right) {
    PyObject *ours = is_array(left) ? left : right, *other = is_array(left) ? right : left;
    return is_builtin(other) ? array_refuse_arithmetic(ours) : Py_NewRef(Py_NotImplemented);
}

PyObject *array_refuse_power(PyObject *left, PyObject *right, PyObject *modulus) {
    (void)modulus;
    return array_refuse_binary(left, right);
}

/* Refuses x += 1, which would bind x to another object. */
PyObject *array_refuse_in_place(PyObject *object, PyObject *other) {
    (void)other;
    FIELDS(self, object);
    if (array_is_open(self))
        PyErr_Format(PyExc_TypeError,
                     "array \"%s\": arithmetic is NumPy's: a = numpy.asarray(x), then a += ...",
                     self->hold->view.desc.name);
    return NULL;
}

PyObject *array_refuse_power_in_place(PyObject *object, PyObject *other, PyObject *modulus) {
    (void)modulus;
    return array_refuse_in_place(object, other);
}

PyObject *array_compare(PyObject *object, PyObject *other, int operation) {
    (void)operation;
    return is_of_a_library(other) ? Py_NewRef(Py_NotImplemented) : array_refuse_arithmetic(object);
}
