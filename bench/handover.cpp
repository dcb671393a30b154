/* handover.cpp - P9 across two cores: one thread publishes a generation, and another takes it and answers with a
 * generation of its own. So each side takes every generation of the other, and a hand-over costs half of the round
 * trip. Each side is a member, as if they were two processes. */
#include <cstring>

#include "fixture.hpp"
#include "peers.hpp"

using namespace bench;

namespace {

class lina_frames : public channel {
  public:
    explicit lina_frames(uint64_t nbytes)
        : nbytes_(nbytes), first_(16 * nbytes + (1 << 20), 16, 4), second_(path().c_str()) {
        for (int side : {0, 1}) {
            first_.create(names_[side], nbytes);
            check(lina_array_find(member(side), names_[side], &sides_[side].array));
            check(lina_signal_open(member(side), names_[side], &sides_[side].woken));
            check(lina_signal_open(member(1 - side), names_[side], &sides_[1 - side].wakes));
        }
    }

  protected:
    /* Publishes as side 1 - `to`, for side `to`. */
    void publish(int to, bool whole = false) {
        lina_view_t loan;
        check(lina_loan(member(1 - to), names_[to], LINA_DTYPE_U8, 1, &nbytes_, LINA_LAYOUT_C,
                        &loan));
        char *bytes = static_cast<char *>(loan.data);
        if (whole)
            std::memset(bytes, 1, nbytes_);
        bytes[0] = bytes[nbytes_ - 1] = 1;
        check(lina_publish(&loan));
    }
    /* Takes the current generation. */
    void acquire(int at) {
        lina_view_t &view = sides_[at].view;
        check(lina_array_acquire(&sides_[at].array, &view));
        use(view.data);
        (void)*static_cast<volatile char *>(view.data);
    }
    /* Words that only one side writes lie on cache lines of their own. */
    struct {
        alignas(128) lina_view_t view;
        lina_array_t array;
        lina_signal_t woken, wakes;
        uint64_t target = 0;
    } sides_[2] = {};

  private:
    lina_arena_t *member(int side) { return side == 0 ? first_ : second_; }
    std::string path() {
        int fd;
        check(lina_arena_fd(first_, &fd));
        return "fd:" + std::to_string(fd);
    }

    static constexpr const char *names_[2] = {"to 0", "to 1"};
    uint64_t nbytes_;
    arena first_, second_;
};

/* Holds each generation until the next one exists, and polls for it. */
class held_frames : public lina_frames {
  public:
    explicit held_frames(uint64_t nbytes) : lina_frames(nbytes) {
        acquire(0);
        acquire(1);
    }
    ~held_frames() override {
        lina_release(&sides_[0].view);
        lina_release(&sides_[1].view);
    }
    void signal(int to) override { publish(to); }
    void wait(int at) override {
        while (lina_view_is_current(&sides_[at].view) == 1)
            relax();
        lina_release(&sides_[at].view);
        acquire(at);
    }
};

/* Waits for a signal, and holds a generation only while it reads. */
class signalled_frames : public lina_frames {
  public:
    using lina_frames::lina_frames;
    void signal(int to) override {
        publish(to);
        lina_signal_raise(&sides_[1 - to].wakes);
    }
    void wait(int at) override {
        check(lina_signal_wait_value(&sides_[at].woken, ++sides_[at].target, LINA_FOREVER));
        acquire(at);
        lina_release(&sides_[at].view);
    }
};

/* Hands over whole frames. Side 0 writes every byte of a frame. Side 1 reads all bytes and answers by a signal.
 * Either each frame is a new generation, or all frames are written into the same array. */
class whole_frames : public lina_frames {
  public:
    whole_frames(uint64_t nbytes, bool in_place)
        : lina_frames(nbytes), nbytes_(nbytes), in_place_(in_place) {
        acquire(1);
        frame_ = static_cast<char *>(sides_[1].view.data);
        if (!in_place)
            lina_release(&sides_[1].view);
    }
    ~whole_frames() override { lina_release(&sides_[1].view); }
    void signal(int to) override {
        if (to == 1 && in_place_)
            std::memset(frame_, 1, nbytes_);
        else if (to == 1)
            publish(to, true);
        lina_signal_raise(&sides_[1 - to].wakes);
    }
    void wait(int at) override {
        check(lina_signal_wait_value(&sides_[at].woken, ++sides_[at].target, LINA_FOREVER));
        if (at == 1 && in_place_)
            read(frame_);
        else if (at == 1) {
            acquire(at);
            read(static_cast<const char *>(sides_[at].view.data));
            lina_release(&sides_[at].view);
        }
    }

  private:
    void read(const char *bytes) {
        uint64_t sum = 0;
        for (uint64_t at = 0; at < nbytes_; at += sizeof sum) {
            uint64_t word;
            std::memcpy(&word, bytes + at, sizeof word);
            sum += word;
        }
        use(&sum);
    }

    uint64_t nbytes_;
    bool in_place_;
    char *frame_;
};

} // namespace

static void hand_over(uint64_t nbytes) {
    channel_race race("P9", "publish + acquire, " + size_name(nbytes) + ", two cores",
                      place::two_cores, place::two_cores, 2);
    if (!race.wanted())
        return;
    race.add("Lina", std::make_unique<held_frames>(nbytes));
    race.add("Lina with a signal", std::make_unique<signalled_frames>(nbytes));
    iceoryx2_hand_over(race, nbytes);
    iceoryx_hand_over(race, nbytes);
    race.make_rounds_last(quick() ? 1e6 : 1e7);
    race.run();
}

static void write_and_read(uint64_t nbytes) {
    channel_race race("P9", "whole frames of " + size_name(nbytes) + ", two cores",
                      place::two_cores, place::two_cores);
    if (!race.wanted())
        return;
    race.add("Lina", std::make_unique<whole_frames>(nbytes, false));
    race.add("Lina in place", std::make_unique<whole_frames>(nbytes, true));
    race.make_rounds_last(quick() ? 1e6 : 1e7);
    race.run();
}

int main(int argc, char **argv) {
    begin(argc, argv);
    if (!settle(place::two_cores, 1))
        die("a hand-over between cores needs two of them");
    for (uint64_t nbytes : {UINT64_C(64), UINT64_C(1) << 16, UINT64_C(6) << 20})
        hand_over(nbytes);
    for (uint64_t nbytes : {UINT64_C(1) << 10, UINT64_C(1) << 16, UINT64_C(1) << 20,
                            UINT64_C(6) << 20, UINT64_C(24) << 20})
        write_and_read(nbytes);
}
