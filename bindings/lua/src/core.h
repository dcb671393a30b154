/* core.h - the functions of liblina_core, found at run time.
 *
 * A process must have one core, whatever languages it runs, because two cores would have two default arenas. So this
 * module is not linked to the library, but looks for it, in this order: the one that is loaded already, the one that
 * the environment variable LINA_CORE names, the one beside this module, the system's. */
#ifndef LINA_LUA_CORE_H
#define LINA_LUA_CORE_H

#include <stdbool.h>
#include <stddef.h>

#include "lina.h"

#define CORE_FUNCTIONS(F)                                                                          \
    F(abi_version)                                                                                 \
    F(version)                                                                                     \
    F(error_name)                                                                                  \
    F(last_error)                                                                                  \
    F(last_error_code)                                                                             \
    F(clear_error)                                                                                 \
    F(dtype_name)                                                                                  \
    F(dtype_from_name)                                                                             \
    F(dtype_size)                                                                                  \
    F(init)                                                                                        \
    F(shutdown)                                                                                    \
    F(arena_create)                                                                                \
    F(arena_attach)                                                                                \
    F(arena_close)                                                                                 \
    F(arena_default)                                                                               \
    F(arena_set_default)                                                                           \
    F(arena_fd)                                                                                    \
    F(arena_info)                                                                                  \
    F(arena_inspect)                                                                               \
    F(arena_sync)                                                                                  \
    F(arena_unlink)                                                                                \
    F(arena_create_array)                                                                          \
    F(ensure_array)                                                                                \
    F(arena_list)                                                                                  \
    F(arena_reclaim)                                                                               \
    F(arena_try_wait)                                                                              \
    F(arena_clear)                                                                                 \
    F(arena_signal_value)                                                                          \
    F(arena_signal_remove)                                                                         \
    F(acquire)                                                                                     \
    F(retain)                                                                                      \
    F(release)                                                                                     \
    F(view_is_current)                                                                             \
    F(loan)                                                                                        \
    F(publish)                                                                                     \
    F(discard)                                                                                     \
    F(republish)                                                                                   \
    F(remove)                                                                                      \
    F(alias)                                                                                       \
    F(alias_as)                                                                                    \
    F(signal_open)                                                                                 \
    F(signal_raise_by)                                                                             \
    F(signal_clear)                                                                                \
    F(signal_wait)                                                                                 \
    F(signal_wait_value)                                                                           \
    F(signal_list)                                                                                 \
    F(wait_any)                                                                                    \
    F(notify_fd)                                                                                   \
    F(notify_cancel)                                                                               \
    F(check_arena)                                                                                 \
    F(stream_open)                                                                                 \
    F(stream_info)                                                                                 \
    F(stream_produce)                                                                              \
    F(stream_end)                                                                                  \
    F(publish_within)                                                                              \
    F(reader_open)                                                                                 \
    F(reader_next)                                                                                 \
    F(reader_lost)                                                                                 \
    F(reader_sequence)                                                                             \
    F(reader_close)                                                                                \
    F(notify_stream_fd)                                                                            \
    F(notify_room_fd)                                                                              \
    F(member_set_name)                                                                             \
    F(member_wait)                                                                                 \
    F(member_list)

struct core {
#define DECLARE(name) __typeof__(lina_##name) *name;
    CORE_FUNCTIONS(DECLARE)
#undef DECLARE
};
extern struct core core; /* after core_load was true, it is complete and never changes */

/* Loads the core, once in a process. Every caller gets the same answer. False with the reason in *why. */
bool core_load(const char **why);
/* The path of the library that was loaded. */
const char *core_path(void);

#endif
