/* layout.h - the layout of an arena's memory. Only core/ includes it.
 *
 * Glossary
 *   arena       one mapping: header and tables, an inaccessible guard, data
 *   slot        one entry of the descriptor table; it has one incarnation of an array at a time
 *   serial      arena-wide number of an incarnation, never used twice; it shares a word with the state
 *   live        the current generation of a name
 *   kept        no longer current, but among the last generations of a stream
 *   retired     neither; its memory waits for its last pin, alias, and raw pointer
 *   stream      a name whose last `depth` generations stay: LIVE the newest, KEPT the others
 *   cursor      the sequence of the last generation that a reader of a stream has taken
 *   spare       a retired slot that waits for the next loan of its name: spares.h
 *   exposed     lina_open showed it, so a raw pointer may exist: kept until lina_reclaim
 *   run         a range of data bytes that belongs to one slot, or to none: then it is a gap
 *   member      an open handle of the arena in a process; holds the kernel's lock on its own byte of the file
 *   pin         one hold of a member on a slot
 *   row         the pin counters of one member for the slots of one step: a page of its own
 *   step        LINA_STEP slots and what belongs to them; tables grow by a step at a time
 *   writer      the thread that owns the writer lock
 *   [all]       marks the words that every thread may change; all others are changed by writers only
 *
 *   0                                                                                           data
 *   +--------+---------+------+---------+---------+-------+--------+------+---------+-------+ - - - +
 *   | header | members | rows | indexes | signals | slots | ledger | pins | streams | guard | data  |
 *   +--------+---------+------+---------+---------+-------+--------+------+---------+-------+ - - - +
 *    1 page   256 each  bits   8 each    128 each  256 ea. 64 each  4 each 8 KiB ea. 64 KiB
 *   taken whole when the arena is made            |taken in steps                   |
 *
 * Pages
 *   A page is "taken" once the system has given it to the file. On a disk or in /dev/shm, pages can run out.
 *   There, even reading a page that was never taken may raise SIGBUS, so no process touches one.
 *   header.slots_ready says how far slots and ledger are taken, and `rows` which rows of pins are (tables.c).
 *
 * Truth and indexes
 *   The slots and the ledger are the truth about arrays, and about the generations of streams. The slots of signals
 *   are the truth about signals, and about which streams exist. The name index, the signal index, the gaps, all
 *   lists and all counts are indexes over them. After a writer's death, recover() in writer.c rebuilds the indexes.
 *
 * Invariants (lina_check_arena tests each)
 *   state(slot) in {FREE, LOANED, LIVE, RETIRED, KEPT};  serial(slot) < header.next_serial
 *   no index leads to a slot >= header.slots_used, because those were never used
 *   a name has at most one LIVE slot, and the index leads to it
 *   owner(LIVE slot) is 0 or a reference to a member that the arena has, or had
 *   the ledger of exactly one LIVE slot leads to each spare
 *   ledger[s].dependents = number of slots whose ledger.base is s
 *   a pin of member m on slot s is counted in its row, and then bit m % 64 of slots[s].readers is set
 *   runs fill [0, data_size rounded up to LINA_ALIGN) without overlap; no two neighbours are gaps
 *   value(signal) >= cleared(signal)
 *   a name has at most one LIVE signal, and the signal index leads to it
 *   signals_used = signals_live + length of the list from signal_first
 *   from `oldest` along `newer` to `newest`, the generations of a stream have consecutive sequences; the newest is
 *   LIVE, the others are KEPT; there are `kept` of them, and at most `depth`
 *   value(head of a stream) = sequence of its newest
 *
 * No value from shared memory is used as an index, size or offset before it is bounded. The places of the
 * tables are computed from four numbers that the opener checked and copied (struct lina_geometry).
 * Fixed-width fields only; no pointers, enums, bool, long or size_t. */
#ifndef LINA_LAYOUT_INTERNAL_H
#define LINA_LAYOUT_INTERNAL_H

#include <stddef.h>
#include <stdint.h>

#include "lina.h"

#define LINA_PAGE 4096u      /* tables begin at multiples of it */
#define LINA_BIG_PAGE 65536u /* guard and data too: no machine has larger pages */
#define LINA_ALIGN 64u
#define LINA_STEP 1024u        /* slots; a row of pins then fills a page */
#define LINA_MAX_MEMBERS 1024u /* m, m + 64, ... share a bit of `readers` */
#define LINA_MAX_DATA ((UINT64_C(1) << 46) - LINA_PAGE) /* below the end of SPACE_FIRST's classes */
#define LINA_MAX_SLOTS (UINT32_C(1) << 24)
#define LINA_MAX_STREAMS 1024u
#define LINA_SPARE_MOST (UINT64_C(64) << 10) /* bytes of the largest spare outside of streams */
#define LINA_NIL UINT32_MAX

