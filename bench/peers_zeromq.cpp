/* peers_zeromq.cpp - ZeroMQ's in-process transport. */
#include "peers.hpp"

#ifndef HAVE_ZEROMQ

void bench::zeromq_channels(channel_race &race) {
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

} // namespace

void zeromq_channels(channel_race &race) {
    race.add("ZeroMQ inproc", std::make_unique<zeromq_channel>());
}

} // namespace bench

#endif
