/* luas.h - a Lua that is loaded at run time, so that one program can have several. */
#ifndef LUAS_H
#define LUAS_H

#include <dlfcn.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>

struct lua {
    void *(*newstate)(void);
    void (*openlibs)(void *);
    int (*loadstring)(void *, const char *);
    int (*pcall)(void *, int, int, int);
    int (*pcallk)(void *, int, int, int, ptrdiff_t, void *);
    const char *(*tolstring)(void *, int, size_t *);
    void (*close)(void *);
};

/* False where this machine has no such library. */
static bool lua_load(struct lua *lua, const char *library, int flags) {
    void *handle = dlopen(library, RTLD_NOW | flags);
    if (handle == NULL)
        return false;
    *(void **)&lua->newstate = dlsym(handle, "luaL_newstate");
    *(void **)&lua->openlibs = dlsym(handle, "luaL_openlibs");
    *(void **)&lua->loadstring = dlsym(handle, "luaL_loadstring");
    *(void **)&lua->pcall = dlsym(handle, "lua_pcall");
    *(void **)&lua->pcallk = dlsym(handle, "lua_pcallk");
    *(void **)&lua->tolstring = dlsym(handle, "lua_tolstring");
    *(void **)&lua->close = dlsym(handle, "lua_close");
    return true;
}

static void *lua_state(const struct lua *lua) {
    void *state = lua->newstate();
    lua->openlibs(state);
    return state;
}

/* What the code returns, as text, or the error. */
static const char *lua_run(const struct lua *lua, void *state, const char *code, bool *ok) {
    *ok = lua->loadstring(state, code) == 0 &&
          (lua->pcall != NULL ? lua->pcall(state, 0, 1, 0)
                              : lua->pcallk(state, 0, 1, 0, 0, NULL)) == 0;
    const char *text = lua->tolstring(state, -1, NULL);
    return text == NULL ? "(no text)" : text;
}

#endif
