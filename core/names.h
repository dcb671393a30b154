/* names.h - finds a name's slot without a lock.
 *
 * The index uses open addressing over 64-bit entries, each of which is replaced in one store. A reader may meet any
 * state between two stores of a writer, so it checks in the slot what it found. */
#ifndef LINA_NAMES_H
#define LINA_NAMES_H

#include "copy.h"
#include "key.h"
#include "mapping.h"

/* True if generation `a` of a name came after `b`, even if the count wrapped in between. */
static inline bool lina_names_is_later(uint32_t a, uint32_t b) { return (int32_t)(a - b) > 0; }

static inline uint64_t slot_state(uint64_t word) { return word & SLOT_STATE_MASK; }

static inline uint64_t slot_serial(uint64_t word) { return word >> SLOT_SERIAL_SHIFT; }

/* Where an array is: its slot, or LINA_NIL, and the state word that was loaded there, which is LIVE. */
struct lina_place {
    uint64_t word;
    uint32_t slot;
};

/* True while a slot that had the state `word` is the same incarnation in the same state. */
static inline bool slot_is_still(const struct lina_slot *slot, uint64_t word) {
    return ((word ^ load_relaxed_u64(&slot->state)) & ~SLOT_EXPOSED) == 0;
}

/* The place that the name had at some instant within the call. Lock-free. */
struct lina_place lina_names_find(lina_arena_t *arena, const struct lina_key *key);

/* Marks the slot as exposed, so that its memory stays. False if the array there is no longer LIVE. */
bool lina_names_expose(const lina_arena_t *arena, struct lina_place place);

/* Copies the descriptor, never a mix of two. False, and `out` is unchanged, if the array is no longer LIVE, or if
 * the place's word has EXPOSED and the slot has not. */
static inline __attribute__((always_inline)) bool
lina_names_copy(const lina_arena_t *arena, struct lina_place place, lina_desc_t *out) {
    const struct lina_slot *s = &arena->slots[place.slot];
    uint64_t word = load_acquire_u64(&s->state);
    struct desc_words words = lina_desc_load(&s->desc);
    fence_acquire(); /* pairs with the fence in slots.c */
    if ((word & (place.word | ~SLOT_EXPOSED)) != place.word || !slot_is_still(s, word))
        return false;
    lina_desc_store(out, words);
    return true;
}

/* Writers only. */
struct lina_entry lina_names_entry(const lina_arena_t *arena, const struct lina_key *key);
/* Makes the name's entry lead to a slot. */
void lina_names_put(lina_arena_t *arena, const struct lina_key *key, struct lina_entry entry,
                    uint32_t slot);
/* Takes a name out of the index. Its entry must have a slot. */
void lina_names_drop(lina_arena_t *arena, struct lina_entry entry);
/* Rebuilds the index when drops have left too many INDEX_GONE entries. Call it after the dropped slot has retired:
 * a rebuild puts every LIVE slot back. */
void lina_names_tidy(lina_arena_t *arena);
/* Builds the index anew from the LIVE slots. If two slots have one name, the later generation stays and the other
 * slot is passed to `loser`. (Serials cannot decide this: a loan takes its serial when it begins, and loans are
 * published in any order.) */
__attribute__((cold)) void lina_names_rebuild(lina_arena_t *arena,
                                              void (*loser)(lina_arena_t *, uint32_t slot));

#endif
