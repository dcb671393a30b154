/* platform_process.c - the part of platform.h about processes: ids, forks, cancellation, and how they end.
 *
 * Files of /proc are read into a buffer on the stack. See the kernel's Documentation/filesystems/proc.rst. */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "atomic.h"
#include "platform.h"

#define TEXT 4096u
#define STARTTIME 22 /* the field of /proc/PID/stat, counted from 1 */

/* This process's values. They are read once, because every join asks for them. Atomic, 0 until read. Two threads
 * that read them at the same time store the same value. */
static uint64_t own_pid, own_start, own_namespace;

static uint64_t remember(uint64_t *own, uint64_t value) {
    store_relaxed_u64(own, value);
    return value;
}

uint32_t platform_pid(void) {
    uint64_t known = load_relaxed_u64(&own_pid);
    return (uint32_t)(known != 0 ? known : remember(&own_pid, (uint64_t)getpid()));
}

static bool read_of(uint32_t pid, const char *file, char text[TEXT]) {
    char path[64];
    snprintf(path, sizeof path, "/proc/%u/%s", pid, file);
    return platform_read_text(path, text, TEXT);
}

/* Field STARTTIME of "17 (a (strange) name) S 1 ...". Only the name may have parentheses and spaces. */
static uint64_t read_start(uint32_t pid) {
    char text[TEXT];
    if (!read_of(pid, "stat", text))
        return 0;
    const char *at = strrchr(text, ')');
    for (int field = 2; at != NULL && field < STARTTIME; field++)
        at = strchr(at + 1, ' ');
    return at == NULL ? 0 : strtoull(at, NULL, 10);
}

static uint64_t read_namespace(void) {
    char self[16];
    struct stat st;
    ssize_t length = readlink("/proc/self", self, sizeof self - 1);
    if (length <= 0)
        return 0;
    self[length] = '\0';
    if (strtoul(self, NULL, 10) != platform_pid() || stat("/proc/self/ns/pid", &st) != 0)
        return 0;
    return st.st_ino;
}

uint64_t platform_process_start(uint32_t pid) {
    if (pid != platform_pid())
        return read_start(pid);
    uint64_t known = load_relaxed_u64(&own_start);
    return known != 0 ? known : remember(&own_start, read_start(pid));
}

uint64_t platform_pid_namespace(void) {
    uint64_t known = load_relaxed_u64(&own_namespace);
    return known != 0 ? known : remember(&own_namespace, read_namespace());
}

static void (*run_in_child)(void);

static void begin_child(void) {
    remember(&own_pid, 0);
    remember(&own_start, 0);
    remember(&own_namespace, 0);
    run_in_child();
}

int platform_on_fork(void (*before)(void), void (*after_parent)(void), void (*after_child)(void)) {
    run_in_child = after_child;
    return -pthread_atfork(before, after_parent, begin_child);
}

bool platform_is_ending(uint32_t pid) {
    char text[TEXT];
    if (!read_of(pid, "status", text))
        return false;
    if (strstr(text, "\nCoreDumping:\t1") != NULL)
        return true;
    /* The kernel frees the memory after a core dump and before it closes files. From then on, VmSize is missing. That
     * is also so if only the first thread has ended, so the number of threads counts as well. */
    return strstr(text, "\nVmSize:") == NULL && strstr(text, "\nThreads:\t1\n") != NULL;
}
