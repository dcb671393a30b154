/* writer.c - see writer.h. */
#include "writer.h"

#include <assert.h>

#include "bury.h"
#include "check.h"
#include "kept.h"
#include "lock.h"
#include "rebuild.h"
#include "signal_slots.h"
#include "slots.h"

static int recover(lina_arena_t *arena) {
    lina_lock_begin_long_work(arena);
    arena->memo.turn = LINA_NO_TURN;
    lina_members_bury(arena);
    int rc = lina_rebuild_arrays(arena);
    int signals = lina_signal_slots_rebuild(arena);
    if (rc == LINA_OK)
        rc = lina_kept_rebuild(arena);
    lina_slots_sweep(arena);
    lina_lock_end_long_work(arena, 0); /* 0, because the dead writer may have left it set */
    return rc != LINA_OK ? rc : signals;
}

/* A writer calls this before it changes any table. */
static void set_dirty(lina_arena_t *arena) {
    store_relaxed_u32(&arena->header->dirty, 1);
    fence_death();
}

int lina_writer_adopt(lina_arena_t *arena) {
    bool unfinished = load_relaxed_u32(&arena->header->dirty) != 0;
    set_dirty(arena);
    lina_tables_follow(arena);
    int rc = unfinished ? recover(arena) : LINA_OK;
    if (rc != LINA_OK)
        lina_lock_give(arena); /* `dirty` stays set, so the next writer tries to rebuild as well */
    return rc;
}

int lina_writer_take(lina_arena_t *arena, uint64_t deadline) {
    int rc = lina_lock_take(arena, deadline);
    return rc == LINA_OK ? lina_writer_adopt(arena) : rc;
}

bool lina_writer_try(lina_arena_t *arena) {
    if (!lina_lock_try(arena))
        return false;
    if (load_relaxed_u32(&arena->header->dirty) != 0) {
        lina_lock_give(arena);
        return false;
    }
    set_dirty(arena);
    lina_tables_follow(arena);
    return true;
}

static void leave(lina_arena_t *arena) {
#ifdef LINA_PARANOID
    uint32_t was = lina_lock_begin_long_work(arena);
    assert(lina_check_tables(arena) == LINA_OK);
    lina_lock_end_long_work(arena, was);
#endif
    store_release_u32(&arena->header->dirty, 0);
    lina_lock_give(arena);
}

void lina_writer_end(lina_arena_t *arena) {
    struct lina_header *h = arena->header;
    leave(arena);
    /* Pairs with lina_pins_let_go, which sets the word and then tries to take the lock. */
    while (load_sc_u32(&h->cleanup) != 0 && lina_writer_try(arena)) {
        if (swap_sc_u32(&h->cleanup, 0) != 0)
            lina_slots_sweep(arena);
        leave(arena);
    }
}

void lina_writer_end_and_sweep(lina_arena_t *arena) {
    lina_slots_sweep(arena);
    lina_writer_end(arena);
}
