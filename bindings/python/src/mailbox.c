/* mailbox.c - notifications for asyncio: one Mailbox for each event loop, one Notice for each wait.
 *
 *   loop thread     adds a Notice to the mailbox's list and calls lina_notify
 *   helper thread   pushes the Notice on the stack of fired ones, then adds to the eventfd; without the GIL
 *   loop thread     reads the eventfd, then takes the whole stack
 *
 * A push after the take adds to the eventfd again, so no Notice is missed. The GIL, or else `lock`, guards everything
 * here except the stack. When a mailbox is freed, it cancels its notices. After that, no callback runs. */
#include "binding.h"

#include <errno.h>
#include <sys/eventfd.h>
#include <unistd.h>

struct notice {
    PyObject_HEAD struct mailbox *mailbox; /* borrowed; NULL when it is not on the list */
    PyObject *token;
    lina_notify_id_t id;
    struct notice *prev, *next; /* in the list, which owns a reference */
    struct notice *below;       /* in the stack */
    int status;
    bool cancelled;
};

struct mailbox {
    PyObject_HEAD struct state *state;
    int fd;
    struct notice *list;
    struct notice *fired; /* atomic: the stack, to which Lina's helper thread pushes */
};

/* Guards the lists of notices, and which of them were cancelled. */
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

/* ---- notices ----------------------------------------------------------------------------------------- */

static void link_notice(struct mailbox *mailbox, struct notice *notice) {
    EXCLUDE(&lock);
    notice->mailbox = mailbox;
    notice->prev = NULL;
    notice->next = mailbox->list;
    if (mailbox->list != NULL)
        mailbox->list->prev = notice;
    mailbox->list = notice;
}

/* Takes a notice out of the list. The caller has the lock, and gets the list's reference. */
static void unlink_notice(struct notice *notice) {
    if (notice->prev != NULL)
        notice->prev->next = notice->next;
    else
        notice->mailbox->list = notice->next;
    if (notice->next != NULL)
        notice->next->prev = notice->prev;
    notice->mailbox = NULL;
}

/* The callback, which runs on Lina's helper thread. */
static void fire(void *context, int status, uint64_t value) {
    struct notice *notice = context;
    struct mailbox *mailbox = notice->mailbox;
    uint64_t one = 1;
    (void)value;
    notice->status = status;
    notice->below = __atomic_load_n(&mailbox->fired, __ATOMIC_RELAXED);
    /* Releases the notice; pairs with the exchange in mailbox_take. */
    while (!__atomic_compare_exchange_n(&mailbox->fired, &notice->below, notice, true,
                                        __ATOMIC_RELEASE, __ATOMIC_RELAXED))
        ;
    while (write(mailbox->fd, &one, sizeof one) < 0 && errno == EINTR)
        ; /* EAGAIN: the eventfd is readable already */
}

/* Cancels a notice. Afterwards, its callback neither runs nor will run. A notice that has fired stays on the stack.
 * True if the caller gets the list's reference. */
static bool cancel(struct notice *notice) {
    EXCLUDE(&lock);
    bool is_out = notice->mailbox != NULL && lina_notify_cancel(notice->id) == LINA_OK;
    if (is_out)
        unlink_notice(notice);
    notice->cancelled = true;
    return is_out;
}

static PyObject *notice_cancel(PyObject *object, PyObject *unused) {
    (void)unused;
    if (cancel((struct notice *)object))
        Py_DECREF(object); /* the list's */
    Py_RETURN_NONE;
}

static int notice_traverse(PyObject *object, visitproc visit, void *arg) {
    Py_VISIT(Py_TYPE(object));
    Py_VISIT(((struct notice *)object)->token);
    return 0;
}

static int notice_clear(PyObject *object) {
    Py_CLEAR(((struct notice *)object)->token);
    return 0;
}

static void notice_dealloc(PyObject *object) {
    PyTypeObject *type = Py_TYPE(object);
    PyObject_GC_UnTrack(object);
    notice_clear(object);
    PyObject_GC_Del(object);
    Py_DECREF(type);
}

static PyMethodDef notice_methods[] = {
    {"cancel", notice_cancel, METH_NOARGS, "Ends the wait. Does nothing if it has ended."},
    {NULL, NULL, 0, NULL},
};
static PyMemberDef notice_members[] = {
    {"token", T_OBJECT, offsetof(struct notice, token), READONLY, "The caller's token."},
    {"status", T_INT, offsetof(struct notice, status), READONLY, "Lina's code, once it has fired."},
    {NULL, 0, 0, 0, NULL},
};
static PyType_Slot notice_slots[] = {
    {Py_tp_doc, "One wait of an event loop."},
    {Py_tp_dealloc, notice_dealloc},
    {Py_tp_traverse, notice_traverse},
    {Py_tp_clear, notice_clear},
    {Py_tp_methods, notice_methods},
    {Py_tp_members, notice_members},
    {0, NULL},
};
PyType_Spec notice_spec = {
    "lina._lina.Notice", (int)sizeof(struct notice), 0,
    Py_TPFLAGS_DEFAULT | Py_TPFLAGS_HAVE_GC | Py_TPFLAGS_DISALLOW_INSTANTIATION, notice_slots};

