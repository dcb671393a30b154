/* closing.c - closes arrays, and keeps what a method of an array works on while other threads may close it. */
#include "binding.h"

#include <string.h>

/* ---- while a method runs ------------------------------------------------------------------------------ */

struct array array_pin(struct array *self) {
    struct array pinned;
    const size_t from = offsetof(struct array, state); /* not Python's own fields */
    GUARD(self);
    memcpy((char *)&pinned + from, (char *)self + from, sizeof pinned - from);
    if (pinned.hold != NULL)
        Py_INCREF((PyObject *)pinned.hold);
    return pinned;
}

void array_unpin(struct array *pinned) {
    if (pinned->hold != NULL)
        Py_DECREF((PyObject *)pinned->hold);
}

/* ---- closing ------------------------------------------------------------------------------------------- */

/* Closes the array, and gives its references to the caller. False with an exception. */
static bool close_fields(struct array *self, struct hold **hold, struct array **twin) {
    GUARD(self);
    if (self->name == NULL)
        self->name = PyUnicode_FromString(self->hold->view.desc.name);
    if (self->name == NULL)
        return false;
    self->closed = true;
    *twin = self->twin;
    self->twin = NULL;
    if (!self->lent) {
        *hold = self->hold;
        self->hold = NULL;
    }
    return true;
}

PyObject *array_close(PyObject *object, PyObject *unused) {
    (void)unused;
    struct hold *hold = NULL;
    struct array *twin = NULL;
    bool ok = close_fields((struct array *)object, &hold, &twin);
    Py_XDECREF((PyObject *)twin);
    Py_XDECREF((PyObject *)hold);
    return ok ? Py_NewRef(Py_None) : NULL;
}

/* Ends the use of the array when the reader of a stream moves on. */
PyObject *array_end(PyObject *object, PyObject *unused) {
    bool stays;
    {
        FIELDS(self, object);
        stays = self->kept || self->closed;
    }
    return stays ? Py_NewRef(Py_None) : array_close(object, unused);
}

PyObject *array_keep(PyObject *object, PyObject *unused) {
    (void)unused;
    struct array *self = (struct array *)object;
    GUARD(self);
    if (!array_is_open(self))
        return NULL;
    self->kept = true;
    return Py_NewRef(object);
}

PyObject *array_enter(PyObject *object, PyObject *unused) {
    (void)unused;
    FIELDS(self, object);
    return array_is_open(self) ? Py_NewRef(object) : NULL;
}

PyObject *array_exit(PyObject *object, PyObject *args) {
    (void)args;
    return array_close(object, NULL);
}
