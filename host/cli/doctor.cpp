// doctor.cpp - shows which interpreters this machine has, which ones Lina uses, whether shared memory may have huge
// pages, and how to mend what is missing.
#include <algorithm>
#include <climits>
#include <csignal>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <iostream>
#include <nlohmann/json.hpp>
#include <poll.h>
#include <sstream>
#include <string_view>
#include <sys/wait.h>
#include <unistd.h>

#include "child.hpp"
#include "clock.hpp"
#include "guard.hpp"
#include "memory.hpp"
#include "plan.hpp"

namespace lina_cli {

namespace fs = std::filesystem;

namespace {

const int no_package = 77; // the exit status of a trial that finds no package of Lina

struct Trial {
    const char *language, *extension, *text, *package;
};
const Trial trials[] = {
    {"python", ".py", "try:\n    import lina\nexcept ImportError:\n    raise SystemExit(77)\n",
     "in a clone of Lina: pip install ."},
    {"julia", ".jl", "Base.find_package(\"Lina\") === nothing ? exit(77) : @eval(using Lina)\n",
     "pkg> dev CLONE/bindings/julia, where CLONE is one of Lina"},
    {"lua", ".lua",
     "local found, problem = pcall(require, 'lina')\n"
     "if not found then os.exit(problem:match(\"module 'lina\") and 77 or 1) end\n",
     "in bindings/lua of a clone of Lina: luarocks --local make"},
    {"node", ".js",
     "try { require('lina'); }\n"
     "catch (error) { process.exit(/_NOT_FOUND$|_ADDON$/.test(error.code) ? 77 : 1); }\n",
     "npm install lina@file:CLONE/bindings/node, where CLONE is one of Lina"},
    {"java", ".java",
     "class T { public static void main(String[] a) throws Exception {\n"
     "try { Class.forName(\"dev.lina.Lina\").getMethod(\"initArena\", long.class).invoke(null, "
     "65536L); }\n"
     "catch (ClassNotFoundException e) { System.exit(77); } } }\n",
     "lina.jar on the class path: meson install puts it into share/java"}};

const Trial &trial_of(std::string_view language) {
    return *std::find_if(std::begin(trials), std::end(trials),
                         [&](const Trial &trial) { return trial.language == language; });
}

char left_file[PATH_MAX]; // what a signal must not leave behind

void end_tidily(int number) {
    unlink(left_file);
    std::signal(number, SIG_DFL);
    raise(number);
}

// A file with the script of a trial, in TMPDIR or /tmp.
class TrialScript {
  public:
    explicit TrialScript(const Trial &trial) {
        std::error_code error;
        fs::path folder = fs::temp_directory_path(error);
        path_ = (error ? "/tmp" : folder) / ("lina-doctor-XXXXXX" + std::string(trial.extension));
        int file = mkstemps(path_.data(), static_cast<int>(std::strlen(trial.extension)));
        std::snprintf(left_file, sizeof left_file, "%s", path_.c_str());
        is_written_ = file >= 0 && write(file, trial.text, std::strlen(trial.text)) > 0;
        close(file);
    }
    ~TrialScript() { unlink(path_.c_str()); }
    TrialScript(const TrialScript &) = delete;
    TrialScript &operator=(const TrialScript &) = delete;
    const std::string &path() const { return path_; }
    bool is_written() const { return is_written_; }

  private:
    std::string path_;
    bool is_written_;
};

// A process that examines one language. In it, neither a crash nor an endless loop of an interpreter does harm.
class Examination {
  public:
    Examination(const std::string &language, const std::string &script) {
        Pipe pipe;
        Streams streams;
        streams.out = pipe.write;
        answer_ = pipe.read;
        process_ = start_process({"/proc/self/exe", "__examine", language, script}, streams);
        guard_.watch(process_);
        close(pipe.write);
    }
    ~Examination() { close(answer_); }
    Examination(const Examination &) = delete;
    Examination &operator=(const Examination &) = delete;

