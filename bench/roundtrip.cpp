/* roundtrip.cpp - P1, P2, P3: measures a signal and the wait for the answer.
 *
 * The limits do nothing else: two threads hand one word back and forth. They either spin or sleep in the kernel. The
 * place decides which of the two is the limit: on one core, a spinning thread keeps its partner from answering. If
 * threads are not pinned, the system moves them, but not at once. So those races have long rounds, and begin both on
 * one core and on two. */
#include <atomic>
#include <climits>
#include <linux/futex.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "fixture.hpp"
#include "peers.hpp"

using namespace bench;

namespace {

/* Signals by handle. Each wait has a target value, so no signal needs to be cleared. */
class lina_channel : public channel {
  public:
    lina_channel() : arena_(4096, 1, 2) {
        check(lina_signal_open(arena_, "ping", &sides_[0].signal));
        check(lina_signal_open(arena_, "pong", &sides_[1].signal));
    }
    void signal(int to) override { lina_signal_raise(&sides_[to].signal); }
    void wait(int at) override {
        check(lina_signal_wait_value(&sides_[at].signal, ++sides_[at].target, LINA_FOREVER));
    }

  private:
    arena arena_;
    /* The other side reads the handle, so words that this side writes lie on another cache line. */
    struct {
        alignas(128) lina_signal_t signal;
        alignas(128) uint64_t target = 0;
    } sides_[2];
};

class spin_channel : public channel {
  public:
    void signal(int to) override { turn_.store(to, std::memory_order_release); }
    void wait(int at) override {
        while (turn_.load(std::memory_order_acquire) != at)
            relax();
    }

  private:
    alignas(128) std::atomic<int> turn_{-1};
};

class futex_channel : public channel {
  public:
    void signal(int to) override {
        turn_.store(to, std::memory_order_release);
        syscall(SYS_futex, &turn_, FUTEX_WAKE, INT_MAX, nullptr, nullptr, 0);
    }
    void wait(int at) override {
        int turn;
        while ((turn = turn_.load(std::memory_order_acquire)) != at)
            syscall(SYS_futex, &turn_, FUTEX_WAIT, turn, nullptr, nullptr, 0);
    }

  private:
    alignas(128) std::atomic<int> turn_{-1};
};

} // namespace

static void round_trips(const char *id, const char *what, place where, place begun) {
    channel_race race(id, what, where, begun);
    if (!race.wanted())
        return;
    race.add("Lina", std::make_unique<lina_channel>());
    race.add(where == place::two_cores ? "limit" : "bare spin", std::make_unique<spin_channel>());
    race.add(where == place::one_core ? "limit" : "bare futex", std::make_unique<futex_channel>());
    posix_channels(race);
    zeromq_channels(race);
    iceoryx_channels(race);
    iceoryx2_channels(race);
    python_channels(race);
    double ns = where == place::anywhere ? 5e7 : 5e6;
    race.make_rounds_last(quick() ? ns / 10 : ns);
    race.run();
}

int main(int argc, char **argv) {
    begin(argc, argv);
    if (!settle(place::two_cores, 1))
        die("round trips between cores need two of them");
    round_trips("P1", "round trip, two cores", place::two_cores, place::two_cores);
    round_trips("P2", "round trip, one core", place::one_core, place::one_core);
    round_trips("P3", "round trip, not pinned, begun on two cores", place::anywhere,
                place::two_cores);
    round_trips("P3", "round trip, not pinned, begun on one core", place::anywhere,
                place::one_core);
}
