/* describe.c - converts descriptors to Python objects. */
#include "binding.h"

PyObject *dtype_name(uint32_t dtype) {
    const char *name = lina_dtype_name(dtype);
    return name != NULL ? PyUnicode_FromString(name) : PyLong_FromUnsignedLong(dtype);
}

PyObject *dtype_object(struct state *state, uint32_t dtype) {
    PyObject *code = PyLong_FromUnsignedLong(dtype);
    PyObject *known =
        code == NULL || state->dtypes == NULL ? NULL : PyDict_GetItemWithError(state->dtypes, code);
    if (known == NULL)
        return PyErr_Occurred() ? NULL : code;
    Py_DECREF(code);
    return Py_NewRef(known);
}

const char *layout_name(uint32_t layout) {
    return layout == LINA_LAYOUT_C ? "C" : layout == LINA_LAYOUT_F ? "F" : "strided";
}

PyObject *tuple_of(const Py_ssize_t *values, uint32_t n) {
    PyObject *tuple = PyTuple_New((Py_ssize_t)n);
    for (uint32_t i = 0; tuple != NULL && i < n; i++) {
        PyObject *value = PyLong_FromSsize_t(values[i]);
        if (value == NULL || PyTuple_SetItem(tuple, (Py_ssize_t)i, value) != 0)
            Py_CLEAR(tuple);
    }
    return tuple;
}

PyObject *dict_of(const lina_desc_t *desc) {
    _Static_assert(sizeof(Py_ssize_t) == sizeof(uint64_t), "extents are read as Py_ssize_t");
    PyObject *dtype = dtype_name(desc->dtype);
    PyObject *shape = tuple_of((const Py_ssize_t *)desc->shape, desc->ndim);
    PyObject *strides = tuple_of((const Py_ssize_t *)desc->strides, desc->ndim);
    if (dtype == NULL || shape == NULL || strides == NULL) {
        Py_XDECREF(dtype);
        Py_XDECREF(shape);
        Py_XDECREF(strides);
        return NULL;
    }
    return Py_BuildValue(
        "{s:s, s:K, s:K, s:K, s:N, s:I, s:I, s:N, s:N, s:s, s:I, s:I, s:I}", /* N: takes the reference */
        "name", desc->name, "offset", (unsigned long long)desc->offset, "nbytes",
        (unsigned long long)desc->nbytes, "capacity_bytes",
        (unsigned long long)desc->capacity_bytes, "dtype", dtype, "dtype_code", desc->dtype, "ndim",
        desc->ndim, "shape", shape, "strides", strides, "layout", layout_name(desc->layout),
        "generation", desc->generation, "flags", desc->flags, "reserved", desc->reserved);
}

PyObject *dict_of_info(const lina_arena_info_t *i) {
    return Py_BuildValue(
        "{s:N, s:K, s:K, s:K, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:N, s:N}", "where",
        PyUnicode_DecodeFSDefault(i->where), "size", (unsigned long long)i->size, "used_bytes",
        (unsigned long long)i->used_bytes, "resident_bytes", (unsigned long long)i->resident_bytes,
        "arrays", i->arrays, "held", i->held, "loans", i->loans, "signals", i->signals, "members",
        i->members, "max_arrays", i->max_arrays, "max_signals", i->max_signals, "max_members",
        i->max_members, "member", i->member, "readonly", PyBool_FromLong((long)i->read_only),
        "orphan", PyBool_FromLong((long)i->orphan));
}
