/* space.c - a two-level segregated fit over extents that are described out of band.
 *
 * M. Masmano et al., "TLSF: a New Dynamic Memory Allocator for Real-Time Systems", ECRTS 2004: free
 * extents lie in lists by size class, (log2, next four bits); two levels of bits find a class that
 * fits in constant time, neighbours join when given back. Here the boundary tags are a table of
 * their own, because the data belongs to others and may be the host's.
 *
 * Every number read from the tables is read once, into a local copy, and bounded before it is used:
 * `get` below. A damaged list is treated as an empty one; the descriptors, from which all this is
 * rebuilt, stay as they are. */
#include "space.h"

#include <string.h>

#include "platform.h"

/* From this size on asking which pages are there is cheaper than zeroing those that are not. */
#define LARGE (UINT64_C(256) << 10)
#define STRIDE (UINT64_C(64) << 10) /* zeroed between two questions */
/* From this size on the pages of what is removed go back to the system: that takes ten times as long
 * as zeroing them does when they are used again. */
#define HUGE (UINT64_C(4) << 20)

static struct lina_extent *at(const lina_arena_t *arena, uint32_t extent) {
    return &arena->extents[extent];
}

/* A copy of an extent, if it can be true: it lies in the data, in whole units. */
static bool get(const lina_arena_t *arena, uint32_t extent, struct lina_extent *out) {
    if (extent >= arena->geo.max_extents)
        return false;
    const struct lina_extent *e = at(arena, extent);
    *out = (struct lina_extent){.offset = load_relaxed_u64(&e->offset),
                                .nbytes = load_relaxed_u64(&e->nbytes),
                                .prev = load_relaxed_u32(&e->prev),
                                .next = load_relaxed_u32(&e->next),
                                .list_prev = load_relaxed_u32(&e->list_prev),
                                .list_next = load_relaxed_u32(&e->list_next),
                                .free = load_relaxed_u32(&e->free)};
    uint64_t end = lina_space_end(arena);
    return out->offset < end && out->nbytes > 0 && out->nbytes <= end - out->offset &&
           out->offset % LINA_ALIGN == 0 && out->nbytes % LINA_ALIGN == 0;
}

/* ---- size classes ------------------------------------------------------------------------------ */

struct class {
    uint32_t first, second;
};

/* The class whose extents have at least `nbytes` rounded down to the class's smallest. */
static struct class class_of(uint64_t nbytes) {
    uint64_t units = nbytes / LINA_ALIGN;
    uint32_t first = 63u - (uint32_t)__builtin_clzll(units | 1);
    if (first >= SPACE_FIRST) /* the largest arena there can be */
        return (struct class){SPACE_FIRST - 1, SPACE_SECOND - 1};
    uint64_t rest = units - (UINT64_C(1) << first);
    uint32_t second = (uint32_t)(first >= 4 ? rest >> (first - 4) : rest << (4 - first));
    return (struct class){first, second % SPACE_SECOND};
}

/* The first class all of whose extents hold `nbytes`. */
static struct class class_above(uint64_t nbytes) {
    struct class c = class_of(nbytes);
    if (++c.second == SPACE_SECOND)
        c = (struct class){c.first + 1, 0};
    return c;
}

static uint32_t *head_of(const lina_arena_t *arena, struct class c) {
    return &arena->header->space.head[c.first][c.second];
}

static void list_add(lina_arena_t *arena, uint32_t extent, uint64_t nbytes) {
    struct lina_space *space = &arena->header->space;
    struct class c = class_of(nbytes);
    uint32_t next = load_relaxed_u32(head_of(arena, c));
    struct lina_extent *e = at(arena, extent);
    e->free = 1;
    e->list_prev = LINA_NIL;
    e->list_next = next;
    if (next < arena->geo.max_extents)
        at(arena, next)->list_prev = extent;
    *head_of(arena, c) = extent;
    space->first_bits |= UINT64_C(1) << c.first;
    space->second_bits[c.first] |= 1u << c.second;
}

