/* copy.c - copies elements between windows of the same dtype, even if they overlap, and with broadcasting. */
#include "binding.h"

#include <stdlib.h>
#include <string.h>

#define COPY_EACH(size)                                                                            \
    for (Py_ssize_t i = 0; i < n; i++)                                                             \
    memcpy(to + i * to_step, from + i * from_step, size)

/* Copies one row. The constant sizes let the compiler turn each memcpy into a load and a store. */
static void copy_row(char *to, Py_ssize_t to_step, const char *from, Py_ssize_t from_step,
                     Py_ssize_t n, Py_ssize_t itemsize) {
    if (to_step == itemsize && from_step == itemsize)
        memcpy(to, from, (size_t)(n * itemsize));
    else if (itemsize == 1)
        COPY_EACH(1);
    else if (itemsize == 2)
        COPY_EACH(2);
    else if (itemsize == 4)
        COPY_EACH(4);
    else if (itemsize == 8)
        COPY_EACH(8);
    else
        COPY_EACH((size_t)itemsize);
}

/* Copies between windows of the same shape that do not overlap. */
static void copy_apart(const struct window *to, const struct window *from, Py_ssize_t itemsize) {
    if (to->ndim == 0) {
        memcpy(to->data, from->data, (size_t)itemsize);
        return;
    }
    if (to->ndim == 1) {
        copy_row(to->data, to->strides[0], from->data, from->strides[0], to->shape[0], itemsize);
        return;
    }
    for (Py_ssize_t i = 0; i < to->shape[0]; i++) {
        struct window to_at = window_at(to, i), from_at = window_at(from, i);
        copy_apart(&to_at, &from_at, itemsize);
    }
}

bool window_allocate(struct window *w, Py_ssize_t itemsize) {
    Py_ssize_t bytes;
    if (!window_bytes(w, itemsize, &bytes)) {
        PyErr_NoMemory();
        return false;
    }
    w->data = malloc(bytes > 0 ? (size_t)bytes : 1);
    if (w->data == NULL)
        PyErr_NoMemory();
    window_set_c_strides(w, itemsize);
    return w->data != NULL;
}

static int copy_through(const struct window *to, const struct window *from, Py_ssize_t itemsize) {
    struct window between = *to;
    if (!window_allocate(&between, itemsize))
        return -1;
    copy_apart(&between, from, itemsize);
    copy_apart(to, &between, itemsize);
    free(between.data);
    return 0;
}

int window_copy(const struct window *to, const struct window *from, Py_ssize_t itemsize,
                bool may_overlap) {
    if (window_size(to) == 0)
        return 0;
    if (may_overlap)
        return copy_through(to, from, itemsize);
    copy_apart(to, from, itemsize);
    return 0;
}

/* Broadcasts as NumPy does: matches extents from the last one on, and repeats an extent of 1. If `from` has more
 * dimensions, the additional extents must be 1. */
bool window_broadcast(const struct window *from, const struct window *to, struct window *out) {
    uint32_t surplus = from->ndim > to->ndim ? from->ndim - to->ndim : 0;
    uint32_t missing = from->ndim < to->ndim ? to->ndim - from->ndim : 0;
    for (uint32_t d = 0; d < surplus; d++)
        if (from->shape[d] != 1)
            return false;
    *out = *to;
    out->data = from->data;
    for (uint32_t d = 0; d < to->ndim; d++) {
        bool is_given = d >= missing;
        Py_ssize_t extent = is_given ? from->shape[d - missing + surplus] : 1;
        if (extent != to->shape[d] && extent != 1)
            return false;
        out->strides[d] = extent == 1 ? 0 : from->strides[d - missing + surplus];
    }
    return true;
}
