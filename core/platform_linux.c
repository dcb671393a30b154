/* platform_linux.c - platform.h on Linux 4.11 and later. */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <errno.h>
#include <linux/futex.h>
#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "atomic.h"
#include "platform_private.h"

#define SECOND UINT64_C(1000000000)

/* ---- memory ------------------------------------------------------------------------------------ */

/* A mapping takes whole pages. */
static size_t whole_pages(size_t bytes) {
    size_t page = platform_page();
    return (bytes + page - 1) / page * page;
}

static int map_file(struct platform_file file, size_t used, void **out) {
    int flags = platform_has(file) ? MAP_SHARED : MAP_PRIVATE | MAP_ANONYMOUS;
    size_t page = platform_page();
    uint8_t *p = mmap(NULL, used + page, PROT_READ | PROT_WRITE, flags | MAP_NORESERVE, file.fd, 0);
    if (p == MAP_FAILED)
        return -errno;
    if (mprotect(p + used, page, PROT_NONE) != 0) {
        int error = -errno;
        munmap(p, used + page);
        return error;
    }
    *out = p;
    return 0;
}

/* A mapping of a file on huge pages cannot have a small page behind it: the file would grow by a huge page, and only
 * whole huge pages can be protected. So this reserves addresses first, and then maps the file into them. */
static int map_huge(struct platform_file file, size_t used, void **out) {
    size_t unit = platform_huge_page(), room = used + unit + platform_page();
    uint8_t *p = mmap(NULL, room, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (p == MAP_FAILED)
        return -errno;
    size_t before = (unit - (uintptr_t)p % unit) % unit;
    if (mmap(p + before, used, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_FIXED | MAP_NORESERVE,
             file.fd, 0) == MAP_FAILED) {
        int error = -errno;
        munmap(p, room);
        return error;
    }
    if (before > 0)
        munmap(p, before);
    if (before < unit)
        munmap(p + before + used + platform_page(), unit - before);
    *out = p + before;
    return 0;
}

int platform_map(struct platform_file file, size_t bytes, bool huge, void **out) {
    return huge ? map_huge(file, bytes, out) : map_file(file, whole_pages(bytes), out);
}

void platform_unmap(void *p, size_t bytes) { munmap(p, whole_pages(bytes) + platform_page()); }

int platform_protect(void *pages, size_t bytes, bool readable) {
    return platform_result(mprotect(pages, whole_pages(bytes), readable ? PROT_READ : PROT_NONE));
}

#ifndef MADV_POPULATE_WRITE /* Linux 5.14 */
#define MADV_POPULATE_WRITE 23
#endif
void platform_bring(void *pages, size_t bytes) {
    (void)madvise(pages, whole_pages(bytes), MADV_POPULATE_WRITE);
}

void platform_prefer_huge(void *p, size_t bytes) {
    (void)madvise(p, whole_pages(bytes), MADV_HUGEPAGE);
}

/* ---- waiting ----------------------------------------------------------------------------------- */

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

void platform_pause(uint64_t duration) {
    static const uint32_t nothing;
    platform_futex_wait(&nothing, 0, platform_now() + duration);
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
    memcpy(&run, &argument, sizeof run); /* ISO C has no cast from void * to a function */
    run();
    return NULL;
}

/* All signals but those that an instruction of the thread itself raises. The host may handle those: a runtime stops
 * its threads with a page that cannot be read, and detects null pointers by SIGSEGV. If they were blocked, the
 * kernel would end the process. */
static void block_asynchronous_signals(sigset_t *out) {
    static const int own[] = {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGTRAP, SIGSYS};
    sigfillset(out);
    for (size_t i = 0; i < sizeof own / sizeof *own; i++)
        sigdelset(out, own[i]);
}

int platform_thread(void (*run)(void)) {
    pthread_t thread;
    pthread_attr_t attributes;
    sigset_t blocked, before;
    void *argument;
    memcpy(&argument, &run, sizeof argument);
    int error = pthread_attr_init(&attributes);
    if (error != 0)
        return -error;
    pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
    block_asynchronous_signals(&blocked);
    pthread_sigmask(SIG_SETMASK, &blocked, &before); /* inherited by the new thread */
    error = pthread_create(&thread, &attributes, run_thread, argument);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    pthread_attr_destroy(&attributes);
    return -error;
}

void platform_thread_name(const char *name) { prctl(PR_SET_NAME, name); }

bool platform_is_eventfd(int fd) {
    static const char eventfd[] = "anon_inode:[eventfd]";
    char path[64], target[sizeof eventfd];
    snprintf(path, sizeof path, "/proc/thread-self/fd/%d", fd);
    ssize_t length = readlink(path, target, sizeof target);
    return length == sizeof eventfd - 1 && memcmp(target, eventfd, sizeof eventfd - 1) == 0;
}

void platform_eventfd_add(int fd) {
    const uint64_t one = 1;
    struct pollfd ready = {.fd = fd, .events = POLLOUT};
    int before;
    platform_cancel_off(&before); /* poll and write could end the thread */
    while (poll(&ready, 1, 0) == 1 && (ready.revents & POLLOUT) != 0 &&
           write(fd, &one, sizeof one) < 0 && errno == EINTR)
        ;
    platform_cancel_on(before);
}
