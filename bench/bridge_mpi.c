/* bridge_mpi.c - MPI's ping-pong: see bridge_pingpong.h. It has no words of its own. */
#include <mpi.h>
#include <stdlib.h>

#include "bridge_pingpong.h"

static int rank, size;
static char *bytes;

int pingpong_open(char **words, size_t nbytes) {
    (void)words;
    size = (int)nbytes;
    bytes = calloc(1, nbytes);
    pingpong_check(bytes != NULL, "no memory");
    MPI_Init(NULL, NULL);
    MPI_Comm_rank(MPI_COMM_WORLD, &rank);
    return rank;
}

void pingpong_send(void) { MPI_Send(bytes, size, MPI_BYTE, 1 - rank, 0, MPI_COMM_WORLD); }

void pingpong_receive(void) {
    MPI_Recv(bytes, size, MPI_BYTE, 1 - rank, 0, MPI_COMM_WORLD, MPI_STATUS_IGNORE);
}

void pingpong_close(void) {
    MPI_Finalize();
    free(bytes);
}
