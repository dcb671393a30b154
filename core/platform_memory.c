/* platform_memory.c - whether Linux would give this process so much memory, or end one for want of it.
 *
 * The machine's own figure, and what is left below the limits of the control groups that the process is
 * in (a container's, for one). Pages of files that can be dropped count as free in both. See the kernel's
 * Documentation/admin-guide/cgroup-v2.rst and cgroup-v1/memory.rst. */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <fcntl.h>
#include <linux/magic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "platform.h"

#define TEXT 4096u
#define ASK_FROM (UINT64_C(4) << 20) /* bytes */

/* Where a kind of control group tells what. */
struct kind {
    const char *root, *limit, *usage;
};

/* The beginning of a small file. False when there is none. */
static bool read_text(const char *path, char text[TEXT]) {
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return false;
    ssize_t got = read(fd, text, TEXT - 1);
    close(fd);
    text[got > 0 ? got : 0] = '\0';
    return got > 0;
}

/* The number behind `key` at the beginning of a line, or `otherwise`. */
static uint64_t number_of(const char *text, const char *key, uint64_t otherwise) {
    size_t length = strlen(key);
    while (strncmp(text, key, length) != 0) {
        text = strchr(text, '\n');
        if (text == NULL)
            return otherwise;
        text++;
    }
    char *end;
    uint64_t number = strtoull(text + length, &end, 10);
    return end == text + length ? otherwise : number;
}

static uint64_t machine_available(void) {
    char text[TEXT];
    uint64_t kib = UINT64_MAX;
    if (read_text("/proc/meminfo", text))
        kib = number_of(text, "MemAvailable:", UINT64_MAX);
    return kib < UINT64_MAX / 1024 ? kib * 1024 : UINT64_MAX;
}

static bool read_in(const struct kind *kind, const char *group, const char *file, char text[TEXT]) {
    char path[TEXT];
    int length = snprintf(path, sizeof path, "%s%s/%s", kind->root, group, file);
    return length < (int)sizeof path && read_text(path, text);
}

/* What a group may still take, UINT64_MAX without a limit. */
static uint64_t left_in(const struct kind *kind, const char *group) {
    char text[TEXT];
    if (!read_in(kind, group, kind->limit, text))
        return UINT64_MAX;
    uint64_t limit = number_of(text, "", UINT64_MAX); /* "max" is no number */
    if (limit == UINT64_MAX || !read_in(kind, group, kind->usage, text))
        return UINT64_MAX;
    uint64_t usage = number_of(text, "", 0), droppable = 0;
    if (read_in(kind, group, "memory.stat", text))
        droppable = number_of(text, "inactive_file ", 0) + number_of(text, "active_file ", 0);
    usage -= droppable < usage ? droppable : usage;
    return usage < limit ? limit - usage : 0;
}

/* The least that is left in a group and in those that it is in. */
static uint64_t left_from(const struct kind *kind, char *group) {
    uint64_t least = left_in(kind, "");
    for (char *end; (end = strrchr(group, '/')) != NULL; *end = '\0') {
        uint64_t left = end[1] == '\0' ? UINT64_MAX : left_in(kind, group);
        least = left < least ? left : least;
    }
    return least;
}

static uint64_t available(void) {
    static const struct kind one = {"/sys/fs/cgroup/memory", "memory.limit_in_bytes",
                                    "memory.usage_in_bytes"};
    static const struct kind two = {"/sys/fs/cgroup", "memory.max", "memory.current"};
    uint64_t least = machine_available();
    char text[TEXT], *rest = text;
    if (!read_text("/proc/self/cgroup", text))
        return least;
    for (char *line; (line = strsep(&rest, "\n")) != NULL;) { /* "4:memory:/group" or "0::/group" */
        char *controllers = strchr(line, ':');
        char *group = controllers == NULL ? NULL : strchr(controllers + 1, ':');
        if (group == NULL)
            continue;
        *group++ = '\0';
        bool is_two = controllers[1] == '\0';
        if (!is_two && strcmp(controllers + 1, "memory") != 0)
            continue;
        uint64_t left = left_from(is_two ? &two : &one, group);
        least = left < least ? left : least;
    }
    return least;
}

static bool is_memory(int fd) {
    struct statfs fs;
    return fstatfs(fd, &fs) == 0 && (fs.f_type == TMPFS_MAGIC || fs.f_type == RAMFS_MAGIC);
}

/* The bytes of a range that have no pages yet, as far as the system tells: those that were taken and never
 * written count too. */
static uint64_t missing(int fd, uint64_t offset, uint64_t bytes) {
    uint64_t end = offset + bytes, sum = 0;
    while (offset < end) {
        uint64_t data = platform_next_data(fd, offset);
        off_t hole = data < end ? lseek(fd, (off_t)data, SEEK_HOLE) : -1;
        sum += (data < end ? data : end) - offset;
        offset = hole > 0 && (uint64_t)hole > data ? (uint64_t)hole : end;
    }
    return sum;
}

bool platform_has_room(int fd, uint64_t offset, uint64_t bytes) {
    if (bytes < ASK_FROM || !is_memory(fd))
        return true;
    uint64_t most = available();
    return bytes <= most || missing(fd, offset, bytes) <= most;
}
