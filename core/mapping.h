/* mapping.h - an arena's struct and its memory: made, mapped, laid out, freed. */
#ifndef LINA_MAPPING_H
#define LINA_MAPPING_H

#include "arena.h"

/* A struct without memory and file. NULL with the error set, also when the caller gave no place `out`
 * for what it asked for. */
lina_arena_t *lina_mapping_new(const char *where, const void *out);
/* Unmaps and closes what there is. */
void lina_mapping_free(lina_arena_t *arena);

/* Maps the arena's file, or zeroes for registered memory's tables, by its geometry. */
int lina_mapping_make(lina_arena_t *arena);
/* The same for a file that is there, of so many bytes: the geometry is read from it first. */
int lina_mapping_read(lina_arena_t *arena, uint64_t bytes);

/* Opens the file anew, for itself, instead of as it is open now; `fd` is -1 if that fails. */
int lina_mapping_reopen(lina_arena_t *arena);

#endif
