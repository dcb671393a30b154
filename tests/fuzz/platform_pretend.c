/* platform_pretend.c - implements platform.h without the system. Files, locks and mappings are a table in this
 * process, so a fuzz target can make tens of thousands of members a second.
 *
 * It is stricter than the system. There are inaccessible gigabytes before and behind each file. A call with a range
 * outside the file ends the process. The clock is that of time.c. There may be only one thread, and no file has a
 * name. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "../../core/platform.h"

#define PAGE 4096u
#define GUARD 65536u
#define MARGIN (UINT64_C(1) << 34)
#define FILES 16
#define DESCRIPTIONS 64
#define FIRST_FD 1000      /* real descriptors are lower */
#define LOCKS 2048         /* more than the bytes of all members */
#define ENOUGH (64 * PAGE) /* bytes of the data that are protected in a read-only mapping */

struct file {
    uint8_t *bytes;
    uint64_t size;
    int holder[LOCKS]; /* the descriptor that has the lock on a byte, or 0 */
    int maps;          /* number of mappings */
    uint8_t *guard;    /* the guard of the first mapping */
    int altered;       /* `maps` when a later mapping first protected other pages, or 0 */
};

static struct file files[FILES];
static struct file *descriptions[DESCRIPTIONS];

static void require(bool condition) {
    if (!condition)
        abort();
}

static void protect(void *at, uint64_t bytes, int how) { require(mprotect(at, bytes, how) == 0); }

/* ---- files ------------------------------------------------------------------------------------- */

static struct file *file_at(int fd) {
    require(fd >= FIRST_FD && fd < FIRST_FD + DESCRIPTIONS && descriptions[fd - FIRST_FD] != NULL);
    return descriptions[fd - FIRST_FD];
}

static struct file *file_of(struct platform_file file) { return file_at(file.fd); }

static struct file *file_with(const void *at) {
    const uint8_t *byte = at;
    for (int i = 0; i < FILES; i++)
        if (files[i].size > 0 && byte >= files[i].bytes && byte < files[i].bytes + files[i].size)
            return &files[i];
    abort();
}

static void require_range(struct platform_file file, uint64_t offset, uint64_t bytes) {
    uint64_t size = file_of(file)->size;
    require(offset <= size && bytes <= size - offset);
}

static struct platform_file describe(struct file *file) {
    int i = 0;
    while (i < DESCRIPTIONS && descriptions[i] != NULL)
        i++;
    require(i < DESCRIPTIONS);
    descriptions[i] = file;
    return (struct platform_file){.fd = FIRST_FD + i, .number = (uint64_t)(file - files)};
}

uint64_t platform_huge_page(void) { return 0; }

int platform_anonymous(uint64_t bytes, bool huge, struct platform_file *out) {
    require(!huge);
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
    *out = describe(&files[i]);
    return 0;
}

int platform_reopen(struct platform_file file, bool inherit, struct platform_file *out) {
    (void)inherit;
    *out = describe(file_of(file));
    return 0;
}

int platform_adopt(int fd, struct platform_file *out, struct platform_stat *st) {
    if (fd < FIRST_FD)
        return -EBADF;
    *out = (struct platform_file){.fd = fd, .number = (uint64_t)(file_at(fd) - files)};
    return platform_stat(*out, st);
}

bool platform_is_sealed(struct platform_file file) { return file_of(file)->size > 0; }

const char *platform_kind(int fd, const char *path) {
    (void)fd, (void)path;
    return NULL;
}

void platform_close(struct platform_file given) {
    if (!platform_has(given))
        return;
    struct file *file = file_of(given);
    for (int i = 0; i < LOCKS; i++)
        if (file->holder[i] == given.fd)
            file->holder[i] = 0;
    descriptions[given.fd - FIRST_FD] = NULL;
}

int platform_stat(struct platform_file given, struct platform_stat *out) {
    if (!platform_has(given))
        return -EBADF;
    struct file *file = file_of(given);
    *out = (struct platform_stat){.bytes = file->size, .number = (uint64_t)(file - files)};
    return 0;
}

/* Every other file is on a disk that has room for half of it. */
bool platform_is_limited(struct platform_file file) { return (file_of(file) - files) % 2 != 0; }

int platform_commit(struct platform_file file, uint64_t offset, uint64_t bytes) {
    require_range(file, offset, bytes);
    require(bytes > 0);
    return offset + bytes < file_of(file)->size / 2 ? 0 : -ENOSPC;
}

bool platform_has_room(struct platform_file file, uint64_t offset, uint64_t bytes) {
    require_range(file, offset, bytes);
    return true;
}

bool platform_has_memory(uint64_t bytes) { return bytes < UINT64_C(1) << 30; }

int platform_read(struct platform_file file, void *out, size_t bytes) {
    require_range(file, 0, bytes);
    memcpy(out, file_of(file)->bytes, bytes);
    return 0;
}

int platform_punch(struct platform_file file, uint64_t offset, uint64_t bytes) {
    require_range(file, offset, bytes);
    /* A mapping by an altered header has its guard elsewhere. */
    require(bytes > 0 &&
            (file_of(file)->altered != 0 || file_of(file)->bytes + offset > file_of(file)->guard));
    return 0;
}

uint64_t platform_next_data(struct platform_file file, uint64_t from) {
    require_range(file, from, 0);
    return from < file_of(file)->size ? from : UINT64_MAX;
}

