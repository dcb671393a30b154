#include "hosts.hpp"

#include <algorithm>
#include <filesystem>

#include "company.hpp"
#include "config.hpp"

namespace lina_cli {

namespace {

const std::size_t room_of_text = 4096;

struct List {
    const char *key, *of_import; // in hosts.toml; in an [[import]] of bridge.toml
    bool is_signal;
};
const List lists[] = {{"export", "snapshot", false},
                      {"export-streams", "stream", false},
                      {"export-signals", "signals", true}};

// The keys that mean the same in a bridge.toml.
const std::vector<std::string> of_bridge = {"arena",   "size",      "key-file", "ports",
                                            "silence", "busy-poll", "listen"};
// The keys that are no options of `lina run`: first those at the top of the file, which are for all hosts that do not
// have them; then those of a host.
const std::vector<std::string> of_top = {"arena",     "size", "key-file",  "ports", "silence",
                                         "busy-poll", "lina", "directory", "hosts"};
const std::vector<std::string> of_host = {
    "arena",          "size",           "key-file",  "ports",  "silence",
    "busy-poll",      "lina",           "directory", "listen", "export",
    "export-streams", "export-signals", "announces", "import", "ssh"};

toml::array array_of(const std::vector<std::string> &names) {
    toml::array all;
    for (const std::string &name : names)
        all.push_back(name);
    return all;
}

// As one word of a POSIX shell.
std::string shell_word(const std::string &text) {
    std::string out = "'";
    for (char c : text)
        out += c == '\'' ? std::string("'\\''") : std::string(1, c);
    return out + "'";
}

} // namespace

Hosts::Hosts(const std::string &file) : file_(file), table_(file_.parse()) {
    const toml::node *hosts = table_.get("hosts");
    if (hosts == nullptr || !hosts->is_table() || hosts->as_table()->empty())
        file_.refuse("there is no host: each has a table, as in [hosts.alpha]");
    std::vector<std::pair<toml::source_position, std::string>> found;
    for (auto &&[key, node] : *hosts->as_table()) {
        if (!node.is_table())
            file_.refuse(node, "a host is a table, as in [hosts.alpha]");
        if (key.str().empty() || key.str().size() >= BRIDGE_HOST)
            file_.refuse(node,
                         "a host's name has 1 to " + std::to_string(BRIDGE_HOST - 1) + " bytes");
        found.emplace_back(node.source().begin, key.str());
    }
    std::sort(found.begin(), found.end()); // in the order of the file; the table sorts by name
    for (auto &&[position, name] : found)
        names_.push_back(name);
    for (const std::string &name : names_)
        check(name);
}

const toml::table &Hosts::table_of(const std::string &host) const {
    const toml::node *table = table_.get("hosts")->as_table()->get(host);
    if (table != nullptr)
        return *table->as_table();
    std::string all;
    for (const std::string &name : names_)
        all += (all.empty() ? "" : ", ") + name;
    file_.refuse("there is no host \"" + host + "\", only " + all);
}

std::string Hosts::text_of(const std::string &host, const std::string &key) const {
    std::string own = file_.text(table_of(host), key, room_of_text);
    return own.empty() ? file_.text(table_, key, room_of_text) : own;
}

const std::string *Hosts::exporter_of(const std::string &name, bool is_signal) const {
    for (const std::string &host : names_)
        for (const List &list : lists) {
            if (list.is_signal != is_signal)
                continue;
            auto all = file_.names(table_of(host), list.key, LINA_MAX_NAME);
            if (std::find(all.begin(), all.end(), name) != all.end())
                return &host;
        }
    return nullptr;
}

// Checks what needs the entries of all hosts: each name is exported by one host only, and each import by another.
void Hosts::check(const std::string &host) const {
    const toml::table &table = table_of(host);
    for (const char *key : {"arena", "key-file", "listen"})
        if (text_of(host, key).empty())
            file_.refuse(table, host + " has no " + key);
    for (const toml::table *one : {&table_, &table})
        for (const char *key : {"name", "file"})
            if (one->get(key) != nullptr)
                file_.refuse(*one->get(key), std::string(key) +
                                                 ": in this file, arena says it, as in "
                                                 "arena = \"shm:NAME\" or arena = \"file:PATH\"");
    for (const List &list : lists)
        for (const std::string &name : file_.names(table, list.key, LINA_MAX_NAME)) {
            const std::string &first = *exporter_of(name, list.is_signal);
            if (first != host)
                file_.refuse(*table.get(list.key), "\"" + name + "\" is exported by " + first +
                                                       " and by " + host +
                                                       ": a name has one writer");
        }
    for (const std::string &name : file_.names(table, "import", LINA_MAX_NAME)) {
        const std::string *array = exporter_of(name, false), *signal = exporter_of(name, true);
        if ((array == nullptr || *array == host) && (signal == nullptr || *signal == host))
            file_.refuse(*table.get("import"), "no other host exports \"" + name + "\"");
    }
}

// ---- a host's bridge -----------------------------------------------------------------------------

bool Hosts::is_wanted(const std::string &importer, const std::string &name) const {
    const toml::table &table = table_of(importer);
    auto wanted = file_.names(table, "import", LINA_MAX_NAME);
    return table.get("import") == nullptr ||
           std::find(wanted.begin(), wanted.end(), name) != wanted.end();
}

toml::table Hosts::import_from(const std::string &exporter, const std::string &importer) const {
    toml::table import;
    import.insert("from", exporter);
    import.insert("address", text_of(exporter, "listen"));
    for (const List &list : lists) {
        toml::array wanted;
        for (const std::string &name : file_.names(table_of(exporter), list.key, LINA_MAX_NAME))
            if (is_wanted(importer, name))
                wanted.push_back(name);
        if (list.is_signal)
            wanted.push_back(ended_signal(exporter));
        if (!wanted.empty())
            import.insert(list.of_import, wanted);
    }
    return import;
}

toml::table Hosts::bridge_of(const std::string &host) const {
    toml::table bridge;
    const toml::table &table = table_of(host);
    bridge.insert("host", host);
    for (const std::string &key : of_bridge)
        if (std::string text = text_of(host, key); !text.empty())
            bridge.insert(key, text);
    auto arrays = file_.names(table, "export", LINA_MAX_NAME);
    for (const std::string &stream : file_.names(table, "export-streams", LINA_MAX_NAME))
        arrays.push_back(stream);
    auto signals = file_.names(table, "export-signals", LINA_MAX_NAME);
    signals.push_back(ended_signal(host));
    bridge.insert("export", array_of(arrays));
    bridge.insert("export-signals", array_of(signals));
    if (const toml::node *announces = table.get("announces"))
        bridge.insert("announces", *announces);
    toml::array imports;
    for (const std::string &other : names_)
        if (other != host)
            imports.push_back(import_from(other, host));
    if (!imports.empty())
        bridge.insert("import", imports);
    return bridge;
}

// ---- a host's `lina run` -------------------------------------------------------------------------

std::vector<std::string> Hosts::words_of(const std::string &host, const Subcommand &run) const {
    std::vector<std::string> words = lina_cli::words_of(file_, table_, of_top, run);
    for (const std::string &word : lina_cli::words_of(file_, table_of(host), of_host, run))
        words.push_back(word);
    std::string arena = arena_of(host), size = text_of(host, "size");
    std::size_t colon = arena.find(':');
    if (arena.compare(0, colon, "shm") == 0)
        words.push_back("--name=" + arena.substr(colon + 1));
    else if (arena.compare(0, colon, "file") == 0)
        words.push_back("--file=" + arena.substr(colon + 1));
    else
        file_.refuse(table_of(host), "arena is \"shm:NAME\" or \"file:PATH\"");
    if (!size.empty())
        words.push_back("--size=" + size);
    return words;
}

// ---- starting it ---------------------------------------------------------------------------------

// ssh's own words: the host to talk to, and options before it.
std::vector<std::string> Hosts::ssh_of(const std::string &host) const {
    const toml::table &table = table_of(host);
    const toml::node *node = table.get("ssh");
    if (node == nullptr)
        return {host};
    if (!node->is_array())
        return {file_.text(table, "ssh", room_of_text)};
    auto words = file_.names(table, "ssh", room_of_text);
    if (words.empty())
        file_.refuse(*node, "ssh is a host, or a list of ssh's words that ends with it");
    return words;
}

std::vector<std::string> Hosts::command_of(const std::string &host,
                                           const std::vector<std::string> &more) const {
    std::string directory = text_of(host, "directory"), lina = text_of(host, "lina");
    if (directory.empty())
        directory = std::filesystem::current_path().string();
    // ssh must not ask for anything: several run at once. It must notice a host that is gone.
    std::vector<std::string> command = {"ssh", "-o", "BatchMode=yes", "-o",
                                        "ServerAliveInterval=5"};
    for (const std::string &word : ssh_of(host))
        command.push_back(word);
    std::string there = "cd " + shell_word(directory) + " && exec " +
                        shell_word(lina.empty() ? "lina" : lina) + " run --launched --hosts " +
                        shell_word(file_.name()) + " --host " + shell_word(host);
    for (const std::string &word : more)
        there += " " + shell_word(word);
    command.push_back(there);
    return command;
}

} // namespace lina_cli
