/* runtime_lua.c - runs every Lua since 5.1, and LuaJIT, through the functions that all of them have. The plug-in is
 * built without Lua's headers.
 *
 * Pitfalls:
 *  - Modules in C expect Lua's symbols to be global, and all kinds of Lua export the same names. So a process can
 *    load only one kind.
 *  - A hook can stop a loop, and lua_sethook may be called while the state runs. A permanent hook would double the
 *    time of a tight loop, so the plug-in sets the hook only when the host wants to stop the script. */
#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "driver_lua.h"
#include "runtime.h"

#define MASK_CALL_RETURN_COUNT (1 | 2 | 8)

static struct {
    void *(*newstate)(void);
    void (*openlibs)(void *);
    int (*loadstring)(void *, const char *);
    void (*close)(void *);
    const char *(*tolstring)(void *, int, size_t *);
    void (*pushstring)(void *, const char *);
    int (*error)(void *, const char *, ...);
    void (*sethook)(void *, void (*)(void *, void *), int, int);
    int (*pcall)(void *, int, int, int);                    /* 5.1 and LuaJIT */
    int (*pcallk)(void *, int, int, int, intptr_t, void *); /* 5.2 and later */
} lua;

static int open_lua(const lina_runtime_info_t *info, char *why, size_t room) {
    const struct symbol symbols[] = {
        {"luaL_newstate", &lua.newstate},     {"luaL_openlibs", &lua.openlibs},
        {"luaL_loadstring", &lua.loadstring}, {"lua_close", &lua.close},
        {"lua_tolstring", &lua.tolstring},    {"lua_pushstring", &lua.pushstring},
        {"luaL_error", &lua.error},           {"lua_sethook", &lua.sethook},
    };
    void *library = dlopen(info->library, RTLD_NOW | RTLD_GLOBAL);
    if (library == NULL) {
        snprintf(why, room, "%s", dlerror());
        return LINA_ERR_NOT_FOUND;
    }
    if (load_symbols(library, symbols, sizeof symbols / sizeof *symbols, why, room) != 0)
        return LINA_ERR_VERSION;
    const struct symbol old = {"lua_pcall", &lua.pcall}, new = {"lua_pcallk", &lua.pcallk};
    return load_symbols(library, &new, 1, why, room) == 0 ||
                   load_symbols(library, &old, 1, why, room) == 0
               ? LINA_OK
               : LINA_ERR_VERSION;
}

static int begin_lua(const lina_runtime_info_t *info, char *why, size_t room) {
    (void)info, (void)why, (void)room;
    accept_stop_signal();
    return LINA_OK;
}

static int call(void *state, int arguments) {
    return lua.pcallk != NULL ? lua.pcallk(state, arguments, 1, 0, 0, NULL)
                              : lua.pcall(state, arguments, 1, 0);
}

static void say(const lina_script_t *script, const char *text) {
    dprintf(script->errors != 0 ? script->errors : 2, "lua: %s\n",
            text != NULL ? text : "unknown error");
}

static void publish_state(lina_script_t *script, void *state) {
    pthread_mutex_lock(&script->lock);
    script->own = state;
    pthread_mutex_unlock(&script->lock);
}

static int run_lua(lina_script_t *script) {
    /* The chunk has the driver and its arguments in it, so the plug-in needs no other functions of Lua. */
    static const struct call_form form = {
        {"local function driver(...)\n", driver_lua, "\nend\nreturn tostring(driver("},
        "\"",
        ESCAPE_DECIMAL,
        "{",
        "}",
        "true",
        "false",
        "))"};
    char *chunk = call_text(script, &form);
    void *state = chunk == NULL ? NULL : lua.newstate();
    if (state == NULL) {
        say(script, "there is no memory for a state");
        free(chunk);
        return 1;
    }
    lua.openlibs(state);
    publish_state(script, state);
    int failed = lua.loadstring(state, chunk) != 0 || call(state, 0) != 0;
    const char *text = lua.tolstring(state, -1, NULL);
    int status = failed || text == NULL ? 1 : atoi(text);
    publish_state(script, NULL); /* from here on, `stop` sets no hook */
    lua.sethook(state, NULL, 0, 0);
    if (failed)
        say(script, text);
    lua.close(state);
    free(chunk);
    return script->stops > 0 && status != 0 ? 130 : status;
}

static void raise_interrupt(void *state, void *record) {
    (void)record;
    lua.error(state, "interrupted!");
}

static void stop_lua(lina_script_t *script) {
    pthread_mutex_lock(&script->lock);
    if (script->own != NULL) {
        lua.sethook(script->own, raise_interrupt, MASK_CALL_RETURN_COUNT, 1);
        pthread_kill(script->thread, STOP_SIGNAL);
    }
    pthread_mutex_unlock(&script->lock);
}

static void end_lua(void) {}

const struct runtime *lina_runtime(void) {
    static const struct runtime runtime = {.abi = LINA_RUNTIME_ABI,
                                           .many = 1,
                                           .open = open_lua,
                                           .begin = begin_lua,
                                           .run = run_lua,
                                           .stop = stop_lua,
                                           .end = end_lua};
    return &runtime;
}
