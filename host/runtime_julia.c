/* runtime_julia.c - runs Julia, from 1.5 on, through a few functions that every libjulia exports. The plug-in is built
 * without Julia's headers.
 *
 * Pitfalls:
 *  - The system image needs libjulia's symbols to be global.
 *  - Some packages put libjulia where jl_init does not find the image. So the plug-in passes the image's path. The
 *    function for that has three names in different versions.
 *  - Julia sizes its root task for RLIMIT_STACK, so the home thread's stack must match it: host.c.
 *  - Julia must start before a JVM. The JVM's SIGSEGV handler passes faults on to an earlier handler, but Julia's does
 *    not. host.c refuses the other order. In the command `lina`, cli/faults.cpp allows every order.
 *  - While the home thread waits for a script, other threads of Julia may collect garbage. They would wait for the home
 *    thread, so it says that it touches no objects (`rest`).
 *  - Only SIGINT interrupts a loop that never yields. Julia's listener thread takes it by sigwait. So
 *    the plug-in sends it only if all other threads block it, as in the process of `lina run`. */
#include <dlfcn.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "driver_jl.h"
#include "runtime.h"

static struct {
    void (*init)(const char *, const char *);
    void *(*eval_string)(const char *);
    void *(*exception)(void);
    int64_t (*unbox)(void *);
    const char *(*type_name)(void *);
    void (*at_exit)(int);
    int8_t (*safe_enter)(void);
    void (*safe_leave)(int8_t);
} julia;
static int8_t gc_state; /* of the home thread, while it rests */

/* The functions of Julia's event loop, and the bell: a handle of libuv by which the host interrupts a script that
 * waits. Julia's own AsyncCondition could do the same, but to compile its code takes a tenth of a second. */
static struct {
    void *(*loop)(void);
    void (*lock)(void);
    void (*unlock)(void);
    size_t (*size)(int type);
    int (*init)(void *loop, void *handle, void (*ring)(void *));
    int (*send)(void *handle);
    int (*guess)(int descriptor);
    void *bell; /* NULL: this Julia has no such functions */
    atomic_int answering;
} events;
static const volatile int *running; /* the driver's: whether the script can be interrupted */
#define UV_ASYNC 1                  /* types of handles, in every libuv since 1.0 */
#define UV_NAMED_PIPE 7

static void *first_symbol(void *library, const char *const *names) {
    void *found = NULL;
    for (; *names != NULL && found == NULL; names++)
        found = dlsym(library, *names);
    return found;
}

static int open_julia(const lina_runtime_info_t *info, char *why, size_t room) {
    static const char *const inits[] = {"jl_init_with_image_file", "jl_init_with_image",
                                        "jl_init_with_image__threading", NULL};
    const struct symbol symbols[] = {
        {"jl_eval_string", &julia.eval_string},  {"jl_exception_occurred", &julia.exception},
        {"jl_unbox_int64", &julia.unbox},        {"jl_typeof_str", &julia.type_name},
        {"jl_atexit_hook", &julia.at_exit},      {"jl_gc_safe_enter", &julia.safe_enter},
        {"jl_gc_safe_leave", &julia.safe_leave},
    };
    /* Julia would set it itself, by setenv, while other interpreters start and read the environment. */
    if (getenv("OPENBLAS_MAIN_FREE") == NULL && getenv("GOTOBLAS_MAIN_FREE") == NULL)
        set_variable("OPENBLAS_MAIN_FREE", "1");
    /* To bind all functions of its LLVM now would take as long as to load it. */
    void *library = dlopen(info->library, RTLD_LAZY | RTLD_GLOBAL);
    if (library == NULL) {
        snprintf(why, room, "%s", dlerror());
        return LINA_ERR_NOT_FOUND;
    }
    void *init = first_symbol(library, inits);
    memcpy(&julia.init, &init, sizeof init);
    if (init == NULL)
        snprintf(why, room, "the library has no jl_init_with_image");
    return init != NULL &&
                   load_symbols(library, symbols, sizeof symbols / sizeof *symbols, why, room) == 0
               ? LINA_OK
               : LINA_ERR_VERSION;
}

/* Returns the value of an expression, an Int64, or `otherwise` if the expression throws. */
static int64_t number(const char *expression, int64_t otherwise) {
    void *value = julia.eval_string(expression);
    return value == NULL || julia.exception() != NULL ? otherwise : julia.unbox(value);
}

/* Runs on a thread of Julia, in the wait of a task. */
static void on_ring(void *handle) {
    (void)handle;
    atomic_store(&events.answering, 1); /* no SIGINT meanwhile: at first, Julia compiles it */
    julia.eval_string("LinaHost.interrupt()");
    atomic_store(&events.answering, 0);
}

