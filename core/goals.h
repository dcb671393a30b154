/* goals.h - what a wait is for: a signal, a stream or a condition, or any of several.
 *
 * Functions that look or ask return LINA_WAITING; LINA_OK if a goal is reached; or the code with which the wait
 * fails, such as LINA_ERR_NOT_FOUND if the signal was removed. */
#ifndef LINA_GOALS_H
#define LINA_GOALS_H

#include "bonds.h"
#include "process.h"
#include "signals.h"
#include "stream_outcome.h"

/* A goal of the caller's own, instead of a signal. `look` is cheap. `ask` is called before each nap, and asks the
 * kernel which members are alive. In `dumping`, `ask` notes a member that seems to be writing a core dump: then the
 * next nap is short. */
struct lina_condition {
    int (*look)(struct lina_condition *);
    int (*ask)(struct lina_condition *);
    const struct lina_dumping *dumping;
};

/* What a wait is for: that the signal is set, or that its counter reaches a target. If the signal was set during the
 * wait and cleared before the waiter looked, the wait ends as well, because the counter has changed. */
struct lina_goal {
    const char *name; /* NULL if the wait is by handle */
    struct lina_signal_place place;
    struct lina_signal_slot *slot; /* NULL if the signal does not exist yet */
    bool set;
    uint64_t target;
    uint64_t start;               /* the counter when the wait began */
    struct lina_outcome *outcome; /* if the signal is the head of a stream: its outcome, or NULL */
    struct lina_bond *bond;       /* to the member that the wait depends on, or NULL */
    struct lina_condition *condition; /* if not NULL: the wait is for this instead */
};

struct lina_wait {
    lina_arena_t *arena;
    const char *what;         /* for errors; NULL means "signal" */
    struct lina_waits *waits; /* the counter in which it is counted */
    struct lina_goal *goals;
    uint32_t count;
    uint32_t which; /* the goal that ended the wait */
    bool patient;   /* signal handlers do not end it */
    int64_t timeout_ns;
    uint64_t deadline; /* 0 before it is computed */
};

static inline bool lina_wait_only_looks(const struct lina_wait *wait) {
    return wait->timeout_ns <= 0;
}

/* `word` is the signal's. */
static inline bool lina_goal_is_reached(const struct lina_goal *goal, uint64_t word) {
    uint64_t value = signal_value(word);
    return goal->set ? value != goal->start || value != load_acquire_u64(&goal->slot->cleared)
                     : value >= goal->target;
}

/* Looks at all goals. */
int lina_goals_look(struct lina_wait *wait);
/* The first look, with which the wait begins. Goals may lack slots. */
int lina_goals_look_first(struct lina_wait *wait);
/* Asks the kernel whether the members that the goals depend on are alive. */
int lina_goals_ask(struct lina_wait *wait);

/* Sets and returns an error that names the goal which ended the wait. */
int lina_wait_fail(const struct lina_wait *wait, int code, const char *what);
/* Sets the error for the result of a look that is not OK, and returns its code. */
int lina_wait_explain(const struct lina_wait *wait, int rc);
/* Makes the result of the call from the result of a look: LINA_WAITING means that the wait timed out. */
static inline int lina_wait_answer(const struct lina_wait *wait, int rc) {
    return rc == LINA_OK ? rc : lina_wait_explain(wait, rc);
}

#endif
