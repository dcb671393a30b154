/* arrow.c - __arrow_c_array__: exports arrays of one or two dimensions by the Arrow C Data Interface. */
#include "binding.h"

#include <stdio.h>
#include <stdlib.h>

#include "interchange.h"

#define ARROW_SCHEMA "arrow_schema"
#define ARROW_ARRAY "arrow_array"

/* ---- capsules -------------------------------------------------------------------------------------- */

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

/* Zeroed memory in a capsule. Until it is filled, the capsule's destructor finds nothing to release. */
static void *new_in_capsule(size_t bytes, const char *name, PyCapsule_Destructor drop,
                            PyObject **capsule) {
    void *memory = PyMem_Calloc(1, bytes);
    *capsule = memory == NULL ? PyErr_NoMemory() : PyCapsule_New(memory, name, drop);
    if (*capsule == NULL)
        PyMem_Free(memory);
    return *capsule == NULL ? NULL : memory;
}

/* ---- two dimensions: a FixedSizeList over the numbers ---------------------------------------------- */

/* The structures of a list point into these two. A consumer may release schema and array in different threads. */
struct schema_of_rows {
    struct ArrowSchema item, *items[1];
    char format[32], name[LINA_MAX_NAME];
};
struct array_of_rows {
    struct ArrowArray item, *items[1];
    const void *buffers[1]; /* no validity bitmap: all elements are valid */
};

static void release_schema(struct ArrowSchema *schema) {
    struct schema_of_rows *rows = schema->private_data;
    if (rows->item.release != NULL) /* the consumer has not moved it out */
        rows->item.release(&rows->item);
    free(rows);
    schema->release = NULL;
}

static void release_array(struct ArrowArray *array) {
    struct array_of_rows *rows = array->private_data;
    if (rows->item.release != NULL)
        rows->item.release(&rows->item);
    free(rows);
    array->release = NULL;
}

static void wrap(const lina_view_t *view, const uint64_t shape[2], struct schema_of_rows *s,
                 struct array_of_rows *a, struct ArrowSchema *schema, struct ArrowArray *array) {
    snprintf(s->format, sizeof s->format, "+w:%llu", (unsigned long long)shape[1]);
    snprintf(s->name, sizeof s->name, "%s", view->desc.name);
    s->item.name = "item"; /* Arrow's usual name */
    s->items[0] = &s->item;
    a->items[0] = &a->item;
    *schema = (struct ArrowSchema){.format = s->format,
                                   .name = s->name,
                                   .n_children = 1,
                                   .children = s->items,
                                   .release = release_schema,
                                   .private_data = s};
    *array = (struct ArrowArray){.length = (int64_t)shape[0],
                                 .n_buffers = 1,
                                 .n_children = 1,
                                 .buffers = a->buffers,
                                 .children = a->items,
                                 .release = release_array,
                                 .private_data = a};
}

/* Exports a view of two dimensions in C order; the view becomes one-dimensional. Returns Lina's code, or 1 with an
 * exception. */
static int export_rows(lina_view_t *view, struct ArrowSchema *schema, struct ArrowArray *array) {
    uint64_t shape[2] = {view->desc.shape[0], view->desc.shape[1]};
    struct schema_of_rows *s = calloc(1, sizeof *s);
    struct array_of_rows *a = calloc(1, sizeof *a);
    view->desc.ndim = 1;
    view->desc.shape[0] = shape[0] * shape[1];
    view->desc.strides[0] = (int64_t)lina_dtype_size(view->desc.dtype);
    view->desc.layout = LINA_LAYOUT_C;
    if (s == NULL || a == NULL)
        PyErr_NoMemory();
    int rc = s == NULL || a == NULL ? 1 : lina_export_arrow(view, &s->item, &a->item);
    if (rc == LINA_OK) {
        wrap(view, shape, s, a, schema, array);
        return LINA_OK;
    }
    free(s);
    free(a);
    return rc;
}

/* ---- the method -------------------------------------------------------------------------------------- */

static PyObject *export(const struct array *self, lina_view_t *view, PyObject *schema_capsule,
                        PyObject *array_capsule) {
    struct ArrowSchema *schema = PyCapsule_GetPointer(schema_capsule, ARROW_SCHEMA);
    struct ArrowArray *array = PyCapsule_GetPointer(array_capsule, ARROW_ARRAY);
    bool is_table = self->window.ndim == 2;
    if (is_table && !window_is_contiguous(&self->window, self->itemsize, LINA_LAYOUT_C))
        return export_refuse(self, "Arrow has rows in C order only");
    int rc = is_table ? export_rows(view, schema, array) : lina_export_arrow(view, schema, array);
    if (rc == LINA_OK)
        return PyTuple_Pack(2, schema_capsule, array_capsule);
    return rc > 0 ? NULL : raise_view(self->state, "%s", lina_last_error());
}

/* Ignores the requested schema: Lina has one form for each array, and the consumer can cast it. */
PyObject *array_arrow(PyObject *object, PyObject *args, PyObject *kwargs) {
    static char *names[] = {"requested_schema", NULL};
    PINNED(self, object);
    PyObject *requested, *schema = NULL, *array = NULL, *pair = NULL;
    lina_view_t view;
    if (!PyArg_ParseTupleAndKeywords(args, kwargs, "|O", names, &requested) ||
        !export_view(self, &view))
        return NULL;
    if (new_in_capsule(sizeof(struct ArrowSchema), ARROW_SCHEMA, drop_schema, &schema) != NULL &&
        new_in_capsule(sizeof(struct ArrowArray), ARROW_ARRAY, drop_array, &array) != NULL)
        pair = export(self, &view, schema, array);
    lina_release(&view);
    Py_XDECREF(schema);
    Py_XDECREF(array);
    return pair;
}
