/* fellows.h - finds members by their names, and names this member. */
#ifndef LINA_FELLOWS_H
#define LINA_FELLOWS_H

#include "key.h"
#include "members.h"

enum lina_fellow {
    FELLOW_NEVER, /* no member ever had the name, as far as the table remembers */
    FELLOW_LIVES, /* a living member has it */
    FELLOW_GONE   /* the last member that had it is gone */
};
/* Finds the living member with a name, its number and its incarnation. */
enum lina_fellow lina_fellow_find(lina_arena_t *arena, const struct lina_key *name,
                                  uint32_t *member, uint64_t *incarnation);
/* Writers only. Gives this member a name. With NULL, it has none any more. */
void lina_fellow_name(lina_arena_t *arena, const struct lina_key *name);

#endif