/* ---- mailboxes --------------------------------------------------------------------------------------- */

PyObject *mailbox_new(PyObject *module, PyObject *unused) {
    (void)unused;
    struct state *state = PyModule_GetState(module);
    struct mailbox *self = PyObject_GC_New(struct mailbox, state->mailbox_type);
    if (self == NULL)
        return NULL;
    self->state = state;
    self->list = self->fired = NULL;
    self->fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
    PyObject_GC_Track(self);
    if (self->fd >= 0)
        return (PyObject *)self;
    PyErr_SetFromErrno(PyExc_OSError);
    Py_DECREF((PyObject *)self);
    return NULL;
}

static int mailbox_traverse(PyObject *object, visitproc visit, void *arg) {
    Py_VISIT(Py_TYPE(object));
    for (struct notice *notice = ((struct mailbox *)object)->list; notice != NULL;
         notice = notice->next)
        Py_VISIT((PyObject *)notice);
    return 0;
}

/* Cancels all notices and takes them out of the list, which becomes a stack of them with its references. */
static struct notice *empty(struct mailbox *self) {
    struct notice *stack = NULL;
    EXCLUDE(&lock);
    for (struct notice *notice = self->list; notice != NULL; notice = notice->next)
        lina_notify_cancel(notice->id);
    self->fired = NULL; /* no callback can push any more */
    while (self->list != NULL) {
        struct notice *notice = self->list;
        unlink_notice(notice);
        notice->below = stack;
        stack = notice;
    }
    return stack;
}

static int mailbox_clear(PyObject *object) {
    for (struct notice *notice = empty((struct mailbox *)object), *next; notice != NULL;
         notice = next) {
        next = notice->below;
        Py_DECREF((PyObject *)notice);
    }
    return 0;
}

static void mailbox_dealloc(PyObject *object) {
    PyTypeObject *type = Py_TYPE(object);
    PyObject_GC_UnTrack(object);
    mailbox_clear(object);
    if (((struct mailbox *)object)->fd >= 0)
        close(((struct mailbox *)object)->fd);
    PyObject_GC_Del(object);
    Py_DECREF(type);
}

static PyObject *mailbox_fileno(PyObject *object, PyObject *unused) {
    (void)unused;
    return PyLong_FromLong(((struct mailbox *)object)->fd);
}

/* Takes the stack, and returns it in the order of the pushes. */
static struct notice *take_fired(struct mailbox *self) {
    struct notice *stack = __atomic_exchange_n(&self->fired, NULL, __ATOMIC_ACQUIRE), *queue = NULL;
    while (stack != NULL) {
        struct notice *top = stack;
        stack = top->below;
        top->below = queue;
        queue = top;
    }
    return queue;
}

/* Takes a notice that has fired out of the list. True if it was not cancelled. */
static bool is_wanted(struct notice *notice) {
    EXCLUDE(&lock);
    unlink_notice(notice);
    return !notice->cancelled;
}

static PyObject *mailbox_take(PyObject *object, PyObject *unused) {
    (void)unused;
    struct mailbox *self = (struct mailbox *)object;
    uint64_t rings;
    PyObject *list = PyList_New(0);
    if (list == NULL)
        return NULL;
    while (read(self->fd, &rings, sizeof rings) < 0 && errno == EINTR)
        ; /* before the take: see the head of the file */
    int rc = 0;
    for (struct notice *notice = take_fired(self), *next; notice != NULL; notice = next) {
        next = notice->below;
        if (is_wanted(notice) && rc == 0)
            rc = PyList_Append(list, (PyObject *)notice);
        Py_DECREF((PyObject *)notice);
    }
    if (rc == 0)
        return list;
    Py_DECREF(list);
    return NULL;
}

