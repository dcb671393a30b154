/* default.c - the default arena, and the calls that name none: one line each over a handle. */
#include <pthread.h>
#include <stdlib.h>

#include "arena.h"
#include "notify.h"
#include "platform.h"

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static void *current;       /* atomic: read without the mutex */
static uint32_t was_closed; /* atomic */
/* Atomic: waits that have perhaps read `current`, but do not count yet. On a line of its own. */
static _Alignas(LINA_LINE) uint32_t entering;
static uint32_t inits;

static lina_arena_t *get(void) { return load_acquire_ptr(&current); }

static void set(lina_arena_t *arena) { store_release_ptr(&current, arena); }

static void unset(void) {
    store_relaxed_u32(&was_closed, 1); /* first: who finds NULL finds why */
    set(NULL);
}

lina_arena_t *lina_arena_default(void) { return get(); }

lina_arena_t *lina_arena_of_default(void) {
    lina_arena_t *arena = get();
    if (arena == NULL) {
        bool closed = load_relaxed_u32(&was_closed) != 0;
        lina_fail(closed ? LINA_ERR_CLOSED : LINA_ERR_NOT_READY,
                  closed ? "the default arena was closed"
                         : "there is no default arena yet: call lina_alloc_shared_memory, "
                           "lina_register_shared_memory or lina_arena_set_default");
    }
    return arena;
}

static lina_arena_t *count_wait(lina_arena_t *arena, struct lina_waits **waits) {
    if (arena == NULL)
        return NULL;
    *waits = lina_waits_of(arena);
    add_sc_u32(&(*waits)->count, 1); /* pairs with lina_signals_close */
    return arena;
}

lina_arena_t *lina_arena_of_wait(lina_arena_t *arena, struct lina_waits **waits) {
    if (arena != NULL)
        return count_wait(arena, waits);
    add_sc_u32(&entering, 1); /* pairs with lina_default_settle */
    arena = count_wait(lina_arena_of(NULL), waits);
    add_sc_u32(&entering, UINT32_MAX);
    return arena;
}

void lina_default_settle(void) {
    while (add_sc_u32(&entering, 0) !=
           0) /* pairs with lina_arena_of_wait: who adds later finds NULL */
        platform_yield();
}

void lina_default_before_fork(void) { pthread_mutex_lock(&mutex); }

void lina_default_after_fork(bool child) {
    if (child)
        entering = 0; /* those threads stayed behind */
    pthread_mutex_unlock(&mutex);
}

void lina_default_forget(lina_arena_t *arena) {
    pthread_mutex_lock(&mutex);
    if (get() == arena)
        unset();
    pthread_mutex_unlock(&mutex);
}

/* Under the mutex. */
static int adopt(lina_arena_t *arena) {
    set(arena);
    store_relaxed_u32(&was_closed, 0);
    if (inits == 0)
        inits = 1;
    return LINA_OK;
}

static int fail_exists(void) {
    return lina_fail(LINA_ERR_EXISTS, "there is a default arena already");
}

int lina_arena_set_default(lina_arena_t *arena) {
    if (arena == NULL)
        return lina_fail(LINA_ERR_INVALID, "default arena: NULL");
    pthread_mutex_lock(&mutex);
    int rc = get() != NULL ? fail_exists() : adopt(arena);
    pthread_mutex_unlock(&mutex);
    return rc;
}

void lina_init(void) {
    const char *where = getenv("LINA_ARENA");
    lina_clear_error();
    pthread_mutex_lock(&mutex);
    inits++;
    store_relaxed_u32(&was_closed, 0);
    if (get() == NULL && where != NULL && where[0] != '\0') {
        lina_arena_t *arena;
        if (lina_arena_attach(where, 0, &arena) == LINA_OK)
            adopt(arena);
    }
    pthread_mutex_unlock(&mutex);
}

void lina_shutdown(void) {
    if (lina_notify_is_inside()) {
        lina_fail(LINA_ERR_BUSY, "a notification's callback cannot shut Lina down");
        return;
    }
    lina_arena_t *last = NULL;
    pthread_mutex_lock(&mutex);
    if (inits > 0 && --inits == 0) {
        last = get();
        unset(); /* before the mutex is given back: a lina_init after this one finds none */
    }
    pthread_mutex_unlock(&mutex);
    if (last != NULL)
        lina_arena_close(last);
}

int lina_alloc_shared_memory(size_t bytes) {
    lina_arena_t *arena;
    pthread_mutex_lock(&mutex);
    int rc = get() != NULL ? fail_exists() : lina_arena_create(NULL, bytes, NULL, &arena);
    if (rc == LINA_OK)
        adopt(arena);
    pthread_mutex_unlock(&mutex);
    return rc;
}

void lina_register_shared_memory(void *ptr, size_t bytes) {
    lina_arena_t *arena;
    pthread_mutex_lock(&mutex);
    int rc = get() != NULL ? fail_exists() : lina_arena_register(ptr, bytes, &arena);
    if (rc == LINA_OK)
        adopt(arena);
    pthread_mutex_unlock(&mutex);
}

const char *lina_version(void) { return LINA_VERSION; }

uint32_t lina_abi_version(void) { return LINA_ABI_VERSION; }

void *lina_shared_base(void) { return lina_arena_base(NULL); }

size_t lina_shared_size(void) { return lina_arena_size(NULL); }

int lina_create_array(const char *name, uint32_t dtype, uint32_t ndim, const uint64_t *shape,
                      uint32_t layout, lina_desc_t *out) {
    return lina_arena_create_array(NULL, name, dtype, ndim, shape, layout, out);
}

int lina_open(const char *name, lina_desc_t *out) { return lina_arena_open(NULL, name, out); }

int lina_resolve_ptr(const lina_desc_t *desc, void **out_ptr) {
    return lina_arena_resolve_ptr(NULL, desc, out_ptr);
}

int lina_list(lina_desc_t *out, size_t cap, size_t *written) {
    return lina_arena_list(NULL, out, cap, written);
}

int lina_reclaim(const char *name) { return lina_arena_reclaim(NULL, name); }

void lina_signal(const char *name) { lina_arena_signal(NULL, name); }

void lina_wait(const char *name) { lina_arena_wait(NULL, name); }

int lina_try_wait(const char *name) { return lina_arena_try_wait(NULL, name); }

void lina_clear(const char *name) { lina_arena_clear(NULL, name); }

int lina_wait_for(const char *name, int64_t timeout_ns) {
    return lina_arena_wait_for(NULL, name, timeout_ns);
}

int lina_wait_value(const char *name, uint64_t target, int64_t timeout_ns) {
    return lina_arena_wait_value(NULL, name, target, timeout_ns);
}

int lina_signal_value(const char *name, uint64_t *value) {
    return lina_arena_signal_value(NULL, name, value);
}
