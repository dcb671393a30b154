/* members.c - the methods of Arena for members: their names, and lists of them. */
#include "binding.h"

#include <stdlib.h>
#include <string.h>

/* set_member_name(name). With None, the member has no name any more. */
PyObject *arena_set_member_name(PyObject *object, PyObject *name) {
    struct arena *self = (struct arena *)object;
    GUARD(self);
    const char *text = name == Py_None ? NULL : name_of(name, "member");
    if (text == NULL && name != Py_None)
        return NULL;
    lina_arena_t *arena = arena_handle(self, "member", text);
    if (arena == NULL)
        return NULL;
    int rc;
    WITHOUT_GIL(self, rc = lina_member_set_name(arena, text));
    return rc == LINA_OK ? Py_NewRef(Py_None) : raise_code(self->state, rc);
}

/* Lists all living members. The caller frees *out. Returns a code. */
static int copy_members(lina_arena_t *arena, lina_member_info_t **out, size_t *count) {
    size_t room = 0, total = 0;
    int rc = LINA_OK;
    *out = NULL;
    do {
        room = total + 16; /* members may join between the calls */
        free(*out);
        *out = malloc(room * sizeof **out);
        rc = *out == NULL ? LINA_ERR_NO_MEMORY : lina_member_list(arena, *out, room, count, &total);
    } while (rc == LINA_OK && total > room);
    return rc;
}

static PyObject *dict_of_member(const lina_member_info_t *i) {
    return Py_BuildValue("{s:s, s:I, s:I, s:K, s:d, s:N}", "name", i->name, "member", i->member,
                         "pid", i->pid, "incarnation", (unsigned long long)i->incarnation, "since",
                         (double)i->since / 1e9, "self", PyBool_FromLong((long)i->self));
}

PyObject *arena_members(PyObject *object, PyObject *unused) {
    (void)unused;
    struct arena *self = (struct arena *)object;
    GUARD(self);
    lina_arena_t *arena = arena_handle(self, NULL, NULL);
    lina_member_info_t *members;
    size_t count = 0;
    if (arena == NULL)
        return NULL;
    int rc;
    WITHOUT_GIL(self, rc = copy_members(arena, &members, &count));
    PyObject *list = rc == LINA_OK ? PyList_New((Py_ssize_t)count) : raise_code(self->state, rc);
    for (size_t i = 0; list != NULL && i < count; i++) {
        PyObject *dict = dict_of_member(&members[i]);
        if (dict == NULL || PyList_SetItem(list, (Py_ssize_t)i, dict) != 0)
            Py_CLEAR(list);
    }
    free(members);
    return list;
}

bool member_find(lina_arena_t *arena, const char *name, uint64_t *incarnation) {
    lina_member_info_t *members;
    size_t count = 0;
    bool found = false;
    if (copy_members(arena, &members, &count) == LINA_OK)
        for (size_t i = 0; i < count; i++)
            if (strcmp(members[i].name, name) == 0) {
                *incarnation = members[i].incarnation;
                found = true;
            }
    free(members);
    return found;
}
