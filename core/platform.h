/* platform.h - the OS boundary. Only platform_*.c include OS headers; others include pthread.h alone.
 *
 * Functions that can fail return 0 or a negative errno. Times are nanoseconds of the monotonic
 * clock. No function here knows what an arena is. No descriptor that is opened here is 0, 1 or 2, and
 * each lies in the calling thread's table of descriptors. */
#ifndef LINA_PLATFORM_H
#define LINA_PLATFORM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* ---- files ------------------------------------------------------------------------------------- */

/* A descriptor and the file that was behind it when it was opened here. The host may close descriptors that
 * are not its own (closefrom), and open files at their numbers: what is called with a platform_file answers
 * -EBADF then, or what is said below, and does nothing to a file that is another. */
struct platform_file {
    int fd;                  /* -1: no file */
    uint64_t device, number; /* tell a file from all others */
    bool fresh; /* opened in this call: whose it is need not be asked. Who keeps it clears it */
};
#define PLATFORM_NO_FILE ((struct platform_file){.fd = -1})

static inline bool platform_has(struct platform_file file) { return file.fd >= 0; }

struct platform_stat {
    uint64_t bytes, resident_bytes;
    uint64_t device, number;
    uint32_t owner;
    bool named; /* some folder still has it */
};

/* An anonymous memory file of `bytes`, sealed against shrinking and growing, close-on-exec like all that
 * are opened here. With `huge` it lies on huge pages of the system's pool, and `bytes` must be a multiple of
 * theirs; -ENOSYS, -ENODEV or -EINVAL where the system has none. */
int platform_anonymous(uint64_t bytes, bool huge, struct platform_file *out);
/* Bytes in a page of that pool; 0 where the system has none. */
uint64_t platform_huge_page(void);
/* A new file of `bytes`, of that mode whatever the umask, that will be at `path`. It has no name yet
 * and goes with the process; where the file system cannot do that, it has a name of its own meanwhile, which
 * is written to `temporary` (of `capacity` bytes; "" otherwise). */
#define PLATFORM_TEMPORARY ".new-" /* behind the name to be; then the process's id */
int platform_nameless(const char *path, uint64_t bytes, uint32_t mode, char *temporary,
                      size_t capacity, struct platform_file *out);
/* Gives that file its name; -EEXIST when that is taken. Its descriptor need not learn of it: platform_path
 * tells the name to those who open it from then on. */
int platform_name(struct platform_file file, const char *temporary, const char *path);
int platform_unname(const char *path);
/* Calls `visit` with the path of each name in a folder that begins so, until it answers false. */
void platform_each_file(const char *folder, const char *prefix,
                        bool (*visit)(void *context, const char *path), void *context);

/* Opens a regular file for reading and writing, on a description of its own; -EINVAL for what is none. With
 * `owned`, only when it belongs to this user (-EPERM otherwise). Does not follow a link at the end of
 * `path`. `st` is filled whatever it is. */
int platform_open(const char *path, bool owned, struct platform_file *out,
                  struct platform_stat *st);
/* A description of its own for the same file: locks on one do not belong to the other. */
int platform_reopen(struct platform_file file, bool inherit, struct platform_file *out);
/* Nothing where the descriptor is another file's. */
void platform_close(struct platform_file file);
/* -EINVAL for what is no regular file. */
int platform_stat(struct platform_file file, struct platform_stat *out);

/* A descriptor of the host's, as the file that it is now; as platform_stat. */
int platform_adopt(int fd, struct platform_file *out, struct platform_stat *st);
/* What a descriptor is, or `path` where `fd` is -1, in words ("a folder"). NULL for a regular file, and
 * where there is nothing. */
const char *platform_kind(int fd, const char *path);

/* True where a file system, a disk or the pool of huge pages can be full: touching a page may end in SIGBUS. */
bool platform_is_limited(struct platform_file file);
/* True when nobody can cut the file off, however long it lives. */
bool platform_is_sealed(struct platform_file file);
/* The path of a file's name, which may have gone since. */
int platform_path(struct platform_file file, char *out, size_t capacity);
/* The first bytes of a file; -ENODATA when it has fewer. */
int platform_read(struct platform_file file, void *out, size_t bytes);
/* The beginning of a small file of the system. False when there is none. */
bool platform_read_text(const char *path, char *text, size_t capacity);
bool platform_exists(const char *path);
/* True when `path` still leads to the file. */
bool platform_is_at(struct platform_file file, const char *path);
/* Takes every page of a range now, and changes no byte of it. -ENOSPC or -ENOMEM when there is no room.
 * Before Linux 5.14, on a file system without fallocate, it can promise nothing. A signal makes the tmpfs
 * of many kernels begin anew: a range must not take longer than signals are apart. */
