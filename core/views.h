/* views.h - the functions of views.c that other files of core/ call. */
#ifndef LINA_VIEWS_H
#define LINA_VIEWS_H

#include <stdlib.h>

#include "join.h"
#include "pins.h"
#include "shape.h"

/* Counts the views that a reader of a stream has taken and not released. It lies in the memory of this process, and
 * is freed with the last of its users: the reader and its views. */
struct lina_held {
    uint32_t count; /* atomic: | views (31 bits) | the reader is open (1 bit) | */
};
#define HELD_VIEW 2u
#define HELD_READER 1u
static inline uint32_t lina_held_views(const struct lina_held *held) {
    return load_acquire_u32(&held->count) / HELD_VIEW;
}
static inline void lina_held_add(struct lina_held *held) { add_sc_u32(&held->count, HELD_VIEW); }
static inline void lina_held_drop(struct lina_held *held, uint32_t user) {
    if (add_sc_u32(&held->count, 0 - user) == user)
        free(held);
}

/* Ends a pin for which no view was made. */
void lina_view_let_go(lina_arena_t *arena, uint32_t slot);
/* Pins a slot, and keeps the pin if the slot is still LIVE with this serial (with `kept`, LIVE or KEPT). The caller
 * has made sure that the pin's counter exists (lina_tables_reach_pin). */
static inline bool lina_view_hold(lina_arena_t *arena, uint32_t slot, uint64_t serial, bool kept) {
    lina_slots_pin(arena, slot);
    uint64_t word = load_sc_u64(&arena->slots[slot].state); /* pairs with lina_slots_retire */
    if ((kept ? slot_is_shown(word) : slot_state(word) == SLOT_LIVE) && slot_serial(word) == serial)
        return true;
    lina_view_let_go(arena, slot); /* if a writer saw the pin, this frees the slot */
    return false;
}
/* Makes the view of a slot that the caller has pinned. If its descriptor is not sound, ends the pin: CORRUPT. */
int lina_view_show(lina_arena_t *arena, uint32_t slot, uint64_t serial, lina_view_t *view);

/* Fills in a view of a pinned slot, except its descriptor and its data. The view becomes a hold on the arena's struct. A
 * caller that has the descriptor copies it afterwards, because a locked operation waits for the stores before it. */
static inline void lina_view_fill(lina_view_t *view, lina_arena_t *arena, uint32_t slot,
                                  uint64_t serial, uint32_t flags) {
    lina_arena_hold(arena, slot);
    view->flags = flags | (arena->read_only ? LINA_VIEW_READ_ONLY : 0);
    view->slot = slot;
    view->serial = serial;
    view->arena = arena;
    view->epoch = arena->epoch;
    view->self = view;
    view->held = NULL;
    view->sequence = load_relaxed_u64(&arena->ledger[slot].sequence);
}
/* INVALID if the view is empty or a copy, STALE if it was inherited through fork. */
int lina_view_check(const lina_view_t *view);
/* Checks a copy of a shared descriptor before a caller gets it. CORRUPT if it reaches outside the arena. */
int lina_desc_check(const lina_arena_t *arena, const lina_desc_t *desc);
/* Sets the error of a look-up that found nothing: INVALID if this cannot be a name, otherwise NOT_FOUND. */
int lina_not_found(const struct lina_key *key);

#endif
