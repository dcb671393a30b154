/* wait_policy.c - see wait_policy.h. signals.c explains why no wake-up is lost. */
#include "wait_policy.h"

#include <errno.h>

#include "platform.h"
#include "wake.h"

#define SPINS 50 /* pauses of some 25 ns: twice the time in which the farthest core answers */
#define FEW_SPINS 4
#define SPIN_EVERY 8 /* these two: see lina_wait_run */
#define SLEEP_EVERY 64
#define YIELDS 50
#define YIELDS_TOO_LONG UINT64_C(200000) /* ns; if the yields take longer, the core is busy */
#define SKIPPED_YIELDS 64                /* number of waits that then skip yielding */

/* ---- deadlines --------------------------------------------------------------------------------- */

/* The deadline of a time-out, without overflow. If the time-out is negative, the deadline is now. */
static uint64_t deadline_at(uint64_t now, int64_t timeout_ns) {
    uint64_t timeout = timeout_ns < 0 ? 0 : (uint64_t)timeout_ns;
    return timeout_ns == LINA_FOREVER || timeout > UINT64_MAX - now ? UINT64_MAX : now + timeout;
}

uint64_t lina_wait_deadline(struct lina_wait *wait, uint64_t now) {
    if (wait->deadline == 0)
        wait->deadline = deadline_at(now, wait->timeout_ns);
    return wait->deadline;
}

uint64_t lina_deadline_of(int64_t timeout_ns) {
    return timeout_ns == LINA_FOREVER ? UINT64_MAX : deadline_at(platform_now(), timeout_ns);
}

int64_t lina_rest_of(uint64_t deadline) {
    uint64_t now = platform_now();
    if (deadline - now > INT64_MAX && deadline > now)
        return LINA_FOREVER;
    return deadline > now ? (int64_t)(deadline - now) : 0;
}

/* ---- sleeping ---------------------------------------------------------------------------------- */

static bool is_seen(const struct lina_dumping *dumping) { return dumping->incarnation != 0; }

static bool sees_core_dump(const struct lina_goal *goal) {
    return (goal->condition != NULL && is_seen(goal->condition->dumping)) ||
           (goal->outcome != NULL && is_seen(&goal->outcome->dumping)) ||
           (goal->bond != NULL && is_seen(&goal->bond->dumping));
}

static uint64_t longest_nap(const struct lina_wait *wait) {
    for (uint32_t i = 0; i < wait->count; i++)
        if (sees_core_dump(&wait->goals[i]))
            return LINA_SHORT_NAP;
    return LINA_NAP;
}

/* Sleeps for one nap at most, on a word whose value was `seen`. Also OK if it wakes without a reason. */
static int nap(struct lina_wait *wait, const uint32_t *word, uint32_t seen) {
    uint64_t now = platform_now();
    if (now >= wait->deadline)
        return lina_wait_answer(wait, LINA_WAITING);
    uint64_t most = wait->deadline - now, nap = longest_nap(wait);
    int rc = platform_futex_wait(word, seen, now + (most < nap ? most : nap));
    return rc == -EINTR && !wait->patient
               ? lina_wait_fail(wait, LINA_ERR_INTERRUPTED,
                                "the wait was interrupted by a signal handler")
               : LINA_OK;
}

/* Wakes the others who wait for what has ended this wait, if the wait has set a waiters bit in vain: see signals.c. */
static void pass_on(const struct lina_wait *wait) {
    const struct lina_goal *goal = &wait->goals[wait->which];
    if (goal->slot != NULL && (load_sc_u64(&goal->slot->word) & SIGNAL_WAITERS) != 0)
        lina_wake(wait->arena, goal->place.slot);
}

/* True if the wait must sleep. Called after the waiters bits were set. */
static bool must_sleep(struct lina_wait *wait) {
    if (lina_goals_look(wait) == LINA_WAITING && load_sc_u32(&wait->arena->closed) == 0)
        return true;
    pass_on(wait);
    return false;
}

static int nap_on_word(struct lina_wait *wait) {
    struct lina_goal *goal = wait->goals;
    uint64_t word = lina_signal_await(wait->arena, goal->place);
    if (!must_sleep(wait))
        return LINA_OK;
    /* The low half of the word; little-endian, as the layout demands. */
    return nap(wait, (const uint32_t *)(const void *)&goal->slot->word, (uint32_t)word);
}

