/* c_smoke.c - the C API in one screen: writes an array, reads it back by its name, signals. */
#include <stdio.h>

#include "lina.h"

static int fail(const char *what) {
    fprintf(stderr, "%s: %s\n", what, lina_last_error());
    return 1;
}

int main(void) {
    uint64_t shape[] = {16};
    lina_desc_t desc;
    void *ptr;

    lina_init();
    if (lina_alloc_shared_memory(1 << 20) != LINA_OK)
        return fail("alloc");
    if (lina_create_array("input", LINA_DTYPE_F64, 1, shape, LINA_LAYOUT_C, &desc) != LINA_OK ||
        lina_resolve_ptr(&desc, &ptr) != LINA_OK)
        return fail("create");
    for (int i = 0; i < 16; i++)
        ((double *)ptr)[i] = i + 1;
    lina_signal("data_ready");

    lina_wait("data_ready");
    if (lina_open("input", &desc) != LINA_OK)
        return fail("open");
    const double *x = (const void *)((const char *)lina_shared_base() + desc.offset);
    printf("\"%s\": %llu bytes of %s at offset 0x%04llx, generation %u; last element %g\n",
           desc.name, (unsigned long long)desc.nbytes, lina_dtype_name(desc.dtype),
           (unsigned long long)desc.offset, desc.generation, x[15]);
    lina_clear("data_ready");
    int right = x[15] == 16.0 && lina_try_wait("data_ready") == 0;
    lina_shutdown();
    return right ? 0 : fail("the bytes that came back are not those written");
}
