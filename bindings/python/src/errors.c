/* errors.c - raises the exception classes of lina._errors for Lina's codes. */
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

/* C names in the core's messages, and what Python calls the same. */
static const char *const words[][2] = {
    {"LINA_ARENA_JOIN", "exist_ok=True"}, {"LINA_ARENA_REPLACE", "replace=True"},
    {"lina_arena_unlink", "lina.unlink"}, {"LINA_ATTACH_OTHER_USER", "other_user=True"},
    {"lina_alias", "lina.alias"},
};

/* Takes over the reference to the message. */
static PyObject *in_words_of_python(PyObject *message) {
    for (size_t i = 0; message != NULL && i < sizeof words / sizeof *words; i++) {
        PyObject *old = PyUnicode_FromString(words[i][0]), *new = PyUnicode_FromString(words[i][1]);
        PyObject *said =
            old != NULL && new != NULL ? PyUnicode_Replace(message, old, new, -1) : NULL;
        Py_XDECREF(old);
        Py_XDECREF(new);
        Py_DECREF(message);
        message = said;
    }
    return message;
}

static PyObject *raise(PyObject *kind, const char *text) {
    /* Lina cuts long error texts at a byte, perhaps inside a character. */
    PyObject *message =
        in_words_of_python(PyUnicode_DecodeUTF8(text, (Py_ssize_t)strlen(text), "replace"));
    if (message == NULL)
        return NULL;
    PyErr_SetObject(kind, message);
    Py_DECREF(message);
    return NULL;
}

static PyObject *kind_of_code(struct state *state, int code) {
    return code < 0 && code > -ERROR_CODES ? state->errors[-code] : PyExc_SystemError;
}

PyObject *raise_code(struct state *state, int code) {
    return raise(kind_of_code(state, code), lina_last_error());
}

/* The text of an object for an error message, or its type if it has no text. */
static PyObject *shown(PyObject *object) {
    PyObject *text = PyObject_Repr(object);
    if (text != NULL)
        return text;
    PyErr_Clear();
    return PyObject_Repr((PyObject *)Py_TYPE(object));
}

int refuse_value(PyObject *kind, const char *what, const char *name, PyObject *value,
                 const char *why) {
    PyErr_Clear(); /* a repr may fail if there is an exception already */
    PyObject *text = shown(value);
    if (text != NULL && name == NULL)
        PyErr_Format(kind, "%.100U %s", text, why);
    else if (text != NULL)
        PyErr_Format(kind, "%s \"%.63s\": %.100U %s", what, name, text, why);
    Py_XDECREF(text);
    return -1;
}

static PyObject *raise_formatted(PyObject *kind, const char *format, va_list arguments) {
    char text[320];
    vsnprintf(text, sizeof text, format, arguments);
    return raise(kind, text);
}

PyObject *raise_text(struct state *state, int code, const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    raise_formatted(kind_of_code(state, code), format, arguments);
    va_end(arguments);
    return NULL;
}

PyObject *raise_view(struct state *state, const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    raise_formatted(state->view_error, format, arguments);
    va_end(arguments);
    return NULL;
}
