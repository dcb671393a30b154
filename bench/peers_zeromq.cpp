/* peers_zeromq.cpp - ZeroMQ's in-process transport. */
#include "peers.hpp"

#ifndef HAVE_ZEROMQ

void bench::zeromq_channels(channel_race &race) {
    race.absent("ZeroMQ inproc", "libzmq3-dev is not installed");
}

void bench::zeromq_flow(flow_race &race, uint64_t) {
    race.absent("ZeroMQ inproc", "libzmq3-dev is not installed");
}

#else

#include <zmq.h>

namespace bench {
namespace {

class zeromq_channel : public channel {
  public:
    zeromq_channel() : context_(zmq_ctx_new()) {
        for (void *&side : sides_)
            side = zmq_socket(context_, ZMQ_PAIR);
        if (zmq_bind(sides_[0], "inproc://bench") != 0 ||
            zmq_connect(sides_[1], "inproc://bench") != 0)
            die(std::string("ZeroMQ: ") + zmq_strerror(zmq_errno()));
    }
    ~zeromq_channel() override {
        for (void *side : sides_)
            zmq_close(side);
        zmq_ctx_term(context_);
    }
    void signal(int to) override { zmq_send(sides_[1 - to], "", 1, 0); }
    void wait(int at) override {
        char byte;
        zmq_recv(sides_[at], &byte, 1, 0);
    }

  private:
    void *context_, *sides_[2];
};

/* Each side may queue half of the messages. A publisher that loses messages drops the newest ones. */
class zeromq_flow_of : public flow {
  public:
    zeromq_flow_of(uint64_t nbytes, when_full full)
        : message_(nbytes, 1), context_(zmq_ctx_new()),
          from_(zmq_socket(context_, full == when_full::wait ? ZMQ_PUSH : ZMQ_PUB)),
          to_(zmq_socket(context_, full == when_full::wait ? ZMQ_PULL : ZMQ_SUB)) {
        const int half = flow_depth / 2, moment = 1;
        zmq_setsockopt(from_, ZMQ_SNDHWM, &half, sizeof half);
        zmq_setsockopt(to_, ZMQ_RCVHWM, &half, sizeof half);
        if (full == when_full::lose) {
            zmq_setsockopt(to_, ZMQ_SUBSCRIBE, "", 0);
            zmq_setsockopt(to_, ZMQ_RCVTIMEO, &moment, sizeof moment);
        }
        if (zmq_bind(from_, "inproc://flow") != 0 || zmq_connect(to_, "inproc://flow") != 0)
            die(std::string("ZeroMQ: ") + zmq_strerror(zmq_errno()));
    }
    zeromq_flow_of(const zeromq_flow_of &) = delete;
    zeromq_flow_of &operator=(const zeromq_flow_of &) = delete;
    ~zeromq_flow_of() override {
        zmq_close(from_);
        zmq_close(to_);
        zmq_ctx_term(context_);
    }
    void send() override { zmq_send(from_, message_.data(), message_.size(), 0); }
    bool take() override {
        zmq_msg_t message;
        zmq_msg_init(&message);
        bool there = zmq_msg_recv(&message, to_, 0) >= 0;
        if (there)
            use(static_cast<char *>(zmq_msg_data(&message)));
        zmq_msg_close(&message);
        return there;
    }

  private:
    std::vector<char> message_;
    void *context_, *from_, *to_;
};

} // namespace

void zeromq_channels(channel_race &race) {
    race.add("ZeroMQ inproc", std::make_unique<zeromq_channel>());
}

void zeromq_flow(flow_race &race, uint64_t nbytes) {
    race.add("ZeroMQ inproc", std::make_unique<zeromq_flow_of>(nbytes, race.full()));
}

} // namespace bench

#endif
