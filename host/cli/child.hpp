// child.hpp - starting processes that end with the command.
#pragma once

#include <string>
#include <sys/types.h>
#include <vector>

namespace lina_cli {

struct Streams {
    int in = -1, out = -1, err = -1; // -1: /dev/null for in, the command's own for the others
    int terminal = -1;       // the slave side of a pseudo-terminal, for all three that are -1
    bool foreground = false; // stays in the command's process group, to read from its terminal
    std::vector<int> kept;   // descriptors that survive exec
};

// Both ends close at exec. Throws Refusal.
struct Pipe {
    int read = -1, write = -1;
    Pipe();
};

// Returns the child's process id. Throws Refusal if the program cannot be executed.
pid_t start_process(const std::vector<std::string> &command, const Streams &streams);

} // namespace lina_cli
