/* greeting.h - the first frame of a link, in both directions. Its HMAC with the shared key catches mistakes: a bridge
 * of another project, a wrong port, a typing error. It does not keep attackers out, because UCX does not protect what
 * travels over TCP (docs/more-than-one-machine.md). */
#ifndef LINA_BRIDGE_GREETING_H
#define LINA_BRIDGE_GREETING_H

#include "frame.h"

/* A random number for this process, other than 0. No other bridge has the same, except by an unlikely chance. */
uint64_t greeting_nonce(void);

/* Fills a greeting to `host`. `echo` is 0, or the nonce of the greeting that it answers. */
void greeting_make(const struct bridge_config *config, uint64_t nonce, const char *host,
                   uint64_t echo, struct frame_greeting *out);

/* True if the greeting fits this host. Otherwise `why` says what is wrong. */
bool greeting_accept(const struct bridge_config *config, const struct frame_greeting *greeting,
                     char why[FRAME_TEXT]);

#endif
