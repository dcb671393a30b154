// plan.hpp - the plan of `lina run`, made before anything starts.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

#include "lina_host.h"

namespace lina_cli {

const int mistake = 2; // the exit status after a mistake of the user

// A mistake of the user: the sentence is shown.
struct Refusal : std::runtime_error {
    using std::runtime_error::runtime_error;
};

struct Array {
    std::string name, dtype;
    std::vector<std::uint64_t> shape;
    bool fortran = false;
};

struct After {
    std::string script, first, signal;
};

// --restart NAME=on-failure:5/60s: at most `most` times within `window` seconds.
struct Restart {
    std::string script;
    bool always = false; // also after exit status 0
    unsigned most = 5;
    double window = 60;
};

// --debug NAME or NAME:PORT
struct Debug {
    std::string script;
    int port = -1; // -1: the debugger's usual one
};

// --prefix NAME='gdb --args'
struct Prefix {
    std::string script;
    std::vector<std::string> words;
};

struct Options {
    std::vector<std::string> scripts;
    std::vector<std::string> command; // what follows --
    bool embed = false, isolate = false, dry_run = false, keep = false;
    std::uint64_t size = 64u << 20;
    std::vector<Array> arrays;
    std::string name, file, stdin_of, log_dir, trace, config;
    std::string hosts, host;             // --hosts: the file, and the host whose part this is
    std::vector<std::string> host_names; // of the whole file
    bool launched = false;               // the end of standard input stops all
    std::vector<std::string> may_exit;
    std::vector<After> after;
    std::vector<Restart> restarts;
    std::vector<Debug> debugs;
    std::vector<Prefix> prefixes;
    bool watch = false;
    double timeout = 0, grace = 5;
};

struct Script {
    std::string name, path;
    std::vector<std::string> command; // of its own process
    std::string language;             // "" for a program
    lina_runtime_info_t info{};
    bool embedded = false, may_exit = false, reads_stdin = false;
    bool has_terminal = false; // a debugger reads and writes the command's own
    bool serves = false;       // the bridge: it ends after the scripts, on all hosts
    bool is_remote = false;    // ssh: it stops when its standard input ends
    std::string reason;        // why it has a process of its own
    std::optional<After> after;
    std::optional<Restart> restart;
};

struct Plan {
    Options options;
    std::vector<Script> scripts;
    std::string arenas; // those of the hosts whose parts the scripts start (--hosts), for show_plan
};

Plan make_plan(const Options &options);
void show_plan(const Plan &plan);

std::uint64_t parse_size(const std::string &text);
Array parse_array(const std::string &text);
After parse_after(const std::string &text);
Restart parse_restart(const std::string &text);
Debug parse_debug(const std::string &text);
Prefix parse_prefix(const std::string &text);
// The command that starts the script under the debugger of its language. Throws Refusal.
std::vector<std::string> debug_command(const Script &script, const Debug &debug);
double parse_seconds(const std::string &text);

int run(const Plan &plan);
int stage(int control);

struct DoctorOptions {
    bool json = false;
    double timeout = 60; // of each language
};
int doctor(const DoctorOptions &options);
// The work of a child of the doctor: writes what it finds as JSON, tries the interpreter with the script, and returns the
// exit status of that.
int examine_here(const char *language, const char *script);

} // namespace lina_cli
