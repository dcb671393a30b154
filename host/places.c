/* places.c - tells interpreters where the packages of a checkout are.
 *
 * A liblina_host in the build folder of a checkout sets variables of the environment. The checkout's packages come after
 * all places that the user has set, but some languages search them before installed packages. An installed Lina sets
 * nothing: there, each language has its own installed package. */
#include <dlfcn.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "host.h"

const char *host_folder(void) {
    static __thread char folder[PATH_MAX];
    Dl_info info;
    if (dladdr(__extension__(void *) host_folder, &info) == 0 ||
        realpath(info.dli_fname, folder) == NULL)
        return ".";
    char *slash = strrchr(folder, '/');
    if (slash != NULL)
        *slash = '\0';
    return folder;
}

int host_in_checkout(void) { return strcmp(host_folder(), LINA_HOST_BUILD "/host") == 0; }

void host_plugin(const char *language, char *path, size_t room) {
    snprintf(path, room, "%s/%slina_runtime_%s.so", host_folder(),
             host_in_checkout() ? "" : "lina/", language);
}

/* Appends `text` to a variable, after a separator, unless it is there already. Sets a variable that is empty or missing
 * to `alone`. */
static void add(const char *variable, const char *separator, const char *text, const char *alone) {
    char value[16384];
    const char *now = getenv(variable);
    if (now != NULL && strstr(now, text) != NULL)
        return;
    if (now == NULL || *now == '\0')
        snprintf(value, sizeof value, "%s", alone);
    else
        snprintf(value, sizeof value, "%s%s%s", now, separator, text);
    set_variable(variable, value);
}

/* Lua, from 5.2 on, takes LUA_PATH_5_2 and the like instead of LUA_PATH. */
static const char *variable_of_lua(const char *name, const char *version, char *own, size_t room) {
    snprintf(own, room, "%s_%c_%c", name, version[0], version[2]);
    return strcmp(version, "jit") != 0 && getenv(own) != NULL ? own : name;
}

static void set_lua(const char *version) {
    char text[2 * PATH_MAX], alone[2 * PATH_MAX + 8], own[32];
    snprintf(text, sizeof text,
             LINA_HOST_BUILD "/lua/%s/?.lua;" LINA_HOST_BUILD "/lua/%s/?/init.lua", version,
             version);
    snprintf(alone, sizeof alone, ";;%s", text);
    add(variable_of_lua("LUA_PATH", version, own, sizeof own), ";", text, alone);
    snprintf(text, sizeof text, LINA_HOST_BUILD "/lua/%s/?.so", version);
    snprintf(alone, sizeof alone, ";;%s", text);
    add(variable_of_lua("LUA_CPATH", version, own, sizeof own), ";", text, alone);
}

static void set_node(void) {
    add("NODE_OPTIONS", " ", "--require=" LINA_HOST_SOURCE "/host/node/find.cjs",
        "--require=" LINA_HOST_SOURCE "/host/node/find.cjs");
}

void lina_host_set_environment(const lina_runtime_info_t *info) {
    if (info == NULL || !host_in_checkout())
        return;
    if (getenv("LINA_CORE") == NULL)
        set_variable("LINA_CORE", LINA_HOST_BUILD "/liblina_core.so.1");
    if (strcmp(info->language, "python") == 0)
        add("PYTHONPATH", ":", LINA_HOST_BUILD, LINA_HOST_BUILD);
    else if (strcmp(info->language, "julia") == 0)
        add("JULIA_LOAD_PATH", ":", LINA_HOST_SOURCE "/bindings/julia/src",
            "@:@v#.#:@stdlib:" LINA_HOST_SOURCE "/bindings/julia/src");
    else if (strcmp(info->language, "lua") == 0)
        set_lua(info->version);
    else if (strcmp(info->language, "node") == 0)
        set_node();
    else
        add("CLASSPATH", ":", LINA_HOST_BUILD "/bindings/java/lina.jar",
            ".:" LINA_HOST_BUILD "/bindings/java/lina.jar");
}
