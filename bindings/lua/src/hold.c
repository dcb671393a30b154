/* hold.c - one lina_view_t for all arrays on it, and its weight for the garbage collector.
 *
 * The collector sees small userdata, and not the memory of the arena behind them. So it would run too late for a
 * writer, in this process or another, that needs that memory. Each generation that is seen for the first time
 * advances the collector, as much as if a quarter of the arena were the whole heap of Lua. */
#include <stdlib.h>

#include "binding.h"

#define GENERATIONS 256.0 /* every arena has room for a thousand or more */

struct hold *hold_new(lua_State *L) {
    struct hold *hold = calloc(1, sizeof *hold);
    if (hold == NULL)
        raise_text(L, LINA_ERR_NO_MEMORY, "", "no memory for a view");
    hold->arrays = 1;
    return hold;
}

void hold_drop(struct hold *hold) {
    if (--hold->arrays > 0)
        return;
    core.release(&hold->view);
    free(hold);
}

/* True if this generation was counted before. Counts it. */
static bool was_seen(struct arena *arena, const lina_view_t *view) {
    uint64_t *seen = &arena->serials_seen[view->slot % SIGNAL_CACHE];
    if (*seen == view->serial)
        return true;
    *seen = view->serial;
    return false;
}

void hold_weigh(lua_State *L, struct arena *arena, const lina_view_t *view) {
    lina_arena_info_t info;
    if (was_seen(arena, view))
        return;
    if (arena->size == 0 && core.arena_info(arena->handle, &info) == LINA_OK)
        arena->size = info.size;
    double share = 1 / GENERATIONS;
    if (arena->size > 0)
        share += 4.0 * (double)view->desc.nbytes / (double)arena->size;
    arena->weight += share * (double)lua_gc(L, LUA_GCCOUNT, 0); /* KiB of Lua's heap */
    int kib = arena->weight < 1e6 ? (int)arena->weight : 1000000;
    if (kib < 1)
        return;
    arena->weight = 0;
    lua_gc(L, LUA_GCSTEP, kib);
}

bool collect_for_room(lua_State *L, int code, int *attempts) {
    if ((code != LINA_ERR_NO_MEMORY && code != LINA_ERR_FULL) || (*attempts)++ > 0)
        return false;
    lua_gc(L, LUA_GCCOLLECT, 0);
    return true;
}
