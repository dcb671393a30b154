/* membership.c - the list of arenas that this process has joined through Python. It is needed at the end of the
 * interpreter, in a fork, and to find out whether two addresses are the same byte.
 *
 * There is one list in a process, because subinterpreters share the arenas. A membership belongs to an Arena, and is
 * changed under the GIL of that Arena's interpreter, or under the Arena's guard. What other interpreters read is
 * changed under `lock`. Only `inside` and `is_open` are changed without a GIL. */
#include "binding.h"

#include <pthread.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <time.h>

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct membership *all;
static pthread_once_t once = PTHREAD_ONCE_INIT;
static bool has_exit_hook; /* under `lock` */

/* ---- the end of the interpreter ---------------------------------------------------------------------- */

static void nap_a_millisecond(void) { nanosleep(&(struct timespec){0, 1000000}, NULL); }

/* Waits of threads that Python has stopped for good leave Lina within a nap. */
static bool has_left(const struct membership *m) {
    for (int turn = 0; turn < 200; turn++) {
        if (__atomic_load_n(&m->inside, __ATOMIC_ACQUIRE) == 0)
            return true;
        nap_a_millisecond();
    }
    return false;
}

static void end_membership(struct membership *m) {
    bool is_open = __atomic_exchange_n(&m->is_open, false, __ATOMIC_ACQ_REL);
    if (is_open && m->is_default)
        lina_shutdown();
    else if (is_open)
        lina_arena_close(m->handle);
}

/* Runs after the end of the interpreter and ends all memberships, so that the last member removes a temporary name.
 * Objects that a daemon thread, a module or a reference cycle still has stay as they are. */
static void end_all(void) {
    pthread_mutex_lock(&lock);
    has_exit_hook = false; /* a host may start Python again */
    struct membership *m = all;
    all = NULL;
    pthread_mutex_unlock(&lock);
    for (; m != NULL; m = m->next)
        if (has_left(m))
            end_membership(m);
}

/* ---- fork ------------------------------------------------------------------------------------------- */

static void before_fork(void) { pthread_mutex_lock(&lock); }
static void in_parent(void) { pthread_mutex_unlock(&lock); }

/* A forked child has only this thread, so calls of other threads never end in it. */
static void in_child(void) {
    for (struct membership *m = all; m != NULL; m = m->next) {
        m->inside = m->calls = 0;
        for (const struct waiting *w = m->waiting; w != NULL; w = w->next)
            m->calls += pthread_equal(w->thread, pthread_self()) != 0;
    }
    pthread_mutex_unlock(&lock);
}

static void prepare(void) { pthread_atfork(before_fork, in_parent, in_child); }

/* ---- the list ---------------------------------------------------------------------------------------- */

struct membership *membership_new(bool is_default) {
    struct membership *m = calloc(1, sizeof *m);
    if (m == NULL)
        return NULL;
    m->is_default = is_default;
    m->is_open = true;
    pthread_once(&once, prepare);
    pthread_mutex_lock(&lock);
    if (!has_exit_hook)
        has_exit_hook = Py_AtExit(end_all) == 0;
    m->next = all;
    m->at = &all;
    if (all != NULL)
        all->at = &m->next;
    all = m;
    pthread_mutex_unlock(&lock);
    return m;
}

void membership_note(struct membership *m, lina_arena_t *handle) {
    struct stat file;
    int fd;
    bool has_file = lina_arena_fd(handle, &fd) == LINA_OK && fstat(fd, &file) == 0;
    pthread_mutex_lock(&lock);
    m->handle = handle;
    m->base = lina_arena_base(handle);
    m->size = lina_arena_size(handle);
    m->has_file = has_file;
    m->device = has_file ? file.st_dev : 0;
    m->inode = has_file ? file.st_ino : 0;
    pthread_mutex_unlock(&lock);
}

void membership_end(struct membership *m) { end_membership(m); }

void membership_free(struct membership *m) {
    pthread_mutex_lock(&lock);
    *m->at = m->next;
    if (m->next != NULL)
        m->next->at = m->at;
    pthread_mutex_unlock(&lock);
    free(m);
}

/* ---- waits ------------------------------------------------------------------------------------------- */

void membership_wait_begins(struct membership *m, struct waiting *w) {
    w->thread = pthread_self();
    w->next = m->waiting;
    w->at = &m->waiting;
    if (m->waiting != NULL)
        m->waiting->at = &w->next;
    m->waiting = w;
}

void membership_wait_ends(struct waiting *w) {
    *w->at = w->next;
    if (w->next != NULL)
        w->next->at = w->at;
}

bool membership_has_callers(const struct membership *m) {
    uint32_t own = 0;
    for (const struct waiting *w = m->waiting; w != NULL; w = w->next)
        own += pthread_equal(w->thread, pthread_self()) != 0;
    return m->calls > own;
}

/* ---- addresses --------------------------------------------------------------------------------------- */

static const struct membership *find(const char *address) {
    for (const struct membership *m = all; m != NULL; m = m->next)
        if (m->base != NULL && address >= m->base && address < m->base + m->size)
            return m;
    return NULL;
}

Py_ssize_t membership_shift(const char *from, const char *to) {
    Py_ssize_t shift = 0;
    pthread_mutex_lock(&lock);
    const struct membership *a = find(from), *b = find(to);
    if (a != NULL && b != NULL && a->base != b->base && a->has_file && b->has_file &&
        a->device == b->device && a->inode == b->inode)
        shift = b->base - a->base;
    pthread_mutex_unlock(&lock);
    return shift;
}
