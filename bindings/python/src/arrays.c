/* arrays.c - the methods of Arena for arrays. */
#include "binding.h"

#include <stdio.h>
#include <string.h>

/* ---- looking ------------------------------------------------------------------------------------- */

/* Acquires by name. False with an exception. */
static bool acquire(struct arena *self, PyObject *name, lina_view_t *view) {
    const char *text = name_of(name, "array");
    lina_arena_t *arena = text == NULL ? NULL : arena_handle(self, "array", text);
    if (arena == NULL)
        return false;
    int rc = lina_acquire(arena, text, view);
    if (rc != LINA_OK)
        raise_code(self->state, rc);
    return rc == LINA_OK;
}

PyObject *arena_array(PyObject *object, PyObject *name) {
    struct arena *self = (struct arena *)object;
    GUARD(self);
    lina_view_t view;
    if (!acquire(self, name, &view))
        return NULL;
    struct hold *hold = hold_new(self->state, object, &view);
    return hold == NULL ? NULL : array_new(hold);
}

PyObject *arena_buffer(PyObject *object, PyObject *name) {
    struct arena *self = (struct arena *)object;
    GUARD(self);
    lina_view_t view;
    if (!acquire(self, name, &view))
        return NULL;
    if (view.desc.layout == LINA_LAYOUT_STRIDED && view.desc.nbytes > 0) {
        raise_view(self->state, "array \"%s\": a strided slice has no run of bytes; use lina.array",
                   view.desc.name);
        lina_release(&view);
        return NULL;
    }
    struct hold *hold = hold_new(self->state, object, &view);
    PyObject *owner = hold == NULL ? NULL : array_bytes(hold);
    PyObject *bytes = owner == NULL ? NULL : PyMemoryView_FromObject(owner);
    Py_XDECREF(owner);
    return bytes;
}

PyObject *arena_open_desc(PyObject *object, PyObject *name) {
    lina_view_t view;
    GUARD(object);
    if (!acquire((struct arena *)object, name, &view))
        return NULL;
    PyObject *dict = dict_of(&view.desc);
    lina_release(&view);
    return dict;
}

/* Lists all descriptors at one instant. The caller frees *out. False with an exception. */
static bool copy_list(struct arena *self, lina_arena_t *arena, lina_desc_t **out, size_t *count) {
    size_t room = 0;
    int rc = lina_arena_list(arena, NULL, 0, &room, NULL);
    *out = NULL;
    do {
        room += room / 8 + 16; /* new arrays may come between the calls */
        PyMem_Free(*out);
        *out = PyMem_Malloc(room * sizeof **out);
        if (*out == NULL) {
            PyErr_NoMemory();
            return false;
        }
        if (rc == LINA_OK)
            WITHOUT_GIL(self, rc = lina_arena_list(arena, *out, room, count, NULL));
    } while (rc == LINA_OK && *count == room);
    if (rc == LINA_OK)
        return true;
    PyMem_Free(*out);
    raise_code(self->state, rc);
    return false;
}

PyObject *arena_list(PyObject *object, PyObject *unused) {
    (void)unused;
    struct arena *self = (struct arena *)object;
    GUARD(self);
    lina_arena_t *arena = arena_handle(self, NULL, NULL);
    lina_desc_t *descs;
    size_t count;
    if (arena == NULL || !copy_list(self, arena, &descs, &count))
        return NULL;
    PyObject *list = PyList_New((Py_ssize_t)count);
    for (size_t i = 0; list != NULL && i < count; i++) {
        PyObject *dict = dict_of(&descs[i]);
        if (dict == NULL || PyList_SetItem(list, (Py_ssize_t)i, dict) != 0)
            Py_CLEAR(list);
    }
    PyMem_Free(descs);
    return list;
}

/* Raises an error. If there is no room, adds how many old generations this process holds through Python. */
static PyObject *raise_full(struct arena *self, int code) {
    char why[256];
    uint32_t own = code == LINA_ERR_NO_MEMORY || code == LINA_ERR_FULL ? arena_count_held(self) : 0;
    if (own == 0)
        return raise_code(self->state, code);
    snprintf(why, sizeof why, "%s", lina_last_error());
    return raise_text(self->state, code, "%s; views of this Python hold %u old generation%s", why,
                      own, own == 1 ? "" : "s");
}

/* ---- making -------------------------------------------------------------------------------------- */

typedef int (*publisher)(lina_arena_t *, const char *, uint32_t, uint32_t, const uint64_t *,
                         uint32_t, lina_desc_t *);

/* Publishes an array of zeroes and returns a view of it. The view is acquired by name, because an exposed descriptor
 * would keep the memory until lina_reclaim. The arena's handle is taken last: parsing arguments may run code that
 * closes the arena. */
