/* where.h - reads an arena's place ("shm:NAME", "file:PATH", "fd:N") and opens the file there. */
#ifndef LINA_WHERE_H
#define LINA_WHERE_H

#include <stdbool.h>

#include "platform.h"

#define LINA_PATH 4096
#define LINA_SHM_FOLDER "/dev/shm"
#define LINA_SHM_PREFIX "lina." /* of the names of its files there */

struct lina_where {
    char path[LINA_PATH]; /* of a named arena */
    int fd;               /* of "fd:N", else -1 */
    bool owned;           /* the file must belong to this user */
};

/* Parses an arena's place. INVALID for any other text. The name after "shm:" cannot lead out of its folder. */
int lina_where_parse(const char *text, struct lina_where *out);
/* The same, but INVALID for "fd:N". */
int lina_where_parse_name(const char *text, struct lina_where *out);

/* Opens the file there as a new open file description, and fills in *st. Errors call it `text`. */
int lina_where_open(const struct lina_where *where, const char *text, struct platform_file *out,
                    struct platform_stat *st);

#endif
