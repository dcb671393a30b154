/* cursors.h - how far the reliable readers of a stream are, and which members produce.
 *
 * An entry names a member by number and incarnation. It counts while that member lives. A publisher or reader that
 * finds a dead member's entry in its way clears it. */
#ifndef LINA_CURSORS_H
#define LINA_CURSORS_H

#include "members.h"
#include "stream_slots.h"

/* The slowest reliable reader of a stream. */
struct lina_lag {
    uint64_t unread; /* generations that it has still to take; 0 without readers */
    uint32_t entry;  /* or LINA_NIL */
};

/* Looks at all cursors, sequentially consistent: pairs with the store in readers.c. [all] */
struct lina_lag lina_cursors_lag(const lina_arena_t *arena, const struct lina_channel *c);
/* The same for one reader. */
uint64_t lina_cursors_unread(const lina_arena_t *arena, const struct lina_channel *c,
                             uint32_t entry);
/* Whether one more generation passes nobody over. [all] */
bool lina_cursors_have_room(const lina_arena_t *arena, const struct lina_channel *c);

/* Forgets the readers that are gone; true if there were any. Asks the kernel. [all] */
bool lina_cursors_bury(lina_arena_t *arena, const struct lina_channel *c,
                       struct lina_dumping *seen);

/* Writers only. lina_cursors_have_room, where that is cheap to say. */
bool lina_cursors_let_publish(const lina_arena_t *arena, const struct lina_channel *c);
/* A free entry for a reader that has taken what is up to `cursor`; or LINA_NIL. */
uint32_t lina_cursors_add(lina_arena_t *arena, const struct lina_channel *c, uint64_t cursor);
/* One more hold of this member as a producer. False when the table is full. */
bool lina_producers_add(lina_arena_t *arena, const struct lina_channel *c);
/* One less. False when it has none. */
bool lina_producers_drop(lina_arena_t *arena, const struct lina_channel *c);
/* Forgets the producers that are gone. When none is left, the stream has died. */
void lina_producers_bury(lina_arena_t *arena, const struct lina_channel *c,
                         struct lina_dumping *seen);
uint32_t lina_producers_count(const struct lina_channel *c);

/* [all] Whether a producer is gone that is still entered. Asks the kernel. */
bool lina_producers_any_gone(const lina_arena_t *arena, const struct lina_channel *c,
                             struct lina_dumping *seen);

/* Describes the slowest reader, and how far behind it is. */
#define LINA_LAG_TEXT 160
void lina_lag_describe(const lina_arena_t *arena, const struct lina_channel *c,
                       char text[LINA_LAG_TEXT]);

#endif
