/* arena.c - the type lina._lina.Arena: a handle of an arena, and the calls that use it.
 *
 * A call that releases the GIL is counted in its membership. close() stops new calls and waits for calls of other
 * threads, because Lina must not free memory that another thread uses. Waits wake every 40 ms, so they notice a
 * close. Python's default arena joins the default arena of the process at its first use, not at the import. So an
 * interpreter that only imports lina holds nothing. */
#include "binding.h"
#include "doc.h"

#include <time.h>

/* ---- life ----------------------------------------------------------------------------------------- */

/* The number of milliseconds that close() waits for calls of other threads. The longest is that of a writer that
 * takes the lock over from a dead one. */
#define TURNS 10000

static void end(struct arena *self) {
    struct membership *m = self->membership;
    self->membership = NULL;
    self->handle = NULL;
    signals_forget(self);
    if (m == NULL)
        return;
    Py_BEGIN_ALLOW_THREADS membership_end(m);
    Py_END_ALLOW_THREADS membership_free(m);
}

struct membership *arena_enter(struct arena *self) {
    Py_INCREF((PyObject *)self);
    if (self->membership != NULL)
        self->membership->calls++;
    return self->membership;
}

void arena_leave(struct arena *self, struct membership *m) {
    if (m != NULL) {
        m->calls--;
        if (m->calls == 0 && self->closed && self->closers == 0)
            end(self);
    }
    Py_DECREF((PyObject *)self);
}

/* Waits until the calls of other threads have ended, or until a new use of the arena has cancelled the closing. */
static void await_callers(struct arena *self) {
    for (int turn = 0; turn < TURNS && self->closed && self->membership != NULL &&
                       membership_has_callers(self->membership);
         turn++) {
        Py_BEGIN_ALLOW_THREADS nanosleep(&(struct timespec){0, 1000000}, NULL);
        Py_END_ALLOW_THREADS
    }
}

static lina_arena_t *fail(const struct arena *self, int code, const char *what, const char *name,
                          const char *why) {
    if (name == NULL)
        raise_text(self->state, code, "%s", why);
    else
        raise_text(self->state, code, "%s \"%.63s\": %s", what, name, why);
    return NULL;
}

static const char *trouble(const struct arena *self) {
    const char *text = self->trouble == NULL ? NULL : PyUnicode_AsUTF8AndSize(self->trouble, NULL);
    PyErr_Clear();
    return text != NULL
               ? text
               : "there is no default arena yet: call lina.init_arena or lina.attach; an array "
                 "has its own: x.arena.signal(...)";
}

static bool begin(struct arena *self);

lina_arena_t *arena_handle(struct arena *self, const char *what, const char *name) {
    if (self->closed)
        return fail(self, LINA_ERR_CLOSED, what, name,
                    self->is_default ? "the default arena was closed" : "the arena was closed");
    if (!self->is_default)
        return self->handle;
    if (self->membership == NULL && !begin(self))
        return NULL;
    lina_arena_t *now = lina_arena_default();
    if (now != self->handle) {
        signals_forget(self);
        self->handle = now;
        if (now != NULL)
            membership_note(self->membership, now);
    }
    if (now != NULL)
        return now;
    return fail(self, self->trouble != NULL ? self->trouble_code : LINA_ERR_NOT_READY, what, name,
                trouble(self));
}

static PyObject *arena_close(PyObject *object, PyObject *unused) {
    (void)unused;
    struct arena *self = (struct arena *)object;
    GUARD(self);
    self->closed = true;
    signals_forget(self);
    self->closers++;
    await_callers(self);
    self->closers--;
    if (self->closed && self->membership != NULL && self->membership->calls == 0)
        end(self);
    Py_RETURN_NONE;
}

static void arena_dealloc(PyObject *object) {
    struct arena *self = (struct arena *)object;
    PyTypeObject *type = Py_TYPE(object);
    PyObject_GC_UnTrack(object);
    end(self);
    Py_CLEAR(self->trouble);
    freefunc release = (freefunc)PyType_GetSlot(type, Py_tp_free);
    release(object);
    Py_DECREF(type);
}

static int arena_traverse(PyObject *object, visitproc visit, void *arg) {
    struct arena *self = (struct arena *)object;
    Py_VISIT(Py_TYPE(object));
    Py_VISIT(self->trouble);
    return arena_traverse_signals(self, visit, arg);
}

/* ---- making ----------------------------------------------------------------------------------------- */

/* A subclass is made in Python and does not lead to the module, so this searches its bases. */
static struct state *state_of_type(PyTypeObject *type) {
    while (type != NULL) {
        struct state *state = PyType_GetModuleState(type);
        if (state != NULL)
            return state;
        PyErr_Clear();
        type = PyType_GetSlot(type, Py_tp_base);
    }
    PyErr_SetString(PyExc_SystemError, "lina.Arena without its module");
    return NULL;
}

