// environment.cpp - gives libuv the program's environment.
//
// Where a program names `environ`, the linker may copy this variable of libc into the program (Debian's python3 is
// such a program). All libraries then use the copy, but for those that are loaded with RTLD_DEEPBIND, as this one,
// libnode and libuv are: they use libc's own variable, which nobody sets. libuv reads it to list the environment, and
// sets it in a child process before it calls execvp, which uses the program's. This file comes before libuv and libc
// where libnode and libuv look for functions.
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
