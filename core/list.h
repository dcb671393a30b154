/* list.h - what all lists of the API have in common: room that the caller gave, and how many there are. */
#ifndef LINA_LIST_H
#define LINA_LIST_H

#include "error.h"

/* INVALID where the caller gave no place for the count, or no room for what it asks for. `what` is listed. */
static inline int lina_list_check(const char *what, const void *out, size_t cap,
                                  const size_t *written) {
    return written != NULL && (out != NULL || cap == 0)
               ? LINA_OK
               : lina_fail(LINA_ERR_INVALID, "%s: NULL argument", what);
}

/* Answers a list of `count`, of which those below `cap` have been written. */
static inline void lina_list_end(size_t count, const void *out, size_t cap, size_t *written,
                                 size_t *total) {
    *written = out == NULL || count < cap ? count : cap;
    if (total != NULL)
        *total = count;
}

#endif
