/* geometry.h - where the tables of an arena lie, and whether an image can be one. */
#ifndef LINA_GEOMETRY_H
#define LINA_GEOMETRY_H

#include <stdbool.h>

#include "layout.h"

/* The `unit` of an arena with these flags; 0 is as good as LINA_BIG_PAGE. */
uint64_t lina_geometry_unit(uint32_t flags);
static inline bool lina_geometry_is_huge(const struct lina_geometry *geo) {
    return geo->unit > LINA_BIG_PAGE;
}
/* Computes everything from the four numbers and the unit; false when they are out of bounds. */
bool lina_geometry_compute(struct lina_geometry *geo);
/* A new header for that geometry, complete but for `ready`. */
void lina_geometry_write(const struct lina_geometry *geo, uint32_t flags,
                         struct lina_header *header);
/* The sum of a header's numbers and flags: what was altered by accident does not fit it. */
uint32_t lina_geometry_check(const struct lina_header *header);
/* Reads the geometry of an image of `file_size` bytes from a copy of its header's first line. VERSION
 * or CORRUPT, saying what was found. */
int lina_geometry_read(struct lina_geometry *geo, const struct lina_header *header,
                       uint64_t file_size, const char *where);

#endif
