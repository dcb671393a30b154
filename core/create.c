/* create.c - makes arenas: anonymous ones, named ones, and ones over the host's own memory. */
#include <errno.h>
#include <string.h>

#include "geometry.h"
#include "join.h"
#include "members.h"
#include "platform.h"
#include "room.h"
#include "space.h"
#include "sweep.h"
#include "tables.h"
#include "where.h"

#define MOST_ARRAYS_BY_DEFAULT 65536u
#define FEWEST_ARRAYS_BY_DEFAULT 1024u
#define SIGNALS_BY_DEFAULT 1024u
#define ROUNDS 1000 /* attempts to create or join, a millisecond apart */
#define NAP UINT64_C(1000000)

static uint32_t or_default(uint32_t given, uint64_t by_default) {
    return given != 0 ? given : (uint32_t)by_default;
}

static int check_options(const lina_arena_t *arena, const lina_arena_options_t *options) {
    uint64_t rest = options->unused;
    for (size_t i = 0; i < sizeof options->reserved / sizeof *options->reserved; i++)
        rest |= options->reserved[i];
    if (rest != 0)
        return lina_fail(LINA_ERR_INVALID,
                         "arena \"%s\": a reserved word of its options is not zero", arena->where);
    uint32_t mode = options->mode;
    if (mode != 0 && mode != 0600 && mode != 0660 && mode != 0666)
        return lina_fail(
            LINA_ERR_INVALID,
            "arena \"%s\": mode 0%o; members read and write, so it is 0600, 0660 or 0666",
            arena->where, mode);
    if (arena->where[0] != '\0' && (options->flags & LINA_ARENA_HUGE) != 0)
        return lina_fail(LINA_ERR_INVALID,
                         "arena \"%s\": only an anonymous one lies on the pool's huge pages",
                         arena->where);
    return LINA_OK;
}

/* Checks the caller's request, and computes the geometry for it. */
static int plan(lina_arena_t *arena, uint64_t bytes, const lina_arena_options_t *options) {
    struct lina_geometry *geo = &arena->geo;
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
        .unit = lina_geometry_unit(options->flags),
    };
    const uint32_t flags = LINA_ARENA_RESERVE | LINA_ARENA_INHERIT | LINA_ARENA_REPLACE |
                           LINA_ARENA_TEMPORARY | LINA_ARENA_HUGE | LINA_ARENA_JOIN;
    if (!lina_geometry_compute(geo) || (options->flags & ~flags) != 0)
        return lina_fail(LINA_ERR_INVALID,
                         "arena \"%s\": it cannot have %llu bytes, %u arrays, %u signals, %u "
                         "members or flags 0x%x",
                         arena->where, (unsigned long long)bytes, geo->max_arrays, geo->max_signals,
                         geo->max_members, options->flags);
    int rc = check_options(arena, options);
    if (rc != LINA_OK)
        return rc;
    arena->inherit = (options->flags & LINA_ARENA_INHERIT) != 0;
    arena->reserved = (options->flags & LINA_ARENA_RESERVE) != 0;
    return LINA_OK;
}

/* Takes the first step of the tables. Takes all steps if the arena is not limited or is reserved. */
static int take_steps(lina_arena_t *arena) {
    int error;
    do
        error = lina_tables_grow(arena);
    while (error == 0 && (!arena->limited || arena->reserved));
    return error == -ENFILE ? 0 : error;
}

/* Takes the pages of tables that must not be missing later, and on request those of the data. */
static int take_pages(lina_arena_t *arena) {
    int error = 0;
    if (arena->reserved || arena->limited)
        error = lina_pages_take(arena, 0, arena->geo.slots, false);
    if (error == 0)
        error = take_steps(arena);
    if (error == 0 && arena->reserved)
        error = lina_pages_take(arena, arena->geo.data, arena->geo.file_size, false);
    return error;
}

static int commit(lina_arena_t *arena) {
    int error = take_pages(arena);
    if (error != 0)
        return lina_fail_room(arena, error, "arena \"%s\": cannot reserve %s", arena->where,
                              arena->reserved ? "its tables and its data" : "its tables");
    if (arena->reserved)
        arena->header->pages.committed = arena->geo.data_size;
    return LINA_OK;
}

/* Fills in the header of a new arena. Stores the ready word last. */
static void initialise(lina_arena_t *arena, uint32_t flags, uint64_t virgin) {
    lina_geometry_write(&arena->geo,
                        flags & (LINA_ARENA_TEMPORARY | LINA_ARENA_RESERVE | LINA_ARENA_HUGE),
                        arena->header);
    arena->header->pages.virgin = virgin;
    lina_space_reset(arena);
    store_release_u32(&arena->header->ready, LINA_READY);
}

