/* tables.h - alters the shared tables of an arena without the core's knowledge. */
#ifndef LINA_TEST_TABLES_H
#define LINA_TEST_TABLES_H

#include "fuzz.h"

#define TABLES_REGIONS 16

struct region {
    uint64_t offset, nbytes;
};

struct tables {
    lina_arena_t *arena;   /* its first member, or NULL if that has left */
    uint8_t *live, *sound; /* the mapped tables; a copy of them from when they were sound */
    struct region regions[TABLES_REGIONS];
    uint64_t nbytes; /* size of the whole control block */
    uint64_t closed; /* from here on, the test must not write: see tables_joined */
    char where[24];  /* what to attach to */
};

/* Small tables, so that most alterations matter. The data is larger than any array, and its last unit is not
 * whole. */
#define TABLES_ARRAYS 12
#define TABLES_SIGNALS 4
#define TABLES_MEMBERS 4
#define TABLES_DATA ((UINT64_C(8) << 20) - 24)

/* A name of the greatest length. If its final zero is overwritten, it has no end. */
#define TABLES_LONG "sixty-three bytes, as long as the name of an array may ever get"

/* The number of scenes. A scene is a new arena with these tables, in one of the states that tables.c makes. */
#define TABLES_SCENES 10
void tables_set(struct tables *tables, int scene);
void tables_restore(struct tables *tables);
/* Tells which member has attached. In platform_pretend.c all mappings of a file are one, so the test cannot write to
 * what the member protects: its guard, and its data if it is read-only. An altered header may move both into what the
 * test takes for tables. */
void tables_joined(struct tables *tables, const lina_arena_t *member);
/* Alters the word that `place` chooses, in the way that `kind` says. Some kinds copy the word that `other` chooses,
 * and some store `value`. */
void tables_alter(struct tables *tables, uint16_t place, uint8_t kind, uint16_t other,
                  uint64_t value);
/* Makes the header's checksum fit its numbers, as a hostile peer would. */
void tables_seal(struct tables *tables);
/* True for a kind that needs no `value`. */
bool tables_kind_is_likely(uint8_t kind);

#endif
