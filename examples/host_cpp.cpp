/* host_cpp.cpp - a host in C++: one thread writes a frame, another reads it, nothing is copied. */
#include <cstdio>
#include <thread>

#include "lina.hpp"

int main() try {
    using namespace std::chrono_literals;
    lina::session session(1 << 22);
    std::thread reader([] {
        lina::wait("frame_ready");
        auto frame = lina::acquire<const double, 2>("frame");
        auto mean = lina::create<double>("mean", {1});
        for (double value : frame)
            mean(0) += value / static_cast<double>(frame.size());
        lina::signal("mean_ready");
    });
    auto frame = lina::loan<double, 2>("frame", {480, 640});
    for (std::size_t i = 0; i < frame.extent(0); i++)
        for (std::size_t j = 0; j < frame.extent(1); j++)
            frame(i, j) = static_cast<double>(i + j);
    frame.publish();
    lina::signal("frame_ready");
    bool ready = lina::wait("mean_ready", 10s);
    reader.join();
    double mean = lina::acquire<const double>("mean")(0);
    std::printf("the mean of 480 x 640 elements is %.1f\n", mean);
    return ready && mean > 558.9 && mean < 559.1 ? 0 : 1; // 479 / 2 + 639 / 2
} catch (const lina::error &failure) {
    std::fprintf(stderr, "%s: %s\n", failure.name(), failure.what());
    return 1;
}
