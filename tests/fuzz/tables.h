/* tables.h - the shared tables of an arena, to be altered behind the core's back. */
#ifndef LINA_TEST_TABLES_H
#define LINA_TEST_TABLES_H

#include "fuzz.h"

#define TABLES_REGIONS 8

struct region {
    uint64_t offset, nbytes;
};

struct tables {
    uint8_t *live, *sound; /* as they are; as they were when sound */
    struct region regions[TABLES_REGIONS];
    uint64_t nbytes; /* the whole control block */
    uint32_t words;  /* 32-bit ones, of all regions */
};

/* Small tables, so that most alterations matter. */
#define TABLES_ARRAYS 12
#define TABLES_SIGNALS 4
#define TABLES_MEMBERS 4
#define TABLES_DATA (UINT64_C(1) << 20)

/* A new arena with the tables above, in one of four states: empty; two arrays, a slice and signals;
 * the same with old generations that are held, a loan and a large array; the same, and a writer that
 * died inside. */
#define TABLES_SCENES 4
lina_arena_t *tables_set(struct tables *tables, int scene);
void tables_restore(struct tables *tables);
/* Alters one word: `place` and `other` say which and another one, `kind` how, `value` is used as it is
 * for some kinds. */
void tables_alter(struct tables *tables, uint32_t place, uint8_t kind, uint32_t other,
                  uint64_t value);
/* True for a kind that needs no `value`. */
bool tables_kind_is_likely(uint8_t kind);

#endif
