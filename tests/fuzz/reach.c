/* reach.c - computes which bytes a descriptor's elements touch, independently of the core and in 128 bits. */
#include "fuzz.h"

void check_reach(lina_arena_t *arena, const lina_desc_t *desc, const void *data) {
    __int128 low = 0, high = (__int128)lina_dtype_size(desc->dtype), elements = 1;
    if (desc->ndim > LINA_MAX_DIMS || high == 0)
        abort();
    for (uint32_t d = 0; d < desc->ndim; d++) {
        __int128 reach = ((__int128)desc->shape[d] - 1) * desc->strides[d];
        elements *= desc->shape[d] < UINT64_MAX >> 2 ? (__int128)desc->shape[d] : UINT64_MAX >> 2;
        if (elements == 0)
            break;
        if (elements > (__int128)1 << 64)
            abort();
        *(reach < 0 ? &low : &high) += reach;
    }
    if (data != (char *)lina_arena_base(arena) + desc->offset)
        abort();
    if (elements == 0)
        return;
    if ((__int128)desc->nbytes != elements * (__int128)lina_dtype_size(desc->dtype) ||
        (__int128)desc->offset + low < 0 ||
        (__int128)desc->offset + high > (__int128)lina_arena_size(arena))
        abort();
    const volatile uint8_t *byte = data;
    (void)(byte[(int64_t)low] + byte[(int64_t)high - 1]);
}
