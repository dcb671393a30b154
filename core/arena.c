/* arena.c - create, attach, register, close; the mapping and who holds it. */
#include "arena.h"

#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "geometry.h"
#include "members.h"
#include "notify.h"
#include "platform.h"
#include "signals.h"
#include "space.h"
#include "where.h"

#define MOST_ARRAYS_BY_DEFAULT 65536u
#define FEWEST_ARRAYS_BY_DEFAULT 1024u
#define SIGNALS_BY_DEFAULT 1024u

/* ---- the arenas of this process, and fork ------------------------------------------------------ */

uint64_t lina_process_epoch;

/* Held from before an arena's file is opened until it is listed, and from before it is unlisted until
 * its file is closed: a process that is forked meanwhile would keep a description that nobody knows,
 * and with it the member's lock. */
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
 * parent's death would not be seen. (What is mapped has no locks: map_file.) */
static void after_fork_child(void) {
    lina_process_epoch++;
    for (lina_arena_t *a = arenas; a != NULL; a = a->next) {
        memset(a->waits, 0, sizeof a->waits); /* those threads stayed behind */
        if (a->fd < 0)
            continue;
        int fd = platform_reopen(a->fd, false);
        platform_close(a->fd);
        a->fd = fd >= 0 ? fd : -1;
    }
    pthread_mutex_unlock(&process_mutex);
    lina_notify_after_fork_child();
    lina_default_after_fork(true);
}

/* From the start: a thread may be inside default.c before there is any arena. */
__attribute__((constructor)) static void watch_fork(void) {
    platform_on_fork(before_fork, after_fork_parent, after_fork_child);
}

static void unlist(lina_arena_t *arena) {
    for (lina_arena_t **at = &arenas; *at != NULL; at = &(*at)->next)
        if (*at == arena) {
            *at = arena->next;
            break;
        }
}

int lina_arena_rejoin(lina_arena_t *arena) {
    pthread_mutex_lock(&process_mutex);
    int rc = LINA_OK;
    if (arena->epoch != lina_process_epoch)
        rc = arena->fd < 0 && !arena->registered
                 ? lina_fail(LINA_ERR_CLOSED,
                             "arena \"%s\": its file could not be reopened after "
                             "fork",
                             arena->where)
                 : lina_member_join(arena);
    pthread_mutex_unlock(&process_mutex);
    return rc;
}

/* ---- making the struct ------------------------------------------------------------------------- */

static lina_arena_t *arena_new(const char *where) {
    lina_arena_t *arena = aligned_alloc(_Alignof(lina_arena_t), sizeof *arena);
    if (arena == NULL) {
        lina_fail_errno(ENOMEM, "arena \"%s\"", where);
        return NULL;
    }
    memset(arena, 0, sizeof *arena);
    arena->fd = arena->public_fd = -1;
    arena->holds = 1;
    snprintf(arena->where, sizeof arena->where, "%s", where);
    return arena;
}

static void arena_free(lina_arena_t *arena) {
    if (arena->map != NULL)
        platform_unmap(arena->map, arena->map_bytes);
    if (arena->fd >= 0)
        platform_close(arena->fd);
    if (arena->public_fd >= 0)
        platform_close(arena->public_fd);
    free(arena);
}

/* Between the two the arena is made; `rc` is how that went. */
static void begin_making(void) { pthread_mutex_lock(&process_mutex); }

static int end_making(lina_arena_t *arena, int rc, lina_arena_t **out) {
    if (rc == LINA_OK) {
        arena->next = arenas;
        arenas = arena;
        *out = arena;
    } else {
        arena_free(arena);
    }
    pthread_mutex_unlock(&process_mutex);
    return rc;
}

/* Sets the tables' addresses once map and geometry are there. */
static void find_tables(lina_arena_t *arena) {
    uint8_t *map = arena->map;
    const struct lina_geometry *geo = &arena->geo;
    arena->header = (void *)map;
    arena->members = (void *)(map + geo->members);
    arena->slots = (void *)(map + geo->slots);
    arena->ledger = (void *)(map + geo->ledger);
    arena->index = (void *)(map + geo->index);
    arena->signal_index = (void *)(map + geo->signal_index);
    arena->signals = (void *)(map + geo->signals);
    arena->pins = (void *)(map + geo->pins);
    if (!arena->registered)
        arena->data = map + geo->data;
}

