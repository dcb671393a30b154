/* making.h - what all calls that make an array begin and end with. */
#ifndef LINA_MAKING_H
#define LINA_MAKING_H

#include "kept.h"
#include "views.h"

/* A call that makes an array: whom it is for, and what comes out. */
struct lina_making {
    lina_arena_t *arena;
    struct lina_key key;
    lina_desc_t desc;
    struct lina_claim claim;
};

/* Resolves the arena and checks the name for a call that is going to change arrays. */
int lina_making_prepare(lina_arena_t **arena, struct lina_key *key, const char *name);
/* The same, and describes an array of this kind. */
int lina_making_describe(struct lina_making *m, lina_arena_t *arena, const char *name,
                         uint32_t dtype, uint32_t ndim, const uint64_t *shape, uint32_t layout);
void lina_making_set_name(struct lina_making *m);

/* Writers only. */
int lina_making_fail_exists(const struct lina_key *key);
/* Where a generation is going: its name's entry, and its stream, if that is one. */
struct lina_aim {
    struct lina_entry entry;
    struct lina_channel channel;
    uint64_t owner; /* this member, if it owns the name, or 0 */
    bool sleeps;    /* somebody waits for it */
};
/* PERMISSION; BEHIND when that would pass a reliable reader over. */
int lina_making_aim(lina_arena_t *arena, const struct lina_key *key, struct lina_aim *aim);
/* lina_slots_claim; what streams keep and nobody has to take makes room. */
int lina_making_claim(lina_arena_t *arena, uint32_t base, lina_desc_t *desc,
                      struct lina_claim *claim);
/* A loan for the name whose entry is given: its spare, or what lina_making_claim finds. */
int lina_making_lend(lina_arena_t *arena, struct lina_entry entry, lina_desc_t *desc,
                     struct lina_claim *claim);
/* The generation after the one that an entry leads to. */
uint32_t lina_making_next(const lina_arena_t *arena, struct lina_entry entry);
/* Makes a loaned slot the current generation of its name; returns which. */
uint32_t lina_making_go_live(lina_arena_t *arena, const struct lina_key *key, struct lina_aim *aim,
                             uint32_t slot, uint64_t flags);
/* Once the section is left: wakes those who wait for the generation. */
void lina_making_wake(lina_arena_t *arena, const struct lina_aim *aim);

#endif
