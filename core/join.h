/* join.h - becoming a member, entering the writer's section as one, and leaving. */
#ifndef LINA_JOIN_H
#define LINA_JOIN_H

#include "holds.h"
#include "process.h"
#include "writer.h"

/* A function that makes a handle of an arena calls these two around it. The first locks the list of arenas. The second
 * unlocks it and returns `rc`, the outcome so far: if that is OK, it lists the arena and stores it in *out, otherwise
 * it frees the arena. */
void lina_arena_begin_making(void);
int lina_arena_end_making(lina_arena_t *arena, int rc, lina_arena_t **out);

/* Takes a member number for this handle. If the last holder of the number died, gives back what that member held.
 * BUSY if all numbers are taken. */
int lina_member_join(lina_arena_t *arena);

/* Makes a forked child a member under a number of its own. CLOSED if the child could not reopen the file. Does nothing
 * if this process is a member already. */
int lina_arena_rejoin(lina_arena_t *arena);
static inline bool lina_arena_is_entered(const lina_arena_t *arena) {
    /* Pairs with the release in join.c. If the two are equal, the member number is this process's. */
    return load_acquire_u64(&arena->epoch) == lina_process_epoch;
}
static inline int lina_arena_enter(lina_arena_t *arena) {
    return lina_arena_is_entered(arena) ? LINA_OK : lina_arena_rejoin(arena);
}

/* Enters the writer's section before a deadline on the monotonic clock. BUSY or TIMEOUT if it cannot have the lock.
 * CORRUPT if a rebuild finds descriptors that contradict each other. The caller checks for READ_ONLY. */
int lina_writer_begin_by(lina_arena_t *arena, uint64_t deadline);
/* The same without a deadline. The wait still ends, with BUSY: see lina_lock_take. */
int lina_writer_begin(lina_arena_t *arena);

/* Ends the handle's membership, unless that belongs to the parent of this process. Its views keep their pins. */
void lina_arena_leave(lina_arena_t *arena);
/* Gives the member number up, unmaps the memory and frees the struct. Only the last hold's end calls it. */
void lina_arena_end(lina_arena_t *arena);

#endif
