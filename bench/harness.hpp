/* harness.hpp - what the bench programs share: races, clocks, places.
 *
 * A race measures its contenders in turn, round after round, so that whatever disturbs the machine
 * disturbs all of them alike. It prints what each one took in each round, as one line of JSON in the
 * schema that table.py documents.
 *
 * Each race is a row, and a row has a label: its target and its name, such as "P8 create, 64 B". A
 * program measures all of its rows, or those that `--row` names. A row is known from the moment on at
 * which its race is constructed; what is dear to prepare is prepared only if the race is `wanted()`. */
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
 *     --row LABEL   only rows whose label is LABEL or begins with it, up to the end of a word; repeatable
 *     --list        prints the labels of these rows and measures nothing
 *     --in-turns    measures the first of these rows for against.py: Lina and the limits only, one
 *                   round for each line of standard input, and answers with a line of JSON */
void begin(int argc, char **argv);
bool quick();

double now_ns();
/* Time that this thread has been running, in the kernel too: on a machine that others use as well,
 * it tells what work costs. Work that sleeps is timed by now_ns. */
double cpu_ns();

/* Ends the program with a sentence: a bench that cannot do its work measures nothing. */
[[noreturn]] void die(const std::string &what);
/* Dies with Lina's own sentence unless `rc` is LINA_OK. */
void check(int rc);

/* Makes the compiler believe that memory was read and written here. */
inline void clobber() { __asm__ __volatile__("" : : : "memory"); }

/* The same for what a pointer leads to. */
template <typename T> inline void use(T *p) { __asm__ __volatile__("" : : "r"(p) : "memory"); }

/* Tells the core that this is a loop that waits for another one. */
inline void relax() {
#if defined(__x86_64__)
    __builtin_ia32_pause();
#elif defined(__aarch64__)
    __asm__ __volatile__("isb");
#endif
}

class race {
  public:
    /* `id` is a target's, such as "P4"; `what` tells this race from its siblings. */
    race(std::string id, std::string what);
    /* A point of a growth curve: what `operation` costs where `axis` is `at`. */
    race(std::string operation, std::string axis, uint64_t at);
    /* False if this run leaves the row out: then nothing needs to be added, and `run` does nothing. */
    bool wanted() const { return wanted_; }
    /* How long a round of each contender lasts at least; about a millisecond if nothing is said. */
    void make_rounds_last(double ns) { round_ns_ = ns; }
    /* A contender: `work` does its operation n times, and does not sleep. Names that begin with "Lina" or
     * "limit" have a meaning of their own; all others are peers. */
    void add(const std::string &name, std::function<void(uint64_t n)> work);
    /* The same for work that tells itself how many nanoseconds of it count. */
    void add_timed(const std::string &name, std::function<double(uint64_t n)> work);
    /* A peer that cannot take part, and why. */
    void absent(const std::string &name, const std::string &why);
    /* Measures and prints, within a few seconds. `unit` operations are the fewest that make sense at
     * once. */
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

    std::string id_, what_, point_; /* the last: JSON of the place on the curve */
    bool wanted_;
    double round_ns_;
    std::vector<contender> contenders_;
    std::vector<std::pair<std::string, std::string>> absent_;
};

/* One number that needed no race. */
void print_value(const std::string &id, const std::string &what, const std::string &unit,
                 double lina);

/* Puts the calling thread on one core, or on all that the process has. */
enum class place { two_cores, one_core, anywhere };
/* The core of side 0 or 1; -1 for any, and where the process has too few. */
int core_at(place p, int side);
/* False where the process has too few cores. */
bool settle(place p, int side);

} // namespace bench

#endif
