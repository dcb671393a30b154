/* rebuild.c - see rebuild.h. */
#include "rebuild.h"

#include <errno.h>
#include <stdlib.h>

#include "lock.h"
#include "slot_lists.h"
#include "slots.h"
#include "space.h"

/* Retires the older of two LIVE generations of a name. In a stream it becomes KEPT; kept.c then drops it if it is
 * one too many. */
static void retire_loser(lina_arena_t *arena, uint32_t slot) {
    bool kept = load_relaxed_u32(&arena->ledger[slot].stream) < lina_tables_streams(arena);
    lina_slot_mark(arena, slot, kept ? SLOT_KEPT : SLOT_RETIRED);
}

static int by_offset(const void *a, const void *b) {
    const struct lina_run *x = a, *y = b;
    return (x->offset > y->offset) - (x->offset < y->offset);
}

static int rebuild_space(lina_arena_t *arena, uint32_t used) {
    struct lina_run *runs = malloc((used + 1) * sizeof *runs);
    if (runs == NULL)
        return lina_fail_errno(ENOMEM, "no memory to rebuild the arena's free space");
    uint32_t count = 0;
    for (uint32_t slot = 0; slot < used; slot++) {
        lina_lock_renew_at(arena, slot);
        struct lina_run run = lina_space_run(arena, slot);
        uint64_t word = load_relaxed_u64(&arena->slots[slot].state);
        if (slot_state(word) != SLOT_FREE && run.nbytes > 0)
            runs[count++] = run;
    }
    qsort(runs, count, sizeof *runs, by_offset);
    bool sound = lina_space_rebuild(arena, runs, count);
    free(runs);
    return sound ? LINA_OK
                 : lina_fail(LINA_ERR_CORRUPT, "the arena's ledger has arrays that overlap");
}

static void rebuild_lists(lina_arena_t *arena, uint32_t used) {
    struct lina_header *h = arena->header;
    lina_lists_clear(arena);
    store_relaxed_u32(&h->live_count, 0);
    store_relaxed_u32(&h->kept_count, 0);
    store_relaxed_u32(&h->spare_count, 0);
    for (uint32_t slot = 0; slot < used; slot++) {
        store_relaxed_u32(&arena->ledger[slot].dependents, 0);
        if (slot_is_spare(load_relaxed_u64(&arena->slots[slot].state)))
            and_sc_u64(&arena->slots[slot].state, ~SLOT_SPARE); /* pairs with lina_pins_unpin */
    }
    for (uint32_t slot = used; slot-- > 0;) {
        lina_lock_renew_at(arena, slot);
        uint64_t word = load_relaxed_u64(&arena->slots[slot].state);
        uint32_t base = slot_state(word) == SLOT_FREE ? LINA_NIL : lina_slot_base(arena, slot);
        if (base != LINA_NIL)
            tally_u32(&arena->ledger[base].dependents, 1);
        if (slot_state(word) == SLOT_FREE)
            lina_lists_push_free(arena, slot);
        else if (slot_state(word) == SLOT_LIVE)
            tally_u32(&h->live_count, 1);
        else if (slot_state(word) == SLOT_KEPT)
            tally_u32(&h->kept_count, 1);
        else
            lina_lists_add_pending(arena, slot);
        if (slot_serial(word) >= h->next_serial)
            h->next_serial = slot_serial(word) + 1;
    }
}

int lina_rebuild_arrays(lina_arena_t *arena) {
    uint32_t used = lina_tables_used(arena);
    lina_names_rebuild(arena, retire_loser);
    rebuild_lists(arena, used);
    return rebuild_space(arena, used);
}
