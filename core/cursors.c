/* cursors.c - see cursors.h. */
#include "cursors.h"

#include <stdio.h>

static uint32_t cursors_used(const struct lina_channel *c) {
    return lina_min_u32(load_acquire_u32(&c->record->cursors_used), STREAM_READERS);
}

static uint32_t producers_used(const struct lina_channel *c) {
    return lina_min_u32(load_acquire_u32(&c->record->producers_used), STREAM_PRODUCERS);
}

/* ---- readers ----------------------------------------------------------------------------------- */

/* The result is at most `kept`, because a hostile process may write any cursor. New generations may come
 * meanwhile. */
uint64_t lina_cursors_unread(const lina_arena_t *arena, const struct lina_channel *c,
                             uint32_t entry) {
    uint64_t cursor = load_sc_u64(&c->record->cursors[entry].cursor);
    uint64_t sequence = lina_stream_sequence(arena, c->number);
    uint64_t kept = load_relaxed_u32(&c->record->kept);
    return cursor >= sequence ? 0 : lina_min(sequence - cursor, kept);
}

struct lina_lag lina_cursors_lag(const lina_arena_t *arena, const struct lina_channel *c) {
    struct lina_lag lag = {0, LINA_NIL};
    for (uint32_t i = 0; i < cursors_used(c); i++) {
        if (load_sc_u64(&c->record->cursors[i].owner) == 0)
            continue;
        uint64_t unread = lina_cursors_unread(arena, c, i);
        if (lag.entry == LINA_NIL || unread > lag.unread)
            lag = (struct lina_lag){unread, i};
    }
    return lag;
}

bool lina_cursors_have_room(const lina_arena_t *arena, const struct lina_channel *c) {
    return lina_cursors_lag(arena, c).unread < load_relaxed_u32(&c->record->depth);
}

bool lina_cursors_let_publish(const lina_arena_t *arena, const struct lina_channel *c) {
    uint64_t sequence = lina_stream_sequence(arena, c->number);
    uint64_t depth = load_relaxed_u32(&c->record->depth);
    if (sequence - lina_min(sequence, load_relaxed_u64(&c->record->lowest)) < depth)
        return true;
    uint64_t unread = lina_cursors_lag(arena, c).unread;
    store_relaxed_u64(&c->record->lowest, sequence - lina_min(sequence, unread));
    return unread < depth;
}

uint32_t lina_cursors_add(lina_arena_t *arena, const struct lina_channel *c, uint64_t cursor) {
    for (uint32_t i = 0; i < STREAM_READERS; i++) {
        struct lina_cursor *reader = &c->record->cursors[i];
        if (load_sc_u64(&reader->owner) != 0)
            continue;
        store_relaxed_u32(&reader->member, arena->member);
        store_relaxed_u64(&reader->cursor, cursor);
        store_relaxed_u64(&c->record->lowest,
                          lina_min(load_relaxed_u64(&c->record->lowest), cursor));
        if (i >= cursors_used(c))
            store_release_u32(&c->record->cursors_used, i + 1);
        store_sc_u64(&reader->owner, lina_member_own_incarnation(arena));
        return i;
    }
    return LINA_NIL;
}

bool lina_cursors_bury(lina_arena_t *arena, const struct lina_channel *c,
                       struct lina_dumping *seen) {
    bool any = false;
    for (uint32_t i = 0; i < cursors_used(c); i++) {
        struct lina_cursor *reader = &c->record->cursors[i];
        uint64_t owner = load_sc_u64(&reader->owner);
        if (owner != 0 &&
            lina_member_is_gone(arena, load_relaxed_u32(&reader->member), owner, seen))
            any |= cas_sc_u64(&reader->owner, &owner, 0);
    }
    if (any)
        seen->incarnation = 0;
    return any;
}

