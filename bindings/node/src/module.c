/* module.c - the add-on's entry, which Node calls once in every environment. */
#include "binding.h"

#include <stdlib.h>
#include <string.h>

/* ---- about the library ------------------------------------------------------------------------------ */

napi_value js_lastError(napi_env js, napi_callback_info info) {
    (void)info;
    return text_of(js, core.last_error());
}

napi_value js_errorName(napi_env js, napi_callback_info info) {
    struct call call;
    call_begin(js, info, &call);
    return text_of(js, core.error_name((int)next_number(&call)));
}

napi_value js_version(napi_env js, napi_callback_info info) {
    (void)info;
    return text_of(js, core.version());
}

napi_value js_library(napi_env js, napi_callback_info info) {
    (void)info;
    return text_of(js, core_path());
}

/* setLimits(bytes): sets the greatest size of an ArrayBuffer. V8 ends the process if one is larger. */
napi_value js_setLimits(napi_env js, napi_callback_info info) {
    struct call call;
    call_begin(js, info, &call);
    call.env->largest = next_number(&call);
    return NULL;
}

/* ---- the life of an environment --------------------------------------------------------------------- */

/* All environments of the process. */
static struct env *envs;
static pthread_mutex_t envs_mutex = PTHREAD_MUTEX_INITIALIZER;

static void list_env(struct env *env) {
    pthread_mutex_lock(&envs_mutex);
    env->next_env = envs;
    envs = env;
    pthread_mutex_unlock(&envs_mutex);
}

static void unlist_env(struct env *env) {
    pthread_mutex_lock(&envs_mutex);
    struct env **at = &envs;
    while (*at != NULL && *at != env)
        at = &(*at)->next_env;
    if (*at != NULL)
        *at = env->next_env;
    pthread_mutex_unlock(&envs_mutex);
}

/* The end of an environment. Node may finalize ArrayBuffers afterwards. */
static void forget(napi_env js, void *data, void *hint) {
    (void)js, (void)hint;
    env_leave(data);
}

static void clean_up(void *data) {
    unlist_env(data);
    waits_end(data);
}

/* process.exit and uncaught errors end the process without any clean-up by Node. This gives back what this thread's
 * environment holds, so that the name of a temporary arena is removed. Other environments are left alone, because
 * their threads may still run. */
__attribute__((destructor)) static void at_exit(void) {
    pthread_mutex_lock(&envs_mutex);
    for (struct env *env = envs; env != NULL; env = env->next_env) {
        if (!pthread_equal(env->thread, pthread_self()))
            continue;
        waits_cancel(env);
        regions_end(env);
        arenas_end(env);
    }
    pthread_mutex_unlock(&envs_mutex);
}

static bool make_exchange(struct env *env, napi_value exports) {
    napi_value buffer;
    void *bytes;
    if (napi_create_arraybuffer(env->js, sizeof *env->exchange, &bytes, &buffer) != napi_ok ||
        napi_create_reference(env->js, buffer, 1, &env->exchange_buffer) != napi_ok)
        return false;
    env->exchange = memset(bytes, 0, sizeof *env->exchange);
    return napi_set_named_property(env->js, exports, "exchange", buffer) == napi_ok;
}

static bool export_functions(struct env *env, napi_value exports) {
#define DESCRIBE(name) {#name, NULL, js_##name, NULL, NULL, NULL, napi_enumerable, env},
    napi_property_descriptor functions[] = {FUNCTIONS(DESCRIBE)};
#undef DESCRIBE
    return napi_define_properties(env->js, exports, sizeof functions / sizeof *functions,
                                  functions) == napi_ok;
}

/* The clean-up hook is added after the bell was made, so that it runs before Node ends the bell. */
static bool begin(struct env *env, napi_value exports) {
    return napi_set_instance_data(env->js, env, forget, NULL) == napi_ok &&
           make_exchange(env, exports) && export_functions(env, exports) && waits_begin(env) &&
           napi_add_env_cleanup_hook(env->js, clean_up, env) == napi_ok;
}

/* The macro defines this function; Node finds it by its name. */
int32_t node_api_module_get_api_version_v1(void);

NAPI_MODULE_INIT(/* napi_env env, napi_value exports */) {
    char why[CORE_MESSAGE];
    if (!core_load(why)) {
        napi_throw_error(env, "ERR_LINA_CORE", why);
        return NULL;
    }
    struct env *own = calloc(1, sizeof *own);
    if (own == NULL) {
        napi_throw_error(env, NULL, "no memory");
        return NULL;
    }
    own->js = env;
    own->users = 1;
    own->thread = pthread_self();
    if (begin(own, exports))
        list_env(own);
    else
        napi_throw_error(env, NULL, "Node-API refused to set the add-on up");
    return exports;
}
