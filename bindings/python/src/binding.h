/* binding.h - what the files of the extension share.
 *
 * One C extension, lina._lina, on the stable ABI of CPython 3.11. Here are the objects whose speed or
 * lifetime needs C; what only composes them is Python, in the package lina.
 *
 *   Arena   an arena by handle, or the process's default one; its methods are the module's functions
 *   Hold    one lina_view_t: keeps a generation in place until Python frees it
 *   Array   a window (pointer, shape, strides) on a Hold; slices are Arrays on the same Hold
 *
 * Buffers are exported with a twin of the Array as their owner: see buffer.c.
 *
 * Instances carry a pointer to their module's state. It outlives them: an instance owns its type, a
 * type owns its module. */
#ifndef LINA_BINDING_H
#define LINA_BINDING_H

#define PY_SSIZE_T_CLEAN
#define Py_LIMITED_API 0x030B0000
#include <Python.h> /* first: it says which POSIX */

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>
#include <structmember.h>
#include <sys/types.h>

#include "lina.h"
#include "refcount.h"

/* A function with another signature in a method table. */
#define KEYWORDS(function) ((PyCFunction)(void (*)(void))(function))

#define ERROR_CODES 20 /* LINA_OK and the codes below it */

struct state {
    PyTypeObject *arena_type, *hold_type, *array_type, *mailbox_type, *notice_type, *reader_type;
    PyObject *errors[ERROR_CODES]; /* exception classes, by the negated code */
    PyObject *view_error;          /* BufferError of the family: what cannot be viewed */
    PyObject *array_method;        /* "__array__", interned */
    PyObject *dtypes; /* of lina._dtypes: the objects by number; NULL while it is imported */
    PyObject *values_of, *html_of; /* of lina._show: the end of a repr, and what a notebook shows */
    PyObject *ndarray_of;          /* of lina._dtypes: what x.__array__() does */
};

/* ---- errors.c ------------------------------------------------------------------------------------ */

