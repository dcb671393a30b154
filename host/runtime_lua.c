/* runtime_lua.c - runs every Lua since 5.1, and LuaJIT, through the functions that all of them have. The plug-in is
 * built without Lua's headers.
 *
 * Pitfalls:
 *  - Modules in C expect Lua's symbols to be global, and all kinds of Lua export the same names. So a process can
 *    load only one kind.
 *  - A hook can stop a loop, and lua_sethook may be called while the state runs. A permanent hook would double the
 *    time of a tight loop, so the plug-in sets the hook only when the host wants to stop the script.
 *  - The hook runs in whatever function Lua is in, so also in the driver. There it raises nothing: otherwise the
 *    error would name the driver's line, and no traceback could be made. */
#include <dlfcn.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "driver_lua.h"
#include "runtime.h"

#define MASK_CALL_RETURN_COUNT (1 | 2 | 8)
/* The names of two chunks, as Lua shows them; driver.lua looks for them, too. While a script waits in C, Lina's binding
 * calls an empty function of the second one again and again, so that a hook can end the wait. */
#define DRIVER "[lina]"
#define BINDING "lina"

static struct {
    void *(*newstate)(void);
    void (*openlibs)(void *);
    void (*close)(void *);
    const char *(*tolstring)(void *, int, size_t *);
    void (*pushstring)(void *, const char *);
    void (*settop)(void *, int);
    void *(*touserdata)(void *, int);
    void (*pushcclosure)(void *, int (*)(void *), int);
    void (*concat)(void *, int);
    void (*where)(void *, int);
    int (*error)(void *);
    void (*sethook)(void *, void (*)(void *, void *), int, int);
    /* 5.1 and LuaJIT have the first of a pair, and 5.2 and later the second. */
    int (*loadbuffer)(void *, const char *, size_t, const char *);
    int (*loadbufferx)(void *, const char *, size_t, const char *, const char *);
    int (*pcall)(void *, int, int, int);
    int (*pcallk)(void *, int, int, int, intptr_t, void *);
} lua;

/* Looks up a function that has one of two names. */
static int load_either(void *library, struct symbol one, struct symbol other, char *why,
                       size_t room) {
    return load_symbols(library, &one, 1, why, room) == 0
               ? 0
               : load_symbols(library, &other, 1, why, room);
}

static int open_lua(const lina_runtime_info_t *info, char *why, size_t room) {
    const struct symbol symbols[] = {
        {"luaL_newstate", &lua.newstate},    {"luaL_openlibs", &lua.openlibs},
        {"lua_close", &lua.close},           {"lua_tolstring", &lua.tolstring},
        {"lua_settop", &lua.settop},         {"lua_pushstring", &lua.pushstring},
        {"lua_concat", &lua.concat},         {"luaL_where", &lua.where},
        {"lua_error", &lua.error},           {"lua_sethook", &lua.sethook},
        {"lua_touserdata", &lua.touserdata}, {"lua_pushcclosure", &lua.pushcclosure},
    };
    void *library = dlopen(info->library, RTLD_NOW | RTLD_GLOBAL);
    if (library == NULL) {
        snprintf(why, room, "%s", dlerror());
        return LINA_ERR_NOT_FOUND;
    }
    int missing =
        load_symbols(library, symbols, sizeof symbols / sizeof *symbols, why, room) != 0 ||
        load_either(library, (struct symbol){"lua_pcallk", &lua.pcallk},
                    (struct symbol){"lua_pcall", &lua.pcall}, why, room) != 0 ||
        load_either(library, (struct symbol){"luaL_loadbufferx", &lua.loadbufferx},
                    (struct symbol){"luaL_loadbuffer", &lua.loadbuffer}, why, room) != 0;
    return missing ? LINA_ERR_VERSION : LINA_OK;
}

static int begin_lua(const lina_runtime_info_t *info, char *why, size_t room) {
    (void)info, (void)why, (void)room;
    accept_stop_signal();
    return LINA_OK;
}

