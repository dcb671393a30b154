/* host.c - manages languages and scripts, and the threads that run them.
 *
 * A language that runs one script at a time has a home thread. It starts the interpreter, runs one script after
 * another, and ends the interpreter when lina_host_end asks for it. A language with `many` has a thread for each
 * script. `mutex` guards the table of languages; a script's `lock` guards its end. */
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <sched.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "host.h"
#include "trace/events.h"

#define LANGUAGES 5
#define LEAST_STACK ((size_t)8 << 20)
#define MOST_STACK ((size_t)256 << 20)

struct language {
    char name[16];
    lina_runtime_info_t info;
    const struct runtime *runtime;
    pthread_t home;
    lina_script_t *queue; /* for the home thread */
    int running;          /* scripts that have not ended */
    int begun;            /* its interpreter has started, or cannot */
    int ending;
    int failure; /* the code with which `begin` or `load` failed; `why` is the reason */
    char why[512];
};

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t work = PTHREAD_COND_INITIALIZER;
static struct language languages[LANGUAGES]; /* in the order of their start */
static int n_languages, over;
static __thread char sentence[1024];

const char *lina_host_error(void) { return sentence; }

int host_fail(int code, const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(sentence, sizeof sentence, format, arguments);
    va_end(arguments);
    return code;
}

/* ---- scripts ------------------------------------------------------------------------------------ */

static void finish(lina_script_t *script, int status) {
    pthread_mutex_lock(&script->lock);
    script->status = status;
    script->ended = 1;
    pthread_cond_broadcast(&script->changed);
    pthread_mutex_unlock(&script->lock);
}

static void close_folder(lina_script_t *script) {
    if (script->folder >= 0)
        close(script->folder);
    script->folder = -1;
}

static void free_script(lina_script_t *script) {
    if (script == NULL)
        return;
    if (script->arguments != NULL)
        for (char **argument = script->arguments; *argument != NULL; argument++)
            free(*argument);
    free(script->arguments);
    free(script->path);
    close_folder(script);
    pthread_cond_destroy(&script->changed);
    pthread_mutex_destroy(&script->lock);
    free(script);
}

static char **copy_arguments(const char *const *from) {
    size_t n = 0;
    while (from != NULL && from[n] != NULL)
        n++;
    char **to = calloc(n + 1, sizeof *to);
    for (size_t i = 0; to != NULL && i < n; i++)
        to[i] = strdup(from[i]);
    return to;
}

static lina_script_t *make_script(const char *path, const lina_script_options_t *options) {
    lina_script_t *script = calloc(1, sizeof *script);
    if (script == NULL)
        return NULL;
    pthread_condattr_t monotonic;
    pthread_condattr_init(&monotonic);
    pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
    pthread_cond_init(&script->changed, &monotonic);
    pthread_condattr_destroy(&monotonic);
    pthread_mutex_init(&script->lock, NULL);
    script->path = strdup(path);
    script->folder = open(".", O_PATH | O_DIRECTORY | O_CLOEXEC);
    script->arguments = copy_arguments(options == NULL ? NULL : options->arguments);
    if (options != NULL) {
        script->output = options->output;
        script->errors = options->errors;
        script->flags = options->flags;
    }
    if (script->path == NULL || script->arguments == NULL) {
        free_script(script);
        return NULL;
    }
    return script;
}

/* ---- threads ------------------------------------------------------------------------------------ */

/* The stack size of a thread. Julia assumes that its thread's stack has the size of RLIMIT_STACK. */
static size_t stack_size(void) {
    struct rlimit limit;
    if (getrlimit(RLIMIT_STACK, &limit) != 0 || limit.rlim_cur == RLIM_INFINITY ||
        limit.rlim_cur < LEAST_STACK)
        return LEAST_STACK;
    return limit.rlim_cur > MOST_STACK ? MOST_STACK : (size_t)limit.rlim_cur;
}

