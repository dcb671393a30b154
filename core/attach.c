/* attach.c - attaching to an arena that another process made. */
#include "join.h"
#include "members.h"
#include "tables.h"
#include "where.h"

static bool is_named(const struct lina_where *where) { return where->fd < 0; }

static int fail_removed(const lina_arena_t *arena) {
    return lina_fail(LINA_ERR_NOT_FOUND, "arena \"%s\" was just removed", arena->where);
}

/* Opens the file a second time, for the member's lock (see lina_arena_t.file). Opening by name is cheapest, but the
 * name may lead to another file by now. */
static int open_again(lina_arena_t *arena, const struct lina_where *where) {
    struct platform_file mapped = arena->file, again;
    struct platform_stat st;
    int error = is_named(where) ? platform_open(where->path, false, &again, &st)
                                : platform_reopen(mapped, false, &again);
    if (error != 0)
        return lina_fail_errno(-error, "arena \"%s\": cannot open it again", arena->where);
    arena->file = again;
    platform_close(mapped);
    return again.device == mapped.device && again.number == mapped.number ? LINA_OK
                                                                          : fail_removed(arena);
}

/* Runs before any page but the header is touched. */
static int restore(lina_arena_t *arena, const struct platform_stat *st) {
    int error = lina_tables_restore(arena, st->resident_bytes);
    return error == 0 ? LINA_OK
                      : lina_fail_errno(-error, "arena \"%s\": cannot take the pages that it lacks",
                                        arena->where);
}

static int attach(lina_arena_t *arena, const struct lina_where *where) {
    struct platform_stat st;
    int rc = lina_where_open(where, arena->where, &arena->file, &st);
    if (rc != LINA_OK)
        return rc;
    /* A file with a name is on a file system that can be full. */
    arena->limited = is_named(where) || platform_is_limited(arena->file);
    rc = lina_mapping_read(arena, st.bytes);
    if (rc == LINA_OK)
        rc = restore(arena, &st);
    if (rc == LINA_OK)
        rc = open_again(arena, where);
    if (rc == LINA_OK)
        rc = lina_member_join(arena);
    if (rc != LINA_OK || !is_named(where))
        return rc;
    /* Between opening and joining, the name may have been removed, or the last member may be about to remove it. */
    if (lina_arena_is_temporary(arena))
        lina_member_await_name(arena);
    if (platform_stat(arena->file, &st) == 0 && st.named)
        return LINA_OK;
    lina_member_leave(arena);
    return fail_removed(arena);
}

int lina_arena_attach(const char *where, uint32_t flags, lina_arena_t **out) {
    struct lina_where place;
    int rc = lina_where_parse(where, &place);
    if (rc == LINA_OK && (flags & ~(LINA_ATTACH_READ_ONLY | LINA_ATTACH_OTHER_USER)) != 0)
        rc = lina_fail(LINA_ERR_INVALID, "arena \"%s\": flags 0x%x", where, flags);
    lina_arena_t *arena = rc == LINA_OK ? lina_mapping_new(where, out) : NULL;
    if (arena == NULL)
        return lina_last_error_code();
    arena->read_only = (flags & LINA_ATTACH_READ_ONLY) != 0;
    place.owned = (flags & LINA_ATTACH_OTHER_USER) == 0;
    lina_arena_begin_making();
    rc = attach(arena, &place);
    return lina_arena_end_making(arena, rc, out);
}
