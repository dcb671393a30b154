/* platform_memory.c - tells whether the machine has a number of bytes of memory left for this process. If not, the
 * kernel would end a process rather than refuse a page.
 *
 * It looks at what the machine has left, and at what the limits of the process's control groups leave (such as a
 * container's). Pages of files that can be dropped count as free in both. Swap counts only for the machine. See the
 * kernel's Documentation/admin-guide/cgroup-v2.rst and cgroup-v1/memory.rst. */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <linux/magic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "platform.h"

#define TEXT 4096u
#define ASK_FROM (UINT64_C(16) << 20) /* bytes */

/* The files and keys of one kind of control groups. */
struct kind {
    const char *root, *limit, *usage;
    const char *inactive, *active; /* pages of files: can be dropped */
};

static bool read_text(const char *path, char text[TEXT]) {
    return platform_read_text(path, text, TEXT);
}

/* The number after `key` at the beginning of a line, or `otherwise`. */
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

static bool machine_has(uint64_t bytes) {
    char text[TEXT];
    return !read_text("/proc/meminfo", text) ||
           bytes / 1024 <=
               number_of(text, "MemAvailable:", UINT64_MAX / 2) + number_of(text, "SwapFree:", 0);
}

static bool read_in(const struct kind *kind, const char *group, const char *file, char text[TEXT]) {
    char path[TEXT];
    int length = snprintf(path, sizeof path, "%s%s/%s", kind->root, group, file);
    return length < (int)sizeof path && read_text(path, text);
}

static bool group_has(const struct kind *kind, const char *group, uint64_t bytes) {
    char text[TEXT];
    if (!read_in(kind, group, kind->limit, text))
        return true;
    uint64_t limit = number_of(text, "", UINT64_MAX); /* "max" is not a number */
    if (limit == UINT64_MAX || !read_in(kind, group, kind->usage, text))
        return true;
    uint64_t usage = number_of(text, "", 0);
    if (bytes <= limit && usage <= limit - bytes)
        return true;
    if (bytes > limit || !read_in(kind, group, "memory.stat", text))
        return false;
    uint64_t droppable = number_of(text, kind->inactive, 0) + number_of(text, kind->active, 0);
    return usage - limit + bytes <= droppable;
}

/* Asks a group and all groups around it. */
static bool groups_have(const struct kind *kind, char *group, uint64_t bytes) {
    bool have = group_has(kind, "", bytes);
    for (char *end; have && (end = strrchr(group, '/')) != NULL; *end = '\0')
        have = end[1] == '\0' || group_has(kind, group, bytes);
    return have;
}

bool platform_has_memory(uint64_t bytes) {
    static const struct kind one = {"/sys/fs/cgroup/memory", "memory.limit_in_bytes",
                                    "memory.usage_in_bytes", "total_inactive_file ",
                                    "total_active_file "};
    static const struct kind two = {"/sys/fs/cgroup", "memory.max", "memory.current",
                                    "inactive_file ", "active_file "};
    char text[TEXT], *rest = text;
    if (!machine_has(bytes))
        return false;
    if (!read_text("/proc/self/cgroup", text))
        return true;
    for (char *line; (line = strsep(&rest, "\n")) != NULL;) { /* "4:memory:/group" or "0::/group" */
        char *controllers = strchr(line, ':');
        char *group = controllers == NULL ? NULL : strchr(controllers + 1, ':');
        if (group == NULL)
            continue;
        *group++ = '\0';
        bool is_two = controllers[1] == '\0';
        if ((is_two || strcmp(controllers + 1, "memory") == 0) &&
            !groups_have(is_two ? &two : &one, group, bytes))
            return false;
    }
    return true;
}

static bool is_memory(struct platform_file file) {
    struct statfs fs;
    return fstatfs(file.fd, &fs) == 0 && (fs.f_type == TMPFS_MAGIC || fs.f_type == RAMFS_MAGIC);
}

/* How many bytes of a range have no pages yet, as far as the system tells. It also counts pages that were taken and
 * never written. */
static uint64_t missing(struct platform_file file, uint64_t offset, uint64_t bytes) {
    uint64_t end = offset + bytes, sum = 0;
    while (offset < end) {
        uint64_t data = platform_next_data(file, offset);
        off_t hole = data < end ? lseek(file.fd, (off_t)data, SEEK_HOLE) : -1;
        sum += (data < end ? data : end) - offset;
        offset = hole > 0 && (uint64_t)hole > data ? (uint64_t)hole : end;
    }
    return sum;
}

bool platform_has_room(struct platform_file file, uint64_t offset, uint64_t bytes) {
    if (bytes < ASK_FROM || !is_memory(file))
        return true;
    return platform_has_memory(bytes) || platform_has_memory(missing(file, offset, bytes));
}
