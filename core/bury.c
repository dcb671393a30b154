/* bury.c - see bury.h. */
#include "bury.h"

#include "members.h"
#include "platform.h"
#include "tables.h"

void lina_member_clear_pins(lina_arena_t *arena, uint32_t member) {
    uint32_t steps = lina_tables_steps(arena);
    for (uint32_t step = 0; step < steps; step++) {
        uint32_t *row = lina_tables_row(arena, member, step);
        for (uint32_t i = 0; row != NULL && i < LINA_STEP; i++)
            if (load_relaxed_u32(&row[i]) != 0)
                store_sc_u32(&row[i], 0);
    }
}

bool lina_members_bury(lina_arena_t *arena) {
    bool any = false;
    for (uint32_t m = 0; m < lina_members_used(arena); m++) {
        if (m == arena->member || lina_member_state(arena, m) == MEMBER_FREE)
            continue;
        /* While this writer holds the byte, no newcomer can take the number. */
        if (platform_lock_byte(arena->file, m, 1) != 0)
            continue;
        lina_member_clear_pins(arena, m);
        store_release_u32(&arena->members[m].state, MEMBER_FREE);
        platform_unlock_byte(arena->file, m, 1);
        any = true;
    }
    return any;
}
