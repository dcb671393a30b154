/* window.c - arithmetic on (pointer, shape, strides). */
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

struct window window_at(const struct window *w, Py_ssize_t index) {
    struct window at = {w->data + index * w->strides[0], w->ndim - 1, {0}, {0}};
    memcpy(at.shape, w->shape + 1, at.ndim * sizeof *at.shape);
    memcpy(at.strides, w->strides + 1, at.ndim * sizeof *at.strides);
    return at;
}

/* Offsets of the lowest byte and of one past the highest from the window's pointer. False when they
 * do not fit. */
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

/* Whether its bytes can be counted at all. */
static bool is_countable(const struct window *w, Py_ssize_t itemsize) {
    Py_ssize_t bytes = itemsize;
    for (uint32_t d = 0; d < w->ndim; d++)
        if (w->shape[d] != 0 && __builtin_mul_overflow(bytes, w->shape[d], &bytes))
            return false;
    return true;
}

bool window_moves_inside(struct window *w, const struct window *whole, Py_ssize_t offset,
                         Py_ssize_t itemsize) {
    Py_ssize_t low, high, from, to, whole_low, whole_high;
    if (!is_countable(w, itemsize) || !span(w, itemsize, &low, &high) ||
        !span(whole, itemsize, &whole_low, &whole_high) ||
        __builtin_add_overflow(offset, low, &from) || __builtin_add_overflow(offset, high, &to) ||
        from < whole_low || to > whole_high)
        return false;
    w->data = whole->data + offset;
    return true;
}
