// main.cpp - the command: reads its options, and does what they ask for.
#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <iostream>
#include <memory>

#include "options.hpp"

using namespace lina_cli;

namespace {

const int mistake = 2; // the exit status

// Everything after -- is one command with its own options.
std::vector<std::string> split_off(int &argc, char **argv) {
    for (int i = 1; i < argc; i++)
        if (std::string(argv[i]) == "--") {
            std::vector<std::string> command(argv + i + 1, argv + argc);
            argc = i;
            return command;
        }
    return {};
}

// The words are parsed; or the answer of --help, --version or a mistake is shown, and its status is in `status`.
bool parse(Command &command, std::vector<std::string> words, int &status) {
    std::reverse(words.begin(), words.end()); // as CLI11 wants it
    try {
        command.app.parse(words);
        return true;
    } catch (const CLI::ParseError &error) {
        status = command.app.exit(error) == 0 ? 0 : mistake;
        return false;
    }
}

// The file of --config; or lina.toml where nothing else says what to run; or "".
std::string config_of(const Command &command, bool has_program) {
    if (!command.options.config.empty())
        return command.options.config;
    bool wanted = command.options.scripts.empty() && !has_program;
    return wanted && std::filesystem::exists("lina.toml") ? "lina.toml" : "";
}

int start(Command &command) {
    command.apply();
    Plan plan = make_plan(command.options);
    if (!command.options.dry_run)
        return run(plan);
    show_plan(plan);
    return 0;
}

int work(std::vector<std::string> words, const std::vector<std::string> &program) {
    int status = 0;
    auto command = std::make_unique<Command>();
    if (!parse(*command, words, status))
        return status;
    if (command->doctor->parsed())
        return doctor(command->json);
    if (command->bridge->parsed())
        return bridge(command->bridge_options);
    std::string config = config_of(*command, !program.empty());
    if (!config.empty()) { // what the command line says comes later, and wins
        std::vector<std::string> more = read_config(config, *command->run);
        bool named = !command->options.scripts.empty();
        auto at = std::find(words.begin(), words.end(), "run") + 1;
        for (const std::string &word : more)
            if (!named || word.rfind("--", 0) == 0)
                at = words.insert(at, word) + 1;
        command = std::make_unique<Command>();
        if (!parse(*command, words, status))
            return status;
    }
    command->options.command = program;
    return start(*command);
}

} // namespace

int main(int argc, char **argv) {
    if (argc == 3 && std::string(argv[1]) == "__stage")
        return stage(std::atoi(argv[2]));
    if (argc == 3 && std::string(argv[1]) == "__reference") {
        std::cout << reference(Command(), argv[2]);
        return 0;
    }
    std::vector<std::string> program = split_off(argc, argv);
    try {
        return work({argv + 1, argv + argc}, program);
    } catch (const Refusal &refusal) {
        std::cerr << "lina: " << refusal.what() << "\n";
        return mistake;
    }
}
