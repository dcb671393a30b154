/* shape.h - shapes, strides and the bytes they reach, with every product checked. */
#ifndef LINA_SHAPE_H
#define LINA_SHAPE_H

#include <stdbool.h>

#include "lina.h"

/* lina_dtype_size, where it counts. */
static inline uint64_t dtype_size(uint32_t dtype) {
    return (((uint64_t)dtype >> 8 & 0xff) * (dtype >> 16) + 7) / 8;
}

/* Fills a descriptor whose name is set with what is known of an array of C or F order before it has a
 * place: dtype, ndim, shape, strides, layout and nbytes. INVALID, naming the array, for what no array
 * can be. */
int lina_shape_fill(lina_desc_t *desc, uint32_t dtype, uint32_t ndim, const uint64_t *shape,
                    uint32_t layout);

/* The same with given byte strides; the layout is C or F where they happen to be those. */
int lina_shape_fill_strided(lina_desc_t *desc, uint32_t dtype, uint32_t ndim, const uint64_t *shape,
                            const int64_t *strides);

/* The bytes that its elements touch, relative to element (0, 0, ...): [*low, *high), low <= 0.
 * False when they do not fit an int64_t. An empty array touches none. */
bool lina_shape_span(const lina_desc_t *desc, int64_t *low, int64_t *high);

/* A descriptor read from outside that could be true of a data space of `size` bytes: bounded ndim,
 * sane dtype, nbytes as the shape says, every element inside. */
bool lina_shape_plausible(const lina_desc_t *desc, uint64_t size);

#endif
