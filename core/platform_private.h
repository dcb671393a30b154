/* platform_private.h - what the files platform_*.c share. */
#ifndef LINA_PLATFORM_PRIVATE_H
#define LINA_PLATFORM_PRIVATE_H

#include <errno.h>
#include <sys/stat.h>

#include "platform.h"

/* The result of a system call, or a negative errno. */
static inline int platform_result(int rc) { return rc < 0 ? -errno : rc; }

/* -EBADF if the file's descriptor is closed or belongs to another file. A fresh file needs no look. */
int platform_file_check(struct platform_file file);
/* The same, and fills in *st. Looks at a fresh file, too. */
int platform_file_look(struct platform_file file, struct stat *st);

#endif
