/* threads.cpp - P17: measures views in two threads, of two arrays and of the same array. The figure is the time
 * divided by the views of both threads. If the threads do not disturb each other at all, it is half of the time of a
 * single thread. */
#include <algorithm>
#include <atomic>
#include <thread>

#include "fixture.hpp"
#include "harness.hpp"

using namespace bench;

namespace {

/* Nanoseconds in which `threads` threads together do `n` operations, in equal shares: the time of the slowest
 * thread. */
template <typename Work> double time(uint64_t n, unsigned threads, Work work) {
    std::atomic<unsigned> ready{0};
    std::vector<double> ns(threads);
    auto run = [&](unsigned side) {
        settle(place::two_cores, int(side));
        work(side, 16); /* warms up */
        ready++;
        while (ready != threads)
            relax();
        double start = now_ns();
        work(side, n / threads);
        ns[side] = now_ns() - start;
    };
    std::vector<std::thread> others;
    for (unsigned side = 1; side < threads; side++)
        others.emplace_back(run, side);
    run(0);
    for (std::thread &other : others)
        other.join();
    return *std::max_element(ns.begin(), ns.end());
}

void add(race &race, const std::string &name, unsigned threads,
         std::function<void(unsigned, uint64_t)> work) {
    race.add_timed(name, [threads, work](uint64_t n) { return time(n, threads, work); });
}

/* Two arrays that were made one after the other, as arrays that belong together usually are. */
const char *const names[] = {"left", "right"};

void by_handle(const std::string &what, bool same) {
    race race("P17", "acquire + release by handle, two threads, " + what);
    if (!race.wanted())
        return;
    arena shared(4096, 16, 1);
    struct {
        alignas(128) lina_array_t array;
    } sides[2];
    for (const char *name : names)
        shared.create(name, 64);
    for (int side : {0, 1})
        check(lina_array_find(shared, names[same ? 0 : side], &sides[side].array));
    auto work = [&](unsigned side, uint64_t n) {
        for (; n > 0; n--) {
            lina_view_t view;
            lina_array_acquire(&sides[side].array, &view);
            lina_release(&view);
        }
    };
    add(race, "Lina", 2, work);
    add(race, "limit, one thread", 1, work);
    race.run(20000);
}

void by_name(const std::string &what, bool same) {
    race race("P17", "acquire + release, two threads, " + what);
    if (!race.wanted())
        return;
    arena shared(4096, 16, 1);
    for (const char *name : names)
        shared.create(name, 64);
    auto work = [&](unsigned side, uint64_t n) {
        const char *name = names[same ? 0 : side];
        for (; n > 0; n--) {
            lina_view_t view;
            lina_acquire(shared, name, &view);
            lina_release(&view);
        }
    };
    add(race, "Lina", 2, work);
    add(race, "limit, one thread", 1, work);
    race.run(20000);
}

} // namespace

int main(int argc, char **argv) {
    begin(argc, argv);
    if (!settle(place::two_cores, 1))
        die("two threads at a time need two cores");
    by_handle("two arrays", false);
    by_handle("the same array", true);
    by_name("two arrays", false);
    by_name("the same array", true);
}
