/* cursors.h - the cursors of a stream's reliable readers, and the entries of its producers.
 *
 * An entry names a member by number and incarnation. It counts while that member lives. A publisher or reader that
 * finds a dead member's entry in its way clears it. Any thread may call the functions marked [all]; the others are for
 * writers only. */
#ifndef LINA_CURSORS_H
#define LINA_CURSORS_H

#include "members.h"
#include "stream_slots.h"

/* The slowest reliable reader of a stream. */
struct lina_lag {
    uint64_t unread; /* how many generations it still has to take; 0 without readers */
    uint32_t entry;  /* LINA_NIL without readers */
};

/* Finds the slowest reader. Loads all cursors sequentially consistently: pairs with the store in readers.c. [all] */
struct lina_lag lina_cursors_lag(const lina_arena_t *arena, const struct lina_channel *c);
/* How many generations one reader still has to take. [all] */
uint64_t lina_cursors_unread(const lina_arena_t *arena, const struct lina_channel *c,
                             uint32_t entry);
/* True if the stream has room for one more generation: no reliable reader has the whole depth unread. [all] */
bool lina_cursors_have_room(const lina_arena_t *arena, const struct lina_channel *c);

/* Clears the entries of readers that are gone. True if there was one. Asks the kernel. [all] */
bool lina_cursors_bury(lina_arena_t *arena, const struct lina_channel *c,
                       struct lina_dumping *seen);

/* The same as lina_cursors_have_room. It looks at the cursors only if `lowest` of the record is too old. */
bool lina_cursors_let_publish(const lina_arena_t *arena, const struct lina_channel *c);
/* Makes an entry for a reader that has taken all generations up to `cursor`. LINA_NIL if there is no free entry. */
uint32_t lina_cursors_add(lina_arena_t *arena, const struct lina_channel *c, uint64_t cursor);
/* Counts one more hold of this member as a producer. False if the table is full. */
bool lina_producers_add(lina_arena_t *arena, const struct lina_channel *c);
/* Counts one hold less. False if the member has none. */
bool lina_producers_drop(lina_arena_t *arena, const struct lina_channel *c);
/* Clears the entries of producers that are gone. If none is left, the stream is STREAM_DIED. */
void lina_producers_bury(lina_arena_t *arena, const struct lina_channel *c,
                         struct lina_dumping *seen);
/* How many members produce. [all] */
uint32_t lina_producers_count(const struct lina_channel *c);

/* True if a producer with an entry is gone. Asks the kernel. [all] */
bool lina_producers_any_gone(const lina_arena_t *arena, const struct lina_channel *c,
                             struct lina_dumping *seen);

/* Describes the slowest reader and how many generations it has unread, for errors. [all] */
#define LINA_LAG_TEXT 160
void lina_lag_describe(const lina_arena_t *arena, const struct lina_channel *c,
                       char text[LINA_LAG_TEXT]);

#endif
