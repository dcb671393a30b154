/* peers_iceoryx.cpp - iceoryx 2.0: publishes and takes in one process. script/bench starts its daemon and tells by
 * LINA_BENCH_ROUDI whether it runs. Without the daemon, the runtime would end this process. */
#include <cstdlib>

#include "peers.hpp"

#ifdef HAVE_ICEORYX

#include <iceoryx_hoofs/log/logmanager.hpp>
#include <iceoryx_posh/popo/untyped_publisher.hpp>
#include <iceoryx_posh/popo/untyped_subscriber.hpp>
#include <iceoryx_posh/popo/wait_set.hpp>
#include <iceoryx_posh/runtime/posh_runtime.hpp>
#include <thread>
#include <unistd.h>

namespace bench {
namespace {

using namespace iox;

constexpr uint64_t largest_chunk = UINT64_C(4) << 20; /* in the daemon's default pools */

const char *why_not() {
    static const bool running = std::getenv("LINA_BENCH_ROUDI") != nullptr;
    if (!running)
        return "its daemon iox-roudi is not running";
    static const bool joined = [] {
        log::LogManager::GetLogManager().SetDefaultLogLevel(log::LogLevel::kOff);
        runtime::PoshRuntime::initRuntime(RuntimeName_t(
            cxx::TruncateToCapacity, ("lina-bench-" + std::to_string(getpid())).c_str()));
        return true;
    }();
    return joined ? nullptr : "its runtime did not start";
}

/* A topic of this process alone: a publisher, and a subscriber that keeps the newest `depth` samples. With `waits`,
 * the publisher waits until it has taken them. */
class topic {
  public:
    topic(const char *purpose, const char *event, bool subscribed = true, uint64_t depth = 1,
          bool waits = false)
        : name_("lina-bench", capro::IdString_t(cxx::TruncateToCapacity, purpose),
                capro::IdString_t(cxx::TruncateToCapacity, event)),
          publisher_(name_, sending(waits)), subscriber_(name_, taking(subscribed, depth, waits)) {
        while (subscribed && subscriber_.getSubscriptionState() != SubscribeState::SUBSCRIBED)
            std::this_thread::yield();
    }
    void publish(uint64_t nbytes) {
        publisher_.loan(uint32_t(nbytes))
            .and_then([&](void *payload) {
                char *bytes = static_cast<char *>(payload);
                bytes[0] = bytes[nbytes - 1] = 1;
                publisher_.publish(payload);
            })
            .or_else([](auto &) { die("iceoryx: no chunk to loan"); });
    }
    bool take() {
        bool there = false;
        subscriber_.take().and_then([&](const void *payload) {
            subscriber_.release(payload);
            there = true;
        });
        return there;
    }
    popo::UntypedSubscriber &subscriber() { return subscriber_; }

  private:
    static popo::PublisherOptions sending(bool waits) {
        popo::PublisherOptions options;
        if (waits)
            options.subscriberTooSlowPolicy = popo::ConsumerTooSlowPolicy::WAIT_FOR_CONSUMER;
        return options;
    }
    static popo::SubscriberOptions taking(bool subscribed, uint64_t depth, bool waits) {
        popo::SubscriberOptions options;
        options.queueCapacity = depth;
        options.subscribeOnCreate = subscribed;
        if (waits)
            options.queueFullPolicy = popo::QueueFullPolicy::BLOCK_PRODUCER;
        return options;
    }
    capro::ServiceDescription name_;
    popo::UntypedPublisher publisher_;
    popo::UntypedSubscriber subscriber_;
};

class polling_channel : public channel {
  public:
    explicit polling_channel(const char *purpose, uint64_t nbytes = 1)
        : sides_{topic(purpose, "ping"), topic(purpose, "pong")}, nbytes_(nbytes) {}
    void signal(int to) override { sides_[to].publish(nbytes_); }
    void wait(int at) override {
        while (!sides_[at].take())
            relax();
    }

  protected:
    topic sides_[2];

  private:
    uint64_t nbytes_;
};

class waiting_channel : public polling_channel {
  public:
    explicit waiting_channel(const char *purpose) : polling_channel(purpose) {
        for (int side : {0, 1})
            sets_[side]
                .attachState(sides_[side].subscriber(), popo::SubscriberState::HAS_DATA)
                .or_else([](auto) { die("iceoryx: cannot attach to a WaitSet"); });
    }
    void wait(int at) override {
        while (!sides_[at].take())
            sets_[at].wait();
    }

  private:
    popo::WaitSet<1> sets_[2];
};

class topic_flow : public flow {
  public:
    topic_flow(uint64_t nbytes, when_full full)
        : topic_("flow", full == when_full::wait ? "waits" : "loses", true, flow_depth,
                 full == when_full::wait),
          nbytes_(nbytes), full_(full) {}
    void send() override { topic_.publish(nbytes_); }
    bool take() override {
        while (!topic_.take()) {
            if (full_ == when_full::lose)
                return false;
            relax();
        }
        return true;
    }

  private:
    topic topic_;
    uint64_t nbytes_;
    when_full full_;
};

} // namespace

void iceoryx_channels(channel_race &race) {
    if (const char *why = why_not())
        return race.absent("iceoryx", why);
    race.add("iceoryx polling", std::make_unique<polling_channel>("polling"));
    race.add("iceoryx WaitSet", std::make_unique<waiting_channel>("waiting"));
}

void iceoryx_signals(race &race) {
    if (const char *why = why_not())
        return race.absent("iceoryx", why);
    auto alone = std::make_shared<topic>("signal", "nobody", false);
    race.add("iceoryx", [alone](uint64_t n) {
        for (; n > 0; n--)
            alone->publish(1);
    });
}

void iceoryx_publish(race &race, uint64_t nbytes) {
    if (const char *why = why_not())
        return race.absent("iceoryx", why);
    if (nbytes > largest_chunk)
        return race.absent("iceoryx", "its default pools end at 4 MiB");
    auto one_reader = std::make_shared<topic>("publish", "one reader");
    race.add("iceoryx", [one_reader, nbytes](uint64_t n) {
        for (; n > 0; n--)
            one_reader->publish(nbytes);
    });
}

void iceoryx_hand_over(channel_race &race, uint64_t nbytes) {
    if (const char *why = why_not())
        return race.absent("iceoryx", why);
    if (nbytes > largest_chunk)
        return race.absent("iceoryx", "its default pools end at 4 MiB");
    race.add("iceoryx", std::make_unique<polling_channel>("hand-over", nbytes));
}

void iceoryx_flow(flow_race &race, uint64_t nbytes) {
    if (const char *why = why_not())
        return race.absent("iceoryx", why);
    if (nbytes > largest_chunk)
        return race.absent("iceoryx", "its default pools end at 4 MiB");
    race.add("iceoryx", std::make_unique<topic_flow>(nbytes, race.full()));
}

} // namespace bench

#else

static const char *why = "libiceoryx-posh-dev is not installed";

void bench::iceoryx_channels(channel_race &race) { race.absent("iceoryx", why); }

void bench::iceoryx_signals(race &race) { race.absent("iceoryx", why); }

void bench::iceoryx_publish(race &race, uint64_t) { race.absent("iceoryx", why); }

void bench::iceoryx_hand_over(channel_race &race, uint64_t) { race.absent("iceoryx", why); }

void bench::iceoryx_flow(flow_race &race, uint64_t) { race.absent("iceoryx", why); }

#endif
