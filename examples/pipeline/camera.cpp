/* camera.cpp - the first stage of the pipeline: publishes frames of waves on water. camera [FRAMES]
 *
 * A frame can be computed from its number, and its number is its sequence in the stream. So when the camera is started
 * again, it goes on after the last frame that any camera has published. */
#include <cmath>
#include <cstdio>
#include <cstdlib>

#include "lina.hpp"

namespace {

constexpr std::size_t height = 180, width = 240;

/* Two stones fall into a pond and drift apart; the waves run outwards and fade. */
double level(double y, double x, double time) {
    double sum = 0;
    for (double side : {-1.0, 1.0}) {
        double distance = std::hypot(y - 90, x - 120 - side * (20 + time / 4));
        sum += std::cos(distance / 4 - time / 3) * std::exp(-distance / 80);
    }
    return sum;
}

void expose(lina::array<std::uint8_t, 2> &frame, std::uint64_t number) {
    double time = static_cast<double>(number);
    for (std::size_t i = 0; i < height; i++)
        for (std::size_t j = 0; j < width; j++)
            frame(i, j) = static_cast<std::uint8_t>(
                127.5 + 63 * level(static_cast<double>(i), static_cast<double>(j), time));
}

} // namespace

int main(int argc, char **argv) try {
    const std::uint64_t last = argc > 1 ? std::strtoull(argv[1], nullptr, 10) : 240;
    lina::session session; // joins LINA_ARENA
    lina::set_member_name("camera");
    lina::stream frames("frames", 8);
    lina::producer hold = frames.produce();
    for (std::uint64_t number = frames.info().sequence + 1; number <= last; number++) {
        auto frame = frames.loan<std::uint8_t, 2>({height, width});
        expose(frame, number);
        frame.publish(); // waits for the slowest reader
    }
    return 0; // `hold` ends the stream
} catch (const lina::error &failure) {
    std::fprintf(stderr, "camera: %s: %s\n", failure.name(), failure.what());
    return 1;
}
