#include "guard.hpp"

#include <cerrno>
#include <csignal>
#include <cstring>
#include <set>
#include <string>
#include <sys/prctl.h>
#include <unistd.h>

#include "child.hpp"
#include "plan.hpp"

namespace lina_cli {

namespace {

// Gives up the command's terminal and all its descriptors except the pipe.
void detach(int descriptor) {
    setsid();
    prctl(PR_SET_NAME, "lina-guard");
    dup2(descriptor, 0);
    close_range(1, ~0u, 0);
}

// Reads process ids from descriptor 0 until the command has ended. A positive number is a new leader of a group; a
// negative one is a leader that has ended. Then it kills the groups whose leaders are left.
[[noreturn]] void stand_guard() {
    std::set<pid_t> leaders;
    pid_t number;
    for (ssize_t n;
         (n = read(0, &number, sizeof number)) == sizeof number || (n < 0 && errno == EINTR);) {
        if (n < 0)
            continue;
        if (number > 0)
            leaders.insert(number);
        else
            leaders.erase(-number);
    }
    for (pid_t leader : leaders)
        kill(-leader, SIGKILL);
    _exit(0);
}

} // namespace

Guard::Guard() {
    Pipe pipe;
    pid_t child = fork();
    if (child == 0) {
        detach(pipe.read);
        stand_guard();
    }
    close(pipe.read);
    descriptor_ = pipe.write;
    if (child < 0)
        throw Refusal(std::string("A process cannot be made: ") + std::strerror(errno));
}

Guard::~Guard() { close(descriptor_); }

void Guard::tell(pid_t number) {
    ssize_t ignored = write(descriptor_, &number,
                            sizeof number); // fails only if the guard was killed
    (void)ignored;
}

} // namespace lina_cli
