/* mapping.h - makes, maps, lays out and frees an arena's struct and its memory.
 *
 * The tables' addresses come from a geometry that was checked once. None of them is read again from shared
 * memory. The struct lives while somebody holds it: see holds.h. */
#ifndef LINA_MAPPING_H
#define LINA_MAPPING_H

#include "aim.h"
#include "atomic.h"
#include "error.h"
#include "layout.h"
#include "platform.h"

#define LINA_WAITS 8
#define LINA_HOLDS 16u
#define LINA_AHEAD 16u

/* How far this process may touch the tables that grow in steps. It never goes beyond pages that exist, even if the
 * shared words claim more. No lock protects it: each word only grows, and its writer has checked the pages first. See
 * tables.c. */
struct lina_reach {
    uint32_t slots; /* atomic: this many slots, their ledger entries, and one gap entry more */
    struct lina_rows *rows; /* [step], atomic words: the members whose rows may be touched */
    void **own_rows;        /* [step], atomic: this member's row, or NULL */
    uint32_t *streams;      /* [stream], atomic: 1 when its record was reached */
};

/* Counts threads inside a wait. There are several counts: with one, two threads that wait for each other in turn would
 * also send its cache line to and fro. */
struct lina_waits {
    _Alignas(LINA_LINE) uint32_t count;  /* atomic */
    uint32_t vain_spins, yields_to_skip; /* atomic: see lina_wait_run in wait_policy.c */
};

/* See holds.h. */
struct lina_hold_count {
    _Alignas(LINA_LINE) uint64_t count; /* atomic: | holds (63 bits) | mark (1 bit) | */
};

struct lina_arena_t {
    struct lina_geometry geo;
    struct lina_header *header;
    struct lina_member *members;
    struct lina_slot *slots;
    struct lina_ledger *ledger;
    uint64_t *index;
    uint64_t *signal_index;
    struct lina_signal_slot *signals;
    struct lina_rows *rows;
    uint32_t *pins;
    struct lina_stream *streams;
    uint8_t *data;
    struct lina_reach reach;

    void *map;
    uint64_t map_bytes;
    /* The handle whose mapping this one shares, or NULL. This handle counts as one of the lender's holds. */
    lina_arena_t *lender;
    /* The member's lock is on this file, a description that nothing else uses. A mapping keeps the description that it
     * was made with, and a forked child keeps the mapping. So a lock on that description would outlive this process.
     * No file if the memory is registered. */
    struct platform_file file;
    struct platform_file public_file; /* for lina_arena_fd; none until its first call */
    bool limited;                     /* pages can run out: take them before use */
    bool registered;                  /* `data` is the host's */
    bool reserved;                    /* all pages are taken, and none is given back */
    bool read_only, inherit;
    char where[256];

    uint32_t member; /* valid while `epoch` is the process's */
    uint64_t epoch;
    uint32_t closed;           /* atomic */
    struct lina_arena_t *next; /* in the process's list, under its mutex */

    uint64_t ahead[LINA_AHEAD]; /* atomic: see ahead.h */
    uint32_t published;         /* atomic: the hash of the name that was published last, or 0 */
    struct lina_memo memo;
    struct lina_hold_count holds[LINA_HOLDS];
    _Alignas(LINA_LINE) uint64_t collected; /* atomic: holds that are not in the counts any more */
    struct lina_waits waits[LINA_WAITS];
};

/* Makes a struct without memory and file. `out` is the caller's place for the result. Returns NULL with the error set
 * if `out` is NULL, or if there is no memory. */
lina_arena_t *lina_mapping_new(const char *where, const void *out);
/* Unmaps the memory, closes the files, and frees the struct. */
void lina_mapping_free(lina_arena_t *arena);

/* Maps the arena's file by its geometry. For registered memory, maps zeroes for the tables. */
int lina_mapping_make(lina_arena_t *arena);
/* The same for an existing file of `bytes`: reads the geometry from it first. */
int lina_mapping_read(lina_arena_t *arena, uint64_t bytes);

/* Makes `arena` a further handle of the lender's memory, with an open file description of its own. */
int lina_mapping_share(lina_arena_t *arena, lina_arena_t *lender);

/* Replaces the arena's open file description by a new one of the same file. If that fails, the arena has no file any
 * more. */
int lina_mapping_reopen(lina_arena_t *arena);

/* A member's row of pins in a step, and a slot's place in it. Neighbouring slots are four cache lines apart, so that
 * threads with different arrays do not share a line. */
static inline uint32_t *lina_row(const lina_arena_t *arena, uint32_t member, uint32_t step) {
    return &arena->pins[((uint64_t)step * arena->geo.max_members + member) * LINA_STEP];
}

static inline uint32_t lina_place_in_row(uint32_t slot) {
    return (slot % 16) * (LINA_STEP / 16) + slot % LINA_STEP / 16;
}

#endif
