// bridge.hpp - `lina bridge`: what bridge.toml says, and the plug-in that does it.
#pragma once

#include <cstdint>
#include <deque>
#include <string>
#include <vector>

extern "C" {
#include "../../bridge/bridge.h"
}

namespace lina_cli {

struct BridgeOptions {
    std::string file = "bridge.toml";
    std::string
        host; // "": the file is a bridge.toml; otherwise a hosts.toml, and this is the host in it
    bool status = false, json = false;
};

// A bridge.toml. `config` points into the other members, so a BridgeFile is not copied.
struct BridgeFile {
    BridgeFile() = default;
    BridgeFile(const BridgeFile &) = delete;
    BridgeFile &operator=(const BridgeFile &) = delete;

    std::string arena;
    std::uint64_t size = 0; // 0: the arena must be there
    std::string key;
    std::vector<bridge_export> exports;
    std::vector<bridge_peer> peers;
    std::deque<std::vector<std::uint32_t>> announces; // of the exports
    std::deque<std::vector<bridge_import>> imports;   // of the peers
    bridge_config config{};
};

// Throws Refusal with the line of a mistake. Without `secrets` it does not read the key.
void read_bridge_file(const BridgeOptions &options, bool secrets, BridgeFile &out);

int bridge(const BridgeOptions &options);
int bridge_status(const BridgeOptions &options); // shows the state of the bridge of this file

} // namespace lina_cli
