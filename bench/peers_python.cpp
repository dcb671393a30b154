/* peers_python.cpp - Python's standard library. python_peer.py runs in a child process and answers with times. */
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <sys/wait.h>
#include <unistd.h>

#include "peers.hpp"

namespace bench {
namespace {

/* One child for all races of this program. */
class python {
  public:
    static python &get() {
        static python one;
        return one;
    }
    const char *why_not() const { return alive_ ? nullptr : "no Python at $LINA_PYTHON"; }
    double operator()(const char *operation, place where, uint64_t n) {
        int first = core_at(where, 0), second = core_at(where, 1);
        std::fprintf(to_, "%s %d %d %llu\n", operation, first, second,
                     static_cast<unsigned long long>(n));
        std::fflush(to_);
        double ns;
        if (std::fscanf(from_, "%lf", &ns) != 1)
            die("Python gave no answer");
        return ns;
    }

  private:
    python() {
        const char *program = std::getenv("LINA_PYTHON");
        int down[2], up[2];
        if (pipe(down) != 0 || pipe(up) != 0)
            die("no pipe to Python");
        child_ = fork();
        if (child_ == 0) {
            dup2(down[0], 0);
            dup2(up[1], 1);
            for (int fd : {down[0], down[1], up[0], up[1]})
                close(fd);
            settle(place::anywhere, 0);
            program = program != nullptr ? program : "python3";
            execlp(program, program, LINA_BENCH_FOLDER "/python_peer.py", nullptr);
            _exit(127);
        }
        close(down[0]);
        close(up[1]);
        to_ = fdopen(down[1], "w");
        from_ = fdopen(up[0], "r");
        signal(SIGPIPE, SIG_IGN);
        std::fprintf(to_, "attach -1 -1 1\n");
        std::fflush(to_);
        double ns;
        alive_ = std::fscanf(from_, "%lf", &ns) == 1;
    }
    ~python() {
        std::fclose(to_);
        std::fclose(from_);
        waitpid(child_, nullptr, 0);
    }

    pid_t child_;
    FILE *to_, *from_;
    bool alive_;
};

} // namespace

void python_channels(channel_race &race) {
    static const char *const events[] = {"threading.Event", "multiprocessing.Event"};
    const char *why = python::get().why_not();
    for (const char *event : events) {
        if (why != nullptr)
            race.absent(event, why);
        else
            race.add_timed(event, [event, where = race.where()](uint64_t n) {
                return python::get()(event, where, n);
            });
    }
}

void python_flow(flow_race &race, uint64_t nbytes) {
    if (const char *why = python::get().why_not())
        return race.absent("multiprocessing.Queue", why);
    std::string operation = "queue:" + std::to_string(nbytes);
    race.add_timed("multiprocessing.Queue", [operation](uint64_t n) {
        return python::get()(operation.c_str(), place::two_cores, n);
    });
}

void python_attach(race &race) {
    if (const char *why = python::get().why_not())
        return race.absent("Python SharedMemory", why);
    race.add_timed("Python SharedMemory",
                   [](uint64_t n) { return python::get()("attach", place::one_core, n); });
    /* Joining an arena reads from it, and the first touch of a page costs time. So this peer reads a byte as well. */
    race.add_timed("Python SharedMemory, a byte read",
                   [](uint64_t n) { return python::get()("attach+look", place::one_core, n); });
}

} // namespace bench
