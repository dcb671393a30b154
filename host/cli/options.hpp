// options.hpp - the one table of options: --help, the manual page, the completions and lina.toml come from it.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "bridge.hpp"
#include "plan.hpp"

namespace lina_cli {

// Values of options as the user wrote them.
struct Words {
    std::string size, timeout, grace, doctor_timeout;
    std::vector<std::string> arrays, after, restarts, debugs, prefixes;
};

// What the table says about an option that has a name.
struct OptionInfo {
    std::string name, description; // the name without dashes
    bool takes_value = false;
    bool is_list = false;  // each use adds a value
    bool is_given = false; // in the words that were parsed
};

struct Subcommand {
    std::string name, description, footer;
    bool is_given = false;
    std::vector<OptionInfo> options;
    const OptionInfo *find(const std::string &option) const; // nullptr if there is none
};

// The whole command line. Only options.cpp includes CLI11, which takes seconds to compile.
class Command {
  public:
    Command();
    ~Command();
    // Returns nothing if the words ask for work. Otherwise it has shown the answer to --help, --version or a mistake,
    // and returns the exit status.
    std::optional<int> parse(std::vector<std::string> words);
    void apply(); // throws Refusal

    std::string description() const;
    std::vector<Subcommand> subcommands() const;
    Subcommand subcommand(const std::string &name) const;

    Options options; // after `apply`
    BridgeOptions bridge_options;
    DoctorOptions doctor_options;

  private:
    struct Table;
    Words words_;
    std::unique_ptr<Table> table_;
};

// The manual page (man) or a shell's completion (bash, zsh, fish); "" for another kind.
std::string reference(const Command &command, const std::string &kind);

} // namespace lina_cli
