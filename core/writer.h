/* writer.h - the section in which tables change.
 *
 * header.dirty is 1 inside. Who enters and finds it set follows a writer that died there (or a
 * machine that stopped): the indexes are rebuilt from the descriptors before anything else. */
#ifndef LINA_WRITER_H
#define LINA_WRITER_H

#include "mapping.h"

/* Enters as the member that this process is: lina_writer_begin_by in join.h makes sure that it is one. */
int lina_writer_take(lina_arena_t *arena, uint64_t deadline);
/* The same where the lock already counts as ours. */
int lina_writer_adopt(lina_arena_t *arena);
/* The same only if nobody is inside, and nothing needs a rebuild. */
bool lina_writer_try(lina_arena_t *arena);
/* Leaves, and reclaims what releases meanwhile could not. */
void lina_writer_end(lina_arena_t *arena);
/* Frees what nobody holds any more before it leaves. */
void lina_writer_end_and_sweep(lina_arena_t *arena);

#endif
