// environment.cpp - gives libuv the program's environment.
//
// If a program uses `environ`, the linker may put a copy of this variable of libc into the program, as it does in
// Debian's python3. All libraries then use the copy, except those that are loaded with RTLD_DEEPBIND, which are this
// one, libnode and libuv. These use libc's own variable, which stays unset. libuv reads it to list the environment. It
// also sets it in a child process before it calls execvp, but libc's execvp uses the program's copy. So this file
// replaces both functions: libnode and libuv find them here before they find those of libuv and libc.
#include "environment.hpp"

#include <dlfcn.h>
#include <unistd.h>
#include <uv.h>

namespace {
char ***of_program = &environ;
}

void use_environment(char ***program) { of_program = program; }

extern "C" {

int uv_os_environ(uv_env_item_t **items, int *count) {
    static const auto of_libuv =
        reinterpret_cast<decltype(&uv_os_environ)>(dlsym(RTLD_NEXT, "uv_os_environ"));
    environ = *of_program;
    return of_libuv(items, count);
}

LINA_API int execvp(const char *file, char *const *words) noexcept {
    return execvpe(file, words, environ);
}
}
