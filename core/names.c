/* names.c - the indexes of names.h.
 *
 * Reading: the entry leads to a slot; the slot's state word and name decide. What was seen counts if
 * the entry still leads there and the index was not rebuilt meanwhile; else look again. While it is
 * being rebuilt the descriptors themselves, the truth, are searched. */
#include "names.h"

#include <string.h>

/* ThreadSanitizer takes 16-byte loads for plain ones. gcc tells of it by a macro, clang otherwise. */
#if defined(__SANITIZE_THREAD__)
#define COPY_BY_8
#elif defined(__has_feature)
#if __has_feature(thread_sanitizer)
#define COPY_BY_8
#endif
#endif
#if defined(__SSE2__) && !defined(COPY_BY_8)
#include <emmintrin.h>
#define COPY_BY_16
#endif

#define TRIES 64 /* a look-up is disturbed only by a publish in the nanoseconds between two loads */

/* ---- keys -------------------------------------------------------------------------------------- */

/* Multiply and rotate over the padded words; the mixer's end is that of Murmur3. */
static uint32_t hash_words(const uint64_t *words, uint32_t count) {
    uint64_t h = count;
    for (uint32_t i = 0; i < count; i++) {
        h = (h ^ words[i]) * UINT64_C(0x9e3779b97f4a7c15);
        h ^= h >> 29;
    }
    h = (h ^ (h >> 33)) * UINT64_C(0xff51afd7ed558ccd);
    return (uint32_t)(h >> 32);
}

static uint64_t load_word(const char *bytes) {
    uint64_t word;
    memcpy(&word, bytes, sizeof word);
    return word;
}

static uint64_t load_half(const char *bytes) {
    uint32_t half;
    memcpy(&half, bytes, sizeof half);
    return half;
}

/* The last `length` % 8 bytes of a name, padded with zeroes. Loads overlap rather than loop. */
static uint64_t load_rest(const char *name, size_t length) {
    const uint8_t *bytes = (const uint8_t *)name;
    size_t rest = length % 8 * 8;
    if (rest == 0)
        return 0;
    if (length > 8)
        return load_word(name + length - 8) >> (64 - rest);
    if (length >= 4)
        return load_half(name) | load_half(name + length - 4) << (rest - 32);
    return (uint64_t)bytes[length - 1] << (rest - 8) |
           (uint64_t)bytes[length / 2] << length / 2 * 8 | bytes[0];
}

/* Word by word: bytes that are stored one way and loaded another would have to wait for each other. */
static void key_fill(struct lina_key *key, const char *name, size_t length) {
    size_t whole = length / 8;
    memset(key->words, 0, sizeof key->words);
    for (size_t i = 0; i < whole; i++)
        key->words[i] = load_word(name + i * 8);
    key->words[whole] = load_rest(name, length);
    key->length = (uint32_t)length;
    key->hash = hash_words(key->words, (uint32_t)whole + 1);
}

int lina_key_make(struct lina_key *key, const char *what, const char *name) {
    if (name == NULL)
        return lina_fail(LINA_ERR_INVALID, "%s name is NULL", what);
    size_t length = strnlen(name, LINA_MAX_NAME);
    if (length == LINA_MAX_NAME)
        return lina_fail(LINA_ERR_INVALID, "%s name \"%.24s...\" is longer than %d bytes", what,
                         name, LINA_MAX_NAME - 1);
    key_fill(key, name, length);
    return LINA_OK;
}

