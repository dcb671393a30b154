/* kept.c - see kept.h. */
#include "kept.h"

#include <errno.h>
#include <stdlib.h>

#include "ahead.h"
#include "cursors.h"
#include "lock.h"
#include "wake.h"

struct lina_channel lina_kept_channel(lina_arena_t *arena, const struct lina_key *key,
                                      struct lina_entry entry) {
    if (load_relaxed_u32(&arena->header->streams_live) == 0)
        return (struct lina_channel){.record = NULL};
    return entry.slot == LINA_NIL
               ? lina_streams_find(arena, key)
               : lina_stream_at(arena, load_relaxed_u32(&arena->ledger[entry.slot].stream));
}

/* ---- publishing -------------------------------------------------------------------------------- */

/* Sets the head's counter to a sequence. True if a thread sleeps on the head. */
static bool move_head(lina_arena_t *arena, uint32_t number, uint64_t sequence) {
    uint64_t *word = &arena->signals[lina_head_slot(arena, number)].word;
    uint64_t was = load_relaxed_u64(word);
    while (!cas_sc_u64(word, &was, sequence << 1 | (was & SIGNAL_WAITERS)))
        ;
    return (was & SIGNAL_WAITERS) != 0;
}

/* True if a slot is a KEPT generation of the stream. */
static bool is_kept(const lina_arena_t *arena, const struct lina_channel *c, uint32_t slot) {
    return lina_tables_has(arena, slot) &&
           slot_state(load_relaxed_u64(&arena->slots[slot].state)) == SLOT_KEPT &&
           load_relaxed_u32(&arena->ledger[slot].stream) == c->number;
}

/* Takes the oldest generation out of the chain, and then retires it. In this order, a reader always finds it or the
 * next one. Returns false, and leaves only the newest in the chain, if there is nothing to drop. With a `successor`,
 * the oldest may become its spare. */
static bool drop_oldest(lina_arena_t *arena, const struct lina_channel *c, uint32_t successor) {
    struct lina_stream *record = c->record;
    uint32_t oldest = load_relaxed_u32(&record->oldest);
    if (!is_kept(arena, c, oldest)) {
        store_release_u32(&record->oldest, load_relaxed_u32(&record->newest));
        store_relaxed_u32(&record->kept, load_relaxed_u32(&record->newest) != LINA_NIL);
        return false;
    }
    uint32_t newer = load_relaxed_u32(&arena->ledger[oldest].newer);
    /* Lossy readers that look between this and lina_kept_add must find a generation. */
    store_release_u32(&record->oldest, newer == LINA_NIL ? successor : newer);
    tally_u32(&record->kept, UINT32_MAX);
    if (successor == LINA_NIL)
        lina_slots_retire(arena, oldest, 0);
    else
        lina_slots_replace(arena, oldest, successor);
    return true;
}

/* The next publish drops `oldest`, and the next loan takes the spare. Readers have left both. */
static void fetch_next(lina_arena_t *arena, uint32_t oldest, uint32_t newest) {
    uint32_t spare = lina_spare_of(arena, newest);
    if (spare != LINA_NIL)
        lina_ahead_of_spare(arena, spare);
    lina_ahead_of_retire(arena, oldest);
}

void lina_kept_yield(lina_arena_t *arena, const struct lina_channel *c, uint32_t slot) {
    struct lina_stream *record = c->record;
    while (load_relaxed_u32(&record->kept) >= load_relaxed_u32(&record->depth) &&
           drop_oldest(arena, c, slot))
        ;
    fetch_next(arena, load_relaxed_u32(&record->oldest), slot);
}

bool lina_kept_add(lina_arena_t *arena, const struct lina_channel *c, uint32_t slot,
                   uint64_t sequence) {
    struct lina_stream *record = c->record;
    uint32_t newest = load_relaxed_u32(&record->newest);
    if (load_relaxed_u32(&record->oldest) == LINA_NIL)
        store_release_u32(&record->oldest, slot);
    if (lina_tables_has(arena, newest))
        store_release_u32(&arena->ledger[newest].newer,
                          slot); /* pairs with find_next in readers.c */
    store_release_u32(&record->newest, slot);
    tally_u32(&record->kept, 1);
    return move_head(arena, c->number, sequence);
}

/* ---- removing ---------------------------------------------------------------------------------- */

void lina_kept_remove(lina_arena_t *arena, const struct lina_channel *c) {
    while (drop_oldest(arena, c, LINA_NIL))
        ;
    lina_stream_slots_end(arena, c->number);
}

/* ---- making room ------------------------------------------------------------------------------- */

/* The serial of the oldest generation that could be dropped, or UINT64_MAX. */
static uint64_t oldest_spare(lina_arena_t *arena, const struct lina_channel *c) {
    uint32_t oldest = load_relaxed_u32(&c->record->oldest);
    if (!is_kept(arena, c, oldest) ||
        lina_cursors_lag(arena, c).unread >= load_relaxed_u32(&c->record->kept))
        return UINT64_MAX;
    return slot_serial(load_relaxed_u64(&arena->slots[oldest].state));
}

