/* loan.c - publishes and discards loans: the part of lina.loan that an Array does. */
#include "binding.h"

/* After a publish, finds out which generation the loan became. Another one may have been published already. */
static void refresh(struct hold *hold) {
    const struct arena *arena = (struct arena *)hold->arena;
    lina_view_t now;
    GUARD(arena);
    bool found =
        !arena->closed && lina_acquire(arena->handle, hold->view.desc.name, &now) == LINA_OK;
    hold_note_publish(hold, found ? &now : NULL);
    if (found)
        lina_release(&now);
}

static bool is_loan(const struct array *self) {
    if (!array_is_open(self))
        return false;
    bool loan = hold_now(self->hold).is_loan;
    if (!loan)
        raise_text(self->state, LINA_ERR_INVALID, "array \"%s\": it is not an unpublished loan",
                   self->hold->view.desc.name);
    return loan;
}

/* Waits in naps, so that Ctrl-C ends the wait. Returns the code of the last nap, or LINA_ERR_INTERRUPTED with an
 * exception. */
static int publish_in_naps(struct hold *hold, lina_view_t *loan, int64_t timeout_ns) {
    GUARD(hold->arena);
    struct deadline deadline = deadline_after(timeout_ns);
    for (;;) {
        int rc;
        WITHOUT_GIL((struct arena *)hold->arena,
                    rc = lina_publish_within(loan, deadline_nap(&deadline)));
        if ((rc != LINA_ERR_TIMEOUT && rc != LINA_ERR_INTERRUPTED) ||
            (rc == LINA_ERR_TIMEOUT && deadline_is_over(&deadline)))
            return rc;
        if (PyErr_CheckSignals() != 0)
            return LINA_ERR_INTERRUPTED;
    }
}

/* _publish(timeout=None). A second view is published, because lina_publish ends it. So everything that was made from
 * the loan stays valid. */
PyObject *array_publish(PyObject *object, PyObject *args) {
    PINNED(self, object);
    PyObject *timeout = Py_None;
    lina_view_t second;
    int64_t timeout_ns;
    if (!PyArg_ParseTuple(args, "|O", &timeout) || !is_loan(self) ||
        parse_timeout_of("array", self->hold->view.desc.name, timeout, &timeout_ns) != 0)
        return NULL;
    int rc = hold_retain(self->hold, &second);
    if (rc != LINA_OK)
        return raise_code(self->state, rc);
    rc = publish_in_naps(self->hold, &second, timeout_ns);
    if (rc != LINA_OK) {
        if (!PyErr_Occurred())
            raise_code(self->state, rc);
        lina_release(&second); /* the hold still has the loan */
        return NULL;
    }
    refresh(self->hold);
    Py_RETURN_NONE;
}

/* Gives an unpublished loan back. Its memory is freed at once, unless another view of it is left. */
PyObject *array_discard(PyObject *object, PyObject *unused) {
    bool loan;
    {
        FIELDS(self, object);
        loan = is_loan(self);
    }
    return loan ? array_close(object, unused) : NULL;
}
