// bridge_status.cpp - `lina bridge --status`: shows the array "bridge.HOST" in which the bridge keeps its counts.
#include <cstring>
#include <ctime>
#include <iomanip>
#include <iostream>
#include <memory>
#include <nlohmann/json.hpp>
#include <sstream>

#include "bridge.hpp"
#include "plan.hpp"

namespace lina_cli {

namespace {

using nlohmann::json;

const char *const states[] = {"never connected", "connected", "lost", "refused"};
const char *const modes[] = {"snapshot", "stream", "signal"};

struct Arena {
    explicit Arena(const std::string &where) {
        if (lina_arena_attach(where.c_str(), LINA_ATTACH_READ_ONLY, &handle) != LINA_OK)
            throw Refusal(lina_last_error());
    }
    ~Arena() { lina_arena_close(handle); }
    Arena(const Arena &) = delete;
    Arena &operator=(const Arena &) = delete;
    lina_arena_t *handle = nullptr;
};

bool is_running(lina_arena_t *arena, const std::string &name) {
    std::vector<lina_member_info_t> members(1024);
    std::size_t n = 0;
    if (lina_member_list(arena, members.data(), members.size(), &n, nullptr) != LINA_OK)
        throw Refusal(lina_last_error());
    for (std::size_t i = 0; i < n; i++)
        if (name == members[i].name)
            return true;
    return false;
}

double age(std::int64_t since) {
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    return static_cast<double>(now.tv_sec) + 1e-9 * static_cast<double>(now.tv_nsec) -
           1e-9 * static_cast<double>(since);
}

class Board {
  public:
    Board(lina_arena_t *arena, const std::string &name, const BridgeFile &file);
    ~Board() { lina_release(&view_); }
    Board(const Board &) = delete;
    Board &operator=(const Board &) = delete;
    std::int64_t at(std::size_t row, bridge_column column) const {
        return __atomic_load_n(words_ + row * BRIDGE_COLUMNS + column, __ATOMIC_RELAXED);
    }
    json counts(std::size_t row) const;

  private:
    lina_view_t view_{};
    const std::int64_t *words_;
};

Board::Board(lina_arena_t *arena, const std::string &name, const BridgeFile &file) {
    if (lina_acquire(arena, name.c_str(), &view_) != LINA_OK)
        throw Refusal("no bridge of " + std::string(file.config.host) + " has run over this arena");
    std::size_t rows = file.exports.size();
    for (const bridge_peer &peer : file.peers)
        rows += peer.n_imports;
    const lina_desc_t &desc = view_.desc;
    if (desc.dtype != LINA_DTYPE_I64 || desc.ndim != 2 || desc.layout != LINA_LAYOUT_C ||
        desc.shape[0] != rows || desc.shape[1] != BRIDGE_COLUMNS)
        throw Refusal("the bridge was started with another file than this: \"" + name +
                      "\" has other rows");
    words_ = static_cast<const std::int64_t *>(view_.data);
}

json Board::counts(std::size_t row) const {
    json out = {{"generations", at(row, BRIDGE_GENERATIONS)},
                {"bytes", at(row, BRIDGE_BYTES)},
                {"skipped", at(row, BRIDGE_SKIPPED)}};
    out["age"] = at(row, BRIDGE_LAST) == 0 ? json() : json(age(at(row, BRIDGE_LAST)));
    return out;
}

json examine(const BridgeFile &file) {
    const std::string name = "bridge." + std::string(file.config.host);
    Arena arena(file.arena);
    json out = {{"host", file.config.host},
                {"arena", file.arena},
                {"running", is_running(arena.handle, name)},
                {"exports", json::array()},
                {"imports", json::array()}};
    Board board(arena.handle, name, file);
    std::size_t row = 0;
    for (const bridge_export &one : file.exports) {
        json entry = board.counts(row);
        entry["name"] = one.name;
        entry["hosts"] = board.at(row++, BRIDGE_STATE);
        out["exports"].push_back(entry);
    }
    for (const bridge_peer &peer : file.peers)
        for (std::uint32_t i = 0; i < peer.n_imports; i++) {
            json entry = board.counts(row);
            auto state = static_cast<std::uint64_t>(board.at(row, BRIDGE_STATE));
            entry["name"] = peer.imports[i].name;
            entry["from"] = peer.host;
            entry["mode"] = modes[peer.imports[i].mode];
            entry["state"] = state < 4 ? states[state] : "unknown";
            entry["lost"] = board.at(row++, BRIDGE_LOST);
            out["imports"].push_back(entry);
        }
    return out;
}

std::string counted(const json &entry) {
    std::ostringstream out;
    out << entry["generations"] << " times, " << entry["bytes"] << " bytes";
    if (entry["age"].is_null())
        out << ", nothing yet";
    else
        out << std::fixed << std::setprecision(1) << ", last " << entry["age"].get<double>()
            << " s ago";
    if (entry["skipped"] != 0)
        out << ", " << entry["skipped"] << " skipped";
    return out.str();
}

void show(const json &all) {
    auto text = [](const json &entry, const char *key) { return entry[key].get<std::string>(); };
    std::cout << "bridge of " << text(all, "host") << " over " << text(all, "arena") << ": "
              << (all["running"] ? "running" : "not running") << "\n";
    for (const json &entry : all["exports"])
        std::cout << "  exports " << text(entry, "name") << " to " << entry["hosts"]
                  << " hosts: " << counted(entry) << "\n";
    for (const json &entry : all["imports"])
        std::cout << "  imports " << text(entry, "name") << " from " << text(entry, "from") << " ("
                  << text(entry, "mode") << "), " << text(entry, "state") << ", lost "
                  << entry["lost"] << " times: " << counted(entry) << "\n";
}

} // namespace

int bridge_status(const BridgeOptions &options) {
    auto file = std::make_unique<BridgeFile>();
    read_bridge_file(options, false, *file);
    json all = examine(*file);
    if (options.json)
        std::cout << all.dump(2) << "\n";
    else
        show(all);
    bool good = all["running"];
    for (const json &entry : all["imports"])
        good = good && entry["state"] == states[BRIDGE_CONNECTED];
    return good ? 0 : 1;
}

} // namespace lina_cli
