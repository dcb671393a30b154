/* peers.hpp - the other ways to do it that this machine has. Each function lets a peer take part in
 * a race, or says there why it cannot. */
#ifndef LINA_BENCH_PEERS_HPP
#define LINA_BENCH_PEERS_HPP

#include "channels.hpp"

namespace bench {

/* Round trips. */
void posix_channels(channel_race &race);
void zeromq_channels(channel_race &race);
void iceoryx_channels(channel_race &race);
void iceoryx2_channels(channel_race &race);
void python_channels(channel_race &race);

/* A signal that nobody waits for. */
void posix_signals(race &race);
void iceoryx_signals(race &race);
void iceoryx2_signals(race &race);

/* From a name to what it stands for, one of `names` after the other. */
void posix_look_up(race &race);
void boost_look_up(race &race, const std::vector<std::string> &names);

/* A new region of `nbytes` zeroes under each of `names`, timed, and their removal. Or the removal
 * timed, and the creation not; or both. */
enum class timed { create, remove, both };
void posix_create(race &race, const std::vector<std::string> &names, uint64_t nbytes, timed what);
void boost_create(race &race, const std::vector<std::string> &names, uint64_t nbytes, timed what);

/* A next generation of `nbytes`, with one reader. */
void iceoryx_publish(race &race, uint64_t nbytes);
void iceoryx2_publish(race &race, uint64_t nbytes);

/* The same between two cores, to and fro. */
void iceoryx_hand_over(channel_race &race, uint64_t nbytes);
void iceoryx2_hand_over(channel_race &race, uint64_t nbytes);

/* Attaching to shared memory that is there, and leaving it. */
void python_attach(race &race);

} // namespace bench

#endif
