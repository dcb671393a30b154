/* core.c - finds liblina_core once in a process, for all its Lua states. */
#include "core.h"

#include <dlfcn.h>
#include <limits.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SONAME "liblina_core.so.1" /* with the number of the ABI */

struct core core;

static pthread_once_t once = PTHREAD_ONCE_INIT;
static char reason[512], path[PATH_MAX];

__attribute__((format(printf, 1, 2))) static void *fail(const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(reason, sizeof reason, format, arguments);
    va_end(arguments);
    return NULL;
}

/* Opens the library in the folder of this module. */
static void *open_beside_this_module(void) {
    Dl_info here;
    char file[PATH_MAX + sizeof SONAME];
    if (dladdr(&core, &here) == 0 || here.dli_fname == NULL)
        return NULL;
    const char *slash = strrchr(here.dli_fname, '/');
    int folder = slash == NULL ? 0 : (int)(slash - here.dli_fname + 1);
    snprintf(file, sizeof file, "%.*s" SONAME, folder, here.dli_fname);
    return dlopen(file, RTLD_NOW | RTLD_GLOBAL);
}

static void *open_library(void) {
    void *library = dlopen(SONAME, RTLD_NOW | RTLD_GLOBAL | RTLD_NOLOAD);
    if (library != NULL)
        return library;
    const char *named = getenv("LINA_CORE");
    if (named != NULL && *named != 0) {
        library = dlopen(named, RTLD_NOW | RTLD_GLOBAL);
        return library != NULL ? library : fail("LINA_CORE names %s: %s", named, dlerror());
    }
    library = open_beside_this_module();
    if (library == NULL)
        library = dlopen(SONAME, RTLD_NOW | RTLD_GLOBAL);
    return library != NULL ? library
                           : fail("cannot load " SONAME " (%s): install Lina, or name the library "
                                  "in the environment variable LINA_CORE",
                                  dlerror());
}

static bool find_functions(void *library) {
#define FIND(function)                                                                             \
    *(void **)&core.function = dlsym(library, "lina_" #function);                                  \
    if (core.function == NULL) {                                                                   \
        fail("%s has no lina_" #function ": it is older than this module", path);                  \
        return false;                                                                              \
    }
    CORE_FUNCTIONS(FIND)
#undef FIND
    return true;
}

/* True if version `have` ("0.2.10") is at least `need`. */
static bool is_at_least(const char *have, const char *need) {
    for (int part = 0; part < 3; part++) {
        char *have_end, *need_end;
        unsigned long h = strtoul(have, &have_end, 10), n = strtoul(need, &need_end, 10);
        if (h != n)
            return h > n;
        have = *have_end == '.' ? have_end + 1 : have_end;
        need = *need_end == '.' ? need_end + 1 : need_end;
    }
    return true;
}

static void load(void) {
    void *library = open_library();
    if (library == NULL)
        return;
    Dl_info found;
    void *symbol = dlsym(library, "lina_version");
    bool known = symbol != NULL && dladdr(symbol, &found) != 0 && found.dli_fname != NULL;
    if (!known || realpath(found.dli_fname, path) == NULL) /* the path may be relative */
        snprintf(path, sizeof path, "%s", SONAME);
    if (!find_functions(library))
        return;
    if (core.abi_version() != LINA_ABI_VERSION)
        fail("%s has ABI %u, this module needs %u: use versions of one release", path,
             core.abi_version(), LINA_ABI_VERSION);
    else if (!is_at_least(core.version(), LINA_VERSION))
        fail("%s is version %s, this module needs %s or later", path, core.version(), LINA_VERSION);
}

bool core_load(const char **why) {
    pthread_once(&once, load);
    *why = reason;
    return *reason == 0;
}

const char *core_path(void) { return path; }
