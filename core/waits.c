/* waits.c - waits for one signal or stream, or for any of several. signals.c explains why no wake-up is lost.
 *
 * A wait looks, spins, yields, and then sleeps. A wait for one signal sleeps on the signal's word, and a wait for
 * several sleeps on the arena's doorbell. A wait that does more than look is counted in its arena, because
 * lina_arena_close waits for it. */
#include "waits.h"

#include <errno.h>

#include "bonds.h"
#include "platform.h"
#include "process.h"
#include "signals.h"
#include "stream_outcome.h"

#define SPINS 50 /* pauses of some 25 ns: twice the time in which the farthest core answers */
#define FEW_SPINS 4
#define SPIN_EVERY 8 /* these two: see spin_then_sleep */
#define SLEEP_EVERY 64
#define YIELDS 50
#define YIELDS_LAST UINT64_C(200000) /* ns; if the yields take longer, the core is busy */
#define CROWDED 64                   /* number of waits that then skip yielding */

/* What a wait is for: that the signal is set, or that its counter reaches a target. If the signal was set during the
 * wait and cleared before the waiter looked, the wait ends as well, because the counter has changed. */
struct goal {
    const char *name; /* NULL by handle */
    struct lina_signal_place place;
    struct lina_signal_slot *slot; /* NULL if the signal does not exist yet */
    bool set;
    uint64_t target;
    uint64_t start;               /* the counter when the wait began */
    struct lina_outcome *outcome; /* if the signal is the head of a stream: its outcome, or NULL */
    struct lina_bond *bond;       /* to the member that the wait depends on, or NULL */
    struct lina_condition *condition; /* if not NULL: the wait is for this instead */
};

struct wait {
    lina_arena_t *arena;
    const char *what;         /* for errors; NULL means "signal" */
    struct lina_waits *waits; /* the counter in which it is counted */
    struct goal *goals;
    uint32_t count;
    uint32_t which; /* the goal that ended the wait */
    bool patient;   /* signal handlers do not end it */
    int64_t timeout_ns;
    uint64_t deadline; /* 0 before it is computed */
};

/* ---- looking ----------------------------------------------------------------------------------- */

/* A look returns WAITING; LINA_OK if the goal is reached; or the code with which the wait fails, such as
 * LINA_ERR_NOT_FOUND if the signal was removed. */
#define WAITING LINA_WAITING

static bool is_reached(const struct goal *goal, uint64_t word) {
    uint64_t value = signal_value(word);
    return goal->set ? value != goal->start || value != load_acquire_u64(&goal->slot->cleared)
                     : value >= goal->target;
}

static int look_at(const struct goal *goal) {
    if (goal->condition != NULL)
        return goal->condition->look(goal->condition);
    bool reached = is_reached(goal, load_acquire_u64(&goal->slot->word));
    enum lina_signal_fate fate = lina_signal_fate(goal->slot, goal->place.incarnation);
    if (reached && fate != SIGNAL_IS_FORGOTTEN)
        return LINA_OK; /* even if the signal was removed since */
    if (goal->outcome != NULL && fate == SIGNAL_IS_THERE)
        return lina_outcome_look(goal->outcome);
    return fate == SIGNAL_IS_THERE ? WAITING : LINA_ERR_NOT_FOUND;
}

/* The first look, with which the wait begins. */
static int look_first_at(struct goal *goal) {
    if (goal->condition != NULL)
        return goal->condition->look(goal->condition);
    if (goal->slot == NULL) {
        goal->start = 0;
        return !goal->set && goal->target == 0 ? LINA_OK : WAITING;
    }
    uint64_t word = load_acquire_u64(&goal->slot->word);
    goal->start = signal_value(word);
    bool reached = is_reached(goal, word);
    if (lina_signal_fate(goal->slot, goal->place.incarnation) != SIGNAL_IS_THERE)
        return LINA_ERR_NOT_FOUND;
    return reached ? LINA_OK : goal->outcome != NULL ? lina_outcome_look(goal->outcome) : WAITING;
}

/* Combines the answers of all goals: the first goal that is reached counts, or else the first one that failed. */
static int sum_up(struct wait *wait, uint32_t i, int one, int rc) {
    if (one != WAITING && (one == LINA_OK || rc == WAITING)) {
        wait->which = i;
        return one;
    }
    return rc;
}

static int look(struct wait *wait) {
    int rc = WAITING;
    for (uint32_t i = 0; i < wait->count && rc != LINA_OK; i++)
        rc = sum_up(wait, i, look_at(&wait->goals[i]), rc);
    return rc;
}

