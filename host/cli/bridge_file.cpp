// bridge_file.cpp - reads bridge.toml, or one host's part of hosts.toml, and checks it.
#include <algorithm>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <utility>

#include "bridge.hpp"
#include "hosts.hpp"
#include "plan.hpp"
#include "toml_file.hpp"

namespace lina_cli {

namespace {

const std::size_t shortest_key = 16;
struct Times { // in seconds
    double otherwise, least, most;
    const char *words;
};
const Times silence = {1, 0.5, 3600, "500ms to 1h"}; // heartbeats come every 0.1 s
const Times busy_poll = {0, 0, 1, "0s to 1s"};
const std::string lost = ".lost"; // NAME.lost is raised when NAME's exporter is lost

class Reader : TomlFile {
  public:
    Reader(const std::string &file, bool secrets, BridgeFile &out)
        : TomlFile(file), secrets_(secrets), out_(&out) {}
    void read(const toml::table &table);
    using TomlFile::parse;

  private:
    void add_exports(const toml::table &table);
    void add_announces(const toml::table &table);
    void add_import(const toml::table &table);
    std::uint64_t read_time(const toml::table &table, const char *key, const Times &allowed);
    void read_key(const toml::table &table);
    template <class T>
    T read_value(const toml::table &table, const char *key, T parse_text(const std::string &),
                 const std::string &text) const;
    std::uint32_t export_of(const std::string &name, bool is_signal) const;

