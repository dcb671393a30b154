// start.cpp - the supervisor's start: the arena, the signals, and a process for each script that needs one.
#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <fcntl.h>
#include <pty.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <sys/signalfd.h>
#include <sys/socket.h>

#include "child.hpp"
#include "stage_plan.hpp"
#include "supervisor.hpp"

namespace lina_cli {

namespace {

const char *const colours[] = {"\033[36m", "\033[33m", "\033[32m",
                               "\033[35m", "\033[34m", "\033[31m"};

// A pseudo-terminal of the size of the command's own. It leaves ends of lines as they are, because the command's own
// terminal adds a carriage return to each.
bool open_terminal(int &master, int &slave) {
    winsize size{};
    termios how{};
    ioctl(1, TIOCGWINSZ, &size);
    if (openpty(&master, &slave, nullptr, nullptr, &size) != 0)
        return false;
    fcntl(master, F_SETFD, FD_CLOEXEC), fcntl(slave, F_SETFD, FD_CLOEXEC);
    tcgetattr(slave, &how);
    how.c_oflag &= ~static_cast<tcflag_t>(ONLCR);
    tcsetattr(slave, TCSANOW, &how);
    return true;
}

// The arena that goes with its last member and has a name, or "".
std::string temporary_arena(const Options &options) {
    return options.name.empty() || options.keep ? "" : "shm:" + options.name;
}

bool is_ignored(int signal) {
    struct sigaction now;
    sigaction(signal, nullptr, &now);
    return now.sa_handler == SIG_IGN;
}

void require(int rc) {
    if (rc != LINA_OK)
        throw Refusal(lina_last_error());
}

} // namespace

Supervisor::Supervisor(const Plan &plan) : plan_(plan), guard_(temporary_arena(plan.options)) {
    std::signal(SIGPIPE, SIG_IGN);
    open_arena();
    open_signals();
    make_actors();
    if (!plan.options.trace.empty())
        trace_.emplace(plan);
    if (plan.options.watch) {
        std::vector<std::string> files;
        for (const Script &script : plan.scripts)
            files.push_back(script.path);
        watcher_.emplace(files);
    }
    if (!plan.options.host_names.empty())
        company_.emplace(arena_, plan.options.host, plan.options.host_names);
    if (plan.options.timeout > 0)
        timeout_ = Clock::now() + seconds(plan.options.timeout);
}

void Supervisor::open_arena() {
    const Options &options = plan_.options;
    lina_arena_options_t how{};
    std::string where;
    if (!options.name.empty()) {
        where = "shm:" + options.name;
        how.flags = LINA_ARENA_JOIN | (options.keep ? 0 : LINA_ARENA_TEMPORARY);
    } else if (!options.file.empty()) {
        where = "file:" + options.file;
        how.flags = LINA_ARENA_JOIN;
    } else {
        how.flags = LINA_ARENA_INHERIT;
    }
    require(
        lina_arena_create(where.empty() ? nullptr : where.c_str(), options.size, &how, &arena_));
    if (where.empty()) {
        require(lina_arena_fd(arena_, &arena_descriptor_));
        where = "fd:" + std::to_string(arena_descriptor_);
    }
    for (const Array &array : options.arrays) {
        std::uint32_t dtype;
        require(lina_dtype_from_name(array.dtype.c_str(), &dtype));
        require(lina_ensure_array(
            arena_, array.name.c_str(), dtype, static_cast<std::uint32_t>(array.shape.size()),
            array.shape.data(), array.fortran ? LINA_LAYOUT_F : LINA_LAYOUT_C, nullptr));
    }
    setenv("LINA_ARENA", where.c_str(), 1);
}

void Supervisor::open_signals() {
    sigset_t mask;
    sigemptyset(&mask);
    for (int number : {SIGINT, SIGTERM, SIGHUP, SIGCHLD, SIGWINCH})
        sigaddset(&mask, number);
    if (is_ignored(SIGHUP)) // by nohup
        sigdelset(&mask, SIGHUP);
    sigprocmask(SIG_BLOCK, &mask, nullptr);
    signals_ = signalfd(-1, &mask, SFD_CLOEXEC | SFD_NONBLOCK);
}

void Supervisor::make_actors() {
    for (const Script &script : plan_.scripts) {
        Actor actor;
        actor.script = &script;
        actors_.push_back(actor);
        width_ = std::max(width_, columns_of(script.name));
        if (!script.embedded && script.reason.rfind("--", 0) != 0 &&
            script.reason != "it is a program")
            tell(script.name + " runs in a process of its own: " + script.reason);
        if (script.embedded && script.language == "node")
            tell(script.name + " runs in libnode " + script.info.version +
                 ", not in the node on PATH");
    }
    width_ = std::max(width_, std::strlen("lina"));
}

// The prefix of a script's lines. It is "" for a single script, whose output is shown unchanged.
std::string Supervisor::prefix(const std::string &name, std::size_t number, bool coloured) const {
    if (plan_.scripts.size() == 1)
        return "";
    std::string text = name + std::string(width_ - columns_of(name), ' ') + " | ";
    return coloured ? colours[number % (sizeof colours / sizeof *colours)] + text + "\033[0m"
                    : text;
}

void Supervisor::add_source(int descriptor, const std::string &name, std::size_t number,
                            bool errors, bool reads_stdin) {
    fcntl(descriptor, F_SETFL, O_NONBLOCK);
    Screen &screen = errors ? err_ : out_;
    bool is_terminal = isatty(errors ? 2 : 1);
    Lines lines(screen, prefix(name, number, is_terminal), is_terminal && reads_stdin && isatty(0));
    sources_.push_back(std::make_unique<Source>(Source{descriptor, lines, {}}));
    const std::string &folder = plan_.options.log_dir;
    if (!folder.empty())
        sources_.back()->log.emplace(folder, name, errors ? "err" : "out");
}

void Supervisor::start_stage() {
    int ends[2];
    std::vector<Embedded> scripts;
    Streams streams;
    Pipe out, err; // what C code and children of the scripts write to 1 and 2
    std::vector<int> ours = {out.write, err.write};
    for (std::size_t i = 0; i < actors_.size(); i++) {
        const Script &script = *actors_[i].script;
        if (!script.embedded)
            continue;
        Pipe its_out, its_err;
        actors_[i].in_stage = scripts.size();
        scripts.push_back(
            {script.path, script.info, its_out.write, its_err.write, script.reads_stdin});
        add_source(its_out.read, script.name, i, false, script.reads_stdin);
        add_source(its_err.read, script.name, i, true, script.reads_stdin);
        for (int end : {its_out.write, its_err.write})
            ours.push_back(end), streams.kept.push_back(end);
        if (script.reads_stdin)
            streams.in = 0, streams.foreground = isatty(0);
    }
    if (scripts.empty()) {
        for (int end : {out.read, out.write, err.read, err.write})
            close(end);
        return;
    }
    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) != 0)
        throw Refusal(std::string("A socket cannot be made: ") + std::strerror(errno));
    streams.out = out.write, streams.err = err.write;
    streams.kept.push_back(ends[1]);
    stage_ = start_process({"/proc/self/exe", "__stage", std::to_string(ends[1])}, streams);
    guard_.watch(stage_);
    control_ = ends[0];
    close(ends[1]);
    for (int end : ours)
        close(end);
    add_source(out.read, "lina", actors_.size(), false);
    add_source(err.read, "lina", actors_.size(), true);
    std::string text = write_stage_plan(scripts);
    if (send(control_, text.data(), text.size(), MSG_NOSIGNAL) < 0)
        throw Refusal(std::string("The process of the embedded scripts does not answer: ") +
                      std::strerror(errno));
}

