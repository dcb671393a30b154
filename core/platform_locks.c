/* platform_locks.c - the part of platform.h about locks on the bytes of files. */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <fcntl.h>
#include <unistd.h>

#include "platform_private.h"

static int byte_lock(struct platform_file file, int command, short type, uint64_t first,
                     uint64_t count, struct flock *lock) {
    int rc = platform_file_check(file);
    if (rc != 0)
        return rc;
    *lock = (struct flock){
        .l_type = type, .l_whence = SEEK_SET, .l_start = (off_t)first, .l_len = (off_t)count};
    do
        rc = platform_result(fcntl(file.fd, command, lock));
    while (rc == -EINTR);
    return rc == -EACCES ? -EAGAIN : rc;
}

static int set_lock(struct platform_file file, short type, uint64_t first, uint64_t count) {
    struct flock lock;
    return byte_lock(file, F_OFD_SETLK, type, first, count, &lock);
}

int platform_lock_byte(struct platform_file file, uint64_t first, uint64_t count) {
    return set_lock(file, F_WRLCK, first, count);
}

int platform_unlock_byte(struct platform_file file, uint64_t first, uint64_t count) {
    return set_lock(file, F_UNLCK, first, count);
}

int platform_byte_is_locked(struct platform_file file, uint64_t first, uint64_t count) {
    struct flock lock;
    int rc = byte_lock(file, F_OFD_GETLK, F_WRLCK, first, count, &lock);
    return rc < 0 ? rc : lock.l_type != F_UNLCK;
}

/* Both descriptions can have a read lock at once. Other members ask only for write locks, which a read lock refuses
 * as well. So no other member sees the byte free. */
int platform_pass_byte(struct platform_file from, struct platform_file to, uint64_t byte) {
    int rc = set_lock(from, F_RDLCK, byte, 1);
    if (rc == 0)
        rc = set_lock(to, F_RDLCK, byte, 1);
    if (rc != 0) {
        set_lock(from, F_WRLCK, byte, 1);
        return rc;
    }
    set_lock(from, F_UNLCK, byte, 1);
    set_lock(to, F_WRLCK, byte, 1); /* if this fails, the read lock is enough */
    return 0;
}
