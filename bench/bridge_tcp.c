/* bridge_tcp.c - a TCP socket's ping-pong: see bridge_pingpong.h. Words: RANK and the address of rank 0. */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "bridge_pingpong.h"

enum { PORT = 7020, PATIENCE = 10000 /* milliseconds for rank 0 to listen */ };

static int peer;
static size_t size;
static char *bytes;

static int listen_and_accept(const struct sockaddr_in *address) {
    int listener = socket(AF_INET, SOCK_STREAM, 0);
    setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &(int){1}, sizeof(int));
    pingpong_check(bind(listener, (const struct sockaddr *)address, sizeof *address) == 0 &&
                       listen(listener, 1) == 0,
                   "cannot listen");
    return accept(listener, NULL, NULL);
}

static int dial(const struct sockaddr_in *address) {
    for (int i = 0; i < PATIENCE; i++, usleep(1000)) {
        int fd = socket(AF_INET, SOCK_STREAM, 0);
        if (connect(fd, (const struct sockaddr *)address, sizeof *address) == 0)
            return fd;
        close(fd);
    }
    return -1;
}

int pingpong_open(char **words, size_t nbytes) {
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(PORT)};
    int rank = atoi(words[0]);
    size = nbytes;
    bytes = calloc(1, nbytes);
    pingpong_check(bytes != NULL && inet_pton(AF_INET, words[1], &address.sin_addr) == 1,
                   "no memory, or a wrong address");
    peer = rank == 0 ? listen_and_accept(&address) : dial(&address);
    pingpong_check(peer >= 0, "no connection");
    setsockopt(peer, IPPROTO_TCP, TCP_NODELAY, &(int){1}, sizeof(int));
    return rank;
}

void pingpong_send(void) {
    ssize_t n;
    for (size_t sent = 0; sent < size; sent += (size_t)n) {
        n = send(peer, bytes + sent, size - sent, MSG_NOSIGNAL);
        pingpong_check(n > 0, "cannot send");
    }
}

void pingpong_receive(void) {
    ssize_t n;
    for (size_t got = 0; got < size; got += (size_t)n) {
        n = recv(peer, bytes + got, size - got, 0);
        pingpong_check(n > 0, "cannot receive");
    }
}

void pingpong_close(void) {
    close(peer);
    free(bytes);
}
