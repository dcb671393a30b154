/* signals.c - timeline counters, and waiting for them.
 *
 * Value and waiters bit share one word, so that a signal is one addition.
 *
 *   signal:  old = add(word, 1 in the value)              wait:  look; spin; yield
 *            if the bit was set: clear it, wake all              set the bit
 *                                                                look again; sleep on the word
 *
 * Either the addition finds the bit and wakes, or it came before the bit was set and the second look
 * sees the value; the futex refuses to sleep on a word that has changed. A bit and not a count: it
 * heals when a waiter dies. A signaller may die between its addition and its wake: members other
 * than this one can, so sleep is cut into naps.
 *
 * Who waits for many signals at once (notify.c) sleeps on the arena's doorbell instead:
 *
 *   signal:  as above, and if it cleared the bit:       listen:  note the doorbell
 *            take `listened`; if that was set:                   set `listened`, then the bit
 *            count in the group, ring the doorbell               look again; sleep on the doorbell
 *
 * `listened` is a bit for the same reason, and one signal takes it: what a listener that died has
 * left behind costs one ring. */
#include "signals.h"

#include <errno.h>
#include <string.h>

#include "join.h"
#include "platform.h"

#define SPINS 50 /* pauses of some 25 ns: twice the answer's time of the farthest core */
#define FEW_SPINS 4
#define SPIN_EVERY 8 /* waits in a row that came to the yields */
#define SLEEP_EVERY 64
#define YIELDS 50
#define YIELDS_LAST UINT64_C(200000) /* ns: more, and others than the partner want this core */
#define CROWDED 64                   /* waits that go without yields after that */

/* ---- finding ----------------------------------------------------------------------------------- */

static int make(lina_arena_t *arena, const struct lina_key *key, uint32_t *out) {
    struct lina_header *h = arena->header;
    int rc = lina_writer_begin(arena);
    if (rc != LINA_OK)
        return rc;
    uint32_t slot = lina_names_signal(arena, key); /* another may have made it meanwhile */
    uint32_t used = load_relaxed_u32(&h->signals_used);
    if (slot == LINA_NIL && used < arena->geo.max_signals) {
        slot = used;
        struct lina_signal_slot *s = &arena->signals[slot];
        memcpy(s->name, key->text, sizeof s->name);
        store_release_u32(&s->used, 1); /* from here on it is there, for recovery too */
        store_relaxed_u32(&h->signals_used, used + 1);
        lina_names_put_signal(arena, key, slot);
    }
    lina_writer_end(arena);
    if (slot == LINA_NIL)
        return lina_fail(LINA_ERR_FULL, "signal \"%s\": all %u signals of the arena are in use",
                         key->text, arena->geo.max_signals);
    *out = slot;
    return LINA_OK;
}

static int slot_of(lina_arena_t *arena, const struct lina_key *key, uint32_t *slot) {
    *slot = lina_names_signal(arena, key);
    if (*slot != LINA_NIL)
        return LINA_OK;
    int rc = lina_key_check(key, "signal");
    return rc == LINA_OK ? make(arena, key, slot) : rc;
}

int lina_signal_slot(lina_arena_t *arena, const char *name, uint32_t *slot) {
    struct lina_key key;
    int rc = lina_key_make(&key, "signal", name);
    return rc == LINA_OK ? slot_of(arena, &key, slot) : rc;
}

static lina_signal_t handle_of(lina_arena_t *arena, uint32_t slot) {
    struct lina_signal_slot *s = &arena->signals[slot];
    return (lina_signal_t){&s->word, &s->cleared, arena, slot};
}

int lina_signal_open(lina_arena_t *arena, const char *name, lina_signal_t *out) {
    uint32_t slot;
    arena = lina_arena_of(arena);
    if (arena == NULL)
        return lina_last_error_code();
    if (out == NULL)
        return lina_fail(LINA_ERR_INVALID, "signal \"%.63s\": no place for its handle",
                         name == NULL ? "" : name);
    int rc = lina_signal_slot(arena, name, &slot);
    if (rc != LINA_OK)
        return rc;
    *out = handle_of(arena, slot);
    return LINA_OK;
}

/* The slot of a signal that only looks: LINA_NIL for one that nobody has used yet. */
static int find(lina_arena_t **arena, const char *name, uint32_t *slot) {
    struct lina_key key;
    *slot = LINA_NIL;
    *arena = lina_arena_of(*arena);
    if (*arena == NULL)
        return lina_last_error_code();
    int rc = lina_key_make(&key, "signal", name);
    if (rc != LINA_OK)
        return rc;
    *slot = lina_names_signal(*arena, &key);
    return *slot != LINA_NIL ? LINA_OK : lina_key_check(&key, "signal");
}

