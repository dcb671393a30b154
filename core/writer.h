/* writer.h - the section in which tables change.
 *
 * header.dirty is 1 while a writer is inside. If a writer enters and finds it set, the last writer died inside, or the
 * machine stopped. So it first rebuilds the indexes from the descriptors. */
#ifndef LINA_WRITER_H
#define LINA_WRITER_H

#include "mapping.h"

/* Enters the section before a deadline on the monotonic clock. The handle must be a member's: lina_writer_begin_by in
 * join.h makes sure of that. Errors as lina_lock_take, and those of a rebuild. */
int lina_writer_take(lina_arena_t *arena, uint64_t deadline);
/* The same for a caller that owns the lock already. On an error, gives the lock back. */
int lina_writer_adopt(lina_arena_t *arena);
/* Enters only if the lock is free and no rebuild is needed. Never waits. */
bool lina_writer_try(lina_arena_t *arena);
/* Leaves. Then frees the slots that releases could not free while a writer was inside. */
void lina_writer_end(lina_arena_t *arena);
/* Frees all pending slots that nothing holds, then leaves. */
void lina_writer_end_and_sweep(lina_arena_t *arena);

#endif
