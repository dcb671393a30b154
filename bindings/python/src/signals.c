/* signals.c - the methods of Arena for signals.
 *
 * If a name was used before, a call costs a pointer comparison and a few loads, without a look-up or a hash. A
 * signal may be removed, and its slot used again; the incarnation in the handle shows that. */
#include "binding.h"

#include <time.h>

#define NAP INT64_C(40000000) /* see struct deadline */
#define POLLED 16u            /* after so many looks, a name is opened */

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

/* True if the handle's signal still exists. Called after the signal's words were loaded: if true, the words were
 * those of this signal. */
static inline bool is_there(const lina_signal_t *signal) {
    return __atomic_load_n(signal->current, __ATOMIC_RELAXED) == signal->incarnation;
}

/* True if the entry has an open handle for this name in the present arena. */
static inline bool is_hit(const struct arena *self, const struct signal_entry *entry,
                          const PyObject *name) {
    return entry->name == name && entry->handle.word != NULL &&
           (!self->is_default || lina_arena_default() == self->handle);
}

/* Prepares the entry for `name`. Returns its text and sets *arena; both are NULL with an exception. */
static const char *prepare(struct arena *self, PyObject *name, lina_arena_t **arena) {
    const char *text = name_of(name, "signal");
    *arena = text == NULL ? NULL : arena_handle(self, "signal", text);
    struct signal_entry *entry = entry_of(self, name);
    if (*arena != NULL && (entry->name != name || entry->handle.word != NULL)) {
        forget(entry); /* it has another name, or a signal that was removed */
        entry->name = Py_NewRef(name);
    }
    return *arena == NULL ? NULL : text;
}

