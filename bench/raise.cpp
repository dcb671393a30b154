/* raise.cpp - P4: measures a signal for which no thread waits. The limit is one atomic addition. */
#include <atomic>

#include "fixture.hpp"
#include "peers.hpp"

using namespace bench;

int main(int argc, char **argv) {
    begin(argc, argv);
    settle(place::one_core, 0);
    arena shared(4096, 1, 2);
    lina_signal_t handle;
    check(lina_signal_open(shared, "by handle", &handle));
    check(lina_arena_signal(shared, "by name"));
    alignas(128) std::atomic<uint64_t> word{0};
    use(&word);

    race race("P4", "signal, nobody waits");
    race.add("Lina", [&](uint64_t n) {
        for (; n > 0; n--)
            lina_signal_raise(&handle);
    });
    race.add("limit", [&](uint64_t n) {
        uint64_t seen = 0;
        for (; n > 0; n--)
            seen |= word.fetch_add(2); /* uses the old value: `lock xadd`, not `lock add` */
        use(&seen);
    });
    race.add("Lina by name", [&](uint64_t n) {
        for (; n > 0; n--)
            lina_arena_signal(shared, "by name");
    });
    posix_signals(race);
    iceoryx_signals(race);
    iceoryx2_signals(race);
    race.run();
}
