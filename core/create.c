/* create.c - new arenas: anonymous, named, and over the host's own memory. */
#include <errno.h>

#include "geometry.h"
#include "join.h"
#include "members.h"
#include "platform.h"
#include "space.h"
#include "tables.h"
#include "where.h"

#define MOST_ARRAYS_BY_DEFAULT 65536u
#define FEWEST_ARRAYS_BY_DEFAULT 1024u
#define SIGNALS_BY_DEFAULT 1024u

static uint32_t or_default(uint32_t given, uint64_t by_default) {
    return given != 0 ? given : (uint32_t)by_default;
}

/* Checks what is asked for, and sets the geometry that it comes to. */
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
                           LINA_ARENA_TEMPORARY | LINA_ARENA_HUGE;
    if (!lina_geometry_compute(geo) || (options->flags & ~flags) != 0)
        return lina_fail(LINA_ERR_INVALID,
                         "arena \"%s\": it cannot have %llu bytes, %u arrays, %u signals, %u "
                         "members or flags 0x%x",
                         arena->where, (unsigned long long)bytes, geo->max_arrays, geo->max_signals,
                         geo->max_members, options->flags);
    if (arena->where[0] != '\0' && (options->flags & LINA_ARENA_HUGE) != 0)
        return lina_fail(LINA_ERR_INVALID,
                         "arena \"%s\": only an anonymous one lies on the pool's huge pages",
                         arena->where);
    arena->inherit = (options->flags & LINA_ARENA_INHERIT) != 0;
    arena->reserved = (options->flags & LINA_ARENA_RESERVE) != 0;
    return LINA_OK;
}

/* The first step of the tables, or all where nothing stands against that. */
static int take_steps(lina_arena_t *arena) {
    int error;
    do
        error = lina_tables_grow(arena);
    while (error == 0 && (!arena->limited || arena->reserved));
    return error == -ENFILE ? 0 : error;
}

/* The pages of the tables that must not fail later, and on request those of the data. */
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
        return lina_fail_errno(-error, "arena \"%s\": cannot reserve %s", arena->where,
                               arena->reserved ? "its tables and its data" : "its tables");
    if (arena->reserved)
        arena->header->pages.committed = arena->geo.data_size;
    return LINA_OK;
}

/* Writes a new image: everything, then the ready word. */
static void initialise(lina_arena_t *arena, uint32_t flags, uint64_t virgin) {
    lina_geometry_write(&arena->geo,
                        flags & (LINA_ARENA_TEMPORARY | LINA_ARENA_RESERVE | LINA_ARENA_HUGE),
                        arena->header);
    arena->header->pages.virgin = virgin;
    lina_space_reset(arena);
    store_release_u32(&arena->header->ready, LINA_READY);
}

static int named(const lina_arena_t *arena, int error) {
    return error == 0 ? LINA_OK
                      : lina_fail_errno(-error, "arena \"%s\": cannot take its name", arena->where);
}

/* Says early, before pages are taken, what take_name would say. An orphan makes way if it is to. */
static int need_name(const lina_arena_t *arena, const char *where, const char *path,
                     uint32_t flags) {
    int rc = (flags & LINA_ARENA_REPLACE) != 0 ? lina_arena_unlink(where) : LINA_OK;
    if (rc != LINA_OK && rc != LINA_ERR_NOT_FOUND)
        return rc;
    return named(arena, platform_exists(path) ? -EEXIST : 0);
}

/* Opens the file once more, by its name, and hands the member's lock over: a description that was opened
 * before the file had a name never learns of it, but who takes the name away at the end asks for it. Where
 * another file has the name already, things stay as they are. */
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

static int take_name(lina_arena_t *arena, const char *temporary, const char *path) {
    int rc = named(arena, platform_name(arena->file, temporary, path));
    if (rc == LINA_OK)
        learn_name(arena, path);
    return rc;
}

static int open_anonymous(lina_arena_t *arena, uint32_t flags) {
    bool huge = (flags & LINA_ARENA_HUGE) != 0;
    int error = platform_anonymous(arena->geo.file_size, huge, &arena->file);
    arena->limited = huge; /* by the pool */
    return error == 0 ? LINA_OK
                      : lina_fail_errno(-error, "anonymous arena of %llu bytes%s",
                                        (unsigned long long)arena->geo.data_size,
                                        huge ? " on huge pages (is vm.nr_hugepages set?)" : "");
}

/* Opens a file that will be at `path`. If it needs a name until then, that goes to `temporary`. */
static int open_nameless(lina_arena_t *arena, const char *path, char temporary[LINA_PATH]) {
    arena->limited = true;
    int error = platform_nameless(path, arena->geo.file_size, temporary, LINA_PATH, &arena->file);
    return error == 0 ? LINA_OK
                      : lina_fail_errno(-error, "arena \"%s\": cannot create it", arena->where);
}

/* Everything that can take long. A process that is forked meanwhile has the file and its mapping too. */
static int prepare(lina_arena_t *arena, const char *path, uint32_t flags,
                   char temporary[LINA_PATH]) {
    int rc = path == NULL ? open_anonymous(arena, flags) : open_nameless(arena, path, temporary);
    if (rc == LINA_OK)
        rc = lina_mapping_make(arena);
    return rc == LINA_OK ? commit(arena) : rc;
}

/* On a description of its own: those who were forked since the file was opened share the first, and
 * would share its locks. */
static int move_in(lina_arena_t *arena, uint32_t flags) {
    int rc = lina_mapping_reopen(arena);
    if (rc != LINA_OK)
        return rc;
    initialise(arena, flags, 0);
    return lina_member_join(arena);
}

static const lina_arena_options_t defaults;

int lina_arena_create(const char *where, uint64_t bytes, const lina_arena_options_t *options,
                      lina_arena_t **out) {
    struct lina_where place;
    char temporary[LINA_PATH] = "";
    int rc = where == NULL ? LINA_OK : lina_where_parse_name(where, &place);
    lina_arena_t *arena = rc == LINA_OK ? lina_mapping_new(where == NULL ? "" : where, out) : NULL;
    if (arena == NULL)
        return lina_last_error_code();
    if (options == NULL)
        options = &defaults;
    rc = plan(arena, bytes, options);
    if (rc == LINA_OK && where != NULL)
        rc = need_name(arena, where, place.path, options->flags);
    if (rc == LINA_OK)
        rc = prepare(arena, where == NULL ? NULL : place.path, options->flags, temporary);
    lina_arena_begin_making();
    if (rc == LINA_OK)
        rc = move_in(arena, options->flags);
    if (rc == LINA_OK && where != NULL) /* complete, and with a member, before it can be found */
        rc = take_name(arena, temporary, place.path);
    if (rc != LINA_OK && temporary[0] != '\0')
        platform_unname(temporary);
    return lina_arena_end_making(arena, rc, out);
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
        initialise(arena, 0, lina_pages_end(arena)); /* the host's bytes are not known to be zero */
        rc = lina_member_join(arena);
    }
    return lina_arena_end_making(arena, rc, out);
}
