// sigchld.cpp - lets Node's libuv share SIGCHLD with other libraries, where the program has means for that.
//
// The command `lina` exports a sigaction that keeps a handler of SIGCHLD for each library (cli/faults.cpp). Node's
// libraries are loaded with RTLD_DEEPBIND, so they would find the C library's. They look into this plug-in first.
#include <csignal>
#include <dlfcn.h>

namespace {

using Sigaction = int(int, const struct sigaction *, struct sigaction *);

Sigaction *find(void *where) { return reinterpret_cast<Sigaction *>(dlsym(where, "sigaction")); }

} // namespace

extern "C" __attribute__((visibility("default"))) int
sigaction(int signal, const struct sigaction *action, struct sigaction *before) noexcept {
    static Sigaction *const of_program = find(dlopen(nullptr, RTLD_LAZY));
    static Sigaction *const of_system = find(RTLD_NEXT);
    return (signal == SIGCHLD ? of_program : of_system)(signal, action, before);
}
