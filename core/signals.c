/* signals.c - signals, which are timeline counters: find or make, add, read, clear, remove, list.
 *
 * A counter's value and its waiters bit share one word, so a signal is one addition.
 *
 *   signal:  old = add(word, 1 in the value)              wait:  look; spin; yield
 *            if the bit was set: clear it, wake all              set the bit
 *                                                                look again; sleep on the word
 *
 * No wake-up is lost. If the addition comes after the bit was set, the signaller finds the bit and wakes. If it comes
 * before, the waiter's second look sees the value. If the word has changed since that look, the futex does not sleep.
 *
 * The word has a bit and no count of waiters, so a waiter that dies costs no more than a wake in vain. A signaller in
 * another process may be killed between its addition and its wake, so waiters sleep in naps.
 *
 * A thread that waits for many signals at once (wait_policy.c, notify.c) sleeps on the arena's doorbell instead:
 *
 *   signal:  as above, and if it cleared the bit:       listen:  note the doorbell
 *            take `listened`; if that was set:                   set `listened`, then the bit
 *            count in the group, ring the doorbell               look again; sleep on the doorbell
 *
 * `listened` is no count for the same reason. The next signal takes it, so a listener that dies costs one ring in vain.
 *
 * A removal changes the incarnation. Then it does what a signal does after its addition: it clears the bit, wakes all,
 * and rings. A waiter checks the incarnation after it has set the bit. If the incarnation has changed, the removal may
 * have cleared the bit before this waiter set it. Other waiters may have seen the new bit and be about to sleep. So the
 * waiter that set it in vain clears it and wakes all, as the removal did. The same holds for what ends a wait without
 * an addition: the end of a stream, and room in one. */
#include "signals.h"

#include <stdio.h>

#include "join.h"
#include "list.h"
#include "platform.h"
#include "signal_slots.h"
#include "wake.h"

#define MOST (UINT64_MAX >> 1) /* a counter's last value */

/* ---- finding ----------------------------------------------------------------------------------- */

/* Enters the writer's section. If that fails, puts the signal's name before the error. */
static int enter(lina_arena_t *arena, const struct lina_key *key, uint64_t deadline) {
    char why[256];
    int rc = lina_key_check(key, "signal");
    if (rc != LINA_OK)
        return rc;
    rc = lina_writer_begin_by(arena, deadline);
    if (rc == LINA_OK)
        return rc;
    snprintf(why, sizeof why, "%s", lina_last_error());
    return lina_fail(rc, "signal \"%s\": %s", key->text, why);
}

static int make(lina_arena_t *arena, const struct lina_key *key, uint64_t deadline,
                struct lina_signal_place *place) {
    int rc = enter(arena, key, deadline);
    if (rc != LINA_OK)
        return rc;
    rc = lina_signal_slots_make(arena, key, place);
    lina_writer_end(arena);
    return rc;
}

int lina_signal_get(lina_arena_t *arena, const char *name, uint64_t deadline,
                    struct lina_signal_place *place) {
    struct lina_key key;
    int rc = lina_key_make(&key, "signal", name);
    if (rc != LINA_OK)
        return rc;
    *place = lina_signal_names_find(arena, &key);
    return place->slot != LINA_NIL ? LINA_OK : make(arena, &key, deadline, place);
}

int lina_signal_find(const lina_arena_t *arena, const char *name, struct lina_signal_place *place) {
    struct lina_key key;
    int rc = lina_key_make(&key, "signal", name);
    if (rc != LINA_OK)
        return rc;
    *place = lina_signal_names_find(arena, &key);
    return place->slot != LINA_NIL ? LINA_OK : lina_key_check(&key, "signal");
}

/* Resolves the arena, then finds the signal without making it. */
static int find(lina_arena_t **arena, const char *name, struct lina_signal_place *place) {
    int rc = lina_arena_resolve(arena);
    return rc == LINA_OK ? lina_signal_find(*arena, name, place) : rc;
}