#define LINA_MAGIC UINT64_C(0x414e4552414e494c) /* "LINARENA" in memory */
#define LINA_BYTE_ORDER UINT32_C(0x01020304)
#define LINA_READY UINT32_C(0x59444152)

/* ---- slots ------------------------------------------------------------------------------------
 *   state word:  | serial (56 bits) | exposed | removed | spare | ... | state (3 bits) |
 *   A slot's descriptor changes only while its state is LOANED, when no reader can find it. So the state word is
 *   the sequence of a sequence lock: if it is the same before and after a copy, the copy is whole. [all] may set
 *   EXPOSED by compare-and-swap. Writers change the rest. */
#define SLOT_FREE UINT64_C(0)
#define SLOT_LOANED UINT64_C(1)
#define SLOT_LIVE UINT64_C(2)
#define SLOT_RETIRED UINT64_C(3)
#define SLOT_KEPT UINT64_C(4) /* LIVE -> KEPT -> RETIRED, in a stream */
#define SLOT_STATE_MASK UINT64_C(7)
#define SLOT_SPARE UINT64_C(0x20)   /* RETIRED, and kept for the next loan of its name */
#define SLOT_REMOVED UINT64_C(0x40) /* retired by lina_remove: its pages go back to the system */
#define SLOT_EXPOSED UINT64_C(0x80)
#define SLOT_SERIAL_SHIFT 8

/* The state and what changes from one generation to the next, at the end of the descriptor, share a cache line. */
struct lina_slot {
    lina_desc_t desc;
    uint64_t state;
    /* Bit m % 64: member m may have a pin here. [all] may set it. A writer clears it when it frees the slot. It
     * does not clear it when it buries the member, since another member may share the bit. */
    uint64_t readers;
};

/* What only writers need of a slot, above all its run of data. After the entries of the slots follow two kinds of
 * entries that are an index: one entry for both ends of the data, and entries for gaps (space.c). */
struct lina_ledger {
    uint64_t offset; /* of its run; meaningful while nbytes > 0 */
    uint64_t nbytes; /* of its run; 0 for an alias and for an empty array */
    union {
        uint64_t base_serial; /* the incarnation that an alias keeps in place */
        /* | low half of a serial (32) | slot + 1 (32) |: the spare of an array that was a loan. LINA_NIL: it has
         * none. 0: it was no loan. */
        uint64_t spare;
    };
    uint32_t base;          /* the slot of that incarnation, or LINA_NIL */
    uint32_t dependents;    /* index: how many aliases this slot has */
    uint32_t before, after; /* index: the entries whose runs lie next to its own */
    union {
        struct {
            /* index: neighbours in a list of free slots (`next` only), of pending slots, or of gaps */
            uint32_t prev, next;
        };
        /* of a LIVE slot, which is in no list: a reference to the member that owns its name, or 0 */
        uint64_t owner;
    };
    uint64_t sequence; /* of a published generation: its number in the 64-bit count of its name */
    uint32_t stream;   /* of a published generation: the number of its stream, or LINA_NIL */
    uint32_t newer;    /* index: the stream's next generation, or LINA_NIL */
};

/* ---- name index and signal index: open addressing, | hash (32) | slot + 1 (32) | --------------- */
#define INDEX_EMPTY UINT64_C(0)
#define INDEX_GONE UINT64_C(0xffffffff) /* an entry was removed here: a probe goes on */

/* ---- signals ------------------------------------------------------------------------------------
 *   word:  | value (63 bits) | waiters (1 bit) |   the futex is its low half
 *
 *   The incarnation only grows. Its two lowest bits are the slot's phase:
 *       FREE -> LIVE -> LAST -> FREE -> ...
 *   LIVE: the slot has a signal. LAST: the signal was removed; name, word and cleared are as it left them. FREE:
 *   the slot was never used, or a writer prepares it for another name. Writers change the name only while the slot
 *   is FREE. So the incarnation is the sequence of a sequence lock.
 *
 *   Behind the signals, there are two slots for each stream. Both have the incarnation of the stream. The head has
 *   the stream's name, and its counter is the last sequence. The room's counter counts nothing; publishers that
 *   wait for readers sleep on it. */
#define SIGNAL_WAITERS UINT64_C(1)
#define SIGNAL_GROUP 64u /* slots 64 k to 64 k + 63, which share `rings` */

