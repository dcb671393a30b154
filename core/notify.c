/* notify.c - notifications: waits that need no thread of their own. A notification that has not run its callback yet is
 * called a note: see pending.h.
 *
 * One helper thread serves all notifications of the process. The first notification starts it. After the last one, it
 * stays for LINGER, since an event loop usually asks again at once, and then ends. It sleeps on one doorbell for each
 * arena, however many signals are watched there. signals.c explains when a signal rings the doorbell.
 *
 *   helper:   note the doorbells, find the notes that are due      |  under the mutex
 *             run their callbacks, one by one                      |  without the mutex
 *             sleep on the doorbells as noted                      |  without the mutex
 *   notify:   add a note and look at its signal                    |  under the mutex
 *
 * A new note need not wake the helper: the doorbell as the helper noted it is older than the note's look, so any later
 * ring ends the helper's sleep. The note wakes the helper only if it is due at once, or if it is the arena's first.
 *
 * A signaller in another process may die before it rings. So the helper looks at all notes once in every LINA_NAP. */
#include "notify.h"

#include <errno.h>
#include <pthread.h>

#include "pending.h"
#include "platform.h"
#include "process.h"
#include "signals.h"
#include "stream_outcome.h"
#include "waits.h"

#define LINGER UINT64_C(100000000)
#define SHORT_NAP UINT64_C(1000000) /* where the system cannot sleep on several words */

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
/* The mutex guards all of these. */
/* Signalled when a callback, a listener or the helper has ended. */
static pthread_cond_t change = PTHREAD_COND_INITIALIZER;
static bool running;              /* the helper exists */
static struct lina_note *calling; /* the note whose callback runs, or NULL */
static uint32_t closers;          /* threads inside lina_notify_close */
static uint32_t *asleep;          /* while the helper sleeps: the word that wakes it */
static uint32_t bell;             /* that word if no arena has notes */

static _Thread_local bool is_helper;

bool lina_notify_is_inside(void) { return is_helper; }

/* Makes the helper look again, if it sleeps. */
static void wake_helper(void) {
    if (asleep == NULL)
        return;
    add_sc_u32(asleep, 1); /* pairs with the futex's check of the word */
    platform_futex_wake(asleep, INT32_MAX);
}

/* ---- the helper -------------------------------------------------------------------------------- */

/* Sleeps until a doorbell differs from its noted value, or until `deadline`. Releases the mutex meanwhile. */
static void sleep_on_doorbells(uint64_t deadline) {
    uint32_t *words[PLATFORM_FUTEXES] = {&bell};
    uint32_t seen[PLATFORM_FUTEXES] = {load_sc_u32(&bell)}, count = 0;
    struct lina_listener *listener = lina_pending_listeners();
    for (; listener != NULL && count < PLATFORM_FUTEXES; listener = listener->next, count++) {
        words[count] = &listener->arena->header->doorbell;
        seen[count] = listener->doorbell;
    }
    int rc = listener == NULL ? 0 : -ENOSYS; /* more arenas than the system's call takes */
    asleep = words[0];
    pthread_mutex_unlock(&mutex);
    if (count > 1 && rc == 0)
        rc = platform_futex_wait_any((const uint32_t *const *)words, seen, count, deadline);
    else if (rc == 0)
        rc = platform_futex_wait(words[0], seen[0], deadline);
    if (rc != 0 && rc != -EAGAIN && rc != -ETIMEDOUT && rc != -EINTR)
        platform_futex_wait(words[0], seen[0], platform_now() + SHORT_NAP);
    pthread_mutex_lock(&mutex);
    asleep = NULL;
}

/* Runs the callback of a note and frees the note. False in a child that the callback forked: the helper ends there. */
static bool run_callback(struct lina_note *note) {
    uint64_t epoch = lina_process_epoch;
    calling = note;
    pthread_mutex_unlock(&mutex);
    note->callback(note->context, note->status, note->value);
    if (lina_process_epoch != epoch)
        return false;
    pthread_mutex_lock(&mutex);
    calling = NULL;
    lina_pending_free(note);
    pthread_cond_broadcast(&change);
    return true;
}

/* When the helper looks at everything next, and when it has lingered long enough. */
struct schedule {
    uint64_t look, end;
};

