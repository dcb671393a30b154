/* attach.c - joining an arena that is there. */
#include "mapping.h"
#include "members.h"
#include "where.h"

/* Between opening and joining, the last member may have taken the name away. */
static int still_there(const lina_arena_t *arena, bool named) {
    struct platform_stat st;
    return !named || (platform_stat(arena->fd, &st) == 0 && st.named)
               ? LINA_OK
               : lina_fail(LINA_ERR_NOT_FOUND, "arena \"%s\" was just removed", arena->where);
}

static int attach(lina_arena_t *arena, const struct lina_where *where) {
    struct platform_stat st;
    int rc = lina_where_open(where, arena->where, &arena->fd, &st);
    if (rc == LINA_OK)
        rc = lina_mapping_read(arena, st.bytes);
    if (rc == LINA_OK)
        rc = lina_mapping_reopen(arena);
    if (rc != LINA_OK)
        return rc;
    arena->limited = st.limited;
    arena->reserved = (load_relaxed_u32(&arena->header->flags) & LINA_ARENA_RESERVE) != 0;
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
    if (rc == LINA_OK && (flags & ~LINA_ATTACH_READ_ONLY) != 0)
        rc = lina_fail(LINA_ERR_INVALID, "arena \"%s\": flags 0x%x", where, flags);
    lina_arena_t *arena = rc == LINA_OK ? lina_mapping_new(where, out) : NULL;
    if (arena == NULL)
        return lina_last_error_code();
    arena->read_only = (flags & LINA_ATTACH_READ_ONLY) != 0;
    lina_arena_begin_making();
    rc = attach(arena, &place);
    return lina_arena_end_making(arena, rc, out);
}
