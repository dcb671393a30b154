/* space.c - a two-level segregated fit over extents that are described out of band.
 *
 * M. Masmano et al., "TLSF: a New Dynamic Memory Allocator for Real-Time Systems", ECRTS 2004: free
 * extents lie in lists by size class, (log2, next four bits); two levels of bits find a class that
 * fits in constant time, neighbours join when given back. Here the boundary tags are a table of
 * their own, because the data belongs to others and may be the host's.
 *
 * Every number read from the tables is bounded before it is used: `valid` below. A damaged list is
 * treated as an empty one; the descriptors, from which all this is rebuilt, stay as they are. */
#include "space.h"

#include <string.h>

#include "platform.h"

/* From this size on a freed extent's pages go back to the system, and zeroes come from there. */
#define LARGE (UINT64_C(256) << 10)

static struct lina_extent *at(const lina_arena_t *arena, uint32_t extent) {
    return &arena->extents[extent];
}

static bool valid(const lina_arena_t *arena, uint32_t extent) {
    if (extent >= arena->geo.max_extents)
        return false;
    const struct lina_extent *e = at(arena, extent);
    uint64_t end = lina_space_end(arena), offset = e->offset, nbytes = e->nbytes;
    return offset < end && nbytes > 0 && nbytes <= end - offset && offset % LINA_ALIGN == 0 &&
           nbytes % LINA_ALIGN == 0;
}

/* ---- size classes ------------------------------------------------------------------------------ */

struct class {
    uint32_t first, second;
};

/* The class whose extents have at least `nbytes` rounded down to the class's smallest. Some class for
 * what no extent has: it may come from damaged tables. */
static struct class class_of(uint64_t nbytes) {
    uint64_t units = nbytes / LINA_ALIGN;
    if (units == 0 || units >> SPACE_FIRST != 0)
        return (struct class){0, 0};
    uint32_t first = 63u - (uint32_t)__builtin_clzll(units);
    uint64_t rest = units - (UINT64_C(1) << first);
    uint32_t second = (uint32_t)(first >= 4 ? rest >> (first - 4) : rest << (4 - first));
    return (struct class){first, second};
}

/* The first class all of whose extents hold `nbytes`. */
static struct class class_above(uint64_t nbytes) {
    struct class c = class_of(nbytes);
    if (++c.second == SPACE_SECOND)
        c = (struct class){c.first + 1, 0};
    return c;
}

static void list_add(lina_arena_t *arena, uint32_t extent) {
    struct lina_space *space = &arena->header->space;
    struct lina_extent *e = at(arena, extent);
    struct class c = class_of(e->nbytes);
    uint32_t *head = &space->head[c.first][c.second];
    e->free = 1;
    e->list_prev = LINA_NIL;
    e->list_next = *head;
    if (*head < arena->geo.max_extents)
        at(arena, *head)->list_prev = extent;
    *head = extent;
    space->first_bits |= UINT64_C(1) << c.first;
    space->second_bits[c.first] |= 1u << c.second;
}

static void list_remove(lina_arena_t *arena, uint32_t extent) {
    struct lina_space *space = &arena->header->space;
    struct lina_extent *e = at(arena, extent);
    struct class c = class_of(e->nbytes);
    uint32_t *head = &space->head[c.first][c.second];
    e->free = 0;
    if (e->list_next < arena->geo.max_extents)
        at(arena, e->list_next)->list_prev = e->list_prev;
    if (e->list_prev < arena->geo.max_extents)
        at(arena, e->list_prev)->list_next = e->list_next;
    else
        *head = e->list_next;
    if (*head != LINA_NIL)
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
    uint32_t seconds = space->second_bits[c.first] & ((1u << SPACE_SECOND) - (1u << c.second));
    if (seconds == 0) {
        uint64_t firsts = space->first_bits & ((UINT64_C(1) << SPACE_FIRST) - 1) &
                          ~((UINT64_C(2) << c.first) - 1);
        if (firsts == 0)
            return LINA_NIL;
        c.first = (uint32_t)__builtin_ctzll(firsts);
        seconds = space->second_bits[c.first] & ((1u << SPACE_SECOND) - 1);
        if (seconds == 0)
            return LINA_NIL;
    }
    return space->head[c.first][__builtin_ctz(seconds)];
}