static struct arena *arena_new(PyTypeObject *type) {
    struct state *state = state_of_type(type);
    allocfunc allocate = (allocfunc)PyType_GetSlot(type, Py_tp_alloc);
    struct arena *self = state == NULL ? NULL : (struct arena *)allocate(type, 0);
    if (self == NULL)
        return NULL;
    self->state = state;
    return self;
}

/* Starts the use of the default arena. If a close is still waiting for calls, cancels the closing instead. lina_init
 * attaches the arena of LINA_ARENA; if that fails, a later call that needs the arena says why. False with an
 * exception. */
static bool begin(struct arena *self) {
    lina_clear_error();
    if (self->membership == NULL) {
        self->membership = membership_new(true);
        if (self->membership == NULL) {
            PyErr_NoMemory();
            return false;
        }
        lina_init();
    }
    self->closed = false;
    Py_CLEAR(self->trouble);
    self->trouble_code = lina_last_error_code();
    if (self->trouble_code != LINA_OK)
        self->trouble = PyUnicode_FromFormat("LINA_ARENA: %s", lina_last_error());
    return true;
}

static PyObject *arena_default(PyObject *type, PyObject *unused) {
    (void)unused;
    struct arena *self = arena_new((PyTypeObject *)type);
    if (self == NULL)
        return NULL;
    self->is_default = true;
    return (PyObject *)self;
}

/* Gives this object its new handle. If this is the default arena, the handle becomes the process's default as
 * well. */
static PyObject *adopt(struct arena *self, lina_arena_t *handle) {
    if (self->is_default) {
        int rc = lina_arena_set_default(handle);
        if (rc != LINA_OK) {
            raise_code(self->state, rc);
            lina_arena_close(handle);
            return NULL;
        }
    } else {
        self->membership = membership_new(false);
        if (self->membership == NULL) {
            lina_arena_close(handle);
            return PyErr_NoMemory();
        }
    }
    self->handle = handle;
    membership_note(self->membership, handle);
    signals_forget(self);
    return Py_NewRef((PyObject *)self);
}

struct making {
    PyObject *place;   /* owned: `where` points into it */
    const char *where; /* NULL for an anonymous one */
    uint64_t bytes;
    lina_arena_options_t options;
};

static int parse_limit(struct state *state, const char *where, PyObject *object, uint32_t *out) {
    uint64_t limit = 0;
    int rc = object == NULL ? 0
                            : parse_count(state->errors[-LINA_ERR_INVALID], "arena", where, object,
                                          UINT32_MAX, &limit);
    *out = (uint32_t)limit;
    return rc;
}

#define FLAGS 6

static int parse_making(struct state *state, PyObject *args, PyObject *kwargs, struct making *m) {
    static char *names[] = {"bytes",       "where", "reserve",  "inherit",    "replace",
                            "temporary",   "huge",  "exist_ok", "max_arrays", "max_signals",
                            "max_members", "mode",  NULL};
    static const uint32_t flags[FLAGS] = {LINA_ARENA_RESERVE, LINA_ARENA_INHERIT,
                                          LINA_ARENA_REPLACE, LINA_ARENA_TEMPORARY,
                                          LINA_ARENA_HUGE,    LINA_ARENA_JOIN};
    PyObject *bytes, *arrays = NULL, *signals = NULL, *members = NULL, *mode = NULL;
    int set[FLAGS] = {0};
    *m = (struct making){0};
    PyObject *place = Py_None;
    if (!PyArg_ParseTupleAndKeywords(args, kwargs, "O|O$ppppppOOOO", names, &bytes, &place, &set[0],
                                     &set[1], &set[2], &set[3], &set[4], &set[5], &arrays, &signals,
                                     &members, &mode))
        return -1;
    if (place != Py_None) {
        m->place = where_of(place);
        if (m->place == NULL)
            return -1;
        m->where = PyBytes_AsString(m->place);
    }
    for (int i = 0; i < FLAGS; i++)
        if (set[i])
            m->options.flags |= flags[i];
    const char *where = m->where == NULL ? "" : m->where;
    lina_arena_options_t *options = &m->options;
    return parse_count(state->errors[-LINA_ERR_INVALID], "arena", where, bytes, UINT64_MAX,
                       &m->bytes) == 0 &&
                   parse_limit(state, where, arrays, &options->max_arrays) == 0 &&
                   parse_limit(state, where, signals, &options->max_signals) == 0 &&
                   parse_limit(state, where, members, &options->max_members) == 0 &&
                   parse_limit(state, where, mode, &options->mode) == 0
               ? 0
               : -1;
}

