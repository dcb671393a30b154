#include "options.hpp"

#include <algorithm>
#include <CLI/CLI.hpp>

namespace lina_cli {

namespace {

const char *const examples = R"(Examples:
  lina run a.py b.jl c.lua                  three languages, one arena, one process
  lina run --isolate a.py b.jl              a process each
  lina run a.py -- ./my_tool --fast         a program of your own as well
  lina run --array input=f64:480x640 a.py   with an array that is there before the scripts
  lina run --after b.jl=a.py:ready a.py b.jl
  lina run                                  what lina.toml says
  lina run --hosts hosts.toml               on several machines
  lina run --dry-run a.py b.jl              what would run where, and why
Exit status: that of the first script that failed; 124 after --timeout, 130 after Ctrl-C, 2 for a mistake here.)";

void add_run(CLI::App &run, Options &options, Words &words) {
    run.add_option("scripts", options.scripts,
                   "Scripts (.py .jl .lua .js .mjs .java .class .jar) and executables");
    run.add_flag("--embed", options.embed, "Fail where a script cannot be embedded");
    run.add_flag("--isolate", options.isolate, "Give each script a process of its own");
    run.add_option("--size", words.size,
                   "Bytes of the arena: 64M (the default), 2G. May be more than the memory")
        ->multi_option_policy(CLI::MultiOptionPolicy::TakeLast);
    run.add_option("--array", words.arrays,
                   "Make an array first: NAME=DTYPE:SHAPE, as input=f64:2x3 or x=u8:16:F")
        ->allow_extra_args(false);
    run.add_option("--name", options.name, "Name the arena, so that others attach by shm:NAME")
        ->multi_option_policy(CLI::MultiOptionPolicy::TakeLast);
    run.add_option("--file", options.file, "Keep the arena in a file")
        ->multi_option_policy(CLI::MultiOptionPolicy::TakeLast);
    run.add_flag("--keep", options.keep, "Leave the arena of --name behind");
    run.add_option("--after", words.after,
                   "SCRIPT=FIRST:SIGNAL starts SCRIPT when FIRST has raised SIGNAL")
        ->allow_extra_args(false);
    run.add_option("--may-exit", options.may_exit,
                   "A script whose failure does not stop the others")
        ->allow_extra_args(false);
    run.add_option("--restart", words.restarts,
                   "NAME=on-failure:5/60s starts NAME again when it fails, at most 5 times in 60 "
                   "s; NAME=always:... "
                   "also after success")
        ->allow_extra_args(false);
    run.add_flag("--watch", options.watch, "Start a script again when its file changes");
    run.add_option("--timeout", words.timeout, "Stop all after this long: 30, 500ms, 2m")
        ->multi_option_policy(CLI::MultiOptionPolicy::TakeLast);
    run.add_option("--grace", words.grace, "The time from the interrupt to SIGKILL (5s)")
        ->multi_option_policy(CLI::MultiOptionPolicy::TakeLast);
    run.add_option("--stdin", options.stdin_of,
                   "The script that reads standard input (a single script does)")
        ->multi_option_policy(CLI::MultiOptionPolicy::TakeLast);
    run.add_option(
           "--log-dir", options.log_dir,
           "Write each line of output as JSON as well, into a file for each script in this folder")
        ->multi_option_policy(CLI::MultiOptionPolicy::TakeLast);
    run.add_option("--trace", options.trace,
                   "Write waits, signals and publishes into this file, for ui.perfetto.dev, and "
                   "say at the end how long each script worked and waited")
        ->multi_option_policy(CLI::MultiOptionPolicy::TakeLast);
    run.add_option(
           "--debug", words.debugs,
           "NAME or NAME:PORT starts NAME under its language's debugger: debugpy or pdb, Node's "
           "inspector, JDWP")
        ->allow_extra_args(false);
    run.add_option("--prefix", words.prefixes,
                   "NAME='gdb --args' starts NAME by another program, and gives it the terminal")
        ->allow_extra_args(false);
    run.add_option("--config", options.config,
                   "Read options from this TOML file (lina.toml, if no script is named)")
        ->multi_option_policy(CLI::MultiOptionPolicy::TakeLast);
    run.add_flag("--dry-run", options.dry_run, "Show the plan, and run nothing");
    run.add_option(
           "--hosts", options.hosts,
           "Run the scripts of all hosts in this TOML file, by ssh or as processes of mpirun "
           "or srun")
        ->multi_option_policy(CLI::MultiOptionPolicy::TakeLast);
    run.add_option("--host", options.host, "With --hosts: only this host's part, here")
        ->multi_option_policy(CLI::MultiOptionPolicy::TakeLast);
    run.add_flag("--launched", options.launched,
                 "With --host: stop when standard input ends, as ssh ends it with the connection");
    run.footer(examples);
}

void add_bridge(CLI::App &bridge, BridgeOptions &options) {
    bridge.add_option("file", options.file, "What it exports and imports (bridge.toml)");
    bridge.add_option("--host", options.host,
                      "The file is that of lina run --hosts: use its part for this host");
    bridge.add_flag("--status", options.status, "Show the state of this file's bridge, and end");
    bridge.add_flag("--json", options.json, "With --status: show it as JSON");
}

void add_doctor(CLI::App &doctor, DoctorOptions &options, Words &words) {
    doctor.add_flag("--json", options.json, "Show it as JSON");
    doctor
        .add_option("--timeout", words.doctor_timeout,
                    "How long each language may take to be tried: 60 (the default), 2m")
        ->multi_option_policy(CLI::MultiOptionPolicy::TakeLast);
}

OptionInfo describe(const CLI::Option &option) {
    OptionInfo out;
    out.name = option.get_lnames()[0];
    out.description = option.get_description();
    out.takes_value = option.get_items_expected_max() > 0;
    out.is_list = option.get_multi_option_policy() != CLI::MultiOptionPolicy::TakeLast;
    out.is_given = option.count() > 0;
    return out;
}

Subcommand describe(const CLI::App &app) {
    Subcommand out;
    out.name = app.get_name();
    out.description = app.get_description();
    out.footer = app.get_footer();
    out.is_given = app.parsed();
    for (const CLI::Option *option : app.get_options())
        if (!option->get_lnames().empty())
            out.options.push_back(describe(*option));
    return out;
}

} // namespace

