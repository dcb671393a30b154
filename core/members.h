/* members.h - which members an arena has.
 *
 * A member holds the kernel's write lock on the byte of the arena's file with its number. The kernel
 * drops it when the process ends, however it ends; that is how death is known, without process ids.
 * The table remembers whether the holder of a number left in order.
 *
 * A member that has closed the arena is gone for everybody. While views of it are held it keeps its byte, so
 * that nobody clears its pins. */
#ifndef LINA_MEMBERS_H
#define LINA_MEMBERS_H

#include "mapping.h"

/* Numbers that were ever taken are below this. */
static inline uint32_t lina_members_used(const lina_arena_t *arena) {
    uint32_t used = load_acquire_u32(&arena->header->members_used);
    return used < arena->geo.max_members ? used : arena->geo.max_members;
}

static inline uint32_t lina_member_state(const lina_arena_t *arena, uint32_t m) {
    return load_acquire_u32(&arena->members[m].state);
}

/* Locks the byte of a number that nobody has: first those that are free, then those whose holders
 * died. 0, or a negative errno; -EAGAIN when all are taken. */
int lina_member_find_number(lina_arena_t *arena, uint32_t *m);
/* Enters this process under a number whose byte it has locked. True when a dead member had the number. */
bool lina_member_enter(lina_arena_t *arena, uint32_t m);
/* Says that this member has closed the arena; its pins stay. */
void lina_member_close(lina_arena_t *arena);
/* Gives the number up. */
void lina_member_leave(lina_arena_t *arena);

/* False once the kernel says so; true for this process itself. */
bool lina_member_alive(const lina_arena_t *arena, uint32_t member);
/* True when nobody else is a member. */
bool lina_member_alone(const lina_arena_t *arena);
uint32_t lina_members_count(const lina_arena_t *arena);
/* The name of a temporary arena goes with its last member. That one looks who else is there and takes the name
 * away under a lock that only this takes (false: no lock to be had). A newcomer waits for it once it is a
 * member, and then looks whether the name is still there. */
bool lina_member_lock_name(const lina_arena_t *arena);
void lina_member_unlock_name(const lina_arena_t *arena);
void lina_member_await_name(const lina_arena_t *arena);

/* A crash that may still be in progress: the kernel keeps the locks of a process whose memory it writes to a
 * file. The member is as good as dead when that was seen twice, 10 ms apart. */
struct lina_dumping {
    uint64_t incarnation, since; /* of whom, and when it was first seen */
};
bool lina_member_is_dumping(const lina_arena_t *arena, uint32_t member, struct lina_dumping *seen);

/* True when the member that had the number as this incarnation has closed the arena, or its process died. */
bool lina_member_is_gone(const lina_arena_t *arena, uint32_t member, uint64_t incarnation,
                         struct lina_dumping *seen);

/* The name of the member that has, or had, a number; "" without. True when it was the member that has the
 * number now that took it. */
bool lina_member_name(const lina_arena_t *arena, uint32_t member, char name[LINA_MAX_NAME]);
/* The id of its process, or 0 where it cannot be believed. */
uint32_t lina_member_pid(const lina_arena_t *arena, uint32_t member);

/* "member 3 (process 4711)", or without the process where its id cannot be believed. */
#define LINA_MEMBER_TEXT 48
void lina_member_describe(const lina_arena_t *arena, uint32_t member, char text[LINA_MEMBER_TEXT]);

#endif
