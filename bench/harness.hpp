/* harness.hpp - what the bench programs share: races, clocks, places.
 *
 * A race measures its contenders in turn, round after round, so that whatever disturbs the machine
 * disturbs all of them alike, and reports each one's median. It prints one line of JSON, in the
 * schema that table.py documents. */
#ifndef LINA_BENCH_HARNESS_HPP
#define LINA_BENCH_HARNESS_HPP

#include <cstdint>
#include <functional>
#include <string>
#include <utility>
#include <vector>

namespace bench {

/* Reads the command line: `--quick` for few and short rounds. Every main() begins with it. */
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

class race {
  public:
    /* `id` is a target's, such as "P4"; `what` tells this race from its siblings. */
    race(std::string id, std::string what);
    /* A contender: `work` does its operation n times, and does not sleep. "Lina" and names that begin with "limit" have
     * a meaning of their own; all others are peers. */
    void add(const std::string &name, std::function<void(uint64_t n)> work);
    /* The same for work that tells itself how many nanoseconds of it count. */
    void add_timed(const std::string &name, std::function<double(uint64_t n)> work);
    /* A peer that cannot take part, and why. */
    void absent(const std::string &name, const std::string &why);
    /* Measures and prints. `unit` operations are the fewest that make sense at once. */
    void run(uint64_t unit = 1);

  private:
    struct contender {
        std::string name;
        std::function<double(uint64_t)> work;
        uint64_t n;
        std::vector<double> ns;
    };
    void calibrate(contender &c, uint64_t unit) const;

    std::string id_, what_;
    std::vector<contender> contenders_;
    std::vector<std::pair<std::string, std::string>> absent_;
};

double median(std::vector<double> values);

/* One number that needed no race. */
void print_value(const std::string &id, const std::string &what, const std::string &unit,
                 double lina);
/* One point of a growth curve: what an operation costs where `axis` is `at`. */
void print_point(const std::string &operation, const std::string &axis, double at, double ns);

/* Puts the calling thread on one core, or on all that the process has. */
enum class place { two_cores, one_core, anywhere };
const char *place_name(place p);
/* The core of side 0 or 1; -1 for any, and where the process has too few. */
int core_at(place p, int side);
/* False where the process has too few cores. */
bool settle(place p, int side);

} // namespace bench

#endif
