/* rebuild.h - computes all indexes over the arrays anew, after a writer died in the section. Writers only. */
#ifndef LINA_REBUILD_H
#define LINA_REBUILD_H

#include "mapping.h"

/* Rebuilds lists, counts, the name index and gaps from the slots and the ledger. CORRUPT, NO_MEMORY. */
int lina_rebuild_arrays(lina_arena_t *arena);

#endif
