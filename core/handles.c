/* handles.c - makes handles of arrays. */
#include <string.h>

#include "views.h"

int lina_array_find(lina_arena_t *arena, const char *name, lina_array_t *out) {
    struct lina_key key;
    struct lina_place place;
    lina_desc_t desc;
    int rc = lina_arena_resolve(&arena);
    if (rc == LINA_OK && out == NULL)
        rc = lina_fail(LINA_ERR_INVALID, "array handle: NULL");
    if (rc == LINA_OK)
        rc = lina_key_make(&key, "array", name);
    if (rc != LINA_OK)
        return rc;
    do {
        place = lina_names_find(arena, &key);
        if (place.slot == LINA_NIL)
            return lina_not_found(&key);
    } while (!lina_names_copy(arena, place, &desc));
    rc = lina_desc_check(arena, &desc);
    if (rc != LINA_OK)
        return rc;
    *out = (lina_array_t){
        .arena = arena, .serial = slot_serial(place.word), .slot = place.slot, .desc = desc};
    memcpy(out->name, key.text, sizeof out->name);
    return LINA_OK;
}
