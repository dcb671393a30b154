// main.cpp - the command: reads its options, and does what they ask for.
#include <algorithm>
#include <csignal>
#include <cstdlib>
#include <exception>
#include <fcntl.h>
#include <filesystem>
#include <iostream>
#include <memory>
#include <optional>
#include <unistd.h>

#include "config.hpp"
#include "hosts.hpp"

using namespace lina_cli;

namespace {

// Everything after -- is one command with its own options.
std::vector<std::string> split_off(int &argc, char **argv) {
    for (int i = 1; i < argc; i++)
        if (std::string(argv[i]) == "--") {
            std::vector<std::string> command(argv + i + 1, argv + argc);
            if (command.empty())
                throw Refusal("-- is the last word: name a program after it, or leave it out");
            argc = i;
            return command;
        }
    return {};
}

// The file of --config; otherwise lina.toml, if it exists and the command line names nothing to run; otherwise "".
std::string config_of(const Command &command, bool has_program) {
    if (!command.options.config.empty())
        return command.options.config;
    bool wanted = command.options.scripts.empty() && !has_program;
    std::error_code error;
    return wanted && std::filesystem::exists("lina.toml", error) ? "lina.toml" : "";
}

int start(const Command &command, const Plan &plan) {
    if (!command.options.dry_run)
        return run(plan);
    show_plan(plan);
    return 0;
}

bool is_script(const std::string &word) { return word.rfind("--", 0) != 0; }

// Parses the words of the command line again, after those of a file. A later option overrides an earlier one, so the
// command line overrides the file.
std::optional<int> parse_again(std::unique_ptr<Command> &command, std::vector<std::string> words,
                               const std::vector<std::string> &of_file) {
    words.insert(std::find(words.begin(), words.end(), "run") + 1, of_file.begin(), of_file.end());
    command = std::make_unique<Command>();
    return command->parse(words);
}

// Checks that --hosts has no option beside it which may differ from host to host: such options belong into the file.
void check_launch(const Subcommand &run) {
    const std::vector<std::string> known = {"hosts",   "embed",   "isolate", "grace",
                                            "timeout", "log-dir", "dry-run"};
    for (const OptionInfo &option : run.options)
        if (option.is_given && std::find(known.begin(), known.end(), option.name) == known.end())
            throw Refusal("--" + option.name +
                          ": with --hosts, write it into the file, for the host that it concerns");
}

// Checks the options that have no meaning with --hosts, neither for the launcher nor for one host's part.
void check_hosts(const Subcommand &run, const Options &options) {
    if (options.launched && options.host.empty())
        throw Refusal("--launched needs --host NAME: it is for the part of one host");
    for (const std::string name : {"config", "name", "file"})
        if (run.find(name)->is_given)
            throw Refusal("--" + name + ": with --hosts, that file says it: leave it out here");
}

// Starts the parts of all hosts, or runs one.
int run_hosts(std::unique_ptr<Command> command, const std::vector<std::string> &words,
              const std::vector<std::string> &program) {
    const Hosts hosts(command->options.hosts);
    const Subcommand run = command->subcommand("run");
    std::string host = command->options.host;
    if (!command->options.scripts.empty() || !program.empty())
        throw Refusal("--hosts takes the scripts of each host from its file: name none here");
    check_hosts(run, command->options);
    if (host.empty())
        host = host_of_rank(hosts);
    if (host.empty()) {
        check_launch(run);
        command->apply();
        return start(*command, launch_plan(hosts, command->options));
    }
    if (auto status = parse_again(command, words, hosts.words_of(host, run)))
        return *status;
    command->options.host = host;
    command->options.host_names = hosts.names();
    command->apply();
    return start(*command, make_plan(command->options));
}

int work(std::vector<std::string> words, const std::vector<std::string> &program) {
    auto command = std::make_unique<Command>();
    if (auto status = command->parse(words))
        return *status;
    if (!program.empty() && !command->subcommand("run").is_given)
        throw Refusal("-- and a program after it are for lina run: leave them out");
    if (command->subcommand("doctor").is_given) {
        command->apply();
        return doctor(command->doctor_options);
    }
    if (command->subcommand("bridge").is_given)
        return bridge(command->bridge_options);
    if (!command->options.hosts.empty())
        return run_hosts(std::move(command), words, program);
    if (!command->options.host.empty() || command->options.launched)
        throw Refusal("--host and --launched need --hosts FILE");
    std::string config = config_of(*command, !program.empty());
    if (!config.empty()) {
        auto more = read_config(config, command->subcommand("run"));
        if (!command->options.scripts.empty())
            more.erase(std::remove_if(more.begin(), more.end(), is_script), more.end());
        if (auto status = parse_again(command, words, more))
            return *status;
    }
    command->options.command = program;
    command->apply();
    return start(*command, make_plan(command->options));
}

// Reports an output that could not be written, as that of --help on a full disk.
int checked(int status) {
    if (std::cout.flush() || status != 0)
        return status;
    std::cerr << "lina: the output cannot be written\n";
    return 1;
}

// Opens /dev/null in the place of each standard stream that is closed. Otherwise the arena or a pipe would get its
// descriptor, and with it what is written to the stream.
void fill_closed_streams() {
    int opened;
    while ((opened = open("/dev/null", O_RDWR)) >= 0 && opened <= 2)
        ;
    if (opened > 2)
        close(opened);
}

int work_as_asked(int argc, char **argv) {
    if (argc == 3 && std::string(argv[1]) == "__stage")
        return stage(std::atoi(argv[2]));
    if (argc == 4 && std::string(argv[1]) == "__examine")
        return examine_here(argv[2], argv[3]);
    if (argc == 3 && std::string(argv[1]) == "__reference") {
        std::cout << reference(Command(), argv[2]);
        return 0;
    }
    std::vector<std::string> program = split_off(argc, argv);
    return work({argv + 1, argv + argc}, program);
}

} // namespace

int main(int argc, char **argv) {
    fill_closed_streams();
    std::signal(SIGCHLD, SIG_DFL); // a parent may ignore it, and then no child's end would be known
    try {
        return checked(work_as_asked(argc, argv));
    } catch (const Refusal &refusal) {
        std::cerr << "lina: " << refusal.what() << "\n";
        return mistake;
    } catch (const std::exception &error) { // of the C++ library: no thread, or no memory
        std::cerr << "lina: " << error.what() << std::endl;
        _exit(1); // interpreters may run
    }
}
