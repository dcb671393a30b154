/* names.h - from a name to its slot, without a lock.
 *
 * The index is open addressing over 64-bit entries that are replaced in one store. A reader may
 * meet any state that a writer leaves between two stores; what it finds it checks in the slot. */
#ifndef LINA_NAMES_H
#define LINA_NAMES_H

#include "copy.h"
#include "key.h"
#include "mapping.h"

/* Which of two generations of a name came later, also where the count wrapped between them. */
static inline bool lina_names_is_later(uint32_t a, uint32_t b) { return (int32_t)(a - b) > 0; }

static inline uint64_t slot_state(uint64_t word) { return word & SLOT_STATE_MASK; }

static inline uint64_t slot_serial(uint64_t word) { return word >> SLOT_SERIAL_SHIFT; }

/* Where an array is: its slot, or LINA_NIL, and the state word that was seen there, which is LIVE. */
struct lina_place {
    uint64_t word;
    uint32_t slot;
};

/* True while a slot that had the state `word` is the same incarnation in the same state. */
static inline bool slot_is_still(const struct lina_slot *slot, uint64_t word) {
    return ((word ^ load_relaxed_u64(&slot->state)) & ~SLOT_EXPOSED) == 0;
}

/* The place of a name that was current at an instant within the call. Lock-free. */
struct lina_place lina_names_find(lina_arena_t *arena, const struct lina_key *key);

/* Marks what is there as shown to somebody, so that its memory stays. False when it is no longer LIVE. */
bool lina_names_expose(const lina_arena_t *arena, struct lina_place place);

/* Copies the descriptor that is there, whole. False, and `out` is as it was, when it is no longer LIVE,
 * or not EXPOSED where the place says so. */
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

/* Writers only. A name's entry in the index, or where there is room for it; NULL in a damaged index,
 * which has no room: there are four times as many entries as slots. Good until the index changes. */
struct lina_entry {
    uint64_t *at;
    uint32_t slot; /* the LIVE one, or LINA_NIL */
};
struct lina_entry lina_names_entry(const lina_arena_t *arena, const struct lina_key *key);
/* Leads the name to a slot. */
void lina_names_put(lina_arena_t *arena, const struct lina_key *key, struct lina_entry entry,
                    uint32_t slot);
/* Takes the name of an entry with a slot out of the index. */
void lina_names_drop(lina_arena_t *arena, struct lina_entry entry);
/* Rebuilds an index that is worn out by drops. After the dropped slot has retired: until then it is
 * LIVE, and would come back. */
void lina_names_tidy(lina_arena_t *arena);
/* Builds the index anew from the LIVE slots. Of two with one name the later generation wins (a serial
 * is of the loan, and loans are published in any order); the other is handed to `loser`. */
void lina_names_rebuild(lina_arena_t *arena, void (*loser)(lina_arena_t *, uint32_t slot));

#endif
