/* peers_iceoryx2.cpp - iceoryx2: publishes and takes between two nodes of one process, and uses its events. iceoryx2
 * is written in Rust. `script/setup bench` builds the library in bench/iceoryx2, and script/bench passes its path in
 * LINA_BENCH_ICEORYX2. */
#include <cstdlib>
#include <dlfcn.h>
#include <unistd.h>

#include "peers.hpp"

namespace bench {
namespace {

/* The functions of bench/iceoryx2/lib.rs. */
struct library {
    void *(*topic)(const char *name, size_t nbytes, bool subscribed, size_t depth, bool waits);
    void (*topic_end)(void *topic);
    void (*publish)(const void *topic, size_t nbytes, uint8_t byte);
    int32_t (*take)(const void *topic);
    void *(*event)(const char *name, bool listened);
    void (*event_end)(void *event);
    void (*notify)(const void *event);
    void (*wait)(const void *event);
    std::string why_not;

    static const library &get() {
        static const library one;
        return one;
    }

  private:
    library() {
        const char *path = std::getenv("LINA_BENCH_ICEORYX2");
        void *handle = path != nullptr ? dlopen(path, RTLD_NOW | RTLD_LOCAL) : nullptr;
        if (handle == nullptr) {
            why_not = path == nullptr ? "script/setup bench has not built it" : dlerror();
            return;
        }
        find(handle, "ice2_topic", topic);
        find(handle, "ice2_topic_end", topic_end);
        find(handle, "ice2_publish", publish);
        find(handle, "ice2_take", take);
        find(handle, "ice2_event", event);
        find(handle, "ice2_event_end", event_end);
        find(handle, "ice2_notify", notify);
        find(handle, "ice2_wait", wait);
    }
    template <typename Function> static void find(void *handle, const char *name, Function &out) {
        out = reinterpret_cast<Function>(dlsym(handle, name));
        if (out == nullptr)
            die(dlerror());
    }
};

std::string unique(const std::string &purpose) {
    static int count;
    return "lina-bench/" + std::to_string(getpid()) + '/' + std::to_string(count++) + '/' + purpose;
}

/* One publisher, and at most one subscriber, which sees the newest `depth` samples. With `waits`, the publisher waits
 * until it has taken them. */
class topic {
  public:
    topic(const char *purpose, uint64_t nbytes, bool subscribed = true, size_t depth = 1,
          bool waits = false)
        : nbytes_(nbytes),
          topic_(library::get().topic(unique(purpose).c_str(), nbytes, subscribed, depth, waits)) {}
    topic(const topic &) = delete;
    topic &operator=(const topic &) = delete;
    ~topic() { library::get().topic_end(topic_); }
    void publish() { library::get().publish(topic_, nbytes_, 1); }
    bool take() { return library::get().take(topic_) >= 0; }

  private:
    uint64_t nbytes_;
    void *topic_;
};

class polling_channel : public channel {
  public:
    explicit polling_channel(uint64_t nbytes) : ping_("ping", nbytes), pong_("pong", nbytes) {}
    void signal(int to) override { (to == 1 ? ping_ : pong_).publish(); }
    void wait(int at) override {
        while (!(at == 1 ? ping_ : pong_).take())
            relax();
    }

  private:
    topic ping_, pong_;
};

class topic_flow : public flow {
  public:
    topic_flow(uint64_t nbytes, when_full full)
        : topic_("flow", nbytes, true, flow_depth, full == when_full::wait), full_(full) {}
    void send() override { topic_.publish(); }
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
    when_full full_;
};

class event {
  public:
    event(const char *purpose, bool listened)
        : event_(library::get().event(unique(purpose).c_str(), listened)) {}
    event(const event &) = delete;
    event &operator=(const event &) = delete;
    ~event() { library::get().event_end(event_); }
    void notify() { library::get().notify(event_); }
    void wait() { library::get().wait(event_); }

  private:
    void *event_;
};

class event_channel : public channel {
  public:
    void signal(int to) override { (to == 1 ? ping_ : pong_).notify(); }
    void wait(int at) override { (at == 1 ? ping_ : pong_).wait(); }

  private:
    event ping_{"ping", true}, pong_{"pong", true};
};

const char *why_not() {
    const std::string &why = library::get().why_not;
    return why.empty() ? nullptr : why.c_str();
}

} // namespace

void iceoryx2_channels(channel_race &race) {
    if (const char *why = why_not())
        return race.absent("iceoryx2", why);
    race.add("iceoryx2 polling", std::make_unique<polling_channel>(1));
    race.add("iceoryx2 event", std::make_unique<event_channel>());
}

void iceoryx2_signals(race &race) {
    if (const char *why = why_not())
        return race.absent("iceoryx2", why);
    auto alone = std::make_shared<topic>("nobody", 1, false);
    race.add("iceoryx2", [alone](uint64_t n) {
        for (; n > 0; n--)
            alone->publish();
    });
}

void iceoryx2_publish(race &race, uint64_t nbytes) {
    if (const char *why = why_not())
        return race.absent("iceoryx2", why);
    auto one_reader = std::make_shared<topic>("frame", nbytes);
    race.add("iceoryx2", [one_reader](uint64_t n) {
        for (; n > 0; n--)
            one_reader->publish();
    });
}

void iceoryx2_hand_over(channel_race &race, uint64_t nbytes) {
    if (const char *why = why_not())
        return race.absent("iceoryx2", why);
    race.add("iceoryx2", std::make_unique<polling_channel>(nbytes));
}

void iceoryx2_flow(flow_race &race, uint64_t nbytes) {
    if (const char *why = why_not())
        return race.absent("iceoryx2", why);
    race.add("iceoryx2", std::make_unique<topic_flow>(nbytes, race.full()));
}

} // namespace bench
