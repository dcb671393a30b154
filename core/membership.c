/* membership.c - further members in this process, names of members, the list of members, and waits for a member's
 * end. */
#include <string.h>

#include "bonds.h"
#include "join.h"
#include "list.h"
#include "member_names.h"
#include "waits.h"

/* ---- joining ----------------------------------------------------------------------------------- */

__attribute__((cold)) int lina_arena_join(lina_arena_t *arena, lina_arena_t **out) {
    arena = lina_arena_of(arena);
    if (arena == NULL)
        return lina_last_error_code();
    if (!platform_has(arena->file))
        return lina_fail(LINA_ERR_INVALID,
                         "arena \"%s\": memory that the host registered has one member",
                         arena->where);
    lina_arena_t *own = lina_mapping_new(arena->where, out);
    if (own == NULL)
        return lina_last_error_code();
    lina_arena_hold(arena, LINA_NO_VIEW);
    lina_arena_begin_making();
    int rc = lina_mapping_share(own, arena);
    if (rc == LINA_OK)
        rc = lina_member_join(own);
    rc = lina_arena_end_making(own, rc, out);
    if (rc != LINA_OK)
        lina_arena_drop(arena, LINA_NO_VIEW);
    return rc;
}

/* ---- names ------------------------------------------------------------------------------------- */

static __attribute__((cold)) int take_name(lina_arena_t *arena, const struct lina_key *key) {
    uint32_t other;
    uint64_t incarnation;
    if (key != NULL && lina_member_find_named(arena, key, &other, &incarnation) == HOLDER_LIVES &&
        other != arena->member) {
        char who[LINA_MEMBER_TEXT];
        lina_member_describe(arena, other, who);
        return lina_fail(LINA_ERR_EXISTS, "member \"%s\": %s has that name", key->text, who);
    }
    lina_member_take_name(arena, key);
    return LINA_OK;
}

__attribute__((cold)) int lina_member_set_name(lina_arena_t *arena, const char *name) {
    struct lina_key key;
    int rc = lina_arena_resolve(&arena);
    if (rc == LINA_OK)
        rc = name == NULL ? LINA_OK : lina_key_take(&key, "member", name);
    if (rc == LINA_OK)
        rc = lina_writer_begin(arena);
    if (rc != LINA_OK)
        return rc;
    rc = take_name(arena, name == NULL ? NULL : &key);
    lina_writer_end(arena);
    return rc;
}

/* ---- list -------------------------------------------------------------------------------------- */

/* False if the number has no living member. */
static bool describe(lina_arena_t *arena, uint32_t m, lina_member_info_t *out) {
    struct lina_dumping seen = {0, 0};
    uint64_t incarnation = load_acquire_u64(&arena->members[m].incarnation);
    if (lina_member_is_gone(arena, m, incarnation, &seen))
        return false;
    *out = (lina_member_info_t){.member = m,
                                .pid = lina_member_pid(arena, m),
                                .incarnation = incarnation,
                                .since = load_relaxed_u64(&arena->members[m].joined),
                                .self = m == arena->member};
    if (!lina_member_name(arena, m, out->name))
        out->name[0] = '\0';
    return true;
}

__attribute__((cold)) int lina_member_list(lina_arena_t *arena, lina_member_info_t *out, size_t cap,
                                           size_t *written, size_t *total) {
    int rc = lina_arena_resolve(&arena);
    if (rc == LINA_OK)
        rc = lina_list_check("list of members", out, cap, written);
    if (rc == LINA_OK)
        rc = lina_arena_enter(arena);
    if (rc != LINA_OK)
        return rc;
    size_t count = 0;
    for (uint32_t m = 0; m < lina_members_used(arena); m++) {
        lina_member_info_t info;
        if (!describe(arena, m, &info))
            continue;
        if (count < cap)
            out[count] = info;
        count++;
    }
    lina_list_end(count, out, cap, written, total);
    return LINA_OK;
}

/* ---- waiting for a member's end ---------------------------------------------------------------- */

struct vigil {
    struct lina_condition condition;
    lina_arena_t *arena;
    struct lina_bond bond;
};

/* There is nothing to look at: only the kernel knows whether the member is alive. */
static int look(struct lina_condition *condition) {
    (void)condition;
    return LINA_WAITING;
}

static int ask(struct lina_condition *condition) {
    struct vigil *vigil = (struct vigil *)condition;
    int rc = lina_bond_ask(vigil->arena, &vigil->bond);
    return rc == LINA_ERR_DIED ? LINA_OK : rc;
}

int lina_member_wait(lina_arena_t *arena, const char *name, int64_t timeout_ns) {
    struct vigil vigil = {.condition = {look, ask, &vigil.bond.dumping}};
    struct lina_waits *waits;
    int rc = lina_bond_make(&vigil.bond, name);
    if (rc != LINA_OK)
        return rc;
    arena = vigil.arena = lina_waits_enter(arena, &waits);
    if (arena == NULL)
        return lina_last_error_code();
    rc = lina_wait_until(arena, waits, (struct lina_signal_place){.slot = LINA_NIL},
                         &vigil.condition, "member", name, timeout_ns);
    lina_waits_leave(waits);
    return rc;
}
