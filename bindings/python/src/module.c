/* module.c - the module lina._lina: multi-phase initialisation, with a state for each interpreter. */
#include "binding.h"
#include "doc.h"

static int add_type(PyObject *module, PyType_Spec *spec, PyTypeObject **out) {
    *out = (PyTypeObject *)PyType_FromModuleAndSpec(module, spec, NULL);
    return *out == NULL ? -1 : PyModule_AddType(module, *out);
}

static int check_abi(void) {
    if (lina_abi_version() == LINA_ABI_VERSION)
        return 0;
    PyErr_Format(PyExc_ImportError, "lina was built for ABI %u of liblina_core, this one has %u",
                 LINA_ABI_VERSION, lina_abi_version());
    return -1;
}

static int module_exec(PyObject *module) {
    struct state *state = PyModule_GetState(module);
    state->array_method = PyUnicode_InternFromString("__array__");
    if (check_abi() != 0 || state->array_method == NULL || errors_load(state) != 0 ||
        add_type(module, &hold_spec, &state->hold_type) != 0 ||
        add_type(module, &array_spec, &state->array_type) != 0 ||
        add_type(module, &arena_spec, &state->arena_type) != 0 ||
        add_type(module, &mailbox_spec, &state->mailbox_type) != 0 ||
        add_type(module, &notice_spec, &state->notice_type) != 0 ||
        add_type(module, &reader_spec, &state->reader_type) != 0)
        return -1;
    return PyModule_AddStringConstant(module, "version", lina_version());
}

static int module_traverse(PyObject *module, visitproc visit, void *arg) {
    struct state *state = PyModule_GetState(module);
    Py_VISIT(state->arena_type);
    Py_VISIT(state->hold_type);
    Py_VISIT(state->array_type);
    Py_VISIT(state->mailbox_type);
    Py_VISIT(state->notice_type);
    Py_VISIT(state->reader_type);
    Py_VISIT(state->view_error);
    Py_VISIT(state->array_method);
    Py_VISIT(state->dtypes);
    Py_VISIT(state->ndarray_of);
    Py_VISIT(state->foreign_of);
    Py_VISIT(state->values_of);
    Py_VISIT(state->html_of);
    for (int code = 0; code < ERROR_CODES; code++)
        Py_VISIT(state->errors[code]);
    return 0;
}

static int module_clear(PyObject *module) {
    struct state *state = PyModule_GetState(module);
    Py_CLEAR(state->arena_type);
    Py_CLEAR(state->hold_type);
    Py_CLEAR(state->array_type);
    Py_CLEAR(state->mailbox_type);
    Py_CLEAR(state->notice_type);
    Py_CLEAR(state->reader_type);
    Py_CLEAR(state->view_error);
    Py_CLEAR(state->array_method);
    Py_CLEAR(state->dtypes);
    Py_CLEAR(state->ndarray_of);
    Py_CLEAR(state->foreign_of);
    Py_CLEAR(state->values_of);
    Py_CLEAR(state->html_of);
    for (int code = 0; code < ERROR_CODES; code++)
        Py_CLEAR(state->errors[code]);
    return 0;
}

static void module_free(void *module) { module_clear(module); }

/* ---- named arenas that this process need not have joined ---- */

static PyObject *inspect(PyObject *module, PyObject *where) {
    lina_arena_info_t info;
    PyObject *bytes = where_of(where);
    if (bytes == NULL)
        return NULL;
    int rc = lina_arena_inspect(PyBytes_AsString(bytes), &info);
    Py_DECREF(bytes);
    return rc == LINA_OK ? dict_of_info(&info) : raise_code(PyModule_GetState(module), rc);
}

static PyObject *unlink_arena(PyObject *module, PyObject *where) {
    PyObject *bytes = where_of(where);
    if (bytes == NULL)
        return NULL;
    int rc = lina_arena_unlink(PyBytes_AsString(bytes));
    Py_DECREF(bytes);
    return rc == LINA_OK ? Py_NewRef(Py_None) : raise_code(PyModule_GetState(module), rc);
}

/* ---- dtypes ---- */