/* ---- memory: all mappings of a file are one ---------------------------------------------------- */

int platform_map(struct platform_file file, size_t bytes, bool huge, void **out) {
    require(!huge);
    require_range(file, 0, bytes);
    file_of(file)->maps++;
    *out = file_of(file)->bytes;
    return 0;
}

void platform_unmap(void *map, size_t bytes) {
    struct file *file = file_with(map);
    require(map == file->bytes && bytes <= file->size && file->maps-- > 0);
    if (file->altered == 0)
        return;
    protect(file->bytes, file->size, PROT_READ | PROT_WRITE);
    if (file->maps >= file->altered)
        return; /* also forgets what other mappings have protected */
    file->altered = 0;
    protect(file->guard, GUARD, PROT_NONE);
}

static void note_altered(struct file *file) {
    if (file->altered == 0)
        file->altered = file->maps;
}

/* Makes a guard inaccessible. There is only one guard at a time, because a mapping by an altered header may have its
 * tables where another mapping has its guard. */
static void forbid(struct file *file, uint8_t *page) {
    if (page == file->guard)
        return;
    if (file->guard != NULL)
        protect(file->guard, GUARD, PROT_READ | PROT_WRITE);
    if (file->maps == 1)
        file->guard = page;
    else
        note_altered(file);
    protect(page, GUARD, PROT_NONE);
}

/* Protects the guard, or makes the beginning of the data read-only. */
int platform_protect(void *pages, size_t bytes, bool readable) {
    struct file *file = file_with(pages);
    if (!readable) {
        require(bytes == GUARD);
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

/* ---- locks on bytes ---------------------------------------------------------------------------- */

int platform_byte_is_locked(struct platform_file given, uint64_t first, uint64_t count) {
    struct file *file = file_of(given);
    require(first <= LOCKS && count <= LOCKS - first);
    for (uint64_t i = first; i < first + count; i++)
        if (file->holder[i] != 0 && file->holder[i] != given.fd)
            return 1;
    return 0;
}

static void set_holder(struct platform_file file, uint64_t first, uint64_t count, int holder) {
    for (uint64_t i = first; i < first + count; i++)
        file_of(file)->holder[i] = holder;
}

int platform_lock_byte(struct platform_file file, uint64_t first, uint64_t count) {
    if (platform_byte_is_locked(file, first, count))
        return -EAGAIN;
    set_holder(file, first, count, file.fd);
    return 0;
}

int platform_unlock_byte(struct platform_file file, uint64_t first, uint64_t count) {
    require(platform_byte_is_locked(file, first, count) == 0);
    set_holder(file, first, count, 0);
    return 0;
}

/* ---- waiting ----------------------------------------------------------------------------------- */

void platform_futex_wake(const uint32_t *word, int waiters) {
    (void)waiters;
    require(__atomic_load_n(word, __ATOMIC_RELAXED) == *word); /* the word must be readable */
}

void platform_pause(uint64_t duration) {
    static const uint32_t nothing;
    platform_futex_wait(&nothing, 0, platform_now() + duration);
}

uint32_t platform_pid(void) { return 1; }

uint64_t platform_since_1970(void) { return platform_now(); }

bool platform_disk(struct platform_file file, uint64_t *bytes, uint64_t *free) {
    (void)file, (void)bytes, (void)free;
    return false;
}

/* ---- functions that no fuzz target calls ------------------------------------------------------- */

int platform_nameless(const char *path, uint64_t bytes, uint32_t mode, char *temporary,
                      size_t capacity, struct platform_file *out) {
    (void)path, (void)bytes, (void)mode, (void)temporary, (void)capacity, (void)out;
    return -ENOSYS;
}

void platform_each_file(const char *folder, const char *prefix,
                        bool (*visit)(void *context, const char *path), void *context) {
    (void)folder, (void)prefix, (void)visit, (void)context;
}

int platform_sync(struct platform_file file, void *map, size_t bytes) {
    (void)file, (void)map, (void)bytes;
    return -ENOSYS;
}

int platform_name(struct platform_file file, const char *temporary, const char *path) {
    (void)file, (void)temporary, (void)path;
    return -ENOSYS;
}

int platform_unname(const char *path) {
    (void)path;
    return -ENOSYS;
}

int platform_pass_byte(struct platform_file from, struct platform_file to, uint64_t byte) {
    (void)from, (void)to, (void)byte;
    return -ENOSYS;
}

int platform_open(const char *path, bool owned, struct platform_file *out,
                  struct platform_stat *st) {
    (void)path, (void)owned, (void)out, (void)st;
    return -ENOSYS;
}

int platform_path(struct platform_file file, char *out, size_t capacity) {
    (void)file, (void)out, (void)capacity;
    return -ENOSYS;
}

bool platform_exists(const char *path) {
    (void)path;
    return false;
}

bool platform_is_at(struct platform_file file, const char *path) {
    (void)file, (void)path;
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

void platform_cancel_off(int *before) { *before = 0; }

void platform_cancel_on(int before) { (void)before; }

uint64_t platform_process_start(uint32_t pid) { return pid; }

uint64_t platform_pid_namespace(void) { return 1; }

bool platform_is_ending(uint32_t pid) {
    (void)pid;
    return false;
}

size_t platform_page(void) { return PAGE; }
