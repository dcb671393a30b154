/* platform_base.c - the part of platform.h that its other parts need: clocks, the size of a page, and turning
 * cancellation off. */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <pthread.h>
#include <time.h>
#include <unistd.h>

#include "atomic.h"
#include "platform.h"

#define SECOND UINT64_C(1000000000)

uint64_t platform_since_1970(void) {
    struct timespec t;
    clock_gettime(CLOCK_REALTIME, &t);
    return (uint64_t)t.tv_sec * SECOND + (uint64_t)t.tv_nsec;
}

uint64_t platform_now(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (uint64_t)t.tv_sec * SECOND + (uint64_t)t.tv_nsec;
}

size_t platform_page(void) {
    static uint32_t page; /* atomic */
    uint32_t bytes = load_relaxed_u32(&page);
    if (bytes == 0) {
        bytes = (uint32_t)sysconf(_SC_PAGESIZE);
        store_relaxed_u32(&page, bytes);
    }
    return bytes;
}

void platform_cancel_off(int *before) { pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, before); }

void platform_cancel_on(int before) { pthread_setcancelstate(before, NULL); }
