/* export.c - __dlpack__ and __arrow_c_array__: Lina's translators, in capsules.
 *
 * What is exported has a hold of its own on the generation, which the consumer's deleter ends without
 * Python: from any thread, also after the interpreter. */
#include "binding.h"

#include <string.h>

#include "interchange.h"

/* A second view, narrowed to the array's window. False with an exception. */
static bool narrow_view(const struct array *self, lina_view_t *view) {
    const struct window *w = &self->window;
    if (!array_is_open(self))
        return false;
    int rc = lina_retain(&self->hold->view, view);
    if (rc != LINA_OK) {
        raise_code(self->state, rc);
        return false;
    }
    lina_desc_t *desc = &view->desc;
    desc->offset += (uint64_t)(w->data - (char *)view->data);
    desc->dtype = self->dtype;
    desc->ndim = w->ndim;
    desc->layout = self->layout;
    desc->nbytes = (uint64_t)(window_size(w) * self->itemsize);
    for (uint32_t d = 0; d < w->ndim; d++) {
        desc->shape[d] = (uint64_t)w->shape[d];
        desc->strides[d] = w->strides[d];
    }
    view->data = w->data;
    return true;
}

static PyObject *refuse(const struct array *self, const char *why) {
    return raise_view(self->state, "array \"%s\": %s", self->hold->view.desc.name, why);
}

/* ---- DLPack ---------------------------------------------------------------------------------------- */

#define DLTENSOR "dltensor"
#define DLTENSOR_VERSIONED "dltensor_versioned"

/* A consumer renames the capsule; one that kept its name was never consumed. */
static void drop_dlpack(PyObject *capsule) {
    if (PyCapsule_IsValid(capsule, DLTENSOR)) {
        struct DLManagedTensor *tensor = PyCapsule_GetPointer(capsule, DLTENSOR);
        tensor->deleter(tensor);
    } else if (PyCapsule_IsValid(capsule, DLTENSOR_VERSIONED)) {
        struct DLManagedTensorVersioned *tensor = PyCapsule_GetPointer(capsule, DLTENSOR_VERSIONED);
        tensor->deleter(tensor);
    }
}

static PyObject *export_dlpack(const struct array *self) {
    lina_view_t view;
    struct DLManagedTensor *tensor;
    if (!narrow_view(self, &view))
        return NULL;
    int rc = lina_export_dlpack(&view, &tensor);
    lina_release(&view);
    if (rc != LINA_OK)
        return raise_view(self->state, "%s", lina_last_error());
    PyObject *capsule = PyCapsule_New(tensor, DLTENSOR, drop_dlpack);
    if (capsule == NULL)
        tensor->deleter(tensor);
    return capsule;
}

static PyObject *export_dlpack_versioned(const struct array *self) {
    lina_view_t view;
    struct DLManagedTensorVersioned *tensor;
    if (!narrow_view(self, &view))
        return NULL;
    int rc = lina_export_dlpack_versioned(&view, &tensor);
    lina_release(&view);
    if (rc != LINA_OK)
        return raise_view(self->state, "%s", lina_last_error());
    PyObject *capsule = PyCapsule_New(tensor, DLTENSOR_VERSIONED, drop_dlpack);
    if (capsule == NULL)
        tensor->deleter(tensor);
    return capsule;
}

static bool is_cpu(PyObject *device) {
    int type, id;
    if (device == Py_None)
        return true;
    bool ok = PyTuple_Check(device) && PyArg_ParseTuple(device, "ii", &type, &id);
    PyErr_Clear();
    return ok && type == DL_CPU && id == 0;
}

/* What the consumer understands: the versioned form from DLPack 1.0 on. -1 with an exception. */
static int is_versioned(PyObject *max_version) {
    int major, minor;
    if (max_version == Py_None)
        return 0;
    if (!PyTuple_Check(max_version)) {
        PyErr_SetString(PyExc_TypeError, "max_version must be a tuple (major, minor) or None");
        return -1;
    }
    return PyArg_ParseTuple(max_version, "ii", &major, &minor) ? major >= 1 : -1;
}

