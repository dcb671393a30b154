/* check.h - the validator behind lina_check_arena. */
#ifndef LINA_CHECK_H
#define LINA_CHECK_H

#include "mapping.h"

/* Inside the writer's section: LINA_OK, or CORRUPT with the first invariant that does not hold. */
int lina_check_tables(lina_arena_t *arena);

#endif