void Supervisor::start_own_process(Actor &actor) {
    const Script &script = *actor.script;
    std::size_t number = static_cast<std::size_t>(&actor - actors_.data());
    Streams streams;
    std::vector<int> ours;
    if (script.reads_stdin)
        streams.in = 0, streams.foreground = isatty(0);
    if (script.is_remote) {
        Pipe leash;
        streams.in = leash.read, actor.leash = leash.write;
        ours.push_back(leash.read);
    }
    int slave = -1;
    if (script.has_terminal && isatty(0) && screen_is_terminal_) {
        streams.in = 0; // its output is the command's own terminal, too
    } else if (screen_is_terminal_ && open_terminal(actor.terminal, slave)) {
        streams.terminal = slave;
        ours.push_back(slave);
        add_source(actor.terminal, script.name, number, false, script.reads_stdin);
    } else {
        Pipe out, err;
        streams.out = out.write, streams.err = err.write;
        ours.insert(ours.end(), {out.write, err.write});
        add_source(out.read, script.name, number, false, script.reads_stdin);
        add_source(err.read, script.name, number, true, script.reads_stdin);
    }
    setenv("PYTHONUNBUFFERED", "1", 0);
    actor.process = start_process(script.command, streams);
    guard_.watch(actor.process);
    for (int end : ours)
        close(end);
}

// Joins the arena as a member with the script's name. It stays until the script ends.
void Supervisor::join(Actor &actor) {
    if (lina_arena_join(arena_, &actor.member) != LINA_OK ||
        lina_member_set_name(actor.member, actor.script->name.c_str()) != LINA_OK)
        tell(actor.script->name + " cannot join the arena by its name: " + lina_last_error());
}

void Supervisor::start(Actor &actor) {
    if (actor.in_stage != nowhere && control_ < 0)
        return ended(actor, 1, "does not start: the process of the embedded scripts has ended");
    actor.state = State::running;
    join(actor);
    if (trace_)
        trace_->began(*actor.script);
    if (actor.in_stage != nowhere) {
        std::string text = "start " + std::to_string(actor.in_stage);
        send(control_, text.data(), text.size(), MSG_NOSIGNAL);
        return;
    }
    try {
        start_own_process(actor);
    } catch (const Refusal &refusal) {
        ended(actor, 127, std::string("does not start: ") + refusal.what());
    }
}

void Supervisor::watch_signal(Actor &actor) {
    const std::string &name = actor.script->after->signal;
    std::uint64_t value;
    lina_notify_id_t id;
    actor.signalled = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    require(lina_arena_signal_value(arena_, name.c_str(), &value));
    require(lina_notify_fd(arena_, name.c_str(), 1, actor.signalled, &id));
}

void Supervisor::start_ready() {
    for (Actor &actor : actors_)
        if (actor.state == State::waiting && !actor.script->after)
            start(actor);
}

} // namespace lina_cli