PyObject *array_dlpack(PyObject *object, PyObject *args, PyObject *kwargs) {
    static char *names[] = {"stream", "max_version", "dl_device", "copy", NULL};
    const struct array *self = (struct array *)object;
    PyObject *stream = Py_None, *max_version = Py_None, *device = Py_None, *copy = Py_None;
    if (!array_is_open(self) || !PyArg_ParseTupleAndKeywords(args, kwargs, "|$OOOO", names, &stream,
                                                             &max_version, &device, &copy))
        return NULL;
    if (stream != Py_None)
        return refuse(self, "memory of the CPU has no stream");
    if (!is_cpu(device))
        return refuse(self, "it is memory of the CPU, and Lina does not copy");
    int wants_copy = PyObject_IsTrue(copy);
    if (wants_copy != 0)
        return wants_copy < 0 ? NULL : refuse(self, "Lina does not copy");
    int versioned = is_versioned(max_version);
    return versioned < 0    ? NULL
           : versioned == 0 ? export_dlpack(self)
                            : export_dlpack_versioned(self);
}

PyObject *array_dlpack_device(PyObject *self, PyObject *unused) {
    (void)self;
    (void)unused;
    return Py_BuildValue("(ii)", DL_CPU, 0);
}

/* ---- Arrow ------------------------------------------------------------------------------------------- */

#define ARROW_SCHEMA "arrow_schema"
#define ARROW_ARRAY "arrow_array"

static void drop_schema(PyObject *capsule) {
    struct ArrowSchema *schema = PyCapsule_GetPointer(capsule, ARROW_SCHEMA);
    if (schema->release != NULL)
        schema->release(schema);
    PyMem_Free(schema);
}

static void drop_array(PyObject *capsule) {
    struct ArrowArray *array = PyCapsule_GetPointer(capsule, ARROW_ARRAY);
    if (array->release != NULL)
        array->release(array);
    PyMem_Free(array);
}

/* Zeroed memory in a capsule: its destructor finds nothing to release until Lina has filled it. */
static void *new_in_capsule(size_t bytes, const char *name, PyCapsule_Destructor drop,
                            PyObject **capsule) {
    void *memory = PyMem_Calloc(1, bytes);
    *capsule = memory == NULL ? PyErr_NoMemory() : PyCapsule_New(memory, name, drop);
    if (*capsule == NULL)
        PyMem_Free(memory);
    return *capsule == NULL ? NULL : memory;
}

/* Lina has one form for each array; a schema that asks for another is left to the consumer's cast. */
PyObject *array_arrow(PyObject *object, PyObject *args, PyObject *kwargs) {
    static char *names[] = {"requested_schema", NULL};
    const struct array *self = (struct array *)object;
    PyObject *requested, *schema_capsule = NULL, *array_capsule = NULL;
    lina_view_t view;
    if (!PyArg_ParseTupleAndKeywords(args, kwargs, "|O", names, &requested) ||
        !narrow_view(self, &view))
        return NULL;
    struct ArrowSchema *schema =
        new_in_capsule(sizeof *schema, ARROW_SCHEMA, drop_schema, &schema_capsule);
    struct ArrowArray *array =
        new_in_capsule(sizeof *array, ARROW_ARRAY, drop_array, &array_capsule);
    PyObject *pair = NULL;
    if (schema != NULL && array != NULL) {
        int rc = lina_export_arrow(&view, schema, array);
        pair = rc == LINA_OK ? PyTuple_Pack(2, schema_capsule, array_capsule)
                             : raise_view(self->state, "%s", lina_last_error());
    }
    lina_release(&view);
    Py_XDECREF(schema_capsule);
    Py_XDECREF(array_capsule);
    return pair;
}
