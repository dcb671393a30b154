// trace.hpp - `lina run --trace`: collects what the scripts' processes tell, and writes it for Perfetto.
#pragma once

#include <string>
#include <vector>

#include "../trace/events.h"
#include "plan.hpp"

namespace lina_cli {

using Events = std::vector<lina_trace_event>;

// From the start of a script's process, or of its embedded script, to its end, in nanoseconds.
struct Life {
    std::uint64_t begin, end;
};

class Trace {
  public:
    // Prepares the environment of the processes that start from now on. Throws Refusal.
    explicit Trace(const Plan &plan);
    Trace(const Trace &) = delete;
    ~Trace();
    void began(const Script &script); // before its process starts
    void ended(const Script &script);
    // Writes the file. Returns the lines of the summary. Throws Refusal.
    std::vector<std::string> finish();

  private:
    Events read() const;
    std::size_t number_of(const Script &script) const;

    const Plan &plan_;
    int output_ = -1, events_ = -1;
    std::vector<std::vector<Life>> lives_; // of each script; a life's end is 0 while it lasts
};

// The number of the script to which an event belongs, or scripts.size() if it belongs to none.
std::size_t script_of(const lina_trace_event &event, const std::vector<Script> &scripts);

// Bindings split a long wait into short ones (naps), so that it can be interrupted. Joins the naps of each wait to one
// event, and sorts the events by their beginnings.
Events join_naps(Events events);

// The trace in Perfetto's format. The lives are of the scripts in their order.
std::string draw(const std::vector<Script> &scripts, const std::vector<std::vector<Life>> &lives,
                 const Events &events);

// What one script did: "a.py worked 0.2 s and waited 1.0 s (...)".
std::string summary(const Script &script, const std::vector<Life> &lives, const Events &its_events);

} // namespace lina_cli
