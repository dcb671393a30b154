/* platform_file.c - the part of platform.h about files: making, opening, naming and describing them. */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "platform_private.h"

#define LOWEST 3            /* the first descriptor that stdio does not use */
#define LINK_CAPACITY 64    /* of a path in /proc */
#define RENAME_NOREPLACE_ 1 /* not every libc declares it */

/* ---- calls at which pthread_cancel could end the thread ----------------------------------------- */

/* open, close, read and fallocate are such calls. A thread that ended there would leave an arena's writer lock or the
 * process's mutex locked for ever. So cancellation is off during these calls. */

static int close_nocancel(int fd) {
    int before;
    platform_cancel_off(&before);
    int rc = platform_result(close(fd));
    platform_cancel_on(before);
    return rc;
}

static ssize_t read_nocancel(int fd, void *out, size_t bytes) { /* from the start */
    int before;
    platform_cancel_off(&before);
    ssize_t got = pread(fd, out, bytes, 0);
    if (got < 0)
        got = -errno;
    platform_cancel_on(before);
    return got;
}

static int closing(int fd, int error) {
    close_nocancel(fd);
    return error;
}

/* Moves a new descriptor away from 0, 1 and 2, which the host may have closed. Otherwise a library that warns on
 * descriptor 2 would write its warning into the arena. A negative errno is returned as it is. */
static int away_from_stdio(int fd) {
    if (fd < 0 || fd >= LOWEST)
        return fd;
    return closing(fd, platform_result(fcntl(fd, F_DUPFD_CLOEXEC, LOWEST)));
}

/* Returns a descriptor or a negative errno. */
static int open_nocancel(const char *path, int flags) {
    int before;
    platform_cancel_off(&before);
    int fd = platform_result(open(path, flags | O_CLOEXEC, 0600));
    platform_cancel_on(before);
    return away_from_stdio(fd);
}

/* The path of an open descriptor. Not in /proc/self: that shows the main thread's descriptors, and the calling thread
 * can have its own table (unshare with CLONE_FILES). */
static void link_of(int fd, char out[LINK_CAPACITY]) {
    snprintf(out, LINK_CAPACITY, "/proc/thread-self/fd/%d", fd);
}

/* ---- which file a descriptor is ---------------------------------------------------------------- */

static void describe(const struct stat *st, struct platform_stat *out) {
    *out = (struct platform_stat){.bytes = (uint64_t)st->st_size,
                                  .resident_bytes = (uint64_t)st->st_blocks * 512,
                                  .device = st->st_dev,
                                  .number = st->st_ino,
                                  .owner = st->st_uid,
                                  .named = st->st_nlink > 0};
}

int platform_adopt(int fd, struct platform_file *out, struct platform_stat *st) {
    struct stat s;
    if (fstat(fd, &s) != 0)
        return -errno;
    describe(&s, st);
    *out = (struct platform_file){.fd = fd, .device = st->device, .number = st->number};
    return S_ISREG(s.st_mode) ? 0 : -EINVAL;
}

/* The same for a descriptor that was opened here. Closes it if `error` is set or if this fails. */
static int adopt_own(int fd, int error, struct platform_file *out, struct platform_stat *st) {
    struct platform_file file;
    if (fd < 0)
        return fd;
    if (error == 0)
        error = platform_adopt(fd, &file, st);
    if (error != 0)
        return closing(fd, error);
    *out = file;
    out->fresh = true;
    return 0;
}

int platform_file_look(struct platform_file file, struct stat *st) {
    return file.fd < 0 || fstat(file.fd, st) != 0 || st->st_dev != file.device ||
                   st->st_ino != file.number
               ? -EBADF
               : 0;
}

int platform_file_check(struct platform_file file) {
    struct stat st;
    return file.fresh ? 0 : platform_file_look(file, &st);
}

int platform_stat(struct platform_file file, struct platform_stat *out) {
    struct stat st;
    int error = platform_file_look(file, &st);
    if (error != 0)
        return error;
    describe(&st, out);
    return S_ISREG(st.st_mode) ? 0 : -EINVAL;
}

/* ---- making files ------------------------------------------------------------------------------ */

/* Checks the limit first: above it, ftruncate would end the process with SIGXFSZ. */
static int set_size(int fd, uint64_t bytes) {
    struct rlimit limit;
    if (getrlimit(RLIMIT_FSIZE, &limit) == 0 && bytes > limit.rlim_cur)
        return -EFBIG;
    return platform_result(ftruncate(fd, (off_t)bytes));
}