/* The first look at all goals. It stops at a goal that is reached. */
static int look_first(struct wait *wait) {
    int rc = WAITING;
    for (uint32_t i = 0; i < wait->count && rc != LINA_OK; i++)
        rc = sum_up(wait, i, look_first_at(&wait->goals[i]), rc);
    return rc;
}

/* ---- asking who is alive ----------------------------------------------------------------------- */

static bool only_looks(const struct wait *wait) { return wait->timeout_ns <= 0; }

static int ask_about(struct wait *wait, struct goal *goal) {
    if (goal->condition != NULL)
        return goal->condition->ask(goal->condition);
    int rc = goal->outcome != NULL ? lina_outcome_ask(goal->outcome) : WAITING;
    return rc == WAITING && goal->bond != NULL ? lina_bond_ask(wait->arena, goal->bond) : rc;
}

/* Asks about all goals. If a member has died, looks at all goals once more, after its recovery: if a goal was reached
 * before the death, the wait succeeds. */
static int ask(struct wait *wait) {
    int rc = WAITING;
    for (uint32_t i = 0; i < wait->count && rc != LINA_OK; i++)
        rc = sum_up(wait, i, ask_about(wait, &wait->goals[i]), rc);
    uint32_t which = wait->which;
    int looked = rc == WAITING || rc == LINA_OK ? rc
                 : only_looks(wait)             ? look_first(wait) /* its goals may lack slots */
                                                : look(wait);
    if (looked != LINA_OK)
        wait->which = which;
    return looked == LINA_OK ? looked : rc;
}

/* ---- answers ----------------------------------------------------------------------------------- */

/* Sets the error. It names the signal, and says how many others the wait was for. */
static int fail(const struct wait *wait, int code, const char *what) {
    char text[LINA_MAX_NAME];
    const struct goal *goal = &wait->goals[wait->which];
    const char *name =
        goal->name != NULL ? goal->name : lina_signal_name(wait->arena, goal->place, text);
    if (wait->what != NULL || goal->outcome != NULL)
        return lina_fail(code, "%s \"%.63s\": %s", wait->what != NULL ? wait->what : "stream", name,
                         what);
    if (wait->count == 1 || code == LINA_ERR_NOT_FOUND)
        return lina_fail(code, "signal \"%.63s\": %s", name, what);
    return lina_fail(code, "signal \"%.63s\" or one of %u others: %s", name, wait->count - 1, what);
}

/* Makes the result of the call from the result of a look. */
static int answer(struct wait *wait, int rc) {
    const struct goal *goal = &wait->goals[wait->which];
    if (goal->condition != NULL && rc != WAITING)
        return rc;
    if (rc == LINA_ERR_NOT_FOUND)
        return fail(wait, rc, "it was removed");
    if (rc == LINA_ERR_ENDED)
        return fail(wait, rc, "its last producer has ended it");
    if (rc == LINA_ERR_DIED && goal->outcome == NULL)
        return lina_bond_fail(goal->bond);
    if (rc == LINA_ERR_DIED)
        return fail(wait, rc, "its last producer is gone");
    return rc == WAITING ? fail(wait, LINA_ERR_TIMEOUT, "timed out") : rc;
}

/* The deadline of a time-out, without overflow. If the time-out is negative, the deadline is now. */
static uint64_t deadline_at(uint64_t now, int64_t timeout_ns) {
    uint64_t timeout = timeout_ns < 0 ? 0 : (uint64_t)timeout_ns;
    return timeout_ns == LINA_FOREVER || timeout > UINT64_MAX - now ? UINT64_MAX : now + timeout;
}

static uint64_t deadline_from(struct wait *wait, uint64_t now) {
    if (wait->deadline == 0)
        wait->deadline = deadline_at(now, wait->timeout_ns);
    return wait->deadline;
}

/* ---- sleeping ---------------------------------------------------------------------------------- */

static bool is_seen(const struct lina_dumping *dumping) { return dumping->incarnation != 0; }

static bool sees_a_dump(const struct goal *goal) {
    return (goal->condition != NULL && is_seen(goal->condition->dumping)) ||
           (goal->outcome != NULL && is_seen(&goal->outcome->dumping)) ||
           (goal->bond != NULL && is_seen(&goal->bond->dumping));
}

static uint64_t nap_of(const struct wait *wait) {
    for (uint32_t i = 0; i < wait->count; i++)
        if (sees_a_dump(&wait->goals[i]))
            return LINA_SHORT_NAP;
    return LINA_NAP;
}

