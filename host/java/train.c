/* train.c - runs one script in the embedded JVM, for archive.sh. */
#include "lina_host.h"

int main(int argc, char **argv) {
    lina_script_t *script;
    int status = 1;
    if (argc == 2 && lina_script_start(argv[1], NULL, &script) == LINA_OK)
        lina_script_join(script, LINA_FOREVER, &status);
    lina_host_end();
    return status;
}
