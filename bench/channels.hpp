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

/* A race between two threads that hand over to each other, in a place. Where that is anywhere, it matters
 * for long where they began. A figure is for both ways, or for `1 / parts` of them. */
class channel_race {
  public:
    channel_race(const std::string &id, const std::string &what, place where, place begun,
                 unsigned parts = 1)
        : where_(where), begun_(begun), parts_(parts), race_(id, what) {}
    void add(const std::string &name, std::unique_ptr<channel> channel);
    /* For peers that bring their partner along: `work` makes n round trips. */
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