/* `e` is a copy of the extent. */
static void list_remove(lina_arena_t *arena, uint32_t extent, const struct lina_extent *e) {
    struct lina_space *space = &arena->header->space;
    struct class c = class_of(e->nbytes);
    at(arena, extent)->free = 0;
    if (e->list_next < arena->geo.max_extents)
        at(arena, e->list_next)->list_prev = e->list_prev;
    if (e->list_prev < arena->geo.max_extents) {
        at(arena, e->list_prev)->list_next = e->list_next;
        return;
    }
    *head_of(arena, c) = e->list_next;
    if (e->list_next != LINA_NIL)
        return;
    space->second_bits[c.first] &= ~(1u << c.second);
    if (space->second_bits[c.first] == 0)
        space->first_bits &= ~(UINT64_C(1) << c.first);
}

/* A free extent in the first class that is not empty from `c` on. */
static uint32_t first_from(const lina_arena_t *arena, struct class c) {
    const struct lina_space *space = &arena->header->space;
    if (c.first >= SPACE_FIRST)
        return LINA_NIL;
    uint32_t all = (1u << SPACE_SECOND) - 1;
    uint32_t seconds =
        load_relaxed_u32(&space->second_bits[c.first]) & all & ~((1u << c.second) - 1);
    if (seconds == 0) {
        uint64_t firsts = load_relaxed_u64(&space->first_bits) &
                          ((UINT64_C(1) << SPACE_FIRST) - 1) & ~((UINT64_C(2) << c.first) - 1);
        if (firsts == 0)
            return LINA_NIL;
        c.first = (uint32_t)__builtin_ctzll(firsts);
        seconds = load_relaxed_u32(&space->second_bits[c.first]) & all;
        if (seconds == 0)
            return LINA_NIL;
    }
    c.second = (uint32_t)__builtin_ctz(seconds);
    return load_relaxed_u32(head_of(arena, c));
}

static bool fits(const lina_arena_t *arena, uint32_t extent, uint64_t nbytes,
                 struct lina_extent *out) {
    return get(arena, extent, out) && out->free == 1 && out->nbytes >= nbytes;
}

/* The first extent that fits among those of the request's own class, some of which are too small:
 * it finds a last hole of just the right size. */
static uint32_t search_own_class(const lina_arena_t *arena, uint64_t nbytes, uint32_t most,
                                 struct lina_extent *out) {
    uint32_t extent = load_relaxed_u32(head_of(arena, class_of(nbytes)));
    for (uint32_t i = 0; i < most; i++) {
        if (fits(arena, extent, nbytes, out))
            return extent;
        if (extent >= arena->geo.max_extents)
            break;
        extent = out->list_next;
    }
    return LINA_NIL;
}

/* A free extent of at least `nbytes`, copied to *out. */
static uint32_t find(const lina_arena_t *arena, uint64_t nbytes, struct lina_extent *out) {
    uint32_t extent =
        search_own_class(arena, nbytes, 1, out); /* the size that was just given back */
    if (extent != LINA_NIL)
        return extent;
    extent = first_from(arena, class_above(nbytes));
    if (fits(arena, extent, nbytes, out))
        return extent;
    return search_own_class(arena, nbytes, arena->geo.max_extents, out);
}

/* ---- extents ----------------------------------------------------------------------------------- */

static uint32_t extent_new(lina_arena_t *arena, uint64_t offset, uint64_t nbytes) {
    struct lina_space *space = &arena->header->space;
    uint32_t extent = load_relaxed_u32(&space->unused_head);
    uint32_t used = load_relaxed_u32(&space->extents_used);
    if (extent < arena->geo.max_extents) {
        space->unused_head = at(arena, extent)->list_next;
    } else if (used < arena->geo.max_extents) {
        extent = used;
        space->extents_used = used + 1;
    } else {
        return LINA_NIL; /* only in damaged tables: there is one for every slot and every gap */
    }
    *at(arena, extent) = (struct lina_extent){.offset = offset,
                                              .nbytes = nbytes,
                                              .prev = LINA_NIL,
                                              .next = LINA_NIL,
                                              .list_prev = LINA_NIL,
                                              .list_next = LINA_NIL};
    return extent;
}