static PyObject *dtype_code(PyObject *module, PyObject *what) {
    uint32_t dtype;
    return parse_dtype(PyModule_GetState(module), NULL, what, &dtype) == 0
               ? PyLong_FromUnsignedLong(dtype)
               : NULL;
}

static PyObject *dtype_size(PyObject *module, PyObject *code) {
    (void)module;
    unsigned long dtype = PyLong_AsUnsignedLong(code);
    return PyErr_Occurred() ? NULL : PyLong_FromSize_t(lina_dtype_size((uint32_t)dtype));
}

/* lina._dtypes calls this to hand over its objects. */
static PyObject *set_dtypes(PyObject *module, PyObject *args) {
    struct state *state = PyModule_GetState(module);
    PyObject *dtypes, *ndarray_of, *foreign_of;
    if (!PyArg_ParseTuple(args, "O!OO", &PyDict_Type, &dtypes, &ndarray_of, &foreign_of))
        return NULL;
    Py_CLEAR(state->dtypes);
    Py_CLEAR(state->ndarray_of);
    Py_CLEAR(state->foreign_of);
    state->dtypes = Py_NewRef(dtypes);
    state->ndarray_of = Py_NewRef(ndarray_of);
    state->foreign_of = Py_NewRef(foreign_of);
    Py_RETURN_NONE;
}

static PyObject *set_show(PyObject *module, PyObject *args) {
    struct state *state = PyModule_GetState(module);
    PyObject *values_of, *html_of;
    if (!PyArg_ParseTuple(args, "OO", &values_of, &html_of))
        return NULL;
    Py_CLEAR(state->values_of);
    Py_CLEAR(state->html_of);
    state->values_of = Py_NewRef(values_of);
    state->html_of = Py_NewRef(html_of);
    Py_RETURN_NONE;
}

static PyMethodDef functions[] = {
    {"_set_show", set_show, METH_VARARGS, NULL},
    {"dtype_code", dtype_code, METH_O, "Lina's number for a dtype in any form."},
    {"dtype_size", dtype_size, METH_O, "Bytes of an element of the dtype with that number."},
    {"_set_dtypes", set_dtypes, METH_VARARGS, NULL},
    {"inspect", inspect, METH_O, DOC_INSPECT},
    {"unlink", unlink_arena, METH_O, DOC_UNLINK},
    {"mailbox", mailbox_new, METH_NOARGS, "A mailbox for an event loop."},
    {NULL, NULL, 0, NULL},
};

/* The module slot for multiple interpreters is new in 3.12, and 3.11 refuses slots that it does not know. Several
 * interpreters can load the module, because all state belongs to the module or to Lina, which is thread-safe. */
#define MULTIPLE_INTERPRETERS 3
#define PER_INTERPRETER_GIL ((void *)2)

static PyModuleDef_Slot slots_of_3_11[] = {
    {Py_mod_exec, module_exec},
    {0, NULL},
};
static PyModuleDef_Slot slots_of_3_12[] = {
    {Py_mod_exec, module_exec},
    {MULTIPLE_INTERPRETERS, PER_INTERPRETER_GIL},
#ifdef Py_GIL_DISABLED
    {Py_mod_gil, Py_MOD_GIL_NOT_USED},
#endif
    {0, NULL},
};

#define DEFINITION(slots)                                                                          \
    {                                                                                              \
        PyModuleDef_HEAD_INIT, .m_name = "_lina", .m_doc = "The C side of lina. Use the package.", \
                               .m_size = sizeof(struct state), .m_methods = functions,             \
                               .m_slots = slots, .m_traverse = module_traverse,                    \
                               .m_clear = module_clear, .m_free = module_free,                     \
    }
static PyModuleDef of_3_11 = DEFINITION(slots_of_3_11), of_3_12 = DEFINITION(slots_of_3_12);

PyMODINIT_FUNC PyInit__lina(void);
PyMODINIT_FUNC PyInit__lina(void) {
    return PyModuleDef_Init(Py_Version >= 0x030C0000 ? &of_3_12 : &of_3_11);
}
