/* loan.c - publishes and discards loans: the part of lina.loan that an Array does. */
#include "binding.h"

/* After a publish, finds out which generation the loan became. Another one may have been published already. */
static void refresh(struct hold *hold) {
    const struct arena *arena = (struct arena *)hold->arena;
    lina_view_t now;
    hold->view.flags &= ~LINA_VIEW_LOAN;
    if (arena->closed || lina_acquire(arena->handle, hold->view.desc.name, &now) != LINA_OK)
        return;
    if (lina_view_is_current(&hold->view) == 0) { /* else `now` is the same one */
        lina_release(&now);
        return;
    }
    lina_release(&hold->view);
    lina_view_move(&now, &hold->view);
}

static bool is_loan(const struct array *self) {
    if (!array_is_open(self))
        return false;
    bool loan = (self->hold->view.flags & LINA_VIEW_LOAN) != 0;
    if (!loan)
        raise_text(self->state, LINA_ERR_INVALID, "array \"%s\": it is not an unpublished loan",
                   self->hold->view.desc.name);
    return loan;
}

/* Waits in naps, so that Ctrl-C ends the wait. Returns the code of the last nap, or LINA_ERR_INTERRUPTED with an
 * exception. */
static int publish_in_naps(struct hold *hold, lina_view_t *loan, int64_t timeout_ns) {
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

/* _publish(timeout=None). The hold gets a second view first, because lina_publish ends the first one. So everything
 * that was made from the loan stays valid. */
PyObject *array_publish(PyObject *object, PyObject *args) {
    const struct array *self = (struct array *)object;
    PyObject *timeout = Py_None;
    lina_view_t second;
    int64_t timeout_ns;
    if (!PyArg_ParseTuple(args, "|O", &timeout) || !is_loan(self) ||
        parse_timeout_of("array", self->hold->view.desc.name, timeout, &timeout_ns) != 0)
        return NULL;
    struct array pinned = array_pin(self);
    struct hold *hold = pinned.hold;
    int rc = lina_retain(&hold->view, &second);
    if (rc == LINA_OK) {
        lina_view_t loan;
        lina_view_move(&hold->view, &loan);
        lina_view_move(&second, &hold->view);
        rc = publish_in_naps(hold, &loan, timeout_ns);
        if (rc == LINA_OK)
            refresh(hold);
        else if (!PyErr_Occurred())
            raise_code(pinned.state, rc);
        lina_release(&loan); /* if it failed, the hold's second view still has the loan */
    } else {
        raise_code(pinned.state, rc);
    }
    array_unpin(&pinned);
    return rc == LINA_OK ? Py_NewRef(Py_None) : NULL;
}

/* Gives an unpublished loan back. Its memory is freed at once, unless another view of it is left. */
PyObject *array_discard(PyObject *object, PyObject *unused) {
    return is_loan((struct array *)object) ? array_close(object, unused) : NULL;
}