lina_signal_t lina_signal_handle(lina_arena_t *arena, struct lina_signal_place place) {
    struct lina_signal_slot *s = &arena->signals[place.slot];
    return (lina_signal_t){.word = &s->word,
                           .cleared = &s->cleared,
                           .arena = arena,
                           .slot = place.slot,
                           .current = &s->incarnation,
                           .incarnation = place.incarnation};
}

static struct lina_signal_place place_of(const lina_signal_t *signal) {
    return (struct lina_signal_place){signal->incarnation, (uint32_t)signal->slot};
}

int lina_signal_open(lina_arena_t *arena, const char *name, lina_signal_t *out) {
    struct lina_signal_place place;
    int rc = lina_arena_resolve(&arena);
    if (rc == LINA_OK && out == NULL)
        rc = lina_fail(LINA_ERR_INVALID, "signal \"%.63s\": no place for its handle",
                       name == NULL ? "" : name);
    if (rc == LINA_OK)
        rc = lina_signal_get(arena, name, UINT64_MAX, &place);
    if (rc == LINA_OK)
        *out = lina_signal_handle(arena, place);
    return rc;
}

const char *lina_signal_name(const lina_arena_t *arena, struct lina_signal_place place,
                             char text[LINA_MAX_NAME]) {
    const struct lina_signal_slot *s = &arena->signals[place.slot];
    copy_from_shared(text, s->name, LINA_MAX_NAME);
    text[LINA_MAX_NAME - 1] = '\0';
    fence_acquire(); /* pairs with the fence in signal_slots.c */
    return lina_signal_fate(s, place.incarnation) == SIGNAL_IS_FORGOTTEN ? "?" : text;
}

static int fail_removed(const lina_arena_t *arena, struct lina_signal_place place) {
    char text[LINA_MAX_NAME];
    return lina_fail(LINA_ERR_NOT_FOUND, "signal \"%s\": it was removed",
                     lina_signal_name(arena, place, text));
}

/* ---- asking for wake-ups ------------------------------------------------------------------------ */

uint64_t lina_signal_await(lina_arena_t *arena, struct lina_signal_place place) {
    struct lina_signal_slot *s = &arena->signals[place.slot];
    uint64_t word = or_sc_u64(&s->word, SIGNAL_WAITERS) | SIGNAL_WAITERS;
    if (lina_signal_fate(s, place.incarnation) != SIGNAL_IS_THERE)
        lina_wake(arena, place.slot); /* set in vain: see the head of this file */
    return word;
}

void lina_signal_listen(lina_arena_t *arena, struct lina_signal_place place) {
    struct lina_signal_slot *s = &arena->signals[place.slot];
    bool listened = load_sc_u32(&s->listened) != 0; /* before the word: else a ring could be lost */
    if (listened && (load_sc_u64(&s->word) & SIGNAL_WAITERS) != 0)
        return;
    store_sc_u32(&s->listened, 1); /* pairs with the swap in wake.c */
    lina_signal_await(arena, place);
}

/* ---- adding, clearing, reading ------------------------------------------------------------------
 * These return REMOVED if the signal was removed. For a call by handle, that is an error. For a call by name it is
 * none: the removal might as well have come just after the call. */
#define REMOVED LINA_ERR_NOT_FOUND

static int fail_overflow(const lina_arena_t *arena, struct lina_signal_place place, uint64_t n) {
    char text[LINA_MAX_NAME];
    return lina_fail(LINA_ERR_INVALID, "signal \"%s\": its counter has no room for %llu more",
                     lina_signal_name(arena, place, text), (unsigned long long)n);
}

static int add(lina_arena_t *arena, struct lina_signal_place place, uint64_t n) {
    struct lina_signal_slot *s = &arena->signals[place.slot];
    uint64_t word = load_acquire_u64(&s->word);
    do {
        if (lina_signal_fate(s, place.incarnation) != SIGNAL_IS_THERE)
            return REMOVED;
        if (n > MOST - signal_value(word))
            return fail_overflow(arena, place, n);
    } while (!cas_sc_u64(&s->word, &word, word + 2 * n)); /* releases, as in lina_signal_raise */
    if (n > 0 && (word & SIGNAL_WAITERS) != 0)
        lina_wake(arena, place.slot);
    return LINA_OK;
}

