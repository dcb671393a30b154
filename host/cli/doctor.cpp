// doctor.cpp - shows which interpreters this machine has, which ones Lina uses, and how to mend what is missing.
#include <cstring>
#include <iostream>
#include <nlohmann/json.hpp>
#include <sys/wait.h>
#include <unistd.h>

#include "plan.hpp"

namespace lina_cli {

namespace {

// Runs one line of script in the embedded interpreter. It runs in another process, so that a crash does no harm.
std::string try_it(const lina_runtime_info_t &info) {
    static const char *const lines[][3] = {
        {"python", ".py", "import lina\n"},
        {"julia", ".jl", "using Lina\n"},
        {"lua", ".lua", "require 'lina'\n"},
        {"java", ".java",
         "class T { public static void main(String[] a) { dev.lina.Lina.initArena(65536); } }\n"}};
    for (const auto &line : lines) {
        if (std::strcmp(line[0], info.language) != 0)
            continue;
        std::string path = "/tmp/lina-doctor-XXXXXX" + std::string(line[1]);
        int file = mkstemps(path.data(), static_cast<int>(std::strlen(line[1])));
        if (file < 0 || write(file, line[2], std::strlen(line[2])) < 0)
            return "a script cannot be written into /tmp";
        close(file);
        std::cout.flush();
        pid_t child = fork();
        if (child == 0) {
            lina_script_options_t options{};
            lina_script_t *script;
            int status = 1;
            options.info = &info;
            if (lina_script_start(path.c_str(), &options, &script) == LINA_OK)
                lina_script_join(script, LINA_FOREVER, &status);
            else
                std::cerr << lina_host_error() << std::endl;
            _exit(status);
        }
        int status = -1;
        waitpid(child, &status, 0);
        unlink(path.c_str());
        return status == 0 ? ""
                           : std::string("one line of script (") +
                                 std::strtok(std::string(line[2]).data(), "\n") + ") fails";
    }
    return "";
}

nlohmann::json examine(const char *language) {
    lina_runtime_info_t info{};
    if (lina_host_find(language, nullptr, &info) != LINA_OK)
        return {{"language", language}, {"found", false}, {"remedy", lina_host_error()}};
    lina_host_set_environment(&info);
    nlohmann::json out = {{"language", language},    {"found", true},
                          {"version", info.version}, {"program", info.program},
                          {"library", info.library}, {"why", info.why}};
    out["embedded"] = info.lacks[0] == '\0';
    out["reason"] = info.lacks;
    if (info.lacks[0] == '\0')
        out["trial"] = try_it(info);
    return out;
}

void show(const nlohmann::json &entry) {
    auto text = [&](const char *key) { return entry.value(key, std::string()); };
    std::string language = text("language");
    std::cout << language << std::string(8 - language.size(), ' ');
    if (!entry["found"]) {
        std::cout << "none. " << text("remedy") << "\n";
        return;
    }
    std::cout << text("version") << "  " << text("program") << " (" << text("why") << ")\n        ";
    if (!entry["embedded"])
        std::cout << "runs in a process of its own: " << text("reason") << "\n";
    else if (text("trial").empty())
        std::cout << "is embedded from " << text("library") << ": works\n";
    else
        std::cout << "is embedded from " << text("library") << ": " << text("trial") << "\n";
}

} // namespace

int doctor(bool json) {
    nlohmann::json all = nlohmann::json::array();
    for (const char *language : {"python", "julia", "lua", "node", "java"})
        all.push_back(examine(language));
    if (json) {
        std::cout << nlohmann::json{{"version", lina_version()}, {"runtimes", all}}.dump(2) << "\n";
    } else {
        std::cout << "lina " << lina_version() << "\n";
        for (const auto &entry : all)
            show(entry);
    }
    for (const auto &entry : all)
        if (entry.value("trial", "") != "")
            return 1;
    return 0;
}

} // namespace lina_cli