/* Bytes of the well-formed UTF-8 character at `s`, 0 for none (Unicode 15, table 3-7). */
static uint32_t utf8_length(const unsigned char *s) {
    static const struct {
        unsigned char first, last, low, high, length;
    } forms[] = {
        {0x00, 0x7f, 0x00, 0x00, 1}, {0xc2, 0xdf, 0x80, 0xbf, 2}, {0xe0, 0xe0, 0xa0, 0xbf, 3},
        {0xe1, 0xec, 0x80, 0xbf, 3}, {0xed, 0xed, 0x80, 0x9f, 3}, {0xee, 0xef, 0x80, 0xbf, 3},
        {0xf0, 0xf0, 0x90, 0xbf, 4}, {0xf1, 0xf3, 0x80, 0xbf, 4}, {0xf4, 0xf4, 0x80, 0x8f, 4},
    };
    for (size_t i = 0; i < sizeof forms / sizeof *forms; i++) {
        if (s[0] < forms[i].first || s[0] > forms[i].last)
            continue;
        if (forms[i].length > 1 && (s[1] < forms[i].low || s[1] > forms[i].high))
            return 0;
        for (uint32_t k = 2; k < forms[i].length; k++)
            if (s[k] < 0x80 || s[k] > 0xbf)
                return 0;
        return forms[i].length;
    }
    return 0;
}

int lina_key_check(const struct lina_key *key, const char *what) {
    const unsigned char *s = (const unsigned char *)key->text;
    if (key->length == 0)
        return lina_fail(LINA_ERR_INVALID, "%s name is empty", what);
    for (uint32_t i = 0; i < key->length;) {
        if (s[i] >= 0x20 && s[i] < 0x7f) {
            i++;
            continue;
        }
        uint32_t step = utf8_length(s + i);
        bool c1 = s[i] == 0xc2 && s[i + 1] < 0xa0;
        if (step == 0)
            return lina_fail(LINA_ERR_INVALID, "%s name is not UTF-8 at byte %u", what, i);
        if (s[i] < 0x20 || s[i] == 0x7f || c1)
            return lina_fail(LINA_ERR_INVALID, "%s name has a control character at byte %u", what,
                             i);
        i += step;
    }
    return LINA_OK;
}

/* ---- entries ----------------------------------------------------------------------------------- */

static uint64_t entry_make(uint32_t hash, uint32_t slot) {
    return (uint64_t)hash << 32 | (slot + 1);
}

/* The slot of an entry with that hash, LINA_NIL for other entries and for what is out of bounds. */
static uint32_t entry_slot(uint64_t entry, uint32_t hash, uint32_t slots) {
    uint32_t slot = (uint32_t)entry - 1;
    return (uint32_t)(entry >> 32) == hash && slot < slots ? slot : LINA_NIL;
}

/* ---- reading descriptors ----------------------------------------------------------------------- */

bool lina_names_expose(struct lina_slot *slot, uint64_t word) {
    while ((word & SLOT_EXPOSED) == 0) {
        uint64_t seen = word;
        if (cas_sc_u64(&slot->state, &seen, word | SLOT_EXPOSED))
            return true; /* pairs with the swap in lina_slots_retire */
        if (((seen ^ word) & ~SLOT_EXPOSED) != 0)
            return false;
        word = seen;
    }
    return true;
}

/* The second look at the state word of a slot that was copied. Inline: a call between the loads and
 * the stores of a copy would put its registers into memory and back. */
static inline __attribute__((always_inline)) bool unchanged(struct lina_slot *slot, uint64_t before,
                                                            bool expose) {
    if (expose && (before & SLOT_EXPOSED) == 0)
        return lina_names_expose(slot, before);
    return ((before ^ load_relaxed_u64(&slot->state)) & ~SLOT_EXPOSED) == 0;
}

/* How a look-up came to a slot. A slot that was left, used again and made LIVE, but is not entered
 * yet, must not be taken for what the entry meant. */
struct path {
    const uint64_t *epoch_at, *entry_at;
    uint64_t epoch, entry;
};

static bool has_moved(const struct path *path) {
    return load_relaxed_u64(path->epoch_at) != path->epoch ||
           load_relaxed_u64(path->entry_at) != path->entry;
}

/* Copies a descriptor whose state word was `before`; false if that, or the path to it where there was
 * one, changed meanwhile, and `out` is then as it was. The words are loaded between the two looks at
 * the state, stored after. Pairs with the fence in slots.c. */