/* Sleeps for one nap at most, on a word whose value was `seen`. Also OK if it wakes without a reason. */
static int doze(struct wait *wait, const uint32_t *word, uint32_t seen) {
    uint64_t now = platform_now();
    if (now >= wait->deadline)
        return answer(wait, WAITING);
    uint64_t most = wait->deadline - now, nap = nap_of(wait);
    int rc = platform_futex_wait(word, seen, now + (most < nap ? most : nap));
    return rc == -EINTR && !wait->patient
               ? fail(wait, LINA_ERR_INTERRUPTED, "the wait was interrupted by a signal handler")
               : LINA_OK;
}

/* True if the wait must sleep. Called after the waiters bits were set. */
static bool is_idle(struct wait *wait) {
    return look(wait) == WAITING && load_sc_u32(&wait->arena->closed) == 0;
}

static int doze_on_word(struct wait *wait) {
    struct goal *goal = wait->goals;
    uint64_t word = lina_signal_await(wait->arena, goal->place);
    if (!is_idle(wait))
        return LINA_OK;
    /* The low half of the word; little-endian, as the layout demands. */
    return doze(wait, (const uint32_t *)(const void *)&goal->slot->word, (uint32_t)word);
}

static int doze_on_doorbell(struct wait *wait) {
    const uint32_t *bell = &wait->arena->header->doorbell;
    uint32_t seen = load_sc_u32(bell); /* before the last look: see signals.c */
    for (uint32_t i = 0; i < wait->count; i++)
        if (wait->goals[i].place.slot != LINA_NIL)
            lina_signal_listen(wait->arena, wait->goals[i].place);
    return is_idle(wait) ? doze(wait, bell, seen) : LINA_OK;
}

static int sleep_until_over(struct wait *wait) {
    for (;;) {
        int rc = look(wait);
        if (rc != WAITING)
            return answer(wait, rc);
        if (load_sc_u32(&wait->arena->closed) != 0)
            return fail(wait, LINA_ERR_CLOSED, "the arena was closed");
        rc = ask(wait);
        if (rc != WAITING)
            return answer(wait, rc);
        rc = wait->count == 1 && wait->goals->place.slot != LINA_NIL ? doze_on_word(wait)
                                                                     : doze_on_doorbell(wait);
        if (rc != LINA_OK)
            return rc;
    }
}

/* ---- spinning and yielding --------------------------------------------------------------------- */

/* Loads each word once. Does not check for removals, because a signaller needs those cache lines. */
static bool seems_reached(const struct wait *wait) {
    for (uint32_t i = 0; i < wait->count; i++)
        if (wait->goals[i].condition != NULL
                ? look_at(&wait->goals[i]) != WAITING /* it may have no slot */
                : is_reached(&wait->goals[i], load_acquire_u64(&wait->goals[i].slot->word)))
            return true;
    return false;
}

static int spin(struct wait *wait, int spins) {
    for (int i = 0; i < spins; i++) {
        spin_pause();
        if (seems_reached(wait))
            break;
    }
    return look(wait);
}

static int yield(struct wait *wait, uint64_t start) {
    for (int i = 0; i < YIELDS; i++) {
        platform_yield();
        int rc = look(wait);
        if (rc != WAITING)
            return rc;
        if (platform_now() - start > YIELDS_LAST) {
            store_relaxed_u32(&wait->waits->crowded, CROWDED);
            break;
        }
    }
    return WAITING;
}

/* True if this wait yields before it sleeps. `yielded` is the number of waits in a row that came to this point. */
static bool may_yield(const struct wait *wait, uint32_t yielded) {
    uint32_t crowded = load_relaxed_u32(&wait->waits->crowded);
    if (crowded > 0)
        store_relaxed_u32(&wait->waits->crowded, crowded - 1);
    return crowded == 0 && yielded % SLEEP_EVERY != 0;
}

/* The waiting policy. A partner on another core usually answers during the spins, and a partner on this core during
 * the yields. If the answer takes longer, the wait sleeps.
 *
 * `yielded` counts waits in a row that spun in vain. After SPIN_EVERY of them, the partner is probably on this core,
 * where spinning is useless. Then only one wait in SPIN_EVERY spins for long. But the pair would stay on this core,
 * because a scheduler looks for a free core when a thread wakes, and hardly while it runs. So one wait in
 * SLEEP_EVERY sleeps without yielding.
 *
 * If other threads compute on this core, a yield gives them a whole time slice, while a sleep costs little. So if the
 * yields took longer than YIELDS_LAST, the next CROWDED waits sleep without yielding. */
