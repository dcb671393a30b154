/* signal_names.c - see signal_names.h.
 *
 * The index uses open addressing, as in names.c. Look-ups are simpler here, because a signal has its entry as long as
 * it exists. So if a slot is LIVE and has the name, it is the right one, whichever entry led to it. */
#include "signal_names.h"

#include "index.h"
#include "lock.h"
#include "tables.h"

/* Streams have another hash than signals of the same name, so an entry of one is never taken for one of the other. */
#define HEADS UINT32_C(0x9e3779b9)

#define TRIES 64 /* only a rebuild makes a look-up try again */

static struct lina_signal_place nowhere(void) {
    return (struct lina_signal_place){.slot = LINA_NIL};
}

static uint32_t hash_of(const struct lina_key *key, bool head) {
    return head ? key->hash ^ HEADS : key->hash;
}

/* The slots to search for a name: those of the signals, or every second one behind them, which are the heads. */
struct range {
    uint32_t first, end, step;
};

static struct range range_of(const lina_arena_t *arena, bool heads) {
    return heads ? (struct range){lina_head_slot(arena, 0),
                                  lina_head_slot(arena, lina_tables_streams(arena)), 2}
                 : (struct range){0, lina_signals_used(arena), 1};
}

/* ---- looking up -------------------------------------------------------------------------------- */

/* The place at this slot, if its signal has the name. If the slot changes meanwhile, it either had another name before,
 * or has lost this one. In both cases there was an instant at which the name was not here. */
static struct lina_signal_place look(const lina_arena_t *arena, const struct lina_key *key,
                                     uint32_t slot) {
    const struct lina_signal_slot *s = &arena->signals[slot];
    uint64_t incarnation = load_acquire_u64(&s->incarnation); /* pairs with the store of LIVE */
    if (signal_phase(incarnation) != SIGNAL_LIVE || !lina_key_equals(key, s->name))
        return nowhere();
    fence_acquire(); /* pairs with the fence in signal_slots.c */
    if (load_relaxed_u64(&s->incarnation) != incarnation)
        return nowhere();
    return (struct lina_signal_place){incarnation, slot};
}

static struct lina_signal_place probe(const lina_arena_t *arena, const struct lina_key *key,
                                      uint32_t hash) {
    uint32_t mask = arena->geo.signal_index_size - 1;
    for (uint32_t i = 0; i <= mask; i++) {
        uint64_t entry = load_acquire_u64(&arena->signal_index[(hash + i) & mask]);
        if (entry == INDEX_EMPTY)
            break;
        uint32_t slot = entry_slot(entry, hash, arena->geo.signal_slots);
        struct lina_signal_place place = slot == LINA_NIL ? nowhere() : look(arena, key, slot);
        if (place.slot != LINA_NIL)
            return place;
    }
    return nowhere();
}

/* Searches the slots themselves, for the time in which a writer rebuilds the index. That writer makes no slot LIVE. */
static struct lina_signal_place search(const lina_arena_t *arena, const struct lina_key *key,
                                       bool head) {
    struct range range = range_of(arena, head);
    for (uint32_t slot = range.first; slot < range.end; slot += range.step) {
        struct lina_signal_place place = look(arena, key, slot);
        if (place.slot != LINA_NIL)
            return place;
    }
    return nowhere();
}

static struct lina_signal_place find(const lina_arena_t *arena, const struct lina_key *key,
                                     bool head) {
    uint32_t hash = hash_of(key, head);
    const uint64_t *epoch_at = &arena->header->signal_index_epoch; /* pairs with the rebuild */
    for (int tries = 0; tries < TRIES; tries++) {
        uint64_t epoch = load_acquire_u64(epoch_at);
        struct lina_signal_place place =
            epoch % 2 == 0 ? probe(arena, key, hash) : search(arena, key, head);
        if (place.slot != LINA_NIL)
            return place;
        fence_acquire();
        if (load_relaxed_u64(epoch_at) == epoch)
            return place;
    }
    return search(arena, key, head); /* no honest writer changes the epoch so often */
}

struct lina_signal_place lina_signal_names_find(const lina_arena_t *arena,
                                                const struct lina_key *key) {
    return find(arena, key, false);
}

struct lina_signal_place lina_signal_names_find_head(const lina_arena_t *arena,
                                                     const struct lina_key *key) {
    return find(arena, key, true);
}

/* ---- writing ----------------------------------------------------------------------------------- */

static struct lina_index index_of(const lina_arena_t *arena) {
    struct lina_header *h = arena->header;
    return (struct lina_index){arena->signal_index, arena->geo.signal_index_size,
                               &h->signal_index_gone, &h->signal_index_epoch};
}

void lina_signal_names_put(lina_arena_t *arena, const struct lina_key *key, uint32_t slot) {
    struct lina_index index = index_of(arena);
    uint32_t hash = hash_of(key, lina_is_of_stream(arena, slot));
    for (uint32_t i = 0; i < index.size; i++) {
        uint64_t *at = &index.entries[(hash + i) & (index.size - 1)], entry = load_relaxed_u64(at);
        if (entry == INDEX_EMPTY || entry == INDEX_GONE) {
            index_put(&index, at, hash, slot);
            return;
        }
    }
}

void lina_signal_names_drop(lina_arena_t *arena, const struct lina_key *key, uint32_t slot) {
    struct lina_index index = index_of(arena);
    uint32_t hash = hash_of(key, lina_is_of_stream(arena, slot));
    for (uint32_t i = 0; i < index.size; i++) {
        uint64_t *at = &index.entries[(hash + i) & (index.size - 1)], entry = load_relaxed_u64(at);
        if (entry == INDEX_EMPTY)
            break; /* a damaged index: it has no entry for the slot */
        if (entry == entry_make(hash, slot)) {
            index_drop(&index, at);
            break;
        }
    }
    if (index_is_worn(&index))
        lina_signal_names_rebuild(arena);
}

static void enter_all(lina_arena_t *arena, struct range range) {
    for (uint32_t slot = range.first; slot < range.end; slot += range.step) {
        const struct lina_signal_slot *s = &arena->signals[slot];
        lina_lock_renew_at(arena, slot);
        if (signal_phase(load_relaxed_u64(&s->incarnation)) != SIGNAL_LIVE)
            continue;
        struct lina_key key;
        lina_key_of(&key, s->name);
        lina_signal_names_put(arena, &key, slot);
    }
}

void lina_signal_names_rebuild(lina_arena_t *arena) {
    struct lina_index index = index_of(arena);
    lina_index_begin_rebuild(arena, &index);
    enter_all(arena, range_of(arena, false));
    enter_all(arena, range_of(arena, true));
    lina_index_end_rebuild(&index);
}
