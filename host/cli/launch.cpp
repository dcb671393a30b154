// launch.cpp - starts the parts of a run over several hosts by ssh, and finds this process's host if a launcher such as
// mpirun has started it.
#include <cstdlib>

#include "hosts.hpp"

namespace lina_cli {

namespace {

struct Launcher {
    const char *rank, *size; // variables of its processes
    const char *sign; // a variable that only its processes have; nullptr: `rank` is such a variable
};

// Slurm sets SLURM_PROCID in a batch script as well, but SLURM_STEP_ID only in processes that srun starts.
const Launcher launchers[] = {{"OMPI_COMM_WORLD_RANK", "OMPI_COMM_WORLD_SIZE", nullptr},
                              {"PMI_RANK", "PMI_SIZE", nullptr},
                              {"PMIX_RANK", nullptr, nullptr},
                              {"SLURM_PROCID", "SLURM_NTASKS", "SLURM_STEP_ID"}};

std::size_t number_of(const char *variable) {
    char *end = nullptr;
    const char *text = std::getenv(variable);
    std::size_t number = std::strtoul(text, &end, 10);
    if (end == text || *end != '\0')
        throw Refusal(std::string(variable) + "=" + text + " is no number");
    return number;
}

} // namespace

std::string host_of_rank(const Hosts &hosts) {
    for (const Launcher &launcher : launchers) {
        const char *sign = launcher.sign == nullptr ? launcher.rank : launcher.sign;
        if (std::getenv(launcher.rank) == nullptr || std::getenv(sign) == nullptr)
            continue;
        std::size_t n = hosts.names().size(), rank = number_of(launcher.rank), size = n;
        if (launcher.size != nullptr && std::getenv(launcher.size) != nullptr)
            size = number_of(launcher.size);
        if (size != n || rank >= n)
            throw Refusal("the launcher starts " + std::to_string(size > rank ? size : rank + 1) +
                          " processes (" + launcher.rank + "=" + std::to_string(rank) +
                          "), but the file has " + std::to_string(n) +
                          " hosts: start one process on each");
        return hosts.names()[rank];
    }
    return "";
}

Plan launch_plan(const Hosts &hosts, const Options &options) {
    Plan plan;
    plan.options = options;
    plan.options.grace += 5; // the parts have the time that was asked for, and end by themselves
    std::vector<std::string> more;
    if (options.embed)
        more.push_back("--embed");
    if (options.isolate)
        more.push_back("--isolate");
    more.push_back("--grace=" + std::to_string(options.grace));
    for (const std::string &host : hosts.names()) {
        Script script;
        script.name = script.path = host;
        script.command = hosts.command_of(host, more);
        script.reason = "it is a program";
        script.is_remote = true;
        plan.scripts.push_back(script);
        plan.arenas += (plan.arenas.empty() ? "" : ", ") + hosts.arena_of(host) + " on " + host;
    }
    return plan;
}

} // namespace lina_cli
