// memory.cpp - see memory.hpp, and "Large arrays" in docs/performance.md.
#include "memory.hpp"

#include <fstream>
#include <iostream>
#include <string>

namespace lina_cli {

namespace {

const char *const setting = "/sys/kernel/mm/transparent_hugepage/shmem_enabled";

// The word in brackets of "always within_size advise [never] deny force".
std::string word_in_brackets(const std::string &line) {
    auto open = line.find('['), close = line.find(']');
    return open < close && close != std::string::npos ? line.substr(open + 1, close - open - 1)
                                                      : "";
}

} // namespace

Memory examine_memory() {
    std::string line, remedy;
    std::ifstream file(setting);
    std::getline(file, line);
    std::string word = word_in_brackets(line);
    if (word == "never" || word == "deny")
        remedy = std::string("as root: echo advise >") + setting;
    return {word, remedy};
}

void show_memory(const Memory &memory) {
    std::cout << "memory  ";
    if (memory.shmem_enabled.empty())
        std::cout << "this kernel has no setting for huge pages of shared memory\n";
    else if (memory.remedy.empty())
        std::cout << "arenas may have huge pages: shmem_enabled is \"" << memory.shmem_enabled
                  << "\"\n";
    else
        std::cout << "arenas have small pages, on which work on large arrays is slower: "
                  << "shmem_enabled is \"" << memory.shmem_enabled << "\". To change that, "
                  << memory.remedy << "\n";
}

} // namespace lina_cli
