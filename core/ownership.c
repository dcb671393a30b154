/* ownership.c - lets a member own a name, and give it up. */
#include "making.h"
#include "members.h"
#include "owners.h"

static int set_owner(lina_arena_t *arena, const struct lina_key *key, bool takes) {
    struct lina_entry entry = lina_names_entry(arena, key);
    struct lina_channel c = lina_kept_channel(arena, key, entry);
    uint64_t *place = lina_owner_place(arena, entry, &c), own = lina_owner_of(arena, entry, &c);
    if (place == NULL)
        return lina_not_found(key);
    int rc = lina_owner_check(arena, key, &own);
    if (rc == LINA_OK && !takes && own == 0)
        rc = lina_fail(LINA_ERR_INVALID, "array \"%s\": this member does not own the name",
                       key->text);
    if (rc == LINA_OK)
        store_relaxed_u64(place, takes ? lina_member_own_reference(arena) : 0);
    return rc;
}

static int change_owner(lina_arena_t *arena, const char *name, bool takes) {
    struct lina_key key;
    int rc = lina_making_prepare(&arena, &key, name);
    if (rc == LINA_OK)
        rc = lina_writer_begin(arena);
    if (rc != LINA_OK)
        return rc;
    rc = set_owner(arena, &key, takes);
    lina_writer_end(arena);
    return rc;
}

int lina_name_own(lina_arena_t *arena, const char *name) { return change_owner(arena, name, true); }

int lina_name_disown(lina_arena_t *arena, const char *name) {
    return change_owner(arena, name, false);
}
