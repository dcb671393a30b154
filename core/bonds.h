/* bonds.h - depending on a member by its name. */
#ifndef LINA_BONDS_H
#define LINA_BONDS_H

#include "key.h"
#include "members.h"

/* Binds to the member that has the name when it is first looked at, or to the first that has it after that. */
struct lina_bond {
    struct lina_key name;
    uint64_t incarnation; /* of the member; 0: not bound yet */
    uint32_t member;
    struct lina_dumping dumping;
};

/* INVALID for what is no name. */
int lina_bond_make(struct lina_bond *bond, const char *name);
/* LINA_WAITING, or DIED: the member is gone, and recovery is finished. */
int lina_bond_ask(lina_arena_t *arena, struct lina_bond *bond);
/* Fails with DIED. */
int lina_bond_fail(const struct lina_bond *bond);

#endif