static void extent_forget(lina_arena_t *arena, uint32_t extent) {
    struct lina_space *space = &arena->header->space;
    *at(arena, extent) = (struct lina_extent){.list_next = space->unused_head};
    space->unused_head = extent;
}

static void link_neighbours(lina_arena_t *arena, uint32_t before, uint32_t after) {
    if (before < arena->geo.max_extents)
        at(arena, before)->next = after;
    if (after < arena->geo.max_extents)
        at(arena, after)->prev = before;
}

static void clear(lina_arena_t *arena) {
    struct lina_space *space = &arena->header->space;
    uint64_t virgin = space->virgin, committed = space->committed;
    memset(space, 0, sizeof *space);
    memset(space->head, 0xff, sizeof space->head);
    space->unused_head = LINA_NIL;
    space->virgin = virgin;
    space->committed = committed;
}

void lina_space_reset(lina_arena_t *arena) {
    clear(arena);
    list_add(arena, extent_new(arena, 0, lina_space_end(arena)), lina_space_end(arena));
}

static void account(lina_arena_t *arena, uint64_t nbytes) {
    tally_u64(&arena->header->space.used_bytes, nbytes);
}

/* As `find`, with `nbytes` inside the data. Where the data's size is odd the last unit of the space is
 * not whole: an extent of just the right size at the end may be too small, and is passed over. */
static uint32_t find_inside(lina_arena_t *arena, uint64_t nbytes, struct lina_extent *out) {
    uint64_t rounded = lina_round_up(nbytes, LINA_ALIGN), size = arena->geo.data_size;
    uint32_t extent = find(arena, rounded, out);
    if (extent == LINA_NIL || nbytes <= size - out->offset)
        return extent;
    struct lina_extent last = *out;
    list_remove(arena, extent, &last);
    uint32_t other = find(arena, rounded, out);
    list_add(arena, extent, last.nbytes);
    return other != LINA_NIL && nbytes <= size - out->offset ? other : LINA_NIL;
}

uint32_t lina_space_take(lina_arena_t *arena, uint64_t nbytes, struct lina_run *run) {
    struct lina_extent e;
    if (nbytes > arena->geo.data_size)
        return LINA_NIL;
    uint32_t extent = find_inside(arena, nbytes, &e);
    if (extent == LINA_NIL)
        return LINA_NIL;
    list_remove(arena, extent, &e);
    uint64_t needed = lina_round_up(nbytes, LINA_ALIGN);
    uint32_t rest =
        e.nbytes == needed ? LINA_NIL : extent_new(arena, e.offset + needed, e.nbytes - needed);
    if (rest != LINA_NIL) {
        link_neighbours(arena, rest, e.next);
        link_neighbours(arena, extent, rest);
        list_add(arena, rest, e.nbytes - needed);
        at(arena, extent)->nbytes = e.nbytes = needed;
    }
    account(arena, e.nbytes);
    *run = (struct lina_run){.offset = e.offset, .nbytes = e.nbytes};
    return extent;
}

/* True when `before` lies right in front of `after`, as far as the tables can be believed. */
static bool adjacent(const struct lina_extent *before, const struct lina_extent *after) {
    return before->offset + before->nbytes == after->offset;
}

void lina_space_give(lina_arena_t *arena, uint32_t extent) {
    struct lina_extent e, other;
    if (!get(arena, extent, &e) || e.free != 0)
        return;
    account(arena, 0 - e.nbytes);
    if (get(arena, e.next, &other) && other.free == 1 && adjacent(&e, &other)) {
        list_remove(arena, e.next, &other);
        extent_forget(arena, e.next);
        e.nbytes += other.nbytes;
        e.next = other.next;
    }
    if (get(arena, e.prev, &other) && other.free == 1 && adjacent(&other, &e)) {
        list_remove(arena, e.prev, &other);
        extent_forget(arena, extent);
        extent = e.prev;
        e.nbytes += other.nbytes;
    }
    link_neighbours(arena, extent, e.next);
    at(arena, extent)->nbytes = e.nbytes;
    list_add(arena, extent, e.nbytes);
}

