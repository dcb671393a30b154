// budget.hpp - how often a script may be started again.
#pragma once

#include <deque>

#include "clock.hpp"

namespace lina_cli {

class Budget {
  public:
    // Counts one more start and returns true if fewer than `most` starts lie within the window.
    bool spend(unsigned most, Clock::duration window) {
        Clock::time_point now = Clock::now();
        while (!spent_.empty() && now - spent_.front() > window)
            spent_.pop_front();
        if (spent_.size() >= most)
            return false;
        spent_.push_back(now);
        return true;
    }

  private:
    std::deque<Clock::time_point> spent_;
};

} // namespace lina_cli
