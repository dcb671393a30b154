/* members.c - who is alive, burying the dead, and numbers. */
#include "members.h"

#include <errno.h>

#include "platform.h"

bool lina_member_alive(const lina_arena_t *arena, uint32_t member) {
    if (member == arena->member)
        return true;
    return member < arena->geo.max_members && platform_has(arena->file) &&
           platform_byte_is_locked(arena->file, member, 1) != 0;
}

bool lina_member_alone(const lina_arena_t *arena) {
    return platform_byte_is_locked(arena->file, 0, LINA_MAX_MEMBERS) == 0;
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

void lina_member_clear_pins(lina_arena_t *arena, uint32_t member) {
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
        if (platform_lock_byte(arena->file, m, 1) != 0)
            continue;
        lina_member_clear_pins(arena, m);
        store_release_u32(&member->state, MEMBER_FREE);
        platform_unlock_byte(arena->file, m, 1);
        any = true;
    }
    return any;
}

/* ---- numbers ----------------------------------------------------------------------------------- */

int lina_member_find_number(const lina_arena_t *arena, uint32_t *m) {
    int rc = -EAGAIN;
    for (int dead = 0; dead < 2 && rc == -EAGAIN; dead++)
        for (*m = 0; *m < arena->geo.max_members; ++*m) {
            if ((load_acquire_u32(&arena->members[*m].state) != MEMBER_FREE) != dead)
                continue;
            rc = platform_lock_byte(arena->file, *m, 1);
            if (rc != -EAGAIN)
                return rc;
        }
    return rc;
}

void lina_member_leave(lina_arena_t *arena) {
    store_release_u32(&arena->members[arena->member].state, MEMBER_FREE);
    /* Not left to closing the file: a child that is just being forked has it open for a moment. */
    platform_unlock_byte(arena->file, arena->member, 1);
}
