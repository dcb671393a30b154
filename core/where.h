/* where.h - how arenas are named, and what is found there: "shm:NAME", "file:PATH", "fd:N". */
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
    bool owned;           /* must belong to this user: names in a folder that all may write */
};

/* INVALID, naming what was given, for anything else; no name can leave its folder. */
int lina_where_parse(const char *text, struct lina_where *out);
/* INVALID for a descriptor, too. */
int lina_where_parse_name(const char *text, struct lina_where *out);

/* Opens the file there, on a description of its own, and says what it is. `text` names it in errors. */
int lina_where_open(const struct lina_where *where, const char *text, struct platform_file *out,
                    struct platform_stat *st);

#endif
