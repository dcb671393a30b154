/* channels.hpp - what a round trip is made of: two sides that signal and wait for each other. */
#ifndef LINA_BENCH_CHANNELS_HPP
#define LINA_BENCH_CHANNELS_HPP

#include <memory>

#include "harness.hpp"

namespace bench {

/* Sides are 0 and 1. One thread acts for a side at a time. */
struct channel {
    virtual ~channel() = default;
    virtual void signal(int to) = 0;
    virtual void wait(int at) = 0; /* until the other side has signalled once more */
};

/* A race of round trips between two threads in one of the three places. */
class channel_race {
  public:
    channel_race(const std::string &id, place where)
        : where_(where), race_(id, std::string("round trip, ") + place_name(where)) {}
    void add(const std::string &name, std::unique_ptr<channel> channel);
    /* For peers that bring their partner along: `work` makes n round trips. */
    void add_timed(const std::string &name, std::function<double(uint64_t)> work) {
        race_.add_timed(name, std::move(work));
    }
    void absent(const std::string &name, const std::string &why) { race_.absent(name, why); }
    place where() const { return where_; }
    bool wanted() const { return race_.wanted(); }
    void run() { race_.run(); }

  private:
    place where_;
    race race_;
};

} // namespace bench

#endif
