/* relief.c - the host of the relief: an arena, and the two scripts beside this file. */
#include <stdio.h>

#include "../embed.h"
#include "lina.h"

int main(void) {
    lina_init();
    if (lina_alloc_shared_memory(16 << 20) != LINA_OK) {
        fprintf(stderr, "%s\n", lina_last_error());
        return 1;
    }
    int status =
        embed_both(LINA_EXAMPLES_DIR "/relief/relief.py", LINA_EXAMPLES_DIR "/relief/relief.jl");
    lina_shutdown();
    return status;
}
