/* runtime_java.c - runs the JVM, from Java 17 on, through the invocation interface of JNI.
 *
 * Pitfalls:
 *  - System.exit ends the process. JNI has a hook for it, which must not return. The hook tells the host that the
 *    script has ended, and then blocks the JVM's thread for ever. So the JVM has another thread than the
 *    language's home thread, and no script can run after System.exit.
 *  - A shutdown hook may call halt, also while the JVM ends. So the driver runs a script's hooks before the script has
 *    ended, and whoever waits for the JVM's thread waits for the hook of System.exit, too.
 *  - HotSpot passes faults that are not its own on to an earlier handler, so Julia must start first (`follows`). In the
 *    command `lina`, cli/faults.cpp makes Julia's handler the earlier one, so both start at the same time.
 *  - HotSpot installs its SIGSEGV handler without SA_ONSTACK, so a stack overflow in another runtime would end the
 *    process. The plug-in, or cli/faults.cpp, sets the flag.
 *  - HotSpot suspends threads with SIGUSR2, which Julia uses, too. The plug-in gives HotSpot a free signal.
 *  - With -Xrs, HotSpot leaves INT, TERM, HUP and QUIT to the host. With -XX:-MaxFDLimit, it does not change the limit
 *    of descriptors.
 *  - AttachCurrentThread blocks in a JVM that has exited, so no thread attaches after that. */
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <jni.h>
#include <jvmti.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "driver_java.h"
#include "runtime.h"

#define SUSPEND_SIGNAL (SIGRTMIN + 10) /* only HotSpot uses it */

typedef jint create_fn(JavaVM **, void **, void *);

enum phase { STARTING, IDLE, ASKED, RUNNING, SETTLED, EXITED, ENDING, OVER, FAILED };

static struct {
    create_fn *create;
    JavaVM *machine;
    jvmtiEnv *tools;
    jclass driver;
    jthread main;          /* the script's main thread, for `stop` */
    char folder[PATH_MAX]; /* where the JVM was started: it takes relative paths from there */
    pthread_t thread;
    pthread_mutex_t lock; /* guards the fields below */
    pthread_cond_t changed;
    enum phase phase;
    lina_script_t *script;
    int status;
} java = {.lock = PTHREAD_MUTEX_INITIALIZER, .changed = PTHREAD_COND_INITIALIZER};

static int open_java(const lina_runtime_info_t *info, char *why, size_t room) {
    const struct symbol symbol = {"JNI_CreateJavaVM", &java.create};
    char number[16];
    snprintf(number, sizeof number, "%d", SUSPEND_SIGNAL);
    if (getenv("_JAVA_SR_SIGNUM") == NULL)
        set_variable("_JAVA_SR_SIGNUM", number);
    void *library = dlopen(info->library, RTLD_NOW | RTLD_LOCAL);
    if (library == NULL) {
        snprintf(why, room, "%s", dlerror());
        return LINA_ERR_NOT_FOUND;
    }
    return load_symbols(library, &symbol, 1, why, room) == 0 ? LINA_OK : LINA_ERR_VERSION;
}

/* ---- phases, shared by the home thread and the JVM's thread --------------------------------------- */

/* Changes the phase, unless it is EXITED, which is final. */
static void enter(enum phase phase) {
    pthread_mutex_lock(&java.lock);
    if (java.phase != EXITED)
        java.phase = phase;
    pthread_cond_broadcast(&java.changed);
    pthread_mutex_unlock(&java.lock);
}

static enum phase wait_while(enum phase one, enum phase two) {
    pthread_mutex_lock(&java.lock);
    while (java.phase == one || java.phase == two)
        pthread_cond_wait(&java.changed, &java.lock);
    enum phase phase = java.phase;
    pthread_mutex_unlock(&java.lock);
    return phase;
}

/* The hook of System.exit. It never returns. The JVM's other threads are suspended from here on. */
static void JNICALL on_exit_of_machine(jint status) {
    pthread_mutex_lock(&java.lock);
    java.status = status & 255;
    java.phase = EXITED;
    pthread_cond_broadcast(&java.changed);
    for (;;)
        pthread_cond_wait(&java.changed, &java.lock);
}

