/* aliases.c - named slices of arrays. */
#include "making.h"

static bool has_no_elements(const lina_desc_t *desc) {
    for (uint32_t d = 0; d < desc->ndim; d++)
        if (desc->shape[d] == 0)
            return true;
    return false;
}

/* True if every byte of the slice is a byte of its base. A slice without elements must only begin within the base. If
 * the base has no elements either, the offset does not matter: if an axis is reversed, it is the offset of an element
 * that does not exist. */
static bool slice_inside(const lina_desc_t *slice, const lina_desc_t *base, uint64_t offset) {
    if (has_no_elements(slice) && has_no_elements(base))
        return true;
    int64_t low, high, base_low, base_high, from, to;
    if (!lina_shape_span(slice, &low, &high) || !lina_shape_span(base, &base_low, &base_high) ||
        offset > INT64_MAX || __builtin_add_overflow((int64_t)offset, low, &from) ||
        __builtin_add_overflow((int64_t)offset, high, &to))
        return false;
    return from >= base_low && to <= base_high;
}

/* If `dtype` is NULL, the alias has the dtype of its base. */
static int alias(struct lina_making *m, const struct lina_key *base_key, uint64_t offset,
                 const uint32_t *dtype, uint32_t ndim, const uint64_t *shape,
                 const int64_t *strides) {
    lina_desc_t base;
    struct lina_place place = lina_names_find(m->arena, base_key);
    if (place.slot == LINA_NIL || !lina_names_copy(m->arena, place, &base))
        return lina_not_found(base_key);
    lina_making_set_name(m);
    int rc = lina_shape_fill_strided(&m->desc, dtype == NULL ? base.dtype : *dtype, ndim, shape,
                                     strides);
    if (rc != LINA_OK)
        return rc;
    struct lina_aim aim;
    rc = lina_making_aim(m->arena, &m->key, &aim);
    if (aim.entry.slot != LINA_NIL || aim.channel.record != NULL)
        return lina_making_fail_exists(&m->key);
    if (!lina_shape_plausible(&base, m->arena->geo.data_size) ||
        !slice_inside(&m->desc, &base, offset))
        return lina_fail(LINA_ERR_INVALID,
                         "array \"%s\": the slice reaches outside its base \"%s\"", m->desc.name,
                         base_key->text);
    m->desc.offset = base.offset + (has_no_elements(&base) ? 0 : offset);
    m->desc.capacity_bytes = m->desc.nbytes;
    m->desc.flags = LINA_FLAG_ALIAS;
    rc = lina_making_claim(m->arena, place.slot, &m->desc, &m->claim);
    if (rc == LINA_OK)
        lina_making_go_live(m->arena, &m->key, &aim, m->claim.slot, 0);
    return rc;
}

static int alias_named(lina_arena_t *arena, const char *name, const char *base, uint64_t offset,
                       const uint32_t *dtype, uint32_t ndim, const uint64_t *shape,
                       const int64_t *strides) {
    struct lina_making m = {.arena = arena};
    struct lina_key base_key;
    int rc = lina_making_prepare(&m.arena, &m.key, name);
    if (rc == LINA_OK)
        rc = lina_key_make(&base_key, "array", base);
    if (rc == LINA_OK)
        rc = lina_writer_begin(m.arena);
    if (rc != LINA_OK)
        return rc;
    rc = alias(&m, &base_key, offset, dtype, ndim, shape, strides);
    lina_writer_end(m.arena);
    return rc;
}

int lina_alias(lina_arena_t *arena, const char *name, const char *base, uint64_t offset,
               uint32_t ndim, const uint64_t *shape, const int64_t *strides) {
    return alias_named(arena, name, base, offset, NULL, ndim, shape, strides);
}

int lina_alias_as(lina_arena_t *arena, const char *name, const char *base, uint64_t offset,
                  uint32_t dtype, uint32_t ndim, const uint64_t *shape, const int64_t *strides) {
    return alias_named(arena, name, base, offset, &dtype, ndim, shape, strides);
}
