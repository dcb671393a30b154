/* channels.hpp - round trips: two sides that signal each other and wait for each other. */
#ifndef LINA_BENCH_CHANNELS_HPP
#define LINA_BENCH_CHANNELS_HPP

#include <memory>

#include "harness.hpp"

namespace bench {

/* Sides are 0 and 1. One thread acts for a side at a time. */
struct channel {
    virtual ~channel() = default;
    virtual void signal(int to) = 0;
    virtual void wait(int at) = 0; /* for the other side's next signal */
};

/* A race between two threads that signal each other, on cores that `place` chooses. If that is anywhere, the cores on
 * which they begin matter for a long time. A figure is the time for a round trip, divided by `parts`. */
class channel_race {
  public:
    channel_race(const std::string &id, const std::string &what, place where, place begun,
                 unsigned parts = 1)
        : where_(where), begun_(begun), parts_(parts), race_(id, what) {}
    void add(const std::string &name, std::unique_ptr<channel> channel);
    /* For peers that have both sides themselves: `work` makes n round trips. */
    void add_timed(const std::string &name, std::function<double(uint64_t)> work) {
        race_.add_timed(name, std::move(work));
    }
    void absent(const std::string &name, const std::string &why) { race_.absent(name, why); }
    place where() const { return where_; }
    bool wanted() const { return race_.wanted(); }
    void make_rounds_last(double ns) { race_.make_rounds_last(ns); }
    void run() { race_.run(); }

  private:
    place where_, begun_;
    unsigned parts_;
    race race_;
};

} // namespace bench

#endif
