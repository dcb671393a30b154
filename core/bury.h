/* bury.h - what the dead held is given back. Writers only. */
#ifndef LINA_BURY_H
#define LINA_BURY_H

#include "mapping.h"

/* Gives a member's pins back. */
void lina_member_clear_pins(lina_arena_t *arena, uint32_t member);
/* Gives back the pins (and so the loans) of all who died; true if there were any. */
bool lina_members_bury(lina_arena_t *arena);

#endif
