// config.cpp - lina.toml: the options of `lina run` by their long names, and `scripts`.
#include <cstdint>
#include <filesystem>
#include <toml++/toml.h>
#include <utility>

#include "options.hpp"

namespace lina_cli {

namespace {

class Config {
  public:
    Config(std::string file, const CLI::App &run) : file_(std::move(file)), run_(&run) {}
    std::vector<std::string> read();

  private:
    [[noreturn]] void refuse(const toml::node &node, const std::string &text) const;
    std::string text_of(const toml::node &node) const;
    void add_scripts(const toml::node &node);
    void add_option(const std::string &key, const toml::node &node);

    std::string file_;
    const CLI::App *run_;
    std::vector<std::string> words_;
};

void Config::refuse(const toml::node &node, const std::string &text) const {
    throw Refusal(file_ + ":" + std::to_string(node.source().begin.line) + ": " + text);
}

std::string Config::text_of(const toml::node &node) const {
    if (auto text = node.value_exact<std::string>())
        return *text;
    if (auto whole = node.value_exact<std::int64_t>())
        return std::to_string(*whole);
    if (auto real = node.value_exact<double>())
        return std::to_string(*real);
    refuse(node, "a text or a number is expected here");
}

// Their paths are meant from the file's folder.
void Config::add_scripts(const toml::node &node) {
    if (!node.is_array())
        refuse(node, "scripts is a list, as in scripts = [\"a.py\", \"b.jl\"]");
    std::filesystem::path folder = std::filesystem::path(file_).parent_path();
    for (const toml::node &script : *node.as_array())
        words_.push_back((folder / text_of(script)).string());
}

void Config::add_option(const std::string &key, const toml::node &node) {
    const CLI::Option *option = run_->get_option_no_throw("--" + key);
    if (option == nullptr || key == "help" || key == "config")
        refuse(node, "there is no option \"" + key + "\"; lina run --help shows all");
    if (option->get_items_expected_max() == 0) {
        auto wanted = node.value_exact<bool>();
        if (!wanted)
            refuse(node, key + " is true or false");
        if (*wanted)
            words_.push_back("--" + key);
        return;
    }
    bool many = option->get_multi_option_policy() != CLI::MultiOptionPolicy::TakeLast;
    if (node.is_array() && !many)
        refuse(node, key + " has one value");
    if (!node.is_array()) {
        words_.push_back("--" + key + "=" + text_of(node));
        return;
    }
    for (const toml::node &value : *node.as_array())
        words_.push_back("--" + key + "=" + text_of(value));
}

std::vector<std::string> Config::read() {
    try {
        const toml::table table = toml::parse_file(file_);
        for (auto &&[key, node] : table)
            if (key.str() == "scripts")
                add_scripts(node);
            else
                add_option(std::string(key.str()), node);
    } catch (const toml::parse_error &error) {
        throw Refusal(file_ + ":" + std::to_string(error.source().begin.line) + ": " +
                      std::string(error.description()));
    }
    return words_;
}

} // namespace

std::vector<std::string> read_config(const std::string &file, const CLI::App &run) {
    return Config(file, run).read();
}

} // namespace lina_cli
