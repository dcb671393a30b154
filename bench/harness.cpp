/* harness.cpp - see harness.hpp. */
#include "harness.hpp"

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <sched.h>

#include "lina.h"

namespace bench {

static bool is_quick;
static cpu_set_t cores; /* those of the process when it began */

void begin(int argc, char **argv) {
    for (int i = 1; i < argc; i++) {
        if (std::strcmp(argv[i], "--quick") != 0)
            die(std::string("usage: ") + argv[0] + " [--quick]");
        is_quick = true;
    }
    sched_getaffinity(0, sizeof cores, &cores);
    std::setvbuf(stdout, nullptr, _IOLBF, 0);
}

bool quick() { return is_quick; }

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

double median(std::vector<double> values) {
    auto middle = values.begin() + long(values.size() / 2);
    std::nth_element(values.begin(), middle, values.end());
    return *middle;
}

/* ---- races ------------------------------------------------------------------------------------- */

race::race(std::string id, std::string what) : id_(std::move(id)), what_(std::move(what)) {}

void race::add(const std::string &name, std::function<void(uint64_t)> work) {
    add_timed(name, [work = std::move(work)](uint64_t n) {
        double start = cpu_ns();
        work(n);
        return cpu_ns() - start;
    });
}

void race::add_timed(const std::string &name, std::function<double(uint64_t)> work) {
    contenders_.push_back({name, std::move(work), 1, {}});
}

void race::absent(const std::string &name, const std::string &why) {
    absent_.emplace_back(name, why);
}

/* Finds how many operations make a round; warms up on the way. */
void race::calibrate(contender &c, uint64_t unit) const {
    double wanted = is_quick ? 1e5 : 1e6;
    for (c.n = unit;; c.n *= 2)
        if (c.work(c.n) >= wanted / 2 || c.n >= UINT64_C(1) << 32)
            return;
}

static void print_pairs(const char *key,
                        const std::vector<std::pair<std::string, std::string>> &of) {
    std::printf(", \"%s\": {", key);
    for (size_t i = 0; i < of.size(); i++)
        std::printf("%s\"%s\": %s", i == 0 ? "" : ", ", of[i].first.c_str(), of[i].second.c_str());
    std::printf("}");
}

static std::string number(double x) {
    char text[32];
    std::snprintf(text, sizeof text, "%.2f", x);
    return text;
}

void race::run(uint64_t unit) {
    for (contender &c : contenders_)
        calibrate(c, unit);
    for (int round = 0; round < (is_quick ? 5 : 21); round++)
        for (contender &c : contenders_) {
            c.work(unit); /* the caches are full of what the one before has touched */
            c.ns.push_back(c.work(c.n) / double(c.n));
        }

    std::vector<std::pair<std::string, std::string>> values, missing;
    for (const contender &c : contenders_)
        values.emplace_back(c.name, number(median(c.ns)));
    for (const auto &[name, why] : absent_)
        missing.emplace_back(name, '"' + why + '"');
    std::printf("{\"id\": \"%s\", \"what\": \"%s\", \"unit\": \"ns\"", id_.c_str(), what_.c_str());
    print_pairs("values", values);
    print_pairs("absent", missing);
    std::printf("}\n");
}

void print_value(const std::string &id, const std::string &what, const std::string &unit,
                 double lina) {
    std::printf("{\"id\": \"%s\", \"what\": \"%s\", \"unit\": \"%s\"", id.c_str(), what.c_str(),
                unit.c_str());
    print_pairs("values", {{"Lina", number(lina)}});
    std::printf("}\n");
}

void print_point(const std::string &operation, const std::string &axis, double at, double ns) {
    std::printf("{\"curve\": \"%s\", \"axis\": \"%s\", \"at\": %.0f, \"ns\": %.2f}\n",
                operation.c_str(), axis.c_str(), at, ns);
}

/* ---- places ------------------------------------------------------------------------------------ */

const char *place_name(place p) {
    return p == place::two_cores ? "two cores" : p == place::one_core ? "one core" : "not pinned";
}

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