static PyObject *publish_zeroes(PyObject *object, PyObject *args, PyObject *kwargs,
                                const char *format, publisher publish, publisher ensure) {
    struct arena *self = (struct arena *)object;
    GUARD(self);
    struct geometry g;
    if (parse_geometry(self->state, args, kwargs, format, &g) != 0)
        return NULL;
    lina_arena_t *arena = arena_handle(self, "array", g.name);
    if (arena == NULL)
        return NULL;
    int rc;
    lina_view_t view;
    WITHOUT_GIL(self, {
        rc = (g.exist_ok ? ensure : publish)(arena, g.name, g.dtype, g.ndim, g.shape, g.layout,
                                             NULL);
        if (rc == LINA_OK)
            rc = lina_acquire(arena, g.name, &view);
    });
    if (rc != LINA_OK)
        return raise_full(self, rc);
    struct hold *hold = hold_new(self->state, object, &view);
    return hold == NULL ? NULL : array_new(hold);
}

PyObject *arena_create_array(PyObject *self, PyObject *args, PyObject *kwargs) {
    return publish_zeroes(self, args, kwargs, "OOO|s$p:create_array", lina_arena_create_array,
                          lina_ensure_array);
}

PyObject *arena_republish(PyObject *self, PyObject *args, PyObject *kwargs) {
    return publish_zeroes(self, args, kwargs, "OOO|s:republish", lina_republish, NULL);
}

PyObject *arena_loan(PyObject *object, PyObject *args, PyObject *kwargs) {
    struct arena *self = (struct arena *)object;
    GUARD(self);
    struct geometry g;
    if (parse_geometry(self->state, args, kwargs, "OOO|s:loan", &g) != 0)
        return NULL;
    lina_arena_t *arena = arena_handle(self, "array", g.name);
    if (arena == NULL)
        return NULL;
    int rc;
    lina_view_t view;
    WITHOUT_GIL(self, rc = lina_loan(arena, g.name, g.dtype, g.ndim, g.shape, g.layout, &view));
    if (rc != LINA_OK)
        return raise_full(self, rc);
    struct hold *hold = hold_new(self->state, object, &view);
    return hold == NULL ? NULL : array_new(hold);
}

static PyObject *by_name(struct arena *self, PyObject *name,
                         int (*call)(lina_arena_t *, const char *)) {
    GUARD(self);
    const char *text = name_of(name, "array");
    lina_arena_t *arena = text == NULL ? NULL : arena_handle(self, "array", text);
    if (arena == NULL)
        return NULL;
    int rc;
    WITHOUT_GIL(self, rc = call(arena, text));
    if (rc != LINA_OK)
        return raise_code(self->state, rc);
    Py_RETURN_NONE;
}

PyObject *arena_remove(PyObject *self, PyObject *name) {
    return by_name((struct arena *)self, name, lina_remove);
}

PyObject *arena_reclaim(PyObject *self, PyObject *name) {
    return by_name((struct arena *)self, name, lina_arena_reclaim);
}

PyObject *arena_alias(PyObject *object, PyObject *args) {
    struct arena *self = (struct arena *)object;
    GUARD(self);
    PyObject *name, *base, *start, *shape, *strides, *read_as;
    uint64_t offset;
    uint32_t dtype = 0;
    uint64_t extents[LINA_MAX_DIMS];
    int64_t steps[LINA_MAX_DIMS];
    uint32_t ndim;
    if (!PyArg_ParseTuple(args, "OOOOOO", &name, &base, &start, &shape, &strides, &read_as))
        return NULL;
    const char *text = name_of(name, "array");
    const char *base_text = text == NULL ? NULL : name_of(base, "array");
    if (base_text == NULL ||
        parse_count(self->state->errors[-LINA_ERR_INVALID], "array", text, start, UINT64_MAX,
                    &offset) != 0 ||
        parse_shape(self->state, text, shape, extents, &ndim) != 0 ||
        (strides != Py_None && parse_strides(self->state, text, strides, ndim, steps) != 0) ||
        (read_as != Py_None && parse_dtype(self->state, text, read_as, &dtype) != 0))
        return NULL;
    lina_arena_t *arena = arena_handle(self, "array", text);
    if (arena == NULL)
        return NULL;
    int rc;
    const int64_t *given = strides == Py_None ? NULL : steps;
    WITHOUT_GIL(self, rc = dtype == 0
                               ? lina_alias(arena, text, base_text, offset, ndim, extents, given)
                               : lina_alias_as(arena, text, base_text, offset, dtype, ndim, extents,
                                               given));
    if (rc != LINA_OK)
        return raise_code(self->state, rc);
    Py_RETURN_NONE;
}
