/* names.c - the name index of names.h.
 *
 * A reader follows an entry to a slot, then checks the slot's state word and name. Then it loads the entry and the
 * epoch again. If either changed, it starts over. While a writer rebuilds the index, readers search the descriptors
 * themselves. */
#include "names.h"

#include "index.h"
#include "lock.h"
#include "tables.h"

#define TRIES 64 /* a look-up is disturbed only by a publish in the nanoseconds between two loads */

/* ---- looking up -------------------------------------------------------------------------------- */

/* How a look-up came to a slot. The slot may have been freed, used again and made LIVE before the index leads to
 * it; such a slot must not be found. So check the entry first, then the slot. If the slot is unchanged as well, it
 * held the name when the entry was checked. The order matters because entries have no serial: an entry may go and
 * come back. */
struct path {
    const uint64_t *epoch_at, *entry_at;
    uint64_t epoch, entry;
};

static bool has_moved(const struct path *path) {
    return load_acquire_u64(path->epoch_at) != path->epoch ||
           load_acquire_u64(path->entry_at) != path->entry;
}

/* What `look` and `probe` return instead of a slot. */
#define ABSENT LINA_NIL
#define DISTURBED (LINA_NIL - 1)

static struct lina_place nowhere(uint32_t why) { return (struct lina_place){.slot = why}; }

/* Looks once at the slot that an entry led to. ABSENT only if nothing changed: otherwise the slot may have had the
 * name when the entry was loaded. */
static inline struct lina_place look(const lina_arena_t *arena, const struct lina_key *key,
                                     const struct path *path, uint32_t slot) {
    const struct lina_slot *s = &arena->slots[slot];
    uint64_t word = load_acquire_u64(&s->state);
    if (slot_state(word) != SLOT_LIVE)
        return nowhere(DISTURBED);
    bool same_name = lina_key_equals(key, s->desc.name);
    fence_acquire(); /* pairs with the fence in slots.c */
    if (has_moved(path) || !slot_is_still(s, word))
        return nowhere(DISTURBED);
    return same_name ? (struct lina_place){word, slot} : nowhere(ABSENT);
}

static struct lina_place probe(lina_arena_t *arena, const struct lina_key *key, uint64_t epoch) {
    struct path path = {.epoch_at = &arena->header->index_epoch, .epoch = epoch};
    uint32_t mask = arena->geo.index_size - 1;
    for (uint32_t i = 0; i <= mask; i++) {
        path.entry_at = &arena->index[(key->hash + i) & mask];
        path.entry = load_acquire_u64(path.entry_at);
        if (path.entry == INDEX_EMPTY)
            break;
        uint32_t slot = entry_slot(path.entry, key->hash, arena->geo.max_arrays);
        if (!lina_tables_reach(arena, slot))
            continue;
        struct lina_place place = look(arena, key, &path, slot);
        if (place.slot != ABSENT)
            return place;
    }
    return nowhere(ABSENT);
}

/* Searches slot by slot, for when the index cannot be trusted. No slot goes LIVE while the epoch is odd. If the
 * rebuilding writer dies, the epoch stays odd until the next writer has rebuilt. A writer that dies within a publish
 * leaves two LIVE slots of a name. The search keeps the later generation, as a rebuild does. */
__attribute__((cold)) static struct lina_place search(lina_arena_t *arena,
                                                      const struct lina_key *key, uint64_t epoch) {
    uint32_t used = lina_tables_used(arena), latest = 0;
    struct lina_place place = nowhere(ABSENT);
    for (uint32_t i = 0; i < used; i++) {
        lina_desc_t desc;
        uint64_t word = load_acquire_u64(&arena->slots[i].state);
        if (slot_state(word) != SLOT_LIVE ||
            !lina_names_copy(arena, (struct lina_place){word, i}, &desc) ||
            !lina_key_equals(key, desc.name) ||
            (place.slot != ABSENT && !lina_names_is_later(desc.generation, latest)))
            continue;
        place = (struct lina_place){word, i};
        latest = desc.generation;
    }
    fence_acquire();
    return load_relaxed_u64(&arena->header->index_epoch) == epoch ? place : nowhere(DISTURBED);
}

