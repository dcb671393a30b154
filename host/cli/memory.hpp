// memory.hpp - whether the kernel gives huge pages to shared memory. `lina doctor` shows it.
#ifndef LINA_CLI_MEMORY_HPP
#define LINA_CLI_MEMORY_HPP

#include <nlohmann/json.hpp>

namespace lina_cli {

// "shmem_enabled" is the word that counts in the kernel's setting, or "" if this kernel has no such setting. "remedy"
// is "" if there is nothing to do.
nlohmann::json examine_memory();
void show_memory(const nlohmann::json &memory);

} // namespace lina_cli

#endif