/* One turn of the helper's loop. False if the helper must end. */
static bool run_turn(struct schedule *schedule) {
    uint64_t now = platform_now();
    bool all = now >= schedule->look;
    if (all) {
        schedule->look = now + (lina_pending_ask() ? LINA_SHORT_NAP : LINA_NAP);
    }
    if (lina_pending_look(all))
        pthread_cond_broadcast(&change);
    bool idle = lina_pending_count() == 0;
    if (idle && (closers > 0 || now >= schedule->end))
        return false;
    if (!idle)
        schedule->end = now + LINGER;
    struct lina_note *note = lina_pending_take();
    if (note != NULL)
        return run_callback(note);
    sleep_on_doorbells(idle ? schedule->end : schedule->look);
    return true;
}

static void serve(void) {
    uint64_t epoch = lina_process_epoch;
    struct schedule schedule = {0, 0};
    is_helper = true;
    platform_thread_name("lina-notify");
    pthread_mutex_lock(&mutex);
    while (run_turn(&schedule))
        ;
    if (lina_process_epoch != epoch)
        return; /* in a forked child, this thread does not own the mutex */
    running = false;
    pthread_cond_broadcast(&change);
    pthread_mutex_unlock(&mutex);
}

/* ---- asking ------------------------------------------------------------------------------------ */

/* Waits for `change` with cancellation off: a thread that was cancelled here would end with the mutex locked. */
static void wait_for_change(void) {
    int state;
    pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &state);
    pthread_cond_wait(&change, &mutex);
    pthread_setcancelstate(state, &state);
}

static int fail_closed(const lina_arena_t *arena, const char *name) {
    return lina_fail(LINA_ERR_CLOSED, "signal \"%s\": the arena \"%s\" was closed", name,
                     arena->where);
}

static int start_helper(const char *name) {
    if (running)
        return LINA_OK;
    int rc = platform_thread(serve);
    if (rc != 0)
        return lina_fail_errno(-rc, "signal \"%s\": no thread for notifications", name);
    running = true;
    return LINA_OK;
}

/* The caller holds the mutex. */
static int add(lina_arena_t *arena, const char *name, struct lina_signal_place place,
               const struct lina_note *like, lina_notify_id_t *out) {
    if (load_sc_u32(&arena->closed) != 0) /* pairs with the swap in close.c */
        return fail_closed(arena, name);
    int rc = start_helper(name);
    if (rc != LINA_OK)
        return rc;
    bool is_new = lina_pending_listener(arena) == NULL;
    struct lina_note *note = lina_pending_add(arena, place, like);
    if (note == NULL)
        return lina_fail(LINA_ERR_NO_MEMORY, "signal \"%s\": no memory for a notification", name);
    *out = note->id;
    if (is_new || note->group == NULL) /* one more word to sleep on, or due already */
        wake_helper();
    return LINA_OK;
}

/* What a notification waits for: a signal, new generations of a stream, or room in a stream. */
enum what { A_SIGNAL, A_HEAD, A_ROOM };

static int find(lina_arena_t *arena, enum what what, const char *name,
                struct lina_signal_place *place) {
    struct lina_channel c;
    if (what == A_SIGNAL)
        return lina_signal_get(arena, name, UINT64_MAX, place);
    int rc = lina_stream_find(arena, name, &c);
    if (rc == LINA_OK)
        *place = what == A_HEAD ? lina_head_of(arena, &c) : lina_room_of(arena, &c);
    return rc;
}

static int ask(lina_arena_t *arena, enum what what, const char *name, const struct lina_note *like,
               lina_notify_id_t *out) {
    struct lina_signal_place place;
    const char *shown = name == NULL ? "" : name;
    if (out == NULL)
        return lina_fail(LINA_ERR_INVALID, "signal \"%.63s\": no place for the notification's id",
                         shown);
    if (like->callback == NULL)
        return lina_fail(LINA_ERR_INVALID, "signal \"%.63s\": the callback is NULL", shown);
    int rc = find(arena, what, name, &place);
    if (rc != LINA_OK)
        return rc;
    pthread_mutex_lock(&mutex);
    rc = add(arena, name, place, like, out);
    pthread_mutex_unlock(&mutex);
    return rc;
}

static int notify(lina_arena_t *arena, enum what what, const char *name,
                  const struct lina_note *like, lina_notify_id_t *out) {
    struct lina_waits *waits;
    arena = lina_waits_enter(arena, &waits); /* lina_arena_close waits for this call */
    if (arena == NULL)
        return lina_last_error_code();
    int rc = ask(arena, what, name, like, out);
    lina_waits_leave(waits);
    return rc;
}

