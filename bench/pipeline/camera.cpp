/* camera.cpp - the first stage of P16: fills frames. See run.py for the commands that it obeys. */
#include <chrono>
#include <cstdlib>
#include <cstring>
#include <exception>
#include <iostream>
#include <stdexcept>
#include <string>
#include <unistd.h>
#include <vector>

#include "lina.hpp"

namespace {

constexpr std::size_t height = 2048, width = 3072;
constexpr std::uint8_t last_frame = 255;

void expose(std::uint8_t *frame, long number, bool last) {
    std::memset(frame, static_cast<int>(number % 250), height * width);
    if (last)
        frame[0] = last_frame;
}

void publish(long count) {
    for (long number = 1; number <= count; number++) {
        auto frame = lina::loan<std::uint8_t, 2>("frames", {height, width});
        expose(&frame(0, 0), number, number == count);
        frame.publish();
    }
}

void write_all(int fd, const std::vector<std::uint8_t> &frame) {
    for (std::size_t at = 0; at < frame.size();) {
        ssize_t wrote = write(fd, frame.data() + at, frame.size() - at);
        if (wrote <= 0)
            throw std::runtime_error("cannot write to the pipe");
        at += static_cast<std::size_t>(wrote);
    }
}

void write_frames(int fd, long count) {
    std::vector<std::uint8_t> frame(height * width);
    for (long number = 1; number <= count; number++) {
        expose(frame.data(), number, number == count);
        write_all(fd, frame);
    }
}

} // namespace

/* camera OUT: the pipe to write to. */
int main(int argc, char **argv) try {
    lina::session session; // joins LINA_ARENA
    const int out = argc > 1 ? std::atoi(argv[1]) : -1;
    std::string what;
    for (long count; std::cin >> what >> count;) {
        auto start = std::chrono::steady_clock::now();
        if (what == "pipe")
            write_frames(out, count);
        else
            publish(count);
        std::chrono::duration<double, std::nano> took = std::chrono::steady_clock::now() - start;
        std::cout << static_cast<long>(took.count()) / count << std::endl;
    }
    return 0;
} catch (const std::exception &failure) {
    std::cerr << "camera: " << failure.what() << '\n';
    return 1;
}
