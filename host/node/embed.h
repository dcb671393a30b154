/* embed.h - what the plug-in of Node asks of lina_node.so, which is linked with libnode.
 *
 * They are two files so that libnode is loaded on the thread of the first script that needs it, and with
 * RTLD_DEEPBIND. Julia's library exports the functions of libuv, too, and without RTLD_DEEPBIND libnode would use
 * those. */
#ifndef LINA_NODE_EMBED_H
#define LINA_NODE_EMBED_H

#include "../runtime.h"

struct node_functions {
    /* Starts Node in this process. `environment` is the address of the program's `environ`. Returns 0, or fills
     * `why` and returns the exit status of an ordinary Node that cannot start. */
    int (*begin)(const lina_runtime_info_t *info, char ***environment, char *why, size_t room);
    int (*run)(lina_script_t *script);
    void (*stop)(lina_script_t *script);
    void (*end)(void);
};

#ifdef __cplusplus
extern "C"
#endif
    LINA_API const struct node_functions *
    lina_node(void);

#endif
