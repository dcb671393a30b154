/* geometry.h - where an arena's tables lie, and whether a file can be an arena. */
#ifndef LINA_GEOMETRY_H
#define LINA_GEOMETRY_H

#include <stdbool.h>

#include "layout.h"

/* The `unit` of an arena with these flags: the size of a huge page with LINA_ARENA_HUGE, otherwise 0. If the unit is
 * smaller than LINA_BIG_PAGE, lina_geometry_compute replaces it by that. */
uint64_t lina_geometry_unit(uint32_t flags);
static inline bool lina_geometry_is_huge(const struct lina_geometry *geo) {
    return geo->unit > LINA_BIG_PAGE;
}
/* Computes all other fields from `data_size`, the three `max_` numbers of arrays, signals and members, and `unit`.
 * False if one of the four numbers is out of bounds. */
bool lina_geometry_compute(struct lina_geometry *geo);
/* Fills the zeroed header of a new arena, except `ready`, which the caller stores last. */
void lina_geometry_write(const struct lina_geometry *geo, uint32_t flags,
                         struct lina_header *header);
/* The checksum of a header's four numbers and its flags. It detects accidental changes. */
uint32_t lina_geometry_check(const struct lina_header *header);
/* Computes the geometry of a file of `file_size` bytes from a copy of the first cache line of its header. Fails with
 * VERSION or CORRUPT; the error says what was found in the file. */
int lina_geometry_read(struct lina_geometry *geo, const struct lina_header *header,
                       uint64_t file_size, const char *where);

#endif
