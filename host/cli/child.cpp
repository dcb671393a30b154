#include "child.hpp"

#include <cerrno>
#include <csignal>
#include <cstring>
#include <fcntl.h>
#include <filesystem>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "plan.hpp"

namespace lina_cli {

Pipe::Pipe() {
    int ends[2];
    if (pipe2(ends, O_CLOEXEC) != 0)
        throw Refusal(std::string("A pipe cannot be made: ") + std::strerror(errno));
    read = ends[0], write = ends[1];
}

namespace {

// Runs in the child, between fork and exec. It must not take a lock, which another thread may have held at the fork.
[[noreturn]] void become(char **words, const Streams &streams, int report, pid_t parent) {
    prctl(PR_SET_PDEATHSIG, SIGKILL); // the children of a killed command die with it
    if (getppid() != parent)
        _exit(1); // the parent died before that
    sigset_t none;
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, nullptr);
    std::signal(SIGPIPE, SIG_DFL);
    std::signal(SIGINT, SIG_DFL); // the request to end; a shell lets its background jobs ignore it
    if (!streams.foreground)
        setsid();
    if (streams.terminal >= 0 && !streams.foreground)
        ioctl(streams.terminal, TIOCSCTTY, 0);
    int in = streams.in >= 0 ? streams.in : open("/dev/null", O_RDONLY);
    int out = streams.out >= 0 ? streams.out : streams.terminal;
    int err = streams.err >= 0 ? streams.err : streams.terminal;
    if (in > 0)
        dup2(in, 0);
    if (out >= 0)
        dup2(out, 1);
    if (err >= 0)
        dup2(err, 2);
    for (int kept : streams.kept)
        fcntl(kept, F_SETFD, 0);
    execvp(words[0], words);
    int error = errno;
    ssize_t ignored = write(report, &error, sizeof error);
    _exit(ignored > 0 ? 127 : 126);
}

// What to do if a word after -- is no program, but a file.
std::string advice(const std::string &word) {
    std::error_code error;
    if (!std::filesystem::is_regular_file(word, error))
        return "";
    std::string text;
    if (word.find('/') == std::string::npos)
        text += "; if you mean the program in this folder, write ./" + word;
    if (lina_host_language(word.c_str()) != nullptr)
        text += "; if you mean the script, name it before --";
    return text;
}

} // namespace

pid_t start_process(const std::vector<std::string> &command, const Streams &streams) {
    Pipe report; // tells why exec failed; closes when it succeeds
    std::vector<char *> words;
    for (const std::string &word : command)
        words.push_back(const_cast<char *>(word.c_str()));
    words.push_back(nullptr);
    pid_t parent = getpid(), child = fork();
    if (child == 0)
        become(words.data(), streams, report.write, parent);
    close(report.write);
    int error = 0;
    ssize_t n = child < 0 ? 0 : read(report.read, &error, sizeof error);
    close(report.read);
    if (child < 0)
        throw Refusal(std::string("A process cannot be made: ") + std::strerror(errno));
    if (n > 0) {
        waitpid(child, nullptr, 0);
        throw Refusal(command[0] + " cannot be executed: " + std::strerror(error) +
                      advice(command[0]));
    }
    return child;
}

} // namespace lina_cli
