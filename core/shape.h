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

/* The rest of lina_shape_plausible: for arrays that are empty or not in C order. */
bool lina_shape_plausible_strided(const lina_desc_t *desc, uint64_t size);

/* True if a descriptor that was read from shared memory is possible in a data space of `size` bytes: ndim within
 * its limit, a dtype with a size, nbytes as the shape says, every element inside. Inline for C order, because every
 * lina_acquire calls it. */
static inline bool lina_shape_plausible(const lina_desc_t *desc, uint64_t size) {
    uint64_t nbytes = dtype_size(desc->dtype);
    if (desc->ndim > LINA_MAX_DIMS || nbytes == 0 || desc->offset > size)
        return false;
    for (uint32_t d = desc->ndim; d-- > 0;)
        if ((uint64_t)desc->strides[d] != nbytes ||
            __builtin_mul_overflow(nbytes, desc->shape[d], &nbytes) || nbytes == 0)
            return lina_shape_plausible_strided(desc, size);
    return desc->nbytes == nbytes && nbytes <= size - desc->offset;
}

#endif
