/* sweep.c - see sweep.h. */
#include "sweep.h"

#include <stdlib.h>
#include <string.h>

#include "layout.h"
#include "where.h"

#define MOST 64

/* True for a file with a temporary name (see platform_nameless) whose maker died before it could rename it. */
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

/* If this process can lock the bytes of all members, there is no member, and none can join before the name is
 * gone. */
static void remove_if_orphan(const char *path) {
    struct platform_file file;
    struct platform_stat st;
    if (platform_open(path, true, &file, &st) != 0)
        return; /* another user's, not a file, or just removed */
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
