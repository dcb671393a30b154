/* pending.h - notes: the notifications that have not run their callback yet. The helper thread of notify.c looks at
 * them.
 *
 *   listener -> groups of SIGNAL_GROUP neighbouring slots -> a watch for each slot -> its notes, smallest target first
 *   due queue: the notes whose callback must run, first in, first out
 *
 * A listener has the notes of this process on one arena. The helper looks only into the groups in which a signal rang.
 * So one signal among n watched ones costs about n / 64 + 64 looks. The mutex of notify.c guards everything here; other
 * processes share only the words in the arena. */
#ifndef LINA_PENDING_H
#define LINA_PENDING_H

#include "members.h"
#include "signal_names.h"

struct lina_note {
    uint64_t id;
    uint64_t target;
    lina_notify_fn callback;
    void *context;
    int status; /* for the callback, once the note is due */
    uint64_t value;
    struct lina_listener *listener;
    struct lina_group *group;       /* NULL once the note is due */
    struct lina_signal_place place; /* of the signal */
    struct lina_note *prev, *next;  /* in the watch, or in the due queue */
};

struct lina_notes {
    struct lina_note *first, *last;
    struct lina_dumping dumping; /* a member that a stream's notes depend on */
};

struct lina_group {
    uint32_t base;  /* the slot of its first signal */
    uint32_t rings; /* the `rings` of that slot at the last look */
    uint32_t notes;
    struct lina_group *next;
    struct lina_notes watches[SIGNAL_GROUP]; /* all notes of a watch have one incarnation */
};

struct lina_listener {
    lina_arena_t *arena;
    uint32_t doorbell;          /* as noted before the last look */
    uint32_t notes;             /* waiting, due, or with their callback running */
    struct lina_group *active;  /* groups that have notes, or had some */
    struct lina_group **groups; /* [slot / SIGNAL_GROUP], NULL where not active */
    struct lina_listener *next;
};

/* The list of all listeners of this process. */
struct lina_listener *lina_pending_listeners(void);
struct lina_listener *lina_pending_listener(const lina_arena_t *arena);
/* The number of notes that wait, are due, or have their callback running. */
uint64_t lina_pending_count(void);

/* Makes a copy of the note `like` with a new id, and looks at its signal at once, so the note may be due already. NULL
 * if there is no memory. */
struct lina_note *lina_pending_add(lina_arena_t *arena, struct lina_signal_place place,
                                   const struct lina_note *like);
struct lina_note *lina_pending_find(uint64_t id);

/* For the streams that notes wait for: asks the kernel which producers and reliable readers have died, and clears their
 * entries. True if one seems to be writing a core dump: ask again soon. */
bool lina_pending_ask(void);

/* Looks at the groups that rang since the last look, or at all of them. Notes that have reached their target become
 * due. Frees listeners and groups without notes. True if it freed a listener. */
bool lina_pending_look(bool all);
/* Makes all notes that wait on the arena due with CLOSED. */
void lina_pending_close(struct lina_listener *listener);

/* Takes the first due note out of its queue, and its id out of the table. It still counts. NULL if none is due. */
struct lina_note *lina_pending_take(void);
/* The same for a given note, due or not. */
void lina_pending_remove(struct lina_note *note);
/* Frees a note that was taken or removed. It no longer counts. */
void lina_pending_free(struct lina_note *note);
/* Frees all notes: in a forked child, they are the parent's. */
void lina_pending_forget(void);

#endif
