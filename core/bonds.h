/* bonds.h - bonds: waits that depend on a member by its name. */
#ifndef LINA_BONDS_H
#define LINA_BONDS_H

#include "key.h"
#include "members.h"

/* A bond is to the member that has the name when lina_bond_ask is first called, or else to the first member that
 * takes it later. */
struct lina_bond {
    struct lina_key name;
    uint64_t incarnation; /* of the member; 0 before one was found */
    uint32_t member;
    struct lina_dumping dumping;
};

/* INVALID if this cannot be a name. */
int lina_bond_make(struct lina_bond *bond, const char *name);
/* Asks the kernel. Returns LINA_WAITING, or DIED if the member is gone; recovery is then finished. */
int lina_bond_ask(lina_arena_t *arena, struct lina_bond *bond);
/* Sets the error DIED, and returns it. */
int lina_bond_fail(const struct lina_bond *bond);

#endif
