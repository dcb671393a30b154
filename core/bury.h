/* bury.h - gives back what dead members held. Writers only. */
#ifndef LINA_BURY_H
#define LINA_BURY_H

#include "mapping.h"

/* Gives a member's pins back. */
void lina_member_clear_pins(lina_arena_t *arena, uint32_t member);
/* Gives back the pins, and so the loans, of all dead members. True if there were any. */
bool lina_members_bury(lina_arena_t *arena);

#endif
