// options.hpp - the one table of options: --help, the manual page, the completions and lina.toml come from it.
#pragma once

#include <CLI/CLI.hpp>
#include <string>
#include <vector>

#include "bridge.hpp"
#include "plan.hpp"
#include "toml_file.hpp"

namespace lina_cli {

// Values of options as the user wrote them.
struct Words {
    std::string size, timeout, grace;
    std::vector<std::string> arrays, after, restarts, debugs, prefixes;
};

// The whole command line.
struct Command {
    Command();
    CLI::App app;
    CLI::App *run, *doctor, *bridge;
    Options options; // after `apply`
    Words words;
    BridgeOptions bridge_options;
    bool json = false;
    void apply(); // throws Refusal
};

// What a lina.toml says, as words of the command line. Throws Refusal with the line of a mistake.
std::vector<std::string> read_config(const std::string &file, const CLI::App &run);
// The same for a part of a file, without the keys that mean something else there.
std::vector<std::string> words_of(const TomlFile &file, const toml::table &table,
                                  const std::vector<std::string> &others, const CLI::App &run);

// The manual page (man) or a shell's completion (bash, zsh, fish); "" for another kind.
std::string reference(const Command &command, const std::string &kind);

} // namespace lina_cli
