/* embed.c - two interpreters, two threads, one arena. */
#include "embed.h"

#include <pthread.h>
#include <stdio.h>

#include "lina.h"

#define STACK (8u << 20)

struct stage {
    int (*run)(const char *script);
    const char *script;
    lina_view_t *
        keep; /* keeps the mapping: the other script may still use it when a failure closes the arena */
    int status;
};

static void *run_stage(void *argument) {
    struct stage *stage = argument;
    stage->status = stage->run(stage->script);
    if (stage->status != 0)
        lina_arena_close(stage->keep->arena);
    return NULL;
}

static int start(pthread_t *thread, struct stage *stage) {
    pthread_attr_t attributes;
    pthread_attr_init(&attributes);
    pthread_attr_setstacksize(&attributes, STACK);
    int error = pthread_create(thread, &attributes, run_stage, stage);
    pthread_attr_destroy(&attributes);
    return error;
}

/* Takes a view of a new array. The view keeps the mapping. */
static int hold_mapping(lina_view_t *keep) {
    static const uint64_t one[] = {1};
    int rc = lina_republish(NULL, "embed.keep", LINA_DTYPE_U8, 1, one, LINA_LAYOUT_C, NULL);
    return rc == LINA_OK ? lina_acquire(NULL, "embed.keep", keep) : rc;
}

int embed_both(const char *python_script, const char *julia_script) {
    lina_view_t keep;
    if (hold_mapping(&keep) != LINA_OK) {
        fprintf(stderr, "%s\n", lina_last_error());
        return 1;
    }
    struct stage stages[2] = {{embed_julia, julia_script, &keep, 1},
                              {embed_python, python_script, &keep, 1}};
    pthread_t threads[2];
    int started = 0;
    while (started < 2 && start(&threads[started], &stages[started]) == 0)
        started++;
    if (started == 1)
        lina_arena_close(keep.arena);
    for (int i = 0; i < started; i++)
        pthread_join(threads[i], NULL);
    lina_release(&keep);
    return stages[0].status != 0 || stages[1].status != 0;
}
