/* making.h - the steps that all calls have in common that make an array or a generation. */
#ifndef LINA_MAKING_H
#define LINA_MAKING_H

#include "kept.h"
#include "views.h"
#include "wake.h"

/* The state of a call that makes an array. */
struct lina_making {
    lina_arena_t *arena;
    struct lina_key key;
    lina_desc_t desc;
    struct lina_claim claim;
};

/* Resolves the arena, checks the name, and fails if the arena is attached read-only. */
int lina_making_prepare(lina_arena_t **arena, struct lina_key *key, const char *name);
/* The same, and fills in the descriptor of the array. */
int lina_making_describe(struct lina_making *m, lina_arena_t *arena, const char *name,
                         uint32_t dtype, uint32_t ndim, const uint64_t *shape, uint32_t layout);
void lina_making_set_name(struct lina_making *m);

/* Writers only. */
int lina_making_fail_exists(const struct lina_key *key);
/* The key of a descriptor's name: the memo's, or one that is made in `room`. */
const struct lina_key *lina_making_key(const lina_arena_t *arena, const char *name,
                                       struct lina_key *room);
/* Finds where the next generation of a name goes. */
void lina_making_find(lina_arena_t *arena, const struct lina_key *key, struct lina_aim *aim);
/* The same, for a caller that makes it now. Then aim->owner is this member or 0. PERMISSION if another member owns the
 * name. BEHIND, without an error text, if the stream has no room. */
int lina_making_aim(lina_arena_t *arena, const struct lina_key *key, struct lina_aim *aim);
/* The same for callers that do not wait: forgets readers that are gone before it fails, and sets the error. */
int lina_making_aim_now(lina_arena_t *arena, const struct lina_key *key, struct lina_aim *aim);
/* lina_slots_claim. If there is no room, drops kept generations that no reliable reader still has to take. */
int lina_making_claim(lina_arena_t *arena, uint32_t base, lina_desc_t *desc,
                      struct lina_claim *claim);
/* Makes a loan for a name: of this spare, or otherwise of a slot from lina_making_claim. */
int lina_making_lend(lina_arena_t *arena, uint32_t spare, lina_desc_t *desc,
                     struct lina_claim *claim);
/* Makes a LOANED slot the current generation of its name, and returns its number. */
uint32_t lina_making_go_live(lina_arena_t *arena, const struct lina_key *key, struct lina_aim *aim,
                             uint32_t slot, uint64_t flags);
/* Wakes the threads that wait for the generation. Call it after leaving the section. */
static inline void lina_making_wake(lina_arena_t *arena, const struct lina_aim *aim) {
    if (aim->sleeps)
        lina_wake(arena, lina_head_slot(arena, aim->channel.number));
}

#endif