int platform_commit(struct platform_file file, uint64_t offset, uint64_t bytes);
/* Gives those pages back to the system that lie in the range whole; they read as zero from then on. */
int platform_punch(struct platform_file file, uint64_t offset, uint64_t bytes);
/* The first byte at or behind `from` that lies in a page that is there, as far as the system can tell;
 * UINT64_MAX when the rest of the file reads as zero. */
uint64_t platform_next_data(struct platform_file file, uint64_t from);
/* False when the range's pages are memory, and more of it than the system would give this process: it
 * would sooner end one than let platform_commit fail. Always true below 16 MiB: asking takes a tenth of a
 * millisecond. */
bool platform_has_room(struct platform_file file, uint64_t offset, uint64_t bytes);
/* The size of the file's disk, and what is free of it for this user; false where it has no such limit. */
bool platform_disk(struct platform_file file, uint64_t *bytes, uint64_t *free);

/* ---- memory ------------------------------------------------------------------------------------ */

/* Bytes in a page: 4, 16 or 64 KiB. What platform_protect, platform_bring and platform_prefer_huge are
 * given begins at a multiple of it. */
size_t platform_page(void);
/* Maps `bytes` of a file from its start, shared, with one unreadable page behind; private zeroes where
 * there is no file. With `huge`, at a multiple of a huge page. */
int platform_map(struct platform_file file, size_t bytes, bool huge, void **out);
void platform_unmap(void *map, size_t bytes);
/* Leaves reading, or nothing, to whoever touches these pages. */
int platform_protect(void *pages, size_t bytes, bool readable);
/* Brings these pages now and alone: the first touch of one brings up to 15 of its neighbours too. */
void platform_bring(void *pages, size_t bytes);
/* Asks for huge pages, which the system gives where it is set to give them to those who ask. */
void platform_prefer_huge(void *map, size_t bytes);
/* Writes a mapping of a file to the disk, and waits for it. */
int platform_sync(struct platform_file file, void *map, size_t bytes);

/* ---- who is alive: locks on single bytes that the kernel drops with their holder --------------- */

/* 0, or -EAGAIN: somebody has it. */
int platform_lock_byte(struct platform_file file, uint64_t first, uint64_t count);
int platform_unlock_byte(struct platform_file file, uint64_t first, uint64_t count);
/* 1 when another description holds a byte of the range, 0 when not. */
int platform_byte_is_locked(struct platform_file file, uint64_t first, uint64_t count);
/* Hands the lock on a byte from one description of a file to another. At no moment the byte is free. */
int platform_pass_byte(struct platform_file from, struct platform_file to, uint64_t byte);

/* ---- waiting ----------------------------------------------------------------------------------- */

uint64_t platform_now(void);
/* The time of day, for people: nanoseconds since 1970. */
uint64_t platform_since_1970(void);
void platform_yield(void);
/* Sleeps for so many nanoseconds, or less. */
void platform_pause(uint64_t duration);
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

/* Starts a thread that nobody joins. No signal handler of the host runs on it, but for signals that the
 * thread raises by an instruction of its own (SIGSEGV and the like). */
int platform_thread(void (*run)(void));
/* The calling thread's name, for people who look at the process: 15 characters at most. */
void platform_thread_name(const char *name);
bool platform_is_eventfd(int fd);
/* Adds one; nothing where that would block, since whoever reads it will be woken anyway. */
void platform_eventfd_add(int fd);

/* ---- processes --------------------------------------------------------------------------------- */

/* Between these two the calling thread cannot be ended by pthread_cancel; a request waits. `before` is what
 * holds without them. They nest. */
void platform_cancel_off(int *before);
void platform_cancel_on(int before);

uint32_t platform_pid(void);
/* Tells apart two processes that had one id after each other: when the process began, in ticks since the
 * system did. 0 when there is none of that id, or the system does not tell. */
uint64_t platform_process_start(uint32_t pid);
/* The space of process ids in which platform_pid counts. 0 when /proc shows another one. */
uint64_t platform_pid_namespace(void);
/* True once a process's end has begun and none of its threads runs any more: its memory is being written to
 * a core file, or freed. Either can take many seconds, in which it still has its locks. */
bool platform_is_ending(uint32_t pid);
/* Once: `before` and `after_parent` around every fork in the parent, `after_child`
 * in the child. */
int platform_on_fork(void (*before)(void), void (*after_parent)(void), void (*after_child)(void));

#endif
