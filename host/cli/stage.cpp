// stage.cpp - the process in which all embedded scripts run: `lina __stage`, which only `lina run` starts.
//
// It is not the process of the command. So if an interpreter changes signals, corrupts memory or ends its process, the
// command can still report that, and end the stage. The two talk over a socket that keeps messages whole:
//
//   command: the scripts (stage_plan.hpp), then "start N", "stop N", "end"
//   stage:   "ended N STATUS", "refused N TEXT"
#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <mutex>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <system_error>
#include <thread>
#include <unistd.h>

#include "plan.hpp"
#include "stage_plan.hpp"

namespace lina_cli {

namespace {

struct Actor : Embedded {
    lina_script_t *script = nullptr;
};

std::string receive(int control) {
    std::string message(256 << 10, '\0');
    ssize_t n;
    do
        n = recv(control, message.data(), message.size(), 0);
    while (n < 0 && errno == EINTR);
    message.resize(n > 0 ? static_cast<std::size_t>(n) : 0);
    return message;
}

// A script may have closed the socket. This process's end is then the only thing that the command can learn.
void send_text(int control, const std::string &text) {
    while (send(control, text.data(), text.size(), MSG_NOSIGNAL) < 0)
        if (errno != EINTR)
            _exit(1);
}

// Blocks or unblocks a signal in this thread, and so in the threads that it starts from now on.
void mask(int how, int signal) {
    sigset_t one;
    sigemptyset(&one);
    sigaddset(&one, signal);
    pthread_sigmask(how, &one, nullptr);
}

// Only Julia's listener takes SIGINT, by sigwait.
void settle_signals() {
    mask(SIG_BLOCK, SIGINT);
    std::signal(SIGPIPE, SIG_IGN); // a script whose output has lost its reader gets an error
}

bool is_python(const Actor &actor) { return actor.info.language == std::string("python"); }

// A script of Python limits the time of its system calls by SIGALRM, so only Python's thread takes that: see start.
void leave_alarms(const std::vector<Actor> &actors) {
    if (std::any_of(actors.begin(), actors.end(), is_python))
        mask(SIG_BLOCK, SIGALRM);
}

void wait_for(int control, std::size_t number, lina_script_t *script) {
    int status = 1;
    lina_script_join(script, LINA_FOREVER, &status);
    send_text(control, "ended " + std::to_string(number) + " " + std::to_string(status));
}

void start(int control, std::size_t number, Actor &actor, std::vector<std::thread> &waiters) {
    lina_script_options_t options{};
    options.info = &actor.info;
    options.output = actor.out, options.errors = actor.err;
    options.flags = actor.reads ? LINA_SCRIPT_STDIN : 0;
    if (is_python(actor))
        mask(SIG_UNBLOCK, SIGALRM); // Python's thread inherits that
    int rc = lina_script_start(actor.path.c_str(), &options, &actor.script);
    if (is_python(actor))
        mask(SIG_BLOCK, SIGALRM);
    if (rc != LINA_OK)
        send_text(control, "refused " + std::to_string(number) + " " + lina_host_error());
    else
        waiters.emplace_back(wait_for, control, number, actor.script);
}

// The same. A std::thread that still runs must not be destroyed, so a failure ends the process here.
void start_or_end(int control, std::size_t number, Actor &actor,
                  std::vector<std::thread> &waiters) {
    try {
        start(control, number, actor, waiters);
    } catch (const std::system_error &error) { // no thread
        send_text(control, "refused " + std::to_string(number) + " " + error.what());
        _exit(1);
    }
}

// The JVM takes longest to start, so it is the first. Julia must start before Node, even if --after lets its script
// start later. A failure is not reported here, because the start of the script fails again, and reports it.
void prepare(const std::vector<Actor> &actors) {
    for (const std::string language : {"java", "julia"})
        for (const Actor &actor : actors)
            if (actor.info.language == language)
                lina_host_prepare(&actor.info);
}

} // namespace

int stage(int control) {
    settle_signals();
    std::setvbuf(stdout, nullptr, _IOLBF,
                 BUFSIZ); // what C code in a script prints is seen before the process ends
    lina_init();
    std::vector<Actor> actors;
    for (const Embedded &script : read_stage_plan(receive(control)))
        actors.push_back({script});
    leave_alarms(actors);
    prepare(actors);
    std::vector<std::thread> waiters;
    for (std::string message; !(message = receive(control)).empty() && message != "end";) {
        std::size_t number = std::stoul(message.substr(message.find(' ') + 1));
        if (message.rfind("start ", 0) == 0)
            start_or_end(control, number, actors.at(number), waiters);
        else if (actors.at(number).script != nullptr)
            lina_script_stop(actors[number].script);
    }
    for (std::thread &waiter : waiters)
        waiter.join();
    lina_host_end();
    std::fflush(nullptr);
    // The runtimes have ended, and exit would call what they have registered with atexit.
    _exit(0);
}

} // namespace lina_cli
