#include "greeting.h"

#include <sodium.h>
#include <stdio.h>
#include <string.h>

static void sign(const struct bridge_config *config, const struct frame_greeting *greeting,
                 unsigned char mac[FRAME_MAC]) {
    crypto_auth_hmacsha256_state state;
    crypto_auth_hmacsha256_init(&state, config->key, config->key_bytes);
    crypto_auth_hmacsha256_update(&state, (const unsigned char *)greeting,
                                  offsetof(struct frame_greeting, mac));
    crypto_auth_hmacsha256_final(&state, mac);
}

uint64_t greeting_nonce(void) {
    uint64_t nonce = 0;
    while (nonce == 0) /* 0 means none */
        randombytes_buf(&nonce, sizeof nonce);
    return nonce;
}

void greeting_make(const struct bridge_config *config, uint64_t nonce, const char *host,
                   uint64_t echo, struct frame_greeting *out) {
    *out = (struct frame_greeting){.head = {.kind = FRAME_GREETING},
                                   .magic = FRAME_MAGIC,
                                   .byte_order = FRAME_BYTE_ORDER,
                                   .protocol = FRAME_PROTOCOL,
                                   .abi = lina_abi_version(),
                                   .nonce = nonce,
                                   .echo = echo};
    snprintf(out->host, sizeof out->host, "%s", config->host);
    snprintf(out->to, sizeof out->to, "%s", host);
    sign(config, out, out->mac);
}

bool greeting_accept(const struct bridge_config *config, const struct frame_greeting *g,
                     char why[FRAME_TEXT]) {
    unsigned char mac[FRAME_MAC];
    const char *here = config->host;
    if (g->byte_order != FRAME_BYTE_ORDER) {
        snprintf(why, FRAME_TEXT, "%s refuses a host whose machine stores bytes in another order",
                 here);
        return false;
    }
    if (g->protocol != FRAME_PROTOCOL || g->abi != lina_abi_version()) {
        snprintf(why, FRAME_TEXT,
                 "%s speaks protocol %d with ABI %u, and its peer protocol %u with ABI %u: install "
                 "the same Lina on both hosts",
                 here, FRAME_PROTOCOL, lina_abi_version(), g->protocol, g->abi);
        return false;
    }
    sign(config, g, mac);
    if (sodium_memcmp(mac, g->mac, sizeof mac) != 0) {
        snprintf(why, FRAME_TEXT, "%s and %s have different keys", here, g->host);
        return false;
    }
    if (strcmp(g->to, here) != 0) {
        snprintf(why, FRAME_TEXT, "%s wants to talk to %s, but this address is %s's", g->host,
                 g->to, here);
        return false;
    }
    if (strcmp(g->host, here) == 0) {
        snprintf(why, FRAME_TEXT, "two hosts are called %s: give each a name of its own", here);
        return false;
    }
    return true;
}