static bool fits(const lina_arena_t *arena, uint32_t extent, uint64_t nbytes) {
    return valid(arena, extent) && at(arena, extent)->free == 1 &&
           at(arena, extent)->nbytes >= nbytes;
}

/* The first extent that fits among those of the request's own class, some of which are too small:
 * it finds a last hole of just the right size. */
static uint32_t search_own_class(const lina_arena_t *arena, uint64_t nbytes, uint32_t most) {
    struct class c = class_of(nbytes);
    uint32_t extent = arena->header->space.head[c.first][c.second];
    for (uint32_t i = 0; i < most && valid(arena, extent); i++) {
        if (fits(arena, extent, nbytes))
            return extent;
        extent = at(arena, extent)->list_next;
    }
    return LINA_NIL;
}

static uint32_t find(const lina_arena_t *arena, uint64_t nbytes) {
    uint32_t extent = search_own_class(arena, nbytes, 1); /* the size that was just given back */
    if (extent == LINA_NIL)
        extent = first_from(arena, class_above(nbytes));
    if (extent == LINA_NIL)
        extent = search_own_class(arena, nbytes, arena->geo.max_extents);
    return fits(arena, extent, nbytes) ? extent : LINA_NIL;
}

/* ---- extents ----------------------------------------------------------------------------------- */