static int start_thread(pthread_t *thread, void *(*function)(void *), void *argument) {
    pthread_attr_t attributes;
    pthread_attr_init(&attributes);
    pthread_attr_setstacksize(&attributes, stack_size());
    int error = pthread_create(thread, &attributes, function, argument);
    pthread_attr_destroy(&attributes);
    return error == 0
               ? LINA_OK
               : host_fail(LINA_ERR_NO_MEMORY, "A thread cannot be made: %s", strerror(error));
}

static void say(const lina_script_t *script, const char *language, const char *why) {
    dprintf(script->errors != 0 ? script->errors : 2, "%s does not start: %s\n", language, why);
}

/* Gives this thread, and those that it starts later, a current folder and a umask of their own, so that a script which
 * changes them does not change those of others. Returns whether it has them: some containers forbid it. */
static int own_folder(const struct runtime *runtime) {
    return !runtime->shares_folder && unshare(CLONE_FS) == 0;
}

/* Lets a script begin where it was started. If that folder may no longer be entered, the script begins where the one
 * before has ended. */
static void enter_folder(lina_script_t *script) {
    int error = fchdir(script->folder);
    (void)error;
    close_folder(script);
}

/* Under `lina run --trace`, tells the traced liblina_core for which script or language this thread works. */
extern lina_trace_label_fn lina_trace_label __attribute__((weak));
static void label_thread(const char *label) {
    if (lina_trace_label != NULL)
        lina_trace_label(label);
}

/* Runs one script, and subtracts it from the running scripts of its language. */
static void run_one(struct language *language, lina_script_t *script, int owns_folder) {
    int status = 1;
    pid_t process = getpid();
    label_thread(script->path);
    if (owns_folder)
        enter_folder(script);
    if (language->failure == LINA_OK)
        status = language->runtime->run(script);
    else
        say(script, language->name, language->why);
    if (getpid() != process) /* the script has forked, and this is the child's end */
        _exit(status);
    pthread_mutex_lock(&mutex);
    language->running--;
    pthread_mutex_unlock(&mutex);
    finish(script, status);
}

static lina_script_t *next_script(struct language *language) {
    pthread_mutex_lock(&mutex);
    while (language->queue == NULL && !language->ending)
        pthread_cond_wait(&work, &mutex);
    lina_script_t *script = language->queue;
    if (script != NULL)
        language->queue = script->next;
    pthread_mutex_unlock(&mutex);
    return script;
}

static struct language *find_language(const char *name) {
    for (int i = 0; i < n_languages; i++)
        if (strcmp(languages[i].name, name) == 0)
            return &languages[i];
    return NULL;
}

/* Under the mutex: whether the language that must start before this one is about to start. */
static int waits_for_another(const struct language *language) {
    const struct language *first =
        language->runtime->follows == NULL ? NULL : find_language(language->runtime->follows);
    return first != NULL && !first->begun;
}

/* Under the mutex: whether a language that must start after this one is about to start. */
static int is_followed(const struct language *language) {
    for (int i = 0; i < n_languages; i++) {
        const char *follows = languages[i].runtime->follows;
        if (follows != NULL && strcmp(follows, language->name) == 0 && !languages[i].begun)
            return 1;
    }
    return 0;
}

/* A script of Julia waits until the JVM has begun: it must not overflow its stack while the JVM installs its handler of
 * SIGSEGV. */
static void await_followers(const struct language *language) {
    pthread_mutex_lock(&mutex);
    while (is_followed(language))
        pthread_cond_wait(&work, &mutex);
    pthread_mutex_unlock(&mutex);
}

static void await_first(const struct language *language) {
    if (language->runtime->follows == NULL)
        return; /* without the mutex, which is held while the library of the next language is loaded */
    pthread_mutex_lock(&mutex);
    while (waits_for_another(language))
        pthread_cond_wait(&work, &mutex);
    pthread_mutex_unlock(&mutex);
}

static void begin(struct language *language) {
    await_first(language);
    language->failure =
        language->runtime->begin(&language->info, language->why, sizeof language->why);
    pthread_mutex_lock(&mutex);
    language->begun = 1;
    pthread_cond_broadcast(&work);
    pthread_mutex_unlock(&mutex);
}

