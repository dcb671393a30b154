/* held.h - finds out whether a pin, an alias or a raw pointer holds a slot. [all] */
#ifndef LINA_HELD_H
#define LINA_HELD_H

#include "names.h"
#include "tables.h"

/* `word` is the slot's state word, loaded before. */
bool lina_slot_is_held(lina_arena_t *arena, uint32_t slot, uint64_t word);

#endif
