/* pending.h - notifications between lina_notify and their callback: what notify.c's helper looks at.
 *
 *   ear -> groups of SIGNAL_GROUP neighbours -> a watch for each signal -> its notes, smallest target first
 *   due:  notes whose time has come, first in first out
 *
 * An ear is what this process has on an arena. Groups that nobody signalled are not looked into, so
 * that one signal among thousands costs about their square root. All of it is under the mutex of
 * notify.c; only the words in the arena are shared with others. */
#ifndef LINA_PENDING_H
#define LINA_PENDING_H

#include "signal_names.h"

struct lina_note {
    uint64_t id;
    uint64_t target;
    lina_notify_fn callback;
    void *context;
    int status; /* what the callback will hear, once due */
    uint64_t value;
    struct lina_ear *ear;
    struct lina_group *group;       /* NULL once due */
    struct lina_signal_place place; /* of the signal */
    struct lina_note *prev, *next;  /* in the watch, or in the due queue */
};

struct lina_notes {
    struct lina_note *first, *last;
};

struct lina_group {
    uint32_t base;  /* its first signal's slot */
    uint32_t rings; /* that slot's count as last seen */
    uint32_t notes;
    struct lina_group *next;
    struct lina_notes watches[SIGNAL_GROUP]; /* the notes of one have one incarnation */
};

struct lina_ear {
    lina_arena_t *arena;
    uint32_t doorbell;          /* as noted before the last look */
    uint32_t notes;             /* waiting, due, or with their callback running */
    struct lina_group *active;  /* groups with notes, and some that had */
    struct lina_group **groups; /* [slot / SIGNAL_GROUP], NULL where not active */
    struct lina_ear *next;
};

/* All ears of this process, in no order. */
struct lina_ear *lina_pending_ears(void);
struct lina_ear *lina_pending_ear(const lina_arena_t *arena);
/* Notes that wait, are due, or have their callback running. */
uint64_t lina_pending_count(void);

/* A note with an id of its own, waiting; NULL without memory. Looks at its signal at once, so that
 * it may be due already. */
struct lina_note *lina_pending_add(lina_arena_t *arena, struct lina_signal_place place,
                                   const struct lina_note *like);
struct lina_note *lina_pending_find(uint64_t id);

/* Asks the kernel whether the producers of streams, and the readers that have no room, are still there. */
void lina_pending_ask(void);

/* Looks at the signals that rang since the last look, or at all; what is reached becomes due. Drops
 * ears and groups without notes; true when an ear went. */
bool lina_pending_look(bool all);
/* Everything that waits on the arena becomes due with CLOSED. */
void lina_pending_close(struct lina_ear *ear);

/* The next due note, taken out of the queue and the table, or NULL. It still counts. */
struct lina_note *lina_pending_take(void);
/* Takes a note out of wherever it is. It still counts. */
void lina_pending_remove(struct lina_note *note);
/* Ends a note that was taken or removed. */
void lina_pending_free(struct lina_note *note);
/* Forgets all: after fork they are the parent's. */
void lina_pending_forget(void);

#endif