/* The addition of lina_signal_raise. */
static void raise_one(lina_arena_t *arena, struct lina_signal_place place) {
    struct lina_signal_slot *s = &arena->signals[place.slot];
    if (lina_signal_fate(s, place.incarnation) == SIGNAL_IS_THERE &&
        (add_sc_u64(&s->word, 2) & SIGNAL_WAITERS) != 0)
        lina_wake(arena, place.slot);
}

static int clear(const lina_arena_t *arena, struct lina_signal_place place) {
    struct lina_signal_slot *s = &arena->signals[place.slot];
    uint64_t value = signal_value(load_sc_u64(&s->word)), cleared = load_sc_u64(&s->cleared);
    do {
        if (lina_signal_fate(s, place.incarnation) != SIGNAL_IS_THERE)
            return REMOVED;
        if (cleared >= value) /* an older clear must not undo a newer one */
            return LINA_OK;
    } while (!cas_sc_u64(&s->cleared, &cleared, value));
    if (lina_signal_fate(s, place.incarnation) == SIGNAL_IS_FORGOTTEN)
        cas_sc_u64(&s->cleared, &value, 0); /* the slot has a new signal, whose `cleared` was 0 */
    return LINA_OK;
}

/* Returns 1, 0 or REMOVED. */
static int is_set(const lina_arena_t *arena, struct lina_signal_place place) {
    const struct lina_signal_slot *s = &arena->signals[place.slot];
    bool set = signal_value(load_acquire_u64(&s->word)) != load_acquire_u64(&s->cleared);
    return lina_signal_fate(s, place.incarnation) == SIGNAL_IS_THERE ? set : REMOVED;
}

static int read_value(const lina_arena_t *arena, struct lina_signal_place place, uint64_t *value) {
    const struct lina_signal_slot *s = &arena->signals[place.slot];
    uint64_t word = load_acquire_u64(&s->word); /* pairs with lina_signal_raise */
    if (lina_signal_fate(s, place.incarnation) != SIGNAL_IS_THERE)
        return REMOVED;
    *value = signal_value(word);
    return LINA_OK;
}

/* ---- by name ----------------------------------------------------------------------------------- */

int lina_arena_signal(lina_arena_t *arena, const char *name) {
    struct lina_signal_place place;
    int rc = lina_arena_resolve(&arena);
    if (rc == LINA_OK)
        rc = lina_signal_get(arena, name, UINT64_MAX, &place);
    if (rc == LINA_OK)
        raise_one(arena, place);
    return rc;
}

int lina_arena_signal_add(lina_arena_t *arena, const char *name, uint64_t n) {
    struct lina_signal_place place;
    if (n == 0)
        return find(&arena, name, &place);
    int rc = lina_arena_resolve(&arena);
    if (rc == LINA_OK && n > MOST)
        rc = lina_fail(LINA_ERR_INVALID, "signal \"%.63s\": no counter has room for %llu",
                       name == NULL ? "" : name, (unsigned long long)n);
    if (rc == LINA_OK)
        rc = lina_signal_get(arena, name, UINT64_MAX, &place);
    if (rc == LINA_OK)
        rc = add(arena, place, n);
    return rc == REMOVED ? LINA_OK : rc;
}

int lina_arena_signal_remove(lina_arena_t *arena, const char *name) {
    struct lina_signal_place place;
    struct lina_key key;
    int rc = lina_arena_resolve(&arena);
    if (rc == LINA_OK)
        rc = lina_key_make(&key, "signal", name);
    if (rc == LINA_OK)
        rc = enter(arena, &key, UINT64_MAX);
    if (rc != LINA_OK)
        return rc;
    place = lina_signal_slots_remove(arena, &key);
    lina_writer_end(arena);
    if (place.slot == LINA_NIL)
        return lina_fail(LINA_ERR_NOT_FOUND, "signal \"%s\": there is none to remove", name);
    /* The slot may have a new signal by now. Then its waiters wake in vain, and look again. */
    lina_wake(arena, place.slot);
    return LINA_OK;
}

int lina_arena_try_wait(lina_arena_t *arena, const char *name) {
    struct lina_signal_place place;
    int rc = find(&arena, name, &place);
    if (rc != LINA_OK || place.slot == LINA_NIL)
        return rc;
    return is_set(arena, place) == 1;
}

