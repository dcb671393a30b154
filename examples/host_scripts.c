/* host_scripts.c - a C program with settings that scripts of any language change.
 *
 * Usage: lina_host_scripts SCRIPT... */
#include <stdio.h>

#include "lina_host.h"

static int run(const char *path) {
    lina_script_t *script;
    int status;
    if (lina_script_start(path, NULL, &script) != LINA_OK) {
        fprintf(stderr, "%s\n", lina_host_error());
        return 2;
    }
    lina_script_join(script, LINA_FOREVER, &status);
    lina_script_free(script);
    return status;
}

int main(int argc, char **argv) {
    static const uint64_t shape[] = {2};
    lina_desc_t desc;
    void *settings;
    int status = 0;
    lina_init();
    if (lina_alloc_shared_memory(1 << 20) != LINA_OK ||
        lina_create_array("settings", LINA_DTYPE_F64, 1, shape, LINA_LAYOUT_C, &desc) != LINA_OK ||
        lina_resolve_ptr(&desc, &settings) != LINA_OK) {
        fprintf(stderr, "%s\n", lina_last_error());
        return 1;
    }
    for (int i = 1; i < argc && status == 0; i++)
        status = run(argv[i]);
    if (status == 0)
        printf("settings %g %g\n", ((double *)settings)[0], ((double *)settings)[1]);
    lina_host_end();
    lina_shutdown();
    return status;
}
