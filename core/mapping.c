/* mapping.c - see mapping.h. */
#include "mapping.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "geometry.h"
#include "holds.h"
#include "platform.h"

/* From this many bytes of data on: one touched byte takes a huge page, which has 2 MiB. */
#define HUGE_PAGES_FROM (UINT64_C(16) << 20)

lina_arena_t *lina_mapping_new(const char *where, const void *out) {
    if (out == NULL) {
        lina_fail(LINA_ERR_INVALID, "arena \"%s\": no place for the answer", where);
        return NULL;
    }
    lina_arena_t *arena = aligned_alloc(_Alignof(lina_arena_t), sizeof *arena);
    if (arena == NULL) {
        lina_fail_errno(ENOMEM, "arena \"%s\"", where);
        return NULL;
    }
    memset(arena, 0, sizeof *arena);
    arena->file = arena->public_file = PLATFORM_NO_FILE;
    arena->collected = HOLDS_OPEN;
    snprintf(arena->where, sizeof arena->where, "%s", where);
    return arena;
}

void lina_mapping_free(lina_arena_t *arena) {
    if (arena->map != NULL && arena->lender == NULL)
        platform_unmap(arena->map, arena->map_bytes);
    platform_close(arena->file);
    platform_close(arena->public_file);
    free(arena->reach.rows);
    free(arena->reach.own_rows);
    free(arena->reach.streams);
    free(arena);
}

static void find_tables(lina_arena_t *arena) {
    uint8_t *map = arena->map;
    const struct lina_geometry *geo = &arena->geo;
    arena->header = (void *)map;
    arena->members = (void *)(map + geo->members);
    arena->rows = (void *)(map + geo->rows);
    arena->index = (void *)(map + geo->index);
    arena->signal_index = (void *)(map + geo->signal_index);
    arena->signals = (void *)(map + geo->signals);
    arena->slots = (void *)(map + geo->slots);
    arena->ledger = (void *)(map + geo->ledger);
    arena->pins = (void *)(map + geo->pins);
    arena->streams = (void *)(map + geo->streams);
    if (!arena->registered)
        arena->data = map + geo->data;
}

/* True if Lina asks for huge pages: the arena has much data, and the first touch of a page takes it. If pages can run
 * out, Lina takes them earlier, and the file system decides on their size. Asking would then only split the mapping. */
static bool wants_huge(const lina_arena_t *arena) {
    return !arena->limited && arena->geo.data_size >= HUGE_PAGES_FROM;
}

/* Makes the guard inaccessible, so that code that runs off the start of the data does not reach the tables. Makes the
 * data read-only if the handle is. */
static int set_up_pages(lina_arena_t *arena) {
    const struct lina_geometry *geo = &arena->geo;
    if (wants_huge(arena))
        platform_prefer_huge(arena->data, arena->map_bytes - geo->data);
    int error = platform_protect((uint8_t *)arena->map + geo->guard, geo->unit, false);
    if (error == 0 && arena->read_only)
        error = platform_protect(arena->data, arena->map_bytes - geo->data, true);
    return error == 0 ? LINA_OK
                      : lina_fail_errno(-error, "arena \"%s\": cannot protect", arena->where);
}

static int make_reach(lina_arena_t *arena) {
    struct lina_reach *reach = &arena->reach;
    reach->slots = arena->limited ? 0 : arena->geo.max_arrays;
    reach->rows = calloc(arena->geo.steps, sizeof *reach->rows);
    reach->own_rows = calloc(arena->geo.steps, sizeof *reach->own_rows);
    reach->streams = calloc(arena->geo.max_streams, sizeof *reach->streams);
    return reach->rows != NULL && reach->own_rows != NULL && reach->streams != NULL
               ? LINA_OK
               : lina_fail_errno(ENOMEM, "arena \"%s\"", arena->where);
}

int lina_mapping_make(lina_arena_t *arena) {
    int rc = make_reach(arena);
    if (rc != LINA_OK)
        return rc;
    /* For registered memory, only the tables are mapped. The inaccessible page behind them is the guard. */
    arena->map_bytes =
        arena->registered ? arena->geo.guard : lina_round_up(arena->geo.file_size, platform_page());
    int error = platform_map(arena->file, arena->map_bytes, lina_geometry_is_huge(&arena->geo),
                             &arena->map);
    if (error != 0)
        return lina_fail_errno(-error, "arena \"%s\": cannot map %llu bytes", arena->where,
                               (unsigned long long)arena->map_bytes);
    find_tables(arena);
    return arena->registered ? LINA_OK : set_up_pages(arena);
}

int lina_mapping_read(lina_arena_t *arena, uint64_t bytes) {
    if (bytes < LINA_PAGE)
        return lina_fail(LINA_ERR_CORRUPT, "arena \"%s\": no arena: it has %llu bytes",
                         arena->where, (unsigned long long)bytes);
    struct lina_header header; /* only its first line is read, which never changes */
    int error = platform_read(arena->file, &header, offsetof(struct lina_header, lock));
    if (error != 0)
        return lina_fail_errno(-error, "arena \"%s\": cannot read it", arena->where);
    int rc = lina_geometry_read(&arena->geo, &header, bytes, arena->where);
    if (rc == LINA_OK)
        rc = lina_mapping_make(arena);
    if (rc != LINA_OK)
        return rc;
    arena->reserved = (header.flags & LINA_ARENA_RESERVE) != 0;
    platform_bring(arena->map, arena->geo.members + LINA_PAGE); /* the pages that joining touches */
    return LINA_OK;
}

int lina_mapping_share(lina_arena_t *arena, lina_arena_t *lender) {
    arena->geo = lender->geo;
    arena->limited = lender->limited;
    arena->reserved = lender->reserved;
    arena->read_only = lender->read_only;
    arena->inherit = lender->inherit;
    int rc = make_reach(arena);
    if (rc != LINA_OK)
        return rc;
    int error = platform_reopen(lender->file, false, &arena->file);
    if (error != 0)
        return lina_fail_errno(-error, "arena \"%s\": cannot reopen it", arena->where);
    arena->lender = lender;
    arena->map = lender->map;
    arena->map_bytes = lender->map_bytes;
    find_tables(arena);
    return LINA_OK;
}

int lina_mapping_reopen(lina_arena_t *arena) {
    struct platform_file again = PLATFORM_NO_FILE;
    int error = platform_reopen(arena->file, false, &again);
    platform_close(arena->file);
    arena->file = again;
    arena->file.fresh = false;
    return error == 0 ? LINA_OK
                      : lina_fail_errno(-error, "arena \"%s\": cannot reopen it", arena->where);
}