/* Julia frees the handle when it ends. */
static void hang_bell(void) {
    const struct symbol symbols[] = {
        {"jl_global_event_loop", &events.loop}, {"jl_iolock_begin", &events.lock},
        {"jl_iolock_end", &events.unlock},      {"uv_handle_size", &events.size},
        {"uv_async_init", &events.init},        {"uv_async_send", &events.send},
        {"uv_guess_handle", &events.guess},
    };
    char why[128];
    if (load_symbols(RTLD_DEFAULT, symbols, sizeof symbols / sizeof *symbols, why, sizeof why) != 0)
        return;
    void *handle = calloc(1, events.size(UV_ASYNC));
    events.lock();
    int error = handle == NULL ? -1 : events.init(events.loop(), handle, on_ring);
    events.unlock();
    void **drivers = julia.eval_string("LinaHost.BELL"); /* a pointer to the object's first field */
    if (error == 0)
        events.bell = *drivers = handle;
    else
        free(handle);
}

/* Julia's start unblocks SIGINT on its thread. Blocks it again if it was blocked before. */
static void keep_blocked(const sigset_t *before) {
    if (!sigismember(before, SIGINT))
        return;
    sigset_t interrupt;
    sigemptyset(&interrupt);
    sigaddset(&interrupt, SIGINT);
    pthread_sigmask(SIG_BLOCK, &interrupt, NULL);
}

static int begin_julia(const lina_runtime_info_t *info, char *why, size_t room) {
    sigset_t before;
    (void)why, (void)room;
    pthread_sigmask(SIG_SETMASK, NULL, &before);
    julia.init(info->folder, info->image);
    keep_blocked(&before);
    return LINA_OK;
}

static void rest(void) { gc_state = julia.safe_enter(); }
static void resume(void) { julia.safe_leave(gc_state); }

static int load_julia(const lina_runtime_info_t *info, char *why, size_t room) {
    (void)info;
    if (julia.eval_string(driver_jl) == NULL || julia.exception() != NULL) {
        snprintf(why, room, "its driver does not run (%s)",
                 julia.exception() == NULL ? "no reason" : julia.type_name(julia.exception()));
        return LINA_ERR_VERSION;
    }
    running = julia.eval_string("LinaHost.RUNNING"); /* a pointer to the object's first field */
    hang_bell();
    rest();
    return LINA_OK;
}

/* Gives Julia a stream of the type that it would itself use for this descriptor. Its methods are in the system image,
 * while those of a type of our own would be compiled in each process. redirect_stdout is no choice, as it would move
 * descriptor 1 of the whole process. */
static void open_stream(const char *name, int descriptor) {
    char text[96];
    if (descriptor == 0)
        return;
    int own = own_output(descriptor);
    int is_pipe = events.guess != NULL && events.guess(own) == UV_NAMED_PIPE;
    snprintf(text, sizeof text, "Core.eval(Base, :(%s = %s%d%s))", name,
             is_pipe ? "PipeEndpoint(RawFD(" : "fdio(", own, is_pipe ? "))" : ", true)");
    julia.eval_string(text);
}

static int run_julia(lina_script_t *script) {
    static const struct call_form form = {
        {"LinaHost.run("}, "\"", ESCAPE_HEX, "String[", "]", "true", "false", ")"};
    char *call = call_text(script, &form);
    resume();
    open_stream("stdout", script->output);
    open_stream("stderr", script->errors);
    int64_t status = call == NULL ? 1 : number(call, 130);
    rest();
    free(call);
    return (int)status;
}

static int can_interrupt(void) {
    return !atomic_load(&events.answering) && (running == NULL || *running);
}

/* Rings the bell, which interrupts a script that waits or sleeps. A second request means that the script never yields,
 * so it sends SIGINT. That interrupts whatever Julia does, so it must not come while the driver shows the script's
 * error. Julia throws at a safepoint, or anywhere if about four signals come within a second. If the script still runs
 * at the fourth request, it reaches no safepoint. */
static void stop_julia(lina_script_t *script) {
    sigset_t mask;
    pthread_sigmask(SIG_SETMASK, NULL, &mask);
    if (events.bell != NULL && script->stops <= 1) {
        events.send(events.bell);
        return;
    }
    int signals = script->stops < 4 ? 1 : 5;
    for (int i = 0; i < signals && sigismember(&mask, SIGINT) && can_interrupt(); i++) {
        if (i > 0)
            usleep(20000); /* two signals that wait for Julia's listener would become one */
        kill(getpid(), SIGINT);
    }
}

static void end_julia(void) {
    resume();
    julia.at_exit(0);
}

const struct runtime *lina_runtime(void) {
    static const struct runtime runtime = {.abi = LINA_RUNTIME_ABI,
                                           .open = open_julia,
                                           .begin = begin_julia,
                                           .load = load_julia,
                                           .run = run_julia,
                                           .stop = stop_julia,
                                           .end = end_julia};
    return &runtime;
}
