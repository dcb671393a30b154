// hosts.hpp - hosts.toml: the hosts of a run over several machines, and what each exports, imports and starts.
//
// The file is read in three places. `lina run --hosts` reads it to start a part on each host by ssh; a launcher such as
// mpirun may start the parts instead. Each part takes the options of its `lina run` from the file, and its bridge takes
// what would be in its bridge.toml.
#pragma once

#include <string>
#include <vector>

#include "options.hpp"
#include "toml_file.hpp"

namespace lina_cli {

class Hosts {
  public:
    explicit Hosts(const std::string &file); // throws Refusal, as all of these do

    const std::vector<std::string> &names() const { return names_; } // in the order of the file
    // What lina.toml would say on this host, as words of the command line.
    std::vector<std::string> words_of(const std::string &host, const Subcommand &run) const;
    // The bridge.toml of this host.
    toml::table bridge_of(const std::string &host) const;
    // The arena of this host: shm:NAME or file:PATH.
    std::string arena_of(const std::string &host) const { return text_of(host, "arena"); }
    // The command that starts this host's part from here. `more` are options for the part.
    std::vector<std::string> command_of(const std::string &host,
                                        const std::vector<std::string> &more) const;

  private:
    const toml::table &table_of(const std::string &host) const;
    std::string text_of(const std::string &host, const std::string &key) const;
    std::vector<std::string> ssh_of(const std::string &host) const;
    toml::table import_from(const std::string &exporter, const std::string &importer) const;
    bool is_wanted(const std::string &importer, const std::string &name) const;
    const std::string *exporter_of(const std::string &name, bool is_signal) const;
    void check(const std::string &host) const;

    TomlFile file_;
    toml::table table_;
    std::vector<std::string> names_;
};

// A launcher such as mpirun or srun numbers its processes. Returns the host of this process's number, or "" if no
// launcher has started it.
std::string host_of_rank(const Hosts &hosts);

// The plan that starts each host's part by ssh.
Plan launch_plan(const Hosts &hosts, const Options &options);

} // namespace lina_cli