struct Command::Table {
    CLI::App app{"Named arrays in one shared arena, and scripts of many languages over it", "lina"};
};

Command::Command() : table_(std::make_unique<Table>()) {
    CLI::App &app = table_->app;
    app.set_version_flag("--version", std::string("lina ") + lina_version());
    app.require_subcommand(1);
    app.failure_message([](const CLI::App *, const CLI::Error &error) {
        return std::string("lina: ") + error.what() + " (see --help)\n";
    });
    add_run(*app.add_subcommand("run", "Run scripts over one arena"), options, words_);
    add_doctor(*app.add_subcommand(
                   "doctor", "Show which interpreters are installed, and how to install others"),
               doctor_options, words_);
    add_bridge(
        *app.add_subcommand("bridge", "Move generations between this host's arena and others'"),
        bridge_options);
}

Command::~Command() = default;

namespace {

[[noreturn]] void refuse_empty(const std::string &option) {
    throw Refusal(option + " has an empty value: give it one, or leave it out");
}

// An empty value means nothing for any option. It may come from a variable of a shell that is not set. CLI11 would take
// the next word as the value of "--name=".
void refuse_empty_words(const std::vector<std::string> &words) {
    for (const std::string &word : words)
        if (word.rfind("--", 0) == 0 && word.find('=') == word.size() - 1)
            refuse_empty(word.substr(0, word.size() - 1));
}

// CLI11 would only say that a subcommand is missing.
void refuse_unknown_subcommand(const CLI::App &app, const std::vector<std::string> &words) {
    const auto all = app.get_subcommands({});
    auto is_asked_for = [&](const CLI::App *one) { return one->get_name() == words[0]; };
    if (!words.empty() && words[0][0] != '-' && std::none_of(all.begin(), all.end(), is_asked_for))
        throw Refusal("\"" + words[0] +
                      "\" is no subcommand: write lina run, lina doctor or lina bridge");
}

void refuse_empty_values(const CLI::App &app) {
    for (const CLI::Option *option : app.get_options())
        for (const std::string &value : option->results())
            if (value.empty())
                refuse_empty(option->get_name());
}

} // namespace

std::optional<int> Command::parse(std::vector<std::string> words) {
    refuse_empty_words(words);
    refuse_unknown_subcommand(table_->app, words);
    std::reverse(words.begin(), words.end()); // as CLI11 wants it
    try {
        table_->app.parse(words);
        for (const CLI::App *app : table_->app.get_subcommands())
            refuse_empty_values(*app);
        return {};
    } catch (const CLI::ParseError &error) {
        return table_->app.exit(error) == 0 ? 0 : mistake;
    }
}

std::string Command::description() const { return table_->app.get_description(); }

std::vector<Subcommand> Command::subcommands() const {
    std::vector<Subcommand> all;
    for (const CLI::App *app : std::as_const(table_->app).get_subcommands({}))
        all.push_back(describe(*app));
    return all;
}

Subcommand Command::subcommand(const std::string &name) const {
    return describe(*table_->app.get_subcommand(name));
}

const OptionInfo *Subcommand::find(const std::string &option) const {
    auto at = std::find_if(options.begin(), options.end(),
                           [&](const OptionInfo &one) { return one.name == option; });
    return at == options.end() ? nullptr : &*at;
}

namespace {

template <class T>
T read(const char *option, T parse(const std::string &), const std::string &text) {
    try {
        return parse(text);
    } catch (const Refusal &refusal) {
        throw Refusal(std::string(option) + " " + refusal.what());
    }
}

template <class T>
void read_all(const char *option, T parse(const std::string &),
              const std::vector<std::string> &texts, std::vector<T> &out) {
    for (const std::string &text : texts)
        out.push_back(read(option, parse, text));
}

} // namespace

void Command::apply() {
    if (!words_.size.empty())
        options.size = read("--size", parse_size, words_.size);
    if (!words_.timeout.empty())
        options.timeout = read("--timeout", parse_seconds, words_.timeout);
    if (!words_.grace.empty())
        options.grace = read("--grace", parse_seconds, words_.grace);
    if (!words_.doctor_timeout.empty())
        doctor_options.timeout = read("--timeout", parse_seconds, words_.doctor_timeout);
    if (doctor_options.timeout == 0)
        throw Refusal("--timeout \"0\": an interpreter needs some time, as 30 or 2m");
    read_all("--array", parse_array, words_.arrays, options.arrays);
    read_all("--restart", parse_restart, words_.restarts, options.restarts);
    read_all("--debug", parse_debug, words_.debugs, options.debugs);
    read_all("--prefix", parse_prefix, words_.prefixes, options.prefixes);
    read_all("--after", parse_after, words_.after, options.after);
}

} // namespace lina_cli
