/* bridge_pingpong.h - the ping-pong of bench/bridge.py, between two hosts. bridge_pingpong.c has the loop, and each
 * contender's file says how it sends and receives: bridge_lina.c, bridge_tcp.c, bridge_mpi.c. bridge_peers.py compiles
 * them. Each program is called with BYTES TIMES PAUSE WORD... The process of rank 0 waits for PAUSE microseconds before
 * each round trip, sends, receives, and prints half of the round trip in nanoseconds. Rank 1 receives and sends. */
#ifndef LINA_BENCH_BRIDGE_PINGPONG_H
#define LINA_BENCH_BRIDGE_PINGPONG_H

#include <stddef.h>

/* Connects to the other process, and returns this one's rank. `words` are those after PAUSE. */
int pingpong_open(char **words, size_t nbytes);
void pingpong_send(void);
void pingpong_receive(void);
void pingpong_close(void);
/* Ends the program if a call has failed. */
void pingpong_check(int is_good, const char *what);

#endif
