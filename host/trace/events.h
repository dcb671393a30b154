/* events.h - what a traced process tells `lina run --trace`.
 *
 * The command makes a file in memory and names it in LINA_TRACE. Each call that is traced appends one event to it by one
 * write, so an event is whole, and what a killed process has written stays. */
#ifndef LINA_TRACE_EVENTS_H
#define LINA_TRACE_EVENTS_H

#include <stdint.h>

#include "lina.h"

#define LINA_TRACE_FILE "LINA_TRACE"        /* the path of the file of events */
#define LINA_TRACE_LABEL "LINA_TRACE_LABEL" /* "=" and the script, if it has its own process */

enum lina_trace_kind {
    LINA_TRACE_WAIT =
        1, /* a thread waits: for a signal, a member, a generation, or room in a stream */
    LINA_TRACE_NOTICE, /* an event loop waits */
    LINA_TRACE_RAISE,
    LINA_TRACE_PUBLISH,
};

struct lina_trace_event {
    uint64_t begin, end; /* nanoseconds of CLOCK_BOOTTIME */
    uint32_t pid, tid;
    int32_t kind, result; /* result: LINA_OK or an error */
    uint64_t value; /* of a signal's counter, or a generation's sequence; 0 if it is not known */
    char label[LINA_MAX_NAME]; /* the script's, or "" */
    char name[LINA_MAX_NAME];  /* of the signal, the stream, the array, or the member */
};

/* Says that the calling thread works for a script, and so do the threads that it starts. */
typedef void lina_trace_label_fn(const char *label);

#endif
