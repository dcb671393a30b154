/* tables.h - the shared tables of an arena, to be altered behind the core's back. */
#ifndef LINA_TEST_TABLES_H
#define LINA_TEST_TABLES_H

#include "fuzz.h"

#define TABLES_REGIONS 12

struct region {
    uint64_t offset, nbytes;
};

struct tables {
    lina_arena_t *arena;   /* its first member, or NULL where that has left */
    uint8_t *live, *sound; /* as they are; as they were when sound */
    struct region regions[TABLES_REGIONS];
    uint64_t nbytes; /* the whole control block */
    char where[24];  /* what to attach to */
};

/* Small tables, so that most alterations matter; more data than anybody zeroes, whose last unit is not
 * a whole one. */
#define TABLES_ARRAYS 12
#define TABLES_SIGNALS 4
#define TABLES_MEMBERS 4
#define TABLES_DATA ((UINT64_C(8) << 20) - 24)

/* A name as long as there can be: one wrong byte, and it has no end. */
#define TABLES_LONG "sixty-three bytes, as long as the name of an array may ever get"

/* A new arena with the tables above, in one of the states that tables.c lists. */
#define TABLES_SCENES 9
void tables_set(struct tables *tables, int scene);
void tables_restore(struct tables *tables);
/* Alters one word: `place` and `other` say which and another one, `kind` how, `value` is used as it is
 * for some kinds. */
void tables_alter(struct tables *tables, uint16_t place, uint8_t kind, uint16_t other,
                  uint64_t value);
/* Makes the header's sum fit its numbers, as somebody who altered them on purpose does. */
void tables_seal(struct tables *tables);
/* True for a kind that needs no `value`. */
bool tables_kind_is_likely(uint8_t kind);

#endif
