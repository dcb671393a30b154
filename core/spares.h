/* spares.h - spares: old generations that wait for the next loan of their name.
 *
 * If a small array is loaned and published again and again, the generation before becomes the spare of the current
 * one. In a stream, the generation that a publish drops becomes the spare, whatever its size. Readers end their pins on
 * it without the writer lock, so its cache lines stay with the writer's core. The next loan of the name uses its slot
 * and its run. A name has at most one spare. A writer that lacks room takes all spares back. Writers only, except the
 * function marked [all]. */
#ifndef LINA_SPARES_H
#define LINA_SPARES_H

#include "names.h"
#include "tables.h"

static inline bool slot_is_spare(uint64_t word) {
    return slot_state(word) == SLOT_RETIRED && (word & SLOT_SPARE) != 0;
}

/* Notes that an array was a loan, so that it may have a spare. */
static inline void lina_spare_allow(lina_arena_t *arena, uint32_t slot) {
    arena->ledger[slot].spare = LINA_NIL;
}
/* Checks the link in a slot's ledger and follows it to the spare, or returns LINA_NIL. */
uint32_t lina_spare_check(const lina_arena_t *arena, uint32_t slot);
/* The spare of a slot, or LINA_NIL. Inline, because most large arrays have none. */
static inline uint32_t lina_spare_of(const lina_arena_t *arena, uint32_t slot) {
    uint64_t link = load_relaxed_u64(&arena->ledger[slot].spare);
    return link == 0 || link == LINA_NIL ? LINA_NIL : lina_spare_check(arena, slot);
}
/* A link to a spare. It contains the serial, so that a slot that was freed and used again is not taken for the
 * spare. */
static inline uint64_t lina_spare_link(uint32_t slot, uint64_t word) {
    return slot_serial(word) << 32 | (slot + 1);
}
/* True if an array was a loan. Other arrays have no spare, because no loan would ever use it. */
static inline bool lina_was_loan(const lina_arena_t *arena, uint32_t slot) {
    return load_relaxed_u32(&arena->ledger[slot].base) == LINA_NIL &&
           load_relaxed_u64(&arena->ledger[slot].spare) != 0;
}
/* True if a slot that is about to retire should become the spare of its successor: both were loans, and it is
 * small or of a stream. */
static inline bool lina_spare_suits(const lina_arena_t *arena, uint32_t slot, uint32_t successor) {
    const struct lina_ledger *l = &arena->ledger[slot];
    uint64_t nbytes = load_relaxed_u64(&l->nbytes);
    bool in_stream = load_relaxed_u32(&l->stream) != LINA_NIL;
    return lina_was_loan(arena, slot) && lina_was_loan(arena, successor) &&
           load_relaxed_u32(&l->dependents) == 0 && nbytes != 0 &&
           (in_stream || nbytes <= LINA_SPARE_MOST);
}
/* Makes a slot that has just retired with SLOT_SPARE the spare of its successor. `word` is its state word. The caller
 * passes it, because loading it again would fetch the line back from the readers that look at it. */
static inline void lina_spare_leave(lina_arena_t *arena, uint32_t slot, uint64_t word,
                                    uint32_t successor) {
    tally_u32(&arena->header->spare_count, 1);
    arena->ledger[successor].spare = lina_spare_link(slot, word);
}
/* Counts one spare less: the caller makes it a loan. */
static inline void lina_spare_take(lina_arena_t *arena) {
    tally_u32(&arena->header->spare_count, UINT32_MAX);
}
/* Gives the spare of a slot to its successor. False if the successor was no loan. */
bool lina_spare_pass_on(lina_arena_t *arena, uint32_t slot, uint32_t successor);
/* Turns a spare into a pending slot. */
void lina_spare_end(lina_arena_t *arena, uint32_t slot);
/* Turns all spares into pending slots. */
__attribute__((cold)) void lina_spares_end_all(lina_arena_t *arena);

/* [all] The number of spares that something still holds, and the bytes of the others. */
struct lina_spares {
    uint32_t held;
    uint64_t idle_bytes;
};
struct lina_spares lina_spares_count(lina_arena_t *arena);

#endif