static PyMethodDef mailbox_methods[] = {
    {"fileno", mailbox_fileno, METH_NOARGS, "Readable when there is something to take."},
    {"take", mailbox_take, METH_NOARGS, "The notices that fired and were not cancelled."},
    {NULL, NULL, 0, NULL},
};
static PyType_Slot mailbox_slots[] = {
    {Py_tp_doc, "Receives the notices for one event loop."},
    {Py_tp_dealloc, mailbox_dealloc},
    {Py_tp_traverse, mailbox_traverse},
    {Py_tp_clear, mailbox_clear},
    {Py_tp_methods, mailbox_methods},
    {0, NULL},
};
PyType_Spec mailbox_spec = {
    "lina._lina.Mailbox", (int)sizeof(struct mailbox), 0,
    Py_TPFLAGS_DEFAULT | Py_TPFLAGS_HAVE_GC | Py_TPFLAGS_DISALLOW_INSTANTIATION, mailbox_slots};

/* ---- asking ------------------------------------------------------------------------------------------ */

static struct notice *notice_new(struct state *state, PyObject *token) {
    struct notice *notice = PyObject_GC_New(struct notice, state->notice_type);
    if (notice == NULL)
        return NULL;
    notice->mailbox = NULL;
    notice->token = Py_NewRef(token);
    notice->status = LINA_OK;
    notice->cancelled = false;
    PyObject_GC_Track(notice);
    return notice;
}

/* Takes a notice that was not asked for out of the list. */
static void forget(struct notice *notice) {
    EXCLUDE(&lock);
    unlink_notice(notice);
}

typedef int (*asker)(lina_arena_t *, const char *, uint64_t, lina_notify_fn, void *,
                     lina_notify_id_t *);

static PyObject *ask(struct arena *self, PyObject *mailbox, const char *what, const char *text,
                     uint64_t target, PyObject *token, asker how) {
    struct notice *notice = notice_new(self->state, token);
    lina_arena_t *arena = notice == NULL ? NULL : arena_handle(self, what, text);
    if (arena == NULL) {
        Py_XDECREF((PyObject *)notice);
        return NULL;
    }
    Py_INCREF((PyObject *)notice); /* the list's reference */
    link_notice((struct mailbox *)mailbox, notice);
    int rc = how(arena, text, target, fire, notice, &notice->id);
    if (rc == LINA_OK)
        return (PyObject *)notice;
    forget(notice);
    Py_DECREF((PyObject *)notice);
    Py_DECREF((PyObject *)notice);
    return raise_code(self->state, rc);
}

/* _notify(mailbox, name, target or None, token): returns a Notice, or None if the target is reached already. */
PyObject *arena_notify(PyObject *object, PyObject *args) {
    struct arena *self = (struct arena *)object;
    GUARD(self);
    PyObject *mailbox, *name, *wanted, *token;
    uint64_t target;
    if (!PyArg_ParseTuple(args, "O!OOO", self->state->mailbox_type, &mailbox, &name, &wanted,
                          &token))
        return NULL;
    const char *text = name_of(name, "signal");
    if (text == NULL || (wanted != Py_None && parse_count(PyExc_OverflowError, "signal", text,
                                                          wanted, UINT64_MAX, &target) != 0))
        return NULL;
    const lina_signal_t *signal = signal_open(self, name);
    if (signal == NULL)
        return NULL;
    if (wanted == Py_None) /* waits until it is set: one more than at the last clear */
        target = __atomic_load_n(signal->cleared, __ATOMIC_ACQUIRE) + 1;
    if (lina_signal_read(signal) >= target)
        Py_RETURN_NONE;
    return ask(self, mailbox, "signal", text, target, token, lina_notify);
}

/* _notify_stream(mailbox, name, target, token): notifies once the stream's last sequence is `target`, or the stream
 * is over. */
PyObject *arena_notify_stream(PyObject *object, PyObject *args) {
    struct arena *self = (struct arena *)object;
    GUARD(self);
    PyObject *mailbox, *name, *token;
    unsigned long long target;
    if (!PyArg_ParseTuple(args, "O!OKO", self->state->mailbox_type, &mailbox, &name, &target,
                          &token))
        return NULL;
    const char *text = name_of(name, "stream");
    return text == NULL ? NULL
                        : ask(self, mailbox, "stream", text, target, token, lina_notify_stream);
}

static int notify_room(lina_arena_t *arena, const char *name, uint64_t unused,
                       lina_notify_fn callback, void *context, lina_notify_id_t *out) {
    (void)unused;
    return lina_notify_room(arena, name, callback, context, out);
}

/* _notify_room(mailbox, name, token): notifies once the stream has room for one more generation. */
PyObject *arena_notify_room(PyObject *object, PyObject *args) {
    struct arena *self = (struct arena *)object;
    GUARD(self);
    PyObject *mailbox, *name, *token;
    if (!PyArg_ParseTuple(args, "O!OO", self->state->mailbox_type, &mailbox, &name, &token))
        return NULL;
    const char *text = name_of(name, "stream");
    return text == NULL ? NULL : ask(self, mailbox, "stream", text, 0, token, notify_room);
}
