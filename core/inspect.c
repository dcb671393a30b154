/* inspect.c - describes an arena, lists its arrays, writes it to the disk, checks its tables, and removes the name of
 * an orphan. */
#include <stdio.h>
#include <string.h>

#include "bury.h"
#include "check.h"
#include "join.h"
#include "list.h"
#include "lock.h"
#include "members.h"
#include "names.h"
#include "slots.h"
#include "views.h"
#include "where.h"

static uint32_t at_most(uint32_t n, uint32_t most) { return n < most ? n : most; }

/* Fills in the numbers of an arena. Each count from the header is limited to what its table can hold, because a hostile
 * process can write any number there. */
static void describe(lina_arena_t *arena, lina_arena_info_t *out) {
    const struct lina_header *h = arena->header;
    struct platform_stat st = {0};
    uint32_t pending = load_relaxed_u32(&h->pending_count);
    struct lina_spares spares = lina_spares_count(arena);
    uint64_t used_bytes = load_relaxed_u64(&h->space.used_bytes);
    uint32_t loans = at_most(load_relaxed_u32(&h->loan_count), pending);
    if (platform_has(arena->file))
        platform_stat(arena->file, &st);
    *out = (lina_arena_info_t){
        .size = arena->geo.data_size,
        .used_bytes = used_bytes - lina_min(used_bytes, spares.idle_bytes),
        .resident_bytes = st.resident_bytes,
        .arrays = at_most(load_relaxed_u32(&h->live_count), arena->geo.max_arrays),
        .held = at_most(pending - loans + spares.held, arena->geo.max_arrays),
        .loans = loans,
        .kept = at_most(load_relaxed_u32(&h->kept_count), arena->geo.max_arrays),
        .signals = at_most(load_relaxed_u32(&h->signals_live), arena->geo.max_signals),
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
    int rc = lina_arena_resolve(&arena);
    if (rc == LINA_OK && out == NULL)
        rc = lina_fail(LINA_ERR_INVALID, "arena \"%s\": no place for its numbers", arena->where);
    if (rc == LINA_OK)
        rc = lina_arena_enter(arena);
    if (rc == LINA_OK)
        describe(arena, out);
    return rc;
}

int lina_arena_list(lina_arena_t *arena, lina_desc_t *out, size_t cap, size_t *written,
                    size_t *total) {
    int rc = lina_arena_resolve(&arena);
    if (rc == LINA_OK)
        rc = lina_list_check("list", out, cap, written);
    if (rc != LINA_OK)
        return rc;
    /* Inside the writer's section, the list shows one instant: no name is missing, and none appears twice. */
    rc = lina_writer_begin(arena);
    if (rc != LINA_OK)
        return rc;
    size_t count = 0;
    uint32_t used = lina_tables_used(arena);
    for (uint32_t slot = 0; slot < used && rc == LINA_OK; slot++) {
        uint64_t word = load_relaxed_u64(&arena->slots[slot].state);
        lina_desc_t desc;
        if (slot_state(word) != SLOT_LIVE ||
            !lina_names_copy(arena, (struct lina_place){word, slot}, &desc))
            continue;
        rc = lina_desc_check(arena, &desc);
        if (rc == LINA_OK && count < cap)
            out[count] = desc;
        count++;
    }
    lina_writer_end(arena);
    if (rc != LINA_OK)
        return rc;
    lina_list_end(count, out, cap, written, total);
    return LINA_OK;
}

int lina_arena_sync(lina_arena_t *arena) {
    arena = lina_arena_of(arena);
    if (arena == NULL)
        return lina_last_error_code();
    if (!platform_has(arena->file))
        return LINA_OK; /* registered memory has no file */
    int error = platform_sync(arena->file, arena->map, arena->map_bytes);
    return error == 0
               ? LINA_OK
               : lina_fail_errno(-error, "arena \"%s\": cannot write it to the disk", arena->where);
}

int lina_arena_inspect(const char *where, lina_arena_info_t *out) {
    struct lina_where place;
    struct platform_stat st;
    int rc = lina_where_parse(where, &place);
    lina_arena_t *arena = rc == LINA_OK ? lina_mapping_new(where, out) : NULL;
    if (arena == NULL)
        return lina_last_error_code();
    arena->member = LINA_NIL; /* this handle looks, but does not join */
    rc = lina_where_open(&place, arena->where, &arena->file, &st);
    if (rc == LINA_OK)
        rc = lina_mapping_read(arena, st.bytes);
    if (rc == LINA_OK) {
        describe(arena, out);
        out->orphan = lina_member_alone(arena);
    }
    lina_mapping_free(arena);
    return rc;
}

/* Fails for a file that is no arena. A file in /dev/shm with Lina's prefix counts as one, whatever bytes it has. */
static int check_ours(struct platform_file file, const struct lina_where *where, const char *text) {
    uint64_t magic = 0;
    return where->owned || (platform_read(file, &magic, sizeof magic) == 0 && magic == LINA_MAGIC)
               ? LINA_OK
               : lina_fail(LINA_ERR_CORRUPT, "arena \"%s\": no arena: it keeps its name", text);
}

/* Locks the bytes of all members at once. That succeeds only if there is no member, and no process can join before the
 * name is gone. */
static int unname_orphan(struct platform_file file, const char *path, const char *text) {
    if (platform_lock_byte(file, 0, LINA_MAX_MEMBERS) != 0)
        return lina_fail(LINA_ERR_BUSY, "arena \"%s\": a member is alive", text);
    int error = platform_is_at(file, path) ? platform_unname(path) : 0;
    return error == 0 ? LINA_OK
                      : lina_fail_errno(-error, "arena \"%s\": cannot take its name", text);
}

int lina_arena_unlink(const char *where) {
    struct lina_where place;
    struct platform_stat st;
    char text[sizeof((lina_arena_t *)NULL)->where]; /* cut as in the errors of open arenas */
    struct platform_file file;
    int rc = lina_where_parse_name(where, &place);
    if (rc != LINA_OK)
        return rc;
    snprintf(text, sizeof text, "%s", where);
    rc = lina_where_open(&place, text, &file, &st);
    if (rc != LINA_OK)
        return rc;
    rc = check_ours(file, &place, text);
    if (rc == LINA_OK)
        rc = unname_orphan(file, place.path, text);
    platform_close(file);
    return rc;
}

/* ---- descriptor, address and size ---------------------------------------------------------------- */

int lina_arena_fd(lina_arena_t *arena, int *out_fd) {
    arena = lina_arena_of(arena);
    if (arena == NULL)
        return lina_last_error_code();
    if (out_fd == NULL || !platform_has(arena->file))
        return lina_fail(LINA_ERR_INVALID, "arena \"%s\": it has no descriptor to give",
                         arena->where);
    lina_process_lock();
    struct platform_stat st;
    /* Fails if the descriptor was not opened yet, or if the host closed it. */
    int error = platform_stat(arena->public_file, &st);
    if (error != 0)
        error = platform_reopen(arena->file, arena->inherit, &arena->public_file);
    arena->public_file.fresh = false;
    int fd = arena->public_file.fd;
    lina_process_unlock();
    if (error != 0)
        return lina_fail_errno(-error, "arena \"%s\": cannot reopen it", arena->where);
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

/* ---- checking ---------------------------------------------------------------------------------- */

int lina_check_arena(lina_arena_t *arena) {
    int rc = lina_arena_resolve(&arena);
    if (rc == LINA_OK)
        rc = lina_writer_begin(arena);
    if (rc != LINA_OK)
        return rc;
    /* First gives back what dead members held, as every writer does that needs room. */
    lina_members_bury(arena);
    lina_slots_sweep(arena);
    uint32_t was = lina_lock_begin_long_work(arena);
    rc = lina_check_tables(arena);
    lina_lock_end_long_work(arena, was);
    lina_writer_end(arena);
    return rc;
}
