/* owners.h - which member owns a name: as long as it lives, no other member changes what the name stands for.
 *
 * Writers only. The owner is written in the ledger of the name's LIVE slot, and each publish carries it on to the next
 * one. A stream without a generation has it in its record. When the owner is gone, the next publish forgets it. */
#ifndef LINA_OWNERS_H
#define LINA_OWNERS_H

#include "kept.h"

/* Where the owner of a name is written. NULL if the name has neither an array nor a stream. */
uint64_t *lina_owner_place(lina_arena_t *arena, struct lina_entry entry,
                           const struct lina_channel *c);
/* A reference to the member that owns a name, or 0. */
uint64_t lina_owner_of(lina_arena_t *arena, struct lina_entry entry, const struct lina_channel *c);
/* PERMISSION if *owner, the owner of a name, is another member that lives. If it is a member that is gone, *owner
 * becomes 0. Inline, because most names have no owner. lina_owner_judge is for the others. */
int lina_owner_judge(lina_arena_t *arena, const struct lina_key *key, uint64_t *owner);
static inline int lina_owner_check(lina_arena_t *arena, const struct lina_key *key,
                                   uint64_t *owner) {
    return *owner == 0 ? LINA_OK : lina_owner_judge(arena, key, owner);
}

#endif
