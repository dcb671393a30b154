// faults.cpp - lets Julia and a JVM handle faults in one process, whichever of them starts first.
//
// Both take SIGSEGV for their own purposes. The JVM's handler passes a fault that is not the JVM's on to another
// handler, and Julia's does not. So the JVM's handler must be the process's, and Julia's the other one. The JVM offers
// that to a library which has a `sigaction` of its own: it calls JVM_begin_signal_setting before it installs its
// handlers, JVM_end_signal_setting after that, and JVM_get_signal_action to find the other handler. The JDK has such a
// library, libjsig, which works only by LD_PRELOAD, and leaves the JVM's handlers on the stack that has overflowed.
//
// The interpreters' libraries find these functions before the C library's, because the command exports them.
// Other programs have no such functions. There, Julia must start first.
#include <csignal>
#include <dlfcn.h>
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

} // namespace

extern "C" {

extern const char lina_shares_faults = 1; // tells the JVM's plug-in that these functions are here

int sigaction(int signal, const struct sigaction *action, struct sigaction *before) noexcept {
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
