/* embed_julia.c - Julia on the calling thread. Julia expects a stack of RLIMIT_STACK there, usually 8 MiB: see embed.c.
 *
 * If the build knows the system image and the folder of the executable, it names them here, because some packages put
 * libjulia where jl_init would not find them. */
#include <julia.h>
#include <stdio.h>

#include "embed.h"

/* Returns the exit status. Shows an uncaught exception with its backtrace, as julia does. */
static const char driver[] = "function lina_run_script(script, folder)\n"
                             "    push!(LOAD_PATH, folder)\n"
                             "    try\n"
                             "        Base.include(Main, script)\n"
                             "        return 0\n"
                             "    catch error\n"
                             "        print(stderr, \"ERROR: \")\n"
                             "        showerror(stderr, error, catch_backtrace())\n"
                             "        println(stderr)\n"
                             "        return 1\n"
                             "    finally\n"
                             "        flush(stdout)\n"
                             "    end\n"
                             "end\n";

static int run(const char *script) {
    jl_value_t *function = jl_eval_string(driver);
    if (function == NULL || jl_exception_occurred())
        return 1;
    jl_value_t *path = NULL, *folder = NULL, *status = NULL;
    JL_GC_PUSH3(&path, &folder, &status);
    path = jl_cstr_to_string(script);
    folder = jl_cstr_to_string(LINA_JULIA_PACKAGE);
    status = jl_call2(function, path, folder);
    int code = status == NULL || jl_exception_occurred() ? 1 : (int)jl_unbox_long(status);
    JL_GC_POP();
    return code;
}

#if JULIA_VERSION_MAJOR == 1 && JULIA_VERSION_MINOR < 12
#define jl_init_with_image_file jl_init_with_image /* its older name */
#endif

int embed_julia(const char *script) {
#ifdef LINA_JULIA_IMAGE
    jl_init_with_image_file(LINA_JULIA_BINDIR, LINA_JULIA_IMAGE);
#else
    jl_init();
#endif
    int code = run(script);
    jl_atexit_hook(code);
    return code;
}
