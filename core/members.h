/* members.h - which processes have the arena.
 *
 * A member holds the kernel's write lock on the byte of the arena's file with its number. The kernel
 * drops it when the process ends, however it ends; that is how death is known, without process ids.
 * The table only remembers whether whoever had a number left in order. */
#ifndef LINA_MEMBERS_H
#define LINA_MEMBERS_H

#include "mapping.h"

/* Locks the byte of a number that nobody has: first those that are free, then those whose holders
 * died. 0, or a negative errno; -EAGAIN when all are taken. */
int lina_member_find_number(const lina_arena_t *arena, uint32_t *m);
/* Gives the number up. */
void lina_member_leave(lina_arena_t *arena);

/* False once the kernel says so; true for this process itself. */
bool lina_member_alive(const lina_arena_t *arena, uint32_t member);
/* True when the kernel knows of no other member. */
bool lina_member_alone(const lina_arena_t *arena);
uint32_t lina_members_count(const lina_arena_t *arena);

/* Writers only. Gives a member's pins back. */
void lina_member_clear_pins(lina_arena_t *arena, uint32_t member);
/* Writers only. Gives back the pins (and so the loans) of all who died; true if there were any. */
bool lina_members_bury(lina_arena_t *arena);

#endif