static inline bool copy_checked(struct lina_slot *slot, uint64_t before, const struct path *path,
                                bool expose, lina_desc_t *out) {
#ifdef COPY_BY_16
    /* Fifteen registers hold a descriptor. Aligned 16-byte loads are two atomic 8-byte loads. */
    enum { WORDS = sizeof(lina_desc_t) / sizeof(__m128i) };
    __m128i words[WORDS];
    const __m128i *from = (const __m128i *)(const void *)&slot->desc;
#pragma GCC unroll 15
    for (int i = 0; i < WORDS; i++)
        words[i] = _mm_load_si128(from + i);
#else
    lina_desc_t copy;
    copy_from_shared(&copy, &slot->desc, sizeof copy);
#endif
    fence_acquire();
    if ((path != NULL && has_moved(path)) || !unchanged(slot, before, expose))
        return false;
#ifdef COPY_BY_16
#pragma GCC unroll 15
    for (int i = 0; i < WORDS; i++)
        _mm_storeu_si128((__m128i *)(void *)out + i, words[i]);
#else
    *out = copy;
#endif
    return true;
}

bool lina_names_copy(const lina_arena_t *arena, uint32_t slot, uint64_t serial, bool expose,
                     uint64_t *word, lina_desc_t *out) {
    struct lina_slot *s = &arena->slots[slot];
    *word = load_acquire_u64(&s->state);
    return slot_state(*word) == SLOT_LIVE && slot_serial(*word) == serial &&
           copy_checked(s, *word, NULL, expose, out);
}

enum outcome { FOUND, ABSENT, DISTURBED };

/* One look at a slot that may have the name. */
static inline enum outcome look(const lina_arena_t *arena, const struct lina_key *key, bool expose,
                                const struct path *path, uint32_t slot, uint64_t *word,
                                lina_desc_t *out) {
    struct lina_slot *s = &arena->slots[slot];
    *word = load_acquire_u64(&s->state);
    if (slot_state(*word) != SLOT_LIVE)
        return DISTURBED;
    if (lina_key_equals(key, s->desc.name))
        return copy_checked(s, *word, path, expose, out) ? FOUND : DISTURBED;
    /* Another name: if it had the hash and the slot when the entry led there, ours is further on. */
    fence_acquire();
    bool same = load_relaxed_u64(&s->state) == *word && (path == NULL || !has_moved(path));
    return same ? ABSENT : DISTURBED;
}

static enum outcome probe(const lina_arena_t *arena, const struct lina_key *key, uint64_t epoch,
                          bool expose, uint32_t *slot, uint64_t *word, lina_desc_t *out) {
    struct path path = {.epoch_at = &arena->header->index_epoch, .epoch = epoch};
    uint32_t mask = arena->geo.index_size - 1;
    for (uint32_t i = 0; i <= mask; i++) {
        path.entry_at = &arena->index[(key->hash + i) & mask];
        path.entry = load_acquire_u64(path.entry_at);
        if (path.entry == INDEX_EMPTY)
            return ABSENT;
        *slot = entry_slot(path.entry, key->hash, arena->geo.max_arrays);
        if (*slot == LINA_NIL)
            continue;
        enum outcome outcome = look(arena, key, expose, &path, *slot, word, out);
        if (outcome != ABSENT)
            return outcome;
    }
    return ABSENT;
}

/* The truth, slot by slot, for when the index cannot be trusted. No slot goes LIVE while the epoch
 * stays odd, also after the rebuilder's death: whoever follows rebuilds first. Of two LIVE slots with
 * the name, left by a death within a publish, the later generation is the one that a rebuild keeps. */