uint64_t platform_huge_page(void) {
    static const char key[] = "\nHugepagesize:";
    char text[4096];
    const char *at =
        platform_read_text("/proc/meminfo", text, sizeof text) ? strstr(text, key) : NULL;
    return at == NULL ? 0 : strtoull(at + sizeof key - 1, NULL, 10) * 1024;
}

int platform_anonymous(uint64_t bytes, bool huge, struct platform_file *out) {
    struct platform_stat st;
    unsigned flags = MFD_CLOEXEC | MFD_ALLOW_SEALING | (huge ? MFD_HUGETLB : 0);
    int fd = away_from_stdio(platform_result(memfd_create("lina", flags)));
    if (fd < 0)
        return fd;
    int error = set_size(fd, bytes);
    if (error == 0)
        error = platform_result(fcntl(fd, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL));
    return adopt_own(fd, error, out, &st);
}

/* Opens a file without a name in the folder of `path`. The kernel removes it when the process ends. */
static int open_unlisted(const char *path) {
    const char *slash = strrchr(path, '/');
    size_t length = slash == NULL ? 0 : (size_t)(slash - path) + 1;
    char *folder = slash == NULL ? strdup(".") : strndup(path, length);
    if (folder == NULL)
        return -ENOMEM;
    int fd = open_nocancel(folder, O_TMPFILE | O_RDWR);
    free(folder);
    return fd;
}

/* Opens a file with a temporary name, for file systems that cannot make one without a name. */
static int open_temporary(const char *path, char *temporary, size_t capacity) {
    int length = snprintf(temporary, capacity, "%s" PLATFORM_TEMPORARY "%d-%llx", path,
                          (int)getpid(), (unsigned long long)platform_now());
    if (length < 0 || (size_t)length >= capacity)
        return -ENAMETOOLONG;
    return open_nocancel(temporary, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW);
}

/* The umask changes the mode of open, but not that of fchmod. */
static int set_up(int fd, uint64_t bytes, uint32_t mode) {
    int error = set_size(fd, bytes);
    return error == 0 ? platform_result(fchmod(fd, mode)) : error;
}

int platform_nameless(const char *path, uint64_t bytes, uint32_t mode, char *temporary,
                      size_t capacity, struct platform_file *out) {
    struct platform_stat st;
    temporary[0] = '\0';
    int fd = open_unlisted(path);
    if (fd < 0)
        fd = open_temporary(path, temporary, capacity);
    int error = adopt_own(fd, fd < 0 ? 0 : set_up(fd, bytes, mode), out, &st);
    if (error == 0)
        return 0;
    if (fd >= 0 && temporary[0] != '\0')
        unlink(temporary);
    temporary[0] = '\0';
    return error;
}

/* Both calls refuse a name that is taken. It needs both: some file systems have no links, and some cannot rename
 * without replacing (NFS, ZFS, FUSE). */
static int move_name(const char *from, const char *to) {
    int error = platform_result(link(from, to));
    if (error == 0)
        return platform_result(unlink(from));
    if (error == -EEXIST)
        return error;
    long rc = syscall(SYS_renameat2, AT_FDCWD, from, AT_FDCWD, to, RENAME_NOREPLACE_);
    return rc == 0 ? 0 : errno == EEXIST ? -EEXIST : error;
}

int platform_name(struct platform_file file, const char *temporary, const char *path) {
    char link[LINK_CAPACITY];
    if (temporary[0] != '\0')
        return move_name(temporary, path);
    link_of(file.fd, link);
    return platform_result(linkat(AT_FDCWD, link, AT_FDCWD, path, AT_SYMLINK_FOLLOW));
}

int platform_unname(const char *path) { return platform_result(unlink(path)); }

static void visit_all(DIR *open_folder, const char *folder, const char *prefix,
                      bool (*visit)(void *context, const char *path), void *context) {
    bool more = true;
    for (struct dirent *entry; more && (entry = readdir(open_folder)) != NULL;) {
        char path[4096];
        int length = snprintf(path, sizeof path, "%s/%s", folder, entry->d_name);
        if (strncmp(entry->d_name, prefix, strlen(prefix)) == 0 && length < (int)sizeof path)
            more = visit(context, path);
    }
}

void platform_each_file(const char *folder, const char *prefix,
                        bool (*visit)(void *context, const char *path), void *context) {
    int before;
    platform_cancel_off(&before);
    DIR *open_folder = opendir(folder); /* read-only, so it may be descriptor 2 */
    if (open_folder != NULL) {
        visit_all(open_folder, folder, prefix, visit, context);
        closedir(open_folder);
    }
    platform_cancel_on(before);
}