/* Maps the arena's file, and opens it anew for the member's lock: a mapping keeps its description, and a
 * forked child the mapping, so that the lock on that one would outlive this process. */
static int map_file(lina_arena_t *arena) {
    int rc = platform_map(arena->fd, arena->map_bytes, &arena->map);
    if (rc != 0)
        return lina_fail_errno(-rc, "arena \"%s\": cannot map %llu bytes", arena->where,
                               (unsigned long long)arena->map_bytes);
    int fd = platform_reopen(arena->fd, false);
    if (fd < 0)
        return lina_fail_errno(-fd, "arena \"%s\": cannot reopen it", arena->where);
    platform_close(arena->fd);
    arena->fd = fd;
    return LINA_OK;
}

static int guard(lina_arena_t *arena) {
    int rc = platform_forbid((uint8_t *)arena->map + arena->geo.guard, LINA_PAGE);
    if (rc == 0 && arena->read_only)
        rc = platform_write_protect(arena->data, arena->geo.file_size - arena->geo.data);
    return rc == 0 ? LINA_OK : lina_fail_errno(-rc, "arena \"%s\": cannot protect", arena->where);
}

/* ---- create ------------------------------------------------------------------------------------ */

static uint32_t or_default(uint32_t given, uint64_t by_default) {
    return given != 0 ? given : (uint32_t)by_default;
}

static int geometry_of(uint64_t bytes, const lina_arena_options_t *options, const char *where,
                       struct lina_geometry *geo) {
    uint64_t arrays = bytes / 4096;
    if (arrays < FEWEST_ARRAYS_BY_DEFAULT)
        arrays = FEWEST_ARRAYS_BY_DEFAULT;
    if (arrays > MOST_ARRAYS_BY_DEFAULT)
        arrays = MOST_ARRAYS_BY_DEFAULT;
    *geo = (struct lina_geometry){
        .data_size = bytes,
        .max_arrays = or_default(options->max_arrays, arrays),
        .max_signals = or_default(options->max_signals, SIGNALS_BY_DEFAULT),
        .max_members = or_default(options->max_members, LINA_MAX_MEMBERS),
    };
    uint32_t flags =
        LINA_ARENA_RESERVE | LINA_ARENA_INHERIT | LINA_ARENA_REPLACE | LINA_ARENA_TEMPORARY;
    if (bytes == 0 || bytes > LINA_MAX_DATA)
        return lina_fail(LINA_ERR_INVALID, "arena \"%s\": it cannot have %llu bytes", where,
                         (unsigned long long)bytes);
    if (geo->max_arrays > LINA_MAX_SLOTS || geo->max_signals > LINA_MAX_SLOTS ||
        geo->max_members > LINA_MAX_MEMBERS || (options->flags & ~flags) != 0)
        return lina_fail(LINA_ERR_INVALID,
                         "arena \"%s\": %u arrays, %u signals, %u members or flags 0x%x are more "
                         "than there can be",
                         where, geo->max_arrays, geo->max_signals, geo->max_members,
                         options->flags);
    lina_geometry_compute(geo);
    return LINA_OK;
}

/* Writes a new image: everything, then the ready word. */
static void initialise(lina_arena_t *arena, uint32_t flags, uint64_t virgin) {
    lina_geometry_write(&arena->geo, arena->header);
    arena->header->flags = flags & (LINA_ARENA_TEMPORARY | LINA_ARENA_RESERVE);
    arena->header->space.virgin = virgin;
    lina_space_reset(arena);
    store_release_u32(&arena->header->ready, LINA_READY);
}

/* Takes the pages that must not fail later: all on request, the tables where pages can run out. */
static int commit(lina_arena_t *arena, uint32_t flags) {
    uint64_t bytes = (flags & LINA_ARENA_RESERVE) != 0 ? arena->geo.file_size
                     : arena->limited                  ? arena->geo.data
                                                       : 0;
    /* The kernel would rather end a process than refuse anonymous memory. */
    int rc = !arena->limited && bytes > platform_available() ? -ENOMEM : 0;
    if (rc == 0 && bytes > 0)
        rc = platform_commit(arena->fd, 0, bytes);
    if (rc != 0)
        return lina_fail_errno(-rc, "arena \"%s\": cannot reserve %llu bytes", arena->where,
                               (unsigned long long)bytes);
    if ((flags & LINA_ARENA_RESERVE) != 0)
        arena->header->space.committed = arena->geo.data_size;
    return LINA_OK;
}