static uint32_t extent_new(lina_arena_t *arena, uint64_t offset, uint64_t nbytes) {
    struct lina_space *space = &arena->header->space;
    uint32_t extent = space->unused_head;
    if (extent < arena->geo.max_extents)
        space->unused_head = at(arena, extent)->list_next;
    else if (space->extents_used < arena->geo.max_extents)
        extent = space->extents_used++;
    else
        return LINA_NIL; /* only in damaged tables: there is one for every slot and every gap */
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

void lina_space_reset(lina_arena_t *arena) {
    struct lina_space *space = &arena->header->space;
    uint64_t virgin = space->virgin, committed = space->committed;
    memset(space, 0, sizeof *space);
    memset(space->head, 0xff, sizeof space->head);
    space->unused_head = LINA_NIL;
    space->virgin = virgin;
    space->committed = committed;
    if (lina_space_end(arena) > 0)
        list_add(arena, extent_new(arena, 0, lina_space_end(arena)));
}

static uint32_t take(lina_arena_t *arena, uint64_t nbytes) {
    struct lina_space *space = &arena->header->space;
    uint32_t extent = find(arena, nbytes);
    if (extent == LINA_NIL)
        return LINA_NIL;
    struct lina_extent *e = at(arena, extent);
    list_remove(arena, extent);
    if (e->nbytes > nbytes) {
        uint32_t rest = extent_new(arena, e->offset + nbytes, e->nbytes - nbytes);
        if (rest != LINA_NIL) {
            link_neighbours(arena, rest, e->next);
            link_neighbours(arena, extent, rest);
            e->nbytes = nbytes;
            list_add(arena, rest);
        }
    }
    space->used_bytes += e->nbytes;
    return extent;
}

/* Reads an extent once, and whether `nbytes` of it lie inside the data: where the data's size is odd,
 * those of the last extent may not. */
static bool read_run(const lina_arena_t *arena, uint32_t extent, uint64_t nbytes,
                     struct lina_run *run) {
    uint64_t size = arena->geo.data_size, end = lina_space_end(arena);
    run->offset = load_relaxed_u64(&at(arena, extent)->offset);
    run->nbytes = load_relaxed_u64(&at(arena, extent)->nbytes);
    return run->offset <= size && nbytes <= size - run->offset && nbytes <= run->nbytes &&
           run->nbytes <= end - run->offset;
}

uint32_t lina_space_take(lina_arena_t *arena, uint64_t nbytes, struct lina_run *run) {
    if (nbytes > arena->geo.data_size)
        return LINA_NIL;
    uint64_t rounded = lina_round_up(nbytes, LINA_ALIGN);
    uint32_t extent = take(arena, rounded);
    if (extent == LINA_NIL || read_run(arena, extent, nbytes, run))
        return extent;
    uint32_t other = take(arena, rounded); /* only one extent is the last */
    lina_space_give(arena, extent);
    if (other == LINA_NIL || read_run(arena, other, nbytes, run))
        return other;
    lina_space_give(arena, other);
    return LINA_NIL;
}

/* Makes one of two neighbours; `after` is in no list. */
static void join(lina_arena_t *arena, uint32_t before, uint32_t after) {
    at(arena, before)->nbytes += at(arena, after)->nbytes;
    link_neighbours(arena, before, at(arena, after)->next);
    extent_forget(arena, after);
}

/* True when `after` really lies behind `before`, as far as the tables can be believed. */
static bool adjacent(const lina_arena_t *arena, uint32_t before, uint32_t after) {
    return before != after && valid(arena, before) && valid(arena, after) &&
           at(arena, before)->next == after &&
           at(arena, before)->offset + at(arena, before)->nbytes == at(arena, after)->offset;
}

void lina_space_give(lina_arena_t *arena, uint32_t extent) {
    if (!valid(arena, extent) || at(arena, extent)->free != 0)
        return;
    arena->header->space.used_bytes -= at(arena, extent)->nbytes;
    uint32_t after = at(arena, extent)->next, before = at(arena, extent)->prev;
    if (adjacent(arena, extent, after) && at(arena, after)->free == 1) {
        list_remove(arena, after);
        join(arena, extent, after);
    }
    if (adjacent(arena, before, extent) && at(arena, before)->free == 1) {
        list_remove(arena, before);
        join(arena, before, extent);
        extent = before;
    }
    list_add(arena, extent);
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
        list_add(arena, extent);
    else
        arena->header->space.used_bytes += nbytes;
    return extent;
}

bool lina_space_rebuild(lina_arena_t *arena, const struct lina_run *runs, uint32_t count,
                        void (*tell)(lina_arena_t *, uint32_t slot, uint32_t extent)) {
    uint64_t end = lina_space_end(arena), done = 0;
    lina_space_reset(arena);
    if (count == 0)
        return true;
    list_remove(arena, 0); /* the one extent of the reset */
    extent_forget(arena, 0);
    uint32_t last = LINA_NIL;
    for (uint32_t i = 0; i < count; i++) {
        const struct lina_run *run = &runs[i];
        if (run->offset < done || run->nbytes > end || run->offset > end - run->nbytes)
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
    uint64_t end = offset + nbytes, there = space->committed;
    if (!arena->limited || end <= there || nbytes == 0)
        return 0;
    uint64_t from = offset > there ? offset : there;
    int rc = platform_commit(arena->fd, arena->geo.data + from, end - from);
    if (rc == 0 && offset <= there)
        space->committed = end;
    return rc;
}

/* Gives back the whole pages inside a range, which read as zero then. False where there is no file,
 * where they were reserved, or where the system refuses. */
static bool punch(lina_arena_t *arena, uint64_t *first, uint64_t *last) {
    uint64_t from = lina_round_up(*first, LINA_PAGE), to = *last / LINA_PAGE * LINA_PAGE;
    if (arena->fd < 0 || arena->reserved || from >= to)
        return false;
    *first = from;
    *last = to;
    return platform_punch(arena->fd, arena->geo.data + from, to - from) == 0;
}

void lina_space_zero(lina_arena_t *arena, uint64_t offset, uint64_t nbytes, uint64_t virgin) {
    uint64_t end = offset + nbytes;
    if (end > virgin)
        end = virgin > offset ? virgin : offset;
    uint64_t first = offset, last = end;
    bool punched = end - offset >= LARGE && !arena->limited && punch(arena, &first, &last);
    if (!punched)
        first = last = end;
    memset(arena->data + offset, 0, first - offset);
    memset(arena->data + last, 0, end - last);
}

void lina_space_return(lina_arena_t *arena, uint64_t offset, uint64_t nbytes) {
    struct lina_space *space = &arena->header->space;
    uint64_t first = offset, last = offset + nbytes;
    uint64_t end = lina_space_end(arena); /* the ledger, whence the range comes, may be damaged */
    if (nbytes < LARGE || offset > end || nbytes > end - offset)
        return;
    if (space->committed > offset)
        space->committed =
            offset; /* before the pages go: who dies in between promised too little */
    punch(arena, &first, &last);
}
