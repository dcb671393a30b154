/* bridge.h - the interface between the command `lina` and its plug-in lina_bridge. The command reads bridge.toml; the
 * plug-in moves generations between this host's arena and the bridges of other hosts.
 *
 * The layers of the plug-in:
 *
 *     bridge.c                  the loop: one thread, which sleeps until a peer or the arena has something
 *     link.c                    one connection: greeting, heartbeats, loss, dialling again
 *     exporter.c, importer.c    what a link sends from the arena, and what it receives into it
 *     streaming.c               reads streams for the exporter
 *     announcing.c, raising.c   send signals, and raise them
 *     bell.c                    a descriptor that wakes the loop for exported signals and streams
 *     board.c                   the array that `lina bridge --status` shows
 *     greeting.c, frame.c       the first frame, with its checks and its HMAC; the form of every frame
 *     wire.c, address.c         UCX, whose types appear nowhere else; addresses and network devices
 */
#ifndef LINA_BRIDGE_H
#define LINA_BRIDGE_H

#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lina.h"

enum { BRIDGE_HOST = 32 /* bytes of a host's name, with the terminating zero */ };

enum bridge_mode {
    BRIDGE_SNAPSHOT = 0, /* the newest generation, after the last one has arrived */
    BRIDGE_STREAM = 1,   /* every generation of a stream, in order */
    BRIDGE_SIGNAL = 2,   /* a signal's counter */
    BRIDGE_MODES
};

struct bridge_export {
    char name[LINA_MAX_NAME];
    uint32_t is_signal;
    uint32_t n_announces;
    const uint32_t *
        announces; /* of a signal: the rows of the exports whose generations arrive before it is raised */
};

struct bridge_import {
    char name[LINA_MAX_NAME];
    uint32_t mode; /* enum bridge_mode */
};

struct bridge_peer {
    char host[BRIDGE_HOST];
    char address[128]; /* ADDRESS:PORT */
    uint32_t n_imports;
    const struct bridge_import *imports;
};

struct bridge_config {
    char host[BRIDGE_HOST]; /* this host's name, as its peers call it */
    char listen[128];       /* ADDRESS:PORT, or "" if this host exports nothing */
    char ports[32];         /* the ports of UCX's own connections, as 7100-7199; "" for any */
    uint64_t silence_ns;    /* if nothing comes from a host for this long, it counts as lost */
    uint64_t busy_poll_ns; /* it polls for so long after a peer's last frame that is no heartbeat */
    lina_arena_t *arena;
    uint32_t n_exports, n_peers, key_bytes;
    const struct bridge_export *exports;
    const struct bridge_peer *peers;
    const unsigned char *key;
    void (*say)(const char *sentence); /* prints a sentence for the user */
    volatile sig_atomic_t *stop;       /* the bridge ends when this is set */
};

/* The version of this interface: the command refuses a plug-in that has another. */
#define BRIDGE_PLUGIN 2u

/* The array of i64 that shows the state of a helper: "bridge.HOST". It has a row for each export, then a row for each
 * import of each peer, in the order of the file. */
enum bridge_column {
    BRIDGE_STATE =
        0, /* of an import: enum bridge_state; of an export: how many connected hosts import it */
    BRIDGE_GENERATIONS =
        1, /* sent and acknowledged, or published here; of a signal: how often it was raised */
    BRIDGE_BYTES = 2,
    BRIDGE_SKIPPED = 3, /* generations that the importer could not take */
    BRIDGE_LAST = 4,    /* when the last generation arrived, in nanoseconds since 1970 */
    BRIDGE_LOST = 5,    /* how often the link was lost */
    BRIDGE_COLUMNS = 6
};
enum bridge_state { BRIDGE_NEVER = 0, BRIDGE_CONNECTED = 1, BRIDGE_GONE = 2, BRIDGE_REFUSED = 3 };

struct bridge_plugin {
    uint32_t version;
    /* Runs until *stop. Returns NULL, or a sentence that says why the bridge could not start. */
    const char *(*run)(const struct bridge_config *config);
};
typedef const struct bridge_plugin *bridge_plugin_fn(void); /* the symbol "lina_bridge" */

#endif
