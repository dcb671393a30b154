/* flavour.c - refuses to work for a Lua that this module is not bound to, if a process has two Luas.
 *
 * All Luas export the same names. The loader binds this module's calls to the first of them that is global. If
 * another Lua opened the module, the calls would misread its lua_State. The machine code that called
 * luaopen_lina_core belongs to the Lua that owns the state, so the file of that code tells which Lua it is. */
#include <dlfcn.h>
#include <stddef.h>

#include "binding.h"

/* The addresses that some functions are bound to: first a function that all Luas have, then those that only some
 * have. */
static const struct {
    const void *bound;
} marks[] = {
    {(const void *)lua_gettop},
#if LUA_VERSION_NUM >= 504
    {(const void *)lua_newuserdatauv},
#else
    {(const void *)lua_newuserdata},
#endif
#if LUA_VERSION_NUM >= 502
    {(const void *)luaL_checkversion_},
#else
    {(const void *)lua_objlen},
#endif
};

/* True if all functions that this module calls are in the same file as the caller. */
static bool is_bound_to(const Dl_info *caller) {
    for (size_t i = 0; i < sizeof marks / sizeof *marks; i++) {
        Dl_info bound;
        if (dladdr(marks[i].bound, &bound) == 0 || bound.dli_fbase != caller->dli_fbase)
            return false;
    }
    return true;
}

/* The handle of the caller's file if that is a Lua to which this module is not bound, otherwise NULL. A caller that
 * exports no Lua is a host that opens the module by hand. */
static void *foreign_lua(const void *code) {
    Dl_info caller;
    if (dladdr(code, &caller) == 0 || caller.dli_fname == NULL || is_bound_to(&caller))
        return NULL;
    void *handle = dlopen(caller.dli_fname, RTLD_LAZY | RTLD_NOLOAD);
    const void *its = handle == NULL ? NULL : dlsym(handle, "lua_gettop");
    return its != NULL && its != marks[0].bound ? handle : NULL;
}

void flavour_check(lua_State *L, const void *caller) {
    void *foreign = foreign_lua(caller);
    if (foreign == NULL)
        return;
    /* Only the Lua that owns the state can raise an error in it. */
    int (*raise)(lua_State *, const char *, ...) = NULL;
    *(void **)&raise = dlsym(foreign, "luaL_error");
    if (raise != NULL)
        raise(L, "lina: this process has two Luas, and the lina module is bound to the other one; "
                 "use one Lua in a process, or run the second in a process of its own");
}
