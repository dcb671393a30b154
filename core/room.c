/* room.c - the error of a system that has no room for an arena's pages. */
#include "room.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "error.h"
#include "platform.h"
#include "where.h"

int lina_fail_room(const lina_arena_t *arena, int error, const char *format, ...) {
    char what[sizeof((struct lina_failure *)NULL)->sentence];
    uint64_t bytes, free;
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(what, sizeof what, format, arguments);
    va_end(arguments);
    if (error != -ENOSPC || !platform_disk(arena->file, &bytes, &free))
        return lina_fail_errno(-error, "%s", what);
    bool shm = strncmp(arena->where, "shm:", 4) == 0;
    return lina_fail_errno(-error, "%s: %s has %llu MiB, and %llu KiB of them are free%s", what,
                           shm ? LINA_SHM_FOLDER : "its disk", (unsigned long long)bytes >> 20,
                           (unsigned long long)free >> 10,
                           shm ? " (a container gets more with --shm-size)" : "");
}