static bool drop_one(lina_arena_t *arena) {
    struct lina_channel best = {.record = NULL};
    uint64_t least = UINT64_MAX;
    for (uint32_t number = 0; number < lina_tables_streams(arena); number++) {
        struct lina_channel c = lina_stream_at(arena, number);
        uint64_t serial = c.record != NULL ? oldest_spare(arena, &c) : UINT64_MAX;
        if (serial < least) {
            least = serial;
            best = c;
        }
    }
    return best.record != NULL && drop_oldest(arena, &best, LINA_NIL);
}

uint32_t lina_kept_drop(lina_arena_t *arena, uint32_t most) {
    uint32_t dropped = 0;
    while (dropped < most && drop_one(arena))
        dropped++;
    return dropped;
}

/* ---- rebuilding -------------------------------------------------------------------------------- */

struct generation {
    uint64_t sequence;
    uint32_t stream, slot;
};

static int by_sequence(const void *a, const void *b) {
    const struct generation *x = a, *y = b;
    return x->stream != y->stream ? (x->stream > y->stream) - (x->stream < y->stream)
                                  : (x->sequence > y->sequence) - (x->sequence < y->sequence);
}

/* Collects the generations of all streams. Retires KEPT slots that belong to no stream. Takes all other slots out of
 * their streams: the dead writer may have dropped one before its `newer` led to the next generation, and a reader that
 * took it last must then go on with the oldest. Leaves `sequence`, which a view's reader may load. */
static uint32_t collect(lina_arena_t *arena, uint32_t used, struct generation *out) {
    uint32_t count = 0;
    for (uint32_t slot = 0; slot < used; slot++) {
        lina_lock_renew_at(arena, slot);
        uint64_t word = load_relaxed_u64(&arena->slots[slot].state);
        uint32_t number = load_relaxed_u32(&arena->ledger[slot].stream);
        if (slot_is_shown(word) && lina_stream_at(arena, number).record != NULL)
            out[count++] =
                (struct generation){load_relaxed_u64(&arena->ledger[slot].sequence), number, slot};
        else if (slot_state(word) == SLOT_KEPT)
            lina_slots_retire(arena, slot, 0);
        else
            store_relaxed_u32(&arena->ledger[slot].stream, LINA_NIL);
    }
    return count;
}

/* Finishes the removal of a stream that a dead writer had begun. */
static void finish_removal(lina_arena_t *arena, const struct lina_channel *c,
                           const struct generation *g, uint32_t count) {
    for (uint32_t i = 0; i < count; i++) {
        struct lina_key key;
        lina_key_of(&key, arena->slots[g[i].slot].desc.name);
        struct lina_entry entry = lina_names_entry(arena, &key);
        if (entry.slot == g[i].slot)
            lina_names_drop(arena, entry);
        lina_slots_retire(arena, g[i].slot, 0);
    }
    lina_kept_remove(arena, c);
}

/* Makes the chain of a stream from its `count` generations, and sets the head to the last one's sequence. */
static void chain(lina_arena_t *arena, const struct lina_channel *c, const struct generation *g,
                  uint32_t count) {
    struct lina_stream *record = c->record;
    store_relaxed_u32(&record->kept, 0);
    store_relaxed_u64(&record->lowest, 0);
    store_release_u32(&record->oldest, LINA_NIL);
    store_release_u32(&record->newest, LINA_NIL);
    if (load_relaxed_u32(&record->removing) != 0)
        finish_removal(arena, c, g, count);
    else
        for (uint32_t i = 0; i < count; i++) {
            store_relaxed_u32(&arena->ledger[g[i].slot].newer, LINA_NIL);
            lina_kept_yield(arena, c, g[i].slot);
            lina_kept_add(arena, c, g[i].slot, g[i].sequence);
        }
    lina_wake(arena, lina_head_slot(arena, c->number)); /* the dead writer may not have done it */
    lina_wake(arena, lina_room_slot(arena, c->number));
}

int lina_kept_rebuild(lina_arena_t *arena) {
    uint32_t used = lina_tables_used(arena);
    lina_stream_slots_rebuild(arena);
    struct generation *all = malloc((used + 1) * sizeof *all);
    if (all == NULL)
        return lina_fail_errno(ENOMEM, "no memory to rebuild the arena's streams");
    uint32_t count = collect(arena, used, all), at = 0;
    qsort(all, count, sizeof *all, by_sequence);
    for (uint32_t number = 0; number < lina_tables_streams(arena); number++) {
        uint32_t first = at;
        while (at < count && all[at].stream == number)
            at++;
        struct lina_channel c = lina_stream_at(arena, number);
        if (c.record != NULL)
            chain(arena, &c, all + first, at - first);
    }
    free(all);
    return LINA_OK;
}
