/* sweep.c - see sweep.h. */
#include "sweep.h"

#include <stdlib.h>
#include <string.h>

#include "layout.h"
#include "where.h"

#define MOST 64

/* A file that was made under a name for now, of which platform_nameless tells: its maker died before it had
 * the right one. */
static bool is_half_made(const char *path) {
    const char *mark = strstr(path, PLATFORM_TEMPORARY);
    return mark != NULL && platform_process_start(
                               (uint32_t)strtoul(mark + strlen(PLATFORM_TEMPORARY), NULL, 10)) == 0;
}

static bool is_temporary(struct platform_file file) {
    struct lina_header header;
    return platform_read(file, &header, offsetof(struct lina_header, lock)) == 0 &&
           header.magic == LINA_MAGIC && header.ready == LINA_READY &&
           (header.flags & LINA_ARENA_TEMPORARY) != 0;
}

/* Holding all members' bytes: nobody is one, and nobody becomes one before the name is gone. */
static void remove_if_orphan(const char *path) {
    struct platform_file file;
    struct platform_stat st;
    if (platform_open(path, true, &file, &st) != 0)
        return; /* another user's, no file, or just gone */
    if ((is_half_made(path) || is_temporary(file)) &&
        platform_lock_byte(file, 0, LINA_MAX_MEMBERS) == 0 && platform_is_at(file, path))
        platform_unname(path);
    platform_close(file);
}

static bool visit(void *seen, const char *path) {
    remove_if_orphan(path);
    return ++*(int *)seen < MOST;
}

void lina_sweep_orphans(void) {
    int seen = 0;
    platform_each_file(LINA_SHM_FOLDER, LINA_SHM_PREFIX, visit, &seen);
}
