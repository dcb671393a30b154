// clock.hpp - deadlines.
#pragma once

#include <algorithm>
#include <chrono>

namespace lina_cli {

using Clock = std::chrono::steady_clock;

const double longest = 1e9; // seconds; with far longer ones, a deadline would overflow

inline Clock::duration seconds(double value) {
    return std::chrono::duration_cast<Clock::duration>(
        std::chrono::duration<double>(std::min(value, longest)));
}

} // namespace lina_cli
