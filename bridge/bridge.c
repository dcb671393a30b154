/* bridge.c - the plug-in's one function: a loop on one thread. The loop sleeps while it has nothing to do. UCX's
 * descriptors wake it for peers, and the bell (bell.c) for signals and streams of the arena. A plain array has no
 * descriptor, so the loop looks for new generations every millisecond while an importer wants one. To sleep and wake up
 * takes longer than to send a small array. So while scripts of two hosts answer each other at once, the loop polls for
 * the next answer for a moment before it sleeps. If the user asks for it (busy-poll), it polls for a while after each
 * frame of a peer. */

#include <errno.h>
#include <poll.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>

#include "bell.h"
#include "link.h"

#define PATIENCE UINT64_C(20000000)
#define LONG_TURN UINT64_C(1000000)   /* of another thread on this processor */
#define CROWDED UINT64_C(1000000000)  /* for so long after one, the bridge does not poll */
#define FAREWELL UINT64_C(2000000000) /* for the last signals, when the bridge is to end */
#define STANDSTILL                                                                                 \
    UINT64_C(500000000) /* this process was stopped: its peers deserve another second */

static uint64_t monotonic(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

static void look_at_clock(struct bridge *bridge) {
    uint64_t now = monotonic(), last = bridge->now;
    bridge->now = now;
    if (last != 0 && now - last > STANDSTILL)
        for (struct link *link = bridge->links; link != NULL; link = link->next)
            link->heard = now;
}

static void step_all(struct bridge *bridge) {
    for (struct link *link = bridge->links; link != NULL; link = link->next)
        link_receive(link);
    for (struct link **at = &bridge->links; *at != NULL;) {
        struct link *link = *at;
        if (link_step(link)) {
            at = &link->next;
        } else {
            *at = link->next;
            link_free(link);
        }
    }
}

static void answer_all(struct bridge *bridge) {
    for (struct link *link = bridge->links; link != NULL; link = link->next)
        link_answer(link);
}

/* ---- sleep -------------------------------------------------------------------------------------- */

struct sleeper {
    struct pollfd *fds;
    size_t n, room;
    bool may_sleep;
};

static void watch(struct sleeper *sleeper, int fd) {
    if (sleeper->n == sleeper->room) {
        size_t room = 2 * sleeper->room + 8;
        struct pollfd *more = realloc(sleeper->fds, room * sizeof *more);
        if (more == NULL) {
            sleeper->may_sleep = false;
            return;
        }
        sleeper->fds = more;
        sleeper->room = room;
    }
    sleeper->fds[sleeper->n++] = (struct pollfd){.fd = fd, .events = POLLIN};
}

static void rest(struct bridge *bridge, struct sleeper *sleeper, struct bell *bell) {
    int fd;
    sleeper->n = 0;
    sleeper->may_sleep = wire_arm(bridge->wire, &fd);
    watch(sleeper, fd);
    for (struct link *link = bridge->links; link != NULL; link = link->next)
        if (link->line != NULL) {
            sleeper->may_sleep = line_arm(link->line, &fd) && sleeper->may_sleep;
            watch(sleeper, fd);
        }
    watch(sleeper, bell->fd);
    struct timespec most = {0, (long)bridge->nap};
    if (sleeper->may_sleep && ppoll(sleeper->fds, (nfds_t)sleeper->n, &most, NULL) > 0)
        bell->rang = (sleeper->fds[sleeper->n - 1].revents & POLLIN) != 0;
}

/* During a turn this may become true, but not false. */
static bool is_polling(const struct bridge *bridge) {
    return bridge->now >= bridge->crowded &&
           (bridge->now < bridge->poll_until ||
            bridge->now - bridge->active < bridge->config->busy_poll_ns);
}

/* Lets others use this processor. If they do, it is better to sleep for a while: a thread that polls has used up its
 * turn when something comes, and one that sleeps is woken at once. */
static void give_way(struct bridge *bridge) {
    uint64_t before = monotonic();
    sched_yield();
    uint64_t after = monotonic();
    if (after - before > LONG_TURN)
        bridge->crowded = after + CROWDED;
}

static void turn(struct bridge *bridge, struct sleeper *sleeper, struct bell *bell) {
    look_at_clock(bridge);
    bridge->nap = PATIENCE;
    wire_progress(bridge->wire);
    link_accept_all(bridge);
    step_all(bridge);
    answer_all(bridge);
    if (is_polling(bridge))
        give_way(bridge);
    else if (!bell_tend(bell, bridge->now)) /* it costs as much as a send, so it comes after that */
        rest(bridge, sleeper, bell);
}

static bool owes_signals(const struct bridge *bridge) {
    for (struct link *link = bridge->links; link != NULL; link = link->next)
        if (link_owes_signals(link))
            return true;
    return false;
}

/* Runs until the stop, and then until the signals that were raised before it are sent: scripts on other hosts may wait
 * for them. */
static void work(struct bridge *bridge) {
    struct sleeper sleeper = {0};
    struct bell bell;
    bell_open(&bell, bridge->bell, bridge->config);
    while (!*bridge->config->stop)
        turn(bridge, &sleeper, &bell);
    look_at_clock(bridge);
    uint64_t last = bridge->now + FAREWELL;
    while (bridge->now < last && owes_signals(bridge))
        turn(bridge, &sleeper, &bell);
    bell_close(&bell);
    free(sleeper.fds);
}

/* ---- start and end ------------------------------------------------------------------------------ */

static const char *sentence(const char *format, const char *a, const char *b) {
    static char text[3 * FRAME_TEXT];
    snprintf(text, sizeof text, format, a, b);
    return text;
}

static const char *open_wire(struct bridge *bridge, struct address *peers) {
    const struct bridge_config *config = bridge->config;
    struct address listen;
    const char *wrong;
    for (uint32_t i = 0; i < config->n_peers; i++)
        if ((wrong = address_read(config->peers[i].address, &peers[i])) != NULL)
            return sentence("address = \"%s\": %s", config->peers[i].address, wrong);
    bool listens = config->listen[0] != '\0';
    if (listens && (wrong = address_read(config->listen, &listen)) != NULL)
        return sentence("listen = \"%s\": %s", config->listen, wrong);
    bool is_early;
    const char *told = "";
    while ((wrong = wire_open(config->ports, listens ? &listen : NULL, peers, config->n_peers,
                              &bridge->wire, &is_early)) != NULL &&
           is_early && !*config->stop) {
        if (strcmp(wrong, told) != 0)
            bridge_say(bridge, "waits for the network: %s", wrong);
        told = wrong;
        poll(NULL, 0, 200);
    }
    return wrong == NULL || *config->stop
               ? NULL
               : sentence("the network cannot be used (%s%s)", wrong, "");
}

/* Takes the member name "bridge.HOST", so that only one bridge of a host runs over an arena. Two would import every
 * name twice. */
static const char *take_name(const struct bridge_config *config) {
    char name[LINA_MAX_NAME];
    snprintf(name, sizeof name, "bridge.%s", config->host);
    int code = lina_member_set_name(config->arena, name);
    if (code == LINA_ERR_EXISTS)
        return sentence("a bridge of %s runs over this arena already%s", config->host, "");
    return code == LINA_OK ? NULL : lina_last_error();
}

static const char *start(struct bridge *bridge, struct address *peers) {
    const struct bridge_config *config = bridge->config;
    const char *wrong = take_name(config);
    if (wrong == NULL)
        wrong = open_wire(bridge, peers);
    if (wrong != NULL || bridge->wire == NULL)
        return wrong;
    if (board_open(&bridge->board, config) != LINA_OK)
        bridge_say(bridge, "goes on without the array that shows its state: %s", lina_last_error());
    size_t row = config->n_exports;
    for (uint32_t i = 0; i < config->n_peers; row += config->peers[i++].n_imports)
        if (link_import(bridge, &config->peers[i], &peers[i], row) == NULL)
            return "there is no memory";
    return NULL;
}

static void end(struct bridge *bridge) {
    while (bridge->links != NULL) {
        struct link *link = bridge->links;
        bridge->links = link->next;
        link_free(link);
    }
    board_close(&bridge->board);
    if (bridge->wire != NULL)
        wire_close(bridge->wire);
    free(bridge->sources);
    if (bridge->bell >= 0)
        close(bridge->bell);
}

static const char *run(const struct bridge_config *config) {
    struct bridge bridge = {.config = config,
                            .nonce = greeting_nonce(),
                            .bell = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)};
    struct address *peers = calloc(config->n_peers + 1, sizeof *peers);
    bridge.sources = calloc(config->n_exports + 1, sizeof *bridge.sources);
    const char *wrong =
        peers == NULL || bridge.sources == NULL ? "there is no memory" : start(&bridge, peers);
    free(peers);
    if (wrong == NULL && bridge.wire != NULL)
        work(&bridge);
    end(&bridge);
    return wrong;
}

LINA_API const struct bridge_plugin *lina_bridge(void);
LINA_API const struct bridge_plugin *lina_bridge(void) {
    static const struct bridge_plugin plugin = {BRIDGE_PLUGIN, run};
    return &plugin;
}
