/* signals.h - what signals.c lends to waits.c, notify.c and pending.c. */
#ifndef LINA_SIGNALS_H
#define LINA_SIGNALS_H

#include "signal_names.h"

static inline uint64_t signal_value(uint64_t word) { return word >> 1; }

/* What became of the signal that was LIVE as `incarnation`. Asked after its words were loaded with
 * acquire; pairs with the stores in signal_slots.c. */
enum lina_signal_fate {
    SIGNAL_IS_THERE,    /* the words are its own */
    SIGNAL_HAS_LEFT,    /* it was removed: the words are as it left them */
    SIGNAL_IS_FORGOTTEN /* and its slot was used again: the words are another's */
};
static inline enum lina_signal_fate lina_signal_fate(const struct lina_signal_slot *slot,
                                                     uint64_t incarnation) {
    uint64_t now = load_acquire_u64(&slot->incarnation);
    if (now == incarnation)
        return SIGNAL_IS_THERE;
    return now == incarnation + (SIGNAL_LAST - SIGNAL_LIVE) ? SIGNAL_HAS_LEFT : SIGNAL_IS_FORGOTTEN;
}

/* The place of a signal, made if it is not there, until `deadline`. */
int lina_signal_get(lina_arena_t *arena, const char *name, uint64_t deadline,
                    struct lina_signal_place *place);
/* The same for looks: the slot is LINA_NIL when it is not there. */
int lina_signal_find(const lina_arena_t *arena, const char *name, struct lina_signal_place *place);

/* A handle of it. */
lina_signal_t lina_signal_handle(lina_arena_t *arena, struct lina_signal_place place);
/* Its name, or "?" when its slot was used again; `text` has room for it. */
const char *lina_signal_name(const lina_arena_t *arena, struct lina_signal_place place,
                             char text[LINA_MAX_NAME]);
/* Fails with NOT_FOUND. */
int lina_signal_fail_removed(const lina_arena_t *arena, struct lina_signal_place place);

/* Asks for wake-ups by the arena's doorbell: until it does so once, the next signal or the removal rings
 * it. Who noted the doorbell before, then looks and sleeps on it, misses nothing. */
void lina_signal_listen(lina_arena_t *arena, struct lina_signal_place place);
/* Asks for the next wake-up of those that sleep on the word; returns it. */
uint64_t lina_signal_await(lina_arena_t *arena, struct lina_signal_place place);

#endif
