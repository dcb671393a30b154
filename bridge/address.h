/* address.h - addresses as bridge.toml names them, and the network devices that they are on. */
#ifndef LINA_BRIDGE_ADDRESS_H
#define LINA_BRIDGE_ADDRESS_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/socket.h>

struct address {
    struct sockaddr_storage socket;
    socklen_t nbytes;
};

/* Reads ADDRESS:PORT, and looks up a name. Returns NULL, or why the text is no address that may be used. */
const char *address_read(const char *text, struct address *out);

/* Finds the address from which this host reaches `to`. False if there is no route. */
bool address_towards(const struct address *to, struct address *out);

/* Adds the network device that has this address to a list, whose items are separated by commas. */
void address_add_device(const struct address *own, char *list, size_t room);

#endif