/* ---- signalling -------------------------------------------------------------------------------- */

/* The count before the bell: who noted the bell first and then finds the count unchanged is woken. */
static void ring(lina_arena_t *arena, uint32_t slot) {
    add_sc_u32(&arena->signals[slot - slot % SIGNAL_GROUP].rings, 1);
    add_sc_u32(&arena->header->doorbell, 1);
    platform_futex_wake(&arena->header->doorbell, INT32_MAX);
}

static void wake(lina_arena_t *arena, struct lina_signal_slot *s) {
    and_sc_u64(&s->word, ~SIGNAL_WAITERS);
    platform_futex_wake((const uint32_t *)(const void *)&s->word, INT32_MAX);
    /* Pairs with lina_signal_listen: it sets `listened` before the bit that was just cleared. */
    if (load_sc_u32(&s->listened) != 0 && swap_sc_u32(&s->listened, 0) != 0)
        ring(arena, (uint32_t)(s - arena->signals));
}

uint64_t lina_signal_listen(lina_arena_t *arena, uint32_t slot) {
    struct lina_signal_slot *s = &arena->signals[slot];
    bool listened = load_sc_u32(&s->listened) != 0; /* before the word, or a ring could be lost */
    uint64_t word = load_sc_u64(&s->word);
    if (!listened || (word & SIGNAL_WAITERS) == 0) {
        store_sc_u32(&s->listened, 1); /* pairs with the swap in wake */
        word = or_sc_u64(&s->word, SIGNAL_WAITERS);
    }
    return signal_value(word);
}

static void clear_slot(struct lina_signal_slot *s) {
    uint64_t value = signal_value(load_sc_u64(&s->word)), cleared = load_sc_u64(&s->cleared);
    while (cleared < value && !cas_sc_u64(&s->cleared, &cleared, value))
        ; /* an older clear must not undo a newer one */
}

static bool is_set(const struct lina_signal_slot *s) {
    return signal_value(load_acquire_u64(&s->word)) != load_acquire_u64(&s->cleared);
}

/* ---- waiting ----------------------------------------------------------------------------------- */

/* What a wait is for: the signal being set, or its counter reaching a target. One that was set during
 * the wait and cleared before the waiter could look has been set all the same: the counter tells. */
struct aim {
    lina_arena_t *arena;
    struct lina_waits *waits;
    struct lina_signal_slot *slot;
    bool set;
    uint64_t target;
    uint64_t start; /* the counter when the wait began */
    bool patient;   /* signal handlers do not end it */
};

static bool is_reached(const struct aim *aim, uint64_t word) {
    uint64_t value = signal_value(word);
    return aim->set ? value != aim->start || value != load_acquire_u64(&aim->slot->cleared)
                    : value >= aim->target;
}

static bool look_first(struct aim *aim) {
    uint64_t word = load_acquire_u64(&aim->slot->word);
    aim->start = signal_value(word);
    return is_reached(aim, word);
}

static bool look(const struct aim *aim) {
    return is_reached(aim, load_acquire_u64(&aim->slot->word));
}

static int fail_timeout(const struct aim *aim) {
    return lina_fail(LINA_ERR_TIMEOUT, "signal \"%.63s\": timed out", aim->slot->name);
}

/* One sleep, until `deadline` at most. OK also when it ended for nothing. */
static int doze(const struct aim *aim, uint64_t deadline) {
    uint64_t word = or_sc_u64(&aim->slot->word, SIGNAL_WAITERS) | SIGNAL_WAITERS;
    if (is_reached(aim, word) || load_sc_u32(&aim->arena->closed) != 0)
        return LINA_OK;
    uint64_t now = platform_now();
    if (now >= deadline)
        return fail_timeout(aim);
    /* The low half of the word; little-endian, as the layout demands. */
    int rc = platform_futex_wait((const uint32_t *)(const void *)&aim->slot->word, (uint32_t)word,
                                 deadline - now < LINA_NAP ? deadline : now + LINA_NAP);
    return rc != -EINTR || aim->patient ? LINA_OK
                                        : lina_fail(LINA_ERR_INTERRUPTED,
                                                    "signal \"%.63s\": the wait was "
                                                    "interrupted by a signal handler",
                                                    aim->slot->name);
}

