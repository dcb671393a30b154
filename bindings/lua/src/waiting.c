/* waiting.c - the functions that wait. They wait in naps, so that an interrupt ends them.
 *
 * The `lua` program handles Ctrl-C by setting a debug hook, which raises an error at the next instruction of Lua.
 * During a wait there is no such instruction. So after each nap, if there is a hook, an empty function of Lua is
 * called. A host that stops a script by a hook also ends its waits. */
#include "binding.h"

#include <time.h>

#define NAP INT64_C(20000000) /* ns: a hook is noticed after so long at the latest */

#define MAIN "lina.main coroutine"
#define PULSE "lina.empty function"

void waiting_open(lua_State *L) {
    if (lua_pushthread(L) == 1)
        lua_setfield(L, LUA_REGISTRYINDEX, MAIN);
    else
        lua_pop(L, 1);
    if (luaL_loadbuffer(L, "return", 6, "=lina") == 0)
        lua_setfield(L, LUA_REGISTRYINDEX, PULSE);
}

/* ---- interrupts ------------------------------------------------------------------------------------- */

/* The main coroutine. In 5.1, it is only known if it opened the module. */
static lua_State *main_of(lua_State *L) {
#if LUA_VERSION_NUM >= 502
    lua_rawgeti(L, LUA_REGISTRYINDEX, LUA_RIDX_MAINTHREAD);
#else
    lua_getfield(L, LUA_REGISTRYINDEX, MAIN);
#endif
    lua_State *found = lua_tothread(L, -1);
    lua_pop(L, 1);
    return found == NULL ? L : found;
}

/* True if the hook must run at once, like that of an interrupt. A debugger's hook need not. */
static bool is_urgent(lua_State *L) {
    return lua_gethook(L) != NULL && (lua_gethookmask(L) & LUA_MASKCOUNT) != 0 &&
           lua_gethookcount(L) == 1;
}

/* The program sets the hook of the main coroutine. In PUC Lua, each coroutine has its own hook, so this moves it to
 * the present one. */
void waiting_let_hooks_run(lua_State *L) {
    lua_State *main = main_of(L);
    if (main != L && is_urgent(main) && !is_urgent(L)) {
        lua_sethook(L, lua_gethook(main), lua_gethookmask(main), lua_gethookcount(main));
        lua_sethook(main, NULL, 0, 0);
    }
    if (lua_gethook(L) == NULL)
        return;
    lua_getfield(L, LUA_REGISTRYINDEX, PULSE);
    lua_call(L, 0, 0);
}

/* ---- one signal ------------------------------------------------------------------------------------- */

struct wish {
    int arg; /* the argument with the name */
    bool for_value;
    uint64_t target;
    int64_t timeout_ns;
    const char *member; /* the member that must not die meanwhile, or NULL */
};

static int64_t now_ns(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

int64_t waiting_deadline(int64_t timeout_ns) {
    int64_t now = now_ns();
    return timeout_ns > INT64_MAX - now ? INT64_MAX : now + timeout_ns;
}

int64_t waiting_nap(int64_t deadline) {
    int64_t left = deadline == INT64_MAX ? NAP : deadline - now_ns();
    return left < NAP ? left : NAP;
}

void waiting_sleep(int64_t ns) {
    struct timespec t = {.tv_sec = ns / 1000000000, .tv_nsec = ns % 1000000000};
    nanosleep(&t, NULL); /* a signal handler may end it early */
}

void waiting_go_on(lua_State *L, int code, struct arena *self, const char *name, uint64_t epoch) {
    if (code != LINA_ERR_TIMEOUT && code != LINA_ERR_INTERRUPTED)
        raise_code(L, code, name);
    waiting_let_hooks_run(L);
    arena_handle(L, self, name);
    if (self->epoch != epoch) /* a new handle may have the address of the one before */
        raise_text(L, LINA_ERR_CLOSED, name, "signal \"%s\": its arena was closed", name);
}

static int nap(const lina_signal_t *signal, const struct wish *wish, int64_t ns) {
    return wish->for_value ? core.signal_wait_value(signal, wish->target, ns)
                           : core.signal_wait(signal, ns);
}

/* Looks without making the signal. */
static void wait_now(lua_State *L, struct arena *self, const struct wish *wish) {
    if (signal_look(L, self, wish->arg, wish->for_value ? &wish->target : NULL))
        return;
    const char *name = lua_tostring(L, wish->arg);
    raise_text(L, LINA_ERR_TIMEOUT, name, "signal \"%s\": timed out", name);
}

static int wait_for(lua_State *L, struct arena *self, const struct wish *wish) {
    const char *name = text_argument(L, wish->arg);
    if (wish->member != NULL) {
        uint64_t target = wish->for_value ? wish->target : LINA_WAIT_SET;
        struct several one = {.n = 1,
                              .all = {{.name = name, .target = target, .member = wish->member}}};
        wait_for_any(L, self, &one, wish->timeout_ns);
        return 0;
    }
    waiting_let_hooks_run(L);
    if (wish->timeout_ns <= 0) {
        wait_now(L, self, wish);
        return 0;
    }
    int64_t deadline = waiting_deadline(wish->timeout_ns), ns;
    lina_signal_t signal = *signal_handle(L, self, wish->arg);
    uint64_t epoch = self->epoch;
    while ((ns = waiting_nap(deadline)) > 0) {
        int code = nap(&signal, wish, ns);
        if (code == LINA_OK)
            return 0;
        waiting_go_on(L, code, self, name, epoch);
    }
    return raise_text(L, LINA_ERR_TIMEOUT, name, "signal \"%s\": timed out", name);
}

uint64_t target_argument(lua_State *L, int arg) {
    if (lua_type(L, arg) != LUA_TNUMBER && lua_type(L, arg) != TYPE_CDATA)
        raise_type(L, arg, "integer");
    return count_argument(L, arg, (uint64_t)INT64_MAX);
}

static int waiting_wait(lua_State *L) {
    int first;
    struct arena *self = arena_argument(L, &first);
    text_argument(L, first);
    struct wish wish = {.arg = first};
    wish.timeout_ns = wait_argument(L, first + 1, &wish.member);
    return wait_for(L, self, &wish);
}

static int waiting_wait_value(lua_State *L) {
    int first;
    struct arena *self = arena_argument(L, &first);
    text_argument(L, first);
    struct wish wish = {.arg = first, .for_value = true, .target = target_argument(L, first + 1)};
    wish.timeout_ns = wait_argument(L, first + 2, &wish.member);
    return wait_for(L, self, &wish);
}

const luaL_Reg waiting_methods[] = {
    {"wait", waiting_wait},
    {"wait_value", waiting_wait_value},
    {NULL, NULL},
};
