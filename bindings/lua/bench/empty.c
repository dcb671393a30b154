/* empty.c - what a call costs at least: a function of C that does nothing, called by Lua and by its FFI. */
#include <lua.h>
#include <stddef.h>

__attribute__((visibility("default"))) int lina_bench_empty(lua_State *L);
__attribute__((visibility("default"))) int lina_bench_nothing(const void *argument);

int lina_bench_empty(lua_State *L) {
    (void)L;
    return 0;
}

int lina_bench_nothing(const void *argument) { return argument != NULL; }
