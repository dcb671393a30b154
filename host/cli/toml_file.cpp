#include "toml_file.hpp"

#include <algorithm>
#include <filesystem>

#include "plan.hpp"

namespace lina_cli {

toml::table TomlFile::parse() const {
    std::error_code ignored;
    if (std::filesystem::is_directory(name_, ignored)) // the library reads nothing from it
        refuse("it is a folder, and must be a file");
    try {
        return toml::parse_file(name_);
    } catch (const toml::parse_error &error) {
        auto line = error.source().begin.line; // 0: there is no text
        throw Refusal(name_ + (line == 0 ? "" : ":" + std::to_string(line)) + ": " +
                      std::string(error.description()));
    }
}

std::string TomlFile::folder() const { return name_.substr(0, name_.rfind('/') + 1); }

void TomlFile::refuse(const toml::node &node, const std::string &text) const {
    if (!node.source().begin) // Lina has put it together from several lines
        refuse(text);
    throw Refusal(name_ + ":" + std::to_string(node.source().begin.line) + ": " + text);
}

void TomlFile::refuse(const std::string &text) const { throw Refusal(name_ + ": " + text); }

void TomlFile::check_keys(const toml::table &table, const std::vector<std::string> &known) const {
    for (auto &&[key, node] : table)
        if (std::find(known.begin(), known.end(), key.str()) == known.end()) {
            std::string all;
            for (const std::string &one : known)
                all += (all.empty() ? "" : ", ") + one;
            refuse(node, "there is no key \"" + std::string(key.str()) + "\" here, only " + all);
        }
}

std::string TomlFile::text(const toml::table &table, const std::string &key,
                           std::size_t room) const {
    const toml::node *node = table.get(key);
    if (node == nullptr)
        return "";
    auto value = node->value_exact<std::string>();
    if (!value || value->empty() || value->size() >= room)
        refuse(*node, key + " is a text of 1 to " + std::to_string(room - 1) + " bytes");
    return *value;
}

std::vector<std::string> TomlFile::names(const toml::table &table, const std::string &key,
                                         std::size_t room) const {
    std::vector<std::string> all;
    const toml::node *node = table.get(key);
    if (node == nullptr)
        return all;
    if (!node->is_array())
        refuse(*node, key + " is a list of names");
    for (const toml::node &one : *node->as_array()) {
        auto name = one.value_exact<std::string>();
        if (!name || name->empty() || name->size() >= room)
            refuse(one, "a name here has 1 to " + std::to_string(room - 1) + " bytes");
        if (std::find(all.begin(), all.end(), *name) != all.end())
            refuse(one, "\"" + *name + "\" is in the list twice");
        all.push_back(*name);
    }
    return all;
}

} // namespace lina_cli
