/* binding.h - what the files of the extension share.
 *
 * The C extension lina._lina uses the stable ABI of CPython 3.11. For a free-threaded CPython, it is built on its own.
 * It has the objects whose speed or lifetime needs C. The package lina, in Python, builds on them.
 *
 *   Arena   an arena by handle, or the process's default one; its methods are the module's functions
 *   Hold    one lina_view_t, which keeps a generation in place until Python frees the object
 *   Array   a window (pointer, shape, strides) on a Hold; slices are Arrays on the same Hold
 *
 * The owner of an exported buffer is a twin of the Array: see buffer.c.
 *
 * An instance has a pointer to its module's state. The state outlives it, because an instance owns its type and a
 * type owns its module. The state does not change after the import.
 *
 * Each method takes the guard of its object (guard.h), or works on a copy of the fields that it needs (FIELDS). So
 * threads without a GIL may use, close and free the same objects. */
#ifndef LINA_BINDING_H
#define LINA_BINDING_H

#define PY_SSIZE_T_CLEAN
#include <pyconfig.h>   /* first, because it chooses the version of POSIX */
#ifndef Py_GIL_DISABLED /* a free-threaded CPython has no stable ABI yet */
#define Py_LIMITED_API 0x030B0000
#endif
#include <Python.h>

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>
#include <structmember.h>
#include <sys/types.h>

#include "guard.h"
#include "lina.h"
#include "refcount.h"

/* Casts a function with keywords for a method table. */
#define KEYWORDS(function) ((PyCFunction)(void (*)(void))(function))

#define ERROR_CODES 20 /* LINA_OK and the codes below it */

struct state {
    PyTypeObject *arena_type, *hold_type, *array_type, *mailbox_type, *notice_type, *reader_type;
    PyObject *errors[ERROR_CODES]; /* exception classes, by the negated code */
    PyObject *view_error;          /* lina.ViewError */
    PyObject *array_method;        /* "__array__", interned */
    PyObject *dtypes; /* of lina._dtypes: the objects by number; NULL while it is imported */
    PyObject *values_of, *html_of; /* of lina._show: the end of a repr, and what a notebook shows */
    PyObject *ndarray_of;          /* of lina._dtypes: what x.__array__() does */
    PyObject *foreign_of;          /* of lina._dtypes: the ndarray over another library's memory */
};

/* ---- errors.c ------------------------------------------------------------------------------------ */

