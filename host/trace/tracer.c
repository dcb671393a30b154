/* tracer.c - the calls of liblina_core that `lina run --trace` shows, with a clock around each.
 *
 * The traced library is a liblina_core with the same name and the same functions. It has all objects of the core, in
 * which the functions of the list TRACED (tracer.h) begin with core_. The functions of this file have the real names,
 * and call those.
 * Processes load it by LD_PRELOAD, so that each binding finds it as "the one that is loaded already". */
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#define lina_signal_raise inline_signal_raise /* this file has the function itself */
#include "lina.h"
#undef lina_signal_raise

#include "tracer.h"

LINA_API void lina_signal_raise(const lina_signal_t *signal);

#define CORE(function) extern __typeof__(function) core_##function;
TRACED(CORE)

/* ---- the file of events ------------------------------------------------------------------------- */

static pthread_once_t once = PTHREAD_ONCE_INIT;
static int file = -1;

static void open_file(void) {
    const char *path = getenv(LINA_TRACE_FILE);
    if (path != NULL && *path != '\0')
        file = open(path, O_WRONLY | O_APPEND | O_CLOEXEC);
}

static int is_traced(void) {
    pthread_once(&once, open_file);
    return file >= 0;
}

static uint64_t now(void) {
    struct timespec time;
    clock_gettime(CLOCK_BOOTTIME, &time);
    return (uint64_t)time.tv_sec * 1000000000 + (uint64_t)time.tv_nsec;
}

/* ---- whose thread it is ------------------------------------------------------------------------- */

/* A new thread inherits the name that the kernel has for the thread that starts it. So if a thread has no label of its
 * own, that name says which of these labels it has. */
#define LABELS 64u
#define THREAD_NAME "lina:%u"
static char labels[LABELS][LINA_MAX_NAME];
static unsigned n_labels;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static __thread const char *label;

/* The end of a text that is too long says more than its beginning. */
static void copy_tail(char *to, const char *text) {
    size_t length = strlen(text);
    snprintf(to, LINA_MAX_NAME, "%s",
             length < LINA_MAX_NAME ? text : text + length - LINA_MAX_NAME + 1);
}

LINA_API lina_trace_label_fn lina_trace_label;
void lina_trace_label(const char *text) {
    char tail[LINA_MAX_NAME], name[16];
    unsigned i = 0;
    if (!is_traced())
        return;
    copy_tail(tail, text);
    pthread_mutex_lock(&lock);
    while (i < n_labels && strcmp(labels[i], tail) != 0)
        i++;
    if (i == n_labels && i < LABELS)
        memcpy(labels[n_labels++], tail, sizeof tail);
    pthread_mutex_unlock(&lock);
    if (i == LABELS)
        return;
    label = labels[i];
    snprintf(name, sizeof name, THREAD_NAME, i);
    prctl(PR_SET_NAME, name);
}

static const char *label_of_thread(void) {
    char name[16] = "";
    unsigned i;
    if (label != NULL)
        return label;
    prctl(PR_GET_NAME, name);
    const char *given = getenv(LINA_TRACE_LABEL);
    label = sscanf(name, THREAD_NAME, &i) == 1 && i < LABELS ? labels[i]
            : given != NULL                                  ? given
                                                             : "";
    return label;
}

/* ---- events ------------------------------------------------------------------------------------- */

void tracer_begin(struct lina_trace_event *event, int kind, const char *name) {
    event->begin = now();
    event->kind = kind;
    event->tid = (uint32_t)syscall(SYS_gettid);
    copy_tail(event->label, label_of_thread());
    snprintf(event->name, sizeof event->name, "%s", name == NULL ? "" : name);
}

/* Changes neither errno nor Lina's last error. */
void tracer_append(struct lina_trace_event *event) {
    int error = errno;
    if (!is_traced())
        return;
    event->end = now();
    event->pid = (uint32_t)getpid();
    ssize_t ignored = write(file, event, sizeof *event);
    (void)ignored;
    errno = error;
}

static void tell(int kind, uint64_t begin, const char *name, int result, uint64_t value) {
    struct lina_trace_event event = {.result = result, .value = value};
    tracer_begin(&event, kind, name);
    event.begin = begin;
    tracer_append(&event);
}

