/* member_names.c - see member_names.h.
 *
 * A name is stored in the entry of the member that took it, and stays there when that member is gone. When the next
 * member with that number takes a name, a hash of the old name is kept. Each number keeps MEMBER_PAST hashes. */
#include "member_names.h"

#include <string.h>

static bool has_name(const lina_arena_t *arena, uint32_t m, const struct lina_key *name,
                     bool *current) {
    char text[LINA_MAX_NAME];
    *current = lina_member_name(arena, m, text);
    return strcmp(text, name->text) == 0;
}

/* The hash that is kept of an old name: FNV-1a, never 0. */
static uint64_t past_of(const char name[LINA_MAX_NAME]) {
    uint64_t hash = UINT64_C(0xcbf29ce484222325);
    for (size_t i = 0; i < LINA_MAX_NAME && name[i] != '\0'; i++)
        hash = (hash ^ (unsigned char)name[i]) * UINT64_C(0x100000001b3);
    return hash | 1;
}

static bool had_name(const lina_arena_t *arena, uint32_t m, uint64_t past) {
    for (uint32_t i = 0; i < MEMBER_PAST; i++)
        if (load_relaxed_u64(&arena->members[m].past[i]) == past)
            return true;
    return false;
}

enum lina_name_holder lina_member_find_named(lina_arena_t *arena, const struct lina_key *name,
                                             uint32_t *member, uint64_t *incarnation) {
    struct lina_dumping seen = {0, 0};
    enum lina_name_holder answer = HOLDER_NEVER;
    uint64_t past = past_of(name->text);
    for (uint32_t m = 0; m < lina_members_used(arena); m++) {
        bool current;
        uint64_t now = load_acquire_u64(&arena->members[m].incarnation);
        if (!has_name(arena, m, name, &current)) {
            if (had_name(arena, m, past))
                answer = HOLDER_GONE;
            continue;
        }
        if (current && !lina_member_is_gone(arena, m, now, &seen)) {
            *member = m;
            *incarnation = now;
            return HOLDER_LIVES;
        }
        answer = HOLDER_GONE;
    }
    return answer;
}

void lina_member_take_name(lina_arena_t *arena, const struct lina_key *name) {
    struct lina_member *me = &arena->members[arena->member];
    char old[LINA_MAX_NAME];
    bool own = lina_member_name(arena, arena->member, old);
    if (!own && old[0] != '\0' && !had_name(arena, arena->member, past_of(old))) {
        for (uint32_t i = MEMBER_PAST - 1; i > 0; i--)
            store_relaxed_u64(&me->past[i], load_relaxed_u64(&me->past[i - 1]));
        store_relaxed_u64(&me->past[0], past_of(old));
    }
    uint64_t *words = (uint64_t *)(void *)me->name;
    store_sc_u64(&me->named, 0);
    fence_release(); /* pairs with the fence in lina_member_name */
    for (size_t i = 0; i < LINA_MAX_NAME / sizeof *words; i++)
        store_relaxed_u64(&words[i], name == NULL ? 0 : name->words[i]);
    store_release_u64(&me->named, name == NULL ? 0 : load_relaxed_u64(&me->incarnation));
}
