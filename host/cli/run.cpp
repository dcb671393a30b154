// run.cpp - the supervisor: one thread, one poll. It starts everything, shows output, and ends everything.
//
// The command itself loads no interpreter. Embedded scripts share one child process (stage.cpp); the others have
// one each. The first failure stops the rest: politely, then after --grace by SIGKILL.
#include <algorithm>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstring>
#include <fcntl.h>
#include <iostream>
#include <map>
#include <memory>
#include <nlohmann/json.hpp>
#include <poll.h>
#include <pty.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "child.hpp"
#include "output.hpp"
#include "plan.hpp"

namespace lina_cli {

namespace {

using Clock = std::chrono::steady_clock;
const auto nudge = std::chrono::milliseconds(300); // between requests to a script that is deaf
const std::size_t nowhere = SIZE_MAX;

enum class State { waiting, running, ended };

struct Actor {
    const Script *script;
    State state = State::waiting;
    int status = 0;
    pid_t process = -1; // of its own
    int terminal = -1;  // the master side
    int signalled = -1; // an eventfd: the signal of --after
    std::size_t in_stage = nowhere;
    bool interrupted = false;
};

// A descriptor that is shown line by line.
struct Source {
    int descriptor;
    Lines lines;
};

const char *const colours[] = {"\033[36m", "\033[33m", "\033[32m",
                               "\033[35m", "\033[34m", "\033[31m"};

class Supervisor {
  public:
    explicit Supervisor(const Plan &plan);
    int run();

  private:
    void open_arena();
    void open_signals();
    void make_actors();
    std::string prefix(const std::string &name, std::size_t number, bool coloured) const;
    void add_source(int descriptor, const std::string &name, std::size_t number, bool errors);
    void start_stage();
    void start(Actor &actor);
    void start_own_process(Actor &actor);
    void start_ready();
    void watch_signal(Actor &actor);
    void step();
    void take_signals();
    void take_stage();
    void take_children();
    void take_deadlines();
    void read_source(Source &source);
    void drain();
    void ended(Actor &actor, int status, const std::string &how);
    void fail(int code);
    void stop_all(const std::string &why);
    void interrupt_all();
    void kill_all();
    void tell(const std::string &text);
    bool running() const;
    int next_timeout() const;
    std::string unfinished() const;
    Actor &of_stage(std::size_t number);