struct lina_place lina_names_find(lina_arena_t *arena, const struct lina_key *key) {
    const uint64_t *epoch_at = &arena->header->index_epoch; /* pairs with lina_names_rebuild */
    for (int tries = 0; tries < TRIES; tries++) {
        uint64_t epoch = load_acquire_u64(epoch_at);
        struct lina_place place =
            epoch % 2 == 0 ? probe(arena, key, epoch) : search(arena, key, epoch);
        if (place.slot < DISTURBED)
            return place;
        fence_acquire();
        if (place.slot == ABSENT && load_relaxed_u64(epoch_at) == epoch)
            return place;
    }
    /* The index must be damaged: in a sound one, TRIES publishes would have had to disturb TRIES look-ups. */
    struct lina_place place = search(arena, key, load_acquire_u64(epoch_at));
    return place.slot < DISTURBED ? place : nowhere(ABSENT);
}

bool lina_names_expose(const lina_arena_t *arena, struct lina_place place) {
    uint64_t *state = &arena->slots[place.slot].state, word = place.word;
    while ((word & SLOT_EXPOSED) == 0) {
        uint64_t seen = word;
        if (cas_sc_u64(state, &seen, word | SLOT_EXPOSED))
            return true; /* pairs with mark_retired in slots.c */
        if (((seen ^ word) & ~SLOT_EXPOSED) != 0)
            return false;
        word = seen;
    }
    return true;
}

/* ---- writing the name index -------------------------------------------------------------------- */

static struct lina_index index_of(const lina_arena_t *arena) {
    struct lina_header *h = arena->header;
    return (struct lina_index){arena->index, arena->geo.index_size, &h->index_gone,
                               &h->index_epoch};
}

static bool slot_has_name(const lina_arena_t *arena, const struct lina_key *key, uint32_t slot) {
    return slot_state(load_relaxed_u64(&arena->slots[slot].state)) == SLOT_LIVE &&
           lina_key_equals(key, arena->slots[slot].desc.name);
}

struct lina_entry lina_names_entry(const lina_arena_t *arena, const struct lina_key *key) {
    uint32_t mask = arena->geo.index_size - 1;
    uint64_t *gone = NULL;
    for (uint32_t i = 0; i <= mask; i++) {
        uint64_t *at = &arena->index[(key->hash + i) & mask];
        uint64_t entry = load_relaxed_u64(at);
        if (entry == INDEX_EMPTY)
            return (struct lina_entry){gone != NULL ? gone : at, LINA_NIL};
        if (entry == INDEX_GONE && gone == NULL)
            gone = at;
        uint32_t slot = entry_slot(entry, key->hash, arena->geo.max_arrays);
        if (lina_tables_has(arena, slot) && slot_has_name(arena, key, slot))
            return (struct lina_entry){at, slot};
    }
    return (struct lina_entry){gone, LINA_NIL};
}

void lina_names_put(lina_arena_t *arena, const struct lina_key *key, struct lina_entry entry,
                    uint32_t slot) {
    struct lina_index index = index_of(arena);
    if (entry.at != NULL)
        index_put(&index, entry.at, key->hash, slot);
}

void lina_names_drop(lina_arena_t *arena, struct lina_entry entry) {
    struct lina_index index = index_of(arena);
    index_drop(&index, entry.at);
}

void lina_names_tidy(lina_arena_t *arena) {
    struct lina_index index = index_of(arena);
    if (index_is_worn(&index))
        lina_names_rebuild(arena, NULL);
}

void lina_names_rebuild(lina_arena_t *arena, void (*loser)(lina_arena_t *, uint32_t slot)) {
    struct lina_index index = index_of(arena);
    uint32_t used = lina_tables_used(arena);
    lina_index_begin_rebuild(arena, &index);
    for (uint32_t slot = 0; slot < used; slot++) {
        lina_lock_renew_at(arena, slot);
        struct lina_slot *s = &arena->slots[slot];
        if (slot_state(load_relaxed_u64(&s->state)) != SLOT_LIVE)
            continue;
        struct lina_key key;
        lina_key_of(&key, s->desc.name);
        struct lina_entry entry = lina_names_entry(arena, &key);
        uint32_t other = entry.slot;
        bool later = other == LINA_NIL ||
                     lina_names_is_later(s->desc.generation, arena->slots[other].desc.generation);
        if (later)
            lina_names_put(arena, &key, entry, slot);
        if (other != LINA_NIL && loser != NULL)
            loser(arena, later ? other : slot);
    }
    lina_index_end_rebuild(&index);
}