const lina_signal_t *signal_open(struct arena *self, PyObject *name) {
    struct signal_entry *entry = entry_of(self, name);
    if (is_hit(self, entry, name) && is_there(&entry->handle))
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

/* Opening a signal makes it, and looks must not fill the arena's table with names that nobody signals. So the first
 * looks go by name, and only a name that is polled often is opened. */
static int look(struct arena *self, PyObject *name, uint64_t *value) {
    lina_arena_t *arena;
    const char *text = prepare(self, name, &arena);
    if (text == NULL)
        return -1;
    struct signal_entry *entry = entry_of(self, name);
    if (++entry->looks > POLLED && lina_signal_open(arena, text, &entry->handle) != LINA_OK)
        entry->looks = 0; /* the table is full, so looks go by name */
    int rc = value == NULL ? lina_arena_try_wait(arena, text)
                           : lina_arena_signal_value(arena, text, value);
    if (rc >= 0)
        return rc;
    raise_code(self->state, rc);
    return -1;
}

/* Reads the words without a call, as section 10 of lina.h describes. False if the signal was removed. */
static inline bool read_signal(const lina_signal_t *signal, uint64_t *value, bool *set) {
    *value = __atomic_load_n(signal->word, __ATOMIC_ACQUIRE) >> 1;
    *set = *value != __atomic_load_n(signal->cleared, __ATOMIC_ACQUIRE);
    return is_there(signal);
}

PyObject *arena_try_wait(PyObject *object, PyObject *name) {
    struct arena *self = (struct arena *)object;
    GUARD(self);
    struct signal_entry *entry = entry_of(self, name);
    uint64_t value;
    bool set;
    if (!is_hit(self, entry, name) || !read_signal(&entry->handle, &value, &set)) {
        int rc = look(self, name, NULL);
        if (rc < 0)
            return NULL;
        set = rc != 0;
    }
    return Py_NewRef(set ? Py_True : Py_False);
}

PyObject *arena_value(PyObject *object, PyObject *name) {
    struct arena *self = (struct arena *)object;
    GUARD(self);
    struct signal_entry *entry = entry_of(self, name);
    uint64_t value;
    bool set;
    if ((!is_hit(self, entry, name) || !read_signal(&entry->handle, &value, &set)) &&
        look(self, name, &value) < 0)
        return NULL;
    return PyLong_FromLong((long)value); /* it has at most 63 bits */
}

PyObject *arena_clear(PyObject *object, PyObject *name) {
    struct arena *self = (struct arena *)object;
    GUARD(self);
    const struct signal_entry *entry = entry_of(self, name);
    if (is_hit(self, entry, name) && is_there(&entry->handle)) {
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

/* ---- arguments ------------------------------------------------------------------------------------- */

/* Reads arguments by position or name, faster than Python's parser. */
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

/* ---- signalling ------------------------------------------------------------------------------------ */

/* Adds `n`. If the signal was removed meanwhile, makes it again. */
static int add(struct arena *self, PyObject *name, uint64_t n) {
    int rc = LINA_ERR_NOT_FOUND;
    for (int turn = 0; turn < 2 && rc == LINA_ERR_NOT_FOUND; turn++) {
        const lina_signal_t *signal = signal_open(self, name);
        if (signal == NULL)
            return -1;
        rc = lina_signal_raise_by(signal, n);
    }
    if (rc != LINA_OK)
        raise_code(self->state, rc);
    return rc == LINA_OK ? 0 : -1;
}

PyObject *arena_signal(PyObject *object, PyObject *const *args, Py_ssize_t n, PyObject *names) {
    static const char *const parameters[] = {"name", "n"};
    struct arena *self = (struct arena *)object;
    GUARD(self);
    PyObject *given[2] = {NULL};
    uint64_t count;
    if (!collect(args, n, names, parameters, 2, given) || !require(given[0], "name"))
        return NULL;
    if (given[1] == NULL) {
        const lina_signal_t *signal = signal_open(self, given[0]);
        if (signal == NULL)
            return NULL;
        lina_signal_raise(signal);
        Py_RETURN_NONE;
    }
    const char *text = name_of(given[0], "signal");
    if (text == NULL ||
        parse_count(PyExc_OverflowError, "signal", text, given[1], INT64_MAX, &count) != 0)
        return NULL;
    return add(self, given[0], count) == 0 ? Py_NewRef(Py_None) : NULL;
}

PyObject *arena_remove_signal(PyObject *object, PyObject *name) {
    struct arena *self = (struct arena *)object;
    GUARD(self);
    const char *text = name_of(name, "signal");
    lina_arena_t *arena = text == NULL ? NULL : arena_handle(self, "signal", text);
    if (arena == NULL)
        return NULL;
    int rc;
    WITHOUT_GIL(self, rc = lina_arena_signal_remove(arena, text));
    return rc == LINA_OK ? Py_NewRef(Py_None) : raise_code(self->state, rc);
}

/* ---- waiting ----------------------------------------------------------------------------------------- */

struct wish {
    PyObject *name;
    const char *text; /* of the name */
    bool for_value;
    uint64_t target;
    int64_t timeout_ns;
    lina_signal_t signal; /* a copy, because the cache may forget it */
    lina_wait_t *waits;   /* if not NULL: waits for one of these `n` instead */
    uint32_t n, which;
    const char *member;   /* the member that must not die meanwhile, or NULL */
    uint64_t incarnation; /* of that member, once it was seen */
};

static int64_t now_ns(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

struct deadline deadline_after(int64_t timeout_ns) {
    int64_t now = now_ns();
    return (struct deadline){timeout_ns > LINA_FOREVER - now ? LINA_FOREVER : now + timeout_ns};
}

int64_t deadline_nap(const struct deadline *deadline) {
    int64_t left = deadline->at == LINA_FOREVER ? NAP : deadline->at - now_ns();
    return left > NAP ? NAP : left;
}

bool deadline_is_over(const struct deadline *deadline) {
    return deadline->at != LINA_FOREVER && now_ns() >= deadline->at;
}

static int wait_once(lina_arena_t *arena, struct wish *wish, int64_t timeout_ns) {
    return wish->waits != NULL
               ? lina_wait_any(arena, wish->waits, wish->n, timeout_ns, &wish->which)
           : wish->for_value ? lina_signal_wait_value(&wish->signal, wish->target, timeout_ns)
                             : lina_signal_wait(&wish->signal, timeout_ns);
}

/* True if the member that the wait depends on is gone. Each nap finds the member by its name, and a later nap may
 * find another member of that name. So the wait remembers the incarnation of the first. */
static bool has_died(lina_arena_t *arena, struct wish *wish) {
    uint64_t now = 0;
    bool found = member_find(arena, wish->member, &now);
    if (wish->incarnation == 0)
        wish->incarnation = now;
    return wish->incarnation != 0 && (!found || now != wish->incarnation);
}

/* Called after the member's death. If the signal was set before, the wait succeeds. */
static int look_at_the_end(lina_arena_t *arena, struct wish *wish) {
    int rc = wait_once(arena, wish, 0);
    return rc == LINA_ERR_TIMEOUT ? LINA_ERR_DIED : rc;
}

static int nap_once(lina_arena_t *arena, struct wish *wish, int64_t nap_ns) {
    int rc = wait_once(arena, wish, nap_ns);
    if (rc == LINA_ERR_TIMEOUT && wish->member != NULL && has_died(arena, wish))
        return look_at_the_end(arena, wish);
    return rc;
}

static void raise_wait(struct arena *self, const struct wish *wish, int rc) {
    if (rc == LINA_ERR_TIMEOUT)
        raise_text(self->state, rc, "signal \"%s\": timed out", wish->text);
    else if (rc == LINA_ERR_DIED)
        raise_text(self->state, rc, "signal \"%s\": member \"%s\" is gone", wish->text,
                   wish->member);
    else
        raise_code(self->state, rc);
}

/* Waits in naps, so that Ctrl-C ends the wait even if another thread handled the system's signal. -1 with an
 * exception. */
static int nap_until(struct arena *self, lina_arena_t *arena, struct wish *wish) {
    struct deadline deadline = deadline_after(wish->timeout_ns);
    for (;;) {
        int rc;
        WITHOUT_GIL(self, rc = nap_once(arena, wish, deadline_nap(&deadline)));
        if (rc == LINA_OK)
            return 0;
        bool goes_on = rc == LINA_ERR_TIMEOUT || rc == LINA_ERR_INTERRUPTED;
        if (!goes_on) {
            raise_wait(self, wish, rc);
            return -1;
        }
        if (PyErr_CheckSignals() != 0 || arena_handle(self, "signal", wish->text) == NULL)
            return -1;
        if (deadline_is_over(&deadline)) {
            raise_wait(self, wish, LINA_ERR_TIMEOUT);
            return -1;
        }
    }
}

/* Between the naps, Python's signal handlers run, and may close the arena. */
static int wait_in_naps(struct arena *self, lina_arena_t *arena, struct wish *wish) {
    struct waiting waiting;
    struct membership *m = arena_enter(self); /* not NULL, because there is a handle */
    membership_wait_begins(m, &waiting);
    int rc = nap_until(self, arena, wish);
    membership_wait_ends(&waiting);
    arena_leave(self, m);
    return rc;
}

/* A wait with a time-out of 0: makes no signal and does not wait. */
static PyObject *look_once(struct arena *self, lina_arena_t *arena, const struct wish *wish) {
    int rc = wish->for_value ? lina_arena_wait_value(arena, wish->text, wish->target, 0)
                             : lina_arena_wait_for(arena, wish->text, 0);
    if (rc == LINA_ERR_TIMEOUT)
        return raise_text(self->state, rc, "signal \"%s\": timed out", wish->text);
    return rc == LINA_OK ? Py_NewRef(Py_None) : raise_code(self->state, rc);
}

static PyObject *wait_for(struct arena *self, struct wish *wish) {
    GUARD(self);
    lina_arena_t *arena = arena_handle(self, "signal", wish->text);
    if (arena == NULL)
        return NULL;
    if (wish->timeout_ns <= 0)
        return look_once(self, arena, wish);
    const lina_signal_t *found = signal_open(self, wish->name);
    if (found == NULL)
        return NULL;
    wish->signal = *found;
    return wait_in_naps(self, arena, wish) == 0 ? Py_NewRef(Py_None) : NULL;
}

/* A wait that depends on a member is done as a wait for any of one signal. */
static PyObject *wait_on_member(struct arena *self, struct wish *wish, PyObject *member) {
    GUARD(self);
    lina_wait_t wait = {wish->text, wish->for_value ? wish->target : LINA_WAIT_SET, NULL, 0, 0};
    wish->member = wait.member = name_of(member, "member");
    lina_arena_t *arena = wish->member == NULL ? NULL : arena_handle(self, "signal", wish->text);
    if (arena == NULL)
        return NULL;
    wish->waits = &wait;
    wish->n = 1;
    return wait_in_naps(self, arena, wish) == 0 ? Py_NewRef(Py_None) : NULL;
}

static PyObject *wait_perhaps_on_member(struct arena *self, struct wish *wish, PyObject *member) {
    return member == NULL || member == Py_None ? wait_for(self, wish)
                                               : wait_on_member(self, wish, member);
}

static bool name_signal(struct wish *wish, PyObject *name) {
    wish->name = name;
    wish->text = name_of(name, "signal");
    return wish->text != NULL;
}

PyObject *arena_wait(PyObject *self, PyObject *const *args, Py_ssize_t n, PyObject *names) {
    static const char *const parameters[] = {"name", "timeout", "member"};
    PyObject *given[3] = {NULL};
    struct wish wish = {0};
    if (!collect(args, n, names, parameters, 3, given) || !require(given[0], "name") ||
        !name_signal(&wish, given[0]) || parse_timeout(wish.text, given[1], &wish.timeout_ns) != 0)
        return NULL;
    return wait_perhaps_on_member((struct arena *)self, &wish, given[2]);
}

PyObject *arena_wait_value(PyObject *self, PyObject *const *args, Py_ssize_t n, PyObject *names) {
    static const char *const parameters[] = {"name", "target", "timeout", "member"};
    PyObject *given[4] = {NULL};
    struct wish wish = {.for_value = true};
    if (!collect(args, n, names, parameters, 4, given) || !require(given[0], "name") ||
        !require(given[1], "target") || !name_signal(&wish, given[0]) ||
        parse_count(PyExc_OverflowError, "signal", wish.text, given[1], UINT64_MAX, &wish.target) !=
            0 ||
        parse_timeout(wish.text, given[2], &wish.timeout_ns) != 0)
        return NULL;
    return wait_perhaps_on_member((struct arena *)self, &wish, given[3]);
}

/* ---- any of several ----------------------------------------------------------------------------------- */

/* Reads "name" or ("name", target). The text belongs to the name. */
static bool parse_wait(PyObject *item, lina_wait_t *wait) {
    PyObject *name = item, *target = NULL;
    if (PyTuple_Check(item) && !PyArg_ParseTuple(item, "OO", &name, &target))
        return false;
    *wait = (lina_wait_t){.name = name_of(name, "signal"), .target = LINA_WAIT_SET};
    return wait->name != NULL && (target == NULL || target == Py_None ||
                                  parse_count(PyExc_OverflowError, "signal", wait->name, target,
                                              INT64_MAX, &wait->target) == 0);
}

static PyObject *wait_for_any(struct arena *self, PyObject *items, PyObject *timeout,
                              PyObject *member) {
    GUARD(self);
    lina_wait_t waits[LINA_WAIT_MOST];
    struct wish wish = {
        .waits = waits, .n = (uint32_t)PyTuple_Size(items), .text = "any of several"};
    if (PyTuple_Size(items) < 1 || PyTuple_Size(items) > LINA_WAIT_MOST)
        return raise_text(self->state, LINA_ERR_INVALID, "wait_any takes 1 to %u signals, not %zd",
                          LINA_WAIT_MOST, PyTuple_Size(items));
    if (member != NULL && member != Py_None) {
        wish.member = name_of(member, "member");
        if (wish.member == NULL)
            return NULL;
    }
    for (uint32_t i = 0; i < wish.n; i++) {
        if (!parse_wait(PyTuple_GetItem(items, i), &waits[i]))
            return NULL;
        waits[i].member = wish.member;
    }
    wish.text = waits[0].name;
    if (parse_timeout(wish.text, timeout, &wish.timeout_ns) != 0)
        return NULL;
    lina_arena_t *arena = arena_handle(self, "signal", wish.text);
    if (arena == NULL || wait_in_naps(self, arena, &wish) != 0)
        return NULL;
    return PyUnicode_FromString(waits[wish.which].name);
}

PyObject *arena_wait_any(PyObject *self, PyObject *const *args, Py_ssize_t n, PyObject *names) {
    static const char *const parameters[] = {"names", "timeout", "member"};
    PyObject *given[3] = {NULL};
    if (!collect(args, n, names, parameters, 3, given) || !require(given[0], "names"))
        return NULL;
    if (PyUnicode_Check(given[0])) {
        PyErr_SetString(PyExc_TypeError, "wait_any takes a list of names, not one");
        return NULL;
    }
    PyObject *items = PySequence_Tuple(given[0]);
    PyObject *name =
        items == NULL ? NULL : wait_for_any((struct arena *)self, items, given[1], given[2]);
    Py_XDECREF(items);
    return name;
}
