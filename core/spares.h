/* spares.h - the generation before, kept for the next loan of its name.
 *
 * Where a small array is loaned and published again and again, the generation before becomes the spare of the
 * current one. Readers let go of it without the writer lock, and leave its lines with the writer's core. The next
 * loan of the name takes it as it is. A name has one spare at most, and whoever lacks room takes all of them back.
 * Writers only, but for the function that says otherwise. */
#ifndef LINA_SPARES_H
#define LINA_SPARES_H

#include "names.h"
#include "tables.h"

static inline bool slot_is_spare(uint64_t word) {
    return slot_state(word) == SLOT_RETIRED && (word & SLOT_SPARE) != 0;
}

/* Says that an array is a loan: it may have a spare. */
static inline void lina_spare_allow(lina_arena_t *arena, uint32_t slot) {
    arena->ledger[slot].spare = LINA_NIL;
}
/* The spare of a slot, or LINA_NIL. */
uint32_t lina_spare_of(const lina_arena_t *arena, uint32_t slot);
/* Whether a slot that is about to retire should become the spare of its successor: both were loans, and it is
 * small. */
bool lina_spare_suits(const lina_arena_t *arena, uint32_t slot, uint32_t successor);
/* Makes a slot that has just retired with SLOT_SPARE the spare of its successor. */
void lina_spare_leave(lina_arena_t *arena, uint32_t slot, uint32_t successor);
/* Makes the spare of a slot that of its successor. False where that was no loan. */
bool lina_spare_pass_on(lina_arena_t *arena, uint32_t slot, uint32_t successor);
/* Makes a spare a pending slot, which is freed as others are. */
void lina_spare_end(lina_arena_t *arena, uint32_t slot);
void lina_spares_end_all(lina_arena_t *arena);

/* [all] How many spares somebody still holds, and how many bytes the others have. */
struct lina_spares {
    uint32_t held;
    uint64_t idle_bytes;
};
struct lina_spares lina_spares_count(lina_arena_t *arena);

#endif
