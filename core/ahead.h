/* ahead.h - fetches the cache lines that a call is about to need, all at once.
 *
 * A writer and a reader on two cores send the lines of a name's slots to and fro. A line comes in the time of a
 * hundred instructions or more, and most addresses are known only after another line has come. So a publish notes the
 * two slots that the next loan of its name will need, the LIVE one and its spare, and a member that has pinned the
 * spare. The loan asks for all of their lines before it enters the section. The handle of an array notes the slot that
 * the array had before, because that one often has the next generation. Its place in the data often has that
 * generation's bytes.
 *
 * A note lies in the memory of this process. If it is wrong, or of another name, lines come for nothing. */
#ifndef LINA_AHEAD_H
#define LINA_AHEAD_H

#include "tables.h"

/* Notes what the next loan of a name will need. `live` is LINA_NIL if the loan will not look at the LIVE slot. Call it
 * before the slot goes live: after that, a reader takes the lines of its predecessor. */
void lina_ahead_note(lina_arena_t *arena, uint32_t hash, uint32_t live, uint32_t spare);
/* Fetches the lines that a loan will need, as its name's note tells them. */
void lina_ahead_of_loan(lina_arena_t *arena, uint32_t hash);
/* The same for the last name that this member published, if it has published since the last call: a member that takes
 * a generation often answers with one. */
void lina_ahead_of_answer(lina_arena_t *arena);
/* Fetches the lines of a slot that a publish will retire. Readers look at both. */
static inline void lina_ahead_of_retire(const lina_arena_t *arena, uint32_t slot) {
    if (!lina_tables_has(arena, slot))
        return;
    fetch_to_write(&arena->slots[slot].state);
    fetch_to_write(&arena->ledger[slot]);
}
/* Fetches the lines of a spare that a loan will reuse. */
void lina_ahead_of_spare(const lina_arena_t *arena, uint32_t slot);
/* Fetches the lines of a slot that an acquire may need, because the slot in its handle is no longer current. */
void lina_ahead_of_acquire(const lina_arena_t *arena, uint32_t slot);

#endif
