/* several.c - waits for the first of several signals and readers, in naps; the wait may depend on a member.
 *
 * The wait for a reader is a wait for its stream. It ends when there is a generation to take, or when the stream is
 * over. A reader that revives waits for the next producer. While its stream is dead, it is left out of the naps,
 * because the core would answer DIED at once. */
#include "binding.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- one nap ---------------------------------------------------------------------------------------- */

static int look_alone(lina_arena_t *arena, const lina_wait_t *wait) {
    uint32_t which;
    lina_wait_t alone = *wait;
    alone.member = NULL;
    return core.wait_any(arena, &alone, 1, 0, &which);
}

static bool is_dead_for_now(lina_arena_t *arena, const struct several *waits, uint32_t i) {
    return waits->revives[i] && look_alone(arena, &waits->all[i]) == LINA_ERR_DIED;
}

int several_look(lina_arena_t *arena, const struct several *waits, uint32_t i) {
    int code = look_alone(arena, &waits->all[i]);
    if ((waits->all[i].flags & LINA_WAIT_STREAM) == 0)
        return code;
    if (code == LINA_ERR_DIED && waits->revives[i])
        return LINA_ERR_TIMEOUT;
    bool is_over = code == LINA_ERR_ENDED || code == LINA_ERR_DIED || code == LINA_ERR_NOT_FOUND;
    return is_over ? LINA_OK : code;
}

static const char *kind_of_first(const struct several *waits) {
    return (waits->all[0].flags & LINA_WAIT_STREAM) != 0 ? "stream" : "signal";
}

/* Keeps the core's error text, which the next call would replace. */
static int keep_why(struct several *waits, int code) {
    snprintf(waits->why, sizeof waits->why, "%s", core.last_error());
    return code;
}

static int say_gone(struct several *waits, const char *member) {
    snprintf(waits->why, sizeof waits->why, "%s \"%s\": member \"%s\" is gone",
             kind_of_first(waits), waits->all[0].name, member);
    return LINA_ERR_DIED;
}

/* A nap while all streams are dead. */
static int sleep_without(lina_arena_t *arena, struct several *waits, int64_t ns) {
    const char *member = waits->all[0].member;
    if (member == NULL) {
        waiting_sleep(ns);
        return LINA_ERR_TIMEOUT;
    }
    int code = core.member_wait(arena, member, ns);
    return code == LINA_OK ? say_gone(waits, member) : keep_why(waits, code);
}

/* Finds the reader that `code` is about, because the core does not say which stream is over. `asked` says which ones
 * the core was asked for. Another stream may have died since. */
static int blame(lina_arena_t *arena, const struct several *waits, const bool *asked, int code,
                 uint32_t *which) {
    bool died = false;
    for (uint32_t i = 0; i < waits->n; i++) {
        if ((waits->all[i].flags & LINA_WAIT_STREAM) == 0)
            continue;
        if (several_look(arena, waits, i) == LINA_OK) {
            *which = i;
            return LINA_OK;
        }
        died = died || (asked[i] && is_dead_for_now(arena, waits, i));
    }
    return died && code == LINA_ERR_DIED ? LINA_ERR_TIMEOUT : code;
}

static int nap(lina_arena_t *arena, struct several *waits, int64_t ns, uint32_t *which) {
    lina_wait_t those[LINA_WAIT_MOST];
    uint32_t index[LINA_WAIT_MOST], n = 0;
    bool asked[LINA_WAIT_MOST];
    for (uint32_t i = 0; i < waits->n; i++) {
        asked[i] = !is_dead_for_now(arena, waits, i);
        if (!asked[i])
            continue;
        index[n] = i;
        those[n++] = waits->all[i];
    }
    if (n == 0)
        return sleep_without(arena, waits, ns);
    int code = core.wait_any(arena, those, n, ns, which);
    if (code == LINA_OK)
        *which = index[*which];
    else
        keep_why(waits, code);
    if (code == LINA_ERR_ENDED || code == LINA_ERR_DIED || code == LINA_ERR_NOT_FOUND)
        return blame(arena, waits, asked, code, which);
    return code;
}

/* ---- depending on a member -------------------------------------------------------------------------- */

/* Each nap finds the member by its name, and a later nap may find another member of that name. So the wait remembers
 * the incarnation of the first. */
struct bond {
    const char *member;
    uint64_t incarnation; /* 0 before a member had the name */
};

static uint64_t find_member(lina_arena_t *arena, const char *name) {
    lina_member_info_t *all = NULL;
    size_t n = 0, total = 0, room;
    uint64_t found = 0;
    do {
        free(all);
        room = total + 16;
        all = malloc(room * sizeof *all);
    } while (all != NULL && core.member_list(arena, all, room, &n, &total) == LINA_OK &&
             total > room);
    for (size_t i = 0; all != NULL && i < n; i++)
        if (strcmp(all[i].name, name) == 0)
            found = all[i].incarnation;
    free(all);
    return found;
}

static bool has_namesake(lina_arena_t *arena, struct bond *bond) {
    uint64_t now = bond->member == NULL ? 0 : find_member(arena, bond->member);
    if (bond->incarnation == 0)
        bond->incarnation = now;
    return now != 0 && now != bond->incarnation;
}

/* After the member's death: if one of the waits was over before the death, it succeeds. */
static int end_without(lina_arena_t *handle, struct several *waits, const char *member,
                       uint32_t *which) {
    for (uint32_t i = 0; i < waits->n; i++)
        waits->all[i].member = NULL;
    return nap(handle, waits, 0, which) == LINA_OK ? LINA_OK : say_gone(waits, member);
}

/* ---- the whole wait --------------------------------------------------------------------------------- */

__attribute__((noreturn)) static void raise_timeout(lua_State *L, const struct several *waits) {
    const char *kind = kind_of_first(waits), *name = waits->all[0].name;
    if (waits->n == 1)
        raise_text(L, LINA_ERR_TIMEOUT, name, "%s \"%s\": timed out", kind, name);
    raise_text(L, LINA_ERR_TIMEOUT, name, "%s \"%s\" or one of %d others: timed out", kind, name,
               (int)waits->n - 1);
}

static bool goes_on(int code) { return code == LINA_ERR_TIMEOUT || code == LINA_ERR_INTERRUPTED; }

uint32_t wait_for_any(lua_State *L, struct arena *self, struct several *waits, int64_t timeout) {
    uint32_t which = 0;
    int64_t ns;
    const char *name = waits->all[0].name;
    waiting_let_hooks_run(L);
    lina_arena_t *handle = arena_handle(L, self, name);
    uint64_t epoch = self->epoch;
    struct bond bond = {.member = waits->all[0].member};
    has_namesake(handle, &bond);
    int code = nap(handle, waits, 0, &which);
    int64_t deadline = waiting_deadline(timeout > 0 ? timeout : 0);
    while (goes_on(code) && (ns = waiting_nap(deadline)) > 0) {
        waiting_go_on(L, code, self, name, epoch);
        code = has_namesake(handle, &bond) ? end_without(handle, waits, bond.member, &which)
                                           : nap(handle, waits, ns, &which);
    }
    if (code == LINA_ERR_TIMEOUT)
        raise_timeout(L, waits);
    if (code != LINA_OK)
        raise_text(L, code, name, "%s", waits->why);
    return which;
}
