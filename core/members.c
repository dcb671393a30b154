/* members.c - which members are alive, and their numbers. */
#include "members.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "platform.h"

#define NAME_BYTE LINA_MAX_MEMBERS /* after the members' bytes */
#define TRIES 50
#define NAP UINT64_C(1000000)
#define DUMPING_TWICE UINT64_C(10000000) /* ns between the two times that a core dump is seen */
#define DUMPING_STALE UINT64_C(1000000000)

/* ---- living members ---------------------------------------------------------------------------- */

bool lina_member_alive(const lina_arena_t *arena, uint32_t member) {
    if (member == arena->member)
        return true;
    return member < arena->geo.max_members && platform_has(arena->file) &&
           platform_byte_is_locked(arena->file, member, 1) != 0;
}

/* True if another member has the number and has not closed the arena. It may be just joining. */
static bool is_there(const lina_arena_t *arena, uint32_t m) {
    return platform_byte_is_locked(arena->file, m, 1) != 0 &&
           (m >= lina_members_used(arena) || lina_member_state(arena, m) != MEMBER_CLOSED);
}

bool lina_member_alone(const lina_arena_t *arena) {
    int locked = platform_byte_is_locked(arena->file, 0, LINA_MAX_MEMBERS);
    if (locked <= 0)
        return locked == 0;
    for (uint32_t m = 0; m < arena->geo.max_members; m++)
        if (is_there(arena, m))
            return false;
    return true;
}

uint32_t lina_members_count(const lina_arena_t *arena) {
    uint32_t alive = 0;
    for (uint32_t m = 0; m < lina_members_used(arena); m++)
        if (lina_member_state(arena, m) == MEMBER_ACTIVE && lina_member_alive(arena, m))
            alive++;
    return alive;
}

bool lina_member_lock_name(const lina_arena_t *arena) {
    for (int i = 0; i < TRIES; i++) {
        int rc = platform_lock_byte(arena->file, NAME_BYTE, 1);
        if (rc != -EAGAIN)
            return rc == 0;
        platform_pause(NAP);
    }
    return false;
}

void lina_member_unlock_name(const lina_arena_t *arena) {
    platform_unlock_byte(arena->file, NAME_BYTE, 1);
}

void lina_member_await_name(const lina_arena_t *arena) {
    for (int i = 0; i < TRIES && platform_byte_is_locked(arena->file, NAME_BYTE, 1) > 0; i++)
        platform_pause(NAP);
}

/* ---- process ids ------------------------------------------------------------------------------- */

/* The stored id counts only if it is of this process's pid namespace, and if the process began when the table says. */
uint32_t lina_member_pid(const lina_arena_t *arena, uint32_t m) {
    if (m >= lina_members_used(arena))
        return 0;
    const struct lina_member *member = &arena->members[m];
    uint32_t pid = load_relaxed_u32(&member->pid);
    uint64_t space = load_relaxed_u64(&member->pid_space);
    uint64_t started = load_relaxed_u64(&member->pid_started);
    return pid != 0 && space != 0 && space == platform_pid_namespace() && started != 0 &&
                   started == platform_process_start(pid)
               ? pid
               : 0;
}

struct lina_dumping *lina_dumping_seen(void) {
    static _Thread_local struct lina_dumping seen;
    return &seen;
}

bool lina_member_is_dumping(const lina_arena_t *arena, uint32_t member, struct lina_dumping *seen) {
    if (member == arena->member || member >= lina_members_used(arena))
        return false;
    uint64_t incarnation = load_acquire_u64(&arena->members[member].incarnation);
    uint64_t now = platform_now();
    uint32_t pid = lina_member_pid(arena, member);
    if (pid == 0 || !platform_is_ending(pid)) {
        if (seen->incarnation == incarnation)
            seen->incarnation = 0;
        return false;
    }
    if (seen->incarnation == incarnation)
        return now - seen->since >= DUMPING_TWICE;
    /* *seen is for one member at a time. Another member replaces it only if it is stale. */
    if (seen->incarnation == 0 || now - seen->since >= DUMPING_STALE)
        *seen = (struct lina_dumping){incarnation, now};
    return false;
}