/* ---- the start ----------------------------------------------------------------------------------- */

static void let_faults_use_the_other_stack(void) {
    static const int faults[] = {SIGSEGV, SIGBUS, SIGFPE, SIGILL};
    for (size_t i = 0; i < sizeof faults / sizeof *faults; i++) {
        struct sigaction now;
        sigaction(faults[i], NULL, &now);
        if ((now.sa_flags & SA_SIGINFO) == 0 || (now.sa_flags & SA_ONSTACK) != 0)
            continue;
        now.sa_flags |= SA_ONSTACK;
        sigaction(faults[i], &now, NULL);
    }
}

/* The native method Driver.export. The option --add-exports would do the same, but with it the JVM does not use the
 * module graph of its archive, and takes twice as long to start. */
static void JNICALL export_package(JNIEnv *env, jclass driver, jobject module, jstring name) {
    (void)driver;
    jmethodID method = (*env)->GetMethodID(env, (*env)->GetObjectClass(env, module),
                                           "implAddExportsToAllUnnamed", "(Ljava/lang/String;)V");
    if (method != NULL)
        (*env)->CallVoidMethod(env, module, method, name);
}

/* The native method Driver.isStopped: whether anyone has asked the script to stop. */
static jboolean JNICALL is_stopped(JNIEnv *env, jclass driver) {
    (void)env, (void)driver;
    pthread_mutex_lock(&java.script->lock);
    int stops = java.script->stops;
    pthread_mutex_unlock(&java.script->lock);
    return stops > 0;
}

/* The native method Driver.point: lets a FileDescriptor be a duplicate of a descriptor; -1: of /dev/null. Its number
 * stays, so a thread that writes meanwhile writes to the one or to the other. */
static void JNICALL point(JNIEnv *env, jclass driver, jobject file, jint number) {
    (void)driver;
    jfieldID field = (*env)->GetFieldID(env, (*env)->GetObjectClass(env, file), "fd", "I");
    if (field == NULL)
        return;
    int from = number >= 0 ? number : open("/dev/null", O_WRONLY | O_CLOEXEC);
    int now = (*env)->GetIntField(env, file, field);
    if (now < 0) /* it is new, or the script has closed it */
        (*env)->SetIntField(env, file, field, fcntl(from, F_DUPFD_CLOEXEC, 3));
    else
        dup3(from, now, O_CLOEXEC);
    if (number < 0)
        close(from);
}

/* The JVM's map of shutdown hooks. It is null from the beginning of the JVM's end. */
static jfieldID find_hooks(JNIEnv *env, jclass *holder) {
    *holder = (*env)->FindClass(env, "java/lang/ApplicationShutdownHooks");
    return *holder == NULL
               ? NULL
               : (*env)->GetStaticFieldID(env, *holder, "hooks", "Ljava/util/IdentityHashMap;");
}

static jobject JNICALL get_hooks(JNIEnv *env, jclass driver) {
    (void)driver;
    jclass holder;
    jfieldID field = find_hooks(env, &holder);
    return field == NULL ? NULL : (*env)->GetStaticObjectField(env, holder, field);
}

static void JNICALL set_hooks(JNIEnv *env, jclass driver, jobject hooks) {
    (void)driver;
    jclass holder;
    jfieldID field = find_hooks(env, &holder);
    if (field != NULL)
        (*env)->SetStaticObjectField(env, holder, field, hooks);
}

static int add_native(JNIEnv *env, jclass driver, const char *name, const char *signature,
                      void *function) {
    JNINativeMethod method = {(char *)(uintptr_t)name, (char *)(uintptr_t)signature, function};
    return (*env)->RegisterNatives(env, driver, &method, 1); /* which only reads the texts */
}

