// config.hpp - what TOML files say about `lina run`, as words of its command line.
#pragma once

#include <string>
#include <vector>

#include "options.hpp"
#include "toml_file.hpp"

namespace lina_cli {

// What a lina.toml says. Throws Refusal with the line of a mistake.
std::vector<std::string> read_config(const std::string &file, const Subcommand &run);
// The same for a part of a file, without the keys that mean something else there.
std::vector<std::string> words_of(const TomlFile &file, const toml::table &table,
                                  const std::vector<std::string> &others, const Subcommand &run);

} // namespace lina_cli
