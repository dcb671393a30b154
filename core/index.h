/* index.h - what the name index and the signal index have in common: open addressing over 64-bit entries.
 *
 *   entry:  | hash (32) | slot + 1 (32) |
 *
 * A writer replaces an entry in one store. An entry is only a hint: readers check the slot that it leads to. */
#ifndef LINA_INDEX_H
#define LINA_INDEX_H

#include "mapping.h"

/* One of the two indexes. */
struct lina_index {
    uint64_t *entries;
    uint32_t size;   /* a power of two */
    uint32_t *gone;  /* how many entries are INDEX_GONE */
    uint64_t *epoch; /* odd while the index lacks names, because it is rebuilt */
};

static inline uint64_t entry_make(uint32_t hash, uint32_t slot) {
    return (uint64_t)hash << 32 | (slot + 1);
}

/* The slot of an entry with that hash. LINA_NIL if the hash differs or the slot is out of bounds. */
static inline uint32_t entry_slot(uint64_t entry, uint32_t hash, uint32_t slots) {
    uint32_t slot = (uint32_t)entry - 1;
    return (uint32_t)(entry >> 32) == hash && slot < slots ? slot : LINA_NIL;
}

/* ---- writers only ------------------------------------------------------------------------------- */

/* Replaces an entry that has no slot, or another slot of the same name. */
static inline void index_put(const struct lina_index *index, uint64_t *at, uint32_t hash,
                             uint32_t slot) {
    if (load_relaxed_u64(at) == INDEX_GONE)
        --*index->gone;
    store_release_u64(at, entry_make(hash, slot)); /* pairs with the acquire in probe */
}

static inline void index_drop(const struct lina_index *index, uint64_t *at) {
    uint32_t next = ((uint32_t)(at - index->entries) + 1) & (index->size - 1);
    bool last = load_relaxed_u64(&index->entries[next]) == INDEX_EMPTY; /* no probe goes past it */
    store_release_u64(at, last ? INDEX_EMPTY : INDEX_GONE);
    *index->gone += !last;
}

/* True if so many entries are INDEX_GONE that probes are long. */
static inline bool index_is_worn(const struct lina_index *index) {
    return *index->gone > index->size / 4;
}

/* Empties the index. Until the end, readers search the slots instead. */
void lina_index_begin_rebuild(lina_arena_t *arena, const struct lina_index *index);
void lina_index_end_rebuild(const struct lina_index *index);

#endif
