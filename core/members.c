/* members.c - joining, leaving, and burying the dead. */
#include "members.h"

#include <errno.h>

#include "lock.h"
#include "platform.h"
#include "slots.h"
#include "writer.h"

#define TRIES 50
#define NAP UINT64_C(1000000)

bool lina_member_alive(const lina_arena_t *arena, uint32_t member) {
    if (member == arena->member)
        return true;
    return member < arena->geo.max_members && arena->fd >= 0 &&
           platform_byte_is_locked(arena->fd, member, 1) != 0;
}

bool lina_member_alone(const lina_arena_t *arena) {
    return platform_byte_is_locked(arena->fd, 0, LINA_MAX_MEMBERS) == 0;
}

uint32_t lina_members_count(const lina_arena_t *arena) {
    uint32_t alive = 0;
    for (uint32_t m = 0; m < arena->geo.max_members; m++)
        if (load_relaxed_u32(&arena->members[m].state) == MEMBER_ACTIVE &&
            lina_member_alive(arena, m))
            alive++;
    return alive;
}

/* ---- burying ----------------------------------------------------------------------------------- */

static void clear_pins(lina_arena_t *arena, uint32_t member) {
    uint32_t used = load_relaxed_u32(&arena->header->slots_used);
    for (uint32_t slot = 0; slot < used && slot < arena->geo.max_arrays; slot++) {
        uint64_t bit = UINT64_C(1) << member;
        if ((load_relaxed_u64(&arena->slots[slot].readers) & bit) == 0)
            continue; /* the bit is set before the pin */
        store_sc_u32(lina_pin(arena, member, slot), 0);
        and_sc_u64(&arena->slots[slot].readers, ~bit);
    }
}

bool lina_members_bury(lina_arena_t *arena) {
    bool any = false;
    for (uint32_t m = 0; m < arena->geo.max_members; m++) {
        struct lina_member *member = &arena->members[m];
        if (m == arena->member || load_relaxed_u32(&member->state) != MEMBER_ACTIVE)
            continue;
        /* Holding its byte keeps a newcomer from taking the number meanwhile. */
        if (platform_lock_byte(arena->fd, m, 1) != 0)
            continue;
        clear_pins(arena, m);
        store_release_u32(&member->state, MEMBER_FREE);
        platform_unlock_byte(arena->fd, m, 1);
        any = true;
    }
    return any;
}

/* ---- joining ----------------------------------------------------------------------------------- */

/* Settles what nobody is left to want: the pins of a dead process that had our number, and, where
 * nobody else is a member, the raw pointers of all who were. The dead one's writer lock, if it had
 * that, is ours too: to everybody else we are the owner now. */
static int settle(lina_arena_t *arena, bool dead, bool locked) {
    bool alone = load_relaxed_u32(&arena->header->slots_used) > 0 && lina_member_alone(arena);
    if (!dead && !locked && !alone)
        return LINA_OK;
    int rc = locked ? LINA_OK : lina_lock_take(arena);
    if (rc == LINA_OK)
        rc = lina_writer_adopt(arena);
    if (rc != LINA_OK)
        return rc;
    if (dead || locked)
        clear_pins(arena, arena->member);
    if (alone)
        lina_slots_forget_exposed(arena);
    lina_writer_end_and_sweep(arena);
    return LINA_OK;
}

static int take(lina_arena_t *arena, uint32_t m) {
    struct lina_member *member = &arena->members[m];
    bool dead = load_relaxed_u32(&member->state) != MEMBER_FREE;
    arena->member = m;
    store_relaxed_u32(&member->pid, platform_pid());
    store_release_u32(&member->state, MEMBER_ACTIVE);
    bool locked = lina_lock_inherit(arena);
    int rc = settle(arena, dead, locked);
    if (rc == LINA_OK) /* other threads go in from here on: pairs with lina_arena_enter */
        store_release_u64(&arena->epoch, lina_process_epoch);
    else
        platform_unlock_byte(arena->fd, m, 1);
    return rc;
}

/* Registered memory has no file and one member; a forked child starts over on its own copy. */
static int join_alone(lina_arena_t *arena) {
    store_relaxed_u32(&arena->header->lock, 0);
    return take(arena, 0);
}

/* Locks the byte of a number that nobody has: first those that are free, then those whose holders
 * died. 0, or a negative errno; -EAGAIN when all are taken. */
static int find_number(const lina_arena_t *arena, uint32_t *m) {
    int rc = -EAGAIN;
    for (int dead = 0; dead < 2 && rc == -EAGAIN; dead++)
        for (*m = 0; *m < arena->geo.max_members; ++*m) {
            if ((load_acquire_u32(&arena->members[*m].state) != MEMBER_FREE) != dead)
                continue;
            rc = platform_lock_byte(arena->fd, *m, 1);
            if (rc != -EAGAIN)
                return rc;
        }
    return rc;
}

int lina_member_join(lina_arena_t *arena) {
    if (arena->fd < 0)
        return join_alone(arena);
    uint32_t m;
    int rc = find_number(arena, &m);
    /* Whoever buries a member has its byte for a moment, and who was the last one has all of them. */
    for (int i = 0; i < TRIES && rc == -EAGAIN; i++) {
        static const uint32_t nothing;
        platform_futex_wait(&nothing, 0, platform_now() + NAP);
        rc = find_number(arena, &m);
    }
    if (rc == 0)
        return take(arena, m);
    return rc == -EAGAIN ? lina_fail(LINA_ERR_BUSY, "arena \"%s\": all %u member slots are taken",
                                     arena->where, arena->geo.max_members)
                         : lina_fail_errno(-rc, "arena \"%s\": no lock on its file", arena->where);
}

void lina_member_leave(lina_arena_t *arena) {
    store_release_u32(&arena->members[arena->member].state, MEMBER_FREE);
    /* Not left to closing the file: a child that is just being forked has it open for a moment. */
    platform_unlock_byte(arena->fd, arena->member, 1);
}
