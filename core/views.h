/* views.h - what views.c lends to arrays.c. */
#ifndef LINA_VIEWS_H
#define LINA_VIEWS_H

#include <stdlib.h>

#include "join.h"
#include "pins.h"
#include "shape.h"

/* How many views of a reader of a stream are held. In this process's memory, for as long as one of them, or the
 * reader, is there. */
struct lina_held {
    uint32_t views, users; /* atomic */
};
static inline void lina_held_drop(struct lina_held *held) {
    if (add_sc_u32(&held->users, UINT32_MAX) == 1)
        free(held);
}

/* Pins an incarnation, if it is still LIVE, or `kept` where that is wanted. Its pin has been reached. */
bool lina_view_hold(lina_arena_t *arena, uint32_t slot, uint64_t serial, bool kept);
/* Makes the view of an incarnation that is held; or ends the hold. CORRUPT. */
int lina_view_show(lina_arena_t *arena, uint32_t slot, uint64_t serial, lina_view_t *view);

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
    view->held = NULL;
    view->sequence = load_relaxed_u64(&arena->ledger[slot].sequence);
}
/* OK when the view holds, is no copy, and was not inherited through fork. */
int lina_view_check(const lina_view_t *view);
/* Whether a copy of a shared descriptor may be handed out: OK, or CORRUPT for one that reaches outside
 * the arena. */
int lina_desc_check(const lina_arena_t *arena, const lina_desc_t *desc);
/* Why a look-up found nothing: the name cannot be one, or NOT_FOUND. */
int lina_not_found(const struct lina_key *key);

#endif
