/* lina_host.h - run scripts of other languages inside this process.                SPDX: MIT
 *
 *     lina_init();
 *     lina_alloc_shared_memory(1 << 20);
 *     lina_script_t *script;
 *     int status;
 *     lina_script_start("a.jl", NULL, &script);
 *     lina_script_join(script, LINA_FOREVER, &status); // 0, or what exit() was given
 *     lina_script_free(script);
 *
 * Each script runs on another thread than its caller, and uses the process's default arena. It begins in the caller's
 * current folder. (Java's File and Path take paths from the folder in which the JVM was started.) An interpreter is a
 * shared library, which is loaded when the first script of its language starts. So a program that links
 * liblina_host starts on a machine without interpreters, too.
 *
 * Python, Julia and Java run one script at a time in a process. The next script runs in the same interpreter: it finds
 * the environment, the signal handlers, the loaded modules and their state (Python's warnings filters and random
 * numbers, the names in Julia's Main) as the one before has left them. A Python script does not find modules of the
 * folder of the script before, nor its sys.path, sys.excepthook and umask. If
 * a Java script calls System.exit, its JVM ends, and no other Java script can run in that process. Lua has a state,
 * and Node an environment, for every script, so scripts run at the same time. A process can load only one kind of
 * Lua, because all kinds export the same names.
 *
 * Functions that return `int` return LINA_OK or a negative LINA_ERR_*. After an error, lina_host_error() returns
 * one sentence that says what to do. Any thread may call any function. */
#ifndef LINA_HOST_H
#define LINA_HOST_H

#include "lina.h"

#ifdef __cplusplus
extern "C" {
#endif

/* The message of the calling thread's last error, or "". */
LINA_API const char *lina_host_error(void);

/* The interpreter of one language, and why it was chosen. */
typedef struct lina_runtime_info_t {
    char language[16]; /* "python", "julia", "lua", "node", "java" */
    char version[32];
    char program[512]; /* the ordinary executable; "" if there is none */
    char library[512]; /* the shared library to embed; "" if there is none */
    char folder[512];  /* Julia: the folder of the executable; Java: the home of the JDK */
    char image[512];   /* Julia: the system image */
    char why[256];     /* why this one was chosen */
    char lacks[512];   /* why it cannot be embedded, and the remedy; "" if it can */
} lina_runtime_info_t;

/* The language of a script, by the extension of its name. NULL if the extension is unknown. */
LINA_API const char *lina_host_language(const char *script);
/* Finds the interpreter that would run `script` (or NULL). The order is: the environment variable LINA_PYTHON,
 * LINA_JULIA, LINA_LUA, LINA_NODE or LINA_JAVA; for Python, the active and then the nearest virtual environment;
 * the program on PATH. NOT_FOUND if there is none. */
LINA_API int lina_host_find(const char *language, const char *script, lina_runtime_info_t *out);
/* Sets the environment variables by which the scripts of a language find Lina's package. They hold for interpreters
 * in this process and in its children. Values of the user stay, and come first. */
LINA_API void lina_host_set_environment(const lina_runtime_info_t *info);

typedef struct lina_script_t lina_script_t;

#define LINA_SCRIPT_STDIN UINT32_C(1) /* the script may read the process's standard input */

/* Zero in a field means its default. The reserved words must be zero. */
typedef struct lina_script_options_t {
    const char *const *arguments;    /* the arguments after the script's name, then NULL */
    const lina_runtime_info_t *info; /* from lina_host_find */
    /* The descriptors to which the script prints. They still belong to the caller, and share its offset of a file. 0:
     * those of the process. */
    int output, errors;
    uint32_t flags; /* LINA_SCRIPT_* */
    uint32_t reserved[7];
} lina_script_options_t;

/* Starts an interpreter without a script. In a process, Julia must start before Java and before Node (otherwise
 * BUSY). So a program that runs a script of these first and a Julia script later must prepare Julia first. */
LINA_API int lina_host_prepare(const lina_runtime_info_t *info);
/* Starts a script. `options` may be NULL. NOT_FOUND (the file, or its interpreter), INVALID (an unknown extension, an
 * `info` of another language, a descriptor that is not open for writing), BUSY (this language runs a script already),
 * VERSION, NO_MEMORY. */
LINA_API int lina_script_start(const char *path, const lina_script_options_t *options,
                               lina_script_t **out);
/* Waits until the script has ended. *status is 0, or the argument of exit, or 1 after an uncaught error, whose
 * traceback the script has printed, or 130 after an interrupt. TIMEOUT: it still runs. */
LINA_API int lina_script_join(lina_script_t *script, int64_t timeout_ns, int *status);
/* Frees the object of a script that has ended. BUSY while it runs. */
LINA_API int lina_script_free(lina_script_t *script);
/* Interrupts the script as Ctrl-C does. Returns at once. Call it again if the script does not react. */
LINA_API void lina_script_stop(lina_script_t *script);
/* Ends all interpreters, in the reverse order of their start: Lua and Node on the calling thread, the others on their
 * own threads. Join the scripts first (else BUSY). No script can be started in this process afterwards. A second call
 * does nothing. */
LINA_API int lina_host_end(void);

#ifdef __cplusplus
}
#endif
#endif /* LINA_HOST_H */
