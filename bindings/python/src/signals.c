/* signals.c - the methods of Arena about signals.
 *
 * A call with a name seen before costs a pointer comparison and a load: no look-up, no hash. */
#include "binding.h"

#include <time.h>

/* Ctrl-C and close() go unnoticed no longer than this and the waking: 50 ms together. */
#define NAP INT64_C(40000000)
#define POLLED 16u /* looks after which a name has earned a signal of its own */

/* ---- the cache ------------------------------------------------------------------------------------- */

static void forget(struct signal_entry *entry) {
    PyObject *name = entry->name;
    *entry = (struct signal_entry){0};
    Py_XDECREF(name);
}

void signals_forget(struct arena *self) {
    for (unsigned i = 0; i < SIGNAL_CACHE; i++)
        forget(&self->signals[i]);
}

int arena_traverse_signals(struct arena *self, visitproc visit, void *arg) {
    for (unsigned i = 0; i < SIGNAL_CACHE; i++)
        Py_VISIT(self->signals[i].name);
    return 0;
}

static inline struct signal_entry *entry_of(struct arena *self, PyObject *name) {
    uintptr_t at = (uintptr_t)name >> 4;
    return &self->signals[(at ^ at >> 6) % SIGNAL_CACHE];
}

/* Whether the entry is this name's, opened and not removed since, in the arena that is current. */
static inline bool is_hit(const struct arena *self, const struct signal_entry *entry,
                          const PyObject *name) {
    const lina_signal_t *handle = &entry->handle;
    return entry->name == name && handle->word != NULL &&
           __atomic_load_n(handle->current, __ATOMIC_ACQUIRE) == handle->incarnation &&
           (!self->is_default || lina_arena_default() == self->handle);
}

/* Prepares the entry for `name`: arena and text, both NULL with an exception. */
static const char *prepare(struct arena *self, PyObject *name, lina_arena_t **arena) {
    const char *text = name_of(name, "signal");
    *arena = text == NULL ? NULL : arena_handle(self, "signal", text);
    struct signal_entry *entry = entry_of(self, name);
    if (*arena != NULL && entry->name != name) {
        forget(entry);
        entry->name = Py_NewRef(name);
    }
    return *arena == NULL ? NULL : text;
}

const lina_signal_t *signal_open(struct arena *self, PyObject *name) {
    struct signal_entry *entry = entry_of(self, name);
    if (is_hit(self, entry, name))
        return &entry->handle;
    lina_arena_t *arena;
    const char *text = prepare(self, name, &arena);
    if (text == NULL)
        return NULL;
    int rc = lina_signal_open(arena, text, &entry->handle);
    if (rc == LINA_OK)
        return &entry->handle;
    raise_code(self->state, rc);
    return NULL;
}

/* ---- without waiting --------------------------------------------------------------------------------- */

PyObject *arena_signal(PyObject *self, PyObject *name) {
    const lina_signal_t *signal = signal_open((struct arena *)self, name);
    if (signal == NULL)
        return NULL;
    lina_signal_raise(signal);
    Py_RETURN_NONE;
}

/* Looking must not fill the arena's table with names that nobody signals: the first looks go by name,
 * and only a name that is polled is opened. */
static int look(struct arena *self, PyObject *name, uint64_t *value) {
    lina_arena_t *arena;
    const char *text = prepare(self, name, &arena);
    if (text == NULL)
        return -1;
    struct signal_entry *entry = entry_of(self, name);
    if (++entry->looks > POLLED && lina_signal_open(arena, text, &entry->handle) != LINA_OK)
        entry->looks = 0; /* the table is full: by name, then */
    int rc = value == NULL ? lina_arena_try_wait(arena, text)
                           : lina_arena_signal_value(arena, text, value);
    if (rc >= 0)
        return rc;
    raise_code(self->state, rc);
    return -1;
}

/* Read as lina.h tells runtimes to, without a call. */
static inline uint64_t value_of(const lina_signal_t *signal) {
    return __atomic_load_n(signal->word, __ATOMIC_ACQUIRE) >> 1;
}

PyObject *arena_try_wait(PyObject *object, PyObject *name) {
    struct arena *self = (struct arena *)object;
    const struct signal_entry *entry = entry_of(self, name);
    bool set;
    if (is_hit(self, entry, name)) {
        set = value_of(&entry->handle) != __atomic_load_n(entry->handle.cleared, __ATOMIC_ACQUIRE);
    } else {
        int rc = look(self, name, NULL);
        if (rc < 0)
            return NULL;
        set = rc != 0;
    }
    return Py_NewRef(set ? Py_True : Py_False);
}

PyObject *arena_value(PyObject *object, PyObject *name) {
    struct arena *self = (struct arena *)object;
    const struct signal_entry *entry = entry_of(self, name);
    uint64_t value;
    if (is_hit(self, entry, name))
        value = value_of(&entry->handle);
    else if (look(self, name, &value) < 0)
        return NULL;
    return PyLong_FromLong((long)value); /* it has 63 bits */
}

