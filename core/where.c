/* where.c - see where.h. */
#include "where.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "error.h"

#define SHM_LONGEST 200

static int parse_shm(const char *text, const char *name, struct lina_where *out) {
    size_t length = strlen(name);
    if (length == 0 || length > SHM_LONGEST || name[0] == '.' || strchr(name, '/') != NULL)
        return lina_fail(LINA_ERR_INVALID,
                         "arena \"%.64s\": a name of shared memory has 1 to %d bytes, no slash and "
                         "no dot in front",
                         text, SHM_LONGEST);
    for (const char *c = name; *c != '\0'; c++)
        if ((unsigned char)*c < 0x20 || *c == 0x7f)
            return lina_fail(LINA_ERR_INVALID, "arena \"shm:\": control character in its name");
    snprintf(out->path, sizeof out->path, LINA_SHM_FOLDER "/" LINA_SHM_PREFIX "%s", name);
    out->owned = true;
    return LINA_OK;
}

static int parse_file(const char *text, const char *path, struct lina_where *out) {
    /* Room for the suffix of platform_nameless. */
    if (path[0] == '\0' || strlen(path) > sizeof out->path - 64)
        return lina_fail(LINA_ERR_INVALID, "arena \"%.64s\": its path is empty or too long", text);
    snprintf(out->path, sizeof out->path, "%s", path);
    return LINA_OK;
}

static int parse_fd(const char *text, const char *number, struct lina_where *out) {
    char *end;
    long fd = strtol(number, &end, 10);
    if (number[0] < '0' || number[0] > '9' || *end != '\0' || fd > INT_MAX)
        return lina_fail(LINA_ERR_INVALID, "arena \"%.64s\": fd: needs a descriptor's number",
                         text);
    out->fd = (int)fd;
    return LINA_OK;
}

int lina_where_parse(const char *text, struct lina_where *out) {
    out->path[0] = '\0';
    out->fd = -1;
    out->owned = false;
    if (text == NULL)
        return lina_fail(LINA_ERR_INVALID, "the arena's name is NULL");
    if (strncmp(text, "shm:", 4) == 0)
        return parse_shm(text, text + 4, out);
    if (strncmp(text, "file:", 5) == 0)
        return parse_file(text, text + 5, out);
    if (strncmp(text, "fd:", 3) == 0)
        return parse_fd(text, text + 3, out);
    return lina_fail(LINA_ERR_INVALID, "arena \"%.64s\": a name is shm:NAME, file:PATH or fd:N",
                     text);
}

int lina_where_parse_name(const char *text, struct lina_where *out) {
    int rc = lina_where_parse(text, out);
    return rc == LINA_OK && out->fd >= 0
               ? lina_fail(LINA_ERR_INVALID, "arena \"%.64s\": a descriptor has no name", text)
               : rc;
}

/* Says why a descriptor or a path cannot be an arena's file. `error` is a negative errno. */
static int fail_open(const struct lina_where *where, const char *text, int error) {
    const char *kind = platform_kind(where->fd, where->path);
    if (kind != NULL)
        return lina_fail(LINA_ERR_INVALID, "arena \"%s\": it is %s, and must be a regular file",
                         text, kind);
    if (error == -EBADF)
        return lina_fail(LINA_ERR_INVALID, "arena \"%s\": descriptor %d is not open", text,
                         where->fd);
    if (error == -EPERM)
        return lina_fail(LINA_ERR_PERMISSION,
                         "arena \"%s\": it belongs to another user, who can cut it off; pass "
                         "LINA_ATTACH_OTHER_USER to trust them",
                         text);
    return lina_fail_errno(-error, "arena \"%s\": cannot open %.255s", text,
                           where->fd < 0 ? where->path : "it");
}

/* A file without a name comes from another process. If that process could truncate the file, touching the missing
 * part would end this one, so the file must be sealed. For a file with a name, its owner and mode say who may
 * truncate it. */
static int check_sealed(struct platform_file file, const char *text,
                        const struct platform_stat *st) {
    return st->named || platform_is_sealed(file)
               ? LINA_OK
               : lina_fail(LINA_ERR_INVALID,
                           "arena \"%s\": its file has no name and is not sealed against shrinking "
                           "(F_SEAL_SHRINK): whoever sent it could cut it off",
                           text);
}

static int open_descriptor(const struct lina_where *where, const char *text,
                           struct platform_file *out, struct platform_stat *st) {
    struct platform_file given; /* looked at before opening, which can have effects for a device */
    int error = platform_adopt(where->fd, &given, st);
    if (error != 0)
        return fail_open(where, text, error);
    int rc = check_sealed(given, text, st);
    if (rc != LINA_OK)
        return rc;
    error = platform_reopen(given, false, out);
    return error == 0 ? LINA_OK : fail_open(where, text, error);
}

int lina_where_open(const struct lina_where *where, const char *text, struct platform_file *out,
                    struct platform_stat *st) {
    if (where->fd >= 0)
        return open_descriptor(where, text, out, st);
    int error = platform_open(where->path, where->owned, out, st);
    return error == 0 ? LINA_OK : fail_open(where, text, error);
}
