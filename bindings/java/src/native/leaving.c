/* leaving.c - the arenas that are still open when the process ends, or when Java unloads this library. They are closed
 * then, so that the last member takes the name of a temporary arena away. The shutdown hooks of Java have run by then,
 * and its daemon threads have stopped, or are in a call of C, which may go on. */
#include "glue.h"

#include <pthread.h>
#include <stdlib.h>

struct open {
    lina_arena_t *arena; /* NULL: Java's use of the default arena */
    struct open *next;
};

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static struct open *all;
static int has_left;

NATIVE(void, closeAtExit)(JNIEnv *env, jobject self, jlong arena) {
    struct open *open = malloc(sizeof *open);
    (void)env, (void)self;
    if (open == NULL)
        return;
    pthread_mutex_lock(&mutex);
    *open = (struct open){arena_of(arena), all};
    all = open;
    pthread_mutex_unlock(&mutex);
}

int leaving_forget(lina_arena_t *arena) {
    pthread_mutex_lock(&mutex);
    struct open **at = &all;
    while (*at != NULL && (*at)->arena != arena)
        at = &(*at)->next;
    struct open *found = *at;
    if (found != NULL)
        *at = found->next;
    int is_left = has_left;
    pthread_mutex_unlock(&mutex);
    free(found);
    return !is_left;
}

__attribute__((destructor)) static void leave(void) {
    pthread_mutex_lock(&mutex);
    struct open *open = all;
    all = NULL;
    has_left = 1;
    pthread_mutex_unlock(&mutex);
    while (open != NULL) {
        struct open *next = open->next;
        if (open->arena == NULL)
            core.shutdown();
        else
            core.arena_close(open->arena);
        free(open);
        open = next;
    }
}
