// run.cpp - the supervisor's loop, and how scripts and the run end.
#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <poll.h>
#include <sys/ioctl.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/wait.h>

#include "supervisor.hpp"

namespace lina_cli {

namespace {

const std::size_t most_at_once = 128 << 10;        // bytes of a script's output in one turn
const auto nudge = std::chrono::milliseconds(300); // the time between two requests to stop
const auto last_words =
    std::chrono::seconds(30); // how long other hosts may take to confirm the end

int status_of(int wait_status) {
    return WIFSIGNALED(wait_status) ? 128 + WTERMSIG(wait_status) : WEXITSTATUS(wait_status);
}

std::string name_of(int signal) {
    const char *name = sigabbrev_np(signal); // real-time signals have no name
    return name == nullptr ? "signal " + std::to_string(signal) : std::string("SIG") + name;
}

std::string how_of(int wait_status) {
    if (!WIFSIGNALED(wait_status))
        return "failed with exit status " + std::to_string(WEXITSTATUS(wait_status));
    return "was ended by " + name_of(WTERMSIG(wait_status));
}

} // namespace

// ---- the turn of the loop ---------------------------------------------------------------------------------------

int Supervisor::next_timeout() const {
    Clock::time_point next = std::min({timeout_, last_call_, next_nudge_, parting_});
    for (const Actor &actor : actors_)
        next = std::min(next, actor.last_call);
    if (next == Clock::time_point::max())
        return -1;
    auto left = std::chrono::ceil<std::chrono::milliseconds>(next - Clock::now()).count();
    return static_cast<int>(std::clamp<long>(left, 0, 3600000));
}

void Supervisor::step() {
    std::vector<pollfd> polls = {{signals_, POLLIN, 0}, {control_, POLLIN, 0}};
    for (const auto &source : sources_)
        polls.push_back({source->lines.must_wait() ? -1 : source->descriptor, POLLIN, 0});
    std::size_t n_sources = sources_.size();
    std::size_t n_actors = actors_.size();
    for (const Actor &actor : actors_)
        polls.push_back({actor.state == State::waiting ? actor.signalled : -1, POLLIN, 0});
    polls.push_back({watcher_ ? watcher_->descriptor() : -1, POLLIN, 0});
    polls.push_back({company_ ? company_->descriptor() : -1, POLLIN, 0});
    polls.push_back({plan_.options.launched && !stopping_ ? 0 : -1, POLLIN, 0});
    polls.push_back({out_.awaited(), POLLOUT, 0});
    polls.push_back({err_.awaited(), POLLOUT, 0});
    if (poll(polls.data(), polls.size(), next_timeout()) < 0 && errno != EINTR)
        throw Refusal(std::string("poll: ") + std::strerror(errno));
    out_.flush();
    err_.flush();
    for (std::size_t i = 0; i < n_sources; i++)
        if (polls[2 + i].revents != 0)
            read_source(*sources_[i], most_at_once);
    if (polls[2 + n_sources + n_actors].revents != 0)
        take_changes();
    if (company_)
        company_->take();
    if (polls[4 + n_sources + n_actors].revents != 0)
        take_input();
    for (std::size_t i = 0; i < n_actors; i++)
        if (polls[2 + n_sources + i].revents != 0 && !stopping_)
            start(actors_[i]);
    if (polls[1].revents != 0)
        take_stage();
    if (polls[0].revents != 0)
        take_signals();
    take_deadlines();
    sources_.erase(std::remove_if(sources_.begin(), sources_.end(),
                                  [](const auto &source) { return source->descriptor < 0; }),
                   sources_.end());
    check_screens();
}

// Stops all scripts if what they print can no longer be shown.
void Supervisor::check_screens() {
    int error = out_.error() != 0 ? out_.error() : err_.error();
    if (error == 0 || lost_output_)
        return;
    lost_output_ = true;
    silent_ = error == EPIPE;
    if (!silent_)
        tell(std::string("the output cannot be written: ") + std::strerror(error));
    fail(silent_ ? 128 + SIGPIPE : 1);
}

void Supervisor::finish(Source &source) {
    source.lines.finish();
    write_log(source, [](Log &log) { log.finish(); });
}

// A log that cannot be written makes the run fail at its end, but stops no script.
void Supervisor::write_log(Source &source, const std::function<void(Log &)> &write) {
    if (!source.log)
        return;
    try {
        write(*source.log);
    } catch (const Refusal &refusal) {
        tell(refusal.what());
        source.log.reset();
        lost_log_ = true;
    }
}

// Shows what is there. A script may write for ever, so it stops when it has read `most` bytes.
void Supervisor::read_source(Source &source, std::size_t most) {
    char bytes[16384];
    ssize_t n = 1;
    for (std::size_t all = 0; all < most; all += static_cast<std::size_t>(n)) {
        n = read(source.descriptor, bytes, sizeof bytes);
        if (n <= 0)
            break;
        if (!silent_)
            source.lines.add(bytes, static_cast<std::size_t>(n));
        write_log(source, [&](Log &log) { log.add(bytes, static_cast<std::size_t>(n)); });
    }
    if (n == 0 || (n < 0 && errno != EAGAIN && errno != EINTR)) { // a terminal ends with EIO
        finish(source);
        close(source.descriptor);
        source.descriptor = -1;
    }
}

// Shows all output that is there now. Called before a script's end is reported, so that the order is right.
void Supervisor::drain() {
    for (auto &source : sources_) {
        int there =
            0; // a pipe may hold much. A terminal does not, and may not tell all that it holds
        if (source->descriptor >= 0) {
            ioctl(source->descriptor, FIONREAD, &there);
            read_source(*source, std::max(static_cast<std::size_t>(there), most_at_once));
        }
    }
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
    if (n == 0) { // the stage has ended; take_children finds out how
        close(control_);
        control_ = -1;
    }
}

void Supervisor::resize_terminals() {
    winsize size{};
    usleep(10000); // Linux sends the signal of a pty shortly before it changes the size
    ioctl(1, TIOCGWINSZ, &size);
    for (const Actor &actor : actors_) {
        if (actor.terminal < 0)
            continue;
        ioctl(actor.terminal, TIOCSWINSZ, &size);
        // A script that reads from the command's terminal had its signal from there, before its own had the new size.
        if (actor.script->reads_stdin && actor.process > 0)
            kill(actor.process, SIGWINCH);
    }
}

void Supervisor::take_signals() {
    signalfd_siginfo info;
    while (read(signals_, &info, sizeof info) == sizeof info) {
        int number = static_cast<int>(info.ssi_signo);
        if (number == SIGCHLD) {
            take_children();
        } else if (number == SIGWINCH) {
            resize_terminals();
        } else if (number == SIGINT && info.ssi_code == SI_KERNEL && debugs()) {
            continue; // typed at a debugger, which has the terminal and gets the signal, too
        } else {
            code_ = 128 + number;
            called_off_ = true;
            if (++presses_ > 1) {
                dismissed_ = true;
                kill_all();
            } else {
                stop_all(name_of(number));
            }
        }
    }
}

// The process has ended before its scripts have: a crash, or exit or exec. A single script has succeeded by exit(0). Of
// several, nobody knows which one has caused the end, so the first one's message names all.
void Supervisor::take_end_of_stage(int wait_status) {
    const int status = status_of(wait_status);
    std::string others;
    std::vector<Actor *> cut;
    for (Actor &actor : actors_) {
        if (actor.in_stage == nowhere || actor.state != State::running)
            continue;
        if (!cut.empty())
            others += (others.empty() ? "; so did " : ", ") + actor.script->name;
        actor.state = State::ended; // nothing is left to stop
        cut.push_back(&actor);
    }
    for (Actor *actor : cut)
        ended(*actor, status == 0 && cut.size() > 1 ? 1 : status,
              "ended with its process, which " +
                  (status == 0 ? "one of its scripts has ended by exit(0)" : how_of(wait_status)) +
                  (actor == cut[0] ? others : ""));
}

void Supervisor::take_children() {
    int wait_status;
    for (pid_t child; (child = waitpid(-1, &wait_status, WNOHANG)) > 0;) {
        kill(-child, SIGKILL); // the processes that it left in its group
        guard_.forget(child);
        if (child == stage_) {
            if (control_ >= 0)
                take_stage();
            if (control_ >= 0) // a process that a script has left behind may hold the other end
                close(control_), control_ = -1;
            stage_ = -1;
            take_end_of_stage(wait_status);
            continue;
        }
        for (Actor &actor : actors_)
            if (actor.process == child)
                ended(actor, status_of(wait_status), how_of(wait_status));
    }
}

void Supervisor::take_deadlines() {
    Clock::time_point now = Clock::now();
    if (now >= timeout_) {
        timeout_ = Clock::time_point::max();
        if (!stopping_) {
            code_ = 124;
            called_off_ = true;
            stop_all("--timeout has passed");
        }
    }
    if (now >= last_call_) {
        last_call_ = Clock::time_point::max();
        kill_all();
    }
    for (Actor &actor : actors_)
        if (now >= actor.last_call && actor.process > 0) {
            actor.last_call = Clock::time_point::max();
            tell("killed " + actor.script->name + ", which does not end");
            kill(actor.process, SIGKILL);
        }
    if (now >= next_nudge_) {
        next_nudge_ = now + nudge;
        interrupt_all();
    }
    if (now >= parting_) {
        parting_ = Clock::time_point::max();
        dismiss();
    }
}

// ---- ends -------------------------------------------------------------------------------------------------------

void Supervisor::tell(const std::string &text) { err_.put("lina: " + text + "\n"); }

std::string Supervisor::unfinished() const {
    std::string names;
    for (const Actor &actor : actors_)
        if (actor.state == State::running && !is_spared(actor))
            names += (names.empty() ? "" : ", ") + actor.script->name;
    return names;
}

// Interrupts scripts whose files have changed, so that they start again. A script that has ended starts at once.
void Supervisor::take_changes() {
    for (std::size_t number : watcher_->take()) {
        Actor &actor = actors_[number];
        if (stopping_ || actor.changed || (actor.state == State::waiting))
            continue;
        tell(actor.script->name + " has changed");
        if (actor.state == State::ended) {
            start(actor);
        } else {
            actor.changed = true;
            actor.last_call = Clock::now() + seconds(plan_.options.grace);
            kill(actor.process, SIGINT);
        }
    }
}

// When the scripts have ended here, the bridge stays until they have ended on all hosts, and all hosts know. A host may
// never say so, because it or its connection broke. So the wait ends after a time.
void Supervisor::take_company() {
    if (!company_ || dismissed_)
        return;
    if (auto other = company_->failure(); other && !stopping_) {
        code_ = other->status;
        stop_all(other->host + " failed with exit status " + std::to_string(code_));
    }
    if (scripts_run())
        return;
    if (!stopping_)
        company_->tell_end(0);
    if (!company_->is_over())
        return;
    if (company_->may_leave())
        dismiss();
    else if (parting_ == Clock::time_point::max())
        parting_ = Clock::now() + (presses_ > 0 ? seconds(plan_.options.grace) : last_words);
}

// While this is true, the bridge of this host stays, to tell the other hosts how this one has ended. Where `lina run
// --hosts` has started this part, that command sees the exit status instead.
bool Supervisor::keeps_bridge() const { return company_ && !dismissed_ && !plan_.options.launched; }

bool Supervisor::is_spared(const Actor &actor) const {
    return keeps_bridge() && actor.script->serves;
}

// The launcher sends nothing. To stop this host's part, it closes standard input, which also happens when it dies.
void Supervisor::take_input() {
    char bytes[256];
    if (read(0, bytes, sizeof bytes) > 0)
        return;
    if (company_ && company_->has_told()) {
        dismiss();
    } else {
        code_ = 128 + SIGHUP;
        called_off_ = true;
        stop_all("the launcher has ended");
    }
}

// Starts a script again if --watch or --restart says so. The arena and its arrays stay.
bool Supervisor::starts_again(Actor &actor, int status, const std::string &how) {
    if (actor.changed) {
        actor.changed = false;
        start(actor);
        return true;
    }
    const auto &restart = actor.script->restart;
    if (!restart || (status == 0 && !restart->always)) {
        if (watcher_ && status != 0)
            tell(actor.script->name + " " + how + "; waiting for a change");
        return watcher_.has_value();
    }
    if (!actor.restarts.spend(restart->most, seconds(restart->window))) {
        tell(actor.script->name + " is not started again: that was done " +
             (restart->most == 1 ? "once" : std::to_string(restart->most) + " times") +
             " within --restart's time");
        return false;
    }
    tell(actor.script->name + " " + (status == 0 ? "has ended" : how) + ": started again");
    start(actor);
    return true;
}

void Supervisor::ended(Actor &actor, int status, const std::string &how) {
    if (actor.script->serves && status == 0 &&
        !stopping_) // something else than this command has ended it
        return ended(actor, 1, "has ended before the scripts");
    actor.state = State::ended;
    actor.status = status;
    actor.process = -1;
    actor.last_call = Clock::time_point::max();
    drain();
    if (actor.member != nullptr)
        lina_arena_close(actor.member);
    actor.member = nullptr;
    actor.terminal = -1; // its source closes it
    if (trace_)
        trace_->ended(*actor.script);
    if (actor.leash >= 0)
        close(actor.leash), actor.leash = -1;
    if (!stopping_ && starts_again(actor, status, how))
        return;
    for (Actor &other : actors_) // which waits for a signal of this one
        if (other.state == State::waiting && other.script->after->first == actor.script->name &&
            !stopping_ && lina_arena_try_wait(arena_, other.script->after->signal.c_str()) != 1) {
            other.state = State::ended;
            tell(other.script->name + " was not started: " + actor.script->name +
                 " ended without the signal " + other.script->after->signal);
            if (!other.script->may_exit && (status == 0 || actor.script->may_exit))
                fail(1);
        }
    if (status == 0 && actor.script->is_remote && !stopping_)
        dismiss(); // this host knows that all scripts have ended; another may not have learned it
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
    if (company_ && !plan_.options.launched)
        company_->tell_end(code_);
    for (Actor &actor : actors_)
        if (actor.state == State::waiting)
            actor.state = State::ended;
    last_call_ = Clock::now() + seconds(plan_.options.grace);
    std::string names = unfinished();
    if (names.empty())
        return;
    if (!silent_)
        tell(why + (why.empty() ? "" : ": ") + "stopping " + names);
    next_nudge_ = Clock::now() + nudge;
    interrupt_all();
}

// All scripts have ended, on every host. The bridge, or the parts on other hosts, end now.
void Supervisor::dismiss() {
    stopping_ = dismissed_ = true;
    last_call_ = Clock::now() + seconds(plan_.options.grace);
    interrupt_all();
}

// Interrupts all scripts. A process gets one SIGINT; an embedded script gets a request at every call.
void Supervisor::interrupt_all() {
    for (Actor &actor : actors_) {
        if (actor.state != State::running || is_spared(actor))
            continue;
        if (actor.in_stage != nowhere) {
            std::string text = "stop " + std::to_string(actor.in_stage);
            send(control_, text.data(), text.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
        } else if (!actor.interrupted) {
            actor.interrupted = true;
            if (actor.leash >= 0)
                close(actor.leash), actor.leash = -1;
            else
                kill(actor.process, SIGINT);
        }
    }
}

void Supervisor::kill_all() {
    gives_up_ = !running();
    if (killed_)
        return;
    killed_ = !keeps_bridge();
    std::string names = unfinished();
    if (!names.empty())
        tell("killed " + names);
    else if (stage_ > 0)
        tell("the embedded interpreters do not end: SIGKILL");
    for (Actor &actor : actors_)
        if (actor.state == State::running && actor.process > 0 && !is_spared(actor))
            kill(actor.process, SIGKILL);
    if (stage_ > 0)
        kill(stage_, SIGKILL);
}

bool Supervisor::scripts_run() const {
    return (watcher_ && !stopping_) || stage_ > 0 ||
           std::any_of(actors_.begin(), actors_.end(),
                       [](const Actor &a) { return a.state != State::ended && !a.script->serves; });
}

bool Supervisor::running() const {
    return (watcher_ && !stopping_) || stage_ > 0 ||
           std::any_of(actors_.begin(), actors_.end(),
                       [](const Actor &a) { return a.state != State::ended; });
}

// True while the reader of the output has not taken all text.
bool Supervisor::shows() const { return out_.awaited() >= 0 || err_.awaited() >= 0; }

// Waits until the reader has taken all text. If the run was called off, or is now, it does not wait longer than --grace.
void Supervisor::show_rest() {
    timeout_ = last_call_ = Clock::time_point::max();
    if (called_off_)
        last_call_ = Clock::now() + seconds(plan_.options.grace);
    while (shows() && !gives_up_)
        step();
}

// True while a debugger has the terminal.
bool Supervisor::debugs() const {
    return isatty(0) && std::any_of(actors_.begin(), actors_.end(), [](const Actor &a) {
               return a.script->has_terminal && a.state == State::running;
           });
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
        }
        take_company();
        if (!running())
            break;
        step();
    }
    drain();
    for (auto &source : sources_)
        finish(*source);
    check_screens();
    if (trace_)
        finish_trace();
    show_rest();
    lina_arena_close(arena_);
    guard_.expect_end();
    return code_ == 0 && lost_log_ ? 1 : code_;
}

void Supervisor::finish_trace() {
    try {
        for (const std::string &line : trace_->finish())
            tell(line);
    } catch (const Refusal &refusal) {
        tell(refusal.what());
        if (code_ == 0)
            code_ = 1;
    }
}

int run(const Plan &plan) { return Supervisor(plan).run(); }

} // namespace lina_cli
