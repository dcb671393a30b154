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
 *  - The thread that initialises Python becomes its main thread. Scripts must run there, and it must finalise.
 *  - PyErr_Print ends the process if the error is a SystemExit.
 *  - Python's own unbuffered stream gives the GIL away in each write, so print would let another thread write between
 *    its text and the end of its line. That stream also loses the rest of a write that a signal has cut. So the
 *    plug-in writes. */
#include <dlfcn.h>
#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "driver_py.h"
#include "runtime.h"

#define EVAL_INPUT 258 /* Py_eval_input and Py_file_input have had these values since Python 1 */
#define FILE_INPUT 257

struct status { /* PyStatus */
    int type;
    const char *function, *message;
    int exit_code;
};

struct method { /* PyMethodDef */
    const char *name;
    void *(*function)(void *self, void *argument);
    int flags;
    const char *doc;
};
#define ONE_ARGUMENT 8 /* METH_O */

struct view { /* Py_buffer, of the stable ABI since Python 3.11 */
    const char *bytes;
    void *object;
    ssize_t size, item_size;
    int read_only, dimensions;
    char *format;
    ssize_t *shape, *strides, *suboffsets;
    void *internal;
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
    void (*show_error)(void *where);
    void (*decref)(void *);
    int (*interrupt)(int);
    int (*check_signals)(void);
    void *(*from_long)(long);
    void *(*new_function)(struct method *, void *self, void *module);
    int (*set_item)(void *dictionary, const char *, void *);
    int (*get_view)(void *, struct view *, int flags);
    void (*release_view)(struct view *);
    void *(*set_errno)(void *exception);
    void **os_error;
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
        {"PyErr_WriteUnraisable", &python.show_error},
        {"Py_DecRef", &python.decref},
        {"PyErr_SetInterruptEx", &python.interrupt},
        {"PyErr_CheckSignals", &python.check_signals},
        {"PyLong_FromLong", &python.from_long},
        {"PyCFunction_NewEx", &python.new_function},
        {"PyDict_SetItemString", &python.set_item},
        {"PyObject_GetBuffer", &python.get_view},
        {"PyBuffer_Release", &python.release_view},
        {"PyErr_SetFromErrno", &python.set_errno},
        {"PyExc_OSError", &python.os_error},
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

/* Writes some bytes. It keeps the GIL if the write cannot block: a pipe with room takes PIPE_BUF bytes. */
static ssize_t write_some(int descriptor, const char *bytes, size_t size) {
    struct pollfd room = {.fd = descriptor, .events = POLLOUT};
    if (size <= PIPE_BUF && poll(&room, 1, 0) > 0)
        return write(descriptor, bytes, size);
    void *thread = python.save_thread();
    ssize_t n = write(descriptor, bytes, size);
    int error = errno;
    python.restore_thread(thread);
    errno = error;
    return n;
}

/* The method `write` of a script's stream. Its self is the descriptor. */
static void *write_all(void *self, void *object) {
    int descriptor = (int)python.as_long(self), failed = 0;
    struct view data;
    if (python.get_view(object, &data, 0) != 0)
        return NULL;
    for (ssize_t done = 0; done < data.size && !failed;) {
        ssize_t n = write_some(descriptor, data.bytes + done, (size_t)(data.size - done));
        if (n < 0 && errno != EINTR)
            failed = python.set_errno(*python.os_error) == NULL;
        else
            done += n > 0 ? n : 0;
        failed = failed || (done < data.size && python.check_signals() != 0);
    }
    void *written = failed ? NULL : python.from_long((long)data.size);
    python.release_view(&data);
    return written;
}

static void *make_write(void *self, void *descriptor) {
    static struct method method = {"write", write_all, ONE_ARGUMENT, NULL};
    (void)self;
    return python.new_function(&method, descriptor, NULL);
}

static int load_driver(void) {
    static struct method method = {"make_write", make_write, ONE_ARGUMENT, NULL};
    names = python.module_dict(python.add_module("_lina_host"));
    python.set_item(names, method.name, python.new_function(&method, NULL, NULL));
    void *result = python.run_string(driver_py, FILE_INPUT, names, names, NULL);
    if (result == NULL)
        python.show_error(NULL);
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
        python.show_error(NULL);
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
