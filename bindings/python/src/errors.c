/* errors.c - from Lina's codes to the exception classes of lina._errors. */
#include "binding.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

int errors_load(struct state *state) {
    PyObject *module = PyImport_ImportModule("lina._errors");
    if (module == NULL)
        return -1;
    PyObject *classes = PyObject_GetAttrString(module, "BY_CODE");
    state->view_error = PyObject_GetAttrString(module, "ViewError");
    Py_DECREF(module);
    bool ok = classes != NULL && state->view_error != NULL;
    for (int code = 1; ok && code < ERROR_CODES; code++) {
        state->errors[code] = PyMapping_GetItemString(classes, lina_error_name(-code));
        ok = state->errors[code] != NULL;
    }
    Py_XDECREF(classes);
    return ok ? 0 : -1;
}

static PyObject *raise(struct state *state, int code, const char *text) {
    bool known = code < 0 && code > -ERROR_CODES;
    /* Lina cuts long sentences by bytes, perhaps inside a character. */
    PyObject *message = PyUnicode_DecodeUTF8(text, (Py_ssize_t)strlen(text), "replace");
    if (message == NULL)
        return NULL;
    PyErr_SetObject(known ? state->errors[-code] : PyExc_SystemError, message);
    Py_DECREF(message);
    return NULL;
}

PyObject *raise_code(struct state *state, int code) {
    return raise(state, code, lina_last_error());
}

PyObject *raise_text(struct state *state, int code, const char *format, ...) {
    char text[320];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    return raise(state, code, text);
}