bool lina_member_is_gone(const lina_arena_t *arena, uint32_t member, uint64_t incarnation,
                         struct lina_dumping *seen) {
    return member >= lina_members_used(arena) ||
           load_acquire_u64(&arena->members[member].incarnation) != incarnation ||
           lina_member_state(arena, member) != MEMBER_ACTIVE || !lina_member_alive(arena, member) ||
           lina_member_is_dumping(arena, member, seen);
}

bool lina_member_name(const lina_arena_t *arena, uint32_t member, char name[LINA_MAX_NAME]) {
    name[0] = '\0';
    if (member >= lina_members_used(arena))
        return false;
    const struct lina_member *m = &arena->members[member];
    uint64_t named = load_acquire_u64(&m->named);
    copy_from_shared(name, m->name, LINA_MAX_NAME);
    name[LINA_MAX_NAME - 1] = '\0';
    fence_acquire(); /* pairs with the fence in member_names.c */
    if (named == 0 || load_relaxed_u64(&m->named) != named) {
        name[0] = '\0';
        return false;
    }
    return named == load_acquire_u64(&m->incarnation);
}

void lina_member_describe(const lina_arena_t *arena, uint32_t member, char text[LINA_MEMBER_TEXT]) {
    uint32_t pid = lina_member_pid(arena, member);
    if (pid != 0)
        snprintf(text, LINA_MEMBER_TEXT, "member %u (process %u)", member, pid);
    else
        snprintf(text, LINA_MEMBER_TEXT, "member %u", member);
}

/* ---- numbers ----------------------------------------------------------------------------------- */

int lina_member_find_number(lina_arena_t *arena, uint32_t *m) {
    int rc = -EAGAIN;
    for (int dead = 0; dead < 2 && rc == -EAGAIN; dead++)
        for (*m = 0; *m < arena->geo.max_members; ++*m) {
            uint32_t state =
                *m < lina_members_used(arena) ? lina_member_state(arena, *m) : MEMBER_FREE;
            if ((state != MEMBER_FREE) != dead)
                continue;
            rc = platform_lock_byte(arena->file, *m, 1);
            if (rc != -EAGAIN)
                return rc;
        }
    return rc;
}

bool lina_member_enter(lina_arena_t *arena, uint32_t m) {
    struct lina_member *member = &arena->members[m];
    struct lina_header *h = arena->header;
    uint32_t numbers = load_relaxed_u32(&h->members_used);
    bool dead = m < numbers && load_relaxed_u32(&member->state) != MEMBER_FREE;
    arena->member = m;
    /* A forked child has a new number, so the rows of its parent are not its own: see lina_tables_own_pin. */
    memset(arena->reach.own_rows, 0, arena->geo.steps * sizeof *arena->reach.own_rows);
    store_relaxed_u32(&member->pid, platform_pid());
    store_relaxed_u64(&member->pid_space, platform_pid_namespace());
    store_relaxed_u64(&member->pid_started, platform_process_start(platform_pid()));
    store_relaxed_u64(&member->joined, platform_since_1970());
    store_release_u64(&member->incarnation, add_sc_u64(&h->last_incarnation, 1) + 1);
    while (numbers <= m && !cas_sc_u32(&h->members_used, &numbers, m + 1))
        ;
    store_sc_u32(&member->state, MEMBER_ACTIVE); /* pairs with is_there */
    return dead;
}

void lina_member_close(lina_arena_t *arena) {
    store_sc_u32(&arena->members[arena->member].state, MEMBER_CLOSED);
}

void lina_member_leave(lina_arena_t *arena) {
    store_release_u32(&arena->members[arena->member].state, MEMBER_FREE);
    /* Closing the file is not enough: a child that is just being forked has it open for a moment. */
    arena->file.fresh = platform_unlock_byte(arena->file, arena->member, 1) == 0;
}