/* Says whether the arena of that name has members, and what the caller can do. */
static int fail_exists(const lina_arena_t *arena, const char *where) {
    lina_arena_info_t info;
    bool known = lina_arena_inspect(where, &info) == LINA_OK;
    if (!known)
        return lina_fail(LINA_ERR_EXISTS, "arena \"%s\": a file of that name is there already",
                         arena->where);
    if (info.orphan)
        return lina_fail(
            LINA_ERR_EXISTS,
            "arena \"%s\" is there already, and nobody has it: pass LINA_ARENA_JOIN to "
            "go on with it, LINA_ARENA_REPLACE to begin anew, or remove it with "
            "lina_arena_unlink",
            arena->where);
    return lina_fail(LINA_ERR_EXISTS,
                     "arena \"%s\" is there already, with %u members: attach to it, or pass "
                     "LINA_ARENA_JOIN",
                     arena->where, info.members);
}

static int named(const lina_arena_t *arena, const char *where, int error) {
    if (error == -EEXIST)
        return fail_exists(arena, where);
    return error == 0 ? LINA_OK
                      : lina_fail_errno(-error, "arena \"%s\": cannot take its name", arena->where);
}

/* Removes the orphan of a name, if there is one. */
static int make_way(const char *where) {
    struct lina_failure before;
    lina_failure_save(&before);
    int rc = lina_arena_unlink(where);
    if (rc != LINA_ERR_NOT_FOUND)
        return rc;
    lina_failure_restore(&before);
    return LINA_OK;
}

/* Fails early, before pages are taken, if the name is taken. With LINA_ARENA_REPLACE, removes an orphan. */
static int need_name(const lina_arena_t *arena, const char *where, const char *path,
                     uint32_t flags) {
    int rc = (flags & LINA_ARENA_REPLACE) != 0 ? make_way(where) : LINA_OK;
    return rc == LINA_OK ? named(arena, where, platform_exists(path) ? -EEXIST : 0) : rc;
}

/* Opens the file again by its name, and hands the member's lock over to the new description. The member that removes
 * the name at the end asks its description for the name. The old description was opened before the file had a name, so
 * it cannot tell it. If another file has the name by now, nothing changes. */
static void learn_name(lina_arena_t *arena, const char *path) {
    struct platform_stat st;
    struct platform_file unused = arena->file, there;
    if (platform_open(path, false, &there, &st) != 0)
        return;
    if (there.device == unused.device && there.number == unused.number &&
        platform_pass_byte(unused, there, arena->member) == 0)
        arena->file = there;
    else
        unused = there;
    platform_close(unused);
}

static int take_name(lina_arena_t *arena, const char *where, const char *temporary,
                     const char *path) {
    int rc = named(arena, where, platform_name(arena->file, temporary, path));
    if (rc == LINA_OK)
        learn_name(arena, path);
    return rc;
}

static int open_anonymous(lina_arena_t *arena, uint32_t flags) {
    bool huge = (flags & LINA_ARENA_HUGE) != 0;
    int error = platform_anonymous(arena->geo.file_size, huge, &arena->file);
    arena->limited = huge; /* the pool of huge pages can be empty */
    return error == 0 ? LINA_OK
                      : lina_fail_errno(-error, "anonymous arena of %llu bytes%s",
                                        (unsigned long long)arena->geo.data_size,
                                        huge ? " on huge pages (is vm.nr_hugepages set?)" : "");
}

/* Opens a file that will be at `path`. If it needs a name until then, writes the name to `temporary`. */
static int open_nameless(lina_arena_t *arena, const char *path, uint32_t mode,
                         char temporary[LINA_PATH]) {
    arena->limited = true;
    int error = platform_nameless(path, arena->geo.file_size, mode == 0 ? 0600 : mode, temporary,
                                  LINA_PATH, &arena->file);
    return error == 0
               ? LINA_OK
               : lina_fail_errno(-error, "arena \"%s\": cannot create %.255s", arena->where, path);
}

/* Does everything that can take long, without the list's mutex. A child forked meanwhile gets the file and its
 * mapping, too. */
static int prepare(lina_arena_t *arena, const char *path, const lina_arena_options_t *options,
                   char temporary[LINA_PATH]) {
    int rc = path == NULL ? open_anonymous(arena, options->flags)
                          : open_nameless(arena, path, options->mode, temporary);
    if (rc == LINA_OK)
        rc = lina_mapping_make(arena);
    return rc == LINA_OK ? commit(arena) : rc;
}

