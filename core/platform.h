/* platform.h - the OS boundary. platform_linux.c and platform_memory.c alone include OS headers,
 * but for pthread.h.
 *
 * Functions that can fail return 0 or a negative errno. Times are nanoseconds of the monotonic
 * clock. No function here knows what an arena is. */
#ifndef LINA_PLATFORM_H
#define LINA_PLATFORM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* ---- files ------------------------------------------------------------------------------------- */

/* An anonymous memory file of `bytes`, sealed against shrinking and growing. Returns a descriptor,
 * close-on-exec. */
int platform_anonymous(uint64_t bytes);
/* A new file of `bytes` at `path`, mode 0600, visible to nobody until platform_name. Its name for
 * now is written to `temporary` (of `capacity` bytes). Returns a descriptor. */
int platform_nameless(const char *path, uint64_t bytes, char *temporary, size_t capacity);
/* Gives it its name; -EEXIST when that is taken. */
int platform_name(const char *temporary, const char *path);
int platform_unname(const char *path);

struct platform_stat {
    uint64_t bytes, resident_bytes;
    uint64_t device, number; /* tell a file from all others */
    uint32_t owner;
    bool named; /* some folder still has it */
};
/* -EINVAL for what is no regular file. */
int platform_stat(int fd, struct platform_stat *out);
/* Opens a regular file for reading and writing, on a description of its own. With `owned`, only
 * when it belongs to this user (-EPERM otherwise). Does not follow a link at the end of `path`. */
int platform_open(const char *path, bool owned, struct platform_stat *out);
/* A description of its own for the regular file behind `fd`: locks on one do not belong to the other. */
int platform_reopen(int fd, bool inherit);
void platform_close(int fd);
/* True where a file system or disk can be full: touching a page may end in SIGBUS. */
bool platform_is_limited(int fd);
/* The path of a file's name, which may have gone since. */
int platform_path(int fd, char *out, size_t capacity);
/* The first bytes of a file; -ENODATA when it has fewer. */
int platform_read(int fd, void *out, size_t bytes);
bool platform_exists(const char *path);
/* True when `path` still leads to the file behind `fd`. */
bool platform_is_at(int fd, const char *path);
/* Takes the pages of a range now. -ENOSPC or -ENOMEM when there is no room for them. A signal makes the
 * tmpfs of many kernels begin anew: a range must not take longer than signals are apart. */
int platform_commit(int fd, uint64_t offset, uint64_t bytes);
/* Gives the whole pages of a range back to the system; they read as zero from then on. */
int platform_punch(int fd, uint64_t offset, uint64_t bytes);
/* The first byte at or behind `from` that lies in a page that is there, as far as the system can tell;
 * UINT64_MAX when the rest of the file reads as zero. */
uint64_t platform_next_data(int fd, uint64_t from);
/* False when the range's pages are memory, and more of it than the system would give this process: it
 * would sooner end one than let platform_commit fail. Always true below 16 MiB: asking takes a tenth of a
 * millisecond. */
bool platform_has_room(int fd, uint64_t offset, uint64_t bytes);

/* ---- memory ------------------------------------------------------------------------------------ */

/* Maps `bytes` of `fd` from its start, shared, with one unreadable page behind; private zeroes where
 * `fd` is -1. */
int platform_map(int fd, size_t bytes, void **out);
void platform_unmap(void *map, size_t bytes);
/* Leaves reading, or nothing, to whoever touches these pages. */
int platform_protect(void *pages, size_t bytes, bool readable);
/* Brings these pages now and alone: the first touch of one brings up to 15 of its neighbours too. */
void platform_bring(void *pages, size_t bytes);
/* Asks for huge pages, which the system gives where it is set to give them to those who ask. */
void platform_prefer_huge(void *map, size_t bytes);

/* ---- who is alive: locks on single bytes that the kernel drops with their holder --------------- */

/* 0, or -EAGAIN: somebody has it. -EBADF, like the others, where there is no file (-1). */
int platform_lock_byte(int fd, uint64_t first, uint64_t count);
int platform_unlock_byte(int fd, uint64_t first, uint64_t count);
/* 1 when another description holds a byte of the range, 0 when not. */
int platform_byte_is_locked(int fd, uint64_t first, uint64_t count);

/* ---- waiting ----------------------------------------------------------------------------------- */

uint64_t platform_now(void);
void platform_yield(void);
/* Sleeps while *word == expected, until `deadline`. 0 woken, -EAGAIN other value, -ETIMEDOUT,
 * -EINTR after a signal handler ran. Works between processes. */
int platform_futex_wait(const uint32_t *word, uint32_t expected, uint64_t deadline);
void platform_futex_wake(const uint32_t *word, int waiters);

/* The same on the first `count` words at once, PLATFORM_FUTEXES at most. -ENOSYS, or another error
 * than those above, where the system cannot (Linux before 5.16). */
#define PLATFORM_FUTEXES 128u
int platform_futex_wait_any(const uint32_t *const *words, const uint32_t *expected, uint32_t count,
                            uint64_t deadline);

/* ---- threads and event loops ------------------------------------------------------------------- */

/* Starts a thread that nobody joins and that no signal handler of the host runs on. */
int platform_thread(void (*run)(void));
/* The calling thread's name, for people who look at the process: 15 characters at most. */
void platform_thread_name(const char *name);
bool platform_is_eventfd(int fd);
/* Adds one; nothing where that would block, since whoever reads it will be woken anyway. */
void platform_eventfd_add(int fd);

/* ---- processes --------------------------------------------------------------------------------- */

uint32_t platform_pid(void);
/* From the first call on: `before` and `after_parent` around every fork in the parent, `after_child`
 * in the child. */
int platform_on_fork(void (*before)(void), void (*after_parent)(void), void (*after_child)(void));

#endif
