/* bonds.c - see bonds.h. */
#include "bonds.h"

#include "join.h"
#include "member_names.h"

int lina_bond_make(struct lina_bond *bond, const char *name) {
    bond->incarnation = 0;
    bond->dumping = (struct lina_dumping){0, 0};
    return lina_key_take(&bond->name, "member", name);
}

int lina_bond_fail(const struct lina_bond *bond) {
    return lina_fail(LINA_ERR_DIED, "member \"%s\" is gone", bond->name.text);
}

/* True if the member is gone. Before a member was found: true if the last one that had the name is gone. */
static bool is_gone(lina_arena_t *arena, struct lina_bond *bond) {
    if (bond->incarnation != 0)
        return lina_member_is_gone(arena, bond->member, bond->incarnation, &bond->dumping);
    enum lina_name_holder holder =
        lina_member_find_named(arena, &bond->name, &bond->member, &bond->incarnation);
    return holder == HOLDER_GONE;
}

int lina_bond_ask(lina_arena_t *arena, struct lina_bond *bond) {
    if (!is_gone(arena, bond))
        return LINA_WAITING;
    struct lina_failure before;
    lina_failure_save(&before);
    if (lina_writer_begin(arena) == LINA_OK) /* recovers, if the member died in its section */
        lina_writer_end(arena);
    lina_failure_restore(&before);
    return LINA_ERR_DIED;
}
