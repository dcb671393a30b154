/* threads.c - several states, each in a thread of its own, over one arena.
 *
 *   threads BUILD */
#include <pthread.h>
#include <string.h>

#include "luas.h"

#define THREADS 4

static const char script[] =
    "local lina = require 'lina'\n"
    "local ok, e = pcall(function()\n"
    "local me, count = THREAD, 4\n"
    "lina.init_arena(1048576, {exist_ok = true})\n"
    "for round = 1, 200 do\n"
    "    lina.loan('x' .. me, 'i64', 1000, function(x) x:fill(round) end)\n"
    "    lina.signal('ready' .. me)\n"
    "    for other = 1, count do\n"
    "        lina.wait_value('ready' .. other, round, 60)\n"
    "        local x = lina.array('x' .. other)\n"
    "        local low, high = tostring(x:min()), tostring(x:max())\n"
    "        assert(low == high, low .. ' and ' .. high)\n"
    "        if round % 2 == 0 then x:close() end\n"
    "    end\n"
    "    pcall(lina.array, 'none')\n"
    "    if round % 50 == 0 then\n"
    "        local arena = lina.Arena.create(nil, 65536)\n"
    "        arena:create_array('y', 'f64', 10):fill(1)\n"
    "        local fd = arena:fd('s')\n"
    "        arena:signal('s')\n"
    "    end\n"
    "end\n"
    "end)\n"
    "if not ok then error(tostring(e), 0) end\n";

static struct lua lua;
static const char *build, *flavour;

static void *run(void *argument) {
    char *code = malloc(sizeof script + 8192);
    sprintf(
        code,
        "package.path = '%s/lua/%s/?.lua;%s/lua/%s/?/init.lua' package.cpath = '%s/lua/%s/?.so' "
        "THREAD = %d %s",
        build, flavour, build, flavour, build, flavour, (int)(size_t)argument, script);
    void *state = lua_state(&lua);
    bool ok;
    const char *text = lua_run(&lua, state, code, &ok);
    if (!ok)
        printf("# thread %d: %s\n", (int)(size_t)argument, text);
    lua.close(state);
    free(code);
    return ok ? NULL : argument;
}

static int test(int n, const char *library, const char *of) {
    pthread_t threads[THREADS];
    int failed = 0;
    flavour = of;
    for (size_t i = 0; i < THREADS; i++)
        pthread_create(&threads[i], NULL, run, (void *)(i + 1));
    for (size_t i = 0; i < THREADS; i++) {
        void *outcome;
        pthread_join(threads[i], &outcome);
        failed += outcome != NULL;
    }
    printf("%s %d - states of %s in %d threads share an arena\n", failed ? "not ok" : "ok", n,
           library, THREADS);
    return failed;
}

int main(int argc, char **argv) {
    static const char *const luas[][2] = {{"liblua5.1.so.0", "5.1"},
                                          {"liblua5.3.so.0", "5.3"},
                                          {"liblua5.4.so.0", "5.4"},
                                          {"libluajit-5.1.so.2", "jit"}};
    build = argv[1];
    if (argc == 3) {
        int n = atoi(argv[2]);
        if (lua_load(&lua, luas[n][0], RTLD_GLOBAL))
            return test(n + 1, luas[n][0], luas[n][1]) != 0;
        printf("ok %d # SKIP there is no %s\n", n + 1, luas[n][0]);
        return 0;
    }
    printf("1..4\n");
    int failed = 0;
    for (int n = 0; n < 4; n++) {
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
