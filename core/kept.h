/* kept.h - the generations that a stream keeps, from the oldest to the newest. Writers only.
 *
 *   oldest --newer--> KEPT --newer--> ... --newer--> newest, which is LIVE
 *
 * Slots and ledger are the truth; the chain is an index over them, which readers follow without a lock. */
#ifndef LINA_KEPT_H
#define LINA_KEPT_H

#include "slots.h"
#include "stream_slots.h"

/* The stream that a name is, whose entry in the name index is given. Without a record where it is none. */
struct lina_channel lina_kept_channel(lina_arena_t *arena, const struct lina_key *key,
                                      struct lina_entry entry);
/* The sequence after that of the generation that an entry leads to. */
uint64_t lina_kept_next(const lina_arena_t *arena, struct lina_entry entry);
/* Numbers a LOANED slot that is about to go live. `c` may be no stream. */
void lina_kept_number(lina_arena_t *arena, const struct lina_channel *c, struct lina_entry entry,
                      uint32_t slot);
/* Adds the slot that went live to its stream, drops the oldest generations beyond the depth, and moves the
 * head. True when somebody sleeps on that. */
bool lina_kept_add(lina_arena_t *arena, const struct lina_channel *c, uint32_t slot);
/* Retires all generations but the newest, and ends the stream. The newest is retired before. */
void lina_kept_remove(lina_arena_t *arena, const struct lina_channel *c);
/* Drops `most` generations that no reliable reader has still to take, the oldest of all streams first.
 * Returns how many there were. */
uint32_t lina_kept_drop(lina_arena_t *arena, uint32_t most);
/* Finds the chains anew, and finishes what a writer that died had begun. NO_MEMORY. */
int lina_kept_rebuild(lina_arena_t *arena);

#endif
