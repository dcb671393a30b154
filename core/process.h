/* process.h - this process's list of arenas, its default arena, its waits, and what a fork does to them.
 *
 * Files above this one may need to act on a fork. notify.c does so by filling a table of hooks here. */
#ifndef LINA_PROCESS_H
#define LINA_PROCESS_H

#include "mapping.h"

/* Counts the forks between the first process and this one. State with an older number belongs to an ancestor. */
extern uint64_t lina_process_epoch;

/* Called around a fork, with the default arena's mutex held and without the list's. */
struct lina_fork_hooks {
    void (*before)(void), (*after_parent)(void), (*after_child)(void);
};
/* Call it from a constructor, before any thread can fork. */
void lina_process_set_hooks(const struct lina_fork_hooks *hooks);

/* ---- the list of arenas ------------------------------------------------------------------------ */

/* A forked child closes the descriptions that carry members' locks; it finds them through the list. So a thread
 * holds the list's mutex from before it opens such a description until the arena is listed, and from before it
 * unlists the arena until it has closed the description. Otherwise a child forked in between would keep the
 * description, and with it the lock, without knowing. */
void lina_process_lock(void);
void lina_process_unlock(void);
/* The caller holds the mutex. */
void lina_process_add(lina_arena_t *arena);
void lina_process_remove(lina_arena_t *arena);

/* ---- the default arena ------------------------------------------------------------------------- */

/* The default arena. NULL with the error set if there is none. */
lina_arena_t *lina_arena_of_default(void);
static inline lina_arena_t *lina_arena_of(lina_arena_t *arena) {
    return arena != NULL ? arena : lina_arena_of_default();
}
/* Replaces NULL by the default arena. */
static inline int lina_arena_resolve(lina_arena_t **arena) {
    *arena = lina_arena_of(*arena);
    return *arena != NULL ? LINA_OK : lina_last_error_code();
}

/* The mutex of the default arena; it is taken before the list's. */
void lina_default_lock(void);
void lina_default_unlock(void);
/* The default arena, or NULL. */
lina_arena_t *lina_default_get(void);
/* The caller holds the mutex. After `unset`, calls answer CLOSED; after `reset`, NOT_READY. */
void lina_default_set(lina_arena_t *arena);
void lina_default_unset(void);
void lina_default_reset(void);
/* If `arena` is the default one, there is none any more. */
void lina_default_forget(const lina_arena_t *arena);

/* ---- waits: closing an arena waits until they have ended --------------------------------------- */

/* lina_arena_of for a wait. The wait is counted in *waits until lina_waits_leave. */
lina_arena_t *lina_waits_enter(lina_arena_t *arena, struct lina_waits **waits);
/* The same for a caller that has the arena. A caller with a handle passes the signal's slot as the place, because to ask
 * for the thread takes longer. Partners wait for different signals, so their counters lie on different lines. */
static inline struct lina_waits *lina_waits_enter_at(lina_arena_t *arena, uint32_t place) {
    struct lina_waits *waits = &arena->waits[place * 5 % LINA_WAITS];
    add_sc_u32(&waits->count, 1); /* pairs with lina_waits_any */
    return waits;
}
/* The arena may end here. */
static inline void lina_waits_leave(struct lina_waits *waits) {
    add_sc_u32(&waits->count, UINT32_MAX);
}
/* Returns when every wait that may have read the former default arena is counted. */
void lina_waits_finish_entering(void);
bool lina_waits_any(const lina_arena_t *arena);

#endif
