/* arena.h - this process's side of an arena: the mapping, who holds it, and where its tables are.
 *
 * The tables' addresses come from a geometry that was checked once; nothing here is read again from
 * shared memory. The struct lives while `holds` > 0: one for the open handle, one for each view. */
#ifndef LINA_ARENA_H
#define LINA_ARENA_H

#include "atomic.h"
#include "error.h"
#include "layout.h"

#define LINA_LINE 64
#define LINA_WAITS 8

/* Threads inside a wait. There are several counts, so that two threads that wait for each other in
 * turn do not send one line to and fro between their cores as well. */
struct lina_waits {
    _Alignas(LINA_LINE) uint32_t count; /* atomic */
    uint32_t yielded, crowded;          /* atomic: see spin_then_sleep in signals.c */
};

struct lina_arena_t {
    struct lina_geometry geo;
    struct lina_header *header;
    struct lina_member *members;
    struct lina_slot *slots;
    struct lina_ledger *ledger;
    uint64_t *index;
    uint64_t *signal_index;
    struct lina_signal_slot *signals;
    uint32_t *pins; /* [member][slot] */
    uint8_t *data;

    void *map;
    uint64_t map_bytes;
    /* For the member's lock, on a description of its own: a mapping keeps the one it was made with, and
     * a forked child the mapping, so that a lock there would outlive this process. -1 when registered. */
    int fd;
    int public_fd;   /* for lina_arena_fd; -1 until asked for */
    bool limited;    /* pages must be committed before they are promised */
    bool registered; /* `data` is the host's */
    bool reserved;   /* no page is given back before the end */
    bool read_only, inherit;
    char where[256];

    uint32_t member; /* valid while `epoch` is the process's */
    uint64_t epoch;
    uint32_t closed;           /* atomic */
    struct lina_arena_t *next; /* in the process's list, under its mutex */

    _Alignas(LINA_LINE) uint64_t holds; /* atomic */
    struct lina_waits waits[LINA_WAITS];
};

/* Counts the forks between the first process and this one: state that carries an older number
 * belongs to an ancestor. */
extern uint64_t lina_process_epoch;

/* The default arena for NULL. NULL with the error set when there is none. */
lina_arena_t *lina_arena_of_default(void);
static inline lina_arena_t *lina_arena_of(lina_arena_t *arena) {
    return arena != NULL ? arena : lina_arena_of_default();
}

/* The same for a wait, counted in one of `waits` from then on: closing waits for it. */
lina_arena_t *lina_arena_of_wait(lina_arena_t *arena, struct lina_waits **waits);

/* The calling thread's. */
struct lina_waits *lina_waits_of(lina_arena_t *arena);

/* Forgets `arena` as the default, if it is. */
void lina_default_forget(lina_arena_t *arena);
/* Returns when every wait on what was the default counts. */
void lina_default_settle(void);
/* No thread is inside default.c while the process forks. */
void lina_default_before_fork(void);
void lina_default_after_fork(bool child);

/* Around the making of an arena; `rc` is how that went, and returned. A failed one is freed. */
void lina_arena_begin_making(void);
int lina_arena_end_making(lina_arena_t *arena, int rc, lina_arena_t **out);

/* Ends one hold; the last unmaps and frees. */
void lina_arena_end(lina_arena_t *arena);
static inline void lina_arena_drop(lina_arena_t *arena) {
    if (add_sc_u64(&arena->holds, UINT64_MAX) == 1)
        lina_arena_end(arena);
}

/* OK when this process may use its member number; rejoins after a fork. */
int lina_arena_rejoin(lina_arena_t *arena);
static inline bool lina_arena_is_entered(const lina_arena_t *arena) {
    /* pairs with the release in members.c: the member number is this process's */
    return load_acquire_u64(&arena->epoch) == lina_process_epoch;
}
static inline int lina_arena_enter(lina_arena_t *arena) {
    return lina_arena_is_entered(arena) ? LINA_OK : lina_arena_rejoin(arena);
}

static inline uint32_t *lina_pin(const lina_arena_t *arena, uint32_t member, uint32_t slot) {
    return &arena->pins[(uint64_t)member * arena->geo.max_arrays + slot];
}

static inline uint64_t lina_min(uint64_t a, uint64_t b) { return a < b ? a : b; }
static inline uint64_t lina_max(uint64_t a, uint64_t b) { return a > b ? a : b; }

static inline uint64_t lina_round_up(uint64_t n, uint64_t unit) {
    return (n + unit - 1) / unit * unit;
}

#endif