static void *be_home(void *argument) {
    struct language *language = argument;
    const struct runtime *runtime = language->runtime;
    label_thread(language->name); /* before it starts threads of its own */
    int owns_folder = own_folder(runtime);
    mode_t mask = owns_folder ? umask(0) : 0;
    if (owns_folder)
        umask(mask);
    begin(language);
    if (language->failure == LINA_OK && runtime->load != NULL)
        language->failure = runtime->load(&language->info, language->why, sizeof language->why);
    lina_script_t *script;
    while ((script = next_script(language)) != NULL) {
        await_followers(language);
        if (owns_folder)
            umask(mask); /* not that of the script before */
        run_one(language, script, owns_folder);
    }
    if (language->failure == LINA_OK)
        language->runtime->end();
    return NULL;
}

struct visit {
    struct language *language;
    lina_script_t *script;
};

static void *be_script(void *argument) {
    struct visit visit = *(struct visit *)argument;
    free(argument);
    run_one(visit.language, visit.script, own_folder(visit.language->runtime));
    return NULL;
}

/* ---- languages ---------------------------------------------------------------------------------- */

static const struct runtime *load_plugin(const char *name, char *why, size_t room) {
    char path[PATH_MAX];
    host_plugin(name, path, sizeof path);
    void *plugin = dlopen(path, RTLD_NOW | RTLD_LOCAL);
    lina_runtime_fn *get = NULL;
    void *symbol = plugin == NULL ? NULL : dlsym(plugin, "lina_runtime");
    memcpy(&get, &symbol, sizeof symbol);
    if (get == NULL || get()->abi != LINA_RUNTIME_ABI) {
        snprintf(why, room, "%s", plugin == NULL ? dlerror() : "its plug-in is of another version");
        return NULL;
    }
    return get();
}

/* Under the mutex. Returns a language that has started already, although it must not start before `name`, or NULL. */
static const struct language *find_too_early(const char *name) {
    for (int i = 0; i < n_languages; i++) {
        const char *follows = languages[i].runtime->follows;
        if (follows != NULL && strcmp(follows, name) == 0)
            return &languages[i];
    }
    return NULL;
}

/* Under the mutex. Loads the library and starts the home thread. */
static int add_language(const lina_runtime_info_t *info, struct language **out) {
    const struct language *early = find_too_early(info->language);
    if (early != NULL)
        return host_fail(LINA_ERR_BUSY,
                         "%s must start before %s in a process: run its script first, or prepare "
                         "it (lina_host_prepare)",
                         info->language, early->name);
    struct language *language = &languages[n_languages];
    memset(language, 0, sizeof *language);
    snprintf(language->name, sizeof language->name, "%s", info->language);
    language->info = *info;
    language->runtime = load_plugin(info->language, language->why, sizeof language->why);
    if (language->runtime == NULL)
        return host_fail(LINA_ERR_NOT_FOUND, "%s cannot be embedded: %s", info->language,
                         language->why);
    int rc = language->runtime->open(info, language->why, sizeof language->why);
    if (rc == LINA_OK && language->runtime->many)
        rc = language->runtime->begin(info, language->why, sizeof language->why);
    if (rc != LINA_OK)
        return host_fail(rc, "%s cannot be embedded: %s", info->language, language->why);
    if (!language->runtime->many)
        rc = start_thread(&language->home, be_home, language);
    if (rc == LINA_OK) {
        language->begun = language->runtime->many;
        n_languages++;
        *out = language;
    }
    return rc;
}

static int check_language(const struct language *language, const lina_runtime_info_t *info) {
    if (strcmp(language->info.library, info->library) != 0)
        return host_fail(LINA_ERR_BUSY, "This process has %s of %s already, and can have only one",
                         info->language, language->info.library);
    if (!language->runtime->many && language->running > 0)
        return host_fail(LINA_ERR_BUSY,
                         "%s runs one script at a time in a process: join the one that runs first",
                         info->language);
    return LINA_OK;
}