/* Fills state->errors from lina._errors. */
int errors_load(struct state *state);
/* Raises the class of `code` with Lina's last sentence; always NULL. */
PyObject *raise_code(struct state *state, int code);
/* The same with a sentence of our own. */
PyObject *raise_text(struct state *state, int code, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
/* `what` "name": `value` `why`, or without a name the last two. Raises `kind`; always -1. */
int refuse_value(PyObject *kind, const char *what, const char *name, PyObject *value,
                 const char *why);
/* ViewError: what cannot be shown in the form asked for. */
PyObject *raise_view(struct state *state, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* ---- arguments.c --------------------------------------------------------------------------------- */

/* A place that names an arena, as bytes: a str, bytes, or a path, which is a file's. A new reference. */
PyObject *where_of(PyObject *object);
/* The text of an array's or signal's name, alive as long as `object`. */
const char *name_of(PyObject *object, const char *what);
/* What a caller may say about a new array. */
struct geometry {
    const char *name;
    uint32_t dtype, ndim, layout;
    uint64_t shape[LINA_MAX_DIMS];
    bool exist_ok;
};
/* Reads (name, dtype, shape, order="C", *, exist_ok=False), the last only where `format` has it. */
int parse_geometry(struct state *state, PyObject *args, PyObject *kwargs, const char *format,
                   struct geometry *out);
/* "f64", "<f8", "d", numpy.float64, numpy.dtype, torch.float64, float, or Lina's number. */
int parse_dtype(struct state *state, const char *name, PyObject *object, uint32_t *out);
/* An int or an iterable of ints, none below zero. */
int parse_shape(struct state *state, const char *name, PyObject *object, uint64_t *shape,
                uint32_t *ndim);
int parse_strides(struct state *state, const char *name, PyObject *object, uint32_t ndim,
                  int64_t *strides);
/* An int from 0 to `most`. */
int parse_count(PyObject *kind, const char *what, const char *name, PyObject *object, uint64_t most,
                uint64_t *out);
/* Seconds or None, as nanoseconds, rounded up; what is below zero is over, as 0. Rejects NaN. */
int parse_timeout(const char *signal, PyObject *object, int64_t *out_ns);
int parse_timeout_of(const char *what, const char *name, PyObject *object, int64_t *out_ns);

/* ---- element.c ----------------------------------------------------------------------------------- */

/* How Python sees the elements of a dtype. */
struct kind {
    uint32_t dtype;
    const char *format;  /* of the buffer protocol, or NULL where it has none */
    const char *typestr; /* of __array_interface__, or NULL */
    PyObject *(*load)(const char *at);
    int (*store)(char *at, PyObject *value, const char *name); /* the array's, for errors */
};
/* NULL for a dtype without a name: its arrays are bytes to Python. */
const struct kind *kind_of(uint32_t dtype);
/* The one whose elements a buffer has, or NULL. A format of NULL means bytes. */
const struct kind *kind_of_format(const char *format, Py_ssize_t itemsize);

/* ---- describe.c ---------------------------------------------------------------------------------- */

/* "f64", or the number of a dtype without a name. */
PyObject *dtype_name(uint32_t dtype);
/* The same with a lina.DType for the name. */
PyObject *dtype_object(struct state *state, uint32_t dtype);
const char *layout_name(uint32_t layout);
PyObject *tuple_of(const Py_ssize_t *values, uint32_t n);
/* A descriptor as a dict of all its fields. */
PyObject *dict_of(const lina_desc_t *desc);
PyObject *dict_of_info(const lina_arena_info_t *info);

/* ---- arena.c, signals.c -------------------------------------------------------------------------- */

/* A signal's handle by the very str object that named it: names in code are constants, so that a
 * pointer comparison finds them again. */
#define SIGNAL_CACHE 64u
struct signal_entry {
    PyObject *name;       /* owned, or NULL */
    lina_signal_t handle; /* word NULL: looked for, not opened yet */
    uint32_t looks;
};

/* membership.c: an arena that this process has through an Arena, from its first use on. */
struct waiting { /* on the stack of a wait, between whose naps Python code runs */
    pthread_t thread;
    struct waiting *next, **at;
};
struct membership {
    lina_arena_t *handle;
    bool is_default; /* ending it gives back a lina_init */
    bool is_open;    /* Lina was not told to end it */
    uint32_t calls;  /* entered and not left yet */
    uint32_t inside; /* of them, those in Lina without the GIL; atomic */
    struct waiting *waiting;
    const char *base; /* where its data was seen, and of which file */
    size_t size;
    bool has_file;
    dev_t device;
    ino_t inode;
    struct membership *next, **at;
};
/* NULL without memory. */
struct membership *membership_new(bool is_default);
/* The handle that it is about now. */
void membership_note(struct membership *m, lina_arena_t *handle);
/* Tells Lina, once. */
void membership_end(struct membership *m);
void membership_free(struct membership *m);
void membership_wait_begins(struct membership *m, struct waiting *w);
void membership_wait_ends(struct waiting *w);
/* Whether calls of other threads are under way. */
bool membership_has_callers(const struct membership *m);
/* Counts a call into Lina, or out of it: pairs with has_left. */
static inline void membership_inside(struct membership *m, int change) {
    if (m != NULL)
        __atomic_fetch_add(&m->inside, (uint32_t)change, __ATOMIC_ACQ_REL);
}
/* What to add to `from` for the address of the same byte in the mapping that `to` is in; 0 where that is
 * the same one, or another arena's. */
Py_ssize_t membership_shift(const char *from, const char *to);

struct arena {
    PyObject_HEAD struct state *state;
    struct membership *membership; /* NULL before the first use, and after the end */
    lina_arena_t *handle;          /* for the default arena: as last seen */
    bool is_default;
    bool closed; /* no new calls */
    struct hold *holds;
    PyObject *trouble; /* why LINA_ARENA could not be attached, until there is a default arena */
    int trouble_code;
    struct signal_entry signals[SIGNAL_CACHE];
};

/* The handle for a new call about the array or signal `name`, if it is about one. NULL with an
 * exception. */
lina_arena_t *arena_handle(struct arena *self, const char *what, const char *name);
/* Around every call that releases the GIL: close() waits for them, and when it cannot, since they are
 * its own thread's, the last to leave carries it out. Without a membership, as for a loan whose arena was
 * closed, there is nothing to wait for. */
struct membership *arena_enter(struct arena *self);
void arena_leave(struct arena *self, struct membership *m);
/* Forgets all handles of signals. */
void signals_forget(struct arena *self);
int arena_traverse_signals(struct arena *self, visitproc visit, void *arg);

#define WITHOUT_GIL(self, statement)                                                               \
    do {                                                                                           \
        struct membership *m_ = arena_enter(self);                                                 \
        membership_inside(m_, 1);                                                                  \
        Py_BEGIN_ALLOW_THREADS statement;                                                          \
        membership_inside(m_, -1);                                                                 \
        Py_END_ALLOW_THREADS arena_leave(self, m_);                                                \
    } while (0)

/* Ctrl-C and close() go unnoticed no longer than a nap and the waking: 50 ms together. */
struct deadline {
    int64_t at; /* on the monotonic clock, or LINA_FOREVER */
};
struct deadline deadline_after(int64_t timeout_ns);
/* How long to sleep now. */
int64_t deadline_nap(const struct deadline *deadline);
bool deadline_is_over(const struct deadline *deadline);

/* The handle of a signal that is going to be used: makes the signal if it is not there. Valid until
 * Python code runs. NULL with an exception. */
const lina_signal_t *signal_open(struct arena *self, PyObject *name);
PyObject *arena_signal(PyObject *self, PyObject *const *args, Py_ssize_t n, PyObject *names);
PyObject *arena_remove_signal(PyObject *self, PyObject *name);
PyObject *arena_wait_any(PyObject *self, PyObject *const *args, Py_ssize_t n, PyObject *names);
PyObject *arena_clear(PyObject *self, PyObject *name);
PyObject *arena_try_wait(PyObject *self, PyObject *name);
PyObject *arena_value(PyObject *self, PyObject *name);
PyObject *arena_wait(PyObject *self, PyObject *const *args, Py_ssize_t n, PyObject *names);
PyObject *arena_wait_value(PyObject *self, PyObject *const *args, Py_ssize_t n, PyObject *names);

/* ---- streams.c, members.c ------------------------------------------------------------------------- */

extern PyType_Spec reader_spec;
PyObject *arena_stream(PyObject *self, PyObject *args, PyObject *kwargs);
PyObject *arena_produce(PyObject *self, PyObject *name);
PyObject *arena_end_stream(PyObject *self, PyObject *name);
PyObject *arena_stream_info(PyObject *self, PyObject *name);
PyObject *arena_reader(PyObject *self, PyObject *args);
PyObject *arena_set_member_name(PyObject *self, PyObject *name);
PyObject *arena_members(PyObject *self, PyObject *unused);
/* The incarnation of the living member of that name, if there is one. */
bool member_find(lina_arena_t *arena, const char *name, uint64_t *incarnation);

/* ---- mailbox.c ------------------------------------------------------------------------------------ */

extern PyType_Spec mailbox_spec, notice_spec;
PyObject *mailbox_new(PyObject *module, PyObject *unused);
PyObject *arena_notify(PyObject *self, PyObject *args);
PyObject *arena_notify_stream(PyObject *self, PyObject *args);

/* ---- arrays.c, loan.c ---------------------------------------------------------------------------- */

PyObject *arena_array(PyObject *self, PyObject *name);
PyObject *arena_buffer(PyObject *self, PyObject *name);
PyObject *arena_open_desc(PyObject *self, PyObject *name);
PyObject *arena_list(PyObject *self, PyObject *unused);
PyObject *arena_create_array(PyObject *self, PyObject *args, PyObject *kwargs);
PyObject *arena_republish(PyObject *self, PyObject *args, PyObject *kwargs);
PyObject *arena_loan(PyObject *self, PyObject *args, PyObject *kwargs);
PyObject *arena_remove(PyObject *self, PyObject *name);
PyObject *arena_reclaim(PyObject *self, PyObject *name);
PyObject *arena_alias(PyObject *self, PyObject *args);
PyObject *array_publish(PyObject *self, PyObject *args);
PyObject *array_discard(PyObject *self, PyObject *unused);

/* ---- window.c, hold.c, array.c, index.c, assign.c -------------------------------------------------------------- */

/* Where elements lie, in bytes. */
struct window {
    char *data;
    uint32_t ndim;
    Py_ssize_t shape[LINA_MAX_DIMS], strides[LINA_MAX_DIMS];
};
Py_ssize_t window_size(const struct window *w);
/* False when they are too many to count. */
bool window_bytes(const struct window *w, Py_ssize_t itemsize, Py_ssize_t *out);
bool window_is_contiguous(const struct window *w, Py_ssize_t itemsize, uint32_t order);
/* Strides as of a new array in C order. */
void window_set_c_strides(struct window *w, Py_ssize_t itemsize);
/* Element `index` of the first dimension. */
struct window window_at(const struct window *w, Py_ssize_t index);
bool window_overlaps(const struct window *a, const struct window *b, Py_ssize_t itemsize);
/* Puts `w` `offset` bytes into `whole`. False when part of it would lie outside. */
bool window_moves_inside(struct window *w, Py_ssize_t itemsize, const struct window *whole,
                         Py_ssize_t offset, Py_ssize_t whole_itemsize);

/* copy.c: memory for the window's shape, from malloc. False with an exception. */
bool window_allocate(struct window *w, Py_ssize_t itemsize);
/* From a window of the same shape. -1 with an exception, for want of memory between the two. */
int window_copy(const struct window *to, const struct window *from, Py_ssize_t itemsize,
                bool may_overlap);
/* `from` with the shape of `to`. False when it does not fit. */
bool window_broadcast(const struct window *from, const struct window *to, struct window *out);

struct hold {
    PyObject_HEAD struct state *state;
    PyObject *arena; /* the Arena it came from */
    lina_view_t view;
    struct hold *next, **at; /* among its arena's */
};
/* How many generations that are no longer current its holds keep. */
uint32_t arena_count_held(const struct arena *self);

struct array {
    PyObject_HEAD struct state *state;
    struct hold *hold;  /* NULL once given back */
    bool closed;        /* no new use */
    PyObject *name;     /* once closed */
    bool kept;          /* array_end does nothing */
    bool lent;          /* somebody may rely on this object for a raw pointer: see array_close */
    struct array *twin; /* the owner of its buffers, once there were some */
    uint32_t dtype;     /* the hold's, or another way to read its bytes */
    const struct kind *kind; /* NULL for a dtype without a name */
    struct window window;
    uint32_t layout;
    Py_ssize_t itemsize;
    PyObject *weakrefs;
};

extern PyType_Spec arena_spec, hold_spec, array_spec;

/* Takes the view over, also on failure. */
struct hold *hold_new(struct state *state, PyObject *arena, lina_view_t *view);
bool hold_is_readonly(const struct hold *hold);

/* The whole of what `hold` keeps; takes the hold over, also on failure. */
PyObject *array_new(struct hold *hold);
/* The same bytes in a row; takes the hold over, also on failure. */
PyObject *array_bytes(struct hold *hold);
/* Another window on the same hold, and the same read as another dtype. */
PyObject *array_recast(const struct array *base, const struct window *window, uint32_t dtype);
PyObject *array_slice(const struct array *base, const struct window *window);
/* False with an exception once it was closed. */
bool array_is_open(const struct array *self);
/* False with an exception when closed, or when its dtype has no elements in Python. */
bool array_has_elements(const struct array *self);

/* Gives the hold back: at once, or with the object itself where a pointer went out that nothing else
 * keeps in place (NumPy does that with the object behind buffer= and __array_interface__). */
PyObject *array_close(PyObject *self, PyObject *unused);
/* A copy to work on while foreign Python code may run, close() included. */
struct array array_pin(const struct array *self);
void array_unpin(struct array *pinned);

/* buffer.c */
int array_getbuffer(PyObject *object, Py_buffer *view, int flags);
void array_releasebuffer(PyObject *object, Py_buffer *view);
PyObject *array_buffer(PyObject *self, PyObject *flags);
PyObject *array_release_buffer(PyObject *self, PyObject *view);

/* export.c: a second view, narrowed to the array's window; false with an exception. And a ViewError. */
bool export_view(const struct array *self, lina_view_t *view);
PyObject *export_refuse(const struct array *self, const char *why);
PyObject *array_dlpack(PyObject *self, PyObject *args, PyObject *kwargs);
PyObject *array_dlpack_device(PyObject *self, PyObject *unused);
/* arrow.c */
PyObject *array_arrow(PyObject *self, PyObject *args, PyObject *kwargs);

/* number.c */
PyObject *array_compare(PyObject *self, PyObject *other, int operation);
PyObject *array_complex(PyObject *self, PyObject *unused);
PyObject *array_take_item(PyObject *self, PyObject *index);
/* The element of an array that has one, for float() and the like. NULL with an exception. */
PyObject *array_only_element(const struct array *self, const char *what);

/* reshape.c */
PyObject *array_reshape(PyObject *self, PyObject *args);
PyObject *array_transpose(PyObject *self, void *closure);
PyObject *array_copy(PyObject *self, PyObject *unused);
PyObject *array_tobytes(PyObject *self, PyObject *unused);

/* index.c: the element of a one-dimensional array at an int within bounds; NULL for other keys. */
char *index_quick(const struct array *self, PyObject *key);
/* What a key selects. False with an exception. */
bool index_select(const struct array *self, PyObject *key, struct window *out, bool *is_element);
PyObject *array_get(PyObject *self, PyObject *key);
PyObject *array_item(PyObject *self, Py_ssize_t index);
PyObject *array_tolist(PyObject *self, PyObject *unused);
/* values.c: the elements as the array has them, in memory to be freed. False with an exception. */
bool values_of_object(const struct array *self, PyObject *value, struct window *out);
bool values_of_window(const struct array *self, const struct window *from, const struct kind *kind,
                      struct window *out);
/* assign.c */
int array_set(PyObject *self, PyObject *key, PyObject *value);

#endif