    const Plan &plan_;
    Screen out_{1}, err_{2};
    bool screen_is_terminal_ = isatty(1);
    std::size_t width_ = 0;
    lina_arena_t *arena_ = nullptr;
    int arena_descriptor_ = -1;
    int signals_ = -1, control_ = -1;
    pid_t stage_ = -1;
    bool stage_dismissed_ = false;
    std::vector<Actor> actors_;
    std::vector<std::unique_ptr<Source>> sources_;
    int code_ = 0, presses_ = 0;
    bool stopping_ = false, killed_ = false;
    Clock::time_point timeout_ = Clock::time_point::max(), last_call_ = timeout_,
                      next_nudge_ = timeout_, farewell_ = timeout_;
};

int status_of(int wait_status) {
    return WIFSIGNALED(wait_status) ? 128 + WTERMSIG(wait_status) : WEXITSTATUS(wait_status);
}

std::string how_of(int wait_status) {
    if (!WIFSIGNALED(wait_status))
        return "failed with exit status " + std::to_string(WEXITSTATUS(wait_status));
    return std::string("was ended by SIG") + sigabbrev_np(WTERMSIG(wait_status));
}

Clock::duration seconds(double value) {
    return std::chrono::duration_cast<Clock::duration>(std::chrono::duration<double>(value));
}

void require(int rc) {
    if (rc != LINA_OK)
        throw Refusal(lina_last_error());
}

Supervisor::Supervisor(const Plan &plan) : plan_(plan) {
    std::signal(SIGPIPE, SIG_IGN);
    open_arena();
    open_signals();
    make_actors();
    if (plan.options.timeout > 0)
        timeout_ = Clock::now() + seconds(plan.options.timeout);
}

// ---- the start -------------------------------------------------------------------------------------------------

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
    sigprocmask(SIG_BLOCK, &mask, nullptr);
    signals_ = signalfd(-1, &mask, SFD_CLOEXEC | SFD_NONBLOCK);
}

void Supervisor::make_actors() {
    for (const Script &script : plan_.scripts) {
        Actor actor;
        actor.script = &script;
        actors_.push_back(actor);
        width_ = std::max(width_, script.name.size());
        if (!script.embedded && script.reason != "--isolate" && script.reason != "it is a program")
            tell(script.name + " runs in a process of its own: " + script.reason);
    }
    width_ = std::max(width_, std::strlen("lina"));
}

// A single script's output is shown as it is, as its ordinary command would.
std::string Supervisor::prefix(const std::string &name, std::size_t number, bool coloured) const {
    if (plan_.scripts.size() == 1)
        return "";
    std::string text = name + std::string(width_ - std::min(width_, name.size()), ' ') + " | ";
    return coloured ? colours[number % (sizeof colours / sizeof *colours)] + text + "\033[0m"
                    : text;
}

void Supervisor::add_source(int descriptor, const std::string &name, std::size_t number,
                            bool errors) {
    fcntl(descriptor, F_SETFL, O_NONBLOCK);
    Screen &screen = errors ? err_ : out_;
    sources_.push_back(std::make_unique<Source>(
        Source{descriptor, Lines(screen, prefix(name, number, isatty(errors ? 2 : 1)))}));
}

void Supervisor::start_stage() {
    int ends[2];
    nlohmann::json scripts = nlohmann::json::array();
    Streams streams;
    Pipe out, err; // what C code and children of the scripts write to 1 and 2
    std::vector<int> ours = {out.write, err.write};
    for (std::size_t i = 0; i < actors_.size(); i++) {
        const Script &script = *actors_[i].script;
        if (!script.embedded)
            continue;
        Pipe its_out, its_err;
        actors_[i].in_stage = scripts.size();
        scripts.push_back({{"path", script.path},
                           {"language", script.info.language},
                           {"version", script.info.version},
                           {"program", script.info.program},
                           {"library", script.info.library},
                           {"folder", script.info.folder},
                           {"image", script.info.image},
                           {"out", its_out.write},
                           {"err", its_err.write},
                           {"reads", script.reads_stdin}});
        add_source(its_out.read, script.name, i, false);
        add_source(its_err.read, script.name, i, true);
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
    control_ = ends[0];
    close(ends[1]);
    for (int end : ours)
        close(end);
    add_source(out.read, "lina", actors_.size(), false);
    add_source(err.read, "lina", actors_.size(), true);
    std::string text = nlohmann::json{{"scripts", scripts}}.dump();
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
    int slave = -1;
    winsize size{};
    ioctl(1, TIOCGWINSZ, &size);
    if (screen_is_terminal_ && openpty(&actor.terminal, &slave, nullptr, nullptr, &size) == 0) {
        fcntl(actor.terminal, F_SETFD, FD_CLOEXEC), fcntl(slave, F_SETFD, FD_CLOEXEC);
        streams.terminal = slave;
        ours = {slave};
        add_source(actor.terminal, script.name, number, false);
    } else {
        Pipe out, err;
        streams.out = out.write, streams.err = err.write;
        ours = {out.write, err.write};
        add_source(out.read, script.name, number, false);
        add_source(err.read, script.name, number, true);
    }
    setenv("PYTHONUNBUFFERED", "1", 0);
    actor.process = start_process(script.command, streams);
    for (int end : ours)
        close(end);
}

void Supervisor::start(Actor &actor) {
    actor.state = State::running;
    if (actor.in_stage != nowhere) {
        std::string text = "start " + std::to_string(actor.in_stage);
        send(control_, text.data(), text.size(), MSG_NOSIGNAL);
        return;
    }
    try {
        start_own_process(actor);
    } catch (const Refusal &refusal) {
        ended(actor, 127, refusal.what());
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

// Julia first: its SIGSEGV handler must be there before others chain to it.
void Supervisor::start_ready() {
    for (bool julia : {true, false})
        for (Actor &actor : actors_)
            if (actor.state == State::waiting && !actor.script->after &&
                (actor.script->language == "julia") == julia)
                start(actor);
}

// ---- the turn of the loop ---------------------------------------------------------------------------------------

int Supervisor::next_timeout() const {
    Clock::time_point next = std::min({timeout_, last_call_, next_nudge_, farewell_});
    if (next == Clock::time_point::max())
        return -1;
    auto left = std::chrono::ceil<std::chrono::milliseconds>(next - Clock::now()).count();
    return static_cast<int>(std::clamp<long>(left, 0, 3600000));
}

void Supervisor::step() {
    std::vector<pollfd> polls = {{signals_, POLLIN, 0}, {control_, POLLIN, 0}};
    for (const auto &source : sources_)
        polls.push_back({source->descriptor, POLLIN, 0});
    std::size_t n_sources = sources_.size();
    for (const Actor &actor : actors_)
        polls.push_back({actor.state == State::waiting ? actor.signalled : -1, POLLIN, 0});
    if (poll(polls.data(), polls.size(), next_timeout()) < 0 && errno != EINTR)
        throw Refusal(std::string("poll: ") + std::strerror(errno));
    for (std::size_t i = 0; i < n_sources; i++)
        if (polls[2 + i].revents != 0)
            read_source(*sources_[i]);
    for (std::size_t i = 0; i < actors_.size(); i++)
        if (polls[2 + n_sources + i].revents != 0 && !stopping_)
            start(actors_[i]);
    if (polls[1].revents != 0)
        take_stage();
    if (polls[0].revents != 0)
        take_signals();
    take_deadlines();
    if ((out_.broken() || err_.broken()) && !stopping_) {
        code_ = 128 + SIGPIPE;
        stop_all("");
    }
}

void Supervisor::read_source(Source &source) {
    char bytes[16384];
    ssize_t n;
    while ((n = read(source.descriptor, bytes, sizeof bytes)) > 0)
        source.lines.add(bytes, static_cast<std::size_t>(n));
    if (n == 0 || (n < 0 && errno != EAGAIN && errno != EINTR)) { // a terminal ends with EIO
        source.lines.finish();
        close(source.descriptor);
        source.descriptor = -1;
    }
}

// What was written before an end is shown before the end is told.
void Supervisor::drain() {
    for (auto &source : sources_)
        if (source->descriptor >= 0)
            read_source(*source);
}

Actor &Supervisor::of_stage(std::size_t number) {
    return *std::find_if(actors_.begin(), actors_.end(),
                         [&](const Actor &a) { return a.in_stage == number; });
}

void Supervisor::take_stage() {
    char bytes[4096];
    ssize_t n;
    while ((n = recv(control_, bytes, sizeof bytes, MSG_DONTWAIT)) > 0) {
        std::string text(bytes, static_cast<std::size_t>(n));
        std::size_t first = text.find(' '), second = text.find(' ', first + 1);
        Actor &actor = of_stage(std::stoul(text.substr(first + 1)));
        std::string rest = text.substr(second + 1);
        if (text.rfind("ended", 0) == 0)
            ended(actor, std::stoi(rest), "failed with exit status " + rest);
        else
            ended(actor, 1, "does not start: " + rest);
    }
    if (n == 0) { // the stage is gone; take_children says how
        close(control_);
        control_ = -1;
    }
}

void Supervisor::take_signals() {
    signalfd_siginfo info;
    while (read(signals_, &info, sizeof info) == sizeof info) {
        int number = static_cast<int>(info.ssi_signo);
        if (number == SIGCHLD) {
            take_children();
        } else if (number == SIGWINCH) {
            winsize size{};
            ioctl(1, TIOCGWINSZ, &size);
            for (Actor &actor : actors_)
                if (actor.terminal >= 0)
                    ioctl(actor.terminal, TIOCSWINSZ, &size);
        } else {
            code_ = 128 + number;
            if (++presses_ > 1) {
                kill_all();
            } else {
                stop_all(std::string("SIG") + sigabbrev_np(number));
            }
        }
    }
}

void Supervisor::take_children() {
    int wait_status;
    for (pid_t child; (child = waitpid(-1, &wait_status, WNOHANG)) > 0;) {
        if (child == stage_) {
            if (control_ >= 0)
                take_stage();
            stage_ = -1;
            for (Actor &actor : actors_)
                if (actor.in_stage != nowhere && actor.state == State::running)
                    ended(actor, status_of(wait_status) == 0 ? 1 : status_of(wait_status),
                          "ended with its process, which " + how_of(wait_status));
            continue;
        }
        for (Actor &actor : actors_)
            if (actor.process == child) {
                kill(-child, SIGKILL); // what it left behind in its session
                ended(actor, status_of(wait_status), how_of(wait_status));
            }
    }
}

void Supervisor::take_deadlines() {
    Clock::time_point now = Clock::now();
    if (now >= timeout_) {
        timeout_ = Clock::time_point::max();
        if (!stopping_) {
            code_ = 124;
            stop_all("--timeout has passed");
        }
    }
    if (now >= last_call_) {
        last_call_ = Clock::time_point::max();
        kill_all();
    }
    if (now >= next_nudge_) {
        next_nudge_ = now + nudge;
        interrupt_all();
    }
    if (now >= farewell_ && stage_ > 0) {
        farewell_ = Clock::time_point::max();
        tell("the embedded interpreters do not end: SIGKILL");
        kill(stage_, SIGKILL);
    }
}

// ---- ends -------------------------------------------------------------------------------------------------------

void Supervisor::tell(const std::string &text) { err_.put("lina: " + text + "\n"); }

std::string Supervisor::unfinished() const {
    std::string names;
    for (const Actor &actor : actors_)
        if (actor.state == State::running)
            names += (names.empty() ? "" : ", ") + actor.script->name;
    return names;
}

void Supervisor::ended(Actor &actor, int status, const std::string &how) {
    actor.state = State::ended;
    actor.status = status;
    drain();
    for (Actor &other : actors_) // which waits for a signal of this one
        if (other.state == State::waiting && other.script->after->first == actor.script->name &&
            !stopping_ && lina_arena_try_wait(arena_, other.script->after->signal.c_str()) != 1) {
            other.state = State::ended;
            tell(other.script->name + " was not started: " + actor.script->name +
                 " ended without the signal " + other.script->after->signal);
            if (status == 0 || actor.script->may_exit)
                fail(1);
        }
    if (status == 0 || stopping_)
        return;
    tell(actor.script->name + " " + how + (actor.script->may_exit ? " (--may-exit)" : ""));
    if (!actor.script->may_exit)
        fail(status);
}

void Supervisor::fail(int code) {
    if (code_ == 0)
        code_ = code;
    if (!stopping_)
        stop_all("");
}

void Supervisor::stop_all(const std::string &why) {
    stopping_ = true;
    for (Actor &actor : actors_)
        if (actor.state == State::waiting)
            actor.state = State::ended;
    std::string names = unfinished();
    if (names.empty())
        return;
    tell(why + (why.empty() ? "" : ": ") + "stopping " + names);
    last_call_ = Clock::now() + seconds(plan_.options.grace);
    next_nudge_ = Clock::now() + nudge;
    interrupt_all();
}

// A process gets one SIGINT; an embedded script is asked again and again.
void Supervisor::interrupt_all() {
    for (Actor &actor : actors_) {
        if (actor.state != State::running)
            continue;
        if (actor.in_stage != nowhere) {
            std::string text = "stop " + std::to_string(actor.in_stage);
            send(control_, text.data(), text.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
        } else if (!actor.interrupted) {
            actor.interrupted = true;
            kill(actor.process, SIGINT);
        }
    }
}

void Supervisor::kill_all() {
    if (killed_)
        return;
    killed_ = true;
    std::string names = unfinished();
    if (!names.empty())
        tell("killed " + names);
    for (Actor &actor : actors_)
        if (actor.state == State::running && actor.process > 0)
            kill(actor.process, SIGKILL);
    if (stage_ > 0)
        kill(stage_, SIGKILL);
}

bool Supervisor::running() const {
    return stage_ > 0 || std::any_of(actors_.begin(), actors_.end(),
                                     [](const Actor &a) { return a.state != State::ended; });
}

int Supervisor::run() {
    start_stage();
    for (Actor &actor : actors_)
        if (actor.script->after)
            watch_signal(actor);
    start_ready();
    while (running()) {
        bool embedded = std::any_of(actors_.begin(), actors_.end(), [](const Actor &a) {
            return a.in_stage != nowhere && a.state != State::ended;
        });
        if (stage_ > 0 && !embedded && !stage_dismissed_) {
            stage_dismissed_ = true;
            send(control_, "end", 3, MSG_NOSIGNAL);
            if (stopping_)
                farewell_ = Clock::now() + seconds(plan_.options.grace);
        }
        if (!running())
            break;
        step();
    }
    drain();
    for (auto &source : sources_)
        source->lines.finish();
    lina_arena_close(arena_);
    return code_;
}

} // namespace

int run(const Plan &plan) { return Supervisor(plan).run(); }

} // namespace lina_cli
