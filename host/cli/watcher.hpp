// watcher.hpp - tells which files have changed. It watches their folders, since editors replace files.
#pragma once

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
        int folder; // the watch's number
        std::string name;
    };
    std::vector<File> files_;
    int descriptor_;
};

} // namespace lina_cli