/* Fills state->errors from lina._errors. */
int errors_load(struct state *state);
/* Raises the exception class of `code` with the text of lina_last_error. Always returns NULL. */
PyObject *raise_code(struct state *state, int code);
/* The same with another text. */
PyObject *raise_text(struct state *state, int code, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
/* Raises `kind` with the text: `what` "name": `value` `why`. Without a name, only the last two. Always returns -1. */
int refuse_value(PyObject *kind, const char *what, const char *name, PyObject *value,
                 const char *why);
/* Raises ViewError: the array cannot be shown in the requested form. */
PyObject *raise_view(struct state *state, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* ---- arguments.c --------------------------------------------------------------------------------- */

/* The place of an arena as bytes: from a str, bytes, or a path, which means a file. A new reference. */
PyObject *where_of(PyObject *object);
/* The text of an array's or signal's name, alive as long as `object`. */
const char *name_of(PyObject *object, const char *what);
/* What a caller says about a new array. */
struct geometry {
    const char *name;
    uint32_t dtype, ndim, layout;
    uint64_t shape[LINA_MAX_DIMS];
    bool exist_ok;
};
/* Reads (name, dtype, shape, order="C", *, exist_ok=False); the last only if `format` has it. */
int parse_geometry(struct state *state, PyObject *args, PyObject *kwargs, const char *format,
                   struct geometry *out);
/* Reads a dtype: "f64", "<f8", "d", numpy.float64, numpy.dtype, torch.float64, float, or Lina's number. */
int parse_dtype(struct state *state, const char *name, PyObject *object, uint32_t *out);
/* Reads an int or an iterable of ints, none below zero. */
int parse_shape(struct state *state, const char *name, PyObject *object, uint64_t *shape,
                uint32_t *ndim);
int parse_strides(struct state *state, const char *name, PyObject *object, uint32_t ndim,
                  int64_t *strides);
/* Reads an int from 0 to `most`. */
int parse_count(PyObject *kind, const char *what, const char *name, PyObject *object, uint64_t most,
                uint64_t *out);
/* Reads seconds, or None for ever, as nanoseconds, rounded up. A negative number counts as 0. Refuses NaN. */
int parse_timeout(const char *signal, PyObject *object, int64_t *out_ns);
int parse_timeout_of(const char *what, const char *name, PyObject *object, int64_t *out_ns);

/* ---- element.c ----------------------------------------------------------------------------------- */

/* How Python sees the elements of a dtype. */
struct kind {
    uint32_t dtype;
    const char *format;  /* in the buffer protocol, or NULL if that has none */
    const char *typestr; /* in __array_interface__, or NULL */
    PyObject *(*load)(const char *at);
    int (*store)(char *at, PyObject *value, const char *name); /* `name` of the array, for errors */
};
/* NULL for a dtype without a name. Python sees its arrays as bytes. */
const struct kind *kind_of(uint32_t dtype);
/* The kind of a buffer's elements, or NULL. A format of NULL means bytes. */
const struct kind *kind_of_format(const char *format, Py_ssize_t itemsize);

/* ---- describe.c ---------------------------------------------------------------------------------- */

/* "f64", or the number of a dtype without a name. */
PyObject *dtype_name(uint32_t dtype);
/* The same with a lina.DType instead of the name. */
PyObject *dtype_object(struct state *state, uint32_t dtype);
const char *layout_name(uint32_t layout);
PyObject *tuple_of(const Py_ssize_t *values, uint32_t n);
/* A descriptor as a dict of all its fields. */
PyObject *dict_of(const lina_desc_t *desc);
PyObject *dict_of_info(const lina_arena_info_t *info);

/* ---- arena.c, signals.c -------------------------------------------------------------------------- */

/* A cache of signal handles. Its key is the str object of the name: names in code are constants, so comparing
 * pointers finds them again. */
#define SIGNAL_CACHE 64u
struct signal_entry {
    PyObject *name;       /* owned, or NULL */
    lina_signal_t handle; /* word NULL: the name was used, but the signal is not opened yet */
    uint32_t looks;
};

/* membership.c: the membership of this process through an Arena, from the Arena's first use on. */
struct waiting { /* on the stack of a wait, because Python code runs between its naps */
    pthread_t thread;
    struct waiting *next, **at;
};
struct membership {
    lina_arena_t *handle;
    bool is_default; /* lina_shutdown ends it, not lina_arena_close */
    bool is_open;    /* atomic: it was not ended yet */
    uint32_t calls;  /* number of calls that have entered and not left */
    uint32_t inside; /* atomic: how many of them are in Lina without the GIL */
    struct waiting *waiting;
    const char *base; /* address and size of its data, and the file */
    size_t size;
    bool has_file;
    dev_t device;
    ino_t inode;
    struct membership *next, **at;
};
/* NULL if there is no memory. */
struct membership *membership_new(bool is_default);
/* Notes the handle that the membership has now. */
void membership_note(struct membership *m, lina_arena_t *handle);
/* Ends the membership in Lina. A second call does nothing. */
void membership_end(struct membership *m);
void membership_free(struct membership *m);
void membership_wait_begins(struct membership *m, struct waiting *w);
void membership_wait_ends(struct waiting *w);
/* True if calls of other threads are running. */
bool membership_has_callers(const struct membership *m);
/* Counts a call that enters Lina without the GIL (1) or leaves it (-1). Pairs with has_left. */
static inline void membership_inside(struct membership *m, int change) {
    if (m != NULL)
        __atomic_fetch_add(&m->inside, (uint32_t)change, __ATOMIC_ACQ_REL);
}
/* The number to add to `from` to get the address of the same byte in the mapping that has `to`. 0 if both are in one
 * mapping, or in different arenas. */
Py_ssize_t membership_shift(const char *from, const char *to);

struct arena {
    PyObject_HEAD struct state *state;
    struct membership *membership; /* NULL before the first use and after the end */
    lina_arena_t *handle;          /* for the default arena: the one seen last */
    bool is_default;
    bool closed;      /* new calls are refused */
    unsigned closers; /* threads in close(), of which one ends the membership */
    struct hold *holds;
    PyObject *trouble; /* why LINA_ARENA could not be attached, until there is a default arena */
    int trouble_code;
    struct signal_entry signals[SIGNAL_CACHE];
};

/* The caller of the next three has the arena's guard.
 *
 * arena_handle returns the handle for a new call. `what` and `name` are the array or signal of the call, for errors.
 * NULL with an exception. */
lina_arena_t *arena_handle(struct arena *self, const char *what, const char *name);
/* These two are called around every call that releases the GIL. close() waits for such calls. If they are calls of
 * its own thread, it cannot wait, and the last of them to leave ends the membership. Returns NULL if there is no
 * membership, as for a loan whose arena was closed. */
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

/* A wait sleeps in naps, so that it notices Ctrl-C and close() within 50 ms. */
struct deadline {
    int64_t at; /* on the monotonic clock, or LINA_FOREVER */
};
struct deadline deadline_after(int64_t timeout_ns);
/* The length of the next nap. */
int64_t deadline_nap(const struct deadline *deadline);
bool deadline_is_over(const struct deadline *deadline);

/* Opens a signal, or makes it if there is none. The handle is valid until Python code runs. NULL with an
 * exception. */
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
/* Finds the living member with this name, and its incarnation. False if there is none. */
bool member_find(lina_arena_t *arena, const char *name, uint64_t *incarnation);

/* ---- mailbox.c ------------------------------------------------------------------------------------ */

extern PyType_Spec mailbox_spec, notice_spec;
PyObject *mailbox_new(PyObject *module, PyObject *unused);
PyObject *arena_notify(PyObject *self, PyObject *args);
PyObject *arena_notify_stream(PyObject *self, PyObject *args);
PyObject *arena_notify_room(PyObject *self, PyObject *args);

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

/* ---- window.c, hold.c, array.c, closing.c, index.c, assign.c -------------------------------------------------------------- */

/* Where elements lie. Strides are in bytes. */
struct window {
    char *data;
    uint32_t ndim;
    Py_ssize_t shape[LINA_MAX_DIMS], strides[LINA_MAX_DIMS];
};
Py_ssize_t window_size(const struct window *w);
/* Computes the bytes of all elements. False if the number overflows. */
bool window_bytes(const struct window *w, Py_ssize_t itemsize, Py_ssize_t *out);
bool window_is_contiguous(const struct window *w, Py_ssize_t itemsize, uint32_t order);
/* Sets the strides of a new array in C order. */
void window_set_c_strides(struct window *w, Py_ssize_t itemsize);
/* Element `index` of the first dimension. */
struct window window_at(const struct window *w, Py_ssize_t index);
bool window_overlaps(const struct window *a, const struct window *b, Py_ssize_t itemsize);
/* Places `w` at `offset` bytes in `whole`. False if a part of it would lie outside. */
bool window_moves_inside(struct window *w, Py_ssize_t itemsize, const struct window *whole,
                         Py_ssize_t offset, Py_ssize_t whole_itemsize);

/* copy.c: memory for the window's shape, from malloc. False with an exception. */
bool window_allocate(struct window *w, Py_ssize_t itemsize);
/* Copies from a window of the same shape. -1 with an exception if there is no memory for a copy in between. */
int window_copy(const struct window *to, const struct window *from, Py_ssize_t itemsize,
                bool may_overlap);
/* Broadcasts `from` to the shape of `to`. False if it does not fit. */
bool window_broadcast(const struct window *from, const struct window *to, struct window *out);

struct hold {
    PyObject_HEAD struct state *state;
    PyObject *arena;  /* the Arena it came from */
    lina_view_t view; /* a publish changes what hold_now reads; the rest stays */
    bool is_readonly;
    struct hold *next, **at; /* in the list of its Arena */
};
/* What a publish changes in a hold's view. */
struct now {
    uint32_t generation, incarnation;
    uint64_t sequence;
    bool is_loan, is_current;
};
struct now hold_now(const struct hold *hold);
/* Makes a second view. Returns Lina's code. */
int hold_retain(const struct hold *hold, lina_view_t *out);
/* Notes that the hold's loan was published. */
void hold_note_publish(struct hold *hold, const lina_view_t *published);
/* How many old generations the holds of this Arena keep. */
uint32_t arena_count_held(const struct arena *self);

struct array {
    PyObject_HEAD PyObject *weakrefs;
    struct state *state;
    struct hold *hold;       /* NULL after it was given back */
    bool closed;             /* new uses are refused */
    PyObject *name;          /* set when it is closed */
    bool kept;               /* array_end does nothing */
    bool lent;               /* a raw pointer may depend on this object: see array_close */
    struct array *twin;      /* the owner of its buffers, once there was a buffer */
    uint32_t dtype;          /* of the hold, or another one to read its bytes */
    const struct kind *kind; /* NULL for a dtype without a name */
    struct window window;
    uint32_t layout;
    Py_ssize_t itemsize;
};

/* A copy of the fields with a reference to the hold, to use while other code may run, which may call close(). */
struct array array_pin(struct array *self);
void array_unpin(struct array *pinned);
/* Declares `self`, such a copy, until the end of the block. */
#define PINNED(self, object)                                                                       \
    struct array self##_pinned __attribute__((cleanup(array_unpin))) =                             \
        array_pin((struct array *)(object));                                                       \
    const struct array *const self = &self##_pinned
/* The same for a block that runs no Python code: with a GIL, it needs no copy. */
#ifdef Py_GIL_DISABLED
#define FIELDS(self, object) PINNED(self, object)
#else
#define FIELDS(self, object) const struct array *const self = (struct array *)(object)
#endif

extern PyType_Spec arena_spec, hold_spec, array_spec;

/* Makes a Hold. Takes the view over, even if it fails. */
struct hold *hold_new(struct state *state, PyObject *arena, lina_view_t *view);

/* Makes an Array of the whole view. Takes the hold over, even if it fails. */
PyObject *array_new(struct hold *hold);
/* The same, as a one-dimensional Array of bytes. */
PyObject *array_bytes(struct hold *hold);
/* Makes an Array with another window on the same hold, read as this dtype. */
PyObject *array_recast(const struct array *base, const struct window *window, uint32_t dtype);
PyObject *array_slice(const struct array *base, const struct window *window);
/* False with an exception if the array was closed. */
bool array_is_open(const struct array *self);
/* False with an exception if the array was closed, or if Python has no elements for its dtype. */
bool array_has_elements(const struct array *self);

/* Gives the hold back at once. If a consumer may have a raw pointer that only this object keeps valid, the hold ends
 * with the object instead (NumPy keeps only the object behind buffer= and __array_interface__). */
PyObject *array_close(PyObject *self, PyObject *unused);
PyObject *array_end(PyObject *self, PyObject *unused);
PyObject *array_keep(PyObject *self, PyObject *unused);
PyObject *array_enter(PyObject *self, PyObject *unused);
PyObject *array_exit(PyObject *self, PyObject *args);

/* buffer.c */
int array_getbuffer(PyObject *object, Py_buffer *view, int flags);
void array_releasebuffer(PyObject *object, Py_buffer *view);
PyObject *array_buffer(PyObject *self, PyObject *flags);
PyObject *array_release_buffer(PyObject *self, PyObject *view);

/* export.c: makes a second view, narrowed to the array's window. False with an exception. */
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
/* The only element of an array, for float() and the like. NULL with an exception. */
PyObject *array_only_element(PyObject *self, const char *what);

/* reshape.c */
PyObject *array_reshape(PyObject *self, PyObject *args);
PyObject *array_transpose(PyObject *self, void *closure);
PyObject *array_copy(PyObject *self, PyObject *unused);
PyObject *array_tobytes(PyObject *self, PyObject *unused);

/* index.c: the address of an element of a one-dimensional array, if the key is an int within bounds. NULL
 * otherwise. */
char *index_quick(const struct array *self, PyObject *key);
/* The window that a key selects. False with an exception. */
bool index_select(const struct array *self, PyObject *key, struct window *out, bool *is_element);
PyObject *array_get(PyObject *self, PyObject *key);
PyObject *array_item(PyObject *self, Py_ssize_t index);
PyObject *array_tolist(PyObject *self, PyObject *unused);
/* values.c: the shape of a number (none) or of nested sequences. -1 with an exception. */
int values_shape(const struct array *self, PyObject *value, struct window *out);
/* Converts a value to elements of the array's dtype, in memory that the caller frees. `out` has the value's shape.
 * False with an exception. */
bool values_of_object(const struct array *self, PyObject *value, struct window *out);
bool values_of_window(const struct array *self, const struct window *from, const struct kind *kind,
                      struct window *out);
/* assign.c */
int array_set(PyObject *self, PyObject *key, PyObject *value);

#endif
