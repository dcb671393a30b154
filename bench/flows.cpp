/* flows.cpp - see flows.hpp. */
#include <atomic>
#include <thread>

#include "flows.hpp"

namespace bench {

/* Side 1 takes `n` messages, or what it gets until the other side has sent all of its own. */
static void take_all(flow &flow, uint64_t n, when_full full, const std::atomic<bool> &over) {
    settle(place::two_cores, 1);
    if (full == when_full::wait)
        while (n-- > 0)
            flow.take();
    else
        while (!over.load(std::memory_order_relaxed))
            flow.take();
}

void flow_race::add(const std::string &name, std::unique_ptr<flow> flow) {
    std::shared_ptr<bench::flow> both(std::move(flow));
    race_.add_timed(name, [both, full = full_](uint64_t n) {
        const uint64_t warm_up = 2 * flow_depth;
        std::atomic<bool> over{false};
        settle(place::two_cores, 0);
        std::thread taker([&] { take_all(*both, n + warm_up, full, over); });
        double start = 0;
        for (uint64_t i = 0; i < n + warm_up; i++) {
            if (i == warm_up)
                start = now_ns();
            both->send();
        }
        double sent = now_ns();
        over = true;
        taker.join();
        return (full == when_full::wait ? now_ns() : sent) - start;
    });
}

} // namespace bench
