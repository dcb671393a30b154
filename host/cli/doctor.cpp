// doctor.cpp - shows which interpreters this machine has, which ones Lina uses, whether shared memory may have huge
// pages, and how to mend what is missing.
#include <cstring>
#include <iostream>
#include <nlohmann/json.hpp>
#include <sys/wait.h>
#include <unistd.h>

#include "memory.hpp"
#include "plan.hpp"

namespace lina_cli {

namespace {

const int no_package = 77; // the exit status of a trial that finds no package of Lina

struct Trial {
    const char *language, *extension, *text, *package;
};
const Trial trials[] = {
    {"python", ".py", "try:\n    import lina\nexcept ImportError:\n    raise SystemExit(77)\n",
     "pip install lina-arena"},
    {"julia", ".jl", "Base.find_package(\"Lina\") === nothing ? exit(77) : @eval(using Lina)\n",
     "import Pkg; Pkg.add(\"Lina\")"},
    {"lua", ".lua",
     "local found, problem = pcall(require, 'lina')\n"
     "if not found then os.exit(problem:match(\"module 'lina\") and 77 or 1) end\n",
     "luarocks install lina"},
    {"node", ".js",
     "try { require('lina'); }\n"
     "catch (error) { process.exit(/_NOT_FOUND$|_ADDON$/.test(error.code) ? 77 : 1); }\n",
     "npm install lina@npm:lina-arena"},
    {"java", ".java",
     "class T { public static void main(String[] a) throws Exception {\n"
     "try { Class.forName(\"dev.lina.Lina\").getMethod(\"initArena\", long.class).invoke(null, "
     "65536L); }\n"
     "catch (ClassNotFoundException e) { System.exit(77); } } }\n",
     "dev.lina:lina from Maven, on the class path"}};

// The path of a new file with the trial's script; "" if it cannot be written.
std::string write_script(const Trial &trial) {
    std::string path = "/tmp/lina-doctor-XXXXXX" + std::string(trial.extension);
    int file = mkstemps(path.data(), static_cast<int>(std::strlen(trial.extension)));
    if (file < 0)
        return "";
    bool written = write(file, trial.text, std::strlen(trial.text)) > 0;
    close(file);
    return written ? path : "";
}

// The exit status of the script. It runs in another process, so that a crash does no harm.
int status_of(const std::string &path, const lina_runtime_info_t &info) {
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
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128;
}

// Tries the embedded interpreter with a short script that loads Lina. Sets "trial", which is "" if that works, and
// "package", which is "" if there is a package of Lina.
void try_it(const lina_runtime_info_t &info, nlohmann::json &out) {
    out["trial"] = out["package"] = "";
    for (const Trial &trial : trials) {
        if (std::strcmp(trial.language, info.language) != 0)
            continue;
        std::string path = write_script(trial);
        int status = path.empty() ? -1 : status_of(path, info);
        unlink(path.c_str());
        if (status == no_package)
            out["package"] = std::string("its scripts find no package of Lina (") + trial.package +
                             "; or build Lina with this language)";
        else if (status != 0)
            out["trial"] = status < 0 ? "a script cannot be written into /tmp"
                                      : "a script that loads Lina fails in it";
    }
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
        try_it(info, out);
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
    else
        std::cout << "is embedded from " << text("library") << ": "
                  << (!text("trial").empty()     ? text("trial")
                      : !text("package").empty() ? "works, but " + text("package")
                                                 : "works")
                  << "\n";
}

} // namespace

int doctor(bool json) {
    nlohmann::json all = nlohmann::json::array();
    for (const char *language : {"python", "julia", "lua", "node", "java"})
        all.push_back(examine(language));
    const Memory memory = examine_memory();
    if (json) {
        std::cout << nlohmann::json{{"version", lina_version()},
                                    {"runtimes", all},
                                    {"memory",
                                     {{"shmem_enabled", memory.shmem_enabled},
                                      {"remedy", memory.remedy}}}}
                         .dump(2, ' ', false, nlohmann::json::error_handler_t::replace)
                  << "\n";
    } else {
        std::cout << "lina " << lina_version() << "\n";
        for (const auto &entry : all)
            show(entry);
        show_memory(memory);
    }
    for (const auto &entry : all)
        if (entry.value("trial", "") != "")
            return 1;
    return 0;
}

} // namespace lina_cli