/* Under the mutex. */
static int hand_over(struct language *language, lina_script_t *script) {
    script->runtime = language->runtime;
    if (!language->runtime->many) {
        script->thread = language->home;
        script->next = NULL;
        language->queue = script;
        pthread_cond_broadcast(&work);
    } else {
        struct visit *visit = malloc(sizeof *visit);
        if (visit == NULL)
            return host_fail(LINA_ERR_NO_MEMORY, "There is no memory for a script");
        *visit = (struct visit){language, script};
        if (start_thread(&script->thread, be_script, visit) != LINA_OK) {
            free(visit);
            return LINA_ERR_NO_MEMORY;
        }
    }
    language->running++;
    return LINA_OK;
}

/* Under the mutex. Without a script it only starts the interpreter. */
static int start_in(const lina_runtime_info_t *info, lina_script_t *script) {
    if (over)
        return host_fail(LINA_ERR_CLOSED,
                         "lina_host_end has ended the interpreters of this process");
    struct language *language = find_language(info->language);
    lina_host_set_environment(info);
    int rc = language == NULL ? add_language(info, &language) : check_language(language, info);
    return rc == LINA_OK && script != NULL ? hand_over(language, script) : rc;
}

/* ---- the public functions ------------------------------------------------------------------------ */

static int is_writable(int descriptor) {
    int flags = fcntl(descriptor, F_GETFL);
    return flags >= 0 && (flags & O_ACCMODE) != O_RDONLY;
}

static int check_stream(const char *name, int descriptor) {
    return descriptor == 0 || is_writable(descriptor)
               ? LINA_OK
               : host_fail(LINA_ERR_INVALID, "%s of a script is %d, which is not open for writing",
                           name, descriptor);
}

static int check_info(const char *path, const lina_runtime_info_t *info) {
    const char *name = lina_host_language(path);
    return info == NULL || name == NULL || strcmp(name, info->language) == 0
               ? LINA_OK
               : host_fail(LINA_ERR_INVALID, "%s needs %s, and the info of its options is of %.15s",
                           path, name, info->language);
}

static int check_options(const char *path, const lina_script_options_t *options) {
    static const uint32_t zero[7];
    if (options == NULL)
        return LINA_OK;
    if (memcmp(options->reserved, zero, sizeof zero) != 0 ||
        (options->flags & ~LINA_SCRIPT_STDIN) != 0)
        return host_fail(LINA_ERR_INVALID, "The options of a script have unknown flags or reserved "
                                           "words: set what you do not use to zero");
    int bad = check_stream("The output", options->output) != LINA_OK ||
              check_stream("The errors", options->errors) != LINA_OK ||
              check_info(path, options->info) != LINA_OK;
    return bad ? LINA_ERR_INVALID : LINA_OK;
}

int lina_host_prepare(const lina_runtime_info_t *info) {
    sentence[0] = '\0';
    if (info == NULL || info->lacks[0] != '\0')
        return host_fail(LINA_ERR_INVALID,
                         "lina_host_prepare needs a language that can be embedded");
    pthread_mutex_lock(&mutex);
    int rc = start_in(info, NULL);
    pthread_mutex_unlock(&mutex);
    return rc;
}

int lina_script_start(const char *path, const lina_script_options_t *options, lina_script_t **out) {
    lina_runtime_info_t info;
    sentence[0] = '\0';
    if (path == NULL || out == NULL)
        return host_fail(LINA_ERR_INVALID,
                         "lina_script_start needs a path and a place for the script");
    if (check_options(path, options) != LINA_OK)
        return LINA_ERR_INVALID;
    if (access(path, R_OK) != 0)
        return host_fail(LINA_ERR_NOT_FOUND, "%s: %s", path, strerror(errno));
    const char *name = options != NULL && options->info != NULL ? options->info->language
                                                                : lina_host_language(path);
    if (name == NULL)
        return host_fail(
            LINA_ERR_INVALID,
            "%s: the extension is none of .py .jl .lua .js .mjs .cjs .java .class .jar", path);
    if (options != NULL && options->info != NULL)
        info = *options->info;
    else if (lina_host_find(name, path, &info) != LINA_OK)
        return LINA_ERR_NOT_FOUND;
    if (info.lacks[0] != '\0')
        return host_fail(LINA_ERR_NOT_FOUND, "%s cannot be embedded: %s", name, info.lacks);
    lina_script_t *script = make_script(path, options);
    if (script == NULL)
        return host_fail(LINA_ERR_NO_MEMORY, "There is no memory for a script");
    pthread_mutex_lock(&mutex);
    int rc = start_in(&info, script);
    pthread_mutex_unlock(&mutex);
    if (rc == LINA_OK)
        *out = script;
    else
        free_script(script);
    return rc;
}

