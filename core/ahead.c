/* ahead.c - see ahead.h. */
#include "ahead.h"

/* A note:  | bit of `readers` (16) | spare (24) | live slot (24) |. A slot that is not there is all ones. */
#define SLOT_BITS 24
#define SLOT_MASK ((UINT32_C(1) << SLOT_BITS) - 1)

/* The bit in `readers` of another member that has pinned a slot, or 0. */
static uint32_t other_bit(const lina_arena_t *arena, uint32_t slot) {
    uint64_t own = UINT64_C(1) << arena->member % LINA_ROWS;
    uint64_t others = load_relaxed_u64(&arena->slots[slot].readers) & ~own;
    return others == 0 ? 0 : (uint32_t)__builtin_ctzll(others);
}

void lina_ahead_note(lina_arena_t *arena, uint32_t hash, uint32_t live, uint32_t spare) {
    uint64_t bit = lina_tables_has(arena, spare) ? other_bit(arena, spare) : 0;
    store_relaxed_u64(&arena->ahead[hash % LINA_AHEAD],
                      bit << 2 * SLOT_BITS | (uint64_t)(spare & SLOT_MASK) << SLOT_BITS |
                          (live & SLOT_MASK));
    store_relaxed_u32(&arena->published, hash);
}

/* Fetches the lines of a slot and of its ledger entry. Those that change in each generation are fetched to write. */
static void fetch_slot(const lina_arena_t *arena, uint32_t slot) {
    fetch_to_write(&arena->slots[slot].state);
    fetch_to_write(&arena->ledger[slot]);
    for (size_t at = 0; at < offsetof(struct lina_slot, state) - LINA_LINE; at += LINA_LINE)
        fetch_to_read((const char *)&arena->slots[slot] + at);
}

/* `bit` is the bit in `readers` of a member that may have pinned the spare. */
static void fetch_spare(const lina_arena_t *arena, uint32_t slot, uint32_t bit) {
    fetch_slot(arena, slot);
    fetch_to_read(&lina_row(arena, bit, slot / LINA_STEP)[lina_place_in_row(slot)]);
}

void lina_ahead_of_spare(const lina_arena_t *arena, uint32_t slot) {
    fetch_spare(arena, slot, other_bit(arena, slot));
}

void lina_ahead_of_loan(lina_arena_t *arena, uint32_t hash) {
    uint64_t note = load_relaxed_u64(&arena->ahead[hash % LINA_AHEAD]);
    uint32_t live = (uint32_t)note & SLOT_MASK;
    uint32_t spare = (uint32_t)(note >> SLOT_BITS) & SLOT_MASK;
    fetch_to_write(&arena->header->lock);
    fetch_to_write(&arena->header->next_serial);
    fetch_to_write(&arena->index[hash & (arena->geo.index_size - 1)]);
    if (lina_tables_has(arena, live))
        fetch_slot(arena, live);
    if (lina_tables_has(arena, spare))
        fetch_spare(arena, spare, (uint32_t)(note >> 2 * SLOT_BITS));
}

void lina_ahead_of_answer(lina_arena_t *arena) {
    uint32_t hash = load_relaxed_u32(&arena->published);
    if (hash == 0)
        return;
    store_relaxed_u32(&arena->published, 0);
    lina_ahead_of_loan(arena, hash);
}

void lina_ahead_of_acquire(const lina_arena_t *arena, uint32_t slot) {
    if (!lina_tables_has(arena, slot))
        return;
    for (size_t at = 0; at < sizeof *arena->slots; at += LINA_LINE)
        fetch_to_read((const char *)&arena->slots[slot] + at);
    fetch_to_read(&arena->ledger[slot]);
    uint32_t *pin = lina_tables_own_pin(arena, slot);
    if (pin != NULL)
        fetch_to_write(pin);
    uint64_t offset = load_relaxed_u64(&arena->slots[slot].desc.offset);
    if (offset < arena->geo.data_size)
        fetch_to_read(arena->data + offset);
}
