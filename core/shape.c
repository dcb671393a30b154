/* shape.c - the arithmetic of shape.h. As in NumPy, an empty extent counts as 1 in strides. */
#include "shape.h"

#include <string.h>

#include "error.h"

/* Fills in the contiguous strides of `order`, and the payload's size in *nbytes. False on overflow. */
static bool contiguous(uint64_t item, uint32_t ndim, const uint64_t *shape, uint32_t order,
                       int64_t *strides, uint64_t *nbytes) {
    uint64_t stride = item;
    bool empty = false;
    for (uint32_t i = 0; i < ndim; i++) {
        uint32_t d = order == LINA_LAYOUT_F ? i : ndim - 1 - i;
        strides[d] = (int64_t)stride;
        if (shape[d] == 0)
            empty = true;
        else if (!shape_multiply(&stride, shape[d]))
            return false;
    }
    *nbytes = empty ? 0 : stride;
    return true;
}

static int fail_overflow(const lina_desc_t *desc) {
    return lina_fail(LINA_ERR_INVALID, "array \"%s\": its shape has more bytes than 2^63",
                     desc->name);
}

static int check_kind(const lina_desc_t *desc, uint32_t dtype, uint32_t ndim,
                      const uint64_t *shape) {
    if (dtype_size(dtype) == 0)
        return lina_fail(LINA_ERR_INVALID, "array \"%s\": dtype 0x%08x has no bits or no lanes",
                         desc->name, dtype);
    if (ndim > LINA_MAX_DIMS)
        return lina_fail(LINA_ERR_INVALID, "array \"%s\": ndim %u is more than %d", desc->name,
                         ndim, LINA_MAX_DIMS);
    if (ndim > 0 && shape == NULL)
        return lina_fail(LINA_ERR_INVALID, "array \"%s\": its shape is NULL", desc->name);
    return LINA_OK;
}

int lina_shape_fill(lina_desc_t *desc, uint32_t dtype, uint32_t ndim, const uint64_t *shape,
                    uint32_t layout) {
    int rc = check_kind(desc, dtype, ndim, shape);
    if (rc != LINA_OK)
        return rc;
    if (layout != LINA_LAYOUT_C && layout != LINA_LAYOUT_F)
        return lina_fail(LINA_ERR_INVALID, "array \"%s\": layout %u is neither C (0) nor F (1)%s",
                         desc->name, layout,
                         layout == LINA_LAYOUT_STRIDED ? "; lina_alias makes strided ones" : "");
    /* Field by field: for clearing the whole struct, compilers make a slow loop. */
    desc->dtype = dtype;
    desc->ndim = ndim;
    desc->layout = layout;
    desc->offset = desc->capacity_bytes = 0;
    desc->generation = desc->flags = desc->reserved = 0;
    memset(desc->shape, 0, sizeof desc->shape);
    memset(desc->strides, 0, sizeof desc->strides);
    for (uint32_t d = 0; d < ndim; d++)
        desc->shape[d] = shape[d];
    return contiguous(dtype_size(dtype), ndim, desc->shape, layout, desc->strides, &desc->nbytes)
               ? LINA_OK
               : fail_overflow(desc);
}

static bool same_strides(uint32_t ndim, const uint64_t *shape, const int64_t *a, const int64_t *b) {
    for (uint32_t d = 0; d < ndim; d++)
        if (shape[d] != 1 && a[d] != b[d])
            return false;
    return true;
}

int lina_shape_fill_strided(lina_desc_t *desc, uint32_t dtype, uint32_t ndim, const uint64_t *shape,
                            const int64_t *strides) {
    int rc = lina_shape_fill(desc, dtype, ndim, shape, LINA_LAYOUT_C);
    if (rc != LINA_OK || strides == NULL || same_strides(ndim, shape, strides, desc->strides))
        return rc;
    int64_t columns[LINA_MAX_DIMS];
    uint64_t nbytes;
    contiguous(dtype_size(dtype), ndim, shape, LINA_LAYOUT_F, columns, &nbytes);
    desc->layout =
        same_strides(ndim, shape, strides, columns) ? LINA_LAYOUT_F : LINA_LAYOUT_STRIDED;
    memcpy(desc->strides, strides, ndim * sizeof *strides);
    int64_t low, high;
    return lina_shape_span(desc, &low, &high) ? LINA_OK : fail_overflow(desc);
}

bool lina_shape_span(const lina_desc_t *desc, int64_t *low, int64_t *high) {
    int64_t lowest = 0, highest = 0;
    for (uint32_t d = 0; d < desc->ndim; d++) {
        if (desc->shape[d] == 0) {
            *low = *high = 0;
            return true;
        }
        int64_t reach;
        if (desc->shape[d] > INT64_MAX ||
            __builtin_mul_overflow((int64_t)(desc->shape[d] - 1), desc->strides[d], &reach))
            return false;
        int64_t *end = reach < 0 ? &lowest : &highest;
        if (__builtin_add_overflow(*end, reach, end))
            return false;
    }
    *low = lowest;
    return !__builtin_add_overflow(highest, (int64_t)dtype_size(desc->dtype), high);
}

static bool is_plausible_empty(const lina_desc_t *desc) {
    uint64_t nbytes = dtype_size(desc->dtype);
    for (uint32_t d = 0; d < desc->ndim; d++)
        if (desc->shape[d] != 0 && !shape_multiply(&nbytes, desc->shape[d]))
            return false;
    return desc->nbytes == 0;
}

bool lina_shape_plausible_strided(const lina_desc_t *desc, uint64_t size) {
    uint64_t nbytes = dtype_size(desc->dtype), below = 0, above = nbytes;
    for (uint32_t d = 0; d < desc->ndim; d++) {
        uint64_t extent = desc->shape[d], stride = (uint64_t)desc->strides[d], reach;
        bool back = desc->strides[d] < 0;
        if (extent == 0)
            return is_plausible_empty(desc);
        if (!shape_multiply(&nbytes, extent) ||
            __builtin_mul_overflow(extent - 1, back ? 0 - stride : stride, &reach) ||
            (back ? __builtin_add_overflow(below, reach, &below)
                  : __builtin_add_overflow(above, reach, &above)))
            return false;
    }
    return desc->nbytes == nbytes && below <= desc->offset && above <= size - desc->offset;
}
