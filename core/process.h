/* process.h - this process's side of its arenas: their list, the default one, and what a fork does.
 *
 * It knows nothing of what stands above it. What a fork must do there is in a table of hooks, which
 * notify.c fills. */
#ifndef LINA_PROCESS_H
#define LINA_PROCESS_H

#include "mapping.h"

/* Counts the forks between the first process and this one: state that carries an older number
 * belongs to an ancestor. */
extern uint64_t lina_process_epoch;

/* Around fork. Each is called with the default arena's mutex held and without the list's. */
struct lina_fork_hooks {
    void (*before)(void), (*after_parent)(void), (*after_child)(void);
};
/* Before any thread can fork: from a constructor. */
void lina_process_set_hooks(const struct lina_fork_hooks *hooks);

/* ---- the list of arenas ------------------------------------------------------------------------ */

/* The list's mutex is held from before the description with the member's lock is opened until the arena
 * is listed, and from before it is unlisted until that description is closed: a process that is forked
 * in between would keep it without knowing, and with it the lock. */
void lina_process_lock(void);
void lina_process_unlock(void);
/* Under the mutex. */
void lina_process_add(lina_arena_t *arena);
void lina_process_remove(lina_arena_t *arena);

/* ---- the default arena ------------------------------------------------------------------------- */

/* The default arena for NULL. NULL with the error set when there is none. */
lina_arena_t *lina_arena_of_default(void);
static inline lina_arena_t *lina_arena_of(lina_arena_t *arena) {
    return arena != NULL ? arena : lina_arena_of_default();
}

/* The mutex of the default arena; it is taken before the list's. */
void lina_default_lock(void);
void lina_default_unlock(void);
/* The default arena, or NULL. */
lina_arena_t *lina_default_get(void);
/* Under the mutex. `unset` makes later calls answer CLOSED, `reset` NOT_READY. */
void lina_default_set(lina_arena_t *arena);
void lina_default_unset(void);
void lina_default_reset(void);
/* Forgets `arena` as the default, if it is. */
void lina_default_forget(const lina_arena_t *arena);

/* ---- waits, which closing an arena waits for --------------------------------------------------- */

/* The calling thread's counter. */
struct lina_waits *lina_waits_of(lina_arena_t *arena);
/* lina_arena_of for a wait, counted in one of `waits` until lina_waits_leave. */
lina_arena_t *lina_waits_enter(lina_arena_t *arena, struct lina_waits **waits);
/* The arena may end here. */
void lina_waits_leave(struct lina_waits *waits);
/* Returns when every wait on what was the default arena is counted. */
void lina_waits_settle(void);
bool lina_waits_any(const lina_arena_t *arena);

#endif
