/* error.h - codes, texts and the calling thread's last failure. */
#ifndef LINA_ERROR_H
#define LINA_ERROR_H

#include "lina.h"

/* An answer beside the codes of lina.h: what the function looks for has not come yet. */
#define LINA_WAITING 1

/* Remembers the sentence for lina_last_error and returns `code`. */
int lina_fail(int code, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* The same for a system call that failed with `error`, an errno. Adds the errno's text to the sentence and
 * returns the code that fits it. */
int lina_fail_errno(int error, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* The calling thread's last failure. A caller saves it before a call whose failure should not be reported,
 * and restores it afterwards. */
struct lina_failure {
    int code;
    char sentence[640];
};
void lina_failure_save(struct lina_failure *out);
void lina_failure_restore(const struct lina_failure *saved);

#endif
