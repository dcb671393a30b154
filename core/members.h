/* members.h - which processes have the arena.
 *
 * A member holds the kernel's write lock on the byte of the arena's file with its number. The kernel
 * drops it when the process ends, however it ends; that is how death is known, without process ids.
 * The table only remembers whether whoever had a number left in order. */
#ifndef LINA_MEMBERS_H
#define LINA_MEMBERS_H

#include "arena.h"

/* Takes a number for this process and settles what a dead holder of it left. BUSY when none is
 * free. */
int lina_member_join(lina_arena_t *arena);
/* Gives the number up. */
void lina_member_leave(lina_arena_t *arena);

/* False once the kernel says so; true for this process itself. */
bool lina_member_alive(const lina_arena_t *arena, uint32_t member);
/* True when the kernel knows of no other member. */
bool lina_member_alone(const lina_arena_t *arena);
uint32_t lina_members_count(const lina_arena_t *arena);

/* Writers only. Gives back the pins (and so the loans) of all who died; true if there were any. */
bool lina_members_bury(lina_arena_t *arena);

#endif
