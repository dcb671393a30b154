/* host_demo.c - Python and Julia embedded in one C program, on the same bytes.
 *
 *   1. C allocates an arena and creates two arrays, `input` and `result`.
 *   2. Python opens `input`, writes it, and signals `data_ready`.
 *   3. Julia waits for the signal, opens the same memory, doubles it into `result`, signals `math_done`.
 *   4. Python waits for `math_done`, and prints `result`.
 *
 * Usage: lina_host_demo [SCRIPT.py SCRIPT.jl] */
#include <stdio.h>

#include "embed.h"
#include "lina.h"

static int create(const char *name, void **ptr) {
    static const uint64_t shape[] = {16};
    lina_desc_t desc;
    int rc = lina_create_array(name, LINA_DTYPE_F64, 1, shape, LINA_LAYOUT_C, &desc);
    if (rc == LINA_OK)
        rc = lina_resolve_ptr(&desc, ptr);
    if (rc != LINA_OK)
        fprintf(stderr, "%s\n", lina_last_error());
    return rc;
}

int main(int argc, char **argv) {
    void *input, *result;
    if (argc != 1 && argc != 3) {
        fprintf(stderr, "usage: %s [SCRIPT.py SCRIPT.jl]\n", argv[0]);
        return 2;
    }
    lina_init();
    if (lina_alloc_shared_memory(1 << 20) != LINA_OK) {
        fprintf(stderr, "%s\n", lina_last_error());
        return 1;
    }
    if (create("input", &input) != LINA_OK || create("result", &result) != LINA_OK)
        return 1;
    printf("C       input at %p, result at %p\n", input, result);
    fflush(stdout);
    int status = embed_both(argc == 3 ? argv[1] : LINA_EXAMPLES_DIR "/host_demo.py",
                            argc == 3 ? argv[2] : LINA_EXAMPLES_DIR "/host_demo.jl");
    lina_shutdown();
    return status;
}