static int set_limited(lina_arena_t *arena) {
    struct platform_stat st;
    int rc = platform_stat(arena->fd, &st);
    arena->limited = rc == 0 && st.limited;
    return rc == 0 ? LINA_OK : lina_fail_errno(-rc, "arena \"%s\"", arena->where);
}

/* Fills a new arena whose file is open; it is a member then. */
static int furnish(lina_arena_t *arena, uint32_t flags) {
    arena->map_bytes = arena->geo.file_size;
    arena->inherit = (flags & LINA_ARENA_INHERIT) != 0;
    arena->reserved = (flags & LINA_ARENA_RESERVE) != 0;
    int rc = set_limited(arena);
    if (rc == LINA_OK)
        rc = map_file(arena);
    if (rc != LINA_OK)
        return rc;
    find_tables(arena);
    rc = commit(arena, flags);
    if (rc != LINA_OK)
        return rc;
    initialise(arena, flags, 0);
    rc = guard(arena);
    return rc == LINA_OK ? lina_member_join(arena) : rc;
}

static int create_anonymous(lina_arena_t *arena, uint32_t flags) {
    arena->fd = platform_anonymous(arena->geo.file_size);
    if (arena->fd < 0)
        return lina_fail_errno(-arena->fd, "anonymous arena of %llu bytes",
                               (unsigned long long)arena->geo.data_size);
    return furnish(arena, flags);
}

/* Makes way for a new arena where an orphan has the name. */
static int replace_orphan(const char *where) {
    int rc = lina_arena_unlink(where);
    return rc == LINA_ERR_NOT_FOUND ? LINA_OK : rc;
}

/* The file is complete and this process a member before it has its name. */
static int create_named(lina_arena_t *arena, const char *text, const struct lina_where *where,
                        uint32_t flags) {
    char temporary[LINA_PATH];
    if ((flags & LINA_ARENA_REPLACE) != 0) {
        int rc = replace_orphan(text);
        if (rc != LINA_OK)
            return rc;
    }
    arena->fd = platform_nameless(where->path, arena->geo.file_size, temporary, sizeof temporary);
    if (arena->fd < 0)
        return lina_fail_errno(-arena->fd, "arena \"%s\": cannot create it", arena->where);
    int rc = furnish(arena, flags);
    if (rc == LINA_OK) {
        int error = platform_name(temporary, where->path, false);
        if (error == 0)
            return LINA_OK;
        rc = lina_fail_errno(-error, "arena \"%s\": cannot take its name", arena->where);
    }
    platform_unname(temporary);
    return rc;
}

int lina_arena_create(const char *where, uint64_t bytes, const lina_arena_options_t *options,
                      lina_arena_t **out) {
    static const lina_arena_options_t defaults;
    struct lina_where place;
    if (options == NULL)
        options = &defaults;
    if (out == NULL)
        return lina_fail(LINA_ERR_INVALID, "arena: no place for its handle");
    int rc = where == NULL ? LINA_OK : lina_where_parse(where, &place);
    if (rc == LINA_OK && where != NULL && place.fd >= 0)
        rc = lina_fail(LINA_ERR_INVALID, "arena \"%s\": a descriptor can only be attached", where);
    lina_arena_t *arena = rc == LINA_OK ? arena_new(where == NULL ? "" : where) : NULL;
    if (arena == NULL)
        return lina_last_error_code();
    begin_making();
    rc = geometry_of(bytes, options, arena->where, &arena->geo);
    if (rc == LINA_OK)
        rc = where == NULL ? create_anonymous(arena, options->flags)
                           : create_named(arena, where, &place, options->flags);
    return end_making(arena, rc, out);
}

/* ---- register ---------------------------------------------------------------------------------- */

