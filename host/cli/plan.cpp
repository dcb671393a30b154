// plan.cpp - decides for each script whether it is embedded or gets its own process, and says why.
#include "plan.hpp"

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <future>
#include <iostream>
#include <iterator>
#include <map>
#include <set>
#include <sstream>

#include <unistd.h>

namespace lina_cli {

namespace fs = std::filesystem;

namespace {

const char *const known =
    ".py (Python), .jl (Julia), .lua (Lua), .js .mjs .cjs (Node), .java .class .jar (Java)";

// "a.py", and "a.py#2" for the second of that name.
std::string unique_name(const std::string &path, const std::vector<Script> &scripts) {
    std::string base = fs::path(path).filename().string(), name = base;
    for (int n = 2;; n++) {
        if (std::none_of(scripts.begin(), scripts.end(),
                         [&](const Script &s) { return s.name == name; }))
            return name;
        name = base + "#" + std::to_string(n);
    }
}

Script look_at(const std::string &path) {
    Script script;
    script.path = path;
    std::error_code error;
    if (!fs::exists(path, error))
        throw Refusal(path + ": there is no such file");
    if (fs::is_directory(path, error))
        throw Refusal(path + ": it is a folder: name a script in it");
    if (access(path.c_str(), R_OK) != 0)
        throw Refusal(path + ": it cannot be read");
    if (const char *language = lina_host_language(path.c_str()))
        script.language = language;
    else if (access(path.c_str(), X_OK) != 0)
        throw Refusal(
            path +
            ": Lina does not know this extension, and the file is not executable. Lina knows " +
            known + ", and runs any executable");
    return script;
}

struct Found {
    lina_runtime_info_t info{};
    std::string failure;
};

Found find(const std::string &language, const std::string &path) {
    Found found;
    if (lina_host_find(language.c_str(), path.c_str(), &found.info) != LINA_OK)
        found.failure = lina_host_error();
    return found;
}

// Asks for all interpreters at once, since some take a fifth of a second to answer.
void find_all(std::vector<Script> &scripts) {
    const auto at_once_or_later = std::launch::async | std::launch::deferred; // no thread: later
    std::vector<std::future<Found>> answers;
    for (const Script &script : scripts)
        if (script.language.empty())
            answers.emplace_back();
        else
            answers.push_back(std::async(at_once_or_later, find, script.language, script.path));
    for (std::size_t i = 0; i < scripts.size(); i++) {
        if (!answers[i].valid())
            continue;
        Found found = answers[i].get();
        if (!found.failure.empty())
            throw Refusal(scripts[i].path + ": " + found.failure);
        scripts[i].info = found.info;
    }
}

// java -jar ignores the class path, so it gets Lina's jar from there by another option.
std::vector<std::string> jar_of_lina() {
    const char *all = std::getenv("CLASSPATH");
    std::istringstream places(all == nullptr ? "" : all);
    for (std::string place; std::getline(places, place, ':');)
        if (fs::path(place).filename() == "lina.jar")
            return {"-Xbootclasspath/a:" + place};
    return {};
}

std::string read_file(const fs::path &path) {
    std::ifstream file(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
}

// The name of the class in a file, such as "p/E". A class file has it as text: the byte 1, the length, the bytes. The
// folders in it are those of the class's package. So it is the longest end of the path that the file has.
std::string name_of_class(const fs::path &path) {
    const std::string bytes = read_file(path);
    const fs::path whole = path.parent_path() / path.stem();
    std::string name, found;
    for (fs::path rest = whole; rest.has_filename(); rest = rest.parent_path()) {
        name = rest.filename().string() + (name.empty() ? "" : "/" + name);
        std::string text = {1, static_cast<char>(name.size() >> 8), static_cast<char>(name.size())};
        if (bytes.find(text + name) != std::string::npos)
            found = name;
    }
    return found.empty() ? path.stem().string() : found;
}

// The words by which java runs the class in a file: a class path that begins above the folders of its package, and the
// class's name.
std::vector<std::string> class_words(const std::string &file) {
    std::error_code error;
    fs::path path = fs::canonical(file, error);
    const std::string name = name_of_class(path);
    for (auto n = std::count(name.begin(), name.end(), '/'); n >= 0; n--)
        path = path.parent_path();
    const char *others = std::getenv("CLASSPATH");
    return {"-cp", path.string() + (others ? std::string(":") + others : ""), name};
}

std::vector<std::string> java_command(const Script &script) {
    std::vector<std::string> command = {script.info.program};
    if (std::atoi(script.info.version) >= 22)
        command.push_back("--enable-native-access=ALL-UNNAMED");
    fs::path path = script.path;
    if (path.extension() == ".jar") {
        for (const std::string &word : jar_of_lina())
            command.push_back(word);
        command.push_back("-jar");
    }
    std::vector<std::string> rest = {script.path};
    if (path.extension() == ".class")
        rest = class_words(script.path);
    command.insert(command.end(), rest.begin(), rest.end());
    return command;
}

// The folder of the nearest project of Julia, as driver.jl finds it; "" if there is none, or the user has set one.
std::string project_of(const std::string &path) {
    const char *home = std::getenv("HOME"), *chosen = std::getenv("JULIA_PROJECT");
    std::error_code error; // a folder that cannot be searched has no project
    fs::path folder = fs::absolute(path, error).lexically_normal().parent_path();
    if ((chosen != nullptr && *chosen != '\0') || folder.empty())
        return "";
    for (;; folder = folder.parent_path()) {
        if (fs::exists(folder / "JuliaProject.toml", error) ||
            fs::exists(folder / "Project.toml", error))
            return folder.string();
        if (folder == folder.parent_path() || (home != nullptr && folder == home))
            return "";
    }
}

std::vector<std::string> julia_command(const Script &script) {
    std::string project = project_of(script.path);
    if (project.empty())
        return {script.info.program, script.path};
    return {script.info.program, "--project=" + project, script.path};
}

std::vector<std::string> own_command(const Script &script) {
    if (script.language.empty())
        return {script.path.find('/') == std::string::npos ? "./" + script.path : script.path};
    if (script.language == "java")
        return java_command(script);
    if (script.language == "julia")
        return julia_command(script);
    return {script.info.program, script.path};
}

// The reason why the script cannot share a process with those before it, or "" if it can.
std::string obstacle(const Script &script, const std::map<std::string, const Script *> &embedded) {
    if (script.language.empty())
        return "it is a program";
    if (script.info.lacks[0] != '\0')
        return script.info.lacks;
    auto other = embedded.find(script.language);
    if (other == embedded.end())
        return "";
    if (script.language == "node")
        return ""; // each script has an environment of its own
    if (script.language == "lua")
        return std::strcmp(script.info.library, other->second->info.library) == 0
                   ? ""
                   : "another kind of Lua is embedded, and both export the same names";
    return script.language + " runs one script in a process, and " + other->second->name +
           " is that one";
}

// The option by which the user gives the script a process of its own, or "".
std::string why_isolated(const Options &options, const Script &script) {
    if (options.isolate)
        return "--isolate";
    if (options.watch)
        return "--watch";
    if (script.has_terminal)
        return "--debug or --prefix";
    return script.restart ? "--restart" : "";
}

void place(Plan &plan) {
    std::map<std::string, const Script *> embedded;
    for (Script &script : plan.scripts) {
        script.reason = why_isolated(plan.options, script);
        if (script.reason.empty())
            script.reason = obstacle(script, embedded);
        script.embedded = script.reason.empty();
        if (script.embedded)
            embedded.emplace(script.language, &script);
        else if (plan.options.embed && !script.serves)
            throw Refusal(script.name + " cannot be embedded (--embed): " + script.reason);
        else if (!script.language.empty() &&
                 script.info.program[0] == '\0') // only libnode is there
            throw Refusal(script.name +
                          ": there is no node on PATH, which it needs for a process of "
                          "its own (" +
                          script.reason + "): install Node, or name one by LINA_NODE");
    }
}

Script &named(Plan &plan, const std::string &name, const std::string &option) {
    for (Script &script : plan.scripts)
        if (script.name == name || script.path == name)
            return script;
    std::string all;
    for (const Script &script : plan.scripts)
        all += (all.empty() ? "" : ", ") + script.name;
    throw Refusal(option + " " + name + ": there is no such script; there are " + all);
}

void check_circles(const Plan &plan) {
    for (const Script &start : plan.scripts) {
        const Script *at = &start;
        for (std::size_t steps = 0; at->after; steps++) {
            if (steps == plan.scripts.size())
                throw Refusal("--after: " + start.name + " waits for itself in the end");
            const std::string &first = at->after->first;
            at = &*std::find_if(plan.scripts.begin(), plan.scripts.end(),
                                [&](const Script &s) { return s.name == first; });
        }
    }
}

void apply_names(Plan &plan) {
    const Options &options = plan.options;
    for (const std::string &name : options.may_exit)
        named(plan, name, "--may-exit").may_exit = true;
    if (!options.stdin_of.empty())
        named(plan, options.stdin_of, "--stdin").reads_stdin = true;
    else if (plan.scripts.size() == 1)
        plan.scripts[0].reads_stdin = true;
    for (After after : options.after) {
        after.first = named(plan, after.first, "--after").name;
        Script &script = named(plan, after.script, "--after");
        if (script.after)
            throw Refusal("--after " + script.name +
                          " is there twice: a script waits for one signal");
        script.after = after;
    }
    check_circles(plan);
    for (const Restart &restart : options.restarts)
        named(plan, restart.script, "--restart").restart = restart;
}

void give_terminal(Plan &plan, Script &script, const std::string &option) {
    for (Script &other : plan.scripts)
        if (&other != &script &&
            (other.has_terminal || (!plan.options.stdin_of.empty() && other.reads_stdin)))
            throw Refusal(option + " " + script.name +
                          ": only one script can have the terminal, and " + other.name + " has it");
    script.has_terminal = script.reads_stdin = true;
}

void apply_debuggers(Plan &plan) {
    for (const Debug &debug : plan.options.debugs) {
        Script &script = named(plan, debug.script, "--debug");
        give_terminal(plan, script, "--debug");
        script.command = debug_command(script, debug);
    }
    for (const Prefix &prefix : plan.options.prefixes) {
        Script &script = named(plan, prefix.script, "--prefix");
        give_terminal(plan, script, "--prefix");
        script.command.insert(script.command.begin(), prefix.words.begin(), prefix.words.end());
    }
}

// The bridge of a run over several hosts.
Script bridge_of_hosts(const Options &options) {
    Script script;
    script.name = "bridge";
    script.path = options.hosts; // --watch starts it again when the file changes
    script.command = {"/proc/self/exe", "bridge", options.hosts, "--host", options.host};
    script.serves = true;
    return script;
}

std::string arena_of(const Options &options) {
    if (!options.name.empty())
        return "shm:" + options.name;
    return options.file.empty() ? "anonymous" : "file:" + options.file;
}

} // namespace

Plan make_plan(const Options &options) {
    Plan plan;
    plan.options = options;
    if (options.launched && !options.stdin_of.empty())
        throw Refusal("--stdin " + options.stdin_of +
                      ": on several hosts, no script can read standard input");
    if (options.embed && options.isolate)
        throw Refusal("--embed and --isolate exclude each other");
    if (options.embed && options.watch)
        throw Refusal("--embed and --watch exclude each other: --watch ends and starts a script "
                      "again, so it gives each a process of its own. Leave one of them out");
    if (!options.name.empty() && !options.file.empty())
        throw Refusal("--name and --file exclude each other: an arena is in one place");
    if (options.keep && options.name.empty() && options.file.empty())
        throw Refusal(
            "--keep leaves an arena behind that others find by its name: add --name NAME");
    for (const std::string &path : options.scripts) {
        Script script = look_at(path);
        script.name = unique_name(path, plan.scripts);
        plan.scripts.push_back(script);
    }
    if (!options.command.empty()) {
        Script script;
        script.path = options.command[0];
        script.name = unique_name(script.path, plan.scripts);
        script.command = options.command;
        plan.scripts.push_back(script);
    }
    if (options.host_names.size() > 1)
        plan.scripts.push_back(bridge_of_hosts(options));
    if (plan.scripts.empty())
        throw Refusal("There is nothing to run: name a script, as in lina run a.py b.jl");
    find_all(plan.scripts);
    for (Script &script : plan.scripts) {
        if (!script.language.empty())
            lina_host_set_environment(&script.info);
        if (script.command.empty())
            script.command = own_command(script);
    }
    apply_names(plan);
    apply_debuggers(plan);
    place(plan);
    return plan;
}

void show_plan(const Plan &plan) {
    const Options &options = plan.options;
    std::cout << "arena    "
              << (!plan.arenas.empty()
                      ? plan.arenas
                      : arena_of(options) + ", " + std::to_string(options.size) + " bytes")
              << "\n";
    for (const Array &array : options.arrays) {
        std::cout << "array    " << array.name << " " << array.dtype << " (";
        for (std::size_t i = 0; i < array.shape.size(); i++)
            std::cout << (i ? ", " : "") << array.shape[i];
        std::cout << ")" << (array.fortran ? " F" : " C") << "\n";
    }
    for (const Script &script : plan.scripts) {
        std::cout << "script   " << script.name << "  ";
        if (script.embedded)
            std::cout << "embedded: " << script.language << " " << script.info.version << ", "
                      << script.info.library;
        else {
            std::cout << "process:";
            for (const std::string &word : script.command)
                std::cout << " " << word;
            std::cout << "  (" << script.reason << ")";
        }
        if (script.restart)
            std::cout << "  restarted " << (script.restart->always ? "always" : "on failure")
                      << ", at most " << script.restart->most << " times in "
                      << script.restart->window << " s";
        if (script.after)
            std::cout << "  after " << script.after->signal << " of " << script.after->first;
        std::cout << "\n";
    }
}

} // namespace lina_cli
