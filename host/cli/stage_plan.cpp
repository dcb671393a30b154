#include "stage_plan.hpp"

#include <cstdint>
#include <cstdio>
#include <nlohmann/json.hpp>

namespace lina_cli {

namespace {

using nlohmann::json;

void copy(char *to, std::size_t room, const json &from) {
    std::snprintf(to, room, "%s", from.get<std::string>().c_str());
}

json write(const Embedded &script) {
    const lina_runtime_info_t &info = script.info;
    return {{"path", script.path},     {"language", info.language}, {"version", info.version},
            {"program", info.program}, {"library", info.library},   {"folder", info.folder},
            {"image", info.image},     {"out", script.out},         {"err", script.err},
            {"reads", script.reads}};
}

Embedded read(const json &from) {
    Embedded script;
    lina_runtime_info_t &info = script.info;
    script.path = from["path"];
    script.out = from["out"], script.err = from["err"];
    script.reads = from["reads"];
    copy(info.language, sizeof info.language, from["language"]);
    copy(info.version, sizeof info.version, from["version"]);
    copy(info.program, sizeof info.program, from["program"]);
    copy(info.library, sizeof info.library, from["library"]);
    copy(info.folder, sizeof info.folder, from["folder"]);
    copy(info.image, sizeof info.image, from["image"]);
    return script;
}

} // namespace

// MessagePack, because texts of JSON must be UTF-8, and a path need not be.
std::string write_stage_plan(const std::vector<Embedded> &scripts) {
    json all = json::array();
    for (const Embedded &script : scripts)
        all.push_back(write(script));
    const std::vector<std::uint8_t> message = json::to_msgpack(all);
    return {message.begin(), message.end()};
}

std::vector<Embedded> read_stage_plan(const std::string &message) {
    std::vector<Embedded> scripts;
    for (const json &from : json::from_msgpack(message))
        scripts.push_back(read(from));
    return scripts;
}

} // namespace lina_cli