static struct timespec deadline_of(int64_t timeout_ns) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    if (timeout_ns > 0) {
        time.tv_sec += timeout_ns / 1000000000;
        time.tv_nsec += timeout_ns % 1000000000;
        time.tv_sec += time.tv_nsec / 1000000000;
        time.tv_nsec %= 1000000000;
    }
    return time;
}

int lina_script_join(lina_script_t *script, int64_t timeout_ns, int *status) {
    sentence[0] = '\0';
    if (script == NULL)
        return host_fail(LINA_ERR_INVALID, "lina_script_join needs a script");
    struct timespec deadline = deadline_of(timeout_ns == LINA_FOREVER ? 0 : timeout_ns);
    int error = 0;
    pthread_mutex_lock(&script->lock);
    while (!script->ended && error == 0)
        error = timeout_ns == LINA_FOREVER
                    ? pthread_cond_wait(&script->changed, &script->lock)
                    : pthread_cond_timedwait(&script->changed, &script->lock, &deadline);
    int ended = script->ended, result = script->status;
    pthread_mutex_unlock(&script->lock);
    if (!ended)
        return host_fail(LINA_ERR_TIMEOUT, "%s still runs", script->path);
    if (status != NULL)
        *status = result;
    return LINA_OK;
}

int lina_script_free(lina_script_t *script) {
    sentence[0] = '\0';
    if (script == NULL)
        return LINA_OK;
    pthread_mutex_lock(&script->lock);
    int ended = script->ended;
    pthread_mutex_unlock(&script->lock);
    if (!ended)
        return host_fail(LINA_ERR_BUSY, "%s still runs: join it first", script->path);
    if (script->runtime->many)
        pthread_join(script->thread, NULL);
    free_script(script);
    return LINA_OK;
}

void lina_script_stop(lina_script_t *script) {
    if (script == NULL)
        return;
    pthread_mutex_lock(&script->lock);
    int runs = !script->ended;
    script->stops++;
    pthread_mutex_unlock(&script->lock);
    if (runs)
        script->runtime->stop(script);
}

static void end_language(struct language *language) {
    pthread_mutex_lock(&mutex);
    language->ending = 1;
    pthread_cond_broadcast(&work);
    pthread_mutex_unlock(&mutex);
    if (language->runtime->many)
        language->runtime->end();
    else
        pthread_join(language->home, NULL);
}

/* Ends each language once. A call from another thread waits for that. */
static void end_languages(void) {
    static pthread_mutex_t turn = PTHREAD_MUTEX_INITIALIZER;
    pthread_mutex_lock(&turn);
    while (n_languages > 0) { /* no other function changes it now */
        end_language(&languages[n_languages - 1]);
        pthread_mutex_lock(&mutex);
        n_languages--;
        pthread_mutex_unlock(&mutex);
    }
    pthread_mutex_unlock(&turn);
}

int lina_host_end(void) {
    sentence[0] = '\0';
    pthread_mutex_lock(&mutex);
    int running = 0;
    for (int i = 0; i < n_languages; i++)
        running += languages[i].running;
    if (running == 0)
        over = 1;
    pthread_mutex_unlock(&mutex);
    if (running > 0)
        return host_fail(LINA_ERR_BUSY, "%d scripts still run: join them first", running);
    end_languages();
    return LINA_OK;
}