static PyObject *create(struct arena *self, PyObject *args, PyObject *kwargs) {
    struct making m;
    lina_arena_t *handle;
    int rc;
    if (parse_making(self->state, args, kwargs, &m) != 0) {
        Py_XDECREF(m.place);
        return NULL;
    }
    Py_BEGIN_ALLOW_THREADS rc = lina_arena_create(m.where, m.bytes, &m.options, &handle);
    Py_END_ALLOW_THREADS Py_XDECREF(m.place);
    return rc == LINA_OK ? adopt(self, handle) : raise_code(self->state, rc);
}

static PyObject *attach(struct arena *self, PyObject *args, PyObject *kwargs) {
    static char *names[] = {"where", "readonly", "other_user", NULL};
    PyObject *where;
    int readonly = 0, other_user = 0, rc;
    lina_arena_t *handle;
    if (!PyArg_ParseTupleAndKeywords(args, kwargs, "O|p$p", names, &where, &readonly,
                                     &other_user) ||
        (where = where_of(where)) == NULL)
        return NULL;
    uint32_t flags =
        (readonly ? LINA_ATTACH_READ_ONLY : 0) | (other_user ? LINA_ATTACH_OTHER_USER : 0);
    Py_BEGIN_ALLOW_THREADS rc = lina_arena_attach(PyBytes_AsString(where), flags, &handle);
    Py_END_ALLOW_THREADS Py_DECREF(where);
    return rc == LINA_OK ? adopt(self, handle) : raise_code(self->state, rc);
}

typedef PyObject *(*maker)(struct arena *, PyObject *, PyObject *);

static PyObject *make(PyObject *type, PyObject *args, PyObject *kwargs, maker how) {
    struct arena *self = arena_new((PyTypeObject *)type);
    PyObject *made = self == NULL ? NULL : how(self, args, kwargs);
    Py_XDECREF((PyObject *)self);
    return made;
}

static PyObject *arena_create(PyObject *type, PyObject *args, PyObject *kwargs) {
    return make(type, args, kwargs, create);
}

static PyObject *arena_attach(PyObject *type, PyObject *args, PyObject *kwargs) {
    return make(type, args, kwargs, attach);
}

/* The module's init_arena and attach: makes the default arena if there is none yet. */
static PyObject *furnish(PyObject *object, PyObject *args, PyObject *kwargs, maker how) {
    struct arena *self = (struct arena *)object;
    GUARD(self);
    if ((self->closed || self->membership == NULL) && !begin(self))
        return NULL;
    if (lina_arena_default() != NULL)
        return raise_text(self->state, LINA_ERR_EXISTS, "there is a default arena already");
    PyObject *made = how(self, args, kwargs);
    if (made == NULL)
        return NULL;
    Py_DECREF(made);
    Py_RETURN_NONE;
}

static PyObject *arena_init_default(PyObject *self, PyObject *args, PyObject *kwargs) {
    return furnish(self, args, kwargs, create);
}

static PyObject *arena_attach_default(PyObject *self, PyObject *args, PyObject *kwargs) {
    return furnish(self, args, kwargs, attach);
}

/* ---- looking ----------------------------------------------------------------------------------------- */

static PyObject *arena_info(PyObject *object, PyObject *unused) {
    (void)unused;
    struct arena *self = (struct arena *)object;
    GUARD(self);
    lina_arena_info_t i;
    lina_arena_t *handle = arena_handle(self, NULL, NULL);
    if (handle == NULL)
        return NULL;
    int rc = lina_arena_info(handle, &i);
    if (rc != LINA_OK)
        return raise_code(self->state, rc);
    return dict_of_info(&i);
}

static PyObject *arena_fileno(PyObject *object, PyObject *unused) {
    (void)unused;
    struct arena *self = (struct arena *)object;
    GUARD(self);
    int fd;
    lina_arena_t *handle = arena_handle(self, NULL, NULL);
    if (handle == NULL)
        return NULL;
    int rc = lina_arena_fd(handle, &fd);
    if (rc != LINA_OK)
        return raise_code(self->state, rc);
    return PyLong_FromLong(fd);
}

/* Calls a function of the core that takes only the arena, and that may take a while. */
static PyObject *run_without_gil(PyObject *object, int (*function)(lina_arena_t *)) {
    struct arena *self = (struct arena *)object;
    GUARD(self);
    lina_arena_t *handle = arena_handle(self, NULL, NULL);
    if (handle == NULL)
        return NULL;
    int rc;
    WITHOUT_GIL(self, rc = function(handle));
    if (rc != LINA_OK)
        return raise_code(self->state, rc);
    Py_RETURN_NONE;
}

static PyObject *arena_check(PyObject *self, PyObject *unused) {
    (void)unused;
    return run_without_gil(self, lina_check_arena);
}

static PyObject *arena_sync(PyObject *self, PyObject *unused) {
    (void)unused;
    return run_without_gil(self, lina_arena_sync);
}

