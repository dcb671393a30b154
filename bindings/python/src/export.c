/* export.c - __dlpack__: exports arrays by DLPack, in capsules.
 *
 * An exported tensor has its own hold on the generation. The consumer's deleter ends it without Python, so it may
 * run in any thread, and also after the interpreter has ended. */
#include "binding.h"

#include <stdlib.h>
#include <string.h>

#include "interchange.h"

bool export_view(const struct array *self, lina_view_t *view) {
    const struct window *w = &self->window;
    if (!array_is_open(self))
        return false;
    int rc = hold_retain(self->hold, view);
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

PyObject *export_refuse(const struct array *self, const char *why) {
    return raise_view(self->state, "array \"%s\": %s", self->hold->view.desc.name, why);
}

/* ---- DLPack ---------------------------------------------------------------------------------------- */

#define DLTENSOR "dltensor"
#define DLTENSOR_VERSIONED "dltensor_versioned"

/* A consumer renames the capsule. If it still has its name, it was never consumed. */
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
    if (!export_view(self, &view))
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
    if (!export_view(self, &view))
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

/* ---- DLPack, a copy of it -------------------------------------------------------------------------- */

/* A copy, which Lina makes only if the consumer asks for one. It is in C order, and the consumer frees it. */
struct copied {
    union {
        struct DLManagedTensor plain;
        struct DLManagedTensorVersioned versioned;
    } tensor;
    int64_t shape[LINA_MAX_DIMS], strides[LINA_MAX_DIMS];
    void *data;
};

static void free_copied(struct copied *copied) {
    free(copied->data);
    free(copied);
}

static void drop_copied(struct DLManagedTensor *tensor) { free_copied(tensor->manager_ctx); }

static void drop_copied_versioned(struct DLManagedTensorVersioned *tensor) {
    free_copied(tensor->manager_ctx);
}

/* False with an exception. */
static bool copy_elements(const struct array *self, struct copied *copied, DLTensor *tensor) {
    struct window to = self->window;
    Py_ssize_t bytes = window_size(&to) * self->itemsize;
    copied->data = to.data = aligned_alloc(64, ((size_t)bytes + 64) / 64 * 64);
    if (copied->data == NULL) {
        PyErr_NoMemory();
        return false;
    }
    window_set_c_strides(&to, self->itemsize);
    window_copy(&to, &self->window, self->itemsize, false);
    for (uint32_t d = 0; d < to.ndim; d++) {
        copied->shape[d] = to.shape[d];
        copied->strides[d] = to.strides[d] / self->itemsize;
    }
    *tensor = (DLTensor){copied->data,
                         DL_CPU,
                         0,
                         (int32_t)to.ndim,
                         (uint8_t)self->dtype,
                         (uint8_t)(self->dtype >> 8),
                         (uint16_t)(self->dtype >> 16),
                         copied->shape,
                         copied->strides,
                         0};
    return true;
}

static PyObject *export_dlpack_copy(const struct array *self, bool versioned) {
    struct copied *copied = calloc(1, sizeof *copied);
    if (copied == NULL)
        return PyErr_NoMemory();
    if (versioned)
        copied->tensor.versioned =
            (struct DLManagedTensorVersioned){.major = 1,
                                              .manager_ctx = copied,
                                              .deleter = drop_copied_versioned,
                                              .flags = DL_IS_COPIED};
    else
        copied->tensor.plain =
            (struct DLManagedTensor){.manager_ctx = copied, .deleter = drop_copied};
    PyObject *capsule = NULL;
    if (copy_elements(self, copied,
                      versioned ? &copied->tensor.versioned.dl_tensor
                                : &copied->tensor.plain.dl_tensor))
        capsule =
            PyCapsule_New(&copied->tensor, versioned ? DLTENSOR_VERSIONED : DLTENSOR, drop_dlpack);
    if (capsule == NULL)
        free_copied(copied);
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

/* 1 if the consumer understands the versioned form (DLPack 1.0 or later), otherwise 0. -1 with an exception. */
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
    PINNED(self, object);
    PyObject *stream = Py_None, *max_version = Py_None, *device = Py_None, *copy = Py_None;
    if (!array_is_open(self) || !PyArg_ParseTupleAndKeywords(args, kwargs, "|$OOOO", names, &stream,
                                                             &max_version, &device, &copy))
        return NULL;
    if (stream != Py_None)
        return export_refuse(self, "memory of the CPU has no stream");
    if (!is_cpu(device))
        return export_refuse(self, "it is memory of the CPU, and Lina copies to no other");
    int wants_copy = PyObject_IsTrue(copy), versioned = is_versioned(max_version);
    if (wants_copy > 0 && versioned >= 0)
        return export_dlpack_copy(self, versioned != 0);
    return versioned < 0 || wants_copy < 0 ? NULL
           : versioned == 0                ? export_dlpack(self)
                                           : export_dlpack_versioned(self);
}

PyObject *array_dlpack_device(PyObject *self, PyObject *unused) {
    (void)self;
    (void)unused;
    return Py_BuildValue("(ii)", DL_CPU, 0);
}
