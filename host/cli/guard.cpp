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

// Removes the arena that killed scripts leave behind, as soon as they are dead. Each new arena removes temporary ones
// that have no member, so this makes one for a moment.
void remove_orphan(const std::string &arena) {
    const std::string helper = "shm:lina-guard-" + std::to_string(getpid());
    lina_arena_options_t temporary{};
    temporary.flags = LINA_ARENA_TEMPORARY;
    lina_arena_info_t info;
    for (int tries = 0; tries < 500; tries++) {
        if (lina_arena_inspect(arena.c_str(), &info) != LINA_OK)
            return;
        lina_arena_t *made = nullptr;
        if (info.orphan && lina_arena_create(helper.c_str(), 1, &temporary, &made) == LINA_OK)
            lina_arena_close(made);
        usleep(10000);
    }
}

// Reads process ids from descriptor 0 until the command has ended. A positive number is a new leader of a group; a
// negative one is a leader that has ended; 0 says that the command ends by itself. Then it kills the groups whose
// leaders are left, and removes the arena if the command was killed.
[[noreturn]] void stand_guard(std::string arena) {
    std::set<pid_t> leaders;
    pid_t number;
    for (ssize_t n;
         (n = read(0, &number, sizeof number)) == sizeof number || (n < 0 && errno == EINTR);) {
        if (n < 0)
            continue;
        if (number == 0)
            arena.clear();
        else if (number > 0)
            leaders.insert(number);
        else
            leaders.erase(-number);
    }
    for (pid_t leader : leaders)
        kill(-leader, SIGKILL);
    if (!arena.empty())
        remove_orphan(arena);
    _exit(0);
}

} // namespace

Guard::Guard(const std::string &arena) {
    Pipe pipe;
    pid_t child = fork();
    if (child == 0) {
        detach(pipe.read);
        stand_guard(arena);
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