    // All that it writes until it ends. If it does not end in time, it is killed, with its children.
    std::string read_answer(Clock::time_point deadline) {
        std::string text;
        char bytes[4096];
        pollfd ready = {answer_, POLLIN, 0};
        for (ssize_t n = 1; n > 0;) {
            auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline - Clock::now());
            in_time_ = poll(&ready, 1, static_cast<int>(std::max<long>(0, left.count()))) > 0;
            n = in_time_ ? read(answer_, bytes, sizeof bytes) : 0;
            text.append(bytes, static_cast<std::size_t>(std::max<ssize_t>(0, n)));
        }
        kill(-process_, SIGKILL);
        waitpid(process_, &status_, 0);
        guard_.forget(process_);
        return text;
    }
    bool in_time() const { return in_time_; }
    int status() const { return WIFEXITED(status_) ? WEXITSTATUS(status_) : 128; }

  private:
    Guard guard_;
    pid_t process_;
    int answer_, status_ = -1;
    bool in_time_ = false;
};

// Sets "trial", which is "" if the embedded interpreter works, and "package", which is "" if there is a package of Lina.
nlohmann::json examine(const char *language, double timeout) {
    const Trial &trial = trial_of(language);
    const TrialScript script(trial);
    Examination examination(language, script.path());
    const std::string answer = examination.read_answer(Clock::now() + seconds(timeout));
    auto out = nlohmann::json::parse(answer.substr(0, answer.find('\n')), nullptr, false);
    std::ostringstream limit;
    limit << " within " << timeout << " s";
    if (out.is_discarded()) {
        std::string why = std::string("the program of ") + language + " does not answer" +
                          limit.str() + ": start it by hand to see why";
        return {{"language", language}, {"found", false}, {"remedy", why}, {"trial", why}};
    }
    if (!out.value("embedded", false))
        return out;
    out["trial"] = !script.is_written()     ? "a script cannot be written into TMPDIR or /tmp"
                   : !examination.in_time() ? "a script that loads Lina does not end" + limit.str()
                   : examination.status() == 0 || examination.status() == no_package
                       ? ""
                       : "a script that loads Lina fails in it";
    out["package"] = examination.status() != no_package
                         ? ""
                         : std::string("its scripts find no package of Lina (") + trial.package +
                               "; or build Lina with this language)";
    return out;
}

nlohmann::json describe(const char *language, const lina_runtime_info_t &info) {
    return {{"language", language},
            {"found", true},
            {"version", info.version},
            {"program", info.program},
            {"library", info.library},
            {"why", info.why},
            {"embedded", info.lacks[0] == '\0'},
            {"reason", info.lacks}};
}

void write_answer(const nlohmann::json &answer) {
    std::cout << answer.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace) << std::endl;
}

void show(const nlohmann::json &entry) {
    auto text = [&](const char *key) { return entry.value(key, std::string()); };
    std::string language = text("language");
    std::cout << language << std::string(8 - language.size(), ' ');
    if (!entry["found"]) {
        std::cout << "none. " << text("remedy") << "\n";
        return;
    }
    std::string program = text("program");
    std::cout << text("version") << "  " << program << (program.empty() ? "(" : " (") << text("why")
              << ")\n        ";
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

int examine_here(const char *language, const char *path) {
    lina_runtime_info_t info{};
    if (lina_host_find(language, nullptr, &info) != LINA_OK) {
        write_answer({{"language", language}, {"found", false}, {"remedy", lina_host_error()}});
        return 0;
    }
    write_answer(describe(language, info));
    if (info.lacks[0] != '\0')
        return 0;
    lina_script_options_t options{};
    lina_script_t *script;
    int status = 1;
    options.info = &info;
    if (lina_script_start(path, &options, &script) == LINA_OK)
        lina_script_join(script, LINA_FOREVER, &status);
    else
        std::cerr << lina_host_error() << std::endl;
    _exit(status); // the interpreter still runs
}

int doctor(const DoctorOptions &options) {
    for (int number : {SIGINT, SIGTERM, SIGHUP})
        if (std::signal(number, end_tidily) == SIG_IGN)
            std::signal(number, SIG_IGN);
    nlohmann::json all = nlohmann::json::array();
    for (const char *language : {"python", "julia", "lua", "node", "java"})
        all.push_back(examine(language, options.timeout));
    const Memory memory = examine_memory();
    if (options.json) {
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
