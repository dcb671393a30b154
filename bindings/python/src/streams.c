/* streams.c - the methods of Arena for streams, readers and producers. lina._streams makes iterators of them. */
#include "binding.h"

#include <string.h>

struct reader {
    PyObject_HEAD struct state *state;
    PyObject *arena; /* the Arena it came from */
    lina_reader_t reader;
    bool is_open; /* atomic; an open reader keeps the arena's handle */
};

/* ---- the stream -------------------------------------------------------------------------------------- */

/* stream(name, depth=0) */
PyObject *arena_stream(PyObject *object, PyObject *args, PyObject *kwargs) {
    static char *names[] = {"name", "depth", NULL};
    struct arena *self = (struct arena *)object;
    GUARD(self);
    PyObject *name, *depth = NULL;
    uint64_t count = 0;
    if (!PyArg_ParseTupleAndKeywords(args, kwargs, "O|O", names, &name, &depth))
        return NULL;
    const char *text = name_of(name, "stream");
    if (text == NULL ||
        (depth != NULL && parse_count(self->state->errors[-LINA_ERR_INVALID], "stream", text, depth,
                                      UINT32_MAX, &count) != 0))
        return NULL;
    lina_arena_t *arena = arena_handle(self, "stream", text);
    if (arena == NULL)
        return NULL;
    int rc;
    WITHOUT_GIL(self, rc = lina_stream_open(arena, text, (uint32_t)count));
    return rc == LINA_OK ? Py_NewRef(Py_None) : raise_code(self->state, rc);
}

static PyObject *by_name(PyObject *object, PyObject *name,
                         int (*call)(lina_arena_t *, const char *)) {
    struct arena *self = (struct arena *)object;
    GUARD(self);
    const char *text = name_of(name, "stream");
    lina_arena_t *arena = text == NULL ? NULL : arena_handle(self, "stream", text);
    if (arena == NULL)
        return NULL;
    int rc;
    WITHOUT_GIL(self, rc = call(arena, text));
    return rc == LINA_OK ? Py_NewRef(Py_None) : raise_code(self->state, rc);
}

PyObject *arena_produce(PyObject *self, PyObject *name) {
    return by_name(self, name, lina_stream_produce);
}

PyObject *arena_end_stream(PyObject *self, PyObject *name) {
    return by_name(self, name, lina_stream_end);
}

static PyObject *dict_of_stream(const lina_stream_info_t *i) {
    static const char *const states[] = {"new", "produced", "ended", "died"};
    return Py_BuildValue("{s:s, s:I, s:I, s:K, s:I, s:I, s:K, s:s}", "name", i->name, "depth",
                         i->depth, "kept", i->kept, "sequence", (unsigned long long)i->sequence,
                         "readers", i->readers, "producers", i->producers, "unread",
                         (unsigned long long)i->unread, "state", states[i->state % 4]);
}

PyObject *arena_stream_info(PyObject *object, PyObject *name) {
    struct arena *self = (struct arena *)object;
    GUARD(self);
    const char *text = name_of(name, "stream");
    lina_arena_t *arena = text == NULL ? NULL : arena_handle(self, "stream", text);
    lina_stream_info_t info;
    if (arena == NULL)
        return NULL;
    int rc;
    WITHOUT_GIL(self, rc = lina_stream_info(arena, text, &info));
    return rc == LINA_OK ? dict_of_stream(&info) : raise_code(self->state, rc);
}

/* ---- readers ----------------------------------------------------------------------------------------- */

static struct reader *reader_new(struct state *state, PyObject *arena) {
    struct reader *self = PyObject_GC_New(struct reader, state->reader_type);
    if (self == NULL)
        return NULL;
    self->state = state;
    self->arena = Py_NewRef(arena);
    memset(&self->reader, 0, sizeof self->reader);
    self->is_open = false;
    PyObject_GC_Track(self);
    return self;
}

/* _reader(name, start, at, flags, max_held) */
PyObject *arena_reader(PyObject *object, PyObject *args) {
    struct arena *self = (struct arena *)object;
    GUARD(self);
    PyObject *name;
    unsigned long long at;
    lina_reader_options_t options = {0};
    if (!PyArg_ParseTuple(args, "OIKII", &name, &options.start, &at, &options.flags,
                          &options.max_held))
        return NULL;
    options.at = at;
    const char *text = name_of(name, "stream");
    struct reader *reader = text == NULL ? NULL : reader_new(self->state, object);
    lina_arena_t *arena = reader == NULL ? NULL : arena_handle(self, "stream", text);
    int rc = LINA_OK;
    if (arena != NULL)
        WITHOUT_GIL(self, rc = lina_reader_open(arena, text, &options, &reader->reader));
    if (arena != NULL && rc == LINA_OK) {
        __atomic_store_n(&reader->is_open, true, __ATOMIC_RELEASE);
        return (PyObject *)reader;
    }
    if (arena != NULL)
        raise_code(self->state, rc);
    Py_XDECREF((PyObject *)reader);
    return NULL;
}