static int nap_on_doorbell(struct lina_wait *wait) {
    const uint32_t *bell = &wait->arena->header->doorbell;
    uint32_t seen = load_sc_u32(bell); /* before the last look: see signals.c */
    for (uint32_t i = 0; i < wait->count; i++)
        if (wait->goals[i].place.slot != LINA_NIL)
            lina_signal_listen(wait->arena, wait->goals[i].place);
    return must_sleep(wait) ? nap(wait, bell, seen) : LINA_OK;
}

static int sleep_until_over(struct lina_wait *wait) {
    for (;;) {
        int rc = lina_goals_look(wait);
        if (rc != LINA_WAITING)
            return lina_wait_answer(wait, rc);
        if (load_sc_u32(&wait->arena->closed) != 0)
            return lina_wait_fail(wait, LINA_ERR_CLOSED, "the arena was closed");
        rc = lina_goals_ask(wait);
        if (rc != LINA_WAITING)
            return lina_wait_answer(wait, rc);
        rc = wait->count == 1 && wait->goals->place.slot != LINA_NIL ? nap_on_word(wait)
                                                                     : nap_on_doorbell(wait);
        if (rc != LINA_OK)
            return rc;
    }
}

/* ---- spinning and yielding --------------------------------------------------------------------- */

/* Loads each word once. Does not check for removals, because a signaller needs those cache lines. */
static bool seems_reached(const struct lina_wait *wait) {
    for (uint32_t i = 0; i < wait->count; i++)
        if (wait->goals[i].condition != NULL
                ? wait->goals[i].condition->look(wait->goals[i].condition) != LINA_WAITING
                : lina_goal_is_reached(&wait->goals[i],
                                       load_acquire_u64(&wait->goals[i].slot->word)))
            return true;
    return false;
}

static int spin(struct lina_wait *wait, int spins) {
    for (int i = 0; i < spins; i++) {
        spin_pause();
        if (seems_reached(wait))
            break;
    }
    return lina_goals_look(wait);
}

static int yield(struct lina_wait *wait, uint64_t start) {
    for (int i = 0; i < YIELDS; i++) {
        platform_yield();
        int rc = lina_goals_look(wait);
        if (rc != LINA_WAITING)
            return rc;
        if (platform_now() - start > YIELDS_TOO_LONG) {
            store_relaxed_u32(&wait->waits->yields_to_skip, SKIPPED_YIELDS);
            break;
        }
    }
    return LINA_WAITING;
}

/* True if this wait yields before it sleeps. `vain_spins` is the number of waits in a row that came to this point. */
static bool may_yield(const struct lina_wait *wait, uint32_t vain_spins) {
    uint32_t yields_to_skip = load_relaxed_u32(&wait->waits->yields_to_skip);
    if (yields_to_skip > 0)
        store_relaxed_u32(&wait->waits->yields_to_skip, yields_to_skip - 1);
    return yields_to_skip == 0 && vain_spins % SLEEP_EVERY != 0;
}

/* The waiting policy. A partner on another core usually answers during the spins, and a partner on this core during
 * the yields. If the answer takes longer, the wait sleeps.
 *
 * `vain_spins` counts waits in a row that spun in vain. After SPIN_EVERY of them, the partner is probably on this core,
 * where spinning is useless. Then only one wait in SPIN_EVERY spins for long. But the pair would stay on this core,
 * because a scheduler looks for a free core when a thread wakes, and hardly while it runs. So one wait in
 * SLEEP_EVERY sleeps without yielding.
 *
 * If other threads compute on this core, a yield gives them a whole time slice, while a sleep costs little. So if the
 * yields took longer than YIELDS_TOO_LONG, the next SKIPPED_YIELDS waits sleep without yielding. */
int lina_wait_run(struct lina_wait *wait) {
    uint32_t *count = &wait->waits->vain_spins, vain_spins = load_relaxed_u32(count);
    bool same_core = vain_spins >= SPIN_EVERY && vain_spins % SPIN_EVERY != 0;
    int rc = spin(wait, same_core ? FEW_SPINS : SPINS);
    if (rc != LINA_WAITING) {
        store_relaxed_u32(count, 0);
        return lina_wait_answer(wait, rc);
    }
    store_relaxed_u32(count, ++vain_spins);
    uint64_t now = platform_now();
    lina_wait_deadline(wait, now);
    if (may_yield(wait, vain_spins))
        rc = yield(wait, now);
    return rc != LINA_WAITING ? lina_wait_answer(wait, rc) : sleep_until_over(wait);
}
