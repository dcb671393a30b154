/* fellows.h - members by their names. */
#ifndef LINA_FELLOWS_H
#define LINA_FELLOWS_H

#include "key.h"
#include "members.h"

enum lina_fellow {
    FELLOW_NEVER, /* nobody ever had the name, as far as is remembered */
    FELLOW_LIVES,
    FELLOW_GONE /* the last member that had it is gone */
};
/* The living member of a name: its number and incarnation. */
enum lina_fellow lina_fellow_find(lina_arena_t *arena, const struct lina_key *name,
                                  uint32_t *member, uint64_t *incarnation);
/* Writers only. Names this member, or with NULL no more. */
void lina_fellow_name(lina_arena_t *arena, const struct lina_key *name);

#endif
