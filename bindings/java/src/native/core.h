/* core.h - a table of the functions of liblina_core, for the binding's small library.
 *
 * The library does not link liblina_core. It takes, in this order, the liblina_core.so.1 that the process has
 * loaded already (two copies would be two default arenas), the one that the environment variable LINA_CORE
 * names, and the one whose path Java gives, which came out of the jar. */
#ifndef LINA_JAVA_CORE_H
#define LINA_JAVA_CORE_H

#include "lina.h"

/* Every function that the library calls, without its prefix. */
#define CORE_FUNCTIONS(X)                                                                          \
    X(abi_version)                                                                                 \
    X(version)                                                                                     \
    X(init)                                                                                        \
    X(shutdown)                                                                                    \
    X(clear_error)                                                                                 \
    X(last_error)                                                                                  \
    X(last_error_code)                                                                             \
    X(arena_create)                                                                                \
    X(arena_attach)                                                                                \
    X(arena_close)                                                                                 \
    X(arena_default)                                                                               \
    X(arena_set_default)                                                                           \
    X(arena_fd)                                                                                    \
    X(arena_info)                                                                                  \
    X(arena_inspect)                                                                               \
    X(arena_unlink)                                                                                \
    X(arena_sync)                                                                                  \
    X(arena_create_array)                                                                          \
    X(arena_list)                                                                                  \
    X(arena_reclaim)                                                                               \
    X(arena_clear)                                                                                 \
    X(arena_signal_add)                                                                            \
    X(arena_signal_value)                                                                          \
    X(arena_signal_remove)                                                                         \
    X(arena_try_wait)                                                                              \
    X(check_arena)                                                                                 \
    X(ensure_array)                                                                                \
    X(acquire)                                                                                     \
    X(retain)                                                                                      \
    X(release)                                                                                     \
    X(view_is_current)                                                                             \
    X(loan)                                                                                        \
    X(discard)                                                                                     \
    X(republish)                                                                                   \
    X(remove)                                                                                      \
    X(alias)                                                                                       \
    X(alias_as)                                                                                    \
    X(signal_open)                                                                                 \
    X(signal_list)                                                                                 \
    X(signal_raise_by)                                                                             \
    X(signal_wait)                                                                                 \
    X(signal_wait_value)                                                                           \
    X(wait_any)                                                                                    \
    X(notify_fd)                                                                                   \
    X(notify_stream_fd)                                                                            \
    X(notify_room_fd)                                                                              \
    X(notify_cancel)                                                                               \
    X(stream_open)                                                                                 \
    X(stream_produce)                                                                              \
    X(stream_end)                                                                                  \
    X(stream_info)                                                                                 \
    X(stream_list)                                                                                 \
    X(publish_within)                                                                              \
    X(reader_open)                                                                                 \
    X(reader_next)                                                                                 \
    X(reader_lost)                                                                                 \
    X(reader_sequence)                                                                             \
    X(reader_close)                                                                                \
    X(arena_join)                                                                                  \
    X(member_set_name)                                                                             \
    X(member_list)                                                                                 \
    X(member_wait)

struct core {
#define DECLARE(name) __typeof__(lina_##name) *name;
    CORE_FUNCTIONS(DECLARE)
#undef DECLARE
};

extern struct core core;

#define CORE_MESSAGE 512 /* bytes that a message of core_load needs */

/* True if the process has a liblina_core already, or LINA_CORE names one. Then Java's own copy is not needed. */
int core_is_given(void);
/* Fills `core`, once in a process; `own` is the path of Java's own copy, or NULL. False with a sentence in
 * `why`, of CORE_MESSAGE bytes. */
int core_load(const char *own, char *why);
/* The path of the library that is used. */
const char *core_path(void);

#endif
