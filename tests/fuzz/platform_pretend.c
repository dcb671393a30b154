/* platform_pretend.c - platform.h without a system behind it, so that a fuzz target makes tens of
 * thousands of arenas' members a second: files, locks and mappings are a table in this process.
 *
 * It is stricter than the system. On both sides of a file lie gigabytes that nobody may touch, and a
 * range that a file does not have is not refused, but ends the process. Time is time.c's. One thread
 * only, and nothing has a name. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "../../core/platform.h"

#define PAGE 4096u
#define MARGIN (UINT64_C(1) << 34)
#define FILES 16
#define DESCRIPTIONS 64
#define FIRST_FD 1000 /* numbers that no open file has */
#define LOCKS 64
#define ENOUGH (64 * PAGE) /* of the data, to notice who writes into a read-only mapping */

struct file {
    uint8_t *bytes;
    uint64_t size;
    int holder[LOCKS]; /* of the lock on that byte: a descriptor, or 0 */
    int maps;
    uint8_t *guard; /* what its first mapping forbade */
    int altered;    /* where a later one protects something else: how many there were with it */
};

static struct file files[FILES];
static struct file *descriptions[DESCRIPTIONS];

static void require(bool condition) {
    if (!condition)
        abort();
}

static void protect(void *at, uint64_t bytes, int how) { require(mprotect(at, bytes, how) == 0); }

/* ---- files ------------------------------------------------------------------------------------- */

static struct file *file_of(int fd) {
    require(fd >= FIRST_FD && fd < FIRST_FD + DESCRIPTIONS && descriptions[fd - FIRST_FD] != NULL);
    return descriptions[fd - FIRST_FD];
}

static struct file *file_with(const void *at) {
    const uint8_t *byte = at;
    for (int i = 0; i < FILES; i++)
        if (files[i].size > 0 && byte >= files[i].bytes && byte < files[i].bytes + files[i].size)
            return &files[i];
    abort();
}

static void require_range(int fd, uint64_t offset, uint64_t bytes) {
    uint64_t size = file_of(fd)->size;
    require(offset <= size && bytes <= size - offset);
}

static int describe(struct file *file) {
    int i = 0;
    while (i < DESCRIPTIONS && descriptions[i] != NULL)
        i++;
    require(i < DESCRIPTIONS);
    descriptions[i] = file;
    return FIRST_FD + i;
}