static int spin_then_sleep(struct wait *wait) {
    uint32_t *count = &wait->waits->yielded, yielded = load_relaxed_u32(count);
    bool together = yielded >= SPIN_EVERY && yielded % SPIN_EVERY != 0;
    int rc = spin(wait, together ? FEW_SPINS : SPINS);
    if (rc != WAITING) {
        store_relaxed_u32(count, 0);
        return answer(wait, rc);
    }
    store_relaxed_u32(count, ++yielded);
    uint64_t now = platform_now();
    deadline_from(wait, now);
    if (may_yield(wait, yielded))
        rc = yield(wait, now);
    return rc != WAITING ? answer(wait, rc) : sleep_until_over(wait);
}

/* ---- by handle --------------------------------------------------------------------------------- */

static int wait_by_handle(const lina_signal_t *signal, struct goal goal, int64_t timeout_ns) {
    struct wait wait = {
        .arena = signal->arena, .goals = &goal, .count = 1, .timeout_ns = timeout_ns};
    goal.place = (struct lina_signal_place){signal->incarnation, (uint32_t)signal->slot};
    goal.slot = &signal->arena->signals[goal.place.slot];
    int rc = look_first(&wait);
    if (rc != WAITING || only_looks(&wait))
        return answer(&wait, rc);
    lina_waits_enter(wait.arena, &wait.waits);
    rc = spin_then_sleep(&wait);
    lina_waits_leave(wait.waits);
    return rc;
}

int lina_signal_wait(const lina_signal_t *signal, int64_t timeout_ns) {
    return wait_by_handle(signal, (struct goal){.set = true}, timeout_ns);
}

int lina_signal_wait_value(const lina_signal_t *signal, uint64_t target, int64_t timeout_ns) {
    return wait_by_handle(signal, (struct goal){.target = target}, timeout_ns);
}

/* ---- deadlines --------------------------------------------------------------------------------- */

uint64_t lina_deadline_of(int64_t timeout_ns) { return deadline_at(platform_now(), timeout_ns); }

int64_t lina_rest_of(uint64_t deadline) {
    uint64_t now = platform_now();
    if (deadline - now > INT64_MAX && deadline > now)
        return LINA_FOREVER;
    return deadline > now ? (int64_t)(deadline - now) : 0;
}

/* ---- for a condition --------------------------------------------------------------------------- */

int lina_wait_until(lina_arena_t *arena, struct lina_waits *waits, struct lina_signal_place place,
                    struct lina_condition *condition, const char *what, const char *name,
                    int64_t timeout_ns) {
    struct goal goal = {.name = name, .place = place, .condition = condition};
    struct wait wait = {.arena = arena,
                        .what = what,
                        .waits = waits,
                        .goals = &goal,
                        .count = 1,
                        .timeout_ns = timeout_ns};
    goal.slot = place.slot == LINA_NIL ? NULL : &arena->signals[place.slot];
    int rc = look_first(&wait);
    if (rc == WAITING && only_looks(&wait))
        rc = ask(&wait);
    if (rc != WAITING || only_looks(&wait))
        return answer(&wait, rc);
    return spin_then_sleep(&wait);
}

/* ---- by name ----------------------------------------------------------------------------------- */

static void settle(struct wait *wait, struct goal *goal) {
    goal->slot = goal->place.slot == LINA_NIL ? NULL : &wait->arena->signals[goal->place.slot];
}

static int find_all(struct wait *wait) {
    int rc = LINA_OK;
    for (uint32_t i = 0; i < wait->count && rc == LINA_OK; i++) {
        struct goal *goal = &wait->goals[i];
        rc = goal->outcome != NULL
                 ? lina_outcome_find(wait->arena, goal->name, goal->outcome, &goal->place)
                 : lina_signal_find(wait->arena, goal->name, &goal->place);
        if (rc == LINA_OK)
            settle(wait, goal);
    }
    return rc;
}

/* Makes the signals that do not exist yet. */
static int make_all(struct wait *wait) {
    int rc = LINA_OK;
    for (uint32_t i = 0; i < wait->count && rc == LINA_OK; i++) {
        struct goal *goal = &wait->goals[i];
        if (goal->slot != NULL)
            continue;
        rc = lina_signal_get(wait->arena, goal->name, deadline_from(wait, platform_now()),
                             &goal->place);
        if (rc == LINA_OK)
            settle(wait, goal);
    }
    return rc;
}

