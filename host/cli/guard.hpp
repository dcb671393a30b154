// guard.hpp - a small process that outlives the command when that is killed.
#pragma once

#include <string>
#include <sys/types.h>

namespace lina_cli {

// When the command is killed, the kernel kills its children (child.cpp), but not what these have started. Each child
// leads a process group, so the guard kills the groups. A process that has left its group escapes.
class Guard {
  public:
    // Make it before the arena, so that the guard keeps no member of the arena alive. If the command is killed, the
    // guard also removes this temporary arena. Throws Refusal.
    explicit Guard(const std::string &arena = "");
    ~Guard();
    Guard(const Guard &) = delete;
    Guard &operator=(const Guard &) = delete;

    void watch(pid_t leader) { tell(leader); }
    void forget(pid_t leader) { tell(-leader); }
    void expect_end() { tell(0); } // the command has closed the arena

  private:
    void tell(pid_t number);

    int descriptor_; // the write end of a pipe that closes with the command
};

} // namespace lina_cli