static int add_natives(JNIEnv *env, jclass driver) {
    return add_native(env, driver, "export", "(Ljava/lang/Module;Ljava/lang/String;)V",
                      __extension__(void *) export_package) |
           add_native(env, driver, "isStopped", "()Z", __extension__(void *) is_stopped) |
           add_native(env, driver, "point", "(Ljava/io/FileDescriptor;I)V",
                      __extension__(void *) point) |
           add_native(env, driver, "getHooks", "()Ljava/util/Map;",
                      __extension__(void *) get_hooks) |
           add_native(env, driver, "setHooks", "(Ljava/util/Map;)V",
                      __extension__(void *) set_hooks);
}

static int define_driver(JNIEnv *env) {
    jclass loaders = (*env)->FindClass(env, "java/lang/ClassLoader");
    jmethodID get = (*env)->GetStaticMethodID(env, loaders, "getSystemClassLoader",
                                              "()Ljava/lang/ClassLoader;");
    jobject loader = (*env)->CallStaticObjectMethod(env, loaders, get);
    jclass driver = (*env)->DefineClass(env, "dev/lina/host/Driver", loader,
                                        (const jbyte *)driver_java, (jsize)sizeof driver_java);
    if (driver == NULL || add_natives(env, driver) != 0) {
        (*env)->ExceptionDescribe(env);
        return -1;
    }
    java.driver = (*env)->NewGlobalRef(env, driver);
    return java.driver == NULL ? -1 : 0;
}

static void open_tools(void) {
    jvmtiCapabilities wanted;
    memset(&wanted, 0, sizeof wanted);
    wanted.can_signal_thread = 1;
    if ((*java.machine)->GetEnv(java.machine, (void **)&java.tools, JVMTI_VERSION_1_2) != JNI_OK ||
        (*java.tools)->AddCapabilities(java.tools, &wanted) != JVMTI_ERROR_NONE)
        java.tools = NULL;
}

/* The option -Djava.class.path. The caller frees it. */
static char *class_path(void) {
    const char *set = getenv("CLASSPATH");
    char *text = NULL;
    return asprintf(&text, "-Djava.class.path=%s", set == NULL || *set == '\0' ? "." : set) < 0
               ? NULL
               : text;
}

/* Whether a file ends with a line that has this text. */
static int ends_with(const char *path, const char *text) {
    char line[64], end[64];
    int n = snprintf(line, sizeof line, "\n%s\n", text);
    FILE *file = fopen(path, "re");
    int same = file != NULL && fseek(file, -n, SEEK_END) == 0 &&
               fread(end, 1, (size_t)n, file) == (size_t)n && memcmp(end, line, (size_t)n) == 0;
    if (file != NULL)
        fclose(file);
    return same;
}

/* Whether the user has chosen an archive of classes, or wants none. */
static int has_own_archive(void) {
    static const char *const variables[] = {"JAVA_TOOL_OPTIONS", "_JAVA_OPTIONS"};
    static const char *const words[] = {"Archive", "AOT", "-Xshare"};
    for (size_t i = 0; i < sizeof variables / sizeof *variables; i++)
        for (size_t j = 0; j < sizeof words / sizeof *words; j++)
            if (getenv(variables[i]) != NULL && strstr(getenv(variables[i]), words[j]) != NULL)
                return 1;
    return 0;
}

/* Returns the option by which the JVM takes the archive that java/archive.sh has made, or NULL if this JDK has none. The
 * caller frees it. */
static char *archive(const lina_runtime_info_t *info) {
    char name[32], path[PATH_MAX], *option;
    snprintf(name, sizeof name, "java/%d.jsa", atoi(info->version));
    if (has_own_archive() || !beside_plugin(name, path, sizeof path) ||
        !ends_with(path, info->version))
        return NULL;
    return asprintf(&option, "-XX:SharedArchiveFile=%s", path) < 0 ? NULL : option;
}

