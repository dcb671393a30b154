/* shape.h - shapes, strides and the bytes they reach, with every product checked. */
#ifndef LINA_SHAPE_H
#define LINA_SHAPE_H

#include <stdbool.h>

#include "lina.h"

/* lina_dtype_size, inline for hot paths. */
static inline uint64_t dtype_size(uint32_t dtype) {
    return (((uint64_t)dtype >> 8 & 0xff) * (dtype >> 16) + 7) / 8;
}

/* Fills in dtype, ndim, shape, strides, layout and nbytes of an array of C or F order. The name is set
 * before; the offset comes later. INVALID, naming the array, if no array can be like that. */
int lina_shape_fill(lina_desc_t *desc, uint32_t dtype, uint32_t ndim, const uint64_t *shape,
                    uint32_t layout);

/* The same with given byte strides. If these are the strides of C or F order, so is the layout. */
int lina_shape_fill_strided(lina_desc_t *desc, uint32_t dtype, uint32_t ndim, const uint64_t *shape,
                            const int64_t *strides);

/* The bytes that the array's elements touch, relative to element (0, 0, ...): [*low, *high), low <= 0. False if
 * they do not fit an int64_t. An empty array touches none. */
bool lina_shape_span(const lina_desc_t *desc, int64_t *low, int64_t *high);

/* False if the product is above INT64_MAX. */
static inline bool shape_multiply(uint64_t *product, uint64_t factor) {
    return !__builtin_mul_overflow(*product, factor, product) && *product <= INT64_MAX;
}

/* lina_shape_plausible for an array with an extent of 0. */
bool lina_shape_plausible_empty(const lina_desc_t *desc);

/* True if a descriptor that was read from shared memory is possible in a data space of `size` bytes: ndim within
 * its limit, a dtype with a size, nbytes as the shape says, every element inside. Inline, because every
 * lina_acquire calls it. */
static inline bool lina_shape_plausible(const lina_desc_t *desc, uint64_t size) {
    uint64_t item = dtype_size(desc->dtype), nbytes = item, below = 0, above = item;
    if (desc->ndim > LINA_MAX_DIMS || item == 0 || desc->offset > size)
        return false;
    for (uint32_t d = 0; d < desc->ndim; d++) {
        uint64_t extent = desc->shape[d], stride = (uint64_t)desc->strides[d], reach;
        bool back = desc->strides[d] < 0;
        if (extent == 0)
            return lina_shape_plausible_empty(desc);
        if (!shape_multiply(&nbytes, extent) ||
            __builtin_mul_overflow(extent - 1, back ? 0 - stride : stride, &reach) ||
            (back ? __builtin_add_overflow(below, reach, &below)
                  : __builtin_add_overflow(above, reach, &above)))
            return false;
    }
    return desc->nbytes == nbytes && below <= desc->offset && above <= size - desc->offset;
}

#endif
