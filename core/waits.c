/* waits.c - the calls that wait for one signal or stream, or for any of several.
 *
 * A wait that does more than look is counted in its arena, because lina_arena_close waits for it. */
#include "waits.h"

#include "platform.h"

/* The first look. Returns LINA_WAITING if the wait must go on, and otherwise the answer of the call. */
static int begin(struct lina_wait *wait) {
    int rc = lina_goals_look_first(wait);
    if (rc == LINA_WAITING && !lina_wait_only_looks(wait))
        return rc;
    return lina_wait_answer(wait, rc == LINA_WAITING ? lina_goals_ask(wait) : rc);
}

static void set_slot(struct lina_wait *wait, struct lina_goal *goal) {
    goal->slot = goal->place.slot == LINA_NIL ? NULL : &wait->arena->signals[goal->place.slot];
}

/* ---- by handle --------------------------------------------------------------------------------- */

static int wait_by_handle(const lina_signal_t *signal, struct lina_goal goal, int64_t timeout_ns) {
    struct lina_wait wait = {
        .arena = signal->arena, .goals = &goal, .count = 1, .timeout_ns = timeout_ns};
    goal.place = (struct lina_signal_place){signal->incarnation, (uint32_t)signal->slot};
    goal.slot = &signal->arena->signals[goal.place.slot];
    int rc = begin(&wait);
    if (rc != LINA_WAITING)
        return rc;
    wait.waits = lina_waits_enter_at(wait.arena, goal.place.slot);
    rc = lina_wait_run(&wait);
    lina_waits_leave(wait.waits);
    return rc;
}

int lina_signal_wait(const lina_signal_t *signal, int64_t timeout_ns) {
    return wait_by_handle(signal, (struct lina_goal){.set = true}, timeout_ns);
}

int lina_signal_wait_value(const lina_signal_t *signal, uint64_t target, int64_t timeout_ns) {
    return wait_by_handle(signal, (struct lina_goal){.target = target}, timeout_ns);
}

/* ---- for a condition --------------------------------------------------------------------------- */

int lina_wait_until(lina_arena_t *arena, struct lina_waits *waits, struct lina_signal_place place,
                    struct lina_condition *condition, const char *what, const char *name,
                    int64_t timeout_ns) {
    struct lina_goal goal = {.name = name, .place = place, .condition = condition};
    struct lina_wait wait = {.arena = arena,
                             .what = what,
                             .waits = waits,
                             .goals = &goal,
                             .count = 1,
                             .timeout_ns = timeout_ns};
    set_slot(&wait, &goal);
    int rc = begin(&wait);
    return rc == LINA_WAITING ? lina_wait_run(&wait) : rc;
}

/* ---- by name ----------------------------------------------------------------------------------- */

static int find_all(struct lina_wait *wait) {
    int rc = LINA_OK;
    for (uint32_t i = 0; i < wait->count && rc == LINA_OK; i++) {
        struct lina_goal *goal = &wait->goals[i];
        rc = goal->outcome != NULL
                 ? lina_outcome_find(wait->arena, goal->name, goal->outcome, &goal->place)
                 : lina_signal_find(wait->arena, goal->name, &goal->place);
        if (rc == LINA_OK)
            set_slot(wait, goal);
    }
    return rc;
}

/* Makes the signals that do not exist yet. */
static int make_all(struct lina_wait *wait) {
    int rc = LINA_OK;
    for (uint32_t i = 0; i < wait->count && rc == LINA_OK; i++) {
        struct lina_goal *goal = &wait->goals[i];
        if (goal->slot != NULL)
            continue;
        rc = lina_signal_get(wait->arena, goal->name, lina_wait_deadline(wait, platform_now()),
                             &goal->place);
        if (rc == LINA_OK)
            set_slot(wait, goal);
    }
    return rc;
}

static int wait_counted(struct lina_wait *wait) {
    int rc = find_all(wait);
    if (rc == LINA_OK)
        rc = begin(wait);
    if (rc != LINA_WAITING)
        return rc;
    rc = make_all(wait);
    return rc == LINA_OK ? lina_wait_run(wait) : rc;
}

static int wait_by_name(struct lina_wait *wait) {
    wait->arena = lina_waits_enter(wait->arena, &wait->waits);
    if (wait->arena == NULL)
        return lina_last_error_code();
    int rc = wait_counted(wait);
    lina_waits_leave(wait->waits);
    return rc;
}

static int wait_for_one(lina_arena_t *arena, struct lina_goal goal, int64_t timeout_ns,
                        bool patient) {
    struct lina_wait wait = {
        .arena = arena, .goals = &goal, .count = 1, .timeout_ns = timeout_ns, .patient = patient};
    return wait_by_name(&wait);
}

int lina_arena_wait_for(lina_arena_t *arena, const char *name, int64_t timeout_ns) {
    return wait_for_one(arena, (struct lina_goal){.name = name, .set = true}, timeout_ns, false);
}

int lina_arena_wait(lina_arena_t *arena, const char *name) {
    return wait_for_one(arena, (struct lina_goal){.name = name, .set = true}, LINA_FOREVER, true);
}

int lina_arena_wait_value(lina_arena_t *arena, const char *name, uint64_t target,
                          int64_t timeout_ns) {
    return wait_for_one(arena, (struct lina_goal){.name = name, .target = target}, timeout_ns,
                        false);
}

/* ---- any of several ---------------------------------------------------------------------------- */

/* The goals of a wait for any of several, and what they point to. */
struct many {
    struct lina_goal goals[LINA_WAIT_MOST];
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
    many->goals[i] = (struct lina_goal){.name = w->name,
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
    struct lina_wait wait = {
        .arena = arena, .goals = many.goals, .count = n, .timeout_ns = timeout_ns};
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

/* Wakes all threads that sleep on the words of `count` signals. */
static void wake_all(const struct lina_signal_slot *signals, uint32_t count) {
    for (uint32_t i = 0; i < count; i++)
        platform_futex_wake((const uint32_t *)(const void *)&signals[i].word, INT32_MAX);
}

void lina_signals_close(lina_arena_t *arena) {
    while (lina_waits_any(arena)) {
        wake_all(arena->signals, lina_signals_used(arena));
        wake_all(&arena->signals[lina_head_slot(arena, 0)], 2 * lina_tables_streams(arena));
        platform_futex_wake(&arena->header->doorbell, INT32_MAX);
        platform_yield();
    }
}
