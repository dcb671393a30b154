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
 * Each script has a thread of its own and the process's default arena. The interpreter is a shared
 * library that is loaded when the first script asks for it, so a program that links liblina_host
 * needs none of them to start.
 *
 * Python, Julia and Java run one script at a time in a process, and the next one in the same interpreter.
 * A Java script that calls System.exit ends its JVM, and no other Java script runs in that process.
 * Lua gives every script a state of its own. One kind of Lua fits into a process, because all of
 * them export the same names.
 *
 * Functions that return `int` return LINA_OK or a negative LINA_ERR_*, and lina_host_error() then
 * has one sentence that says what to do. Any thread may call any function. */
#ifndef LINA_HOST_H
#define LINA_HOST_H

#include "lina.h"

#ifdef __cplusplus
extern "C" {
#endif

/* What the calling thread's last call failed of, or "". */
LINA_API const char *lina_host_error(void);

/* The machine's interpreter of one language, and how it was chosen. */
typedef struct lina_runtime_info_t {
    char language[16]; /* "python", "julia", "lua", "node", "java" */
    char version[32];
    char program[512]; /* the ordinary executable; "" where there is none */
    char library[512]; /* the shared library to embed; "" where there is none */
    char folder[512];  /* Julia: of the executable; Java: its home */
    char image[512];   /* Julia: the system image */
    char why[256];     /* why this one was chosen */
    char lacks[512];   /* why it cannot be embedded, and the remedy; "" where it can */
} lina_runtime_info_t;

/* The language of a script's extension, or NULL. */
LINA_API const char *lina_host_language(const char *script);
/* Finds the interpreter that `script` (or NULL) would get. The order is: the environment variable
 * LINA_PYTHON, LINA_JULIA, LINA_LUA, LINA_NODE or LINA_JAVA; for Python the active and then the nearest
 * virtual environment; the program on PATH. NOT_FOUND where there is none. */
LINA_API int lina_host_find(const char *language, const char *script, lina_runtime_info_t *out);
/* Sets the variables of the environment by which the scripts of a language find Lina's package, in
 * an interpreter of this process or of a child. It keeps what the user has set. */
LINA_API void lina_host_set_environment(const lina_runtime_info_t *info);

typedef struct lina_script_t lina_script_t;

#define LINA_SCRIPT_STDIN UINT32_C(1) /* the script may read the process's standard input */

/* Zero in a field means its default. The reserved words must be zero. */
typedef struct lina_script_options_t {
    const char *const *arguments;    /* what follows the script's name, then NULL */
    const lina_runtime_info_t *info; /* as lina_host_find gave it */
    int output,
        errors; /* where its print goes: descriptors that stay the caller's; 0: the process's own */
    uint32_t flags; /* LINA_SCRIPT_* */
    uint32_t reserved[7];
} lina_script_options_t;

/* Starts an interpreter without a script. Julia must start before Java in a process (else BUSY): a program
 * that runs a Java script first and a Julia script later prepares Julia first. */
LINA_API int lina_host_prepare(const lina_runtime_info_t *info);
/* Starts a script. NOT_FOUND (the file, or its interpreter), INVALID (an extension that nobody
 * knows), BUSY (this language runs a script already), VERSION, NO_MEMORY. `options` may be NULL. */
LINA_API int lina_script_start(const char *path, const lina_script_options_t *options,
                               lina_script_t **out);
/* Waits until the script has ended. *status is 0, what the script gave to exit, 1 for
 * an error that nobody caught (its traceback is on the script's errors), 130 for an interrupt.
 * TIMEOUT: it still runs. */
LINA_API int lina_script_join(lina_script_t *script, int64_t timeout_ns, int *status);
/* Frees what is left of a script that has ended. BUSY while it runs. */
LINA_API int lina_script_free(lina_script_t *script);
/* Interrupts the script as Ctrl-C does. Returns at once; call again for a script that is deaf. */
LINA_API void lina_script_stop(lina_script_t *script);
/* Ends all interpreters, in the reverse order of their start, each on its own thread. Join the
 * scripts first (else BUSY). No script can be started in this process afterwards. */
LINA_API int lina_host_end(void);

#ifdef __cplusplus
}
#endif
#endif /* LINA_HOST_H */
