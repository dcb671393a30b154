/* index.h - an entry of the name index or of the signal index: | hash (32) | slot + 1 (32) |
 *
 * A writer replaces an entry in one store. An entry is only a hint: readers check the slot that it leads to. */
#ifndef LINA_INDEX_H
#define LINA_INDEX_H

#include "layout.h"

static inline uint64_t entry_make(uint32_t hash, uint32_t slot) {
    return (uint64_t)hash << 32 | (slot + 1);
}

/* The slot of an entry with that hash. LINA_NIL if the hash differs or the slot is out of bounds. */
static inline uint32_t entry_slot(uint64_t entry, uint32_t hash, uint32_t slots) {
    uint32_t slot = (uint32_t)entry - 1;
    return (uint32_t)(entry >> 32) == hash && slot < slots ? slot : LINA_NIL;
}

#endif
