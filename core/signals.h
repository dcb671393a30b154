/* signals.h - the functions of signals.c that other files of core/ call. */
#ifndef LINA_SIGNALS_H
#define LINA_SIGNALS_H

#include "signal_names.h"

static inline uint64_t signal_value(uint64_t word) { return word >> 1; }

/* What became of the signal that was LIVE as `incarnation`. A caller first loads the signal's words with acquire, and
 * then asks for this. Pairs with the stores in signal_slots.c. */
enum lina_signal_fate {
    SIGNAL_IS_THERE,    /* the words are the signal's */
    SIGNAL_HAS_LEFT,    /* it was removed; the words are as it left them */
    SIGNAL_IS_FORGOTTEN /* it was removed, and the words belong to the slot's next signal */
};
static inline enum lina_signal_fate lina_signal_fate(const struct lina_signal_slot *slot,
                                                     uint64_t incarnation) {
    uint64_t now = load_acquire_u64(&slot->incarnation);
    if (now == incarnation)
        return SIGNAL_IS_THERE;
    return now == incarnation + (SIGNAL_LAST - SIGNAL_LIVE) ? SIGNAL_HAS_LEFT : SIGNAL_IS_FORGOTTEN;
}

/* Finds a signal, or makes it if there is none. To make it, waits until `deadline` for the writer's section. */
int lina_signal_get(lina_arena_t *arena, const char *name, uint64_t deadline,
                    struct lina_signal_place *place);
/* Finds a signal. The slot is LINA_NIL if there is none. */
int lina_signal_find(const lina_arena_t *arena, const char *name, struct lina_signal_place *place);

/* Makes a handle of the signal at a place. */
lina_signal_t lina_signal_handle(lina_arena_t *arena, struct lina_signal_place place);
/* Copies the signal's name to `text` and returns it, or returns "?" if the slot was used again. */
const char *lina_signal_name(const lina_arena_t *arena, struct lina_signal_place place,
                             char text[LINA_MAX_NAME]);

/* Asks the next signal, or the removal, to ring the arena's doorbell, once. A waiter notes the doorbell, calls this,
 * looks at the signal, and sleeps on the doorbell as noted. In this order it misses nothing. */
void lina_signal_listen(lina_arena_t *arena, struct lina_signal_place place);
/* Asks the next signal, or the removal, to wake the threads that sleep on the word. Returns the word to sleep on. */
uint64_t lina_signal_await(lina_arena_t *arena, struct lina_signal_place place);

#endif
