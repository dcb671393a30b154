/* signal_slots.c - see signal_slots.h. */
#include "signal_slots.h"

#include <errno.h>
#include <stdlib.h>

#include "lock.h"

/* ---- the list of slots at rest ----------------------------------------------------------------- */

static bool is_live(const lina_arena_t *arena, uint32_t slot) {
    return signal_phase(load_relaxed_u64(&arena->signals[slot].incarnation)) == SIGNAL_LIVE;
}

static void list_push(lina_arena_t *arena, uint32_t slot) {
    struct lina_header *h = arena->header;
    uint32_t last = h->signal_last;
    arena->signals[slot].next = LINA_NIL;
    if (h->signal_first == LINA_NIL || last >= arena->geo.max_signals)
        h->signal_first = slot;
    else
        arena->signals[last].next = slot;
    h->signal_last = slot;
}

/* Takes the slot that has rested longest. LINA_NIL if the list is empty or damaged. */
static uint32_t list_pop(lina_arena_t *arena) {
    uint32_t slot = arena->header->signal_first;
    if (slot >= lina_signals_used(arena) || is_live(arena, slot))
        return LINA_NIL;
    arena->header->signal_first = arena->signals[slot].next;
    return slot;
}

/* ---- making ------------------------------------------------------------------------------------ */

/* A slot for a new signal, or LINA_NIL if there is none. */
static uint32_t take_slot(lina_arena_t *arena) {
    struct lina_header *h = arena->header;
    uint32_t used = lina_signals_used(arena), resting = used - load_relaxed_u32(&h->signals_live);
    uint32_t slot = LINA_NIL;
    if (resting > LINA_SIGNALS_REST || used == arena->geo.max_signals)
        slot = list_pop(arena);
    if (slot != LINA_NIL || used == arena->geo.max_signals)
        return slot;
    store_release_u32(&h->signals_used, used + 1);
    return used;
}

uint64_t lina_signal_slots_prepare(lina_arena_t *arena, const struct lina_key *key, uint32_t slot) {
    struct lina_signal_slot *s = &arena->signals[slot];
    uint64_t *name = (uint64_t *)(void *)s->name;
    uint64_t incarnation = (load_relaxed_u64(&s->incarnation) | SIGNAL_PHASE_MASK) + 1;
    store_sc_u64(&s->incarnation, incarnation); /* FREE */
    fence_release();                            /* pairs with the fence in signal_names.c */
    for (size_t i = 0; i < sizeof s->name / sizeof *name; i++)
        store_relaxed_u64(&name[i], key->words[i]);
    store_release_u64(&s->word, 0); /* release: pairs with the loads before lina_signal_fate */
    store_release_u64(&s->cleared, 0);
    store_release_u32(&s->listened, 0);
    return incarnation;
}

/* Makes a slot LIVE. The order matters: a thread that uses the removed signal sees it gone before its words change, and
 * a thread that finds the new signal sees its name, its words and its entry in the index. */
static struct lina_signal_place make_live(lina_arena_t *arena, const struct lina_key *key,
                                          uint32_t slot) {
    uint64_t incarnation = lina_signal_slots_prepare(arena, key, slot) + SIGNAL_LIVE - SIGNAL_FREE;
    lina_signal_names_put(arena, key, slot);
    store_sc_u64(&arena->signals[slot].incarnation, incarnation);
    tally_u32(&arena->header->signals_live, 1);
    return (struct lina_signal_place){incarnation, slot};
}

int lina_signal_slots_make(lina_arena_t *arena, const struct lina_key *key,
                           struct lina_signal_place *place) {
    *place = lina_signal_names_find(arena, key); /* another thread may have made it */
    if (place->slot != LINA_NIL)
        return LINA_OK;
    uint32_t slot = take_slot(arena);
    if (slot == LINA_NIL)
        return lina_fail(LINA_ERR_FULL, "signal \"%s\": all %u signals of the arena are in use",
                         key->text, arena->geo.max_signals);
    *place = make_live(arena, key, slot);
    return LINA_OK;
}

/* ---- removing ---------------------------------------------------------------------------------- */

struct lina_signal_place lina_signal_slots_remove(lina_arena_t *arena, const struct lina_key *key) {
    struct lina_signal_place place = lina_signal_names_find(arena, key);
    if (place.slot == LINA_NIL)
        return place;
    struct lina_header *h = arena->header;
    struct lina_signal_slot *s = &arena->signals[place.slot];
    s->removal = ++h->signal_removals; /* first: a rebuild sorts by it */
    store_sc_u64(&s->incarnation, place.incarnation + (SIGNAL_LAST - SIGNAL_LIVE));
    lina_signal_names_drop(arena, key, place.slot);
    list_push(arena, place.slot);
    tally_u32(&h->signals_live, UINT32_MAX);
    return place;
}

/* ---- rebuilding -------------------------------------------------------------------------------- */

struct resting {
    uint64_t removal;
    uint32_t slot;
};

static int by_removal(const void *a, const void *b) {
    const struct resting *x = a, *y = b;
    return (x->removal > y->removal) - (x->removal < y->removal);
}

/* How many slots were ever used: at least as many as the header says. Slots are used in order. */
static uint32_t count_used(const lina_arena_t *arena) {
    uint32_t used = lina_signals_used(arena);
    while (used < arena->geo.max_signals &&
           load_relaxed_u64(&arena->signals[used].incarnation) != 0)
        used++;
    return used;
}

int lina_signal_slots_rebuild(lina_arena_t *arena) {
    struct lina_header *h = arena->header;
    uint32_t used = count_used(arena), count = 0;
    struct resting *resting = malloc((used + 1) * sizeof *resting);
    if (resting == NULL)
        return lina_fail_errno(ENOMEM, "no memory to rebuild the arena's list of signals");
    store_release_u32(&h->signals_used, used);
    lina_signal_names_rebuild(arena);
    for (uint32_t slot = 0; slot < used; slot++) {
        lina_lock_renew_at(arena, slot);
        if (!is_live(arena, slot))
            resting[count++] = (struct resting){arena->signals[slot].removal, slot};
    }
    qsort(resting, count, sizeof *resting, by_removal);
    h->signal_first = LINA_NIL;
    for (uint32_t i = 0; i < count; i++)
        list_push(arena, resting[i].slot);
    if (count > 0 && h->signal_removals < resting[count - 1].removal)
        h->signal_removals = resting[count - 1].removal;
    store_relaxed_u32(&h->signals_live, used - count);
    free(resting);
    return LINA_OK;
}
