/* arena.c - the arenas of this process: listed, held, closed, and over a fork. */
#include "arena.h"

#include <pthread.h>
#include <string.h>

#include "mapping.h"
#include "members.h"
#include "notify.h"
#include "platform.h"
#include "signals.h"
#include "where.h"

/* ---- the arenas of this process, and fork ------------------------------------------------------ */

uint64_t lina_process_epoch;

/* Held from before the description with the member's lock is opened until the arena is listed, and from
 * before it is unlisted until that is closed: a process that is forked meanwhile would keep it without
 * knowing, and with it the lock. */
static pthread_mutex_t process_mutex = PTHREAD_MUTEX_INITIALIZER;
static lina_arena_t *arenas;

static void before_fork(void) {
    lina_default_before_fork();
    lina_notify_before_fork();
    pthread_mutex_lock(&process_mutex);
}

static void after_fork_parent(void) {
    pthread_mutex_unlock(&process_mutex);
    lina_notify_after_fork_parent();
    lina_default_after_fork(false);
}

/* The child shares the parent's descriptions, and with them its locks: as long as it had them, the
 * parent's death would not be seen. */
static void after_fork_child(void) {
    lina_process_epoch++;
    for (lina_arena_t *a = arenas; a != NULL; a = a->next) {
        memset(a->waits, 0, sizeof a->waits); /* those threads stayed behind */
        if (a->fd >= 0)
            lina_mapping_reopen(a);
    }
    pthread_mutex_unlock(&process_mutex);
    lina_notify_after_fork_child();
    lina_default_after_fork(true);
}

/* From the start: a thread may be inside default.c before there is any arena. */
__attribute__((constructor)) static void watch_fork(void) {
    platform_on_fork(before_fork, after_fork_parent, after_fork_child);
}

void lina_arena_begin_making(void) { pthread_mutex_lock(&process_mutex); }

int lina_arena_end_making(lina_arena_t *arena, int rc, lina_arena_t **out) {
    if (rc == LINA_OK) {
        arena->next = arenas;
        arenas = *out = arena;
    } else {
        lina_mapping_free(arena);
    }
    pthread_mutex_unlock(&process_mutex);
    return rc;
}

static void unlist(lina_arena_t *arena) {
    lina_arena_t **at = &arenas;
    while (*at != arena)
        at = &(*at)->next;
    *at = arena->next;
}

int lina_arena_rejoin(lina_arena_t *arena) {
    pthread_mutex_lock(&process_mutex);
    int rc = LINA_OK;
    if (arena->epoch != lina_process_epoch)
        rc = arena->fd < 0 && !arena->registered
                 ? lina_fail(LINA_ERR_CLOSED, "arena \"%s\" could not be reopened after fork",
                             arena->where)
                 : lina_member_join(arena);
    pthread_mutex_unlock(&process_mutex);
    return rc;
}

/* ---- close ------------------------------------------------------------------------------------- */

/* Takes a temporary arena's name away if nobody else has it: the name that its file has by now, which
 * need not be how this member found it. */
static void unname_if_last(const lina_arena_t *arena) {
    char path[LINA_PATH];
    if ((load_relaxed_u32(&arena->header->flags) & LINA_ARENA_TEMPORARY) == 0 ||
        platform_lock_byte(arena->fd, 0, LINA_MAX_MEMBERS) != 0)
        return;
    if (platform_path(arena->fd, path, sizeof path) == 0 && platform_is_at(arena->fd, path))
        platform_unname(path);
}

void lina_arena_end(lina_arena_t *arena) {
    pthread_mutex_lock(&process_mutex);
    unlist(arena);
    if (arena->epoch == lina_process_epoch) {
        lina_member_leave(arena);
        unname_if_last(arena);
    }
    lina_mapping_free(arena);
    pthread_mutex_unlock(&process_mutex);
}

int lina_arena_close(lina_arena_t *arena) {
    arena = lina_arena_of(arena);
    if (arena == NULL)
        return lina_last_error_code();
    if (lina_notify_is_inside())
        return lina_fail(LINA_ERR_BUSY, "arena \"%s\": a notification's callback cannot close it",
                         arena->where);
    if (swap_sc_u32(&arena->closed, 1) != 0)
        return lina_fail(LINA_ERR_CLOSED, "arena \"%s\" is closed already", arena->where);
    lina_default_forget(arena);
    lina_default_settle();
    lina_notify_close(arena);
    lina_signals_close(arena);
    lina_arena_drop(arena);
    return LINA_OK;
}

/* ---- what there is of one --------------------------------------------------------------------- */

int lina_arena_fd(lina_arena_t *arena, int *out_fd) {
    arena = lina_arena_of(arena);
    if (arena == NULL)
        return lina_last_error_code();
    if (out_fd == NULL || arena->fd < 0)
        return lina_fail(LINA_ERR_INVALID, "arena \"%s\": it has no descriptor to give",
                         arena->where);
    pthread_mutex_lock(&process_mutex);
    if (arena->public_fd < 0)
        arena->public_fd = platform_reopen(arena->fd, arena->inherit);
    int fd = arena->public_fd;
    pthread_mutex_unlock(&process_mutex);
    if (fd < 0)
        return lina_fail_errno(-fd, "arena \"%s\": cannot reopen it", arena->where);
    *out_fd = fd;
    return LINA_OK;
}

void *lina_arena_base(lina_arena_t *arena) {
    arena = lina_arena_of(arena);
    return arena == NULL ? NULL : arena->data;
}

size_t lina_arena_size(lina_arena_t *arena) {
    arena = lina_arena_of(arena);
    return arena == NULL ? 0 : (size_t)arena->geo.data_size;
}
