// watcher.hpp - tells which files have changed. It watches their folders, since editors replace files. If a file is a
// symbolic link, it watches that to which the link leads, too.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace lina_cli {

class Watcher {
  public:
    explicit Watcher(const std::vector<std::string> &files); // throws Refusal
    int descriptor() const { return descriptor_; }           // readable when something has changed
    std::vector<std::size_t> take();                         // the numbers of the changed files

  private:
    struct File {
        std::size_t number;
        int folder; // the watch's number
        std::string name;
    };
    void add(std::size_t number, const std::filesystem::path &path);
    std::vector<File> files_;
    int descriptor_;
};

} // namespace lina_cli