    bool secrets_;
    BridgeFile *out_;
};

template <std::size_t room> void copy(char (&to)[room], const std::string &from) {
    std::memcpy(to, from.c_str(), from.size() + 1);
}

std::uint32_t Reader::export_of(const std::string &name, bool is_signal) const {
    for (std::size_t i = 0; i < out_->exports.size(); i++)
        if (name == out_->exports[i].name && (out_->exports[i].is_signal != 0) == is_signal)
            return static_cast<std::uint32_t>(i);
    return UINT32_MAX;
}

void Reader::add_exports(const toml::table &table) {
    for (const char *key : {"export", "export-signals"})
        for (const std::string &name : names(table, key, LINA_MAX_NAME)) {
            bridge_export one{};
            copy(one.name, name);
            one.is_signal = key != std::string("export");
            out_->exports.push_back(one);
        }
}

// A signal that is not in [announces] announces every array.
void Reader::add_announces(const toml::table &table) {
    static const toml::table none;
    const toml::node *node = table.get("announces");
    if (node != nullptr && !node->is_table())
        refuse(*node, "announces is a table, as in [announces] and ready = [\"field\"]");
    const toml::table &announces = node == nullptr ? none : *node->as_table();
    for (auto &&[key, one] : announces)
        if (export_of(std::string(key.str()), true) == UINT32_MAX)
            refuse(one, "\"" + std::string(key.str()) + "\" is not in export-signals");
    for (bridge_export &signal : out_->exports) {
        if (!signal.is_signal)
            continue;
        out_->announces.emplace_back();
        std::vector<std::uint32_t> &rows = out_->announces.back();
        const toml::node *wanted = announces.get(signal.name);
        if (wanted == nullptr)
            for (std::size_t i = 0; i < out_->exports.size() && !out_->exports[i].is_signal; i++)
                rows.push_back(static_cast<std::uint32_t>(i));
        else
            for (const std::string &name : names(announces, signal.name, LINA_MAX_NAME)) {
                rows.push_back(export_of(name, false));
                if (rows.back() == UINT32_MAX)
                    refuse(*wanted, "\"" + name + "\" is not in export");
            }
        signal.announces = rows.data();
        signal.n_announces = static_cast<std::uint32_t>(rows.size());
    }
}

void Reader::add_import(const toml::table &table) {
    check_keys(table, {"from", "address", "snapshot", "stream", "signals"});
    bridge_peer peer{};
    copy(peer.host, text(table, "from", sizeof peer.host));
    copy(peer.address, text(table, "address", sizeof peer.address));
    if (peer.host[0] == '\0' || peer.address[0] == '\0')
        refuse(table, "an import needs from = \"HOST\" and address = \"ADDRESS:PORT\"");
    out_->imports.emplace_back();
    std::vector<bridge_import> &imports = out_->imports.back();
    const std::pair<const char *, std::uint32_t> lists[] = {
        {"snapshot", BRIDGE_SNAPSHOT}, {"stream", BRIDGE_STREAM}, {"signals", BRIDGE_SIGNAL}};
    for (auto &&[key, mode] : lists)
        for (const std::string &name : names(table, key, LINA_MAX_NAME - lost.size())) {
            bridge_import one{};
            copy(one.name, name);
            one.mode = mode;
            for (const bridge_import &other : imports)
                if (name == other.name && (mode == BRIDGE_SIGNAL) == (other.mode == BRIDGE_SIGNAL))
                    refuse(table, "\"" + name + "\" is both a snapshot and a stream");
            imports.push_back(one);
        }
    if (imports.empty())
        refuse(table, "an import names at least one snapshot, stream or signal");
    peer.imports = imports.data();
    peer.n_imports = static_cast<std::uint32_t>(imports.size());
    out_->peers.push_back(peer);
}

void Reader::read_key(const toml::table &table) {
    std::string name = text(table, "key-file", 4096);
    if (name.empty())
        refuse("key-file is missing: a file that all hosts have, as from `openssl rand -hex 32`");
    if (!secrets_)
        return;
    std::filesystem::path path = std::filesystem::path(folder()) / name;
    std::ifstream stream(path, std::ios::binary);
    out_->key.assign(std::istreambuf_iterator<char>(stream), std::istreambuf_iterator<char>());
    while (!out_->key.empty() && (out_->key.back() == '\n' || out_->key.back() == '\r'))
        out_->key.pop_back();
    if (!stream || out_->key.size() < shortest_key)
        refuse("the key-file " + path.string() + " cannot be read, or has fewer than " +
               std::to_string(shortest_key) + " bytes");
}

// Reads a value that may be wrong, and names its line then.
template <class T>
T Reader::read_value(const toml::table &table, const char *key, T parse_text(const std::string &),
                     const std::string &text) const {
    try {
        return parse_text(text);
    } catch (const Refusal &refusal) {
        refuse(*table.get(key), std::string(key) + " " + refusal.what());
    }
}

// A time in nanoseconds, `otherwise` if the key is missing.
std::uint64_t Reader::read_time(const toml::table &table, const char *key, const Times &allowed) {
    std::string written = text(table, key, 32);
    double seconds =
        written.empty() ? allowed.otherwise : read_value(table, key, parse_seconds, written);
    if (!(seconds >= allowed.least && seconds <= allowed.most))
        refuse(*table.get(key), std::string(key) + " is " + allowed.words);
    return static_cast<std::uint64_t>(seconds * 1e9);
}

void Reader::read(const toml::table &table) {
    bridge_config &config = out_->config;
    check_keys(table, {"host", "arena", "size", "listen", "ports", "silence", "busy-poll",
                       "key-file", "export", "export-signals", "announces", "import"});
    copy(config.host, text(table, "host", sizeof config.host));
    copy(config.listen, text(table, "listen", sizeof config.listen));
    copy(config.ports, text(table, "ports", sizeof config.ports));
    out_->arena = text(table, "arena", 256);
    std::string size = text(table, "size", 32);
    out_->size = size.empty() ? 0 : read_value(table, "size", parse_size, size);
    if (config.host[0] == '\0' || out_->arena.empty())
        refuse("host = \"NAME\" or arena = \"shm:NAME\" is missing: the file needs both");
    config.silence_ns = read_time(table, "silence", silence);
    config.busy_poll_ns = read_time(table, "busy-poll", busy_poll);
    read_key(table);
    add_exports(table);
    add_announces(table);
    if (const toml::node *imports = table.get("import")) {
        if (!imports->is_array_of_tables())
            refuse(*imports, "an import is a table that begins with [[import]]");
        for (const toml::node &one : *imports->as_array())
            add_import(*one.as_table());
    }
    if (!out_->exports.empty() && config.listen[0] == '\0')
        refuse("listen = \"ADDRESS:PORT\" is missing: other hosts fetch the exports there");
    if (out_->exports.empty() && out_->peers.empty())
        refuse("it exports and imports nothing");
    config.exports = out_->exports.data();
    config.n_exports = static_cast<std::uint32_t>(out_->exports.size());
    config.peers = out_->peers.data();
    config.n_peers = static_cast<std::uint32_t>(out_->peers.size());
    config.key = reinterpret_cast<const unsigned char *>(out_->key.data());
    config.key_bytes = static_cast<std::uint32_t>(out_->key.size());
}

} // namespace

void read_bridge_file(const BridgeOptions &options, bool secrets, BridgeFile &out) {
    Reader reader(options.file, secrets, out);
    reader.read(options.host.empty() ? reader.parse()
                                     : Hosts(options.file).bridge_of(options.host));
}

} // namespace lina_cli