static int sleep_until(const struct aim *aim, uint64_t deadline) {
    for (;;) {
        if (look(aim))
            return LINA_OK;
        if (load_sc_u32(&aim->arena->closed) != 0)
            return lina_fail(LINA_ERR_CLOSED, "signal \"%.63s\": the arena was closed",
                             aim->slot->name);
        int rc = doze(aim, deadline);
        if (rc != LINA_OK)
            return rc;
    }
}

static bool spin(const struct aim *aim, int spins) {
    for (int i = 0; i < spins; i++) {
        spin_pause();
        if (look(aim))
            return true;
    }
    return false;
}

static bool yield(const struct aim *aim, uint64_t start) {
    for (int i = 0; i < YIELDS; i++) {
        platform_yield();
        if (look(aim))
            return true;
        if (platform_now() - start > YIELDS_LAST) {
            store_relaxed_u32(&aim->waits->crowded, CROWDED);
            return false;
        }
    }
    return false;
}

/* Whether to yield at all, after so many waits in a row that came to that. */
static bool may_yield(const struct aim *aim, uint32_t yielded) {
    uint32_t crowded = load_relaxed_u32(&aim->waits->crowded);
    if (crowded > 0)
        store_relaxed_u32(&aim->waits->crowded, crowded - 1);
    return crowded == 0 && yielded % SLEEP_EVERY != 0;
}

/* The one waiting policy: a partner on another core answers within the spins, one on this core
 * within the yields, and whoever takes longer is worth a sleep.
 *
 * `yielded` counts waits in a row that came to the yields. After some of them the partner is taken to
 * be on this core, where spins are in vain, and most go without. Such a pair would stay there: a scheduler
 * finds a free core for who wakes, hardly for who is running. So every so many sleep at once.
 *
 * Where others compute on this core, a yield gives them all of their time, and a sleep costs nothing: after
 * yields that took long `crowded` waits sleep at once. */
static int spin_then_sleep(const struct aim *aim, int64_t timeout_ns) {
    uint32_t *count = &aim->waits->yielded, yielded = load_relaxed_u32(count);
    bool together = yielded >= SPIN_EVERY && yielded % SPIN_EVERY != 0;
    if (spin(aim, together ? FEW_SPINS : SPINS)) {
        store_relaxed_u32(count, 0);
        return LINA_OK;
    }
    store_relaxed_u32(count, ++yielded);
    uint64_t now = platform_now();
    uint64_t deadline = timeout_ns == LINA_FOREVER ? UINT64_MAX / 2 : now + (uint64_t)timeout_ns;
    if (may_yield(aim, yielded) && yield(aim, now))
        return LINA_OK;
    return sleep_until(aim, deadline);
}

static int wait_counted(struct aim *aim, int64_t timeout_ns) {
    if (look_first(aim))
        return LINA_OK;
    bool over = timeout_ns <= 0 && timeout_ns != LINA_FOREVER;
    return over ? fail_timeout(aim) : spin_then_sleep(aim, timeout_ns);
}

static int wait_by_handle(struct aim *aim, int64_t timeout_ns) {
    if (look_first(aim))
        return LINA_OK;
    aim->waits = lina_waits_of(aim->arena);
    add_sc_u32(&aim->waits->count, 1); /* pairs with lina_signals_close */
    int rc = wait_counted(aim, timeout_ns);
    lina_waits_leave(aim->waits);
    return rc;
}

void lina_signals_close(lina_arena_t *arena) {
    while (lina_waits_any(arena)) {
        for (uint32_t i = 0; i < arena->geo.max_signals; i++) {
            const struct lina_signal_slot *s = &arena->signals[i];
            if (load_acquire_u32(&s->used) == 0)
                break;
            platform_futex_wake((const uint32_t *)(const void *)&s->word, INT32_MAX);
        }
        platform_yield();
    }
}

/* ---- by name ----------------------------------------------------------------------------------- */

int lina_arena_signal(lina_arena_t *arena, const char *name) {
    uint32_t slot;
    arena = lina_arena_of(arena);
    if (arena == NULL)
        return lina_last_error_code();
    int rc = lina_signal_slot(arena, name, &slot);
    if (rc == LINA_OK) {
        lina_signal_t signal = handle_of(arena, slot);
        lina_signal_raise(&signal);
    }
    return rc;
}

