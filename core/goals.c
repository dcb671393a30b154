/* goals.c - see goals.h. */
#include "goals.h"

/* ---- looking ----------------------------------------------------------------------------------- */

static int look_at(struct lina_goal *goal) {
    if (goal->condition != NULL)
        return goal->condition->look(goal->condition);
    bool reached = lina_goal_is_reached(goal, load_acquire_u64(&goal->slot->word));
    enum lina_signal_fate fate = lina_signal_fate(goal->slot, goal->place.incarnation);
    if (reached && fate != SIGNAL_IS_FORGOTTEN)
        return LINA_OK; /* even if the signal was removed since */
    if (goal->outcome != NULL && fate == SIGNAL_IS_THERE)
        return lina_outcome_look(goal->outcome);
    return fate == SIGNAL_IS_THERE ? LINA_WAITING : LINA_ERR_NOT_FOUND;
}

/* For the first look. */
static int look_first_at(struct lina_goal *goal) {
    if (goal->condition != NULL)
        return goal->condition->look(goal->condition);
    if (goal->slot == NULL) {
        goal->start = 0;
        return !goal->set && goal->target == 0 ? LINA_OK : LINA_WAITING;
    }
    uint64_t word = load_acquire_u64(&goal->slot->word);
    goal->start = signal_value(word);
    bool reached = lina_goal_is_reached(goal, word);
    if (lina_signal_fate(goal->slot, goal->place.incarnation) != SIGNAL_IS_THERE)
        return LINA_ERR_NOT_FOUND;
    return reached                 ? LINA_OK
           : goal->outcome != NULL ? lina_outcome_look(goal->outcome)
                                   : LINA_WAITING;
}

/* Combines the answers of all goals: the first goal that is reached counts, or else the first one that failed. */
static int combine(struct lina_wait *wait, uint32_t i, int one, int rc) {
    if (one != LINA_WAITING && (one == LINA_OK || rc == LINA_WAITING)) {
        wait->which = i;
        return one;
    }
    return rc;
}

/* Stops at a goal that is reached. */
static inline int look_at_all(struct lina_wait *wait, int (*look)(struct lina_goal *)) {
    int rc = LINA_WAITING;
    for (uint32_t i = 0; i < wait->count && rc != LINA_OK; i++)
        rc = combine(wait, i, look(&wait->goals[i]), rc);
    return rc;
}

int lina_goals_look(struct lina_wait *wait) {
    return wait->count == 1 ? look_at(wait->goals) : look_at_all(wait, look_at);
}

int lina_goals_look_first(struct lina_wait *wait) { return look_at_all(wait, look_first_at); }

/* ---- asking who is alive ----------------------------------------------------------------------- */

static int ask_about(struct lina_wait *wait, struct lina_goal *goal) {
    if (goal->condition != NULL)
        return goal->condition->ask(goal->condition);
    int rc = goal->outcome != NULL ? lina_outcome_ask(goal->outcome) : LINA_WAITING;
    return rc == LINA_WAITING && goal->bond != NULL ? lina_bond_ask(wait->arena, goal->bond) : rc;
}

/* Asks about all goals. If a member has died, looks at all goals once more, after its recovery: if a goal was reached
 * before the death, the wait succeeds. */
int lina_goals_ask(struct lina_wait *wait) {
    int rc = LINA_WAITING;
    for (uint32_t i = 0; i < wait->count && rc != LINA_OK; i++)
        rc = combine(wait, i, ask_about(wait, &wait->goals[i]), rc);
    uint32_t which = wait->which;
    int looked = rc == LINA_WAITING || rc == LINA_OK ? rc
                 : lina_wait_only_looks(wait)
                     ? lina_goals_look_first(wait) /* its goals may lack slots */
                     : lina_goals_look(wait);
    if (looked != LINA_OK)
        wait->which = which;
    return looked == LINA_OK ? looked : rc;
}

/* ---- answers ----------------------------------------------------------------------------------- */

/* The error says how many other goals the wait had. */
int lina_wait_fail(const struct lina_wait *wait, int code, const char *what) {
    char text[LINA_MAX_NAME];
    const struct lina_goal *goal = &wait->goals[wait->which];
    const char *name =
        goal->name != NULL ? goal->name : lina_signal_name(wait->arena, goal->place, text);
    if (wait->what != NULL || goal->outcome != NULL)
        return lina_fail(code, "%s \"%.63s\": %s", wait->what != NULL ? wait->what : "stream", name,
                         what);
    if (wait->count == 1 || code == LINA_ERR_NOT_FOUND)
        return lina_fail(code, "signal \"%.63s\": %s", name, what);
    return lina_fail(code, "signal \"%.63s\" or one of %u others: %s", name, wait->count - 1, what);
}

int lina_wait_explain(const struct lina_wait *wait, int rc) {
    const struct lina_goal *goal = &wait->goals[wait->which];
    if (goal->condition != NULL && rc != LINA_WAITING)
        return rc;
    if (rc == LINA_ERR_NOT_FOUND)
        return lina_wait_fail(wait, rc, "it was removed");
    if (rc == LINA_ERR_ENDED)
        return lina_wait_fail(wait, rc, "its last producer has ended it");
    if (rc == LINA_ERR_DIED && goal->outcome == NULL)
        return lina_bond_fail(goal->bond);
    if (rc == LINA_ERR_DIED)
        return lina_wait_fail(wait, rc, "its last producer is gone");
    return rc == LINA_WAITING ? lina_wait_fail(wait, LINA_ERR_TIMEOUT, "timed out") : rc;
}