#define SIGNAL_FREE UINT64_C(0)
#define SIGNAL_LIVE UINT64_C(1)
#define SIGNAL_LAST UINT64_C(2)
#define SIGNAL_PHASE_MASK UINT64_C(3)

struct lina_signal_slot {
    uint64_t word;        /* [all] */
    uint64_t cleared;     /* [all] the value at the last clear */
    uint64_t incarnation; /* of the signal that is here, with the phase */
    uint32_t listened;    /* [all] 1: a signaller also rings header.doorbell */
    uint32_t rings;       /* [all] in a group's first slot: how often a signal of the group rang */
    uint64_t removal;     /* the arena-wide number of the slot's last removal */
    uint32_t next;        /* index: the slot that was removed next, or LINA_NIL */
    uint32_t unused[5];
    char name[LINA_MAX_NAME];
};

/* ---- members ------------------------------------------------------------------------------------ */
#define MEMBER_FREE UINT32_C(0)
#define MEMBER_ACTIVE UINT32_C(1)
#define MEMBER_CLOSED UINT32_C(2) /* no longer counted; its views keep the number and its pins */

#define MEMBER_PAST 8u /* how many earlier names the table remembers for each number */

/* Written by the member itself, or by the writer that buries it: by the process that has its lock byte. The names are
 * written inside the writer's section. */
struct lina_member {
    uint32_t state;
    uint32_t pid;         /* believed only if the next two agree with the system */
    uint64_t pid_started; /* its platform_process_start */
    uint64_t pid_space;   /* its platform_pid_namespace */
    uint64_t incarnation; /* never used twice in an arena; 0: the number was never taken */
    uint64_t joined;      /* when, in nanoseconds since 1970 */
    uint64_t named;       /* the incarnation that has, or had, the name */
    char name[LINA_MAX_NAME];
    uint64_t past[MEMBER_PAST]; /* hashes of the names before that, the latest first */
    uint64_t unused[10];
};

/* ---- streams --------------------------------------------------------------------------------------
 *   A stream exists while its head's slot is LIVE. Its generations are the slots whose ledger has its number; they
 *   are the truth. Fields marked "index" are rebuilt from them.
 *
 *   A reference to a member has its number and its incarnation, because numbers are used again. In one word, it is
 *   the incarnation, shifted by MEMBER_NUMBER_BITS, plus the number. 0 means no member. */
#define MEMBER_NUMBER_BITS 10
#define STREAM_READERS 64u   /* reliable ones */
#define STREAM_PRODUCERS 64u /* members that produce */

/* The values of `over`, which only writers change. */
#define STREAM_NEW UINT32_C(0) /* no member has produced yet */
#define STREAM_PRODUCED UINT32_C(1)
#define STREAM_ENDED UINT32_C(2) /* the last one ended it */
#define STREAM_DIED UINT32_C(3)  /* the last one died or left without that */

struct lina_cursor {
    /* incarnation of the reader's member, or 0. Writers set it, [all] may clear it */
    uint64_t owner;
    /* Only the reader stores it. It may have any value, so publishers limit it to what is possible. */
    uint64_t cursor;
    uint32_t member;
    uint32_t unused[11];
};

struct lina_producer {
    uint64_t owner; /* incarnation of the member, or 0 */
    uint32_t member;
    uint32_t holds; /* calls of lina_stream_produce that lina_stream_end has not undone yet */
};

struct lina_stream {
    /* line 0: changes rarely, and readers that wait look at it */
    uint32_t depth;
    uint32_t removing; /* 1: it is being removed; recovery finishes that */
    uint32_t over;     /* STREAM_* */
    uint32_t unused0;
    uint32_t cursors_used, producers_used; /* only entries below it were ever used */
    uint64_t owner; /* while the stream has no generation: the member that owns its name, or 0 */
    uint64_t unused1[4];

    /* line 1: each publish writes here */
    uint32_t kept;           /* index: how many generations */
    uint32_t oldest, newest; /* index: slots, or LINA_NIL */
    uint32_t unused2;
    uint64_t lowest; /* index: no reliable reader's cursor was below it at the last look */
    uint64_t unused3[5];

    struct lina_producer producers[STREAM_PRODUCERS];
    uint64_t unused4[368];
    struct lina_cursor cursors[STREAM_READERS];
};

/* ---- rows of pins -------------------------------------------------------------------------------
 *   pins[step][member][slot % LINA_STEP];  bit m / 64 of rows[step][m % 64]: the row of member m is taken */
#define LINA_ROWS 64u