int lina_arena_register(void *ptr, size_t bytes, lina_arena_t **out) {
    static const lina_arena_options_t defaults;
    if (ptr == NULL || out == NULL || (uintptr_t)ptr % 16 != 0)
        return lina_fail(LINA_ERR_INVALID, "registered memory must be given, and 16-byte aligned");
    lina_arena_t *arena = arena_new("");
    if (arena == NULL)
        return lina_last_error_code();
    arena->registered = true;
    arena->data = ptr;
    begin_making();
    int rc = geometry_of(bytes, &defaults, "", &arena->geo);
    arena->map_bytes = arena->geo.guard;
    if (rc == LINA_OK) {
        int error = platform_map_private(arena->map_bytes, &arena->map);
        rc =
            error == 0 ? LINA_OK : lina_fail_errno(-error, "registered memory: no room for tables");
    }
    if (rc == LINA_OK) {
        find_tables(arena);
        initialise(arena, 0, lina_space_end(arena)); /* the host's bytes are not known to be zero */
        rc = lina_member_join(arena);
    }
    return end_making(arena, rc, out);
}

/* ---- attach ------------------------------------------------------------------------------------ */

static int open_where(const struct lina_where *where, const char *text, int *out) {
    int fd = where->fd >= 0 ? platform_reopen(where->fd, false)
                            : platform_open(where->path, where->owned);
    if (fd == -EBADF || fd == -EINVAL)
        return lina_fail(LINA_ERR_INVALID, "arena \"%s\": not an open file of memory", text);
    if (fd == -EPERM)
        return lina_fail(LINA_ERR_PERMISSION, "arena \"%s\": it belongs to another user", text);
    if (fd < 0)
        return lina_fail_errno(-fd, "arena \"%s\": cannot open it", text);
    *out = fd;
    return LINA_OK;
}

/* Maps the header alone and reads the geometry from it, before anything is believed. */
static int read_geometry(lina_arena_t *arena) {
    struct platform_stat st;
    int rc = platform_stat(arena->fd, &st);
    if (rc != 0)
        return lina_fail_errno(-rc, "arena \"%s\"", arena->where);
    if (st.bytes < LINA_PAGE)
        return lina_fail(LINA_ERR_CORRUPT, "arena \"%s\": no arena: it has %llu bytes",
                         arena->where, (unsigned long long)st.bytes);
    arena->limited = st.limited;
    arena->map_bytes = st.bytes / LINA_PAGE * LINA_PAGE; /* an arena is of whole pages */
    rc = map_file(arena);
    if (rc != LINA_OK)
        return rc;
    return lina_geometry_read(&arena->geo, arena->map, st.bytes, arena->where);
}

/* Between opening and joining, the last member may have taken the name away. */
static int still_there(const lina_arena_t *arena, bool named) {
    struct platform_stat st;
    return !named || (platform_stat(arena->fd, &st) == 0 && st.named)
               ? LINA_OK
               : lina_fail(LINA_ERR_NOT_FOUND, "arena \"%s\" was just removed", arena->where);
}

static int attach(lina_arena_t *arena, const struct lina_where *where) {
    int rc = open_where(where, arena->where, &arena->fd);
    if (rc == LINA_OK)
        rc = read_geometry(arena);
    if (rc != LINA_OK)
        return rc;
    find_tables(arena);
    arena->reserved = (load_relaxed_u32(&arena->header->flags) & LINA_ARENA_RESERVE) != 0;
    rc = guard(arena);
    if (rc == LINA_OK)
        rc = lina_member_join(arena);
    if (rc != LINA_OK)
        return rc;
    rc = still_there(arena, where->fd < 0);
    if (rc != LINA_OK)
        lina_member_leave(arena);
    return rc;
}

int lina_arena_attach(const char *where, uint32_t flags, lina_arena_t **out) {
    struct lina_where place;
    int rc = lina_where_parse(where, &place);
    if (rc == LINA_OK && (out == NULL || (flags & ~LINA_ATTACH_READ_ONLY) != 0))
        rc = lina_fail(LINA_ERR_INVALID, "arena \"%s\": no place for its handle, or flags 0x%x",
                       where, flags);
    lina_arena_t *arena = rc == LINA_OK ? arena_new(where) : NULL;
    if (arena == NULL)
        return lina_last_error_code();
    arena->read_only = (flags & LINA_ATTACH_READ_ONLY) != 0;
    begin_making();
    rc = attach(arena, &place);
    return end_making(arena, rc, out);
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
        if (arena->fd >= 0)
            unname_if_last(arena);
    }
    arena_free(arena);
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

/* ---- descriptors, names, numbers --------------------------------------------------------------- */

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

static uint32_t at_most(uint32_t n, uint32_t most) { return n < most ? n : most; }

