/* check.h - checks all invariants of the tables, for lina_check_arena. */
#ifndef LINA_CHECK_H
#define LINA_CHECK_H

#include "mapping.h"

/* Called inside the writer's section. CORRUPT names the first invariant that does not hold. */
int lina_check_tables(lina_arena_t *arena);

#endif