static int load(void *state, const char *chunk) {
    static const char name[] = "=" DRIVER;
    size_t size = strlen(chunk);
    return lua.loadbufferx != NULL ? lua.loadbufferx(state, chunk, size, name, NULL)
                                   : lua.loadbuffer(state, chunk, size, name);
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

static __thread int status; /* of the script that this thread runs */

/* The driver's function set_status(TEXT). Returns how many values it has pushed, as all of Lua's functions in C. */
static int set_status(void *state) {
    const char *text = lua.tolstring(state, 1, NULL);
    status = text != NULL ? atoi(text) : 1;
    return 0;
}

/* The driver's function point(FILE, DESCRIPTOR). It lets a file of Lua write where the host's descriptor does. In every Lua, the object of a file
 * begins with a pointer to C's. */
static int point(void *state) {
    FILE **file = lua.touserdata(state, 1);
    int own = own_output(atoi(lua.tolstring(state, 2, NULL)));
    dup3(own, fileno(*file), O_CLOEXEC);
    close(own);
    return 0;
}

static int run_lua(lina_script_t *script) {
    /* The chunk has the driver and its arguments in it, so the plug-in needs few functions of Lua. */
    static const struct call_form form = {
        {"local point, set_status = ...\nlocal function driver(...)\n", driver_lua,
         "\nend\nreturn tostring(driver("},
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
    int failed = load(state, chunk) != 0;
    if (!failed) {
        lua.pushcclosure(state, point, 0);
        lua.pushcclosure(state, set_status, 0);
        failed = call(state, 2) != 0;
    }
    const char *text = lua.tolstring(state, -1, NULL);
    status = failed || text == NULL ? 1 : atoi(text);
    publish_state(script, NULL); /* from here on, `stop` sets no hook */
    lua.sethook(state, NULL, 0, 0);
    if (failed)
        say(script, text);
    lua.close(state); /* a finalizer may call set_status */
    free(chunk);
    return script->stops > 0 && status != 0 ? 130 : status;
}

/* Pushes the place of the innermost Lua function at `*level` or above, such as "a.lua:3: ", and stores its level in
 * `*level`. Pushes "" if there is none. */
static const char *push_place(void *state, int *level) {
    for (; *level < 100; ++*level) { /* functions of C have no place */
        lua.where(state, *level);
        const char *place = lua.tolstring(state, -1, NULL);
        if (*place != '\0')
            return place;
        lua.settop(state, -2);
    }
    lua.pushstring(state, "");
    return "";
}

static int is_of(const char *place, const char *chunk) {
    size_t length = strlen(chunk);
    return strncmp(place, chunk, length) == 0 && place[length] == ':';
}

/* Raises the error in the script. While Lua is in the driver, it does nothing, and the hook comes again at the next
 * step. */
static void raise_at(void *state, int once) {
    int level = 0;
    const char *place = push_place(state, &level);
    if (is_of(place, DRIVER)) {
        lua.settop(state, -2);
        return;
    }
    while (is_of(place, BINDING) ||
           is_of(place, DRIVER)) { /* the driver's: a pcall around the wait */
        lua.settop(state, -2);
        level++;
        place = push_place(state, &level);
    }
    if (once)
        lua.sethook(state, NULL, 0, 0);
    lua.pushstring(state, "interrupted!");
    lua.concat(state, 2);
    lua.error(state);
}

static void raise_once(void *state, void *record) {
    (void)record;
    raise_at(state, 1);
}

static void raise_always(void *state, void *record) {
    (void)record;
    raise_at(state, 0);
}

/* The first request raises one error, so that the script may catch it and tidy up. A later request means that the
 * script still runs, so every step of it raises the error. */
static void stop_lua(lina_script_t *script) {
    pthread_mutex_lock(&script->lock);
    if (script->own != NULL) {
        lua.sethook(script->own, script->stops <= 1 ? raise_once : raise_always,
                    MASK_CALL_RETURN_COUNT, 1);
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