/* Joins through a new description. Children forked since the file was opened share the first one, and would share
 * its locks. */
static int move_in(lina_arena_t *arena, uint32_t flags) {
    int rc = lina_mapping_reopen(arena);
    if (rc != LINA_OK)
        return rc;
    initialise(arena, flags, 0);
    return lina_member_join(arena);
}

static const lina_arena_options_t defaults;

static int create(const char *where, uint64_t bytes, const lina_arena_options_t *options,
                  lina_arena_t **out) {
    struct lina_where place;
    char temporary[LINA_PATH] = "";
    int rc = where == NULL ? LINA_OK : lina_where_parse_name(where, &place);
    lina_arena_t *arena = rc == LINA_OK ? lina_mapping_new(where == NULL ? "" : where, out) : NULL;
    if (arena == NULL)
        return lina_last_error_code();
    rc = plan(arena, bytes, options);
    if (rc == LINA_OK && where != NULL)
        rc = need_name(arena, where, place.path, options->flags);
    if (rc == LINA_OK)
        rc = prepare(arena, where == NULL ? NULL : place.path, options, temporary);
    lina_arena_begin_making();
    if (rc == LINA_OK)
        rc = move_in(arena, options->flags);
    if (rc == LINA_OK && where != NULL) /* last: others find it complete and with a member */
        rc = take_name(arena, where, temporary, place.path);
    if (rc != LINA_OK && temporary[0] != '\0')
        platform_unname(temporary);
    return lina_arena_end_making(arena, rc, out);
}

/* ---- making or joining -------------------------------------------------------------------------- */

static int check_size(lina_arena_t *arena, uint64_t bytes) {
    uint64_t there = lina_arena_size(arena);
    if (there >= bytes)
        return LINA_OK;
    int rc = lina_fail(LINA_ERR_INVALID,
                       "arena \"%s\" is there already, with %llu bytes where %llu are wanted",
                       arena->where, (unsigned long long)there, (unsigned long long)bytes);
    struct lina_failure why;
    lina_failure_save(&why);
    lina_arena_close(arena);
    lina_failure_restore(&why);
    return rc;
}

static int attach_if_there(const char *where, uint64_t bytes, lina_arena_t **out) {
    lina_arena_t *arena;
    int rc = lina_arena_attach(where, 0, &arena);
    if (rc == LINA_OK)
        rc = check_size(arena, bytes);
    if (rc == LINA_OK)
        *out = arena;
    return rc;
}

/* Between the two attempts of a round, another process may make the arena or remove it. */
static int create_or_join(const char *where, uint64_t bytes, const lina_arena_options_t *options,
                          lina_arena_t **out) {
    struct lina_failure before;
    lina_failure_save(&before);
    int rc = LINA_ERR_EXISTS;
    for (int i = 0; i < ROUNDS && rc == LINA_ERR_EXISTS; i++) {
        if (i > 0)
            platform_pause(NAP);
        rc = attach_if_there(where, bytes, out);
        if (rc == LINA_ERR_NOT_FOUND)
            rc = create(where, bytes, options, out);
    }
    if (rc == LINA_OK)
        lina_failure_restore(&before);
    return rc;
}

int lina_arena_create(const char *where, uint64_t bytes, const lina_arena_options_t *options,
                      lina_arena_t **out) {
    if (options == NULL)
        options = &defaults;
    if (where != NULL && strncmp(where, "shm:", 4) == 0)
        lina_sweep_orphans(); /* they may have the room or the name that this one needs */
    bool joins = where != NULL && (options->flags & LINA_ARENA_JOIN) != 0;
    return joins && out != NULL ? create_or_join(where, bytes, options, out)
                                : create(where, bytes, options, out);
}

int lina_arena_register(void *ptr, size_t bytes, lina_arena_t **out) {
    if (ptr == NULL || (uintptr_t)ptr % 16 != 0)
        return lina_fail(LINA_ERR_INVALID, "registered memory must be given, and 16-byte aligned");
    lina_arena_t *arena = lina_mapping_new("", out);
    if (arena == NULL)
        return lina_last_error_code();
    arena->registered = true;
    arena->data = ptr;
    lina_arena_begin_making();
    int rc = plan(arena, bytes, &defaults);
    if (rc == LINA_OK)
        rc = lina_mapping_make(arena);
    if (rc == LINA_OK)
        rc = commit(arena);
    if (rc == LINA_OK) {
        initialise(arena, 0, lina_pages_end(arena)); /* the host's bytes may not be zero */
        rc = lina_member_join(arena);
    }
    return lina_arena_end_making(arena, rc, out);
}
