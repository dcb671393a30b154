/* process.c - see process.h. */
#include "process.h"

#include <pthread.h>
#include <string.h>

#include "platform.h"

uint64_t lina_process_epoch;

static pthread_mutex_t default_mutex = PTHREAD_MUTEX_INITIALIZER;
static void *current;       /* atomic: read without the mutex */
static uint32_t was_closed; /* atomic */

static pthread_mutex_t list_mutex = PTHREAD_MUTEX_INITIALIZER;
static lina_arena_t *arenas;

/* ---- the list of arenas ------------------------------------------------------------------------ */

void lina_process_lock(void) { pthread_mutex_lock(&list_mutex); }

void lina_process_unlock(void) { pthread_mutex_unlock(&list_mutex); }

void lina_process_add(lina_arena_t *arena) {
    arena->next = arenas;
    arenas = arena;
}

void lina_process_remove(lina_arena_t *arena) {
    lina_arena_t **at = &arenas;
    while (*at != arena)
        at = &(*at)->next;
    *at = arena->next;
}

/* ---- the default arena ------------------------------------------------------------------------- */

void lina_default_lock(void) { pthread_mutex_lock(&default_mutex); }

void lina_default_unlock(void) { pthread_mutex_unlock(&default_mutex); }

lina_arena_t *lina_default_get(void) { return load_acquire_ptr(&current); }

void lina_default_set(lina_arena_t *arena) {
    store_release_ptr(&current, arena);
    store_relaxed_u32(&was_closed, 0);
}

void lina_default_unset(void) {
    store_relaxed_u32(&was_closed, 1); /* first, so that a reader of NULL finds the reason */
    store_release_ptr(&current, NULL);
}

void lina_default_reset(void) { store_relaxed_u32(&was_closed, 0); }

void lina_default_forget(const lina_arena_t *arena) {
    lina_default_lock();
    if (lina_default_get() == arena)
        lina_default_unset();
    lina_default_unlock();
}

lina_arena_t *lina_arena_of_default(void) {
    lina_arena_t *arena = lina_default_get();
    if (arena == NULL) {
        bool closed = load_relaxed_u32(&was_closed) != 0;
        lina_fail(closed ? LINA_ERR_CLOSED : LINA_ERR_NOT_READY,
                  closed ? "the default arena was closed"
                         : "there is no default arena yet: call lina_alloc_shared_memory, "
                           "lina_register_shared_memory or lina_arena_set_default");
    }
    return arena;
}

/* ---- waits ------------------------------------------------------------------------------------- */

/* Atomic: how many waits may have read `current` and are not counted yet. On a cache line of its own. */
static _Alignas(LINA_LINE) uint32_t entering;

/* The place of the calling thread's counter. Threads take the counters in turn. If the stack's address chose the
 * counter, two partners would sometimes share one, and its cache line would go to and fro between them. */
static uint32_t place_of_thread(void) {
    static uint32_t threads; /* atomic */
    static _Thread_local uint32_t number;
    if (number == 0)
        number = (add_sc_u32(&threads, 1) % LINA_WAITS) + 1;
    return number - 1;
}

static lina_arena_t *count_wait(lina_arena_t *arena, struct lina_waits **waits) {
    if (arena == NULL)
        return NULL;
    *waits = lina_waits_enter_at(arena, place_of_thread());
    return arena;
}

lina_arena_t *lina_waits_enter(lina_arena_t *arena, struct lina_waits **waits) {
    if (arena != NULL)
        return count_wait(arena, waits);
    add_sc_u32(&entering, 1); /* pairs with lina_waits_finish_entering */
    arena = count_wait(lina_arena_of_default(), waits);
    add_sc_u32(&entering, UINT32_MAX);
    return arena;
}

void lina_waits_finish_entering(void) {
    /* Pairs with lina_waits_enter: a wait that enters later reads NULL. */
    while (add_sc_u32(&entering, 0) != 0)
        platform_yield();
}

bool lina_waits_any(const lina_arena_t *arena) {
    for (int i = 0; i < LINA_WAITS; i++)
        if (load_sc_u32(&arena->waits[i].count) != 0)
            return true;
    return false;
}

/* ---- fork -------------------------------------------------------------------------------------- */

static void nothing(void) {}
static struct lina_fork_hooks hooks = {nothing, nothing, nothing};

void lina_process_set_hooks(const struct lina_fork_hooks *given) { hooks = *given; }

/* These mutexes keep all threads out of lina_init, notify.c and the making of arenas while the process forks. */
static void before_fork(void) {
    lina_default_lock();
    hooks.before();
    lina_process_lock();
}

static void after_fork_parent(void) {
    lina_process_unlock();
    hooks.after_parent();
    lina_default_unlock();
}

/* The child shares the parent's descriptions, and with them the parent's locks. If it kept them open, other members
 * could not see the parent's death. */
static void after_fork_child(void) {
    lina_process_epoch++;
    entering = 0; /* the child has none of the waiting threads */
    for (lina_arena_t *a = arenas; a != NULL; a = a->next) {
        memset(a->waits, 0, sizeof a->waits);
        if (platform_has(a->file))
            lina_mapping_reopen(a);
    }
    lina_process_unlock();
    hooks.after_child();
    lina_default_unlock();
}

/* A constructor, because a thread may be inside lina_init before there is any arena. */
__attribute__((constructor)) static void watch_fork(void) {
    platform_on_fork(before_fork, after_fork_parent, after_fork_child);
}