/* ---- opening files ----------------------------------------------------------------------------- */

const char *platform_kind(int fd, const char *path) {
    struct stat st;
    if ((fd >= 0 ? fstat(fd, &st) : lstat(path, &st)) != 0)
        return NULL;
    switch (st.st_mode & S_IFMT) {
    case S_IFLNK:
        return "a symbolic link";
    case S_IFDIR:
        return "a folder";
    case S_IFIFO:
        return "a pipe";
    case S_IFSOCK:
        return "a socket";
    case S_IFCHR:
    case S_IFBLK:
        return "a device";
    case S_IFREG:
        return NULL;
    default: /* an eventfd and others for which S_IFMT is 0 */
        return "a descriptor of another kind";
    }
}

int platform_open(const char *path, bool owned, struct platform_file *out,
                  struct platform_stat *st) {
    /* O_NONBLOCK: opening a fifo by mistake must not hang. */
    int fd = open_nocancel(path, O_RDWR | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY);
    int error = adopt_own(fd, 0, out, st);
    if (error != 0 || !owned || st->owner == geteuid())
        return error;
    return closing(fd, -EPERM);
}

int platform_reopen(struct platform_file file, bool inherit, struct platform_file *out) {
    char link[LINK_CAPACITY];
    int error = platform_file_check(file);
    if (error != 0)
        return error;
    link_of(file.fd, link);
    int fd = open_nocancel(link, O_RDWR);
    if (fd < 0)
        return fd;
    if (inherit)
        fcntl(fd, F_SETFD, 0);
    *out = file;
    out->fd = fd;
    out->fresh = true;
    return 0;
}

void platform_close(struct platform_file file) {
    if (platform_file_check(file) == 0)
        close_nocancel(file.fd);
}

/* ---- asking about files ------------------------------------------------------------------------ */

bool platform_is_limited(struct platform_file file) {
    struct statfs fs;
    /* The kernel's own mount, on which memfds lie, has no limit and reports 0 blocks. */
    return fstatfs(file.fd, &fs) != 0 || fs.f_type != TMPFS_MAGIC || fs.f_blocks != 0;
}

bool platform_disk(struct platform_file file, uint64_t *bytes, uint64_t *free) {
    struct statfs fs;
    if (fstatfs(file.fd, &fs) != 0 || fs.f_blocks == 0)
        return false;
    *bytes = (uint64_t)fs.f_blocks * (uint64_t)fs.f_bsize;
    *free = (uint64_t)fs.f_bavail * (uint64_t)fs.f_bsize;
    return true;
}

bool platform_is_sealed(struct platform_file file) {
    int seals = fcntl(file.fd, F_GET_SEALS);
    return seals >= 0 && (seals & F_SEAL_SHRINK) != 0;
}

int platform_path(struct platform_file file, char *out, size_t capacity) {
    char link[LINK_CAPACITY];
    link_of(file.fd, link);
    ssize_t length = readlink(link, out, capacity);
    if (length < 0)
        return -errno;
    if ((size_t)length == capacity)
        return -ENAMETOOLONG;
    out[length] = '\0';
    return 0;
}

int platform_read(struct platform_file file, void *out, size_t bytes) {
    ssize_t got = read_nocancel(file.fd, out, bytes);
    if (got < 0)
        return (int)got;
    return (size_t)got == bytes ? 0 : -ENODATA;
}

bool platform_read_text(const char *path, char *text, size_t capacity) {
    int fd = open_nocancel(path, O_RDONLY);
    if (fd < 0)
        return false;
    ssize_t got = read_nocancel(fd, text, capacity - 1);
    close_nocancel(fd);
    text[got > 0 ? got : 0] = '\0';
    return got > 0;
}

bool platform_exists(const char *path) {
    struct stat st;
    return lstat(path, &st) == 0;
}

bool platform_is_at(struct platform_file file, const char *path) {
    struct stat there;
    return platform_file_check(file) == 0 && lstat(path, &there) == 0 &&
           there.st_dev == file.device && there.st_ino == file.number;
}

int platform_sync(struct platform_file file, void *map, size_t bytes) {
    int before, error = platform_file_check(file);
    platform_cancel_off(&before);
    if (error == 0)
        error = platform_result(msync(map, bytes, MS_SYNC));
    if (error == 0)
        error = platform_result(fsync(file.fd));
    platform_cancel_on(before);
    return error;
}
