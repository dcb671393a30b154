// company.hpp - the other hosts of a run over several. A host whose scripts have ended keeps its bridge until those of
// all hosts have ended: the others may still need what it exports.
//
// Each host has a signal, HOST.ended, which the bridges bring to all others. Its counter says:
//   1        the host's scripts have ended
//   2        and it knows that the scripts of all other hosts have ended
//   2 + N    it fails with exit status N, or ends because another host fails
// A host stays until the counters of all others are 2 or more. A host that fails stays until all others fail as well. If
// it left sooner, another host might not have received its counter yet: that a host's counter has arrived here does not
// mean that ours has arrived there.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "lina.h"

namespace lina_cli {

std::string ended_signal(const std::string &host); // its name

class Company {
  public:
    Company(lina_arena_t *arena, std::string own, const std::vector<std::string> &hosts);
    int descriptor() const { return descriptor_; } // readable when another host has ended
    void take();                                   // makes it unreadable
    void tell_end(int status);                     // of all scripts of this host
    bool has_told() const { return told_ != 0; }
    bool is_over();         // the scripts of all hosts have ended, or this host fails; tells so
    bool may_leave() const; // every host knows that

    struct Failure {
        std::string host;
        int status;
    };
    std::optional<Failure> failure() const; // of another host

  private:
    static constexpr std::uint64_t ended = 1, over = 2;
    void tell(std::uint64_t word);
    std::uint64_t word_of(const std::string &host) const; // 0 before its end
    bool all_have_said(std::uint64_t word) const;
    lina_arena_t *arena_;
    std::string own_;
    std::vector<std::string> others_;
    int descriptor_;
    std::uint64_t told_ = 0;
};

} // namespace lina_cli
