/* platform.h - the OS boundary. Only platform_*.c include OS headers; other files include pthread.h alone.
 *
 * Functions that can fail return 0 or a negative errno. Times are nanoseconds of the monotonic clock. No function here
 * knows what an arena is. A descriptor that these functions return is never 0, 1 or 2. It belongs to the table of
 * descriptors of the calling thread, which can differ from that of other threads. */
#ifndef LINA_PLATFORM_H
#define LINA_PLATFORM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* ---- files ------------------------------------------------------------------------------------- */

/* A descriptor, and the identity of the file that it had when it was opened. The host may close descriptors that are
 * not its own (closefrom), and the number may then belong to another file. So the functions that take a platform_file
 * check the identity first. If it differs, they return -EBADF, or what their comment says, and leave the other file
 * alone. */
struct platform_file {
    int fd;                  /* -1: no file */
    uint64_t device, number; /* the identity of the file */
    /* Opened or checked during the present call, so the identity need not be checked. The caller clears it when it
     * stores the file for later calls. */
    bool fresh;
};
#define PLATFORM_NO_FILE ((struct platform_file){.fd = -1})

static inline bool platform_has(struct platform_file file) { return file.fd >= 0; }

struct platform_stat {
    uint64_t bytes, resident_bytes;
    uint64_t device, number;
    uint32_t owner;
    bool named; /* it still has a name in a folder */
};

/* Makes an anonymous memory file of `bytes`. It is sealed, so that nobody can shrink or grow it, and it is
 * close-on-exec, like every descriptor here. With `huge`, it lies on huge pages of the system's pool, and `bytes` must
 * be a multiple of their size. -ENOSYS, -ENODEV or -EINVAL if the system has no such pages. */
int platform_anonymous(uint64_t bytes, bool huge, struct platform_file *out);
/* The size of a page of that pool, or 0 if the system has none. */
uint64_t platform_huge_page(void);
/* Makes a file of `bytes` in the folder of `path`, with exactly this mode (the umask does not count). The file has no
 * name yet, so the kernel removes it when the process dies; platform_name gives it the name `path`. If the file system
 * cannot make a file without a name, the file gets a temporary one, which is written to `temporary` (`capacity` bytes).
 * Otherwise `temporary` becomes "". */
#define PLATFORM_TEMPORARY ".new-" /* follows the later name; then comes the process's id */
int platform_nameless(const char *path, uint64_t bytes, uint32_t mode, char *temporary,
                      size_t capacity, struct platform_file *out);
/* Gives that file its name. -EEXIST if the name is taken. platform_path may not know the name for descriptors that were
 * opened before. */
int platform_name(struct platform_file file, const char *temporary, const char *path);
int platform_unname(const char *path);
/* Calls `visit` with the path of each file in a folder whose name begins with `prefix`, until `visit` returns false. */
void platform_each_file(const char *folder, const char *prefix,
                        bool (*visit)(void *context, const char *path), void *context);

/* Opens a regular file for reading and writing, as a new open file description. -EINVAL if it is not a regular file.
 * With `owned`, -EPERM if it does not belong to this user. Does not follow a symbolic link at the end of `path`. Fills
 * in *st for every file that could be opened, also if it then fails. */
int platform_open(const char *path, bool owned, struct platform_file *out,
                  struct platform_stat *st);
/* Opens the same file again as a new open file description. Locks belong to a description, so the two do not share
 * any. With `inherit`, programs that this process executes get the descriptor. */
int platform_reopen(struct platform_file file, bool inherit, struct platform_file *out);
/* Does nothing if the descriptor belongs to another file by now. */
void platform_close(struct platform_file file);
/* -EINVAL if it is not a regular file. */
int platform_stat(struct platform_file file, struct platform_stat *out);

/* Makes a platform_file of a descriptor that the host opened. -EINVAL if it is not a regular file. */
int platform_adopt(int fd, struct platform_file *out, struct platform_stat *st);
/* Says in words what kind of file the descriptor has, or `path` if `fd` is -1: "a folder" and the like. NULL if it is a
 * regular file, or if there is none. */
const char *platform_kind(int fd, const char *path);

/* True if the file system, the disk or the pool of huge pages can run out of pages. Touching a page that was not taken
 * before may then raise SIGBUS. */
bool platform_is_limited(struct platform_file file);
/* True if nobody can ever shrink the file. */
bool platform_is_sealed(struct platform_file file);
/* The path of the file. The file at that path may be gone, or another one, by now. */
int platform_path(struct platform_file file, char *out, size_t capacity);
/* Reads the first bytes of a file. -ENODATA if it has fewer. */
int platform_read(struct platform_file file, void *out, size_t bytes);
/* Reads the beginning of a small text file, such as those in /proc. False if it cannot be read or is empty. */
bool platform_read_text(const char *path, char *text, size_t capacity);
bool platform_exists(const char *path);
/* True if the file is still at `path`. */
bool platform_is_at(struct platform_file file, const char *path);
/* Takes every page of a range, and changes no byte. -ENOSPC or -ENOMEM if there is no room. On a file system without
 * fallocate, before Linux 5.14, it returns 0 and promises nothing. When a signal arrives, tmpfs in many kernels starts
 * the range again from the beginning. So a range must take less time than passes between two signals. */
int platform_commit(struct platform_file file, uint64_t offset, uint64_t bytes);
/* Gives the pages that lie completely in the range back to the system. They read as zero afterwards. */
int platform_punch(struct platform_file file, uint64_t offset, uint64_t bytes);
/* The offset of the first byte at or after `from` whose page exists, as far as the system can tell. UINT64_MAX if the
 * rest of the file reads as zero. */
