/* close.c - closes the handle of an arena, which ends the membership. */
#include "join.h"
#include "notify.h"
#include "waits.h"

int lina_arena_close(lina_arena_t *arena) {
    arena = lina_arena_of(arena);
    if (arena == NULL)
        return lina_last_error_code();
    if (lina_notify_is_inside())
        return lina_fail(LINA_ERR_BUSY, "arena \"%s\": a notification's callback cannot close it",
                         arena->where);
    if (swap_sc_u32(&arena->closed, 1) != 0)
        return lina_fail(LINA_ERR_CLOSED, "arena \"%s\" is closed already", arena->where);
    lina_default_forget(arena);
    lina_waits_finish_entering();
    lina_notify_close(arena);
    lina_signals_close(arena);
    lina_arena_leave(arena);
    lina_holds_close(arena);
    return LINA_OK;
}
