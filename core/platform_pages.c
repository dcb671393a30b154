/* platform_pages.c - the part of platform.h about the pages of files. */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include "platform_private.h"

/* No pthread_cancel inside: see platform_file.c. */
static int allocate_nocancel(int fd, int mode, uint64_t from, uint64_t end) {
    int before;
    platform_cancel_off(&before);
    int rc = platform_result(fallocate(fd, mode, (off_t)from, (off_t)(end - from)));
    platform_cancel_on(before);
    return rc;
}

static uint64_t page_below(uint64_t offset) { return offset / platform_page() * platform_page(); }

static uint64_t page_above(uint64_t offset) { return page_below(offset + platform_page() - 1); }

#ifndef MADV_POPULATE_WRITE /* Linux 5.14 */
#define MADV_POPULATE_WRITE 23
#endif

/* Takes every page of a range as a write would, but changes no byte, because other members may be writing there.
 * (posix_fallocate reads a byte of each block and writes it back, which could undo another member's write.) Older
 * kernels cannot do this, and then no page is promised. */
static int touch_pages(int fd, uint64_t offset, uint64_t bytes) {
    void *pages = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_SHARED, fd, (off_t)offset);
    if (pages == MAP_FAILED)
        return -errno;
    int error = platform_result(madvise(pages, bytes, MADV_POPULATE_WRITE));
    munmap(pages, bytes);
    /* EFAULT: touching the page would have raised SIGBUS. */
    return error == -EFAULT ? -ENOSPC : error == -EINVAL ? 0 : error;
}

int platform_commit(struct platform_file file, uint64_t offset, uint64_t bytes) {
    struct stat st;
    int rc = platform_file_look(file, &st);
    if (rc != 0)
        return rc;
    uint64_t first = page_below(offset), end = page_above(offset + bytes);
    if (end > (uint64_t)st.st_size) /* the file must not grow to a whole page */
        end = (uint64_t)st.st_size;
    if (first >= end)
        return -EINVAL;
    do
        rc = allocate_nocancel(file.fd, 0, first, end);
    while (rc == -EINTR);
    return rc == -EOPNOTSUPP || rc == -ENOSYS ? touch_pages(file.fd, first, end - first) : rc;
}

int platform_punch(struct platform_file file, uint64_t offset, uint64_t bytes) {
    uint64_t first = page_above(offset), end = page_below(offset + bytes);
    int error = platform_file_check(file);
    if (error != 0 || first >= end)
        return error;
    return allocate_nocancel(file.fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, first, end);
}

uint64_t platform_next_data(struct platform_file file, uint64_t from) {
    if (platform_file_check(file) != 0)
        return from;
    off_t data = lseek(file.fd, (off_t)from, SEEK_DATA);
    if (data >= 0)
        return (uint64_t)data;
    return errno == ENXIO ? UINT64_MAX : from;
}
