/* platform_linux.c - platform.h on Linux 4.11 and later. */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include "platform.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/futex.h>
#include <linux/magic.h>
#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/vfs.h>
#include <time.h>
#include <unistd.h>

#define PAGE 4096u
#define SECOND UINT64_C(1000000000)

static int result(int rc) { return rc < 0 ? -errno : rc; }

static int closing(int fd, int error) {
    close(fd);
    return error;
}

/* ---- files ------------------------------------------------------------------------------------- */

/* ftruncate would end the process with SIGXFSZ. */
static int set_size(int fd, uint64_t bytes) {
    struct rlimit limit;
    if (getrlimit(RLIMIT_FSIZE, &limit) == 0 && bytes > limit.rlim_cur)
        return -EFBIG;
    return result(ftruncate(fd, (off_t)bytes));
}

int platform_anonymous(uint64_t bytes) {
    int fd = memfd_create("lina", MFD_CLOEXEC | MFD_ALLOW_SEALING);
    if (fd < 0)
        return -errno;
    int error = set_size(fd, bytes);
    if (error == 0)
        error = result(fcntl(fd, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL));
    return error == 0 ? fd : closing(fd, error);
}

int platform_nameless(const char *path, uint64_t bytes, char *temporary, size_t capacity) {
    uint64_t salt = platform_now();
    int length = snprintf(temporary, capacity, "%s.new-%d-%llx", path, (int)getpid(),
                          (unsigned long long)salt);
    if (length < 0 || (size_t)length >= capacity)
        return -ENAMETOOLONG;
    int fd = open(temporary, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (fd < 0)
        return -errno;
    int error = set_size(fd, bytes);
    if (error == 0)
        return fd;
    unlink(temporary);
    return closing(fd, error);
}

int platform_name(const char *temporary, const char *path) {
    return result(renameat2(AT_FDCWD, temporary, AT_FDCWD, path, RENAME_NOREPLACE));
}

int platform_unname(const char *path) { return result(unlink(path)); }

int platform_stat(int fd, struct platform_stat *out) {
    struct stat st;
    if (fstat(fd, &st) != 0)
        return -errno;
    *out = (struct platform_stat){.bytes = (uint64_t)st.st_size,
                                  .resident_bytes = (uint64_t)st.st_blocks * 512,
                                  .device = st.st_dev,
                                  .number = st.st_ino,
                                  .owner = st.st_uid,
                                  .named = st.st_nlink > 0};
    return S_ISREG(st.st_mode) ? 0 : -EINVAL;
}

int platform_open(const char *path, bool owned, struct platform_stat *out) {
    /* O_NONBLOCK: opening a fifo by mistake must not hang. */
    int fd = open(path, O_RDWR | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY);
    if (fd < 0)
        return -errno;
    int error = platform_stat(fd, out);
    if (error == 0 && owned && out->owner != geteuid())
        error = -EPERM;
    return error == 0 ? fd : closing(fd, error);
}

int platform_reopen(int fd, bool inherit) {
    char path[64];
    snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
    return result(open(path, O_RDWR | (inherit ? 0 : O_CLOEXEC)));
}

void platform_close(int fd) { close(fd); }

bool platform_is_limited(int fd) {
    struct statfs fs;
    /* The kernel's own mount behind memfd has no limit and says 0 blocks. */
    return fstatfs(fd, &fs) != 0 || fs.f_type != TMPFS_MAGIC || fs.f_blocks != 0;
}

int platform_path(int fd, char *out, size_t capacity) {
    char link[64];
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    ssize_t length = readlink(link, out, capacity);
    if (length < 0)
        return -errno;
    if ((size_t)length == capacity)
        return -ENAMETOOLONG;
    out[length] = '\0';
    return 0;
}

int platform_read(int fd, void *out, size_t bytes) {
    ssize_t got = pread(fd, out, bytes, 0);
    if (got < 0)
        return -errno;
    return (size_t)got == bytes ? 0 : -ENODATA;
}

bool platform_exists(const char *path) {
    struct stat st;
    return lstat(path, &st) == 0;
}

bool platform_is_at(int fd, const char *path) {
    struct stat mine, there;
    return fstat(fd, &mine) == 0 && lstat(path, &there) == 0 && mine.st_dev == there.st_dev &&
           mine.st_ino == there.st_ino;
}

int platform_commit(int fd, uint64_t offset, uint64_t bytes) {
    int rc;
    do
        rc = result(fallocate(fd, 0, (off_t)offset, (off_t)bytes));
    while (rc == -EINTR);
    if (rc == -EOPNOTSUPP) /* glibc then writes to each block that is not there */
        rc = -posix_fallocate(fd, (off_t)offset, (off_t)bytes);
    return rc == -EOPNOTSUPP ? 0 : rc;
}

int platform_punch(int fd, uint64_t offset, uint64_t bytes) {
    return result(
        fallocate(fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, (off_t)offset, (off_t)bytes));
}

uint64_t platform_next_data(int fd, uint64_t from) {
    off_t data = lseek(fd, (off_t)from, SEEK_DATA);
    if (data >= 0)
        return (uint64_t)data;
    return errno == ENXIO ? UINT64_MAX : from;
}

/* ---- memory ------------------------------------------------------------------------------------ */

int platform_map(int fd, size_t bytes, void **out) {
    int flags = fd < 0 ? MAP_PRIVATE | MAP_ANONYMOUS : MAP_SHARED;
    uint8_t *p = mmap(NULL, bytes + PAGE, PROT_READ | PROT_WRITE, flags | MAP_NORESERVE, fd, 0);
    if (p == MAP_FAILED)
        return -errno;
    if (mprotect(p + bytes, PAGE, PROT_NONE) != 0) {
        int error = -errno;
        munmap(p, bytes + PAGE);
        return error;
    }
    *out = p;
    return 0;
}

void platform_unmap(void *p, size_t bytes) { munmap(p, bytes + PAGE); }

int platform_protect(void *pages, size_t bytes, bool readable) {
    return result(mprotect(pages, bytes, readable ? PROT_READ : PROT_NONE));
}

#ifndef MADV_POPULATE_WRITE /* Linux 5.14 */
#define MADV_POPULATE_WRITE 23
#endif
void platform_bring(void *pages, size_t bytes) { (void)madvise(pages, bytes, MADV_POPULATE_WRITE); }

void platform_prefer_huge(void *p, size_t bytes) { (void)madvise(p, bytes, MADV_HUGEPAGE); }

/* ---- who is alive ------------------------------------------------------------------------------ */

static int byte_lock(int fd, int command, short type, uint64_t first, uint64_t count,
                     struct flock *lock) {
    *lock = (struct flock){
        .l_type = type, .l_whence = SEEK_SET, .l_start = (off_t)first, .l_len = (off_t)count};
    int rc;
    do
        rc = result(fcntl(fd, command, lock));
    while (rc == -EINTR);
    return rc == -EACCES ? -EAGAIN : rc;
}

int platform_lock_byte(int fd, uint64_t first, uint64_t count) {
    struct flock lock;
    return byte_lock(fd, F_OFD_SETLK, F_WRLCK, first, count, &lock);
}

int platform_unlock_byte(int fd, uint64_t first, uint64_t count) {
    struct flock lock;
    return byte_lock(fd, F_OFD_SETLK, F_UNLCK, first, count, &lock);
}

int platform_byte_is_locked(int fd, uint64_t first, uint64_t count) {
    struct flock lock;
    int rc = byte_lock(fd, F_OFD_GETLK, F_WRLCK, first, count, &lock);
    return rc < 0 ? rc : lock.l_type != F_UNLCK;
}

/* ---- waiting ----------------------------------------------------------------------------------- */

uint64_t platform_now(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (uint64_t)t.tv_sec * SECOND + (uint64_t)t.tv_nsec;
}

void platform_yield(void) { sched_yield(); }

static struct timespec timespec_of(uint64_t time) {
    return (struct timespec){.tv_sec = (time_t)(time / SECOND), .tv_nsec = (long)(time % SECOND)};
}

int platform_futex_wait(const uint32_t *word, uint32_t expected, uint64_t deadline) {
    struct timespec t = timespec_of(deadline);
    long rc =
        syscall(SYS_futex, word, FUTEX_WAIT_BITSET, expected, &t, NULL, FUTEX_BITSET_MATCH_ANY);
    return rc < 0 ? -errno : 0;
}

void platform_futex_wake(const uint32_t *word, int waiters) {
    syscall(SYS_futex, word, FUTEX_WAKE, waiters, NULL, NULL, 0);
}

#ifndef SYS_futex_waitv
#define SYS_futex_waitv 449
#endif
#ifndef FUTEX_32
#define FUTEX_32 2
struct futex_waitv {
    uint64_t val, uaddr;
    uint32_t flags, reserved;
};
#endif

int platform_futex_wait_any(const uint32_t *const *words, const uint32_t *expected, uint32_t count,
                            uint64_t deadline) {
    struct futex_waitv waiters[PLATFORM_FUTEXES] = {{0}};
    struct timespec t = timespec_of(deadline);
    for (uint32_t i = 0; i < count; i++) {
        waiters[i].uaddr = (uintptr_t)words[i];
        waiters[i].val = expected[i];
        waiters[i].flags = FUTEX_32;
    }
    long rc = syscall(SYS_futex_waitv, waiters, count, 0, &t, CLOCK_MONOTONIC);
    return rc < 0 ? -errno : 0;
}

/* ---- threads and event loops ------------------------------------------------------------------- */

static void *run_thread(void *argument) {
    void (*run)(void);
    memcpy(&run, &argument, sizeof run); /* ISO C has no cast from one to the other */
    run();
    return NULL;
}

int platform_thread(void (*run)(void)) {
    pthread_t thread;
    pthread_attr_t attributes;
    sigset_t all, before;
    void *argument;
    memcpy(&argument, &run, sizeof argument);
    int error = pthread_attr_init(&attributes);
    if (error != 0)
        return -error;
    pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before); /* inherited by the new thread */
    error = pthread_create(&thread, &attributes, run_thread, argument);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    pthread_attr_destroy(&attributes);
    return -error;
}

void platform_thread_name(const char *name) { prctl(PR_SET_NAME, name); }

bool platform_is_eventfd(int fd) {
    static const char eventfd[] = "anon_inode:[eventfd]";
    char path[64], target[sizeof eventfd];
    snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
    ssize_t length = readlink(path, target, sizeof target);
    return length == sizeof eventfd - 1 && memcmp(target, eventfd, sizeof eventfd - 1) == 0;
}

void platform_eventfd_add(int fd) {
    const uint64_t one = 1;
    struct pollfd ready = {.fd = fd, .events = POLLOUT};
    while (poll(&ready, 1, 0) == 1 && (ready.revents & POLLOUT) != 0 &&
           write(fd, &one, sizeof one) < 0 && errno == EINTR)
        ;
}

/* ---- processes --------------------------------------------------------------------------------- */

uint32_t platform_pid(void) { return (uint32_t)getpid(); }

int platform_on_fork(void (*before)(void), void (*after_parent)(void), void (*after_child)(void)) {
    return -pthread_atfork(before, after_parent, after_child);
}
