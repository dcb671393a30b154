/* core.h - a table of the functions of liblina_core.
 *
 * The add-on is not linked to the library. It looks for it in this order: the liblina_core.so.1 that the process has
 * loaded already (two copies would have two default arenas), the one that the environment variable LINA_CORE names,
 * and the one beside the add-on. */
#ifndef LINA_NODE_CORE_H
#define LINA_NODE_CORE_H

#include "lina.h"

/* Every function that the add-on calls, without its prefix. */
#define CORE_FUNCTIONS(X)                                                                          \
    X(abi_version)                                                                                 \
    X(version)                                                                                     \
    X(init)                                                                                        \
    X(shutdown)                                                                                    \
    X(clear_error)                                                                                 \
    X(last_error)                                                                                  \
    X(last_error_code)                                                                             \
    X(error_name)                                                                                  \
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
    X(arena_size)                                                                                  \
    X(arena_create_array)                                                                          \
    X(ensure_array)                                                                                \
    X(arena_list)                                                                                  \
    X(arena_reclaim)                                                                               \
    X(arena_try_wait)                                                                              \
    X(arena_signal_value)                                                                          \
    X(arena_signal_remove)                                                                         \
    X(wait_any)                                                                                    \
    X(check_arena)                                                                                 \
    X(dtype_size)                                                                                  \
    X(acquire)                                                                                     \
    X(retain)                                                                                      \
    X(release)                                                                                     \
    X(view_is_current)                                                                             \
    X(loan)                                                                                        \
    X(publish)                                                                                     \
    X(discard)                                                                                     \
    X(republish)                                                                                   \
    X(remove)                                                                                      \
    X(alias)                                                                                       \
    X(alias_as)                                                                                    \
    X(signal_open)                                                                                 \
    X(signal_raise_by)                                                                             \
    X(signal_is_set)                                                                               \
    X(signal_read)                                                                                 \
    X(signal_clear)                                                                                \
    X(signal_wait)                                                                                 \
    X(signal_wait_value)                                                                           \
    X(notify)                                                                                      \
    X(notify_cancel)                                                                               \
    X(notify_stream)                                                                               \
    X(notify_room)                                                                                 \
    X(publish_within)                                                                              \
    X(stream_open)                                                                                 \
    X(stream_info)                                                                                 \
    X(stream_produce)                                                                              \
    X(stream_end)                                                                                  \
    X(reader_open)                                                                                 \
    X(reader_next)                                                                                 \
    X(reader_lost)                                                                                 \
    X(reader_sequence)                                                                             \
    X(reader_close)                                                                                \
    X(member_set_name)                                                                             \
    X(member_list)

struct core {
#define DECLARE(name) __typeof__(lina_##name) *name;
    CORE_FUNCTIONS(DECLARE)
#undef DECLARE
};

extern struct core core;

#define CORE_MESSAGE 512 /* size of a message of core_load */

/* Fills in `core`, once in a process. False with the reason in `why`, which has CORE_MESSAGE bytes. */
int core_load(char *why);
/* The path of the library that was loaded. */
const char *core_path(void);

#endif
