// company.hpp - the other hosts of a run over several. A host whose scripts have ended keeps its bridge until those of
// all hosts have ended: the others may still need what it exports.
//
// Each host has a signal, HOST.ended, which the bridges bring to all others. Its counter is one more than the exit
// status.
#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "lina.h"

namespace lina_cli {

class Company {
  public:
    Company(lina_arena_t *arena, std::string own, const std::vector<std::string> &hosts);
    int descriptor() const { return descriptor_; } // readable when another host has ended
    void take();                                   // makes it unreadable
    void tell_end(int status);                     // of all scripts of this host
    bool has_told() const { return has_told_; }
    bool is_over() const; // they have ended well on every host

    struct Failure {
        std::string host;
        int status;
    };
    std::optional<Failure> failure() const; // of another host

  private:
    int status_of(const std::string &host) const;
    lina_arena_t *arena_;
    std::string own_;
    std::vector<std::string> others_;
    int descriptor_;
    bool has_told_ = false;
};

} // namespace lina_cli
