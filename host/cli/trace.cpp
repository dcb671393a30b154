#include "trace.hpp"

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <dlfcn.h>
#include <fcntl.h>
#include <filesystem>
#include <sys/mman.h>
#include <unistd.h>

namespace lina_cli {

namespace {

std::uint64_t now() {
    timespec time;
    clock_gettime(CLOCK_BOOTTIME, &time);
    return static_cast<std::uint64_t>(time.tv_sec) * 1000000000 +
           static_cast<std::uint64_t>(time.tv_nsec);
}

// The traced liblina_core is in trace/ below liblina_host's folder in a build, and in lina/trace/ once it is installed.
std::string find_tracer() {
    Dl_info host;
    if (dladdr(reinterpret_cast<void *>(lina_host_error), &host) == 0)
        throw Refusal("--trace: the folder of liblina_host is not known");
    auto folder = std::filesystem::canonical(host.dli_fname).parent_path();
    for (const char *place : {"trace", "lina/trace"})
        if (auto path = folder / place / "liblina_core.so.1"; std::filesystem::exists(path))
            return path.string();
    throw Refusal(
        "--trace: this Lina was built without the library for it (which needs objcopy, and "
        "no sanitizer)");
}

void put_before(const char *variable, const std::string &text) {
    const char *old = std::getenv(variable);
    setenv(variable, old == nullptr || *old == '\0' ? text.c_str() : (text + ":" + old).c_str(), 1);
}

} // namespace

Trace::Trace(const Plan &plan) : plan_(plan), lives_(plan.scripts.size()) {
    const std::string &path = plan.options.trace, tracer = find_tracer();
    output_ = open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
    if (output_ < 0)
        throw Refusal("--trace: " + path + " cannot be written: " + std::strerror(errno));
    events_ = memfd_create("lina-trace", MFD_CLOEXEC);
    if (events_ < 0)
        throw Refusal(std::string("--trace: no memory for its events: ") + std::strerror(errno));
    std::string events = "/proc/" + std::to_string(getpid()) + "/fd/" + std::to_string(events_);
    setenv(LINA_TRACE_FILE, events.c_str(), 1);
    put_before("LD_PRELOAD", tracer);
}

Trace::~Trace() {
    close(output_);
    close(events_);
}

std::size_t Trace::number_of(const Script &script) const {
    return static_cast<std::size_t>(&script - plan_.scripts.data());
}

void Trace::began(const Script &script) {
    lives_[number_of(script)].push_back({now(), 0});
    setenv(LINA_TRACE_LABEL, ("=" + script.name).c_str(), 1);
}

void Trace::ended(const Script &script) {
    auto &lives = lives_[number_of(script)];
    if (!lives.empty() && lives.back().end == 0)
        lives.back().end = now();
}

Events Trace::read() const {
    auto bytes = static_cast<std::size_t>(lseek(events_, 0, SEEK_END));
    Events events(bytes / sizeof(lina_trace_event));
    char *at = reinterpret_cast<char *>(events.data());
    for (std::size_t done = 0; done < events.size() * sizeof events[0];) {
        ssize_t n = pread(events_, at + done, events.size() * sizeof events[0] - done,
                          static_cast<off_t>(done));
        if (n <= 0)
            throw Refusal(std::string("--trace: ") + std::strerror(errno));
        done += static_cast<std::size_t>(n);
    }
    return events;
}

std::vector<std::string> Trace::finish() {
    for (const Script &script : plan_.scripts)
        ended(script);
    Events events = join_naps(read());
    std::string bytes = draw(plan_.scripts, lives_, events);
    for (std::size_t at = 0; at < bytes.size();) {
        ssize_t n = write(output_, bytes.data() + at, bytes.size() - at);
        if (n < 0)
            throw Refusal("--trace: " + plan_.options.trace + ": " + std::strerror(errno));
        at += static_cast<std::size_t>(n);
    }
    std::vector<Events> of_scripts(plan_.scripts.size() + 1);
    for (const lina_trace_event &event : events)
        of_scripts[script_of(event, plan_.scripts)].push_back(event);
    std::vector<std::string> lines;
    for (std::size_t i = 0; i < plan_.scripts.size(); i++)
        lines.push_back(summary(plan_.scripts[i], lives_[i], of_scripts[i]));
    return lines;
}

} // namespace lina_cli
