/* names.h - from a name to its slot, without a lock.
 *
 * Both indexes are open addressing over 64-bit entries that are replaced in one store. A reader may
 * meet any state that a writer leaves between two stores; what it finds it checks in the slot. */
#ifndef LINA_NAMES_H
#define LINA_NAMES_H

#include "arena.h"
#include "copy.h"
#include "key.h"

/* Which of two generations of a name came later, also where the count wrapped between them. */
static inline bool lina_names_is_later(uint32_t a, uint32_t b) { return (int32_t)(a - b) > 0; }

static inline uint64_t slot_state(uint64_t word) { return word & SLOT_STATE_MASK; }

static inline uint64_t slot_serial(uint64_t word) { return word >> SLOT_SERIAL_SHIFT; }

/* Marks the incarnation that has the state `word` as shown to somebody, so that its memory stays.
 * False when it is no longer LIVE. */
bool lina_names_expose(struct lina_slot *slot, uint64_t word);

/* Where an array was found: its slot, or LINA_NIL, and the state word that it was read under. */
struct lina_place {
    uint64_t word;
    uint32_t slot;
};

/* The live slot of a name, and its descriptor, copied whole, where `out` is not NULL. `expose` marks it
 * in the same step. Nothing is written to `out` when no array has that name. Lock-free. */
struct lina_place lina_names_find(const lina_arena_t *arena, const struct lina_key *key,
                                  bool expose, lina_desc_t *out);
/* Copies the descriptor of a slot if its state word is still LIVE with that serial. */
bool lina_names_copy(const lina_arena_t *arena, uint32_t slot, uint64_t serial, lina_desc_t *out);
/* The same for one that was exposed before, without a call. */
static inline __attribute__((always_inline)) bool lina_names_copy_exposed(const lina_arena_t *arena,
                                                                          uint32_t slot,
                                                                          uint64_t serial,
                                                                          lina_desc_t *out) {
    const struct lina_slot *s = &arena->slots[slot];
    uint64_t word = load_acquire_u64(&s->state);
    struct desc_words words = lina_desc_load(&s->desc);
    fence_acquire(); /* pairs with the fence in slots.c, as in copy_checked */
    if (word != (serial << SLOT_SERIAL_SHIFT | SLOT_EXPOSED | SLOT_LIVE) ||
        load_relaxed_u64(&s->state) != word)
        return false;
    lina_desc_store(out, words);
    return true;
}

/* Writers only. A name's entry is made or led to another slot by put, taken by drop. */
uint32_t lina_names_slot(const lina_arena_t *arena, const struct lina_key *key);
void lina_names_put(lina_arena_t *arena, const struct lina_key *key, uint32_t slot);
void lina_names_drop(lina_arena_t *arena, const struct lina_key *key, uint32_t slot);
/* Rebuilds an index that is worn out by drops. After the dropped slot has retired: until then it is
 * LIVE, and would come back. */
void lina_names_tidy(lina_arena_t *arena);
/* Builds the index anew from the LIVE slots. Of two with one name the later generation wins (a serial
 * is of the loan, and loans are published in any order); the other is handed to `loser`. */
void lina_names_rebuild(lina_arena_t *arena, void (*loser)(lina_arena_t *, uint32_t slot));

/* The slot of a signal, or LINA_NIL. Lock-free. */
uint32_t lina_names_signal(const lina_arena_t *arena, const struct lina_key *key);
void lina_names_put_signal(lina_arena_t *arena, const struct lina_key *key, uint32_t slot);
void lina_names_rebuild_signals(lina_arena_t *arena);

#endif
