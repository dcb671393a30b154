/* member_names.h - finds members by their names, and names this member. */
#ifndef LINA_MEMBER_NAMES_H
#define LINA_MEMBER_NAMES_H

#include "key.h"
#include "members.h"

enum lina_name_holder {
    HOLDER_NEVER, /* no member ever had the name, as far as the table remembers */
    HOLDER_LIVES, /* a living member has it */
    HOLDER_GONE   /* the last member that had it is gone */
};
/* Finds the living member with a name, its number and its incarnation. */
enum lina_name_holder lina_member_find_named(lina_arena_t *arena, const struct lina_key *name,
                                             uint32_t *member, uint64_t *incarnation);
/* Writers only. Gives this member a name. With NULL, it has none any more. */
void lina_member_take_name(lina_arena_t *arena, const struct lina_key *name);

#endif
