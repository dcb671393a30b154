// steered.cpp - a C++ simulation whose settings a script changes while it runs: a swing that the script brakes.
//
// Usage: lina_steered [SCRIPT]
#include <cmath>
#include <cstdio>

#include "lina.hpp"
#include "lina_host.h"

namespace {

const int gravity = 0, friction = 1, running = 2; // of the array "settings"
const int angle = 0, speed = 1, energy = 2;       // of the array "state"

using doubles = lina::array<double>;

void step(const doubles &state, const doubles &settings) {
    const double dt = 1e-3;
    state(speed) -=
        dt * (settings(gravity) * std::sin(state(angle)) + settings(friction) * state(speed));
    state(angle) += dt * state(speed);
    state(energy) =
        state(speed) * state(speed) / 2 + settings(gravity) * (1 - std::cos(state(angle)));
}

// Waits for the script's turn to end. False if the script has ended instead.
bool await_turn(lina_script_t *script, std::uint64_t turn) {
    using namespace std::chrono_literals;
    while (!lina::wait_value("steered", turn, 10ms))
        if (lina_script_join(script, 0, nullptr) == LINA_OK)
            return false;
    return true;
}

} // namespace

int main(int argc, char **argv) try {
    lina::session session(1 << 20);
    doubles settings = lina::create<double>("settings", {3}),
            state = lina::create<double>("state", {3});
    settings(gravity) = 9.81, settings(running) = 1, state(angle) = 1;
    lina_script_t *script;
    if (lina_script_start(argc > 1 ? argv[1] : LINA_DIRECTIONS "/steers.lua", nullptr, &script) !=
        LINA_OK) {
        std::fprintf(stderr, "%s\n", lina_host_error());
        return 1;
    }
    std::uint64_t turns = 0;
    do {
        for (int i = 0; i < 100; i++)
            step(state, settings);
        lina::signal("stepped");
    } while (await_turn(script, ++turns) && settings(running) > 0);
    int status;
    lina_script_join(script, LINA_FOREVER, &status);
    std::printf("C++     %d turns, energy %.4f, friction %.1f\n", static_cast<int>(turns),
                state(energy), settings(friction));
    lina_script_free(script);
    lina_host_end();
    return status;
} catch (const lina::error &failure) {
    std::fprintf(stderr, "%s: %s\n", failure.name(), failure.what());
    return 1;
}
