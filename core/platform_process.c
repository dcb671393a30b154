/* platform_process.c - the part of platform.h about processes: ids, forks, cancellation, and how they end.
 *
 * What /proc tells is read into a buffer on the stack; see the kernel's Documentation/filesystems/proc.rst. */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "platform.h"

#define TEXT 4096u
#define STARTTIME 22 /* the field of /proc/PID/stat, counted from 1 */

void platform_cancel_off(int *before) { pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, before); }

void platform_cancel_on(int before) { pthread_setcancelstate(before, NULL); }

uint32_t platform_pid(void) { return (uint32_t)getpid(); }

int platform_on_fork(void (*before)(void), void (*after_parent)(void), void (*after_child)(void)) {
    return -pthread_atfork(before, after_parent, after_child);
}

static bool read_of(uint32_t pid, const char *file, char text[TEXT]) {
    char path[64];
    snprintf(path, sizeof path, "/proc/%u/%s", pid, file);
    return platform_read_text(path, text, TEXT);
}

uint64_t platform_process_start(uint32_t pid) {
    char text[TEXT];
    if (!read_of(pid, "stat", text))
        return 0;
    /* "17 (a (strange) name) S 1 ...": the name may have parentheses and spaces, the rest has not. */
    const char *at = strrchr(text, ')');
    for (int field = 2; at != NULL && field < STARTTIME; field++)
        at = strchr(at + 1, ' ');
    return at == NULL ? 0 : strtoull(at, NULL, 10);
}

bool platform_is_ending(uint32_t pid) {
    char text[TEXT];
    if (!read_of(pid, "status", text))
        return false;
    if (strstr(text, "\nCoreDumping:\t1") != NULL)
        return true;
    /* Memory is freed after a core dump, and before files are closed; its size is no longer told then. The
     * first thread can end so while others live. */
    return strstr(text, "\nVmSize:") == NULL && strstr(text, "\nThreads:\t1\n") != NULL;
}

uint64_t platform_pid_namespace(void) {
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
