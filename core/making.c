/* making.c - see making.h. */
#include "making.h"

#include <string.h>

/* Resolves the arena and checks the name for a call that is going to change arrays. */
int lina_making_prepare(lina_arena_t **arena, struct lina_key *key, const char *name) {
    *arena = lina_arena_of(*arena);
    if (*arena == NULL)
        return lina_last_error_code();
    int rc = lina_key_make(key, "array", name);
    if (rc == LINA_OK)
        rc = lina_key_check(key, "array");
    if (rc == LINA_OK && (*arena)->read_only)
        rc = lina_fail(LINA_ERR_READ_ONLY, "array \"%s\": arena \"%s\" is attached read-only",
                       key->text, (*arena)->where);
    return rc;
}

void lina_making_set_name(struct lina_making *m) {
    memcpy(m->desc.name, m->key.text, sizeof m->desc.name);
}

/* Prepares to make an array of this kind, and describes it. */
int lina_making_describe(struct lina_making *m, lina_arena_t *arena, const char *name,
                         uint32_t dtype, uint32_t ndim, const uint64_t *shape, uint32_t layout) {
    m->arena = arena;
    int rc = lina_making_prepare(&m->arena, &m->key, name);
    if (rc != LINA_OK)
        return rc;
    lina_making_set_name(m);
    return lina_shape_fill(&m->desc, dtype, ndim, shape, layout);
}

int lina_making_fail_exists(const struct lina_key *key) {
    return lina_fail(LINA_ERR_EXISTS, "array \"%s\" is there already", key->text);
}

uint32_t lina_making_next(const lina_arena_t *arena, struct lina_entry entry) {
    if (entry.slot == LINA_NIL)
        return 1;
    uint32_t generation = load_relaxed_u32(&arena->slots[entry.slot].desc.generation) + 1;
    return generation == 0 ? 1 : generation;
}

/* Makes a loaned slot the current generation of its name; returns which. */
uint32_t lina_making_go_live(lina_arena_t *arena, const struct lina_key *key,
                             struct lina_entry entry, uint32_t slot, uint64_t flags) {
    uint32_t generation = lina_making_next(arena, entry);
    store_relaxed_u32(&arena->slots[slot].desc.generation, generation);
    lina_slots_go_live(arena, key, entry, slot, flags);
    return generation;
}
