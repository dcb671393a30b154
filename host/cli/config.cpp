// config.cpp - lina.toml: the options of `lina run` by their long names, and `scripts`.
#include <algorithm>
#include <cstdint>
#include <filesystem>

#include "config.hpp"

namespace lina_cli {

namespace {

bool is_of_command_line(const std::string &key) {
    return key == "help" || key == "config" || key == "hosts" || key == "host" || key == "launched";
}

class Config {
  public:
    Config(const TomlFile &file, const Subcommand &run) : file_(&file), run_(&run) {}
    void add(const std::string &key, const toml::node &node);
    std::vector<std::string> words() const { return words_; }

  private:
    [[noreturn]] void refuse(const toml::node &node, const std::string &text) const {
        file_->refuse(node, text);
    }
    std::string text_of(const toml::node &node) const;
    void add_scripts(const toml::node &node);
    void add_option(const std::string &key, const toml::node &node);

    const TomlFile *file_;
    const Subcommand *run_;
    std::vector<std::string> words_;
};

std::string Config::text_of(const toml::node &node) const {
    if (auto text = node.value_exact<std::string>()) {
        if (text->empty())
            refuse(node, "the value is empty: give one, or leave the line out");
        return *text;
    }
    if (auto whole = node.value_exact<std::int64_t>())
        return std::to_string(*whole);
    if (auto real = node.value_exact<double>())
        return std::to_string(*real);
    refuse(node, "a text or a number is expected here");
}

// The paths of scripts are relative to the file's folder.
void Config::add_scripts(const toml::node &node) {
    if (!node.is_array())
        refuse(node, "scripts is a list, as in scripts = [\"a.py\", \"b.jl\"]");
    std::filesystem::path folder = file_->folder();
    for (const toml::node &script : *node.as_array()) {
        std::string path = (folder / text_of(script)).string();
        words_.push_back(path.rfind('-', 0) == 0 ? "./" + path : path); // no option
    }
}

void Config::add_option(const std::string &key, const toml::node &node) {
    const OptionInfo *option = run_->find(key);
    if (option == nullptr || is_of_command_line(key))
        refuse(node, "there is no option \"" + key + "\"; lina run --help shows all");
    if (!option->takes_value) {
        auto wanted = node.value_exact<bool>();
        if (!wanted)
            refuse(node, key + " is true or false");
        if (*wanted)
            words_.push_back("--" + key);
        return;
    }
    if (node.is_array() && !option->is_list)
        refuse(node, key + " has one value");
    if (!node.is_array()) {
        words_.push_back("--" + key + "=" + text_of(node));
        return;
    }
    for (const toml::node &value : *node.as_array())
        words_.push_back("--" + key + "=" + text_of(value));
}

void Config::add(const std::string &key, const toml::node &node) {
    if (key == "scripts")
        add_scripts(node);
    else
        add_option(key, node);
}

} // namespace

std::vector<std::string> words_of(const TomlFile &file, const toml::table &table,
                                  const std::vector<std::string> &others, const Subcommand &run) {
    Config config(file, run);
    for (auto &&[key, node] : table)
        if (std::find(others.begin(), others.end(), key.str()) == others.end())
            config.add(std::string(key.str()), node);
    return config.words();
}

std::vector<std::string> read_config(const std::string &name, const Subcommand &run) {
    TomlFile file(name);
    return words_of(file, file.parse(), {}, run);
}

} // namespace lina_cli
