/* look.c - the calls that give out descriptors and raw pointers: open and resolve. */
#include <string.h>

#include "views.h"

/* Marks the current generation of a name as exposed, and copies its descriptor. */
static int show(lina_arena_t *arena, const struct lina_key *key, lina_desc_t *out) {
    struct lina_place place;
    do {
        place = lina_names_find(arena, key);
        if (place.slot == LINA_NIL)
            return lina_not_found(key);
    } while (!lina_names_expose(arena, place) || !lina_names_copy(arena, place, out));
    return LINA_OK;
}

int lina_arena_open(lina_arena_t *arena, const char *name, lina_desc_t *out) {
    struct lina_key key;
    int rc = lina_arena_resolve(&arena);
    if (rc == LINA_OK && out == NULL)
        rc = lina_fail(LINA_ERR_INVALID, "array \"%.63s\": no place for its descriptor",
                       name == NULL ? "" : name);
    if (rc == LINA_OK)
        rc = lina_key_make(&key, "array", name);
    if (rc == LINA_OK)
        rc = lina_arena_enter(arena); /* exposed memory stays only while somebody is a member */
    return rc == LINA_OK ? show(arena, &key, out) : rc;
}

/* Finds the current generation of the handle's name, and opens that. */
static __attribute__((noinline)) int open_anew(lina_array_t *array, lina_desc_t *out) {
    if (array == NULL || out == NULL || array->arena == NULL)
        return lina_fail(LINA_ERR_INVALID, "array handle: NULL or empty");
    int rc = lina_array_find(array->arena, array->name, array);
    return rc == LINA_OK ? lina_arena_open(array->arena, array->name, out) : rc;
}

/* True if the handle's generation is LIVE and exposed: then its descriptor, which never changes, may be given out. */
static bool is_open(const lina_array_t *array) {
    return load_acquire_u64(&array->arena->slots[array->slot].state) ==
           (array->serial << SLOT_SERIAL_SHIFT | SLOT_EXPOSED | SLOT_LIVE);
}

int lina_array_open(lina_array_t *array, lina_desc_t *out) {
    if (array == NULL || out == NULL || array->arena == NULL ||
        !lina_arena_is_entered(array->arena) || !is_open(array))
        return open_anew(array, out);
    *out = array->desc;
    return LINA_OK;
}

/* True if two descriptors can be of one generation. */
static bool same_array(const lina_desc_t *a, const lina_desc_t *b) {
    return a->offset == b->offset && a->nbytes == b->nbytes && a->dtype == b->dtype &&
           a->ndim == b->ndim && a->layout == b->layout &&
           memcmp(a->shape, b->shape, a->ndim * sizeof *a->shape) == 0 &&
           memcmp(a->strides, b->strides, a->ndim * sizeof *a->strides) == 0;
}

int lina_arena_resolve_ptr(lina_arena_t *arena, const lina_desc_t *desc, void **out_ptr) {
    struct lina_key key;
    lina_desc_t now;
    int rc = lina_arena_resolve(&arena);
    if (rc == LINA_OK && (desc == NULL || out_ptr == NULL))
        rc = lina_fail(LINA_ERR_INVALID, "resolve: NULL argument");
    if (rc == LINA_OK)
        rc = lina_key_take(&key, "array", desc->name);
    if (rc == LINA_OK)
        rc = lina_arena_enter(arena);
    if (rc != LINA_OK)
        return rc;
    if (!lina_shape_plausible(desc, arena->geo.data_size))
        return lina_fail(LINA_ERR_INVALID, "array \"%s\": the descriptor reaches outside the arena",
                         key.text);
    struct lina_place place = lina_names_find(arena, &key);
    bool there = place.slot != LINA_NIL && lina_names_copy(arena, place, &now) &&
                 now.generation == desc->generation &&
                 (desc->reserved == 0 || desc->reserved == now.reserved);
    if (there && !same_array(desc, &now))
        return lina_fail(LINA_ERR_INVALID, "array \"%s\": the descriptor is not the arena's",
                         key.text);
    if (!there || !lina_names_expose(arena, place))
        return lina_fail(LINA_ERR_STALE, "array \"%s\": generation %u was replaced or removed",
                         key.text, desc->generation);
    *out_ptr = arena->data + now.offset;
    return LINA_OK;
}
