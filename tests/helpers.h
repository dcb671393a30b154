/* helpers.h - helpers for most cases: arenas, arrays, views, other processes and threads. */
#ifndef TEST_HELPERS_H
#define TEST_HELPERS_H

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <time.h>

#include "test.h"

#define MIB (UINT64_C(1) << 20)
#ifdef LINA_PARANOID /* every change of a table is followed by a check of all tables */
#define PARANOID true
#else
#define PARANOID false
#endif
/* True under a sanitizer, which has its own memory, its own threads, and its own way to end a process. */
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define SANITIZED true
#elif defined(__has_feature)
#define SANITIZED (__has_feature(address_sanitizer) || __has_feature(thread_sanitizer))
#else
#define SANITIZED false
#endif
#define SECONDS(n) ((n)*INT64_C(1000000000))
#define SHAPE(...) ((const uint64_t[]){__VA_ARGS__})
#define STRIDES(...) ((const int64_t[]){__VA_ARGS__})
#define F64 LINA_DTYPE_F64
#define U8 LINA_DTYPE_U8

/* ---- arenas ------------------------------------------------------------------------------------ */

static inline lina_arena_t *new_arena(uint64_t bytes) {
    lina_arena_t *arena;
    CHECK_OK(lina_arena_create(NULL, bytes, NULL, &arena));
    return arena;
}

/* Attaches to the arena once more, as another member in this process. */
static inline lina_arena_t *join_arena(lina_arena_t *arena, uint32_t flags) {
    lina_arena_t *other;
    char where[32];
    int fd;
    CHECK_OK(lina_arena_fd(arena, &fd));
    snprintf(where, sizeof where, "fd:%d", fd);
    CHECK_OK(lina_arena_attach(where, flags, &other));
    return other;
}

/* A name for /dev/shm or a path that no other case uses. */
static inline const char *unique(const char *prefix) {
    static char text[8][128];
    static unsigned next;
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    char *out = text[next++ % 8];
    snprintf(out, sizeof text[0], "%slina-test-%d-%ld-%u", prefix, (int)getpid(), (long)now.tv_nsec,
             next);
    return out;
}
static inline const char *unique_shm(void) { return unique("shm:"); }
static inline const char *unique_file(void) { return unique("file:/tmp/"); }

static inline lina_arena_info_t info_of(lina_arena_t *arena) {
    lina_arena_info_t info;
    CHECK_OK(lina_arena_info(arena, &info));
    return info;
}

/* ---- arrays ------------------------------------------------------------------------------------ */

/* Creates a one-dimensional array without exposing it. */
static inline int make(lina_arena_t *arena, const char *name, uint32_t dtype, uint64_t n) {
    return lina_arena_create_array(arena, name, dtype, 1, &n, LINA_LAYOUT_C, NULL);
}

static inline lina_desc_t open_desc(lina_arena_t *arena, const char *name) {
    lina_desc_t desc;
    CHECK_OK(lina_arena_open(arena, name, &desc));
    return desc;
}

/* Returns a view. A view knows its own address, so `to` is the variable that the view is assigned to. NULL for a view
 * that is never released. */
static inline lina_view_t hold(lina_view_t *to, lina_arena_t *arena, const char *name) {
    lina_view_t view;
    CHECK_OK(lina_acquire(arena, name, &view));
    view.self = to;
    return view;
}

/* The same for a loan. */
static inline lina_view_t borrow(lina_view_t *to, lina_arena_t *arena, const char *name,
                                 uint32_t dtype, uint64_t n) {
    lina_view_t view;
    CHECK_OK(lina_loan(arena, name, dtype, 1, &n, LINA_LAYOUT_C, &view));
    view.self = to;
    return view;
}

static inline void publish_bytes(lina_arena_t *arena, const char *name, uint64_t n, int byte) {
    lina_view_t view = borrow(&view, arena, name, U8, n);
    memset(view.data, byte, n);
    CHECK_OK(lina_publish(&view));
}

static inline bool all_are(const void *data, uint64_t nbytes, int byte) {
    const unsigned char *p = data;
    for (uint64_t i = 0; i < nbytes; i++)
        if (p[i] != byte)
            return false;
    return true;
}

static inline size_t count_arrays(lina_arena_t *arena) {
    size_t n;
    CHECK_OK(lina_arena_list(arena, NULL, 0, &n, NULL));
    return n;
}

/* ---- other processes --------------------------------------------------------------------------- */

/* Forks. If the parent dies, the kernel kills the child. */
static inline pid_t spawn(void) {
    fflush(stdout);
    pid_t parent = getpid(), pid = fork();
    CHECK(pid >= 0);
    if (pid == 0 && (prctl(PR_SET_PDEATHSIG, SIGKILL) != 0 || getppid() != parent))
        _exit(1);
    return pid;
}

static inline void done(void) { _exit(0); }

/* The child's exit status, or 1000 and the signal that ended it. */
static inline int reap(pid_t pid) {
    int status;
    CHECK_EQ(waitpid(pid, &status, 0), pid);
    return WIFSIGNALED(status) ? 1000 + WTERMSIG(status) : WEXITSTATUS(status);
}

static inline void kill_and_reap(pid_t pid) {
    CHECK_EQ(kill(pid, SIGKILL), 0);
    CHECK_EQ(reap(pid), 1000 + SIGKILL);
}

static inline void pause_ms(long ms) {
    struct timespec t = {ms / 1000, ms % 1000 * 1000000};
    while (nanosleep(&t, &t) != 0) /* if interrupted, sleeps for the rest */
        ;
}

/* ---- threads ----------------------------------------------------------------------------------- */

static inline pthread_t start(void *(*run)(void *), void *context) {
    pthread_t thread;
    CHECK_EQ(pthread_create(&thread, NULL, run, context), 0);
    return thread;
}

static inline void *join(pthread_t thread) {
    void *result;
    CHECK_EQ(pthread_join(thread, &result), 0);
    return result;
}

#endif