static enum outcome search(const lina_arena_t *arena, const struct lina_key *key, uint64_t epoch,
                           bool expose, uint32_t *slot, uint64_t *word, lina_desc_t *out) {
    uint32_t used = load_acquire_u32(&arena->header->slots_used);
    lina_desc_t desc, latest = {.generation = 0};
    uint64_t seen;
    *slot = LINA_NIL;
    for (uint32_t i = 0; i < used && i < arena->geo.max_arrays; i++) {
        if (look(arena, key, false, NULL, i, &seen, &desc) != FOUND ||
            (*slot != LINA_NIL && !lina_names_is_later(desc.generation, latest.generation)))
            continue;
        *slot = i;
        *word = seen;
        latest = desc;
    }
    fence_acquire();
    if (load_relaxed_u64(&arena->header->index_epoch) != epoch)
        return DISTURBED;
    if (*slot == LINA_NIL)
        return ABSENT;
    if (expose && !lina_names_expose(&arena->slots[*slot], *word))
        return DISTURBED;
    *out = latest;
    return FOUND;
}

bool lina_names_find(const lina_arena_t *arena, const struct lina_key *key, bool expose,
                     uint32_t *slot, uint64_t *word, lina_desc_t *out) {
    const uint64_t *epoch_at = &arena->header->index_epoch; /* pairs with lina_names_rebuild */
    for (int tries = 0; tries < TRIES; tries++) {
        uint64_t epoch = load_acquire_u64(epoch_at);
        enum outcome outcome = epoch % 2 == 0 ? probe(arena, key, epoch, expose, slot, word, out)
                                              : search(arena, key, epoch, expose, slot, word, out);
        if (outcome == FOUND)
            return true;
        fence_acquire();
        if (outcome == ABSENT && load_relaxed_u64(epoch_at) == epoch)
            return false;
    }
    /* An index that leads nowhere, for all we can tell. */
    return search(arena, key, load_acquire_u64(epoch_at), expose, slot, word, out) == FOUND;
}

/* ---- writing the name index -------------------------------------------------------------------- */

static bool slot_has_name(const lina_arena_t *arena, const struct lina_key *key, uint32_t slot) {
    return slot_state(load_relaxed_u64(&arena->slots[slot].state)) == SLOT_LIVE &&
           lina_key_equals(key, arena->slots[slot].desc.name);
}

/* The entry of a live name, or NULL. */
static uint64_t *find_entry(const lina_arena_t *arena, const struct lina_key *key) {
    uint32_t mask = arena->geo.index_size - 1;
    for (uint32_t i = 0; i <= mask; i++) {
        uint64_t *at = &arena->index[(key->hash + i) & mask];
        uint64_t entry = load_relaxed_u64(at);
        if (entry == INDEX_EMPTY)
            return NULL;
        uint32_t slot = entry_slot(entry, key->hash, arena->geo.max_arrays);
        if (slot != LINA_NIL && slot_has_name(arena, key, slot))
            return at;
    }
    return NULL;
}

uint32_t lina_names_slot(const lina_arena_t *arena, const struct lina_key *key) {
    const uint64_t *at = find_entry(arena, key);
    return at == NULL ? LINA_NIL
                      : entry_slot(load_relaxed_u64(at), key->hash, arena->geo.max_arrays);
}

/* Puts an entry into the first place that is free on its path. True when that was INDEX_GONE. */
static bool insert(uint64_t *index, uint32_t mask, uint32_t hash, uint32_t slot) {
    for (uint32_t i = 0; i <= mask; i++) {
        uint64_t *at = &index[(hash + i) & mask];
        uint64_t entry = load_relaxed_u64(at);
        if (entry != INDEX_EMPTY && entry != INDEX_GONE)
            continue;
        store_release_u64(at, entry_make(hash, slot)); /* pairs with the acquire in probe */
        return entry == INDEX_GONE;
    }
    return false; /* only in a damaged index: it has four times as many places as there are slots */
}

void lina_names_put(lina_arena_t *arena, const struct lina_key *key, uint32_t slot) {
    uint64_t *at = find_entry(arena, key);
    if (at != NULL)
        store_release_u64(at, entry_make(key->hash, slot)); /* pairs with the acquire in probe */
    else if (insert(arena->index, arena->geo.index_size - 1, key->hash, slot))
        arena->header->index_gone--;
}