uint64_t platform_next_data(struct platform_file file, uint64_t from);
/* False if the range's pages are memory, and the system has less memory for this process. Ask before platform_commit:
 * the system would rather kill a process than let that fail. Always true below 16 MiB, because the answer takes 0.1
 * ms. */
bool platform_has_room(struct platform_file file, uint64_t offset, uint64_t bytes);
/* False if the system has less memory than this for this process. Takes 0.1 ms. */
bool platform_has_memory(uint64_t bytes);
/* The size of the file system, and how much of it this user can still take. False if it has no limit. */
bool platform_disk(struct platform_file file, uint64_t *bytes, uint64_t *free);

/* ---- memory ------------------------------------------------------------------------------------ */

/* The size of a page: 4, 16 or 64 KiB. The addresses for platform_protect, platform_bring and platform_prefer_huge are
 * multiples of it. */
size_t platform_page(void);
/* Maps the first `bytes` of a file, shared, or private zeroes if there is no file. One inaccessible page follows. With
 * `huge`, the address is a multiple of a huge page. */
int platform_map(struct platform_file file, size_t bytes, bool huge, void **out);
void platform_unmap(void *map, size_t bytes);
/* Makes pages read-only, or inaccessible if not `readable`. */
int platform_protect(void *pages, size_t bytes, bool readable);
/* Brings these pages, and only these, into memory now. The first touch of a page would bring up to 15 neighbours as
 * well. */
void platform_bring(void *pages, size_t bytes);
/* Asks for huge pages. The system's settings decide whether it gives them. */
void platform_prefer_huge(void *map, size_t bytes);
/* Writes the mapped bytes of a file to the disk, and waits until they are there. */
int platform_sync(struct platform_file file, void *map, size_t bytes);

/* ---- locks on bytes, by which members see each other's death ----------------------------------- */

/* A lock belongs to the open file description. The kernel drops it when the last descriptor of the description is
 * closed, and so when the process dies. */

/* -EAGAIN if another description has a lock in the range. */
int platform_lock_byte(struct platform_file file, uint64_t first, uint64_t count);
int platform_unlock_byte(struct platform_file file, uint64_t first, uint64_t count);
/* 1 if another description has a lock in the range, otherwise 0. */
int platform_byte_is_locked(struct platform_file file, uint64_t first, uint64_t count);
/* Hands the lock on a byte from one description of a file to another. Nobody can lock the byte meanwhile. */
int platform_pass_byte(struct platform_file from, struct platform_file to, uint64_t byte);

/* ---- waiting ----------------------------------------------------------------------------------- */

uint64_t platform_now(void);
/* The time of day, for people: nanoseconds since 1970. */
uint64_t platform_since_1970(void);
void platform_yield(void);
/* Sleeps for at most `duration` nanoseconds. A signal handler ends the sleep. */
void platform_pause(uint64_t duration);
/* Sleeps on a futex until somebody wakes it (0), or until `deadline` (-ETIMEDOUT). Returns -EAGAIN at once if *word !=
 * expected, and -EINTR after a signal handler ran. Works between processes. */
int platform_futex_wait(const uint32_t *word, uint32_t expected, uint64_t deadline);
void platform_futex_wake(const uint32_t *word, int waiters);

/* Sleeps on `count` words at once, at most PLATFORM_FUTEXES. Returns a number >= 0 when one of them was woken, and the
 * errors above. Any other error, such as -ENOSYS, means that the system cannot do this (Linux before 5.16). */
#define PLATFORM_FUTEXES 128u
int platform_futex_wait_any(const uint32_t *const *words, const uint32_t *expected, uint32_t count,
                            uint64_t deadline);

/* ---- threads and event loops ------------------------------------------------------------------- */

/* Starts a detached thread. The thread blocks all signals except those that its own instructions can raise, such as
 * SIGSEGV. So no other signal handler of the host runs on it. */
int platform_thread(void (*run)(void));
/* Names the calling thread for debuggers and top. At most 15 characters. */
void platform_thread_name(const char *name);
bool platform_is_eventfd(int fd);
/* Adds 1 to an eventfd. Does nothing if that would block: the counter is full then, and its reader is woken anyway. */
void platform_eventfd_add(int fd);

/* ---- processes --------------------------------------------------------------------------------- */

/* Between these two, pthread_cancel cannot end the calling thread; a request waits. *before is the state to restore, so
 * pairs of calls can be nested. */
void platform_cancel_off(int *before);
void platform_cancel_on(int before);

uint32_t platform_pid(void);
/* When a process began, in ticks since the system started. It tells apart two processes that had the same id one after
 * the other. 0 if there is no such process, or if the system does not tell. */
uint64_t platform_process_start(uint32_t pid);
/* The number of the pid namespace that platform_pid belongs to. 0 if /proc shows another namespace. */
uint64_t platform_pid_namespace(void);
/* True if a process is dying and none of its threads runs any more. The kernel writes its memory to a core file, or
 * frees it. That can take many seconds, during which the process still has its locks. */
bool platform_is_ending(uint32_t pid);
/* Registers functions that run at every fork: `before` and `after_parent` in the parent, `after_child` in the child.
 * Called once in a process. */
int platform_on_fork(void (*before)(void), void (*after_parent)(void), void (*after_child)(void));

#endif
