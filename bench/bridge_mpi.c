/* bridge_mpi.c - MPI's ping-pong, a peer of bench/bridge.py: bridge_mpi BYTES TIMES prints half of each round trip in
 * nanoseconds. bridge_peers.py compiles it with mpicc. */

#include <mpi.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int main(int argc, char **argv) {
    int rank, size = argc > 2 ? atoi(argv[1]) : 0, times = argc > 2 ? atoi(argv[2]) : 0;
    char *bytes = malloc((size_t)size + 1);
    if (bytes == NULL || size == 0)
        return 2;
    memset(bytes, 1, (size_t)size);
    MPI_Init(&argc, &argv);
    MPI_Comm_rank(MPI_COMM_WORLD, &rank);
    for (int i = 0; i < times; i++) {
        double begin = MPI_Wtime();
        if (rank == 0)
            MPI_Send(bytes, size, MPI_BYTE, 1, 0, MPI_COMM_WORLD);
        MPI_Recv(bytes, size, MPI_BYTE, 1 - rank, 0, MPI_COMM_WORLD, MPI_STATUS_IGNORE);
        if (rank == 1)
            MPI_Send(bytes, size, MPI_BYTE, 0, 0, MPI_COMM_WORLD);
        else
            printf("%.0f\n", (MPI_Wtime() - begin) / 2 * 1e9);
    }
    MPI_Finalize();
    free(bytes);
    return 0;
}
