/* room.h - the error of a system that has no room for an arena's pages. */
#ifndef LINA_ROOM_H
#define LINA_ROOM_H

#include "mapping.h"

/* Sets and returns the error for `error`, a negative errno. If the arena's file system is full, the sentence says which
 * one it is, its size, how much of it is free and, for /dev/shm, how a container gets more. */
int lina_fail_room(const lina_arena_t *arena, int error, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

#endif
