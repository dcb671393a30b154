/* greeting.h - the first frame of a link, in both directions. The HMAC with the shared key keeps mistakes out: a
 * bridge of another project, a wrong port, a typing error. It does not keep attackers out, since UCX's TCP has no
 * protection of its own (docs/more-than-one-machine.md). */
#ifndef LINA_BRIDGE_GREETING_H
#define LINA_BRIDGE_GREETING_H

#include "frame.h"

/* A random number that no other process of a bridge has. */
uint64_t greeting_nonce(void);

/* Fills a greeting to `host`. `echo` is 0, or the nonce of the greeting that it answers. */
void greeting_make(const struct bridge_config *config, uint64_t nonce, const char *host,
                   uint64_t echo, struct frame_greeting *out);

/* True if the greeting may be answered. Otherwise `why` says, with both sides' names, what differs. */
bool greeting_accept(const struct bridge_config *config, const struct frame_greeting *greeting,
                     char why[FRAME_TEXT]);

#endif
