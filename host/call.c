/* call.c - helpers of the plug-ins: they write the call of a driver, look up symbols of a library and files beside the
 * plug-in, accept the signal of `stop`, and set variables. */
#include <dlfcn.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "runtime.h"

static int plain(unsigned char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           strchr("/._-+ ", c) != NULL;
}

/* Writes a literal of the language. All bytes but the plain ones become escapes. */
static void write_literal(FILE *out, const struct call_form *form, const char *text) {
    fputs(form->quote, out);
    for (const char *c = text; *c != '\0'; c++)
        if (plain((unsigned char)*c))
            fputc(*c, out);
        else
            fprintf(out, form->escape == ESCAPE_HEX ? "\\x%02x" : "\\%03u", (unsigned char)*c);
    fputs("\", ", out);
}

char *call_text(const lina_script_t *script, const struct call_form *form) {
    size_t size;
    char *text = NULL;
    FILE *out = open_memstream(&text, &size);
    if (out == NULL)
        return NULL;
    for (const char *const *part = form->head; *part != NULL; part++)
        fputs(*part, out);
    write_literal(out, form, script->path);
    fputs(form->list, out);
    for (char **argument = script->arguments; *argument != NULL; argument++)
        write_literal(out, form, *argument);
    fprintf(out, "%s, %d, %d, ", form->end_list, script->output, script->errors);
    fputs((script->flags & LINA_SCRIPT_STDIN) != 0 ? form->yes : form->no, out);
    fputs(form->tail, out);
    return fclose(out) == 0 ? text : NULL;
}

static void on_stop(int number) { (void)number; }

int own_output(int descriptor) {
    char path[32];
    snprintf(path, sizeof path, "/proc/self/fd/%d", descriptor);
    int has_offset = lseek(descriptor, 0, SEEK_CUR) >= 0;
    int own = has_offset ? -1 : open(path, O_WRONLY | O_CLOEXEC | O_NOCTTY);
    return own >= 0 ? own : fcntl(descriptor, F_DUPFD_CLOEXEC, 0);
}

void accept_stop_signal(void) {
    struct sigaction now, nothing;
    memset(&nothing, 0, sizeof nothing);
    nothing.sa_handler = on_stop;
    sigaction(STOP_SIGNAL, NULL, &now);
    if (now.sa_handler == SIG_DFL)
        sigaction(STOP_SIGNAL, &nothing, NULL);
}

int beside_plugin(const char *name, char *path, size_t room) {
    Dl_info own = {.dli_fname = ""};
    dladdr(__extension__(void *) beside_plugin, &own);
    const char *slash = strrchr(own.dli_fname, '/');
    int folder = slash == NULL ? 0 : (int)(slash - own.dli_fname) + 1;
    snprintf(path, room, "%.*s%s", folder, own.dli_fname, name);
    return access(path, R_OK) == 0;
}

int load_symbols(void *library, const struct symbol *symbols, size_t n, char *why, size_t room) {
    for (size_t i = 0; i < n; i++) {
        void *address = dlsym(library, symbols[i].name);
        if (address == NULL) {
            snprintf(why, room, "the library has no %s", symbols[i].name);
            return -1;
        }
        memcpy(symbols[i].to, &address, sizeof address);
    }
    return 0;
}

void set_variable(const char *name, const char *value) {
    size_t n = 0, length = strlen(name), at;
    char *text;
    while (environ != NULL && environ[n] != NULL)
        n++;
    char **array = calloc(n + 2, sizeof *array);
    if (array == NULL || asprintf(&text, "%s=%s", name, value) < 0) {
        free(array);
        return;
    }
    for (at = 0; at < n && strncmp(environ[at], text, length + 1) != 0; at++)
        ;
    if (n > 0)
        memcpy(array, environ, n * sizeof *array);
    array[at] = text;
    __atomic_store_n(&environ, array, __ATOMIC_RELEASE);
}
