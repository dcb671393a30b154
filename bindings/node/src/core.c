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
#include <string.h>

#define LIBRARY "liblina_core.so.1" /* with the number of the ABI */

struct core core;

static char path[PATH_MAX];
static int loaded;

const char *core_path(void) { return path; }

/* The path of the library beside this add-on, or "" if the folder is not known. */
static void path_beside(char *out, size_t size) {
    Dl_info self;
    const char *slash = NULL;
    if (dladdr(&loaded, &self) != 0 && self.dli_fname != NULL)
        slash = strrchr(self.dli_fname, '/');
    out[0] = '\0';
    if (slash != NULL)
        snprintf(out, size, "%.*s/" LIBRARY, (int)(slash - self.dli_fname), self.dli_fname);
}

static void *open_library(char *why) {
    char beside[PATH_MAX];
    void *library = dlopen(LIBRARY, RTLD_NOW | RTLD_NOLOAD);
    if (library != NULL)
        return library;
    const char *named = getenv("LINA_CORE");
    path_beside(beside, sizeof beside);
    if (named == NULL || named[0] == '\0')
        named = beside;
    library = dlopen(named, RTLD_NOW | RTLD_LOCAL);
    if (library == NULL)
        snprintf(why, CORE_MESSAGE, "%s cannot be loaded: %s", LIBRARY, dlerror());
    return library;
}

/* True if `version` is at least `wanted`. Both are "major.minor.patch". */
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

static int load(char *why) {
    struct link_map *map;
    void *library = open_library(why);
    if (library == NULL)
        return 0;
    if (dlinfo(library, RTLD_DI_LINKMAP, &map) == 0)
        snprintf(path, sizeof path, "%s", map->l_name);
    return find_functions(library, why) && is_fit(why);
}

int core_load(char *why) {
    static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
    pthread_mutex_lock(&mutex); /* each worker thread loads the add-on */
    if (!loaded)
        loaded = load(why);
    int result = loaded;
    pthread_mutex_unlock(&mutex);
    return result;
}
