/* join.c - see join.h. */
#include "join.h"

#include <errno.h>

#include "bury.h"
#include "lock.h"
#include "members.h"
#include "platform.h"
#include "slots.h"
#include "where.h"

#define TRIES 50
#define NAP UINT64_C(1000000)

/* ---- joining ----------------------------------------------------------------------------------- */

/* Gives back what earlier members left. If `dead`, the last holder of this member number died: clears its pins. If
 * `locked`, that holder died with the writer lock, and this member now owns the lock. If there is no other member, no
 * raw pointer into the arena is left, so no slot must be kept for one. */
static int give_back_leftovers(lina_arena_t *arena, bool dead, bool locked) {
    bool alone = load_relaxed_u32(&arena->header->slots_used) > 0 && lina_member_alone(arena);
    if (!dead && !locked && !alone)
        return LINA_OK;
    int rc = locked ? LINA_OK : lina_lock_take(arena, LINA_NO_DEADLINE);
    if (rc == LINA_OK)
        rc = lina_writer_adopt(arena);
    if (rc != LINA_OK)
        return rc;
    if (dead || locked)
        lina_member_clear_pins(arena, arena->member);
    if (alone)
        lina_slots_forget_exposed(arena);
    lina_writer_end_and_sweep(arena);
    return LINA_OK;
}

static int take(lina_arena_t *arena, uint32_t m) {
    arena->memo.turn = LINA_NO_TURN; /* a thread that the fork ended may have left half a memo */
    bool dead = lina_member_enter(arena, m);
    bool locked = lina_lock_inherit(arena);
    int rc = give_back_leftovers(arena, dead, locked);
    if (rc == LINA_OK) /* other threads may enter from here on: pairs with lina_arena_is_entered */
        store_release_u64(&arena->epoch, lina_process_epoch);
    else
        platform_unlock_byte(arena->file, m, 1);
    return rc;
}

/* Joins an arena in registered memory. Such an arena has no file and only one member. A forked child has a copy of the
 * arena, in which no thread holds the lock any more. */
static int join_alone(lina_arena_t *arena) {
    store_relaxed_u64(&arena->header->lock, 0);
    return take(arena, 0);
}

int lina_member_join(lina_arena_t *arena) {
    if (!platform_has(arena->file))
        return join_alone(arena);
    uint32_t m;
    int rc = lina_member_find_number(arena, &m);
    /* Tries again for a while: a writer that buries a member locks its byte for a moment, and a process that removes
     * an orphan's name locks all bytes. */
    for (int i = 0; i < TRIES && rc == -EAGAIN; i++) {
        platform_pause(NAP);
        rc = lina_member_find_number(arena, &m);
    }
    if (rc == 0)
        return take(arena, m);
    return rc == -EAGAIN ? lina_fail(LINA_ERR_BUSY, "arena \"%s\": all %u member slots are taken",
                                     arena->where, arena->geo.max_members)
                         : lina_fail_errno(-rc, "arena \"%s\": no lock on its file", arena->where);
}

void lina_arena_begin_making(void) { lina_process_lock(); }

int lina_arena_end_making(lina_arena_t *arena, int rc, lina_arena_t **out) {
    if (rc == LINA_OK) {
        arena->file.fresh = false;
        lina_process_add(arena);
        *out = arena;
    } else {
        lina_mapping_free(arena);
    }
    lina_process_unlock();
    return rc;
}

int lina_arena_rejoin(lina_arena_t *arena) {
    lina_process_lock();
    int rc = LINA_OK;
    if (arena->epoch != lina_process_epoch)
        rc = !platform_has(arena->file) && !arena->registered
                 ? lina_fail(LINA_ERR_CLOSED, "arena \"%s\" could not be reopened after fork",
                             arena->where)
                 : lina_member_join(arena);
    lina_process_unlock();
    return rc;
}

/* ---- writing ----------------------------------------------------------------------------------- */

int lina_writer_begin_by(lina_arena_t *arena, uint64_t deadline) {
    if (lina_arena_is_entered(arena) && lina_writer_try(arena))
        return LINA_OK;
    int rc = lina_arena_enter(arena);
    return rc == LINA_OK ? lina_writer_take(arena, deadline) : rc;
}

int lina_writer_begin(lina_arena_t *arena) { return lina_writer_begin_by(arena, LINA_NO_DEADLINE); }

/* ---- leaving ----------------------------------------------------------------------------------- */

/* Removes a temporary arena's name if there is no other member. The file may have been renamed since this member
 * opened it, so this asks the system for its present name. */
static void unname_if_last(const lina_arena_t *arena) {
    char path[LINA_PATH];
    if (!lina_arena_is_temporary(arena) || !lina_member_lock_name(arena))
        return;
    if (lina_member_alone(arena) && platform_path(arena->file, path, sizeof path) == 0 &&
        platform_is_at(arena->file, path))
        platform_unname(path);
    lina_member_unlock_name(arena);
}

void lina_arena_leave(lina_arena_t *arena) {
    lina_process_lock();
    if (arena->epoch == lina_process_epoch) {
        lina_member_close(arena);
        unname_if_last(arena);
    }
    lina_process_unlock();
}

void lina_arena_end(lina_arena_t *arena) {
    lina_arena_t *lender = arena->lender;
    lina_process_lock();
    lina_process_remove(arena);
    if (arena->epoch == lina_process_epoch)
        lina_member_leave(arena);
    lina_mapping_free(arena);
    lina_process_unlock();
    if (lender != NULL)
        lina_arena_drop(lender, LINA_NO_VIEW);
}

/* ---- holds on the struct ----------------------------------------------------------------------- */

void lina_holds_drop_collected(lina_arena_t *arena, uint64_t holds) {
    if (add_sc_u64(&arena->collected, 0 - holds) == holds)
        lina_arena_end(arena);
}

void lina_holds_close(lina_arena_t *arena) {
    for (uint32_t i = 0; i < LINA_HOLDS; i++)
        add_sc_u64(&arena->collected, or_sc_u64(&arena->holds[i].count, HOLDS_MARK) / HOLDS_ONE);
    lina_holds_drop_collected(arena, HOLDS_OPEN);
}
