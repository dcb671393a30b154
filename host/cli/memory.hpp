// memory.hpp - whether the kernel gives huge pages to shared memory. `lina doctor` shows it.
#pragma once

#include <string>

namespace lina_cli {

struct Memory {
    std::string
        shmem_enabled;  // the word that counts in the kernel's setting; "": this kernel has none
    std::string remedy; // "": there is nothing to do
};

Memory examine_memory();
void show_memory(const Memory &memory);

} // namespace lina_cli
