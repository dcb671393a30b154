/* ahead.h - fetches the cache lines that a call is about to need, all at once.
 *
 * A writer and a reader on two cores send the lines of a name's slots to and fro. A line comes in the time of a
 * hundred instructions or more, and most addresses are known only after another line has come. So a publish notes the
 * two slots that the next loan of its name will need, the LIVE one and its spare, and a member that has pinned the
 * spare. The loan asks for all of their lines before it enters the section. The handle of an array notes the slot that
 * the array had before, because that one often has the next generation.
 *
 * A note lies in the memory of this process. If it is wrong, or of another name, lines come for nothing. */
#ifndef LINA_AHEAD_H
#define LINA_AHEAD_H

#include "tables.h"

/* A note:  | bit of `readers` (16) | spare (24) | live slot (24) |. A slot that is not there is all ones. */
#define AHEAD_SLOT_BITS 24
#define AHEAD_SLOT_MASK ((UINT32_C(1) << AHEAD_SLOT_BITS) - 1)

/* The bit in `readers` of another member that has pinned a slot, or 0. */
static inline uint32_t lina_ahead_bit(const lina_arena_t *arena, uint32_t slot) {
    uint64_t own = UINT64_C(1) << arena->member % LINA_ROWS;
    uint64_t others = load_relaxed_u64(&arena->slots[slot].readers) & ~own;
    return others == 0 ? 0 : (uint32_t)__builtin_ctzll(others);
}

/* Call it before the slot goes live: after that, a reader takes the lines of its predecessor. */
static inline void lina_ahead_note(lina_arena_t *arena, uint32_t hash, uint32_t live,
                                   uint32_t spare) {
    uint64_t bit = lina_tables_has(arena, spare) ? lina_ahead_bit(arena, spare) : 0;
    store_relaxed_u64(&arena->ahead[hash % LINA_AHEAD], bit << 2 * AHEAD_SLOT_BITS |
                                                            (uint64_t)(spare & AHEAD_SLOT_MASK)
                                                                << AHEAD_SLOT_BITS |
                                                            (live & AHEAD_SLOT_MASK));
}

/* Fetches the lines of a slot and of its ledger entry, to write them. */
static inline void lina_ahead_write_slot(const lina_arena_t *arena, uint32_t slot) {
#pragma GCC unroll 4
    for (size_t at = 0; at < sizeof *arena->slots; at += LINA_LINE)
        fetch_to_write((const char *)&arena->slots[slot] + at);
    fetch_to_write(&arena->ledger[slot]);
}

/* Fetches the lines of a spare that a loan will reuse. `bit` is the bit in `readers` of a member that may have pinned
 * it. */
static inline void lina_ahead_of_spare(const lina_arena_t *arena, uint32_t slot, uint32_t bit) {
    lina_ahead_write_slot(arena, slot);
    fetch_to_read(&lina_row(arena, bit, slot / LINA_STEP)[lina_place_in_row(slot)]);
}

/* Fetches the lines that a loan will need, as its name's note tells them. */
static inline void lina_ahead_of_loan(const lina_arena_t *arena, uint32_t hash) {
    uint64_t note = load_relaxed_u64(&arena->ahead[hash % LINA_AHEAD]);
    uint32_t live = (uint32_t)note & AHEAD_SLOT_MASK;
    uint32_t spare = (uint32_t)(note >> AHEAD_SLOT_BITS) & AHEAD_SLOT_MASK;
    fetch_to_write(&arena->header->lock);
    fetch_to_write(&arena->header->next_serial);
    fetch_to_write(&arena->index[hash & (arena->geo.index_size - 1)]);
    if (lina_tables_has(arena, live))
        lina_ahead_write_slot(arena, live);
    if (lina_tables_has(arena, spare))
        lina_ahead_of_spare(arena, spare, (uint32_t)(note >> 2 * AHEAD_SLOT_BITS));
}

/* Fetches the lines of a slot that an acquire may need, because the slot in its handle is no longer current. */
static inline void lina_ahead_of_acquire(const lina_arena_t *arena, uint32_t slot) {
    if (!lina_tables_has(arena, slot))
        return;
#pragma GCC unroll 4
    for (size_t at = 0; at < sizeof *arena->slots; at += LINA_LINE)
        fetch_to_read((const char *)&arena->slots[slot] + at);
    fetch_to_read(&arena->ledger[slot]);
    uint32_t *pin = lina_tables_own_pin(arena, slot);
    if (pin != NULL)
        fetch_to_write(pin);
}

#endif
