/* uses_lina.c - a program of another project that uses Lina. It includes only the public header. */
#include <lina.h>
#include <stdio.h>
#include <string.h>

int main(void) {
    uint64_t shape[] = {2, 3};
    lina_desc_t desc;
    void *data;
    if (strcmp(lina_version(), LINA_VERSION) != 0 || lina_abi_version() != LINA_ABI_VERSION)
        return 1;
    if (lina_alloc_shared_memory(4096) != LINA_OK ||
        lina_create_array("x", LINA_DTYPE_F64, 2, shape, LINA_LAYOUT_F, &desc) != LINA_OK ||
        lina_resolve_ptr(&desc, &data) != LINA_OK)
        return 1;
    lina_shutdown();
    return desc.strides[1] == 16 && puts("works") >= 0 ? 0 : 1;
}
