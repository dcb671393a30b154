/* list.h - what all lists of the API have in common: the caller's room for entries, and how many entries there are. */
#ifndef LINA_LIST_H
#define LINA_LIST_H

#include "error.h"

/* INVALID if the caller gave no place for the count, or asks for entries and gave no room for them. `what` is the
 * list's name in the error. */
static inline int lina_list_check(const char *what, const void *out, size_t cap,
                                  const size_t *written) {
    return written != NULL && (out != NULL || cap == 0)
               ? LINA_OK
               : lina_fail(LINA_ERR_INVALID, "%s: NULL argument", what);
}

/* Stores how many entries a list has, and how many of them were written to `out`, which has room for `cap`. Without
 * `out`, the caller wants to know the number, so all of them count as written. */
static inline void lina_list_end(size_t count, const void *out, size_t cap, size_t *written,
                                 size_t *total) {
    *written = out == NULL || count < cap ? count : cap;
    if (total != NULL)
        *total = count;
}

#endif
