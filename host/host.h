/* host.h - functions that the files of liblina_host share. */
#ifndef LINA_HOST_INTERNAL_H
#define LINA_HOST_INTERNAL_H

#include "runtime.h"

/* Sets the calling thread's error message, and returns `code`. */
int host_fail(int code, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Runs a program and stores the beginning of its output, at most `room` - 1 bytes and a zero. Returns 0 if the program
 * ended with exit status 0, and otherwise -1. */
int host_capture(const char *const *command, char *output, size_t room);

/* Returns the words that say how to install a thing: "python", "java", "node", "libnode", "lua", or "lua 5.4". They are
 * valid until the thread's next call. */
const char *host_remedy(const char *thing);

/* Fills in version and library of a Python from its files. Returns 0 if the program must be asked. */
int host_read_python(lina_runtime_info_t *info);
/* As host_read_python, for a Julia, whose folder and image it fills in as well. */
int host_read_julia(lina_runtime_info_t *info);

/* The folder of liblina_host, and whether that is the build folder of a checkout. */
const char *host_folder(void);
int host_in_checkout(void);
/* The path of a language's plug-in. */
void host_plugin(const char *language, char *path, size_t room);

#endif
