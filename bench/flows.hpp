/* flows.hpp - traffic in one direction: side 0 sends messages, and side 1 takes them. */
#ifndef LINA_BENCH_FLOWS_HPP
#define LINA_BENCH_FLOWS_HPP

#include <memory>

#include "harness.hpp"

namespace bench {

constexpr unsigned flow_depth = 8; /* how many messages may be under way */

/* What happens when side 1 is slow: side 0 waits, or side 1 loses messages. */
enum class when_full { wait, lose };

struct flow {
    virtual ~flow() = default;
    virtual void send() = 0;
    /* Takes a message, and waits for it. A flow that loses messages waits for a moment at most: false without one. */
    virtual bool take() = 0;
};

/* A race between flows from one core to another. A figure is the time for a message. If messages may be lost, that is
 * the time that the sender needs while the other side takes what it can. */
class flow_race {
  public:
    flow_race(const std::string &id, const std::string &what, when_full full)
        : full_(full), race_(id, what) {
        race_.make_rounds_last(quick() ? 1e6 : 1e7);
    }
    void add(const std::string &name, std::unique_ptr<flow> flow);
    /* For peers that have both sides themselves: `work` moves n messages. */
    void add_timed(const std::string &name, std::function<double(uint64_t)> work) {
        race_.add_timed(name, std::move(work));
    }
    void absent(const std::string &name, const std::string &why) { race_.absent(name, why); }
    when_full full() const { return full_; }
    bool wanted() const { return race_.wanted(); }
    void run() { race_.run(); }

  private:
    when_full full_;
    race race_;
};

} // namespace bench

#endif
