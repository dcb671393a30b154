/* harness.hpp - what the bench programs share: races, clocks, places.
 *
 * A race measures its contenders in turn, round after round, so that a disturbance of the machine affects all of them
 * alike. It prints what each contender took in each round, as a line of JSON. table.py documents the format.
 *
 * Each race is a row of the table. A row has a label: its target and its name, such as "P8 create, 64 B". A program
 * measures all of its rows, or those that `--row` names. The constructor of a race makes its row known. A program
 * makes expensive preparations only if the race is `wanted()`. */
#ifndef LINA_BENCH_HARNESS_HPP
#define LINA_BENCH_HARNESS_HPP

#include <cstdint>
#include <functional>
#include <string>
#include <utility>
#include <vector>

namespace bench {

/* Reads the command line. Every main() begins with it.
 *     --quick       few and short rounds
 *     --row LABEL   only rows whose label is LABEL or begins with its words; can be repeated
 *     --list        prints the labels of these rows and measures nothing
 *     --in-turns    for against.py: measures the first of these rows, Lina and the limits only; for each line of
 *                   standard input it measures one round and prints a line of JSON */
void begin(int argc, char **argv);
bool quick();

double now_ns();
/* The time that this thread has run, including time in the kernel. It gives the cost of work even if other programs
 * use the machine. Use now_ns for work that sleeps. */
double cpu_ns();

/* Prints an error and ends the program. */
[[noreturn]] void die(const std::string &what);
/* Dies with lina_last_error unless `rc` is LINA_OK. */
void check(int rc);

/* Makes the compiler believe that memory was read and written here. */
inline void clobber() { __asm__ __volatile__("" : : : "memory"); }

/* The same for the memory at a pointer. */
template <typename T> inline void use(T *p) { __asm__ __volatile__("" : : "r"(p) : "memory"); }

/* Tells the core that this loop waits for another core. */
inline void relax() {
#if defined(__x86_64__)
    __builtin_ia32_pause();
#elif defined(__aarch64__)
    __asm__ __volatile__("isb");
#endif
}

class race {
  public:
    /* `id` is the target, such as "P4". `what` distinguishes this race from others of that target. */
    race(std::string id, std::string what);
    /* A point of a growth curve: the cost of `operation` when `axis` is `at`. */
    race(std::string operation, std::string axis, uint64_t at);
    /* False if this run leaves the row out. Then contenders need not be added, and `run` does nothing. */
    bool wanted() const { return wanted_; }
    /* Sets the least duration of a round for each contender. The default is about a millisecond. */
    void make_rounds_last(double ns) { round_ns_ = ns; }
    /* Adds a contender. `work` does its operation n times and does not sleep. Names that begin with "Lina" or
     * "limit" have a special meaning (see table.py); all others are peers. */
    void add(const std::string &name, std::function<void(uint64_t n)> work);
    /* The same for work that measures its own time. It returns nanoseconds. */
    void add_timed(const std::string &name, std::function<double(uint64_t n)> work);
    /* Notes that a peer cannot take part, and why. */
    void absent(const std::string &name, const std::string &why);
    /* Measures and prints, within a few seconds. Each contender does at least `unit` operations at a time. */
    void run(uint64_t unit = 1);

  private:
    struct contender {
        std::string name;
        std::function<double(uint64_t)> work;
        uint64_t n;
        bool warm_up;
        std::vector<double> ns;
    };
    void calibrate(contender &c, uint64_t unit) const;
    double measure(const contender &c, uint64_t unit) const;
    void take_turns(uint64_t unit);
    void print() const;

    std::string id_, what_, point_; /* `point_`: JSON of the place on the curve */
    bool wanted_;
    double round_ns_;
    std::vector<contender> contenders_;
    std::vector<std::pair<std::string, std::string>> absent_;
};

/* Prints one number that needs no race. */
void print_value(const std::string &id, const std::string &what, const std::string &unit,
                 double lina);

/* The cores on which the two sides of a race run. */
enum class place { two_cores, one_core, anywhere };
/* The core of side 0 or 1; -1 for any core, or if the process has too few. */
int core_at(place p, int side);
/* Puts the calling thread on its core, or on all cores of the process. False if the process has too few cores. */
bool settle(place p, int side);

} // namespace bench

#endif
