/* members.h - which members an arena has.
 *
 * A member holds the kernel's write lock on the byte of the arena's file at the offset of its number. The kernel
 * drops the lock whenever the process ends. So other members see its death without process ids. The table says
 * whether the last holder of a number left in order.
 *
 * A member that has closed the arena no longer counts as a member. While the process still holds views, it keeps its
 * byte, so that its pins are not cleared. */
#ifndef LINA_MEMBERS_H
#define LINA_MEMBERS_H

#include "mapping.h"

/* All numbers that were ever taken are below this. */
static inline uint32_t lina_members_used(const lina_arena_t *arena) {
    uint32_t used = load_acquire_u32(&arena->header->members_used);
    return used < arena->geo.max_members ? used : arena->geo.max_members;
}

static inline uint32_t lina_member_state(const lina_arena_t *arena, uint32_t m) {
    return load_acquire_u32(&arena->members[m].state);
}

static inline uint64_t lina_member_own_incarnation(const lina_arena_t *arena) {
    return load_relaxed_u64(&arena->members[arena->member].incarnation);
}

/* A reference to this member, in one word. */
static inline uint64_t lina_member_own_reference(const lina_arena_t *arena) {
    return lina_member_own_incarnation(arena) << MEMBER_NUMBER_BITS | arena->member;
}

static inline uint32_t lina_reference_number(uint64_t reference) {
    return (uint32_t)reference % LINA_MAX_MEMBERS;
}

static inline uint64_t lina_reference_incarnation(uint64_t reference) {
    return reference >> MEMBER_NUMBER_BITS;
}

/* Locks the byte of an unused number. Tries free numbers first, then those whose holders died. Returns 0 or a negative
 * errno, which is -EAGAIN if all numbers are taken. */
int lina_member_find_number(lina_arena_t *arena, uint32_t *m);
/* Writes this member into the table, under a number whose byte it has locked. True if a dead member had the number. */
bool lina_member_enter(lina_arena_t *arena, uint32_t m);
/* Marks this member as one that has closed the arena. Its pins stay. */
void lina_member_close(lina_arena_t *arena);
/* Gives the number up. The caller then closes the arena's file. */
void lina_member_leave(lina_arena_t *arena);

/* False once the kernel has dropped the member's lock. True for this member itself. */
bool lina_member_alive(const lina_arena_t *arena, uint32_t member);
/* True if there is no other member. */
bool lina_member_alone(const lina_arena_t *arena);
/* How many members are alive and have not closed the arena, this one included. */
uint32_t lina_members_count(const lina_arena_t *arena);
/* True if the last member removes the arena's name. */
static inline bool lina_arena_is_temporary(const lina_arena_t *arena) {
    return (load_relaxed_u32(&arena->header->flags) & LINA_ARENA_TEMPORARY) != 0;
}
/* The last member of a temporary arena removes the arena's name. A leaving member takes this lock (false if it cannot),
 * looks for other members, and removes the name if there is none. A newcomer that has become a member waits until the
 * lock is free, and then checks that the name is still there. */
bool lina_member_lock_name(const lina_arena_t *arena);
void lina_member_unlock_name(const lina_arena_t *arena);
void lina_member_await_name(const lina_arena_t *arena);

/* A crash in progress: while the kernel writes a core dump, it keeps the locks of the process. Lina takes the member
 * for dead when it has seen this twice, 10 ms apart. */
struct lina_dumping {
    uint64_t incarnation, since; /* of the member; when it was first seen */
};
/* The member that this thread saw dumping last. It is for calls that only look, and that a program repeats until they
 * succeed. */
struct lina_dumping *lina_dumping_seen(void);
bool lina_member_is_dumping(const lina_arena_t *arena, uint32_t member, struct lina_dumping *seen);

/* True when the member that had the number as this incarnation has closed the arena, or its process died. */
bool lina_member_is_gone(const lina_arena_t *arena, uint32_t member, uint64_t incarnation,
                         struct lina_dumping *seen);

/* The name of the member that has, or last had, a number; "" if it had none. True if the member that has the number
 * now took the name. */
bool lina_member_name(const lina_arena_t *arena, uint32_t member, char name[LINA_MAX_NAME]);
/* The id of its process, or 0 if the stored id does not agree with the system. */
uint32_t lina_member_pid(const lina_arena_t *arena, uint32_t member);

/* "member 3 (process 4711)", or "member 3" if the process is not known. */
#define LINA_MEMBER_TEXT 48
void lina_member_describe(const lina_arena_t *arena, uint32_t member, char text[LINA_MEMBER_TEXT]);

#endif
