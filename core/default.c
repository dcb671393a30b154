/* default.c - the default arena, and the calls without an arena argument. Each of these calls the function that has one
 * and passes NULL. */
#include <stdlib.h>

#include "notify.h"
#include "process.h"

static uint32_t inits; /* calls of lina_init not yet undone; the default arena's mutex guards it */

lina_arena_t *lina_arena_default(void) { return lina_default_get(); }

/* The caller holds the mutex. */
static int adopt(lina_arena_t *arena) {
    lina_default_set(arena);
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
    lina_default_lock();
    int rc = lina_default_get() != NULL ? fail_exists() : adopt(arena);
    lina_default_unlock();
    return rc;
}

void lina_init(void) {
    const char *where = getenv("LINA_ARENA");
    lina_clear_error();
    lina_default_lock();
    inits++;
    lina_default_reset();
    if (lina_default_get() == NULL && where != NULL && where[0] != '\0') {
        lina_arena_t *arena;
        if (lina_arena_attach(where, 0, &arena) == LINA_OK)
            adopt(arena);
    }
    lina_default_unlock();
}

void lina_shutdown(void) {
    if (lina_notify_is_inside()) {
        lina_fail(LINA_ERR_BUSY, "a notification's callback cannot shut Lina down");
        return;
    }
    lina_arena_t *last = NULL;
    lina_default_lock();
    if (inits > 0 && --inits == 0) {
        last = lina_default_get();
        lina_default_unset(); /* under the mutex, so that the next lina_init finds no default arena */
    }
    lina_default_unlock();
    if (last != NULL)
        lina_arena_close(last);
}

int lina_alloc_shared_memory(size_t bytes) {
    lina_arena_t *arena;
    lina_default_lock();
    int rc =
        lina_default_get() != NULL ? fail_exists() : lina_arena_create(NULL, bytes, NULL, &arena);
    if (rc == LINA_OK)
        adopt(arena);
    lina_default_unlock();
    return rc;
}

void lina_register_shared_memory(void *ptr, size_t bytes) {
    lina_arena_t *arena;
    lina_default_lock();
    int rc = lina_default_get() != NULL ? fail_exists() : lina_arena_register(ptr, bytes, &arena);
    if (rc == LINA_OK)
        adopt(arena);
    lina_default_unlock();
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
    return lina_arena_list(NULL, out, cap, written, NULL);
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

int lina_signal_add(const char *name, uint64_t n) { return lina_arena_signal_add(NULL, name, n); }

int lina_signal_remove(const char *name) { return lina_arena_signal_remove(NULL, name); }

int lina_signal_value(const char *name, uint64_t *value) {
    return lina_arena_signal_value(NULL, name, value);
}
