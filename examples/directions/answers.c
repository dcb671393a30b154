/* answers.c - a script asks, and its C host answers: square roots of an array that the script fills.
 *
 * Usage: lina_answers [SCRIPT] */
#include <math.h>
#include <stdio.h>

#include "lina_host.h"

#define N 8

static double *create(const char *name) {
    static const uint64_t shape[] = {N};
    lina_desc_t desc;
    void *data = NULL;
    if (lina_create_array(name, LINA_DTYPE_F64, 1, shape, LINA_LAYOUT_C, &desc) == LINA_OK)
        lina_resolve_ptr(&desc, &data);
    return data;
}

/* Answers until the script has ended. Returns its status. */
static int serve(lina_script_t *script, const double *question, double *answer) {
    const int64_t moment = 10000000; /* nanoseconds between two looks at the script */
    uint64_t asked = 0;
    int status;
    while (lina_script_join(script, 0, &status) != LINA_OK)
        if (lina_wait_value("asked", asked + 1, moment) == LINA_OK) {
            for (int i = 0; i < N; i++)
                answer[i] = sqrt(question[i]);
            asked++;
            lina_signal("answered");
        }
    printf("C       answered %d times\n", (int)asked);
    return status;
}

int main(int argc, char **argv) {
    lina_script_t *script;
    lina_init();
    if (lina_alloc_shared_memory(1 << 20) != LINA_OK) {
        fprintf(stderr, "%s\n", lina_last_error());
        return 1;
    }
    double *question = create("question"), *answer = create("answer");
    if (lina_script_start(argc > 1 ? argv[1] : LINA_DIRECTIONS "/asks.py", NULL, &script) !=
        LINA_OK) {
        fprintf(stderr, "%s\n", lina_host_error());
        return 1;
    }
    int status = serve(script, question, answer);
    lina_script_free(script);
    lina_host_end();
    lina_shutdown();
    return status;
}