/* A call with the timeout 0 that found nothing did not wait, so it is no event. */
static int tell_wait(uint64_t begin, const char *name, int64_t timeout_ns, int result,
                     uint64_t value) {
    if (timeout_ns > 0 || timeout_ns == LINA_FOREVER || result != LINA_ERR_TIMEOUT)
        tell(LINA_TRACE_WAIT, begin, name, result, value);
    return result;
}

static int tell_raise(uint64_t begin, const char *name, int result) {
    tell(LINA_TRACE_RAISE, begin, name, result, 0);
    return result;
}

static int tell_publish(uint64_t begin, const char *name, int result, uint64_t value) {
    tell(LINA_TRACE_PUBLISH, begin, name, result, value);
    return result;
}

/* ---- signals by name ---------------------------------------------------------------------------- */

void lina_signal(const char *name) {
    uint64_t begin = now();
    core_lina_signal(name);
    tell_raise(begin, name, LINA_OK);
}

int lina_signal_add(const char *name, uint64_t n) {
    uint64_t begin = now();
    return tell_raise(begin, name, core_lina_signal_add(name, n));
}

int lina_arena_signal(lina_arena_t *arena, const char *name) {
    uint64_t begin = now();
    return tell_raise(begin, name, core_lina_arena_signal(arena, name));
}

int lina_arena_signal_add(lina_arena_t *arena, const char *name, uint64_t n) {
    uint64_t begin = now();
    return tell_raise(begin, name, core_lina_arena_signal_add(arena, name, n));
}

void lina_wait(const char *name) {
    uint64_t begin = now();
    core_lina_wait(name);
    tell_wait(begin, name, LINA_FOREVER, LINA_OK, 0);
}

int lina_wait_for(const char *name, int64_t timeout_ns) {
    uint64_t begin = now();
    return tell_wait(begin, name, timeout_ns, core_lina_wait_for(name, timeout_ns), 0);
}

int lina_wait_value(const char *name, uint64_t target, int64_t timeout_ns) {
    uint64_t begin = now();
    return tell_wait(begin, name, timeout_ns, core_lina_wait_value(name, target, timeout_ns),
                     target);
}

int lina_arena_wait(lina_arena_t *arena, const char *name) {
    uint64_t begin = now();
    return tell_wait(begin, name, LINA_FOREVER, core_lina_arena_wait(arena, name), 0);
}

int lina_arena_wait_for(lina_arena_t *arena, const char *name, int64_t timeout_ns) {
    uint64_t begin = now();
    return tell_wait(begin, name, timeout_ns, core_lina_arena_wait_for(arena, name, timeout_ns), 0);
}

int lina_arena_wait_value(lina_arena_t *arena, const char *name, uint64_t target,
                          int64_t timeout_ns) {
    uint64_t begin = now();
    int result = core_lina_arena_wait_value(arena, name, target, timeout_ns);
    return tell_wait(begin, name, timeout_ns, result, target);
}

int lina_member_wait(lina_arena_t *arena, const char *name, int64_t timeout_ns) {
    uint64_t begin = now();
    return tell_wait(begin, name, timeout_ns, core_lina_member_wait(arena, name, timeout_ns), 0);
}

int lina_wait_any(lina_arena_t *arena, const lina_wait_t *waits, uint32_t n, int64_t timeout_ns,
                  uint32_t *which) {
    char names[LINA_MAX_NAME] = "";
    uint64_t begin = now();
    uint32_t first = 0;
    int result = core_lina_wait_any(arena, waits, n, timeout_ns, which == NULL ? &first : which);
    size_t at = 0;
    if (result == LINA_OK)
        snprintf(names, sizeof names, "%s", waits[which == NULL ? first : *which].name);
    for (uint32_t i = 0; result != LINA_OK && waits != NULL && i < n && at < sizeof names; i++)
        at += (size_t)snprintf(names + at, sizeof names - at, "%s%s", i == 0 ? "" : ", ",
                               waits[i].name == NULL ? "" : waits[i].name);
    return tell_wait(begin, names, timeout_ns, result, 0);
}

/* ---- signals by handle -------------------------------------------------------------------------- */

#define WAITERS UINT64_C(1) /* the bit of a signal's word that says that a thread waits */

/* The inline lina_signal_raise of a caller calls the library only if a thread waits. So the bit is set for the
 * tracer as well. A wake takes it away, and the next call here sets it again. */
