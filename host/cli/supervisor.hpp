// supervisor.hpp - the supervisor: one thread with one poll loop starts all scripts, shows their output, and ends them.
//
// The command itself loads no interpreter. Embedded scripts share one child process (stage.cpp). Every other script
// has its own. After the first failure, the supervisor interrupts all other scripts, and kills them after --grace.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <unistd.h>
#include <vector>

#include "budget.hpp"
#include "clock.hpp"
#include "company.hpp"
#include "guard.hpp"
#include "log.hpp"
#include "output.hpp"
#include "plan.hpp"
#include "trace.hpp"
#include "watcher.hpp"

namespace lina_cli {

const std::size_t nowhere = SIZE_MAX; // no place among the embedded scripts

enum class State { waiting, running, ended };

struct Actor {
    const Script *script;
    State state = State::waiting;
    int status = 0;
    pid_t process = -1; // of its own
    int terminal = -1;  // the master side
    int signalled = -1; // an eventfd: the signal of --after
    int leash = -1; // the pipe to a remote script's standard input: to close it stops the script
    std::size_t in_stage = nowhere;
    bool interrupted = false;
    bool changed = false; // its file has changed: the script is stopped, to start again
    Clock::time_point last_call = Clock::time_point::max(); // when a changed one is killed
    lina_arena_t *member = nullptr; // has the script's name, so that waits of others end with it
    Budget restarts;
};

// A descriptor that is shown line by line.
struct Source {
    int descriptor;
    Lines lines;
    std::optional<Log> log;
};

class Supervisor {
  public:
    explicit Supervisor(const Plan &plan);
    int run();

  private:
    void open_arena();
    void open_signals();
    void make_actors();
    std::string prefix(const std::string &name, std::size_t number, bool coloured) const;
    void add_source(int descriptor, const std::string &name, std::size_t number, bool errors,
                    bool reads_stdin = false);
    void start_stage();
    void start(Actor &actor);
    void start_own_process(Actor &actor);
    void start_ready();
    void watch_signal(Actor &actor);
    void join(Actor &actor);
    void step();
    void resize_terminals();
    void take_signals();
    void take_stage();
    void take_children();
    void take_end_of_stage(int wait_status);
    void take_deadlines();
    void take_changes();
    void take_company();
    void take_input();
    void check_screens();
    void show_rest();
    bool shows() const;
    bool keeps_bridge() const;
    bool is_spared(const Actor &actor) const;
    bool starts_again(Actor &actor, int status, const std::string &how);
    void read_source(Source &source, std::size_t most);
    void finish(Source &source);
    void write_log(Source &source, const std::function<void(Log &)> &write);
    void drain();
    void ended(Actor &actor, int status, const std::string &how);
    void fail(int code);
    void stop_all(const std::string &why);
    void dismiss();
    bool scripts_run() const;
    void interrupt_all();
    void kill_all();
    void tell(const std::string &text);
    void finish_trace();
    bool running() const;
    bool debugs() const;
    int next_timeout() const;
    std::string unfinished() const;
    Actor &of_stage(std::size_t number);

    const Plan &plan_;
    Guard guard_;
    Screen out_{1}, own_err_{2};
    Screen &err_ = is_one_place(1, 2) ? out_ : own_err_; // so lines stay whole and in order
    bool screen_is_terminal_ = isatty(1);
    std::size_t width_ = 0;
    lina_arena_t *arena_ = nullptr;
    int arena_descriptor_ = -1;
    int signals_ = -1, control_ = -1;
    pid_t stage_ = -1;
    bool stage_dismissed_ = false;
    std::vector<Actor> actors_;
    std::vector<std::unique_ptr<Source>> sources_;
    std::optional<Watcher> watcher_;
    std::optional<Trace> trace_;
    std::optional<Company> company_;
    int code_ = 0, presses_ = 0;
    bool stopping_ = false, dismissed_ = false, killed_ = false;
    bool called_off_ = false; // by a signal, by --timeout or by the launcher
    bool gives_up_ = false;   // nobody takes the rest of the output
    bool lost_log_ = false, lost_output_ = false;
    bool silent_ = false; // the output has lost its reader: end without a message
    Clock::time_point timeout_ = Clock::time_point::max(), last_call_ = timeout_,
                      next_nudge_ = timeout_, parting_ = timeout_;
};

} // namespace lina_cli
