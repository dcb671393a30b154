/* error.c - one table of codes, and one sentence for each thread. */
#include "error.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static const struct {
    char name[12]; /* no pointer, which needs a relocation of 24 bytes */
    const char *text;
} codes[] = {
    {"OK", "no error"},
    {"INVALID", "bad argument"},
    {"NOT_FOUND", "not found"},
    {"EXISTS", "the name is taken"},
    {"NO_MEMORY", "no room"},
    {"FULL", "a table of the arena is full"},
    {"STALE", "the generation was replaced or removed"},
    {"TIMEOUT", "timed out"},
    {"NOT_READY", "no arena yet"},
    {"CLOSED", "the arena was closed"},
    {"VERSION", "the arena has another ABI or layout"},
    {"CORRUPT", "shared bytes that cannot be true"},
    {"PERMISSION", "not permitted"},
    {"READ_ONLY", "attached read-only"},
    {"BUSY", "still in use"},
    {"INTERRUPTED", "interrupted by a signal handler"},
    {"SYSTEM", "a system call failed"},
    {"ENDED", "the stream is over"},
    {"DIED", "the member that the call depends on is gone"},
    {"BEHIND", "a reliable reader has the whole depth of the stream unread"},
};
#define CODES ((int)(sizeof codes / sizeof *codes))

/* It has room for two paths of 255 bytes and a reason. */
static _Thread_local char sentence[sizeof((struct lina_failure *)NULL)->sentence];
static _Thread_local int sentence_code;

const char *lina_error_name(int code) {
    return code <= 0 && code > -CODES ? codes[-code].name : "UNKNOWN";
}

const char *lina_strerror(int code) {
    return code <= 0 && code > -CODES ? codes[-code].text : "unknown error code";
}

const char *lina_last_error(void) { return sentence; }

int lina_last_error_code(void) { return sentence_code; }

void lina_clear_error(void) {
    sentence[0] = '\0';
    sentence_code = LINA_OK;
}

void lina_failure_save(struct lina_failure *out) {
    out->code = sentence_code;
    memcpy(out->sentence, sentence, sizeof sentence);
}

void lina_failure_restore(const struct lina_failure *saved) {
    sentence_code = saved->code;
    memcpy(sentence, saved->sentence, sizeof sentence);
}

int lina_fail(int code, const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(sentence, sizeof sentence, format, arguments);
    va_end(arguments);
    sentence_code = code;
    return code;
}

/* The system's text for an errno: in the caller's `room`, or in static memory. */
static const char *reason_of(int error, char *room, size_t capacity) {
    if (error == EBADF)
        return "the descriptor that Lina opened was closed by the host, or is in another thread's "
               "table";
#ifdef __GLIBC__ /* GNU's strerror_r returns the text; others write it to `room` */
    return strerror_r(error, room, capacity);
#else
    return strerror_r(error, room, capacity) == 0 ? room : "unknown error";
#endif
}

static int code_of_errno(int error) {
    switch (error) {
    case ENOENT:
        return LINA_ERR_NOT_FOUND;
    case EEXIST:
        return LINA_ERR_EXISTS;
    case EACCES:
    case EPERM:
    case EROFS:
        return LINA_ERR_PERMISSION;
    case ENOMEM:
    case ENOSPC:
    case EDQUOT:
    case EFBIG:
        return LINA_ERR_NO_MEMORY;
    default:
        return LINA_ERR_SYSTEM;
    }
}

int lina_fail_errno(int error, const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    int used = vsnprintf(sentence, sizeof sentence, format, arguments);
    va_end(arguments);
    if (used >= 0 && (size_t)used < sizeof sentence) {
        char room[96];
        snprintf(sentence + used, sizeof sentence - (size_t)used, ": %s (errno %d)",
                 reason_of(error, room, sizeof room), error);
    }
    sentence_code = code_of_errno(error);
    return sentence_code;
}