static void ask_to_be_called(const lina_signal_t *signal) {
    if (is_traced())
        __atomic_fetch_or(signal->word, WAITERS, __ATOMIC_RELAXED);
}

static uint64_t value_of(const lina_signal_t *signal) {
    return __atomic_load_n(signal->word, __ATOMIC_RELAXED) >> 1;
}

int lina_signal_open(lina_arena_t *arena, const char *name, lina_signal_t *out) {
    int result = core_lina_signal_open(arena, name, out);
    if (result == LINA_OK)
        ask_to_be_called(out);
    return result;
}

/* Reads the value before it does anything else. So the value is the one that the caller made, or, if another thread
 * raised the signal meanwhile, a later one. */
static void tell_wake(uint64_t begin, const lina_signal_t *signal) {
    char name[LINA_MAX_NAME];
    uint64_t value = value_of(signal);
    ask_to_be_called(signal);
    tell(LINA_TRACE_RAISE, begin, tracer_signal_name(signal, name), LINA_OK, value);
}

void lina_signal_wake(const lina_signal_t *signal) {
    uint64_t begin = now();
    core_lina_signal_wake(signal);
    tell_wake(begin, signal);
}

void lina_signal_raise(const lina_signal_t *signal) {
    uint64_t begin = now();
    core_lina_signal_raise(signal);
    tell_wake(begin, signal);
}

int lina_signal_raise_by(const lina_signal_t *signal, uint64_t n) {
    uint64_t begin = now();
    int result = core_lina_signal_raise_by(signal, n);
    if (result == LINA_OK)
        tell_wake(begin, signal);
    return result;
}

int lina_signal_wait(const lina_signal_t *signal, int64_t timeout_ns) {
    char name[LINA_MAX_NAME];
    uint64_t begin = now();
    int result = core_lina_signal_wait(signal, timeout_ns);
    return tell_wait(begin, tracer_signal_name(signal, name), timeout_ns, result, value_of(signal));
}

int lina_signal_wait_value(const lina_signal_t *signal, uint64_t target, int64_t timeout_ns) {
    char name[LINA_MAX_NAME];
    uint64_t begin = now();
    int result = core_lina_signal_wait_value(signal, target, timeout_ns);
    return tell_wait(begin, tracer_signal_name(signal, name), timeout_ns, result, target);
}

/* ---- generations -------------------------------------------------------------------------------- */

int lina_publish(lina_view_t *view) { /* which forgets the view's name */
    lina_view_t before = *view;
    uint64_t begin = now();
    return tell_publish(begin, before.desc.name, core_lina_publish(view), before.sequence);
}

int lina_publish_within(lina_view_t *view, int64_t timeout_ns) {
    lina_view_t before = *view;
    uint64_t begin = now();
    return tell_publish(begin, before.desc.name, core_lina_publish_within(view, timeout_ns),
                        before.sequence);
}

int lina_republish(lina_arena_t *arena, const char *name, uint32_t dtype, uint32_t ndim,
                   const uint64_t *shape, uint32_t layout, lina_desc_t *out) {
    uint64_t begin = now();
    return tell_publish(begin, name,
                        core_lina_republish(arena, name, dtype, ndim, shape, layout, out), 0);
}

int lina_create_array(const char *name, uint32_t dtype, uint32_t ndim, const uint64_t *shape,
                      uint32_t layout, lina_desc_t *out) {
    uint64_t begin = now();
    return tell_publish(begin, name, core_lina_create_array(name, dtype, ndim, shape, layout, out),
                        0);
}

int lina_arena_create_array(lina_arena_t *arena, const char *name, uint32_t dtype, uint32_t ndim,
                            const uint64_t *shape, uint32_t layout, lina_desc_t *out) {
    uint64_t begin = now();
    return tell_publish(
        begin, name, core_lina_arena_create_array(arena, name, dtype, ndim, shape, layout, out), 0);
}

int lina_reader_next(lina_reader_t *reader, int64_t timeout_ns, lina_view_t *view) {
    uint64_t begin = now();
    int result = core_lina_reader_next(reader, timeout_ns, view);
    return tell_wait(begin, reader->name, timeout_ns, result,
                     result == LINA_OK ? view->sequence : 0);
}