/* ---- rebuilding -------------------------------------------------------------------------------- */

/* Appends an extent behind `last`, free or in use. */
static uint32_t append(lina_arena_t *arena, uint32_t last, uint64_t offset, uint64_t nbytes,
                       bool free) {
    uint32_t extent = extent_new(arena, offset, nbytes);
    if (extent == LINA_NIL)
        return LINA_NIL;
    link_neighbours(arena, last, extent);
    if (free)
        list_add(arena, extent, nbytes);
    else
        account(arena, nbytes);
    return extent;
}

bool lina_space_rebuild(lina_arena_t *arena, const struct lina_run *runs, uint32_t count,
                        void (*tell)(lina_arena_t *, uint32_t slot, uint32_t extent)) {
    uint64_t end = lina_space_end(arena), done = 0;
    uint32_t last = LINA_NIL;
    clear(arena);
    for (uint32_t i = 0; i < count; i++) {
        const struct lina_run *run = &runs[i];
        if (run->offset < done || run->offset > end || run->nbytes > end - run->offset ||
            run->offset % LINA_ALIGN != 0 || run->nbytes % LINA_ALIGN != 0)
            return false;
        if (run->offset > done)
            last = append(arena, last, done, run->offset - done, true);
        last = append(arena, last, run->offset, run->nbytes, false);
        tell(arena, run->slot, last);
        done = run->offset + run->nbytes;
    }
    if (done < end)
        append(arena, last, done, end - done, true);
    return true;
}

/* ---- pages ------------------------------------------------------------------------------------- */

int lina_space_commit(lina_arena_t *arena, uint64_t offset, uint64_t nbytes) {
    struct lina_space *space = &arena->header->space;
    uint64_t end = offset + nbytes, there = load_relaxed_u64(&space->committed);
    if (!arena->limited || end <= there || nbytes == 0)
        return 0;
    uint64_t from = offset > there ? offset : there;
    int rc = platform_commit(arena->fd, arena->geo.data + from, end - from);
    if (rc == 0 && offset <= there)
        space->committed = end;
    return rc;
}

/* The first byte of the data from `offset` on that may not be zero. */
static uint64_t next_data(const lina_arena_t *arena, uint64_t offset) {
    uint64_t at = platform_next_data(arena->fd, arena->geo.data + offset);
    return at == UINT64_MAX ? at : at - arena->geo.data;
}

void lina_space_zero(lina_arena_t *arena, uint64_t offset, uint64_t nbytes, uint64_t virgin) {
    uint64_t end = offset + nbytes;
    if (end > virgin)
        end = virgin > offset ? virgin : offset;
    if (end - offset < LARGE || arena->fd < 0 || arena->limited) {
        memset(arena->data + offset, 0, end - offset);
        return;
    }
    /* Pages that are not there read as zero, and touching them would take them. */
    uint64_t at = next_data(arena, offset);
    while (at < end) {
        uint64_t stop = end - at < STRIDE ? end : at + STRIDE;
        memset(arena->data + at, 0, stop - at);
        at = next_data(arena, stop);
    }
}

void lina_space_return(lina_arena_t *arena, uint64_t offset, uint64_t nbytes) {
    struct lina_space *space = &arena->header->space;
    uint64_t end = lina_space_end(arena);
    if (nbytes < HUGE || offset > end || nbytes > end - offset || arena->fd < 0 || arena->reserved)
        return; /* the ledger, whence the range comes, may be damaged */
    uint64_t first = lina_round_up(offset, LINA_PAGE);
    uint64_t last = (offset + nbytes) / LINA_PAGE * LINA_PAGE;
    if (space->committed > first) /* before: who dies in between has promised too little */
        space->committed = first;
    platform_punch(arena->fd, arena->geo.data + first, last - first);
}