int platform_anonymous(uint64_t bytes) {
    int i = 0;
    while (i < FILES && files[i].size > 0)
        i++;
    require(i < FILES && bytes % PAGE == 0 && bytes < MARGIN);
    uint8_t *room = mmap(NULL, bytes + 2 * MARGIN, PROT_NONE,
                         MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    require(room != MAP_FAILED);
    files[i].bytes = room + MARGIN;
    files[i].size = bytes;
    protect(files[i].bytes, bytes, PROT_READ | PROT_WRITE);
    return describe(&files[i]);
}

int platform_reopen(int fd, bool inherit) {
    (void)inherit;
    return fd < FIRST_FD ? -EBADF : describe(file_of(fd));
}

void platform_close(int fd) {
    struct file *file = file_of(fd);
    for (int i = 0; i < LOCKS; i++)
        if (file->holder[i] == fd)
            file->holder[i] = 0;
    descriptions[fd - FIRST_FD] = NULL;
}

int platform_stat(int fd, struct platform_stat *out) {
    struct file *file = file_of(fd);
    *out = (struct platform_stat){.bytes = file->size, .number = (uint64_t)(file - files)};
    return 0;
}

/* Every other file is on a disk that has room for half of it. */
bool platform_is_limited(int fd) { return (file_of(fd) - files) % 2 != 0; }

int platform_commit(int fd, uint64_t offset, uint64_t bytes) {
    require_range(fd, offset, bytes);
    require(bytes > 0);
    return offset + bytes < file_of(fd)->size / 2 ? 0 : -ENOSPC;
}

bool platform_has_room(int fd, uint64_t offset, uint64_t bytes) {
    require_range(fd, offset, bytes);
    return true;
}

int platform_read(int fd, void *out, size_t bytes) {
    require_range(fd, 0, bytes);
    memcpy(out, file_of(fd)->bytes, bytes);
    return 0;
}

int platform_punch(int fd, uint64_t offset, uint64_t bytes) {
    require_range(fd, offset, bytes);
    require(bytes > 0 && file_of(fd)->bytes + offset > file_of(fd)->guard);
    return 0;
}

uint64_t platform_next_data(int fd, uint64_t from) {
    require_range(fd, from, 0);
    return from < file_of(fd)->size ? from : UINT64_MAX;
}

/* ---- memory: all mappings of a file are one ---------------------------------------------------- */

int platform_map(int fd, size_t bytes, void **out) {
    require_range(fd, 0, bytes);
    file_of(fd)->maps++;
    *out = file_of(fd)->bytes;
    return 0;
}

void platform_unmap(void *map, size_t bytes) {
    struct file *file = file_with(map);
    require(map == file->bytes && bytes <= file->size && file->maps-- > 0);
    if (file->altered == 0)
        return;
    protect(file->bytes, file->size, PROT_READ | PROT_WRITE);
    if (file->maps >= file->altered)
        return; /* what another protected beside it is forgotten */
    file->altered = 0;
    protect(file->guard, PAGE, PROT_NONE);
}

static void note_altered(struct file *file) {
    if (file->altered == 0)
        file->altered = file->maps;
}

/* One page at a time: a mapping by an altered header may have its tables where another has its guard. */
static void forbid(struct file *file, uint8_t *page) {
    if (page == file->guard)
        return;
    if (file->guard != NULL)
        protect(file->guard, PAGE, PROT_READ | PROT_WRITE);
    if (file->maps == 1)
        file->guard = page;
    else
        note_altered(file);
    protect(page, PAGE, PROT_NONE);
}

/* A page that nobody may touch, or all of the data for who only reads. */
int platform_protect(void *pages, size_t bytes, bool readable) {
    struct file *file = file_with(pages);
    if (!readable) {
        require(bytes == PAGE);
        forbid(file, pages);
        return 0;
    }
    require(file->maps > 1);
    note_altered(file);
    protect(pages, bytes < ENOUGH ? bytes : ENOUGH, PROT_READ);
    return 0;
}

void platform_bring(void *pages, size_t bytes) { (void)pages, (void)bytes; }

void platform_prefer_huge(void *map, size_t bytes) { (void)map, (void)bytes; }

/* ---- who is alive ------------------------------------------------------------------------------ */

int platform_byte_is_locked(int fd, uint64_t first, uint64_t count) {
    struct file *file = file_of(fd);
    require(first <= LOCKS && count <= LOCKS - first);
    for (uint64_t i = first; i < first + count; i++)
        if (file->holder[i] != 0 && file->holder[i] != fd)
            return 1;
    return 0;
}

static void set_holder(int fd, uint64_t first, uint64_t count, int holder) {
    for (uint64_t i = first; i < first + count; i++)
        file_of(fd)->holder[i] = holder;
}

int platform_lock_byte(int fd, uint64_t first, uint64_t count) {
    if (platform_byte_is_locked(fd, first, count))
        return -EAGAIN;
    set_holder(fd, first, count, fd);
    return 0;
}

int platform_unlock_byte(int fd, uint64_t first, uint64_t count) {
    require(platform_byte_is_locked(fd, first, count) == 0);
    set_holder(fd, first, count, 0);
    return 0;
}

/* ---- waiting ----------------------------------------------------------------------------------- */

void platform_futex_wake(const uint32_t *word, int waiters) {
    (void)waiters;
    require(__atomic_load_n(word, __ATOMIC_RELAXED) == *word); /* it can be read */
}

uint32_t platform_pid(void) { return 1; }

/* ---- what no fuzz target gets to --------------------------------------------------------------- */

int platform_nameless(const char *path, uint64_t bytes, char *temporary, size_t capacity) {
    (void)path, (void)bytes, (void)temporary, (void)capacity;
    return -ENOSYS;
}

int platform_name(const char *temporary, const char *path) {
    (void)temporary, (void)path;
    return -ENOSYS;
}

int platform_unname(const char *path) {
    (void)path;
    return -ENOSYS;
}

int platform_open(const char *path, bool owned, struct platform_stat *out) {
    (void)path, (void)owned, (void)out;
    return -ENOSYS;
}

int platform_path(int fd, char *out, size_t capacity) {
    (void)fd, (void)out, (void)capacity;
    return -ENOSYS;
}

bool platform_exists(const char *path) {
    (void)path;
    return false;
}

bool platform_is_at(int fd, const char *path) {
    (void)fd, (void)path;
    return false;
}

int platform_futex_wait_any(const uint32_t *const *words, const uint32_t *expected, uint32_t count,
                            uint64_t deadline) {
    (void)words, (void)expected, (void)count, (void)deadline;
    return -ENOSYS;
}

void platform_thread_name(const char *name) { (void)name; }

bool platform_is_eventfd(int fd) {
    (void)fd;
    return false;
}

void platform_eventfd_add(int fd) { (void)fd; }

int platform_on_fork(void (*before)(void), void (*after_parent)(void), void (*after_child)(void)) {
    (void)before, (void)after_parent, (void)after_child;
    return 0;
}