static PyObject *arena_closed(PyObject *object, void *closure) {
    (void)closure;
    const struct arena *self = (struct arena *)object;
    GUARD(self);
    return PyBool_FromLong(self->closed);
}

static PyMethodDef arena_own_methods[] = {
    {"_default", arena_default, METH_NOARGS | METH_CLASS, NULL},
    {"_create", KEYWORDS(arena_create), METH_VARARGS | METH_KEYWORDS | METH_CLASS, NULL},
    {"_attach", KEYWORDS(arena_attach), METH_VARARGS | METH_KEYWORDS | METH_CLASS, NULL},
    {"_init_default", KEYWORDS(arena_init_default), METH_VARARGS | METH_KEYWORDS, NULL},
    {"_attach_default", KEYWORDS(arena_attach_default), METH_VARARGS | METH_KEYWORDS, NULL},
    {"info", arena_info, METH_NOARGS, DOC_INFO},
    {"fileno", arena_fileno, METH_NOARGS, DOC_FILENO},
    {"check", arena_check, METH_NOARGS, DOC_CHECK},
    {"sync", arena_sync, METH_NOARGS, DOC_SYNC},
    {"close", arena_close, METH_NOARGS, DOC_CLOSE},
    {"create_array", KEYWORDS(arena_create_array), METH_VARARGS | METH_KEYWORDS, DOC_CREATE_ARRAY},
    {"republish", KEYWORDS(arena_republish), METH_VARARGS | METH_KEYWORDS, DOC_REPUBLISH},
    {"_loan", KEYWORDS(arena_loan), METH_VARARGS | METH_KEYWORDS, NULL},
    {"_notify", arena_notify, METH_VARARGS, NULL},
    {"_notify_stream", arena_notify_stream, METH_VARARGS, NULL},
    {"_notify_room", arena_notify_room, METH_VARARGS, NULL},
    {"_produce", arena_produce, METH_O, NULL},
    {"_end_stream", arena_end_stream, METH_O, NULL},
    {"_reader", arena_reader, METH_VARARGS, NULL},
    {"stream", KEYWORDS(arena_stream), METH_VARARGS | METH_KEYWORDS, DOC_STREAM},
    {"stream_info", arena_stream_info, METH_O, DOC_STREAM_INFO},
    {"set_member_name", arena_set_member_name, METH_O, DOC_SET_MEMBER_NAME},
    {"members", arena_members, METH_NOARGS, DOC_MEMBERS},
    {"_alias", arena_alias, METH_VARARGS, NULL},
    {"array", arena_array, METH_O, DOC_ARRAY},
    {"buffer", arena_buffer, METH_O, DOC_BUFFER},
    {"open_desc", arena_open_desc, METH_O, DOC_OPEN_DESC},
    {"list", arena_list, METH_NOARGS, DOC_LIST},
    {"remove", arena_remove, METH_O, DOC_REMOVE},
    {"reclaim", arena_reclaim, METH_O, DOC_RECLAIM},
    {"signal", KEYWORDS(arena_signal), METH_FASTCALL | METH_KEYWORDS, DOC_SIGNAL},
    {"remove_signal", arena_remove_signal, METH_O, DOC_REMOVE_SIGNAL},
    {"clear", arena_clear, METH_O, DOC_CLEAR},
    {"try_wait", arena_try_wait, METH_O, DOC_TRY_WAIT},
    {"value", arena_value, METH_O, DOC_VALUE},
    {"wait", KEYWORDS(arena_wait), METH_FASTCALL | METH_KEYWORDS, DOC_WAIT},
    {"wait_any", KEYWORDS(arena_wait_any), METH_FASTCALL | METH_KEYWORDS, DOC_WAIT_ANY},
    {"wait_value", KEYWORDS(arena_wait_value), METH_FASTCALL | METH_KEYWORDS, DOC_WAIT_VALUE},
    {NULL, NULL, 0, NULL},
};

static PyGetSetDef arena_getset[] = {
    {"closed", arena_closed, NULL, "True after close().", NULL},
    {NULL, NULL, NULL, NULL, NULL},
};

static PyType_Slot arena_slots[] = {
    {Py_tp_doc, "An arena by handle."}, {Py_tp_dealloc, arena_dealloc},
    {Py_tp_traverse, arena_traverse},   {Py_tp_methods, arena_own_methods},
    {Py_tp_getset, arena_getset},       {0, NULL},
};
PyType_Spec arena_spec = {"lina._lina.Arena", (int)sizeof(struct arena), 0,
                          Py_TPFLAGS_DEFAULT | Py_TPFLAGS_BASETYPE | Py_TPFLAGS_HAVE_GC |
                              Py_TPFLAGS_DISALLOW_INSTANTIATION,
                          arena_slots};