struct lina_rows {
    uint32_t taken[LINA_ROWS]; /* writers set bits; none is ever cleared */
};

/* ---- free space (see space.c) --------------------------------------------------------------------- */
#define SPACE_FIRST 40u /* log2 classes above LINA_ALIGN: below 2^46 bytes */
#define SPACE_SECOND 16u

struct lina_space {
    uint64_t first_bits; /* bit i: some class (i, *) has a gap */
    uint32_t second_bits[SPACE_FIRST];
    uint32_t head[SPACE_FIRST][SPACE_SECOND];
    uint32_t unused_head; /* list of gap entries that are not in use */
    uint32_t gaps_used;   /* how many gap entries were ever used */
    uint64_t used_bytes;
};

/* Which pages of the data exist. Not an index: it cannot be rebuilt from anything else. */
struct lina_pages {
    uint64_t virgin;    /* no byte at or above it was ever handed out: all zero */
    uint64_t committed; /* if pages can run out: all pages below it exist, except in the hole */
    uint64_t hole, hole_end; /* some pages between these two were given back */
};

/* ---- header ----------------------------------------------------------------------------------------- */
/* The writer lock: | turn (52 bits) | waiters (1 bit) | owner (11 bits) |; the futex is its low half. The turn does
 * not wrap in practice: a billion turns a second would take 52 days. */
#define LOCK_OWNER_MASK UINT64_C(0x7ff) /* member + 1, or 0: free */
#define LOCK_WAITERS UINT64_C(0x800)
#define LOCK_TURN_ONE UINT64_C(0x1000)
#define LOCK_TURN_MASK (~UINT64_C(0xfff)) /* counts owners, and pieces of long work */

struct lina_header {
    /* line 0: written once, before `ready` */
    uint64_t magic;
    uint32_t abi;
    uint32_t byte_order;
    uint64_t fingerprint; /* of sizes and places: builds with another layout refuse the arena */
    uint64_t data_size;
    uint32_t max_arrays;
    uint32_t max_signals;
    uint32_t max_members;
    uint32_t flags; /* LINA_ARENA_TEMPORARY, LINA_ARENA_RESERVE, LINA_ARENA_HUGE */
    uint32_t ready; /* LINA_READY, stored last with release */
    uint32_t check; /* a checksum of data_size, the three max_ numbers and the flags */
    uint32_t unused0[2];

    /* line 1 */
    uint64_t lock;  /* [all] */
    uint32_t dirty; /* 1 while a writer changes tables; a new owner that finds 1 rebuilds them */
    uint32_t long_work; /* 1 while the owner has long work: see lock.c */
    uint32_t unused1[12];

    /* line 2: watched by readers of the indexes */
    uint64_t index_epoch;        /* odd while the name index is rebuilt */
    uint64_t signal_index_epoch; /* odd while the signal index is */
    uint32_t cleanup; /* [all] 1: a release could not free a slot; the writer does when it leaves */
    uint32_t unused2[11];

    /* line 3: writers only */
    uint64_t next_serial;
    uint32_t slots_used;
    uint32_t free_head;
    uint32_t pending_head; /* slots that are LOANED, or RETIRED and no spare */
    uint32_t pending_count;
    uint32_t loan_count; /* of them LOANED */
    uint32_t live_count;
    uint32_t index_gone; /* entries of the name index that are INDEX_GONE */
    /* This many slots are taken, with their ledger entries and one gap entry more. */
    uint32_t slots_ready;
    uint32_t kept_count;  /* slots that are KEPT */
    uint32_t spare_count; /* slots that are SPARE */
    uint32_t unused3[3];

    /* line 4: signals. Writers only */
    uint64_t signal_removals; /* how many signals were removed so far */
    uint32_t signals_used;    /* only slots below it were ever used */
    uint32_t signals_live;
    /* index: the list of slots that are not LIVE; the slot whose removal is longest ago comes first */
    uint32_t signal_first, signal_last;
    uint32_t signal_index_gone; /* entries of the signal index that are INDEX_GONE */
    uint32_t streams_used;      /* streams below it were used; their records are taken */
    uint32_t streams_live;
    uint32_t unused4[7];

    /* line 5: a futex for threads that wait for many signals: signals with `listened` ring it. [all] */
    uint32_t doorbell;
    uint32_t unused5[15];

    /* line 6: members. [all] */
    uint64_t last_incarnation; /* the highest incarnation of a member so far */
    uint32_t members_used;     /* only numbers below it were ever taken */
    uint32_t rows_taken;       /* how many bits of `rows` are set */
    uint32_t unused6[12];

