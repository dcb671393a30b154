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
    for (const std::string &file : files) {
        std::filesystem::path path = file;
        std::string folder = path.has_parent_path() ? path.parent_path().string() : ".";
        int number = inotify_add_watch(descriptor_, folder.c_str(), IN_CLOSE_WRITE | IN_MOVED_TO);
        if (number < 0)
            throw Refusal("--watch: " + folder + " cannot be watched: " + std::strerror(errno));
        files_.push_back({number, path.filename().string()});
    }
}

std::vector<std::size_t> Watcher::take() {
    alignas(inotify_event) char bytes[16384];
    std::set<std::size_t> changed;
    for (ssize_t n; (n = read(descriptor_, bytes, sizeof bytes)) > 0;)
        for (ssize_t at = 0; at < n;) {
            inotify_event event;
            std::memcpy(&event, bytes + at, sizeof event);
            const char *name = bytes + at + sizeof event;
            for (std::size_t i = 0; i < files_.size(); i++)
                if (event.len > 0 && files_[i].folder == event.wd && files_[i].name == name)
                    changed.insert(i);
            at += static_cast<ssize_t>(sizeof event + event.len);
        }
    return {changed.begin(), changed.end()};
}

} // namespace lina_cli
