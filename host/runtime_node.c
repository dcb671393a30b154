/* runtime_node.c - runs Node from libnode, which is Node as a shared library. Each script has its own environment, on
 * its own thread. node/embed.cpp does the work.
 *
 * Pitfalls:
 *  - Julia's library exports the functions of its own libuv. So libnode is loaded with RTLD_DEEPBIND, and finds Node's
 *    libuv. It then also finds another `environ` than the program's, which node/environment.cpp puts right.
 *  - Add-ons expect Node's functions to be global. With libnode, its libraries become global, and so does libuv. So
 *    Julia's library must be loaded first (`follows`), to find its own libuv. They may start at the same time.
 *  - Node would change the signal handlers, the standard streams and the limits of the process: flags forbid that. */
#include <dlfcn.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "node/embed.h"

static struct {
    lina_runtime_info_t info;
    char path[PATH_MAX]; /* of lina_node.so, which is beside this plug-in */
    const struct node_functions *functions;
    int status;    /* if `functions` is NULL after the load: the exit status, */
    char why[512]; /* and the reason */
} node = {.status = 1};

static pthread_once_t once = PTHREAD_ONCE_INIT;

static int open_node(const lina_runtime_info_t *info, char *why, size_t room) {
    node.info = *info;
    if (beside_plugin("lina_node.so", node.path, sizeof node.path))
        return LINA_OK;
    snprintf(why, room, "there is no %s", node.path);
    return LINA_ERR_NOT_FOUND;
}

static int begin_node(const lina_runtime_info_t *info, char *why, size_t room) {
    (void)info, (void)why, (void)room;
    accept_stop_signal();
    return LINA_OK; /* the first script loads libnode, on its thread, because that takes a while */
}

static void load(void) {
    const struct node_functions *(*get)(void);
    void *library = dlopen(node.path, RTLD_NOW | RTLD_LOCAL | RTLD_DEEPBIND);
    if (library == NULL) {
        snprintf(node.why, sizeof node.why, "%s", dlerror());
        return;
    }
    const struct symbol symbol = {"lina_node", &get};
    if (load_symbols(library, &symbol, 1, node.why, sizeof node.why) != 0)
        return;
    dlopen(node.info.library, RTLD_NOW | RTLD_GLOBAL | RTLD_NOLOAD);
    node.status = get()->begin(&node.info, &environ, node.why, sizeof node.why);
    if (node.status == 0)
        node.functions = get();
}

static int run_node(lina_script_t *script) {
    pthread_once(&once, load);
    if (node.functions != NULL)
        return node.functions->run(script);
    dprintf(script->errors != 0 ? script->errors : 2, "node does not start: %s\n", node.why);
    return node.status;
}

static void stop_node(lina_script_t *script) {
    pthread_mutex_lock(&script->lock);
    if (script->own != NULL)
        node.functions->stop(script);
    pthread_mutex_unlock(&script->lock);
}

static void end_node(void) {
    if (node.functions != NULL)
        node.functions->end();
}

const struct runtime *lina_runtime(void) {
    static const struct runtime runtime = {.abi = LINA_RUNTIME_ABI,
                                           .many = 1,
                                           .shares_folder = 1,
                                           .follows = "julia",
                                           .open = open_node,
                                           .begin = begin_node,
                                           .run = run_node,
                                           .stop = stop_node,
                                           .end = end_node};
    return &runtime;
}