    struct lina_pages pages;
    uint64_t unused7[4];

    struct lina_space space;
};

/* Where the tables of an arena with these four numbers are. Computed, never read from shared memory. */
struct lina_geometry {
    uint64_t data_size;
    uint32_t max_arrays, max_signals, max_members;
    uint32_t max_streams;  /* as many as arrays, up to LINA_MAX_STREAMS */
    uint32_t signal_slots; /* those of the signals, and two for each stream */
    /* Powers of two, at least four times the slots: short probes. */
    uint32_t index_size, signal_index_size;
    uint32_t ledger_size; /* an entry for each slot, one for both ends, and one for each gap */
    uint32_t steps; /* how many steps the slots have; the last may be shorter than LINA_STEP */
    /* Offsets of the tables: multiples of LINA_PAGE. */
    uint64_t members, rows, index, signal_index, signals;
    uint64_t slots, ledger, pins, streams;
    uint64_t unit;        /* LINA_BIG_PAGE, or the size of a huge page with LINA_ARENA_HUGE */
    uint64_t guard, data; /* offsets: multiples of `unit`, which is also the guard's size */
    uint64_t file_size;   /* a multiple of LINA_PAGE; of `unit` with LINA_ARENA_HUGE */
};

static inline uint64_t lina_min(uint64_t a, uint64_t b) { return a < b ? a : b; }
static inline uint64_t lina_max(uint64_t a, uint64_t b) { return a > b ? a : b; }
static inline uint32_t lina_min_u32(uint32_t a, uint32_t b) { return a < b ? a : b; }
static inline uint64_t lina_round_up(uint64_t n, uint64_t unit) {
    return (n + unit - 1) / unit * unit;
}

/* ---- the layout is an ABI: tests/golden/layout.txt has the same numbers ---------------------------- */
#define AT(T, field, where) _Static_assert(offsetof(T, field) == (where), #T "." #field)
AT(lina_desc_t, name, 0);
AT(lina_desc_t, offset, 64);
AT(lina_desc_t, nbytes, 72);
AT(lina_desc_t, capacity_bytes, 80);
AT(lina_desc_t, dtype, 88);
AT(lina_desc_t, ndim, 92);
AT(lina_desc_t, shape, 96);
AT(lina_desc_t, strides, 160);
AT(lina_desc_t, layout, 224);
AT(lina_desc_t, generation, 228);
AT(lina_desc_t, flags, 232);
AT(lina_desc_t, reserved, 236);
_Static_assert(sizeof(lina_desc_t) == 240, "lina_desc_t");
AT(struct lina_slot, state, 240);
_Static_assert(sizeof(struct lina_slot) == 256, "slot");
AT(struct lina_ledger, owner, 40);
AT(struct lina_ledger, sequence, 48);
_Static_assert(sizeof(struct lina_ledger) == 64, "ledger");
AT(struct lina_signal_slot, cleared, 8);
AT(struct lina_signal_slot, incarnation, 16);
AT(struct lina_signal_slot, listened, 24);
AT(struct lina_signal_slot, rings, 28);
AT(struct lina_signal_slot, name, 64);
_Static_assert(sizeof(struct lina_signal_slot) == 128, "signal");
_Static_assert(sizeof(struct lina_member) == 256, "member");
_Static_assert(sizeof(struct lina_rows) == 256, "rows");
_Static_assert(sizeof(struct lina_cursor) == 64, "a line for each reader");
AT(struct lina_stream, kept, 64);
AT(struct lina_stream, producers, 128);
AT(struct lina_stream, cursors, LINA_PAGE);
_Static_assert(sizeof(struct lina_stream) == UINT64_C(2) * LINA_PAGE, "stream");
_Static_assert(LINA_MAX_MEMBERS / LINA_ROWS <= 32,
               "a bit for each member that shares a word of rows");
_Static_assert(LINA_MAX_MEMBERS < LOCK_OWNER_MASK, "owner of the lock");
_Static_assert(LINA_MAX_MEMBERS == 1 << MEMBER_NUMBER_BITS, "owner of a name");
AT(struct lina_header, ready, 48);
AT(struct lina_header, lock, 64);
AT(struct lina_header, index_epoch, 128);
AT(struct lina_header, next_serial, 192);
AT(struct lina_header, signal_removals, 256);
AT(struct lina_header, doorbell, 320);
AT(struct lina_header, last_incarnation, 384);
AT(struct lina_header, pages, 448);
AT(struct lina_header, space, 512);
_Static_assert(sizeof(struct lina_header) <= LINA_PAGE, "header");
#undef AT

#endif