/* Closes the reader, in any thread. Another thread in next() has its own reference to the object. */
static void end(struct reader *self) {
    if (__atomic_exchange_n(&self->is_open, false, __ATOMIC_ACQ_REL))
        lina_reader_close(&self->reader);
}

static void reader_dealloc(PyObject *object) {
    struct reader *self = (struct reader *)object;
    PyTypeObject *type = Py_TYPE(object);
    PyObject_GC_UnTrack(object);
    end(self);
    Py_DECREF(self->arena);
    PyObject_GC_Del(object);
    Py_DECREF(type);
}

static int reader_traverse(PyObject *object, visitproc visit, void *arg) {
    Py_VISIT(Py_TYPE(object));
    Py_VISIT(((struct reader *)object)->arena);
    return 0;
}

/* Waits in naps, so that Ctrl-C ends the wait even if another thread handled the system's signal. Returns the code
 * of the last nap, or LINA_ERR_INTERRUPTED with an exception. */
static int next_in_naps(struct reader *self, int64_t timeout_ns, lina_view_t *view) {
    GUARD(self->arena);
    struct deadline deadline = deadline_after(timeout_ns);
    for (;;) {
        int rc;
        if (!__atomic_load_n(&self->is_open, __ATOMIC_ACQUIRE)) {
            raise_text(self->state, LINA_ERR_CLOSED, "stream \"%s\": the reader was closed",
                       self->reader.name);
            return LINA_ERR_CLOSED;
        }
        WITHOUT_GIL((struct arena *)self->arena,
                    rc = lina_reader_next(&self->reader, deadline_nap(&deadline), view));
        if (rc != LINA_ERR_TIMEOUT && rc != LINA_ERR_INTERRUPTED)
            return rc;
        if (PyErr_CheckSignals() != 0)
            return LINA_ERR_INTERRUPTED;
        if (deadline_is_over(&deadline))
            return LINA_ERR_TIMEOUT;
    }
}

/* next(timeout): takes the next generation and returns it as an Array. */
static PyObject *reader_next(PyObject *object, PyObject *timeout) {
    struct reader *self = (struct reader *)object;
    const char *name = self->reader.name;
    int64_t timeout_ns;
    lina_view_t view;
    if (parse_timeout_of("stream", name, timeout, &timeout_ns) != 0)
        return NULL;
    int rc = next_in_naps(self, timeout_ns, &view);
    if (PyErr_Occurred())
        return NULL;
    if (rc == LINA_ERR_TIMEOUT)
        return raise_text(self->state, rc, "stream \"%s\": timed out", name);
    if (rc != LINA_OK)
        return raise_code(self->state, rc);
    struct hold *hold = hold_new(self->state, self->arena, &view);
    return hold == NULL ? NULL : array_new(hold);
}

static PyObject *reader_close(PyObject *object, PyObject *unused) {
    (void)unused;
    end((struct reader *)object);
    Py_RETURN_NONE;
}

static PyObject *reader_lost(PyObject *object, void *closure) {
    (void)closure;
    return PyLong_FromUnsignedLongLong(lina_reader_lost(&((struct reader *)object)->reader));
}

static PyObject *reader_sequence(PyObject *object, void *closure) {
    (void)closure;
    return PyLong_FromUnsignedLongLong(lina_reader_sequence(&((struct reader *)object)->reader));
}

static PyMethodDef reader_methods[] = {
    {"next", reader_next, METH_O, "The next generation, within so many seconds."},
    {"close", reader_close, METH_NOARGS, "Closes the reader. Its views stay valid."},
    {NULL, NULL, 0, NULL},
};
static PyGetSetDef reader_getset[] = {
    {"lost", reader_lost, NULL, "How many generations the reader has missed.", NULL},
    {"sequence", reader_sequence, NULL, "That of the generation taken last.", NULL},
    {NULL, NULL, NULL, NULL, NULL},
};
static PyType_Slot reader_slots[] = {
    {Py_tp_doc, "A reader of a stream."}, {Py_tp_dealloc, reader_dealloc},
    {Py_tp_traverse, reader_traverse},    {Py_tp_methods, reader_methods},
    {Py_tp_getset, reader_getset},        {0, NULL},
};
PyType_Spec reader_spec = {"lina._lina.Reader", (int)sizeof(struct reader), 0,
                           Py_TPFLAGS_DEFAULT | Py_TPFLAGS_HAVE_GC |
                               Py_TPFLAGS_DISALLOW_INSTANTIATION | Py_TPFLAGS_IMMUTABLETYPE,
                           reader_slots};
