#include "watcher.hpp"

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <set>
#include <sys/inotify.h>
#include <unistd.h>

#include "plan.hpp"

namespace lina_cli {

Watcher::Watcher(const std::vector<std::string> &files)
    : descriptor_(inotify_init1(IN_CLOEXEC | IN_NONBLOCK)) {
    for (std::size_t i = 0; i < files.size(); i++) {
        std::error_code error; // a program that is found on PATH is not here
        std::filesystem::path target = std::filesystem::canonical(files[i], error);
        add(i, files[i]);
        if (!error)
            add(i, target);
    }
}

void Watcher::add(std::size_t number, const std::filesystem::path &path) {
    std::string folder = path.has_parent_path() ? path.parent_path().string() : ".";
    int watch = inotify_add_watch(descriptor_, folder.c_str(), IN_CLOSE_WRITE | IN_MOVED_TO);
    if (watch < 0)
        throw Refusal("--watch: " + folder + " cannot be watched: " + std::strerror(errno));
    files_.push_back({number, watch, path.filename().string()});
}

std::vector<std::size_t> Watcher::take() {
    alignas(inotify_event) char bytes[16384];
    std::set<std::size_t> changed;
    for (ssize_t n; (n = read(descriptor_, bytes, sizeof bytes)) > 0;)
        for (ssize_t at = 0; at < n;) {
            inotify_event event;
            std::memcpy(&event, bytes + at, sizeof event);
            const char *name = bytes + at + sizeof event;
            for (const File &file : files_)
                if (event.len > 0 && file.folder == event.wd && file.name == name)
                    changed.insert(file.number);
            at += static_cast<ssize_t>(sizeof event + event.len);
        }
    return {changed.begin(), changed.end()};
}

} // namespace lina_cli
