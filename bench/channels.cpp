/* channels.cpp - see channels.hpp. */
#include <thread>

#include "channels.hpp"

namespace bench {

void channel_race::add(const std::string &name, std::unique_ptr<channel> channel) {
    std::shared_ptr<bench::channel> both(std::move(channel));
    race_.add_timed(name, [both, where = where_, begun = begun_, parts = parts_](uint64_t n) {
        const uint64_t warm_up = 2;
        auto go = [&](int side) {
            settle(begun, side);
            settle(where, side);
        };
        go(0);
        std::thread partner([&] {
            go(1);
            for (uint64_t i = 0; i < n + warm_up; i++) {
                both->wait(1);
                both->signal(0);
            }
        });
        double start = 0;
        for (uint64_t i = 0; i < n + warm_up; i++) {
            if (i == warm_up)
                start = now_ns();
            both->signal(1);
            both->wait(0);
        }
        double ns = now_ns() - start;
        partner.join();
        return ns / parts;
    });
}

} // namespace bench
