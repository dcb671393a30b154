/* harness.cpp - see harness.hpp. */
#include "harness.hpp"

#include <algorithm>
#include <cctype>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <sched.h>

#include "lina.h"

namespace bench {

static bool is_quick, is_list, is_in_turns;
static std::vector<std::string> rows; /* the rows of --row; if empty, all rows */
static cpu_set_t cores;               /* the cores that the process had when it began */

void begin(int argc, char **argv) {
    for (int i = 1; i < argc; i++) {
        const std::string option = argv[i];
        if (option == "--quick")
            is_quick = true;
        else if (option == "--list")
            is_list = true;
        else if (option == "--in-turns")
            is_in_turns = true;
        else if (option == "--row" && i + 1 < argc)
            rows.emplace_back(argv[++i]);
        else
            die(std::string("usage: ") + argv[0] +
                " [--quick] [--list | --in-turns] [--row LABEL]...");
    }
    sched_getaffinity(0, sizeof cores, &cores);
    std::setvbuf(stdout, nullptr, _IOLBF, 0);
}

bool quick() { return is_quick; }

static bool is_selected(const std::string &label) {
    return rows.empty() || std::any_of(rows.begin(), rows.end(), [&](const std::string &row) {
               return label.compare(0, row.size(), row) == 0 &&
                      (label.size() == row.size() || !std::isalnum(label[row.size()]));
           });
}

/* True if this run measures the row. */
static bool is_wanted(const std::string &label) {
    bool selected = is_selected(label);
    if (selected && is_list)
        std::printf("%s\n", label.c_str());
    return selected && !is_list;
}

static double clock_ns(clockid_t clock) {
    timespec t;
    clock_gettime(clock, &t);
    return double(t.tv_sec) * 1e9 + double(t.tv_nsec);
}

double now_ns() { return clock_ns(CLOCK_MONOTONIC); }

double cpu_ns() { return clock_ns(CLOCK_THREAD_CPUTIME_ID); }

void die(const std::string &what) {
    std::fprintf(stderr, "%s\n", what.c_str());
    std::exit(1);
}

void check(int rc) {
    if (rc != LINA_OK)
        die(std::string("Lina: ") + lina_last_error());
}

/* ---- races ------------------------------------------------------------------------------------- */

static double default_round_ns() { return is_in_turns ? 1.5e6 : is_quick ? 1e5 : 1e6; }

race::race(std::string id, std::string what)
    : id_(std::move(id)), what_(std::move(what)), wanted_(is_wanted(id_ + ' ' + what_)),
      round_ns_(default_round_ns()) {}

race::race(std::string operation, std::string axis, uint64_t at)
    : id_("growth"), what_(std::move(operation)),
      point_(", \"axis\": \"" + axis + "\", \"at\": " + std::to_string(at)),
      wanted_(is_wanted("growth " + what_ + ", " + std::to_string(at) + ' ' + axis)),
      round_ns_(default_round_ns()) {}

void race::add(const std::string &name, std::function<void(uint64_t)> work) {
    add_timed(name, [work = std::move(work)](uint64_t n) {
        double start = cpu_ns();
        work(n);
        return cpu_ns() - start;
    });
}

static bool is_ours(const std::string &name) {
    return name.compare(0, 4, "Lina") == 0 || name.compare(0, 5, "limit") == 0;
}

void race::add_timed(const std::string &name, std::function<double(uint64_t)> work) {
    if (wanted_ && (!is_in_turns || is_ours(name)))
        contenders_.push_back({name, std::move(work), 1, true, {}});
}

void race::absent(const std::string &name, const std::string &why) {
    absent_.emplace_back(name, why);
}

/* Finds how many operations make a round, and warms up on the way. The work around an operation is not timed and may
 * take far longer, so the wall clock limits a round as well. A round must be long enough twice, because another
 * program may have had the core the first time. */
void race::calibrate(contender &c, uint64_t unit) const {
    const double most_wall_ns = std::max(40 * round_ns_, is_quick ? 1e7 : 4e7);
    double wall_ns;
    auto is_long_enough = [&] {
        double start = now_ns();
        double ns = c.work(c.n);
        wall_ns = now_ns() - start;
        return ns >= round_ns_ / 2 || wall_ns >= most_wall_ns / 2;
    };
    for (c.n = unit; !is_long_enough() || (wall_ns < most_wall_ns && !is_long_enough()); c.n *= 2)
        ;
    c.warm_up = c.n > unit || wall_ns < most_wall_ns / 2;
}

/* Measures a round: nanoseconds for one operation. */
double race::measure(const contender &c, uint64_t unit) const {
    if (c.warm_up)
        c.work(unit); /* the contender before has filled the caches with its own memory */
    return c.work(c.n) / double(c.n);
}

static void print_key(const char *key) { std::printf(", \"%s\": {", key); }

static std::string quoted(const std::string &text) { return '"' + text + '"'; }

void race::run(uint64_t unit) {
    if (!wanted_)
        return;
    for (contender &c : contenders_)
        calibrate(c, unit);
    if (is_in_turns)
        take_turns(unit);
    const double most_ns = is_quick ? 4e8 : 3e9;
    const size_t fewest = is_quick ? 3 : 7, most = is_quick ? 5 : 21, count = contenders_.size();
    double start = now_ns();
    for (size_t round = 0; round < most; round++) {
        if (round >= fewest && now_ns() - start > most_ns)
            break;
        for (size_t i = 0; i < count; i++) {
            contender &c = contenders_[(round + i) % count];
            c.ns.push_back(measure(c, unit));
        }
    }
    print();
}

/* Measures a round whenever the parent asks for one. Between two rounds, another process measures the same row of
 * another build, so a round must first fill the caches again. Never returns. */
void race::take_turns(uint64_t unit) {
    std::printf("ready\n");
    while (std::getchar() != EOF) {
        for (size_t i = 0; i < contenders_.size(); i++) {
            contender &c = contenders_[i];
            if (c.warm_up)
                c.work(std::max(c.n / 4 / unit, UINT64_C(1)) * unit);
            std::printf("%s%s: %.3f", i == 0 ? "{" : ", ", quoted(c.name).c_str(),
                        measure(c, unit));
        }
        std::printf("}\n");
    }
    std::exit(0);
}

void race::print() const {
    std::printf("{\"id\": %s, \"what\": %s, \"unit\": \"ns\"%s", quoted(id_).c_str(),
                quoted(what_).c_str(), point_.c_str());
    print_key("values");
    for (size_t i = 0; i < contenders_.size(); i++) {
        const contender &c = contenders_[i];
        std::printf("%s%s: [", i == 0 ? "" : ", ", quoted(c.name).c_str());
        for (size_t round = 0; round < c.ns.size(); round++)
            std::printf("%s%.3f", round == 0 ? "" : ", ", c.ns[round]);
        std::printf("]");
    }
    std::printf("}");
    print_key("absent");
    for (size_t i = 0; i < absent_.size(); i++)
        std::printf("%s%s: %s", i == 0 ? "" : ", ", quoted(absent_[i].first).c_str(),
                    quoted(absent_[i].second).c_str());
    std::printf("}}\n");
}

void print_value(const std::string &id, const std::string &what, const std::string &unit,
                 double lina) {
    if (is_wanted(id + ' ' + what) && !is_in_turns)
        std::printf("{\"id\": %s, \"what\": %s, \"unit\": %s, \"values\": {\"Lina\": %.2f}}\n",
                    quoted(id).c_str(), quoted(what).c_str(), quoted(unit).c_str(), lina);
}

/* ---- places ------------------------------------------------------------------------------------ */

int core_at(place p, int side) {
    int wanted = p == place::two_cores ? side : 0;
    for (int core = 0, seen = 0; p != place::anywhere && core < CPU_SETSIZE; core++)
        if (CPU_ISSET(core, &cores) && seen++ == wanted)
            return core;
    return -1;
}

bool settle(place p, int side) {
    cpu_set_t set = cores;
    int core = core_at(p, side);
    if (p != place::anywhere) {
        CPU_ZERO(&set);
        if (core >= 0)
            CPU_SET(core, &set);
    }
    return sched_setaffinity(0, sizeof set, &set) == 0;
}

} // namespace bench
