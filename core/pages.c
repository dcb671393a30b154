/* pages.c - see pages.h. */
#include "pages.h"

#include <errno.h>
#include <string.h>

#include "lock.h"
#include "platform.h"

/* From this size on, it is cheaper to ask which pages exist than to zero pages that do not. */
#define LARGE (UINT64_C(256) << 10)
/* How far apart it asks: at first, and at most where page follows page. */
#define STRIDE (UINT64_C(64) << 10)
#define LONGEST (UINT64_C(2) << 20)
/* From this size on, the pages of a removed array can go back to the system. That takes several times as long as zeroing
 * them for their next use. */
#define HUGE (UINT64_C(4) << 20)
/* When an anonymous arena keeps the pages of a removed array, the pages that no array has are at most this many bytes,
 * and at most an eighth of the memory that the system has left. */
#define KEPT (UINT64_C(256) << 20)
#define PARTS 8u
/* How many bytes are taken at a time (a millisecond), and returned at a time (some milliseconds). */
#define TAKEN (UINT64_C(4) << 20)
#define RETURNED (UINT64_C(32) << 20)

static int take_pieces(lina_arena_t *arena, uint64_t from, uint64_t end, bool inside) {
    for (uint64_t at = from; at < end; at += TAKEN) {
        int rc = platform_commit(arena->file, at, lina_min(end - at, TAKEN));
        if (rc != 0)
            return rc;
        if (inside)
            lina_lock_renew(arena);
    }
    return 0;
}

int lina_pages_take(lina_arena_t *arena, uint64_t from, uint64_t end, bool inside) {
    if (!platform_has_room(arena->file, from, end - from))
        return -ENOMEM;
    if (!inside || end - from <= TAKEN)
        return take_pieces(arena, from, end, inside);
    uint32_t was = lina_lock_begin_long_work(arena);
    int rc = take_pieces(arena, from, end, inside);
    lina_lock_end_long_work(arena, was);
    return rc;
}

/* Takes the missing pages of a range of the data, before the range is handed out: all of them or none. */
static int bring(lina_arena_t *arena, uint64_t from, uint64_t end) {
    uint64_t data = arena->geo.data;
    int rc = from < end ? lina_pages_take(arena, data + from, data + end, true) : 0;
    if (rc != 0)
        platform_punch(arena->file, data + from, end - from);
    return rc;
}

int lina_pages_commit(lina_arena_t *arena, uint64_t offset, uint64_t nbytes) {
    struct lina_pages *pages = &arena->header->pages;
    uint64_t end = offset + nbytes, committed = load_relaxed_u64(&pages->committed);
    uint64_t hole = load_relaxed_u64(&pages->hole), hole_end = load_relaxed_u64(&pages->hole_end);
    if (!arena->limited)
        return 0;
    int rc = bring(arena, lina_max(offset, hole), lina_min(end, hole_end));
    if (rc == 0)
        rc = bring(arena, lina_max(offset, committed), end);
    if (rc != 0)
        return rc;
    if (offset <= hole) /* if the range is inside the hole, the hole stays as it is */
        pages->hole = lina_max(hole, end);
    else if (end >= hole_end)
        pages->hole_end = lina_min(hole_end, offset);
    if (offset <= committed) /* always true, except in damaged tables */
        pages->committed = lina_max(committed, end);
    return 0;
}

/* The first byte of the data from `offset` on that may not be zero. */
static uint64_t next_data(const lina_arena_t *arena, uint64_t offset) {
    uint64_t at = platform_next_data(arena->file, arena->geo.data + offset);
    return at == UINT64_MAX ? at : at - arena->geo.data;
}

void lina_pages_zero(lina_arena_t *arena, uint64_t offset, uint64_t nbytes) {
    if (nbytes < LARGE || !platform_has(arena->file) || arena->limited) {
        memset(arena->data + offset, 0, nbytes);
        return;
    }
    /* Missing pages read as zero, and writing to them would take them. One long memset is faster than many short ones. */
    uint64_t end = offset + nbytes, next;
    for (uint64_t at = next_data(arena, offset); at < end; at = next) {
        uint64_t stop = at, stride = STRIDE;
        do {
            stop += lina_min(end - stop, stride);
            stride = lina_min(2 * stride, LONGEST);
            next = next_data(arena, stop);
        } while (next == stop && stop < end);
        memset(arena->data + at, 0, stop - at);
    }
}

/* True if the pages of a run that is about to be free may stay for later arrays. Free pages lie below `virgin`, and they
 * are among those that the file has, so both numbers limit how many there are. */
static bool may_keep(const lina_arena_t *arena, uint64_t nbytes) {
    const struct lina_header *h = arena->header;
    struct platform_stat st;
    uint64_t used = load_relaxed_u64(&h->space.used_bytes) - nbytes;
    uint64_t ever = load_relaxed_u64(&h->pages.virgin), free = ever - lina_min(ever, used);
    if (free > KEPT && platform_stat(arena->file, &st) == 0)
        free = lina_min(free, st.resident_bytes);
    return free <= KEPT && platform_has_memory(PARTS * free);
}

bool lina_pages_is_huge(const lina_arena_t *arena, uint64_t nbytes) {
    return nbytes >= HUGE && platform_has(arena->file) && !arena->reserved &&
           (arena->limited || !may_keep(arena, nbytes));
}

void lina_pages_uncommit(lina_arena_t *arena, uint64_t offset, uint64_t nbytes) {
    struct lina_pages *pages = &arena->header->pages;
    uint64_t end = offset + nbytes;
    uint64_t hole = load_relaxed_u64(&pages->hole), hole_end = load_relaxed_u64(&pages->hole_end);
    bool empty = hole >= hole_end;
    pages->hole = empty ? offset : lina_min(hole, offset);
    pages->hole_end = empty ? end : lina_max(hole_end, end);
}

void lina_pages_return(lina_arena_t *arena, uint64_t offset, uint64_t nbytes, bool inside) {
    uint64_t end = lina_pages_end(arena);
    if (offset > end || nbytes > end - offset)
        return; /* the range comes from the ledger, which may be damaged */
    uint64_t first = lina_round_up(offset, LINA_PAGE);
    uint64_t last = (offset + nbytes) / LINA_PAGE * LINA_PAGE;
    uint32_t was = inside ? lina_lock_begin_long_work(arena) : 0;
    for (; first < last; first += RETURNED) {
        platform_punch(arena->file, arena->geo.data + first, lina_min(last - first, RETURNED));
        if (inside)
            lina_lock_renew(arena);
    }
    if (inside)
        lina_lock_end_long_work(arena, was);
}
