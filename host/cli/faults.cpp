// faults.cpp - lets Julia and a JVM handle faults in one process, whichever of them starts first, and lets each library
// learn of the ends of its child processes.
//
// Both take SIGSEGV for their own purposes. The JVM's handler passes a fault that is not the JVM's on to another
// handler, and Julia's does not. So the JVM's handler must be the process's, and Julia's the other one. The JVM offers
// that to a library which has a `sigaction` of its own: it calls JVM_begin_signal_setting before it installs its
// handlers, JVM_end_signal_setting after that, and JVM_get_signal_action to find the other handler. The JDK has such a
// library, libjsig, which works only by LD_PRELOAD, and leaves the JVM's handlers on the stack that has overflowed.
//
// Julia and Node each have a libuv, which takes SIGCHLD while it has child processes. The one that took it last would
// keep the other from noticing that a child has ended. So each library has a handler of its own, and all are called.
//
// The interpreters' libraries find these functions before the C library's, because the command exports them.
// Other programs have no such functions. There, Julia must start first.
#include <algorithm>
#include <atomic>
#include <cerrno>
#include <csignal>
#include <dlfcn.h>
#include <iterator>
#include <mutex>
#include <new>
#include <pthread.h>

namespace {

std::recursive_mutex changing; // the JVM holds it while it installs its handlers
bool is_jvm;                   // guarded by `changing`: its owner is the JVM
struct sigaction others[NSIG]; // the handlers to which the JVM passes faults on
volatile sig_atomic_t is_taken[NSIG];

bool is_fault(int signal) {
    return signal == SIGSEGV || signal == SIGBUS || signal == SIGFPE || signal == SIGILL;
}

using Sigaction = int(int, const struct sigaction *, struct sigaction *);

Sigaction *find_next() { return reinterpret_cast<Sigaction *>(dlsym(RTLD_NEXT, "sigaction")); }

// The thread that holds `changing` does not exist in the child of a fork.
void forget_in_child() {
    new (&changing) std::recursive_mutex;
    is_jvm = false;
}
[[maybe_unused]] const int forgets = pthread_atfork(nullptr, nullptr, forget_in_child);

// Found before main, since dlsym takes the dynamic linker's lock. Its owner may wait for `changing`.
Sigaction *const next = find_next();

int set_in_process(int signal, const struct sigaction *action, struct sigaction *before) {
    // Constructors of preloaded libraries run before `next` is set.
    return (next == nullptr ? find_next() : next)(signal, action, before);
}

// The handler gets another stack where its thread has one, since the JVM passes on overflows of stacks, too.
int set_for_jvm(int signal, const struct sigaction *action, struct sigaction *before) {
    if (action == nullptr)
        return set_in_process(signal, nullptr, before);
    struct sigaction on_other_stack = *action;
    on_other_stack.sa_flags |= SA_ONSTACK;
    if (!is_taken[signal])
        set_in_process(signal, nullptr, &others[signal]);
    is_taken[signal] = 1;
    return set_in_process(signal, &on_other_stack, before);
}

// ---- SIGCHLD ----

using Handler = void(int, siginfo_t *,
                     void *); // one without SA_SIGINFO ignores the other arguments
struct Watcher {
    const void *library;     // nullptr: this place is free
    struct sigaction action; // what the library asked for; guarded by `changing`, as is `library`
    std::atomic<Handler *> handler; // nullptr: it has none
};
Watcher watchers[16];

void on_child(int number, siginfo_t *info, void *context) {
    const int error = errno;
    for (Watcher &one : watchers)
        if (Handler *handler = one.handler)
            handler(number, info, context);
    errno = error;
}

const void *library_of(const void *code) {
    Dl_info info;
    return dladdr(code, &info) != 0 ? info.dli_fbase : code;
}

Handler *handler_of(const struct sigaction &action) {
    bool is_function = action.sa_handler != SIG_DFL && action.sa_handler != SIG_IGN;
    return is_function ? action.sa_sigaction : nullptr;
}

// One handler for all libraries. System calls are restarted if no library wants them to end.
int install_on_child() {
    struct sigaction all {};
    all.sa_sigaction = on_child;
    all.sa_flags = SA_SIGINFO | SA_ONSTACK | SA_RESTART;
    sigfillset(&all.sa_mask);
    for (const Watcher &one : watchers)
        if (one.handler != nullptr && (one.action.sa_flags & SA_RESTART) == 0)
            all.sa_flags &= ~SA_RESTART;
    return set_in_process(SIGCHLD, &all, nullptr);
}

int set_for_library(const void *library, const struct sigaction *action, struct sigaction *before) {
    std::lock_guard<std::recursive_mutex> lock(changing);
    auto own = std::find_if(std::begin(watchers), std::end(watchers), [&](const Watcher &one) {
        return one.library == library || one.library == nullptr;
    });
    if (own == std::end(watchers))
        return set_in_process(SIGCHLD, action, before);
    if (before != nullptr)
        *before = own->action;
    if (action == nullptr)
        return 0;
    own->library = library;
    own->action = *action;
    own->handler = handler_of(*action);
    return std::any_of(std::begin(watchers), std::end(watchers),
                       [](const Watcher &one) { return one.handler != nullptr; })
               ? install_on_child()
               : set_in_process(SIGCHLD, action, nullptr);
}

} // namespace

extern "C" {

extern const char lina_shares_faults = 1; // tells the JVM's plug-in that these functions are here

int sigaction(int signal, const struct sigaction *action, struct sigaction *before) noexcept {
    if (signal == SIGCHLD) // before the lock, because dladdr takes that of the dynamic linker
        return set_for_library(library_of(__builtin_return_address(0)), action, before);
    if (!is_fault(signal))
        return set_in_process(signal, action, before);
    std::lock_guard<std::recursive_mutex> lock(changing);
    if (is_jvm)
        return set_for_jvm(signal, action, before);
    if (!is_taken[signal])
        return set_in_process(signal, action, before);
    if (before != nullptr)
        *before = others[signal];
    if (action != nullptr)
        others[signal] = *action;
    return 0;
}

void JVM_begin_signal_setting() {
    changing.lock();
    is_jvm = true;
}

void JVM_end_signal_setting() {
    is_jvm = false;
    changing.unlock();
}

// The JVM's handler calls this, so it takes no lock.
struct sigaction *JVM_get_signal_action(int signal) {
    return is_taken[signal] ? &others[signal] : nullptr;
}
}
