/* two_luas.c - one module file that two Luas open is refused by the second, with a sentence.
 *
 *   two_luas BUILD      where lua/5.4/lina/core.so and so on are */
#include <string.h>

#include "luas.h"

static const struct {
    const char *first, *second, *flavour;
} pairs[] = {
    {"liblua5.4.so.0", "liblua5.3.so.0", "5.4"},
    {"liblua5.3.so.0", "liblua5.4.so.0", "5.4"},
    {"liblua5.1.so.0", "libluajit-5.1.so.2", "5.1"},
    {"libluajit-5.1.so.2", "liblua5.1.so.0", "jit"},
};

/* Each pair needs a process, as a Lua that is global once stays so. */
static int test(int n, const char *build) {
    struct lua first, second;
    char code[4096];
    bool ok;
    /* The second one must not call the first instead of itself. */
    if (!lua_load(&first, pairs[n].first, RTLD_GLOBAL) ||
        !lua_load(&second, pairs[n].second, RTLD_LOCAL | RTLD_DEEPBIND)) {
        printf("ok %d # SKIP a Lua is missing\n", n + 1);
        return 0;
    }
    snprintf(
        code, sizeof code,
        "package.path = '%s/lua/%s/?.lua;%s/lua/%s/?/init.lua' package.cpath = '%s/lua/%s/?.so' "
        "local lina = require 'lina' lina.init_arena(65536) "
        "return lina.create_array('x', 'f64', 3, {exist_ok = true}):sum() .. ''",
        build, pairs[n].flavour, build, pairs[n].flavour, build, pairs[n].flavour);
    void *mine = lua_state(&first), *other = lua_state(&second);
    bool is_first_bound =
        strcmp(pairs[n].first + 6, "5.3.so.0") != 0; /* it cannot have 5.4's module */
    const char *text = lua_run(&first, mine, code, &ok);
    bool passed = ok == is_first_bound;
    if (!passed)
        printf("# first: %s\n", text);
    text = lua_run(&second, other, code, &ok);
    bool refused =
        !ok && (strstr(text, "two Luas") != NULL || strstr(text, "undefined symbol") != NULL);
    if (!refused)
        printf("# second: %s\n", text);
    printf("%s %d - the module of %s is refused by %s after %s\n",
           passed && refused ? "ok" : "not ok", n + 1, pairs[n].flavour, pairs[n].second,
           pairs[n].first);
    first.close(mine);
    second.close(other);
    return passed && refused ? 0 : 1;
}

int main(int argc, char **argv) {
    int count = (int)(sizeof pairs / sizeof *pairs), failed = 0;
    if (argc == 3)
        return test(atoi(argv[2]), argv[1]);
    printf("1..%d\n", count);
    for (int n = 0; n < count; n++) {
        char command[4096];
        snprintf(command, sizeof command, "'%s' '%s' %d", argv[0], argv[1], n);
        fflush(stdout);
        int status = system(command);
        if (status != 0 && status != 256)
            printf("not ok %d - it crashed\n", n + 1);
        failed += status != 0;
    }
    return failed != 0;
}