PyObject *arena_clear(PyObject *object, PyObject *name) {
    struct arena *self = (struct arena *)object;
    const struct signal_entry *entry = entry_of(self, name);
    if (is_hit(self, entry, name)) {
        lina_signal_clear(&entry->handle);
        Py_RETURN_NONE;
    }
    lina_arena_t *arena;
    const char *text = prepare(self, name, &arena);
    if (text == NULL)
        return NULL;
    int rc = lina_arena_clear(arena, text);
    if (rc != LINA_OK)
        return raise_code(self->state, rc);
    Py_RETURN_NONE;
}

/* ---- waiting ----------------------------------------------------------------------------------------- */

struct wish {
    PyObject *name;
    const char *text; /* of the name */
    bool for_value;
    uint64_t target;
    int64_t timeout_ns;
};

static int nap(struct arena *self, const lina_signal_t *signal, const struct wish *wish) {
    int64_t timeout = wish->timeout_ns > NAP ? NAP : wish->timeout_ns;
    int rc;
    WITHOUT_GIL(self, rc = wish->for_value ? lina_signal_wait_value(signal, wish->target, timeout)
                                           : lina_signal_wait(signal, timeout));
    return rc;
}

static int64_t now_ns(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

/* In naps, so that Ctrl-C ends it also where another thread took the system's signal. */
static PyObject *nap_until(struct arena *self, const lina_signal_t *signal, struct wish *wish) {
    bool forever = wish->timeout_ns == LINA_FOREVER;
    int64_t deadline = forever ? 0 : now_ns() + wish->timeout_ns;
    for (;;) {
        int rc = nap(self, signal, wish);
        if (rc == LINA_OK)
            Py_RETURN_NONE;
        if (rc != LINA_ERR_TIMEOUT && rc != LINA_ERR_INTERRUPTED)
            return raise_code(self->state, rc);
        if (PyErr_CheckSignals() != 0 || arena_handle(self, "signal", wish->text) == NULL)
            return NULL;
        wish->timeout_ns = forever ? LINA_FOREVER : deadline - now_ns();
        if (!forever && wish->timeout_ns <= 0)
            return raise_text(self->state, LINA_ERR_TIMEOUT, "signal \"%s\": timed out",
                              wish->text);
    }
}

static PyObject *wait_for(struct arena *self, struct wish *wish) {
    const lina_signal_t *found = signal_open(self, wish->name);
    if (found == NULL)
        return NULL;
    lina_signal_t signal = *found; /* the cache may forget it meanwhile */
    arena_enter(self); /* between the naps, too, Python's handlers may close the arena */
    PyObject *done = nap_until(self, &signal, wish);
    arena_leave(self);
    return done;
}

/* Arguments by position or name, without the cost of a parser. */
static bool collect(PyObject *const *args, Py_ssize_t n, PyObject *given, const char *const *names,
                    Py_ssize_t most, PyObject **out) {
    Py_ssize_t named = given == NULL ? 0 : PyTuple_Size(given);
    if (n > most) {
        PyErr_Format(PyExc_TypeError, "at most %zd arguments, not %zd", most, n);
        return false;
    }
    for (Py_ssize_t i = 0; i < n; i++)
        out[i] = args[i];
    for (Py_ssize_t k = 0; k < named; k++) {
        PyObject *name = PyTuple_GetItem(given, k);
        Py_ssize_t i = 0;
        while (i < most && PyUnicode_CompareWithASCIIString(name, names[i]) != 0)
            i++;
        if (i == most || out[i] != NULL) {
            PyErr_Format(PyExc_TypeError, "%s argument %R", i == most ? "unknown" : "repeated",
                         name);
            return false;
        }
        out[i] = args[n + k];
    }
    return true;
}

static bool require(PyObject *value, const char *name) {
    if (value == NULL)
        PyErr_Format(PyExc_TypeError, "missing argument '%s'", name);
    return value != NULL;
}

static bool name_signal(struct wish *wish, PyObject *name) {
    wish->name = name;
    wish->text = name_of(name, "signal");
    return wish->text != NULL;
}

PyObject *arena_wait(PyObject *self, PyObject *const *args, Py_ssize_t n, PyObject *names) {
    static const char *const parameters[] = {"name", "timeout"};
    PyObject *given[2] = {NULL};
    struct wish wish = {0};
    if (!collect(args, n, names, parameters, 2, given) || !require(given[0], "name") ||
        !name_signal(&wish, given[0]) || parse_timeout(wish.text, given[1], &wish.timeout_ns) != 0)
        return NULL;
    return wait_for((struct arena *)self, &wish);
}

PyObject *arena_wait_value(PyObject *self, PyObject *const *args, Py_ssize_t n, PyObject *names) {
    static const char *const parameters[] = {"name", "target", "timeout"};
    PyObject *given[3] = {NULL};
    struct wish wish = {.for_value = true};
    if (!collect(args, n, names, parameters, 3, given) || !require(given[0], "name") ||
        !require(given[1], "target") || !name_signal(&wish, given[0]) ||
        parse_count(PyExc_OverflowError, "signal", wish.text, given[1], UINT64_MAX, &wish.target) !=
            0 ||
        parse_timeout(wish.text, given[2], &wish.timeout_ns) != 0)
        return NULL;
    return wait_for((struct arena *)self, &wish);
}
