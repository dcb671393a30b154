/* owners.c - see owners.h. */
#include "owners.h"

#include "members.h"

uint64_t *lina_owner_place(lina_arena_t *arena, struct lina_entry entry,
                           const struct lina_channel *c) {
    if (entry.slot != LINA_NIL)
        return &arena->ledger[entry.slot].owner;
    return c->record != NULL ? &c->record->owner : NULL;
}

static int fail_owned(const lina_arena_t *arena, const struct lina_key *key, uint32_t owner) {
    char who[LINA_MEMBER_TEXT], name[LINA_MAX_NAME];
    lina_member_describe(arena, owner, who);
    lina_member_name(arena, owner, name);
    const char *quote = name[0] != '\0' ? "\"" : "";
    return lina_fail(LINA_ERR_PERMISSION,
                     "array \"%s\": %s%s%s%s%s owns the name, and nobody else may change it",
                     key->text, who, name[0] != '\0' ? " " : "", quote, name, quote);
}

uint64_t lina_owner_of(lina_arena_t *arena, struct lina_entry entry, const struct lina_channel *c) {
    const uint64_t *place = lina_owner_place(arena, entry, c);
    return place == NULL ? 0 : load_relaxed_u64(place);
}

int lina_owner_judge(lina_arena_t *arena, const struct lina_key *key, uint64_t *owner) {
    if (*owner == lina_member_own_reference(arena))
        return LINA_OK;
    struct lina_dumping seen = {0, 0};
    uint32_t number = lina_reference_number(*owner);
    uint64_t incarnation = lina_reference_incarnation(*owner);
    *owner = 0;
    return lina_member_is_gone(arena, number, incarnation, &seen) ? LINA_OK
                                                                  : fail_owned(arena, key, number);
}
