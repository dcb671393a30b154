/* peers.hpp - the peers: other libraries and system calls that do the same on this machine. Each function adds a
 * peer to a race, or notes there why the peer cannot take part. */
#ifndef LINA_BENCH_PEERS_HPP
#define LINA_BENCH_PEERS_HPP

#include "channels.hpp"
#include "flows.hpp"

namespace bench {

/* Round trips. */
void posix_channels(channel_race &race);
void zeromq_channels(channel_race &race);
void iceoryx_channels(channel_race &race);
void iceoryx2_channels(channel_race &race);
void python_channels(channel_race &race);

/* A signal for which no thread waits. */
void posix_signals(race &race);
void iceoryx_signals(race &race);
void iceoryx2_signals(race &race);

/* Looks up a name. */
void posix_look_up(race &race);
void boost_look_up(race &race, const std::vector<std::string> &names);

/* Creates a region of `nbytes` zeroes under each of `names`, and removes it. Times the creation, the removal, or
 * both. */
enum class timed { create, remove, both };
void posix_create(race &race, const std::vector<std::string> &names, uint64_t nbytes, timed what);
void boost_create(race &race, const std::vector<std::string> &names, uint64_t nbytes, timed what);

/* Publishes a new generation of `nbytes`, with one reader. */
void iceoryx_publish(race &race, uint64_t nbytes);
void iceoryx2_publish(race &race, uint64_t nbytes);

/* The same between two cores, as round trips. */
void iceoryx_hand_over(channel_race &race, uint64_t nbytes);
void iceoryx2_hand_over(channel_race &race, uint64_t nbytes);

/* Moves messages of `nbytes` from one core to another. */
void iceoryx_flow(flow_race &race, uint64_t nbytes);
void iceoryx2_flow(flow_race &race, uint64_t nbytes);
void zeromq_flow(flow_race &race, uint64_t nbytes);
void pipe_flow(flow_race &race, uint64_t nbytes);
void python_flow(flow_race &race, uint64_t nbytes);

/* Attaches to shared memory that exists, and leaves it. */
void python_attach(race &race);

} // namespace bench

#endif
