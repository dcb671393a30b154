#include "address.h"

#include <arpa/inet.h>
#include <ifaddrs.h>
#include <netdb.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static bool is_any(const struct sockaddr *address) {
    if (address->sa_family == AF_INET)
        return ((const struct sockaddr_in *)(const void *)address)->sin_addr.s_addr == INADDR_ANY;
    return IN6_IS_ADDR_UNSPECIFIED(
        &((const struct sockaddr_in6 *)(const void *)address)->sin6_addr);
}

const char *address_read(const char *text, struct address *out) {
    char host[128];
    const char *colon = strrchr(text, ':');
    size_t length = colon == NULL ? 0 : (size_t)(colon - text);
    if (length == 0 || length >= sizeof host || colon[1] == '\0')
        return "write ADDRESS:PORT, as in 10.0.0.1:7010";
    bool in_brackets = text[0] == '[' && text[length - 1] == ']';
    snprintf(host, sizeof host, "%.*s", (int)(in_brackets ? length - 2 : length),
             text + in_brackets);
    struct addrinfo hints = {.ai_socktype = SOCK_STREAM}, *found = NULL;
    if (getaddrinfo(host, colon + 1, &hints, &found) != 0)
        return "there is no such host or port";
    out->nbytes = found->ai_addrlen;
    memcpy(&out->socket, found->ai_addr, found->ai_addrlen);
    bool any = is_any((struct sockaddr *)&out->socket);
    freeaddrinfo(found);
    return any ? "name one address of this host: whoever reaches the port can write the bridge's "
                 "memory"
               : NULL;
}

bool address_towards(const struct address *to, struct address *out) {
    int fd = socket(to->socket.ss_family, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    out->nbytes = sizeof out->socket;
    bool found = fd >= 0 && connect(fd, (const struct sockaddr *)&to->socket, to->nbytes) == 0 &&
                 getsockname(fd, (struct sockaddr *)&out->socket, &out->nbytes) == 0;
    if (fd >= 0)
        close(fd);
    return found;
}

static bool same_address(const struct sockaddr *a, const struct sockaddr_storage *b) {
    if (a == NULL || a->sa_family != b->ss_family)
        return false;
    if (a->sa_family == AF_INET)
        return ((const struct sockaddr_in *)(const void *)a)->sin_addr.s_addr ==
               ((const struct sockaddr_in *)(const void *)b)->sin_addr.s_addr;
    return a->sa_family == AF_INET6 &&
           memcmp(&((const struct sockaddr_in6 *)(const void *)a)->sin6_addr,
                  &((const struct sockaddr_in6 *)(const void *)b)->sin6_addr,
                  sizeof(struct in6_addr)) == 0;
}

void address_add_device(const struct address *own, char *list, size_t room) {
    struct ifaddrs *all;
    if (getifaddrs(&all) != 0)
        return;
    for (struct ifaddrs *one = all; one != NULL; one = one->ifa_next) {
        size_t used = strlen(list);
        if (same_address(one->ifa_addr, &own->socket) && strstr(list, one->ifa_name) == NULL)
            snprintf(list + used, room - used, "%s%s", used == 0 ? "" : ",", one->ifa_name);
    }
    freeifaddrs(all);
}