/* What the tables say, bounded by what they can say. */
static void describe(const lina_arena_t *arena, lina_arena_info_t *out) {
    const struct lina_header *h = arena->header;
    struct platform_stat st = {0};
    if (arena->fd >= 0)
        platform_stat(arena->fd, &st);
    *out = (lina_arena_info_t){
        .size = arena->geo.data_size,
        .used_bytes = load_relaxed_u64(&h->space.used_bytes),
        .resident_bytes = st.resident_bytes,
        .arrays = at_most(load_relaxed_u32(&h->live_count), arena->geo.max_arrays),
        .held = at_most(load_relaxed_u32(&h->retired_count), arena->geo.max_arrays),
        .signals = at_most(load_relaxed_u32(&h->signals_used), arena->geo.max_signals),
        .members = lina_members_count(arena),
        .max_arrays = arena->geo.max_arrays,
        .max_signals = arena->geo.max_signals,
        .max_members = arena->geo.max_members,
        .member = arena->member,
        .read_only = arena->read_only,
    };
    memcpy(out->where, arena->where, sizeof out->where);
}

int lina_arena_info(lina_arena_t *arena, lina_arena_info_t *out) {
    arena = lina_arena_of(arena);
    if (arena == NULL)
        return lina_last_error_code();
    if (out == NULL)
        return lina_fail(LINA_ERR_INVALID, "arena \"%s\": no place for its numbers", arena->where);
    int rc = lina_arena_enter(arena);
    if (rc == LINA_OK)
        describe(arena, out);
    return rc;
}

int lina_arena_inspect(const char *where, lina_arena_info_t *out) {
    struct lina_where place;
    int rc = lina_where_parse(where, &place);
    if (rc == LINA_OK && out == NULL)
        rc = lina_fail(LINA_ERR_INVALID, "arena \"%s\": no place for its numbers", where);
    lina_arena_t *arena = rc == LINA_OK ? arena_new(where) : NULL;
    if (arena == NULL)
        return lina_last_error_code();
    arena->member = LINA_NIL; /* looks on without being one */
    rc = open_where(&place, arena->where, &arena->fd);
    if (rc == LINA_OK)
        rc = read_geometry(arena);
    if (rc == LINA_OK) {
        find_tables(arena);
        describe(arena, out);
        out->orphan = platform_byte_is_locked(arena->fd, 0, LINA_MAX_MEMBERS) == 0;
    }
    arena_free(arena);
    return rc;
}

/* A file that is no arena keeps its name. One among shared memory has ours, whatever is in it. */
static int check_ours(int fd, const struct lina_where *where, const char *text) {
    uint64_t magic = 0;
    return where->owned || (platform_read(fd, &magic, sizeof magic) == 0 && magic == LINA_MAGIC)
               ? LINA_OK
               : lina_fail(LINA_ERR_CORRUPT, "arena \"%s\": no arena: it keeps its name", text);
}

/* All members' bytes at once: nobody is one, and nobody becomes one before the name is gone. */
static int unname_orphan(int fd, const char *path, const char *text) {
    if (platform_lock_byte(fd, 0, LINA_MAX_MEMBERS) != 0)
        return lina_fail(LINA_ERR_BUSY, "arena \"%s\": a member is alive", text);
    int error = platform_is_at(fd, path) ? platform_unname(path) : 0;
    return error == 0 ? LINA_OK
                      : lina_fail_errno(-error, "arena \"%s\": cannot take its name", text);
}

int lina_arena_unlink(const char *where) {
    struct lina_where place;
    int fd, rc = lina_where_parse(where, &place);
    if (rc == LINA_OK && place.fd >= 0)
        rc = lina_fail(LINA_ERR_INVALID, "arena \"%s\": a descriptor has no name to take", where);
    if (rc == LINA_OK)
        rc = open_where(&place, where, &fd);
    if (rc != LINA_OK)
        return rc;
    rc = check_ours(fd, &place, where);
    if (rc == LINA_OK)
        rc = unname_orphan(fd, place.path, where);
    platform_close(fd);
    return rc;
}

void *lina_arena_base(lina_arena_t *arena) {
    arena = lina_arena_of(arena);
    return arena == NULL ? NULL : arena->data;
}

size_t lina_arena_size(lina_arena_t *arena) {
    arena = lina_arena_of(arena);
    return arena == NULL ? 0 : (size_t)arena->geo.data_size;
}
