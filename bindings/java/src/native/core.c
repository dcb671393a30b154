/* core.c - finds liblina_core and looks up its functions: see core.h. */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include "core.h"

#include <dlfcn.h>
#include <limits.h>
#include <link.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

#define LIBRARY "liblina_core.so.1" /* the number is the ABI's */

struct core core;

static char path[PATH_MAX];

const char *core_path(void) { return path; }

static const char *named_core(void) {
    const char *named = getenv("LINA_CORE");
    return named != NULL && named[0] != '\0' ? named : NULL;
}

int core_is_given(void) {
    void *library = dlopen(LIBRARY, RTLD_NOW | RTLD_NOLOAD);
    if (library != NULL)
        dlclose(library);
    return library != NULL || named_core() != NULL;
}

static void *open_library(const char *own, char *why) {
    void *library = dlopen(LIBRARY, RTLD_NOW | RTLD_NOLOAD);
    if (library != NULL)
        return library;
    const char *file = named_core() != NULL ? named_core() : own;
    library = dlopen(file != NULL ? file : LIBRARY, RTLD_NOW | RTLD_LOCAL);
    if (library == NULL)
        snprintf(why, CORE_MESSAGE, LIBRARY " cannot be loaded: %s", dlerror());
    return library;
}

/* Both versions are "major.minor.patch". */
static int is_at_least(const char *version, const char *wanted) {
    int has[3] = {0}, want[3] = {0};
    sscanf(version, "%d.%d.%d", &has[0], &has[1], &has[2]);
    sscanf(wanted, "%d.%d.%d", &want[0], &want[1], &want[2]);
    for (int i = 0; i < 3; i++)
        if (has[i] != want[i])
            return has[i] > want[i];
    return 1;
}

/* Looks up a function. NULL, with the reason in `why`, if the library is too old to have it. */
static void *find_function(void *library, const char *name, char *why) {
    void *function = dlsym(library, name);
    if (function == NULL)
        snprintf(why, CORE_MESSAGE, "%.255s lacks %s: it is older than this package", path, name);
    return function;
}

static int find_functions(void *library, char *why) {
#define FIND(name)                                                                                 \
    if ((core.name = (__typeof__(core.name))find_function(library, "lina_" #name, why)) == NULL)   \
        return 0;
    CORE_FUNCTIONS(FIND)
#undef FIND
    return 1;
}

static int is_fit(char *why) {
    if (core.abi_version() != LINA_ABI_VERSION) {
        snprintf(why, CORE_MESSAGE, "%.255s has ABI %u, and this package needs ABI %u", path,
                 core.abi_version(), LINA_ABI_VERSION);
        return 0;
    }
    if (!is_at_least(core.version(), LINA_VERSION)) {
        snprintf(why, CORE_MESSAGE, "%.255s is version %.20s, and this package needs " LINA_VERSION,
                 path, core.version());
        return 0;
    }
    return 1;
}

static int load(const char *own, char *why) {
    struct link_map *map;
    void *library = open_library(own, why);
    if (library == NULL)
        return 0;
    if (dlinfo(library, RTLD_DI_LINKMAP, &map) == 0)
        snprintf(path, sizeof path, "%s", map->l_name);
    return find_functions(library, why) && is_fit(why);
}

int core_load(const char *own, char *why) {
    static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
    static int loaded;
    pthread_mutex_lock(&mutex);
    if (!loaded)
        loaded = load(own, why);
    int result = loaded;
    pthread_mutex_unlock(&mutex);
    return result;
}
