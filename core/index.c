/* index.c - see index.h. */
#include "index.h"

#include "lock.h"

void lina_index_begin_rebuild(lina_arena_t *arena, const struct lina_index *index) {
    /* Pairs with the loads of the epoch in names.c and signal_names.c. */
    store_sc_u64(index->epoch, load_relaxed_u64(index->epoch) | 1);
    for (uint32_t i = 0; i < index->size; i++) {
        lina_lock_renew_at(arena, i);
        /* Release: a reader that sees an empty entry also sees the odd epoch. */
        if (load_relaxed_u64(&index->entries[i]) != INDEX_EMPTY)
            store_release_u64(&index->entries[i], INDEX_EMPTY);
    }
    *index->gone = 0;
}

void lina_index_end_rebuild(const struct lina_index *index) {
    store_sc_u64(index->epoch, load_relaxed_u64(index->epoch) + 1);
}