static int wait_by_name(lina_arena_t *arena, const char *name, struct aim aim, int64_t timeout_ns) {
    uint32_t slot;
    arena = lina_waits_enter(arena, &aim.waits);
    if (arena == NULL)
        return lina_last_error_code();
    int rc = lina_signal_slot(arena, name, &slot);
    if (rc == LINA_OK) {
        aim.arena = arena;
        aim.slot = &arena->signals[slot];
        rc = wait_counted(&aim, timeout_ns);
    }
    lina_waits_leave(aim.waits);
    return rc;
}

int lina_arena_wait_for(lina_arena_t *arena, const char *name, int64_t timeout_ns) {
    return wait_by_name(arena, name, (struct aim){.set = true}, timeout_ns);
}

int lina_arena_wait(lina_arena_t *arena, const char *name) {
    return wait_by_name(arena, name, (struct aim){.set = true, .patient = true}, LINA_FOREVER);
}

int lina_arena_wait_value(lina_arena_t *arena, const char *name, uint64_t target,
                          int64_t timeout_ns) {
    return wait_by_name(arena, name, (struct aim){.target = target}, timeout_ns);
}

int lina_arena_try_wait(lina_arena_t *arena, const char *name) {
    uint32_t slot;
    int rc = find(&arena, name, &slot);
    if (rc != LINA_OK)
        return rc;
    return slot != LINA_NIL && is_set(&arena->signals[slot]);
}

int lina_arena_clear(lina_arena_t *arena, const char *name) {
    uint32_t slot;
    int rc = find(&arena, name, &slot);
    if (rc == LINA_OK && slot != LINA_NIL)
        clear_slot(&arena->signals[slot]);
    return rc;
}

int lina_arena_signal_value(lina_arena_t *arena, const char *name, uint64_t *value) {
    uint32_t slot;
    int rc = find(&arena, name, &slot);
    if (rc != LINA_OK)
        return rc;
    if (value == NULL)
        return lina_fail(LINA_ERR_INVALID, "signal \"%s\": no place for its value", name);
    *value = slot == LINA_NIL ? 0 : signal_value(load_acquire_u64(&arena->signals[slot].word));
    return LINA_OK;
}

/* ---- by handle --------------------------------------------------------------------------------- */

/* The word is the first of its slot. */
static struct lina_signal_slot *slot_at(const lina_signal_t *signal) {
    return (struct lina_signal_slot *)(void *)signal->word;
}

/* Its addition releases all that was written before; pairs with the acquire in is_reached. */
extern inline void lina_signal_raise(const lina_signal_t *signal);

void lina_signal_wake(const lina_signal_t *signal) { wake(signal->arena, slot_at(signal)); }

int lina_signal_is_set(const lina_signal_t *signal) { return is_set(slot_at(signal)); }

uint64_t lina_signal_read(const lina_signal_t *signal) {
    return signal_value(load_acquire_u64(signal->word));
}

void lina_signal_clear(const lina_signal_t *signal) { clear_slot(slot_at(signal)); }

int lina_signal_wait(const lina_signal_t *signal, int64_t timeout_ns) {
    struct aim aim = {.arena = signal->arena, .slot = slot_at(signal), .set = true};
    return wait_by_handle(&aim, timeout_ns);
}

int lina_signal_wait_value(const lina_signal_t *signal, uint64_t target, int64_t timeout_ns) {
    struct aim aim = {.arena = signal->arena, .slot = slot_at(signal), .target = target};
    return wait_by_handle(&aim, timeout_ns);
}

int lina_signal_list(lina_arena_t *arena, lina_signal_info_t *out, size_t cap, size_t *written) {
    arena = lina_arena_of(arena);
    if (arena == NULL)
        return lina_last_error_code();
    if (written == NULL || (out == NULL && cap > 0))
        return lina_fail(LINA_ERR_INVALID, "list of signals: NULL argument");
    size_t count = 0;
    for (uint32_t i = 0; i < arena->geo.max_signals && (out == NULL || count < cap); i++) {
        const struct lina_signal_slot *s = &arena->signals[i];
        if (load_acquire_u32(&s->used) == 0)
            break;
        if (out != NULL) {
            memcpy(out[count].name, s->name, sizeof s->name);
            out[count].name[LINA_MAX_NAME - 1] = '\0';
            out[count].value = signal_value(load_acquire_u64(&s->word));
            out[count].cleared = load_acquire_u64(&s->cleared);
        }
        count++;
    }
    *written = count;
    return LINA_OK;
}
