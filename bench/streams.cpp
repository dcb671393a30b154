/* streams.cpp - P15: one producer, one reader, two cores. A message is a generation whose first and last byte were
 * written; the reader looks at the first. Each side is a member, as if they were two processes.
 *
 * The limit does the same without a stream: one side publishes and signals; the other acquires and signals back. */
#include "fixture.hpp"
#include "peers.hpp"

using namespace bench;

namespace {

/* Two members of an arena that has room for a stream of messages of `nbytes`. */
class two_members {
  public:
    explicit two_members(uint64_t nbytes)
        : nbytes_(nbytes), sender_(3 * flow_depth * nbytes + (1 << 20), 64, 4),
          taker_(path().c_str()) {}

  protected:
    lina_view_t loan() const {
        lina_view_t view;
        check(lina_loan(sender_, "frames", LINA_DTYPE_U8, 1, &nbytes_, LINA_LAYOUT_C, &view));
        char *bytes = static_cast<char *>(view.data);
        bytes[0] = bytes[nbytes_ - 1] = 1;
        return view;
    }
    static void look_and_release(lina_view_t &view) {
        (void)*static_cast<volatile char *>(view.data);
        lina_release(&view);
    }

  private:
    std::string path() const {
        int fd;
        check(lina_arena_fd(sender_, &fd));
        return "fd:" + std::to_string(fd);
    }
    uint64_t nbytes_;

  protected:
    arena sender_, taker_;
};

class stream : public flow, private two_members {
  public:
    stream(uint64_t nbytes, when_full full) : two_members(nbytes), full_(full) {
        lina_reader_options_t options = {};
        options.flags = full == when_full::lose ? LINA_READER_LOSSY : 0;
        check(lina_stream_open(sender_, "frames", flow_depth));
        check(lina_reader_open(taker_, "frames", &options, &reader_));
    }
    stream(const stream &) = delete;
    stream &operator=(const stream &) = delete;
    ~stream() override { lina_reader_close(&reader_); }
    void send() override {
        lina_view_t view = loan();
        check(lina_publish_within(&view, LINA_FOREVER));
    }
    bool take() override {
        const int64_t moment = 1000000;
        lina_view_t view;
        int rc =
            lina_reader_next(&reader_, full_ == when_full::wait ? LINA_FOREVER : moment, &view);
        if (rc == LINA_ERR_TIMEOUT)
            return false;
        check(rc);
        look_and_release(view);
        return true;
    }

  private:
    when_full full_;
    lina_reader_t reader_;
};

class by_hand : public flow, private two_members {
  public:
    explicit by_hand(uint64_t nbytes) : two_members(nbytes) {
        for (auto *side : {&here_, &there_}) {
            const arena &member = side == &here_ ? sender_ : taker_;
            check(lina_signal_open(member, "sent", &side->sent));
            check(lina_signal_open(member, "taken", &side->taken));
        }
    }
    void send() override {
        lina_view_t view = loan();
        check(lina_publish(&view));
        lina_signal_raise(&here_.sent);
        check(lina_signal_wait_value(&here_.taken, ++here_.count, LINA_FOREVER));
    }
    bool take() override {
        lina_view_t view;
        check(lina_signal_wait_value(&there_.sent, ++there_.count, LINA_FOREVER));
        check(lina_acquire(taker_, "frames", &view));
        look_and_release(view);
        lina_signal_raise(&there_.taken);
        return true;
    }

  private:
    struct alignas(128) {
        lina_signal_t sent, taken;
        uint64_t count = 0;
    } here_, there_;
};

} // namespace

static void move(uint64_t nbytes, when_full full) {
    bool waits = full == when_full::wait;
    flow_race race(
        "P15", (waits ? "stream, " : "lossy stream, ") + size_name(nbytes) + ", depth 8, two cores",
        full);
    if (!race.wanted())
        return;
    race.add("Lina", std::make_unique<stream>(nbytes, full));
    if (waits)
        race.add("limit, by hand", std::make_unique<by_hand>(nbytes));
    iceoryx2_flow(race, nbytes);
    iceoryx_flow(race, nbytes);
    zeromq_flow(race, nbytes);
    if (waits) {
        pipe_flow(race, nbytes);
        python_flow(race, nbytes);
    }
    race.run();
}

int main(int argc, char **argv) {
    begin(argc, argv);
    if (!settle(place::two_cores, 1))
        die("a stream between cores needs two of them");
    for (when_full full : {when_full::wait, when_full::lose})
        for (uint64_t nbytes : {UINT64_C(64), UINT64_C(1) << 16, UINT64_C(6) << 20})
            move(nbytes, full);
}