static JNIEnv *create(const lina_runtime_info_t *info) {
    char access[] = "--enable-native-access=ALL-UNNAMED";
    char reduced[] = "-Xrs", quiet[] = "-XX:-UsePerfData", limit[] = "-XX:-MaxFDLimit";
    char silent[] = "-Xlog:cds*=off";
    char exit_hook[] = "exit";
    char *path = class_path(), *shared = archive(info);
    JavaVMOption options[9] = {{path, NULL}, {reduced, NULL}, {quiet, NULL}, {limit, NULL}};
    int n = 4;
    if (shared != NULL) { /* if it does not fit, the JVM says nothing, and starts without it */
        options[n++].optionString = shared;
        options[n++].optionString = silent;
    }
    void (*hook)(jint) = on_exit_of_machine;
    options[n].optionString = exit_hook;
    memcpy(&options[n++].extraInfo, &hook, sizeof hook);
    if (atoi(info->version) >= 22)
        options[n++].optionString = access;
    JavaVMInitArgs arguments = {JNI_VERSION_10, n, options, JNI_FALSE};
    JNIEnv *env = NULL;
    jint rc = path == NULL ? JNI_ENOMEM : java.create(&java.machine, (void **)&env, &arguments);
    free(path);
    free(shared);
    return rc == JNI_OK ? env : NULL;
}

/* ---- the JVM's thread ---------------------------------------------------------------------------- */

static jbyteArray bytes_of(JNIEnv *env, const char *text) {
    jsize n = (jsize)strlen(text);
    jbyteArray bytes = (*env)->NewByteArray(env, n);
    if (bytes != NULL)
        (*env)->SetByteArrayRegion(env, bytes, 0, n, (const jbyte *)text);
    return bytes;
}

static jobjectArray arguments_of(JNIEnv *env, const lina_script_t *script) {
    jsize n = 0;
    while (script->arguments[n] != NULL)
        n++;
    jobjectArray all = (*env)->NewObjectArray(env, n, (*env)->FindClass(env, "[B"), NULL);
    for (jsize i = 0; all != NULL && i < n; i++)
        (*env)->SetObjectArrayElement(env, all, i, bytes_of(env, script->arguments[i]));
    return all;
}

/* The path of the script, for a JVM that may have been started in another folder. */
static jbyteArray path_of(JNIEnv *env, const lina_script_t *script) {
    char folder[PATH_MAX], *path;
    if (script->path[0] == '/' || getcwd(folder, sizeof folder) == NULL ||
        strcmp(folder, java.folder) == 0 || asprintf(&path, "%s/%s", folder, script->path) < 0)
        return bytes_of(env, script->path);
    jbyteArray bytes = bytes_of(env, path);
    free(path);
    return bytes;
}

static int run_driver(JNIEnv *env, const lina_script_t *script) {
    int status = 1;
    if ((*env)->PushLocalFrame(env, 64) != 0)
        return status;
    jmethodID run = (*env)->GetStaticMethodID(env, java.driver, "run", "([B[[BIIZ)I");
    if (run != NULL)
        status = (*env)->CallStaticIntMethod(
            env, java.driver, run, path_of(env, script), arguments_of(env, script), script->output,
            script->errors, (script->flags & LINA_SCRIPT_STDIN) != 0);
    if ((*env)->ExceptionCheck(env)) { /* an interrupt arrived while the driver was returning */
        (*env)->ExceptionClear(env);
        status = 1;
    }
    (*env)->PopLocalFrame(env, NULL);
    return status;
}

static int is_busy(JNIEnv *env) {
    jmethodID busy = (*env)->GetStaticMethodID(env, java.driver, "isBusy", "()Z");
    return busy == NULL || (*env)->CallStaticBooleanMethod(env, java.driver, busy);
}

static jthread this_thread(JNIEnv *env) {
    jclass threads = (*env)->FindClass(env, "java/lang/Thread");
    jmethodID current =
        (*env)->GetStaticMethodID(env, threads, "currentThread", "()Ljava/lang/Thread;");
    return (*env)->NewGlobalRef(env, (*env)->CallStaticObjectMethod(env, threads, current));
}

