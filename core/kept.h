/* kept.h - the chain of generations that a stream keeps, from the oldest to the newest. Writers only.
 *
 *   oldest --newer--> KEPT --newer--> ... --newer--> newest, which is LIVE
 *
 * The slots and the ledger are the truth. The chain is an index over them. Readers follow it without a lock. */
#ifndef LINA_KEPT_H
#define LINA_KEPT_H

#include "slots.h"
#include "stream_slots.h"

/* The stream of a name. `entry` is the name's entry in the name index. If the name is no stream, the result has no
 * record. */
struct lina_channel lina_kept_channel(lina_arena_t *arena, const struct lina_key *key,
                                      struct lina_entry entry);
/* Gives a LOANED slot its sequence, just before it goes LIVE. `c` has no record if the name is no stream. */
static inline void lina_kept_number(lina_arena_t *arena, const struct lina_channel *c,
                                    uint64_t sequence, uint32_t slot) {
    struct lina_ledger *l = &arena->ledger[slot];
    store_relaxed_u64(&l->sequence, sequence);
    store_relaxed_u32(&l->newer, LINA_NIL);
    store_relaxed_u32(&l->stream, c->record != NULL ? c->number : LINA_NIL);
}
/* Drops the oldest generations of a stream until there is room for a slot that went LIVE. The slot may get a spare. The
 * caller then adds the slot. In this order, no reader has the slot's lines yet. */
void lina_kept_yield(lina_arena_t *arena, const struct lina_channel *c, uint32_t slot);
/* Adds a slot that went LIVE to its stream's chain, and moves the head. True if a thread sleeps on the head: the caller
 * wakes it. */
bool lina_kept_add(lina_arena_t *arena, const struct lina_channel *c, uint32_t slot,
                   uint64_t sequence);
/* Retires all KEPT generations and ends the stream. The caller has retired the newest one. */
void lina_kept_remove(lina_arena_t *arena, const struct lina_channel *c);
/* Drops up to `most` generations that no reliable reader still has to take, the oldest of all streams first. Returns
 * how many it dropped. */
__attribute__((cold)) uint32_t lina_kept_drop(lina_arena_t *arena, uint32_t most);
/* After a writer's death: rebuilds all chains, and finishes the removal of a stream that had begun. NO_MEMORY. */
__attribute__((cold)) int lina_kept_rebuild(lina_arena_t *arena);

#endif
