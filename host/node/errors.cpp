// errors.cpp - gives each script what Node itself prints to stderr.
//
// Node shows an uncaught error by fwrite to stderr, which is the process's. This library is loaded with RTLD_DEEPBIND, so
// libnode finds the fwrite of this file before it finds that of libc.
#include "errors.hpp"

#include <cerrno>
#include <cstdio>
#include <dlfcn.h>
#include <unistd.h>

namespace {

thread_local int errors = 0;

void put(const char *bytes, std::size_t length) {
    for (ssize_t n; length > 0; bytes += n, length -= static_cast<std::size_t>(n))
        while ((n = write(errors, bytes, length)) < 0)
            if (errno != EINTR && errno != EAGAIN)
                return;
}

} // namespace

void print_errors_to(int descriptor) { errors = descriptor; }

extern "C" LINA_API std::size_t fwrite(const void *from, std::size_t size, std::size_t n,
                                       std::FILE *file) {
    static const auto of_libc = reinterpret_cast<decltype(&fwrite)>(dlsym(RTLD_NEXT, "fwrite"));
    if (file != stderr || errors == 0)
        return of_libc(from, size, n, file);
    put(static_cast<const char *>(from), size * n);
    return n;
}
