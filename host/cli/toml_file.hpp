// toml_file.hpp - reads the parts of a TOML file. An error names the line.
#pragma once

#include <cstddef>
#include <string>
#include <toml++/toml.h>
#include <utility>
#include <vector>

namespace lina_cli {

class TomlFile {
  public:
    explicit TomlFile(std::string name) : name_(std::move(name)) {}

    toml::table parse() const;
    const std::string &name() const { return name_; }
    std::string
    folder() const; // the file's folder, with a slash at its end; "" for the current one

    // All throw Refusal.
    [[noreturn]] void refuse(const toml::node &node, const std::string &text) const;
    [[noreturn]] void refuse(const std::string &text) const;
    void check_keys(const toml::table &table, const std::vector<std::string> &known) const;
    // A text that fits into `room` bytes with a zero; "" where the key is missing.
    std::string text(const toml::table &table, const std::string &key, std::size_t room) const;
    // A list of different names, each of which fits into `room` bytes with a zero.
    std::vector<std::string> names(const toml::table &table, const std::string &key,
                                   std::size_t room) const;

  private:
    std::string name_;
};

} // namespace lina_cli