int lina_arena_clear(lina_arena_t *arena, const char *name) {
    struct lina_signal_place place;
    int rc = find(&arena, name, &place);
    if (rc == LINA_OK && place.slot != LINA_NIL)
        clear(arena, place);
    return rc;
}

int lina_arena_signal_value(lina_arena_t *arena, const char *name, uint64_t *value) {
    struct lina_signal_place place;
    int rc = find(&arena, name, &place);
    if (rc != LINA_OK)
        return rc;
    if (value == NULL)
        return lina_fail(LINA_ERR_INVALID, "signal \"%s\": no place for its value", name);
    if (place.slot == LINA_NIL || read_value(arena, place, value) != LINA_OK)
        *value = 0;
    return LINA_OK;
}

/* ---- by handle --------------------------------------------------------------------------------- */

/* Its addition releases all that the caller wrote before. Pairs with the acquires of the word. */
extern inline void lina_signal_raise(const lina_signal_t *signal);

void lina_signal_wake(const lina_signal_t *signal) {
    struct lina_signal_place place = place_of(signal);
    const struct lina_signal_slot *s = &signal->arena->signals[place.slot];
    bool there = lina_signal_fate(s, place.incarnation) == SIGNAL_IS_THERE;
    /* If the signal was removed, the addition may have gone to the slot's new signal, whose waiters must wake. */
    if (there || (load_relaxed_u64(&s->word) & SIGNAL_WAITERS) != 0)
        lina_wake(signal->arena, place.slot);
    if (!there)
        fail_removed(signal->arena, place);
}

/* Makes an error of REMOVED, for a call by handle. */
static int fail_if_removed(const lina_signal_t *signal, int rc) {
    return rc == REMOVED ? fail_removed(signal->arena, place_of(signal)) : rc;
}

int lina_signal_raise_by(const lina_signal_t *signal, uint64_t n) {
    return fail_if_removed(signal, add(signal->arena, place_of(signal), n));
}

int lina_signal_is_set(const lina_signal_t *signal) {
    return fail_if_removed(signal, is_set(signal->arena, place_of(signal)));
}

uint64_t lina_signal_read(const lina_signal_t *signal) {
    uint64_t value = 0;
    fail_if_removed(signal, read_value(signal->arena, place_of(signal), &value));
    return value;
}

void lina_signal_clear(const lina_signal_t *signal) {
    fail_if_removed(signal, clear(signal->arena, place_of(signal)));
}

/* ---- list -------------------------------------------------------------------------------------- */

/* False if the slot has no signal, or changes while this copies it. */
static bool describe(const struct lina_signal_slot *s, lina_signal_info_t *out) {
    uint64_t incarnation = load_acquire_u64(&s->incarnation); /* pairs with the store of LIVE */
    if (signal_phase(incarnation) != SIGNAL_LIVE)
        return false;
    *out = (lina_signal_info_t){.cleared = load_acquire_u64(&s->cleared)}; /* before the value */
    out->value = signal_value(load_acquire_u64(&s->word));
    copy_from_shared(out->name, s->name, sizeof out->name);
    out->name[LINA_MAX_NAME - 1] = '\0';
    fence_acquire(); /* pairs with the fence in signal_slots.c */
    return load_relaxed_u64(&s->incarnation) == incarnation;
}

int lina_signal_list(lina_arena_t *arena, lina_signal_info_t *out, size_t cap, size_t *written,
                     size_t *total) {
    int rc = lina_arena_resolve(&arena);
    if (rc == LINA_OK)
        rc = lina_list_check("list of signals", out, cap, written);
    if (rc != LINA_OK)
        return rc;
    size_t count = 0;
    uint32_t used = lina_signals_used(arena);
    for (uint32_t slot = 0; slot < used; slot++) {
        lina_signal_info_t info;
        if (!describe(&arena->signals[slot], &info))
            continue;
        if (count < cap)
            out[count] = info;
        count++;
    }
    lina_list_end(count, out, cap, written, total);
    return LINA_OK;
}
