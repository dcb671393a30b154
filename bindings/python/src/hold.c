/* hold.c - the type lina._lina.Hold: one lina_view_t as a Python object. */
#include "binding.h"

/* Guards the lists of holds, and what a publish changes in a view. */
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

static void link_hold(struct hold *self) {
    EXCLUDE(&lock);
    struct hold **first = &((struct arena *)self->arena)->holds;
    self->next = *first;
    self->at = first;
    if (self->next != NULL)
        self->next->at = &self->next;
    *first = self;
}

static void unlink_hold(struct hold *self) {
    EXCLUDE(&lock);
    *self->at = self->next;
    if (self->next != NULL)
        self->next->at = self->at;
}

static bool is_first_of_its_generation(const struct arena *self, const struct hold *hold) {
    const struct hold *other = self->holds;
    while (other != hold && other->view.data != hold->view.data)
        other = other->next;
    return other == hold;
}

uint32_t arena_count_held(const struct arena *self) {
    EXCLUDE(&lock);
    uint32_t count = 0;
    for (const struct hold *hold = self->holds; hold != NULL; hold = hold->next)
        count += (hold->view.flags & LINA_VIEW_LOAN) == 0 && !lina_view_is_current(&hold->view) &&
                 is_first_of_its_generation(self, hold);
    return count;
}

struct hold *hold_new(struct state *state, PyObject *arena, lina_view_t *view) {
    struct hold *self = PyObject_GC_New(struct hold, state->hold_type);
    if (self == NULL) {
        lina_release(view);
        return NULL;
    }
    self->state = state;
    self->arena = Py_NewRef(arena);
    lina_view_move(view, &self->view);
    self->is_readonly = (self->view.flags & LINA_VIEW_READ_ONLY) != 0;
    link_hold(self);
    PyObject_GC_Track(self);
    return self;
}

/* Any thread may free the object. That is safe, because lina_release never waits. */
static void hold_dealloc(PyObject *object) {
    struct hold *self = (struct hold *)object;
    PyTypeObject *type = Py_TYPE(object);
    PyObject_GC_UnTrack(object);
    unlink_hold(self);
    lina_release(&self->view);
    Py_DECREF(self->arena);
    PyObject_GC_Del(object);
    Py_DECREF(type);
}

/* An Arena of a subclass may refer back to this object. The collector then clears the dict of the Arena. */
static int hold_traverse(PyObject *object, visitproc visit, void *arg) {
    Py_VISIT(Py_TYPE(object));
    Py_VISIT(((struct hold *)object)->arena);
    return 0;
}

/* ---- what a publish changes --------------------------------------------------------------------------- */

struct now hold_now(const struct hold *hold) {
    EXCLUDE(&lock);
    const lina_view_t *view = &hold->view;
    return (struct now){view->desc.generation, view->desc.reserved, view->sequence,
                        (view->flags & LINA_VIEW_LOAN) != 0, lina_view_is_current(view) != 0};
}

int hold_retain(const struct hold *hold, lina_view_t *out) {
    EXCLUDE(&lock);
    return lina_retain(&hold->view, out);
}

void hold_note_publish(struct hold *hold, const lina_view_t *published) {
    EXCLUDE(&lock);
    lina_view_t *view = &hold->view;
    view->flags &= ~LINA_VIEW_LOAN;
    if (published == NULL || lina_view_is_current(view) == 0) /* `published` is a later one */
        return;
    view->desc.flags = published->desc.flags;
    view->desc.generation = published->desc.generation;
    view->desc.reserved = published->desc.reserved;
    view->sequence = published->sequence;
}

/* ---- the type ------------------------------------------------------------------------------------------ */

static PyObject *hold_repr(PyObject *object) {
    const struct hold *self = (struct hold *)object;
    return PyUnicode_FromFormat("<lina hold on '%s' generation %u>", self->view.desc.name,
                                hold_now(self).generation);
}

static PyType_Slot hold_slots[] = {
    {Py_tp_doc, "Keeps one generation of an array in place."},
    {Py_tp_dealloc, hold_dealloc},
    {Py_tp_traverse, hold_traverse},
    {Py_tp_repr, hold_repr},
    {0, NULL},
};
PyType_Spec hold_spec = {"lina._lina.Hold", (int)sizeof(struct hold), 0,
                         Py_TPFLAGS_DEFAULT | Py_TPFLAGS_HAVE_GC |
                             Py_TPFLAGS_DISALLOW_INSTANTIATION | Py_TPFLAGS_IMMUTABLETYPE,
                         hold_slots};