void lina_names_drop(lina_arena_t *arena, const struct lina_key *key, uint32_t slot) {
    struct lina_header *h = arena->header;
    uint64_t *at = find_entry(arena, key);
    if (at == NULL || entry_slot(load_relaxed_u64(at), key->hash, arena->geo.max_arrays) != slot)
        return;
    uint32_t mask = arena->geo.index_size - 1;
    uint64_t *after = &arena->index[((uint32_t)(at - arena->index) + 1) & mask];
    if (load_relaxed_u64(after) == INDEX_EMPTY) {
        store_release_u64(at, INDEX_EMPTY); /* nobody probes past it */
        return;
    }
    store_release_u64(at, INDEX_GONE);
    h->index_gone++;
}

void lina_names_tidy(lina_arena_t *arena) {
    if (arena->header->index_gone > arena->geo.index_size / 4)
        lina_names_rebuild(arena, NULL);
}

void lina_names_rebuild(lina_arena_t *arena, void (*loser)(lina_arena_t *, uint32_t slot)) {
    struct lina_header *h = arena->header;
    uint32_t mask = arena->geo.index_size - 1;
    /* Odd while the index lacks names: pairs with the looks in lina_names_find. */
    store_sc_u64(&h->index_epoch, load_relaxed_u64(&h->index_epoch) | 1);
    for (uint32_t i = 0; i <= mask; i++)
        if (load_relaxed_u64(&arena->index[i]) != INDEX_EMPTY)
            store_release_u64(&arena->index[i], INDEX_EMPTY); /* who sees it sees the odd epoch */
    h->index_gone = 0;
    uint32_t used = load_relaxed_u32(&h->slots_used);
    for (uint32_t slot = 0; slot < used && slot < arena->geo.max_arrays; slot++) {
        struct lina_slot *s = &arena->slots[slot];
        if (slot_state(load_relaxed_u64(&s->state)) != SLOT_LIVE)
            continue;
        struct lina_key key;
        key_fill(&key, s->desc.name, strnlen(s->desc.name, LINA_MAX_NAME - 1));
        uint32_t other = loser == NULL ? LINA_NIL : lina_names_slot(arena, &key);
        if (other == LINA_NIL) {
            insert(arena->index, mask, key.hash, slot);
            continue;
        }
        bool later = lina_names_is_later(s->desc.generation, arena->slots[other].desc.generation);
        if (later)
            lina_names_put(arena, &key, slot);
        loser(arena, later ? other : slot);
    }
    store_sc_u64(&h->index_epoch, load_relaxed_u64(&h->index_epoch) + 1);
}

/* ---- signals: slots are never given up, so neither are entries --------------------------------- */

uint32_t lina_names_signal(const lina_arena_t *arena, const struct lina_key *key) {
    uint32_t mask = arena->geo.signal_index_size - 1;
    for (uint32_t i = 0; i <= mask; i++) {
        uint64_t entry = load_acquire_u64(&arena->signal_index[(key->hash + i) & mask]);
        if (entry == INDEX_EMPTY)
            return LINA_NIL;
        uint32_t slot = entry_slot(entry, key->hash, arena->geo.max_signals);
        if (slot != LINA_NIL && lina_key_equals(key, arena->signals[slot].name))
            return slot;
    }
    return LINA_NIL;
}

void lina_names_put_signal(lina_arena_t *arena, const struct lina_key *key, uint32_t slot) {
    insert(arena->signal_index, arena->geo.signal_index_size - 1, key->hash, slot);
}

void lina_names_rebuild_signals(lina_arena_t *arena) {
    uint32_t slot = 0;
    for (; slot < arena->geo.max_signals; slot++) {
        const struct lina_signal_slot *s = &arena->signals[slot];
        if (load_acquire_u32(&s->used) == 0)
            break; /* they are used in order */
        struct lina_key key;
        key_fill(&key, s->name, strnlen(s->name, LINA_MAX_NAME - 1));
        if (lina_names_signal(arena, &key) == LINA_NIL)
            lina_names_put_signal(arena, &key, slot);
    }
    store_relaxed_u32(&arena->header->signals_used, slot);
}