static int wait_counted(struct wait *wait) {
    int rc = find_all(wait);
    if (rc != LINA_OK)
        return rc;
    rc = look_first(wait);
    if (rc == WAITING && only_looks(wait))
        rc = ask(wait);
    if (rc != WAITING || only_looks(wait))
        return answer(wait, rc);
    rc = make_all(wait);
    return rc == LINA_OK ? spin_then_sleep(wait) : rc;
}

static int wait_by_name(struct wait *wait) {
    wait->arena = lina_waits_enter(wait->arena, &wait->waits);
    if (wait->arena == NULL)
        return lina_last_error_code();
    int rc = wait_counted(wait);
    lina_waits_leave(wait->waits);
    return rc;
}

static int wait_for_one(lina_arena_t *arena, struct goal goal, int64_t timeout_ns, bool patient) {
    struct wait wait = {
        .arena = arena, .goals = &goal, .count = 1, .timeout_ns = timeout_ns, .patient = patient};
    return wait_by_name(&wait);
}

int lina_arena_wait_for(lina_arena_t *arena, const char *name, int64_t timeout_ns) {
    return wait_for_one(arena, (struct goal){.name = name, .set = true}, timeout_ns, false);
}

int lina_arena_wait(lina_arena_t *arena, const char *name) {
    return wait_for_one(arena, (struct goal){.name = name, .set = true}, LINA_FOREVER, true);
}

int lina_arena_wait_value(lina_arena_t *arena, const char *name, uint64_t target,
                          int64_t timeout_ns) {
    return wait_for_one(arena, (struct goal){.name = name, .target = target}, timeout_ns, false);
}

/* ---- any of several ---------------------------------------------------------------------------- */

/* The goals of a wait for any of several, and what they point to. */
struct many {
    struct goal goals[LINA_WAIT_MOST];
    struct lina_outcome outcomes[LINA_WAIT_MOST];
    struct lina_bond bonds[LINA_WAIT_MOST];
};

static int take_goal(struct many *many, const lina_wait_t *w, uint32_t i) {
    bool stream = (w->flags & LINA_WAIT_STREAM) != 0;
    if (w->reserved != 0 || (w->flags & ~LINA_WAIT_STREAM) != 0 ||
        (stream && w->target == LINA_WAIT_SET))
        return lina_fail(
            LINA_ERR_INVALID,
            "%s \"%.63s\": its lina_wait_t has a reserved word, a flag or a target that "
            "cannot be",
            stream ? "stream" : "signal", w->name == NULL ? "" : w->name);
    many->goals[i] = (struct goal){.name = w->name,
                                   .set = w->target == LINA_WAIT_SET,
                                   .target = w->target,
                                   .outcome = stream ? &many->outcomes[i] : NULL,
                                   .bond = w->member != NULL ? &many->bonds[i] : NULL};
    return w->member != NULL ? lina_bond_make(&many->bonds[i], w->member) : LINA_OK;
}

int lina_wait_any(lina_arena_t *arena, const lina_wait_t *waits, uint32_t n, int64_t timeout_ns,
                  uint32_t *which) {
    struct many many; /* only the parts that are used are filled in */
    if (waits == NULL || which == NULL || n == 0 || n > LINA_WAIT_MOST)
        return lina_fail(LINA_ERR_INVALID,
                         "wait for any of %u signals: it takes 1 to %u, and a place for the answer",
                         n, LINA_WAIT_MOST);
    struct wait wait = {.arena = arena, .goals = many.goals, .count = n, .timeout_ns = timeout_ns};
    int rc = LINA_OK;
    for (uint32_t i = 0; i < n && rc == LINA_OK; i++)
        rc = take_goal(&many, &waits[i], i);
    if (rc == LINA_OK)
        rc = wait_by_name(&wait);
    if (rc == LINA_OK)
        *which = wait.which;
    return rc;
}

/* ---- closing ----------------------------------------------------------------------------------- */

void lina_signals_close(lina_arena_t *arena) {
    while (lina_waits_any(arena)) {
        uint32_t used = lina_signals_used(arena);
        for (uint32_t i = 0; i < used; i++)
            platform_futex_wake((const uint32_t *)(const void *)&arena->signals[i].word, INT32_MAX);
        for (uint32_t i = 0; i < 2 * lina_tables_streams(arena); i++)
            platform_futex_wake(
                (const uint32_t *)(const void *)&arena->signals[arena->geo.max_signals + i].word,
                INT32_MAX);
        platform_futex_wake(&arena->header->doorbell, INT32_MAX);
        platform_yield();
    }
}