static void *be_machine(void *info) {
    if (getcwd(java.folder, sizeof java.folder) == NULL)
        java.folder[0] = '\0';
    JNIEnv *env = create(info);
    if (env == NULL || define_driver(env) != 0) {
        enter(FAILED);
        return NULL;
    }
    open_tools();
    let_faults_use_the_other_stack();
    java.main = this_thread(env);
    enter(IDLE);
    while (wait_while(IDLE, SETTLED) == ASKED) {
        enter(RUNNING);
        int status = run_driver(env, java.script);
        java.status = status;
        enter(SETTLED);
    }
    if (!is_busy(env)) /* otherwise it would wait for a thread that ignores interrupts */
        (*java.machine)->DestroyJavaVM(java.machine);
    enter(OVER);
    return NULL;
}

/* ---- the plug-in --------------------------------------------------------------------------------- */

static int begin_java(const lina_runtime_info_t *info, char *why, size_t room) {
    char folder[PATH_MAX];
    if (getcwd(folder, sizeof folder) == NULL) { /* the JVM would end the process */
        snprintf(why, room, "the current folder cannot be found (%s): change to one that exists",
                 strerror(errno));
        return LINA_ERR_SYSTEM;
    }
    pthread_attr_t attributes;
    pthread_attr_init(&attributes);
    pthread_attr_setstacksize(&attributes, (size_t)8 << 20);
    int error = pthread_create(&java.thread, &attributes, be_machine,
                               (void *)(uintptr_t)info); /* be_machine only reads it */
    pthread_attr_destroy(&attributes);
    if (error == 0 && wait_while(STARTING, STARTING) == IDLE)
        return LINA_OK;
    snprintf(why, room, "%s",
             error != 0 ? strerror(error) : "JNI_CreateJavaVM fails, see the process's errors");
    return LINA_ERR_SYSTEM;
}

static int run_java(lina_script_t *script) {
    pthread_mutex_lock(&java.lock);
    if (java.phase == EXITED) {
        pthread_mutex_unlock(&java.lock);
        dprintf(script->errors != 0 ? script->errors : 2,
                "java does not start: an earlier script has ended this process's JVM by "
                "System.exit\n");
        return 1;
    }
    java.script = script;
    java.phase = ASKED;
    pthread_cond_broadcast(&java.changed);
    pthread_mutex_unlock(&java.lock);
    wait_while(ASKED, RUNNING);
    return script->stops > 0 && java.status != 0 ? 130 : java.status;
}

/* Interrupts the script. The driver may answer with an error that is to be thrown into its main thread. */
static void stop_java(lina_script_t *script) {
    JNIEnv *env;
    pthread_mutex_lock(&java.lock);
    int runs = java.phase == RUNNING && java.script == script;
    pthread_mutex_unlock(&java.lock);
    if (!runs || java.tools == NULL ||
        (*java.machine)->AttachCurrentThreadAsDaemon(java.machine, (void **)&env, NULL) != JNI_OK)
        return;
    jmethodID stop = (*env)->GetStaticMethodID(env, java.driver, "stop",
                                               "(Ljava/lang/Thread;Z)Ljava/lang/Throwable;");
    jobject error = stop == NULL ? NULL
                                 : (*env)->CallStaticObjectMethod(env, java.driver, stop, java.main,
                                                                  script->stops > 1);
    if (error != NULL)
        (*java.tools)->StopThread(java.tools, java.main, error);
    (*env)->ExceptionClear(env);
    (*java.machine)->DetachCurrentThread(java.machine);
}

static void end_java(void) {
    pthread_mutex_lock(&java.lock);
    int exited = java.phase == EXITED;
    if (!exited)
        java.phase = ENDING;
    pthread_cond_broadcast(&java.changed);
    pthread_mutex_unlock(&java.lock);
    if (!exited && wait_while(ENDING, ENDING) == OVER)
        pthread_join(java.thread, NULL);
}

const struct runtime *lina_runtime(void) {
    static struct runtime runtime = {.abi = LINA_RUNTIME_ABI,
                                     .open = open_java,
                                     .begin = begin_java,
                                     .run = run_java,
                                     .stop = stop_java,
                                     .end = end_java};
    runtime.follows = dlsym(RTLD_DEFAULT, "lina_shares_faults") == NULL ? "julia" : NULL;
    return &runtime;
}
