/* runtime.h - the interface between the host and its plug-ins.
 *
 * A plug-in is a shared object that exports one `lina_runtime`. The host loads it, together with the
 * interpreter's library, when the first script of its language starts. `open` runs on the thread that
 * starts the script; `begin`, `load`, `run` and `end` run on the language's home thread; `stop` runs on
 * any thread. A plug-in that sets `many` has no home thread: `begin` runs on the thread that starts the
 * script, each `run` on a thread of its own, and `end` on the thread that calls lina_host_end. `load`
 * is then not called. */
#ifndef LINA_RUNTIME_H
#define LINA_RUNTIME_H

#include <pthread.h>
#include <signal.h>
#include <stddef.h>

#include "lina_host.h"

#ifdef __cplusplus
extern "C" {
#endif

#define LINA_RUNTIME_ABI 4u

struct lina_script_t {
    char *path;
    char **arguments;
    int output, errors; /* descriptors; 0: those of the process */
    int folder;         /* a descriptor of the folder in which it was started, or -1 */
    uint32_t flags;
    const struct runtime *runtime;
    pthread_t thread;
    void *own; /* the plug-in's, guarded by `lock` */
    int stops; /* how often stop was called */
    int ended, status;
    pthread_mutex_t lock;
    pthread_cond_t changed;
    struct lina_script_t *next; /* of its language, waiting for the home thread */
};

struct runtime {
    unsigned abi;
    int many; /* 1: it can run several scripts at once */
    int shares_folder; /* 1: it has threads that serve several scripts, so these share the process's folder and umask */
    /* A language whose library must be loaded before this one's, or NULL. Without `many`, this language begins when that
     * one has begun. */
    const char *follows;
    /* Loads the interpreter's library. Fills `why` on failure. */
    int (*open)(const lina_runtime_info_t *info, char *why, size_t room);
    int (*begin)(const lina_runtime_info_t *info, char *why, size_t room);
    /* The second part of the start. Languages that follow this one may start at the same time. NULL: there is none. */
    int (*load)(const lina_runtime_info_t *info, char *why, size_t room);
    int (*run)(lina_script_t *script); /* returns its exit status */
    void (*stop)(lina_script_t *script);
    void (*end)(void);
};

typedef const struct runtime *lina_runtime_fn(void);
/* The one symbol that a plug-in exports. */
LINA_API const struct runtime *lina_runtime(void);

/* The signal with which `stop` interrupts system calls of a script's thread. No runtime uses it. */
#define STOP_SIGNAL (SIGRTMIN + 9)

/* The syntax of a call of the driver in one language. The arguments are the script's path, its arguments, output,
 * errors, and whether it reads the standard input. */
enum escape { ESCAPE_HEX, ESCAPE_DECIMAL };
struct call_form {
    const char *head[4]; /* what stands before the path; NULL ends it */
    const char *quote;   /* what begins a literal of bytes */
    enum escape
        escape; /* how a byte is written that is neither a letter, nor a digit, nor one of "/._-+ " */
    const char *list, *end_list;
    const char *yes, *no;
    const char *tail;
};
/* Makes the call for a script. The caller frees it. Returns NULL if there is no memory. */
char *call_text(const lina_script_t *script, const struct call_form *form);

/* Makes a descriptor, closed on exec, for a script's stream. A file with an offset is shared with the host, so that
 * each writes behind what the other wrote. A pipe or a terminal is opened anew where that is allowed: what an
 * interpreter sets for it, such as O_NONBLOCK, does not change the host's. Returns -1 on failure. */
int own_output(int descriptor);

/* Lets STOP_SIGNAL interrupt system calls, and do nothing else, unless another plug-in has a handler of it. */
void accept_stop_signal(void);

/* The path of a file in the folder of this plug-in. Returns 0 if there is no such file. */
int beside_plugin(const char *name, char *path, size_t room);

/* Sets a variable of the environment while other threads read it, as interpreters do when they start. setenv would free
 * the array that they read, so this makes a new one, and frees nothing. */
void set_variable(const char *name, const char *value);

/* Looks up `n` names of a library. Returns 0, or -1 with the missing name in `why`. */
struct symbol {
    const char *name;
    void *to; /* the address of a pointer to a function */
};
int load_symbols(void *library, const struct symbol *symbols, size_t n, char *why, size_t room);

#ifdef __cplusplus
}
#endif
#endif
