/* views.h - what views.c lends to arrays.c. */
#ifndef LINA_VIEWS_H
#define LINA_VIEWS_H

#include "join.h"
#include "pins.h"
#include "shape.h"

/* Fills a view whose descriptor is set and whose slot is pinned, and counts it as a holder of the
 * mapping. */
static inline void lina_view_fill(lina_view_t *view, lina_arena_t *arena, uint32_t slot,
                                  uint64_t serial, uint32_t flags) {
    add_sc_u64(&arena->holds, 1);
    view->data = arena->data + view->desc.offset;
    view->flags = flags | (arena->read_only ? LINA_VIEW_READ_ONLY : 0);
    view->slot = slot;
    view->serial = serial;
    view->arena = arena;
    view->epoch = arena->epoch;
    view->self = view;
}
/* OK when the view holds, is no copy, and was not inherited through fork. */
int lina_view_check(const lina_view_t *view);
/* Whether a copy of a shared descriptor may be handed out: OK, or CORRUPT for one that reaches outside
 * the arena. */
int lina_desc_check(const lina_arena_t *arena, const lina_desc_t *desc);
/* Why a look-up found nothing: the name cannot be one, or NOT_FOUND. */
int lina_not_found(const struct lina_key *key);

#endif
