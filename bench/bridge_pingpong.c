/* bridge_pingpong.c - see bridge_pingpong.h. */
#include "bridge_pingpong.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

static long long nanoseconds(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec * 1000000000LL + now.tv_nsec;
}

void pingpong_check(int is_good, const char *what) {
    if (is_good)
        return;
    fprintf(stderr, "%s\n", what);
    exit(1);
}

static void round_trip(unsigned pause) {
    if (pause > 0)
        usleep(pause);
    long long begin = nanoseconds();
    pingpong_send();
    pingpong_receive();
    printf("%lld\n", (nanoseconds() - begin) / 2);
}

int main(int argc, char **argv) {
    pingpong_check(argc >= 4, "BYTES TIMES PAUSE WORD...");
    int rank = pingpong_open(argv + 4, (size_t)atoll(argv[1]));
    for (int i = atoi(argv[2]); i > 0; i--) {
        if (rank == 0) {
            round_trip((unsigned)atoi(argv[3]));
        } else {
            pingpong_receive();
            pingpong_send();
        }
    }
    pingpong_close();
    return 0;
}
