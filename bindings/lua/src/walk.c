/* walk.c - the order in which the elements of an array are visited. */
#include <stdlib.h>

#include "walk.h"

void walk_start(struct walk *walk, const struct array *self) {
    *walk = (struct walk){.at = array_data(self), .left = array_size(self)};
}

void walk_next(struct walk *walk, const struct array *self) {
    walk->left--;
    for (uint32_t d = self->ndim; d-- > 0;) {
        walk->at += self->strides[d];
        if (++walk->index[d] < self->shape[d])
            return;
        walk->at -= (int64_t)self->shape[d] * self->strides[d];
        walk->index[d] = 0;
    }
}

/* The dimension with the smallest stride. */
static uint32_t closest(const struct array *self) {
    uint32_t best = 0;
    for (uint32_t d = 1; d < self->ndim; d++) {
        bool longer = self->shape[d] > 1;
        bool closer = llabs(self->strides[d]) <= llabs(self->strides[best]);
        if (self->shape[best] <= 1 || (longer && closer))
            best = d;
    }
    return best;
}

void runs_start(struct runs *runs, const struct array *self) {
    uint64_t size = array_size(self);
    *runs = (struct runs){.outer = *self, .length = size, .stride = (int64_t)self->itemsize};
    bool dense =
        array_is_contiguous(self, LINA_LAYOUT_C) || array_is_contiguous(self, LINA_LAYOUT_F);
    if (!dense && size > 0) {
        uint32_t inner = closest(self);
        runs->length = self->shape[inner];
        runs->stride = self->strides[inner];
        runs->outer.shape[inner] = 1;
    } else {
        runs->outer.ndim = 0;
    }
    walk_start(&runs->walk, &runs->outer);
    if (size == 0)
        runs->walk.left = 0;
}

void runs_next(struct runs *runs) { walk_next(&runs->walk, &runs->outer); }
