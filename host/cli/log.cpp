#include "log.hpp"

#include <cerrno>
#include <cstring>
#include <ctime>
#include <filesystem>
#include <nlohmann/json.hpp>

#include "output.hpp"
#include "plan.hpp"

namespace lina_cli {

namespace {

std::string now() {
    timespec time;
    clock_gettime(CLOCK_REALTIME, &time);
    std::tm parts;
    gmtime_r(&time.tv_sec, &parts);
    char text[64];
    std::size_t n = std::strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%S", &parts);
    std::snprintf(text + n, sizeof text - n, ".%06ldZ", time.tv_nsec / 1000);
    return text;
}

} // namespace

Log::Log(const std::string &folder, const std::string &script, const std::string &stream)
    : script_(script), stream_(stream), file_(nullptr, std::fclose) {
    std::error_code error;
    std::filesystem::create_directories(folder, error);
    if (error)
        throw Refusal("--log-dir: " + folder + " cannot be made: " + error.message());
    path_ = folder + "/" + script + ".jsonl";
    file_.reset(std::fopen(path_.c_str(), "ae"));
    if (file_ == nullptr)
        refuse();
}

void Log::refuse() const {
    throw Refusal("--log-dir: " + path_ + " cannot be written: " + std::strerror(errno));
}

void Log::add(const char *bytes, std::size_t n) {
    pending_.append(bytes, n);
    for (std::size_t end; (end = pending_.find('\n')) != std::string::npos;) {
        write(pending_.substr(0, end));
        pending_.erase(0, end + 1);
    }
    if (pending_.size() > longest_line)
        finish();
}

void Log::finish() {
    if (!pending_.empty())
        write(pending_);
    pending_.clear();
}

// Bytes that are not UTF-8 become U+FFFD, because JSON allows only UTF-8.
void Log::write(const std::string &line) {
    nlohmann::ordered_json entry = {
        {"time", now()}, {"script", script_}, {"stream", stream_}, {"line", line}};
    std::string text = entry.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
    if (std::fprintf(file_.get(), "%s\n", text.c_str()) < 0 || std::fflush(file_.get()) != 0)
        refuse();
}

} // namespace lina_cli
