/* tracer.h - what the files of the tracer share. */
#ifndef LINA_TRACER_H
#define LINA_TRACER_H

#include "events.h"

/* The functions that the tracer wraps. merge.sh reads this list: one function a line. */
#define TRACED(F)                                                                                  \
    F(lina_signal)                                                                                 \
    F(lina_signal_add)                                                                             \
    F(lina_signal_open)                                                                            \
    F(lina_signal_raise)                                                                           \
    F(lina_signal_raise_by)                                                                        \
    F(lina_signal_wake)                                                                            \
    F(lina_signal_wait)                                                                            \
    F(lina_signal_wait_value)                                                                      \
    F(lina_arena_signal)                                                                           \
    F(lina_arena_signal_add)                                                                       \
    F(lina_wait)                                                                                   \
    F(lina_wait_for)                                                                               \
    F(lina_wait_value)                                                                             \
    F(lina_arena_wait)                                                                             \
    F(lina_arena_wait_for)                                                                         \
    F(lina_arena_wait_value)                                                                       \
    F(lina_wait_any)                                                                               \
    F(lina_member_wait)                                                                            \
    F(lina_publish)                                                                                \
    F(lina_publish_within)                                                                         \
    F(lina_republish)                                                                              \
    F(lina_create_array)                                                                           \
    F(lina_arena_create_array)                                                                     \
    F(lina_reader_next)                                                                            \
    F(lina_notify)                                                                                 \
    F(lina_notify_fd)                                                                              \
    F(lina_notify_stream)                                                                          \
    F(lina_notify_stream_fd)                                                                       \
    F(lina_notify_room)                                                                            \
    F(lina_notify_room_fd)                                                                         \
    F(lina_notify_cancel)

/* Notes the time, the calling thread, and the script for which it works. */
void tracer_begin(struct lina_trace_event *event, int kind, const char *name);
/* Sets the event's end, and appends it to the file, if this process is traced. */
void tracer_append(struct lina_trace_event *event);
/* The name of the handle's signal; "?" if it was removed. */
const char *tracer_signal_name(const lina_signal_t *signal, char text[LINA_MAX_NAME]);

int tracer_is_eventfd(int descriptor);

#endif