static int notify_callback(lina_arena_t *arena, enum what what, const char *name, uint64_t target,
                           lina_notify_fn callback, void *context, lina_notify_id_t *out) {
    struct lina_note like = {.target = target, .callback = callback, .context = context};
    return notify(arena, what, name, &like, out);
}

static void add_to_eventfd(void *context, int status, uint64_t value) {
    (void)status;
    (void)value;
    platform_eventfd_add((int)(intptr_t)context);
}

static int notify_eventfd(lina_arena_t *arena, enum what what, const char *name, uint64_t target,
                          int eventfd, lina_notify_id_t *out) {
    if (!platform_is_eventfd(eventfd))
        return lina_fail(LINA_ERR_INVALID, "%s \"%.63s\": descriptor %d is not an eventfd",
                         what == A_SIGNAL ? "signal" : "stream", name == NULL ? "" : name, eventfd);
    return notify_callback(arena, what, name, target, add_to_eventfd, (void *)(intptr_t)eventfd,
                           out);
}

int lina_notify(lina_arena_t *arena, const char *name, uint64_t target, lina_notify_fn callback,
                void *context, lina_notify_id_t *out) {
    return notify_callback(arena, A_SIGNAL, name, target, callback, context, out);
}

int lina_notify_fd(lina_arena_t *arena, const char *name, uint64_t target, int eventfd,
                   lina_notify_id_t *out) {
    return notify_eventfd(arena, A_SIGNAL, name, target, eventfd, out);
}

int lina_notify_stream(lina_arena_t *arena, const char *name, uint64_t target,
                       lina_notify_fn callback, void *context, lina_notify_id_t *out) {
    return notify_callback(arena, A_HEAD, name, target, callback, context, out);
}

int lina_notify_stream_fd(lina_arena_t *arena, const char *name, uint64_t target, int eventfd,
                          lina_notify_id_t *out) {
    return notify_eventfd(arena, A_HEAD, name, target, eventfd, out);
}

int lina_notify_room(lina_arena_t *arena, const char *name, lina_notify_fn callback, void *context,
                     lina_notify_id_t *out) {
    return notify_callback(arena, A_ROOM, name, UINT64_MAX, callback, context, out);
}

int lina_notify_room_fd(lina_arena_t *arena, const char *name, int eventfd, lina_notify_id_t *out) {
    return notify_eventfd(arena, A_ROOM, name, UINT64_MAX, eventfd, out);
}

/* ---- ending ------------------------------------------------------------------------------------ */

int lina_notify_cancel(lina_notify_id_t id) {
    pthread_mutex_lock(&mutex);
    struct lina_note *note = lina_pending_find(id);
    if (note != NULL) {
        lina_pending_remove(note);
        lina_pending_free(note);
    }
    while (calling != NULL && calling->id == id && !is_helper)
        wait_for_change();
    pthread_mutex_unlock(&mutex);
    return note != NULL ? LINA_OK
                        : lina_fail(LINA_ERR_NOT_FOUND, "notification %llu is not pending",
                                    (unsigned long long)id);
}

void lina_notify_close(lina_arena_t *arena) {
    pthread_mutex_lock(&mutex);
    struct lina_listener *listener = lina_pending_listener(arena);
    if (listener != NULL)
        lina_pending_close(listener);
    closers++;
    wake_helper();
    while (running && (lina_pending_listener(arena) != NULL || lina_pending_count() == 0))
        wait_for_change();
    closers--;
    pthread_mutex_unlock(&mutex);
}

/* ---- fork: the child has neither the helper thread nor its parent's notifications ------------------ */

static void before_fork(void) { pthread_mutex_lock(&mutex); }

static void after_fork_parent(void) { pthread_mutex_unlock(&mutex); }

static void after_fork_child(void) {
    if (calling != NULL) /* its callback runs in the parent, or forked: then see `run_callback` */
        lina_pending_free(calling);
    calling = NULL;
    lina_pending_forget();
    running = is_helper = false;
    closers = 0;
    asleep = NULL;
    change = (pthread_cond_t)PTHREAD_COND_INITIALIZER; /* its waiters are in the parent */
    pthread_mutex_unlock(&mutex);
}

__attribute__((constructor)) static void watch_fork(void) {
    lina_process_set_hooks(
        &(struct lina_fork_hooks){before_fork, after_fork_parent, after_fork_child});
}
