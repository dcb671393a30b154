/* window.c - computes with windows: pointer, shape, strides. */
#include "binding.h"

#include <string.h>

Py_ssize_t window_size(const struct window *w) {
    Py_ssize_t size = 1;
    for (uint32_t d = 0; d < w->ndim; d++)
        size *= w->shape[d];
    return size;
}

bool window_is_contiguous(const struct window *w, Py_ssize_t itemsize, uint32_t order) {
    Py_ssize_t expected = itemsize;
    if (window_size(w) == 0)
        return true;
    for (uint32_t i = 0; i < w->ndim; i++) {
        uint32_t d = order == LINA_LAYOUT_F ? i : w->ndim - 1 - i;
        if (w->shape[d] != 1 && w->strides[d] != expected)
            return false;
        expected *= w->shape[d];
    }
    return true;
}

void window_set_c_strides(struct window *w, Py_ssize_t itemsize) {
    for (uint32_t d = w->ndim; d-- > 0; itemsize *= w->shape[d])
        w->strides[d] = itemsize;
}

struct window window_at(const struct window *w, Py_ssize_t index) {
    struct window at = {w->data + index * w->strides[0], w->ndim - 1, {0}, {0}};
    memcpy(at.shape, w->shape + 1, at.ndim * sizeof *at.shape);
    memcpy(at.strides, w->strides + 1, at.ndim * sizeof *at.strides);
    return at;
}

/* The offsets of the lowest byte, and of the byte after the highest, from the window's pointer. False if they
 * overflow. */
static bool span(const struct window *w, Py_ssize_t itemsize, Py_ssize_t *low, Py_ssize_t *high) {
    *low = *high = 0;
    for (uint32_t d = 0; d < w->ndim; d++) {
        Py_ssize_t reach;
        if (w->shape[d] == 0) {
            *low = *high = 0;
            return true;
        }
        if (__builtin_mul_overflow(w->shape[d] - 1, w->strides[d], &reach))
            return false;
        Py_ssize_t *end = reach < 0 ? low : high;
        if (__builtin_add_overflow(*end, reach, end))
            return false;
    }
    return !__builtin_add_overflow(*high, itemsize, high);
}

bool window_overlaps(const struct window *a, const struct window *b, Py_ssize_t itemsize) {
    Py_ssize_t a_low, a_high, b_low, b_high;
    if (!span(a, itemsize, &a_low, &a_high) || !span(b, itemsize, &b_low, &b_high))
        return true;
    return a->data + a_low < b->data + b_high && b->data + b_low < a->data + a_high;
}

bool window_bytes(const struct window *w, Py_ssize_t itemsize, Py_ssize_t *out) {
    bool is_empty = false;
    *out = itemsize;
    for (uint32_t d = 0; d < w->ndim; d++) {
        is_empty |= w->shape[d] == 0;
        if (w->shape[d] != 0 && __builtin_mul_overflow(*out, w->shape[d], out))
            return false;
    }
    if (is_empty)
        *out = 0;
    return true;
}

bool window_moves_inside(struct window *w, Py_ssize_t itemsize, const struct window *whole,
                         Py_ssize_t offset, Py_ssize_t whole_itemsize) {
    Py_ssize_t low, high, from, to, whole_low, whole_high, bytes;
    if (!window_bytes(w, itemsize, &bytes) || !span(w, itemsize, &low, &high) ||
        !span(whole, whole_itemsize, &whole_low, &whole_high) ||
        __builtin_add_overflow(offset, low, &from) || __builtin_add_overflow(offset, high, &to) ||
        from < whole_low || to > whole_high)
        return false;
    w->data = whole->data + offset;
    return true;
}
