/* time.c - the clock of fuzz targets: see fuzz.h. The linker replaces the platform's functions by these (time.wraps).
 * There are no threads, because a second one would see another time. */
#include <errno.h>

#include "../../core/platform.h"

uint64_t __wrap_platform_now(void);
int __wrap_platform_futex_wait(const uint32_t *word, uint32_t expected, uint64_t deadline);
void __wrap_platform_yield(void);
int __wrap_platform_thread(void (*run)(void));

static uint64_t clock_ns = 1;

uint64_t __wrap_platform_now(void) { return clock_ns += 100; }

int __wrap_platform_futex_wait(const uint32_t *word, uint32_t expected, uint64_t deadline) {
    if (__atomic_load_n(word, __ATOMIC_RELAXED) != expected)
        return -EAGAIN;
    if (clock_ns < deadline)
        clock_ns = deadline;
    return -ETIMEDOUT;
}

void __wrap_platform_yield(void) {}

int __wrap_platform_thread(void (*run)(void)) {
    (void)run;
    return -ENOSYS;
}
