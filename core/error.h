/* error.h - codes, texts and the calling thread's last failure. */
#ifndef LINA_ERROR_H
#define LINA_ERROR_H

#include "lina.h"

/* Remembers the sentence for lina_last_error and returns `code`. */
int lina_fail(int code, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* The same for a system call that failed: the code that fits `error` (an errno), which is named at
 * the sentence's end. */
int lina_fail_errno(int error, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* The calling thread's last failure, to be put back after a call whose own failure is no news. */
struct lina_failure {
    int code;
    char sentence[640];
};
void lina_failure_save(struct lina_failure *out);
void lina_failure_restore(const struct lina_failure *saved);

#endif
