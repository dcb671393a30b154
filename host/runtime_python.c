/* runtime_python.c - runs CPython through a few functions that every version since 3.11 exports. The plug-in is built
 * without Python's headers, so one binary works with every such version.
 *
 * Pitfalls:
 *  - The interpreter finds its home, or its virtual environment, from the program's name.
 *  - Py_InitializeEx alone does not know PYTHONUTF8, and in the locale C it takes ASCII for names and files, as the
 *    command python3 does not. So the plug-in calls Py_PreInitialize before it.
 *  - Extension modules expect libpython's symbols to be global.
 *  - Python must not take SIGINT from the host. So the plug-in calls Py_InitializeEx(0), and restores the host's
 *    handler after the driver has set Python's.
 *  - The thread that initialises Python becomes its main thread. Scripts must run there, and it must finalise. */
#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "driver_py.h"
#include "runtime.h"

#define EVAL_INPUT 258 /* Py_eval_input and Py_file_input have had these values since Python 1 */
#define FILE_INPUT 257

struct status { /* PyStatus */
    int type;
    const char *function, *message;
    int exit_code;
};

static struct {
    void (*like_command)(int *);
    struct status (*pre_initialize)(const int *);
    void (*set_program_name)(const wchar_t *);
    wchar_t *(*decode_locale)(const char *, size_t *);
    void (*initialize)(int);
    int (*finalize)(void);
    void *(*save_thread)(void);
    void (*restore_thread)(void *);
    void *(*add_module)(const char *);
    void *(*module_dict)(void *);
    void *(*run_string)(const char *, int, void *, void *, void *);
    long (*as_long)(void *);
    void (*print_error)(void);
    void (*decref)(void *);
    int (*interrupt)(int);
} python;

static pthread_t main_thread;
static void *state; /* the main thread's state, while no script runs */
static void *names; /* the dictionary of the driver's module */

static int open_python(const lina_runtime_info_t *info, char *why, size_t room) {
    const struct symbol symbols[] = {
        {"PyPreConfig_InitPythonConfig", &python.like_command},
        {"Py_PreInitialize", &python.pre_initialize},
        {"Py_SetProgramName", &python.set_program_name},
        {"Py_DecodeLocale", &python.decode_locale},
        {"Py_InitializeEx", &python.initialize},
        {"Py_FinalizeEx", &python.finalize},
        {"PyEval_SaveThread", &python.save_thread},
        {"PyEval_RestoreThread", &python.restore_thread},
        {"PyImport_AddModule", &python.add_module},
        {"PyModule_GetDict", &python.module_dict},
        {"PyRun_StringFlags", &python.run_string},
        {"PyLong_AsLong", &python.as_long},
        {"PyErr_Print", &python.print_error},
        {"Py_DecRef", &python.decref},
        {"PyErr_SetInterruptEx", &python.interrupt},
    };
    accept_stop_signal(); /* a stop may come before Python has begun */
    void *library = dlopen(info->library, RTLD_NOW | RTLD_GLOBAL);
    if (library == NULL) {
        snprintf(why, room, "%s", dlerror());
        return LINA_ERR_NOT_FOUND;
    }
    return load_symbols(library, symbols, sizeof symbols / sizeof *symbols, why, room) == 0
               ? LINA_OK
               : LINA_ERR_VERSION;
}

/* The handler of STOP_SIGNAL. On Python's main thread, the signal interrupts a system call, which PyErr_SetInterruptEx
 * alone would not do. On any other thread, the signal is for a script of another language. */
static void on_stop(int number) {
    (void)number;
    if (pthread_equal(pthread_self(), main_thread))
        python.interrupt(SIGINT);
}

static int load_driver(void) {
    names = python.module_dict(python.add_module("_lina_host"));
    void *result = python.run_string(driver_py, FILE_INPUT, names, names, NULL);
    if (result == NULL)
        python.print_error();
    else
        python.decref(result);
    return result != NULL;
}

/* Chooses encodings as the command does, but leaves the environment alone, as other threads may read it. Returns the
 * reason why that fails, or NULL. */
static const char *choose_encodings(void) {
    int config[64] = {0}; /* PyPreConfig has been a struct of ten ints since Python 3.8 */
    python.like_command(config);
    config[5] = 0; /* coerce_c_locale */
    struct status status = python.pre_initialize(config);
    return status.type == 0 ? NULL : status.message != NULL ? status.message : "it exits at once";
}

static int begin_python(const lina_runtime_info_t *info, char *why, size_t room) {
    struct sigaction hosts, ours;
    main_thread = pthread_self();
    sigaction(SIGINT, NULL, &hosts);
    const char *problem = choose_encodings();
    if (problem != NULL) {
        snprintf(why, room, "%s", problem);
        return LINA_ERR_INVALID;
    }
    python.set_program_name(python.decode_locale(info->program, NULL));
    python.initialize(0);
    int loaded = load_driver();
    sigaction(SIGINT, &hosts, NULL);
    memset(&ours, 0, sizeof ours);
    ours.sa_handler = on_stop; /* without SA_RESTART, so that it interrupts system calls */
    sigaction(STOP_SIGNAL, &ours, NULL);
    state = python.save_thread();
    if (!loaded)
        snprintf(why, room, "its driver does not run");
    return loaded ? LINA_OK : LINA_ERR_VERSION;
}

static int run_python(lina_script_t *script) {
    static const struct call_form form = {{"run("}, "b\"", ESCAPE_HEX, "[", "]", "1", "0", ")"};
    char *call = call_text(script, &form);
    if (call == NULL)
        return 1;
    python.restore_thread(state);
    void *result = python.run_string(call, EVAL_INPUT, names, names, NULL);
    long status = 130; /* an interrupt arrived while the driver was returning */
    if (result != NULL) {
        status = python.as_long(result);
        python.decref(result);
    } else {
        python.print_error();
    }
    state = python.save_thread();
    free(call);
    return (int)status;
}

static void stop_python(lina_script_t *script) { pthread_kill(script->thread, STOP_SIGNAL); }

static void end_python(void) {
    python.restore_thread(state);
    python.finalize();
}

const struct runtime *lina_runtime(void) {
    static const struct runtime runtime = {.abi = LINA_RUNTIME_ABI,
                                           .open = open_python,
                                           .begin = begin_python,
                                           .run = run_python,
                                           .stop = stop_python,
                                           .end = end_python};
    return &runtime;
}
