/* join.h - becoming a member, entering the writer's section as one, and leaving. */
#ifndef LINA_JOIN_H
#define LINA_JOIN_H

#include "process.h"
#include "writer.h"

/* Around the making of an arena; `rc` is how that went, and is returned. A failed one is freed. */
void lina_arena_begin_making(void);
int lina_arena_end_making(lina_arena_t *arena, int rc, lina_arena_t **out);

/* Takes a number for this process and settles what a dead holder of it left. BUSY when none is
 * free. */
int lina_member_join(lina_arena_t *arena);

/* OK when this process may use its member number; rejoins after a fork. */
int lina_arena_rejoin(lina_arena_t *arena);
static inline bool lina_arena_is_entered(const lina_arena_t *arena) {
    /* pairs with the release in join.c: the member number is this process's */
    return load_acquire_u64(&arena->epoch) == lina_process_epoch;
}
static inline int lina_arena_enter(lina_arena_t *arena) {
    return lina_arena_is_entered(arena) ? LINA_OK : lina_arena_rejoin(arena);
}

/* Enters the writer's section, before a deadline on the monotonic clock. BUSY, TIMEOUT, CORRUPT (a rebuild
 * found descriptors that cannot all be true); READ_ONLY is the caller's to check. */
int lina_writer_begin_by(lina_arena_t *arena, uint64_t deadline);
/* The same without a deadline: BUSY is soon enough. */
int lina_writer_begin(lina_arena_t *arena);

/* Ends this process's membership, if it is one; its views keep their pins. */
void lina_arena_leave(lina_arena_t *arena);
/* Ends one hold on the mapping; the last one unmaps it and frees the struct. */
void lina_arena_end(lina_arena_t *arena);
static inline void lina_arena_drop(lina_arena_t *arena) {
    if (add_sc_u64(&arena->holds, UINT64_MAX) == 1)
        lina_arena_end(arena);
}

#endif
