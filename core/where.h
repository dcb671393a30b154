/* where.h - how arenas are named: "shm:NAME", "file:PATH", "fd:N". */
#ifndef LINA_WHERE_H
#define LINA_WHERE_H

#include <stdbool.h>

#define LINA_PATH 4096

struct lina_where {
    char path[LINA_PATH]; /* of a named arena */
    int fd;               /* of "fd:N", else -1 */
    bool owned;           /* must belong to this user: names in a folder that all may write */
};

/* INVALID, naming what was given, for anything else; no name can leave its folder. */
int lina_where_parse(const char *text, struct lina_where *out);

#endif