void lina_lag_describe(const lina_arena_t *arena, const struct lina_channel *c,
                       char text[LINA_LAG_TEXT]) {
    struct lina_lag lag = lina_cursors_lag(arena, c);
    char who[LINA_MEMBER_TEXT], name[LINA_MAX_NAME] = "";
    if (lag.entry == LINA_NIL) {
        snprintf(text, LINA_LAG_TEXT, "a reader was");
        return;
    }
    uint32_t member = load_relaxed_u32(&c->record->cursors[lag.entry].member);
    lina_member_describe(arena, member, who);
    lina_member_name(arena, member, name);
    snprintf(text, LINA_LAG_TEXT, "%s%s%.63s%s has %llu generations", who,
             name[0] != '\0' ? " \"" : "", name, name[0] != '\0' ? "\"" : "",
             (unsigned long long)lag.unread);
}

/* ---- producers --------------------------------------------------------------------------------- */

/* With this member's incarnation as `owner`, its entry. With 0, a free entry. NULL if there is none. */
static struct lina_producer *own_entry(const lina_arena_t *arena, const struct lina_channel *c,
                                       uint64_t owner) {
    for (uint32_t i = 0; i < STREAM_PRODUCERS; i++) {
        struct lina_producer *p = &c->record->producers[i];
        if (load_relaxed_u64(&p->owner) == owner &&
            (owner == 0 || load_relaxed_u32(&p->member) == arena->member))
            return p;
    }
    return NULL;
}

static bool is_gone(const lina_arena_t *arena, const struct lina_producer *p,
                    struct lina_dumping *seen) {
    uint64_t owner = load_acquire_u64(&p->owner);
    return owner != 0 && lina_member_is_gone(arena, load_relaxed_u32(&p->member), owner, seen);
}

bool lina_producers_add(lina_arena_t *arena, const struct lina_channel *c) {
    uint64_t owner = lina_member_own_incarnation(arena);
    struct lina_producer *p = own_entry(arena, c, owner);
    if (p == NULL) {
        p = own_entry(arena, c, 0);
        if (p == NULL)
            return false;
        uint32_t used = (uint32_t)(p - c->record->producers) + 1;
        store_relaxed_u32(&p->member, arena->member);
        store_relaxed_u32(&p->holds, 0);
        if (used > producers_used(c))
            store_release_u32(&c->record->producers_used, used);
        store_release_u64(&p->owner, owner);
    }
    tally_u32(&p->holds, 1);
    store_release_u32(&c->record->over, STREAM_PRODUCED);
    return true;
}

static bool forget_gone(lina_arena_t *arena, const struct lina_channel *c,
                        struct lina_dumping *seen) {
    bool any = false;
    for (uint32_t i = 0; i < producers_used(c); i++) {
        struct lina_producer *p = &c->record->producers[i];
        if (!is_gone(arena, p, seen))
            continue;
        store_release_u64(&p->owner, 0);
        any = true;
    }
    if (any)
        seen->incarnation = 0;
    return any;
}

bool lina_producers_drop(lina_arena_t *arena, const struct lina_channel *c) {
    struct lina_dumping seen = {0, 0};
    struct lina_producer *p = own_entry(arena, c, lina_member_own_incarnation(arena));
    if (p == NULL)
        return false;
    tally_u32(&p->holds, UINT32_MAX);
    if (load_relaxed_u32(&p->holds) != 0)
        return true;
    store_release_u64(&p->owner, 0);
    forget_gone(arena, c, &seen); /* dead producers do not count as the last ones */
    if (lina_producers_count(c) == 0)
        store_release_u32(&c->record->over, STREAM_ENDED);
    return true;
}

uint32_t lina_producers_count(const struct lina_channel *c) {
    uint32_t count = 0;
    for (uint32_t i = 0; i < producers_used(c); i++)
        count += load_acquire_u64(&c->record->producers[i].owner) != 0;
    return count;
}

bool lina_producers_any_gone(const lina_arena_t *arena, const struct lina_channel *c,
                             struct lina_dumping *seen) {
    for (uint32_t i = 0; i < producers_used(c); i++)
        if (is_gone(arena, &c->record->producers[i], seen))
            return true;
    return false;
}

void lina_producers_bury(lina_arena_t *arena, const struct lina_channel *c,
                         struct lina_dumping *seen) {
    if (forget_gone(arena, c, seen) && lina_producers_count(c) == 0)
        store_release_u32(&c->record->over, STREAM_DIED);
}
