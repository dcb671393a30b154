/* pending.c - see pending.h. */
#include "pending.h"

#include <stdlib.h>

#include "signals.h"

static struct lina_ear *ears;
static uint64_t count;
static uint64_t last_id; /* never goes back, so that an id that was forgotten stays so */

static struct { struct lina_note *first, *last; } due;

/* ---- by id: buckets that double, or stay crowded where memory is short ------------------------- */

static struct lina_note *few[64];
static struct lina_note **buckets = few;
static uint64_t bucket_count = sizeof few / sizeof *few;

static struct lina_note **bucket_of(uint64_t id) {
    return &buckets[id & (bucket_count - 1)]; /* ids count up: they spread by themselves */
}

static void put(struct lina_note *note) {
    struct lina_note **bucket = bucket_of(note->id);
    note->same_bucket = *bucket;
    *bucket = note;
}

static void grow(void) {
    struct lina_note **old = buckets, **more = calloc(2 * bucket_count, sizeof *more);
    if (more == NULL)
        return;
    buckets = more;
    bucket_count *= 2;
    for (uint64_t i = 0; i < bucket_count / 2; i++)
        for (struct lina_note *note = old[i], *next; note != NULL; note = next) {
            next = note->same_bucket;
            put(note);
        }
    if (old != few)
        free(old);
}

static void unput(const struct lina_note *note) {
    struct lina_note **at = bucket_of(note->id);
    while (*at != note)
        at = &(*at)->same_bucket;
    *at = note->same_bucket;
}

struct lina_note *lina_pending_find(uint64_t id) {
    struct lina_note *note = *bucket_of(id);
    while (note != NULL && note->id != id)
        note = note->same_bucket;
    return note;
}

/* ---- by target: a pairing heap (Fredman, Sedgewick, Sleator, Tarjan, 1986) --------------------- */

/* `prev` is the elder sibling, or the parent of a first child; NULL in a root. */

static bool is_before(const struct lina_note *a, const struct lina_note *b) {
    return a->target != b->target ? a->target < b->target : a->id < b->id;
}

/* One heap of two roots without siblings; either may be NULL. */
static struct lina_note *meld(struct lina_note *a, struct lina_note *b) {
    if (a == NULL || b == NULL)
        return a == NULL ? b : a;
    struct lina_note *root = is_before(a, b) ? a : b, *child = root == a ? b : a;
    child->prev = root;
    child->next = root->child;
    if (child->next != NULL)
        child->next->prev = child;
    root->child = child;
    return root;
}

/* Cuts a note off its siblings and returns those after it. */
static struct lina_note *cut(struct lina_note *note) {
    struct lina_note *rest = note->next;
    note->prev = note->next = NULL;
    return rest;
}

/* One heap of a row of siblings: melded in pairs, then the pairs from the last to the first. */
static struct lina_note *meld_row(struct lina_note *row) {
    struct lina_note *pairs = NULL, *root = NULL;
    while (row != NULL) {
        struct lina_note *a = row, *b = cut(a);
        row = b == NULL ? NULL : cut(b);
        a = meld(a, b);
        a->next = pairs;
        pairs = a;
    }
    while (pairs != NULL) {
        struct lina_note *a = pairs;
        pairs = cut(a);
        root = meld(root, a);
    }
    return root;
}

static struct lina_note *heap_remove(struct lina_note *root, struct lina_note *note) {
    struct lina_note *prev = note->prev, *next = note->next, *below = meld_row(note->child);
    note->child = note->prev = note->next = NULL;
    if (prev == NULL)
        return below;
    *(prev->child == note ? &prev->child : &prev->next) = next;
    if (next != NULL)
        next->prev = prev;
    return meld(root, below);
}

/* ---- ears and groups --------------------------------------------------------------------------- */

struct lina_ear *lina_pending_ears(void) {
    return ears;
}

struct lina_ear *lina_pending_ear(const lina_arena_t *arena) {
    struct lina_ear *ear = ears;
    while (ear != NULL && ear->arena != arena)
        ear = ear->next;
    return ear;
}

static struct lina_ear *make_ear(lina_arena_t *arena) {
    struct lina_ear *ear = calloc(1, sizeof *ear);
    if (ear == NULL)
        return NULL;
    ear->groups = calloc(arena->geo.max_signals / SIGNAL_GROUP + 1, sizeof(struct lina_group *));
    if (ear->groups == NULL) {
        free(ear);
        return NULL;
    }
    ear->arena = arena;
    ear->next = ears;
    ears = ear;
    return ear;
}

static struct lina_group *make_group(struct lina_ear *ear, uint32_t number) {
    struct lina_group *group = calloc(1, sizeof *group);
    if (group == NULL)
        return NULL;
    group->base = number * SIGNAL_GROUP;
    group->next = ear->active;
    ear->active = group;
    ear->groups[number] = group;
    return group;
}

static struct lina_group *group_of(lina_arena_t *arena, uint32_t slot, struct lina_ear **ear) {
    *ear = lina_pending_ear(arena);
    if (*ear == NULL)
        *ear = make_ear(arena);
    if (*ear == NULL)
        return NULL;
    struct lina_group *group = (*ear)->groups[slot / SIGNAL_GROUP];
    return group != NULL ? group : make_group(*ear, slot / SIGNAL_GROUP);
}

static struct lina_note **watch_of(const struct lina_note *note) {
    return &note->group->watches[note->slot - note->group->base];
}

/* Frees the groups without notes. */
static void drop_groups(struct lina_ear *ear) {
    for (struct lina_group **at = &ear->active; *at != NULL;) {
        struct lina_group *group = *at;
        if (group->notes > 0) {
            at = &group->next;
            continue;
        }
        *at = group->next;
        ear->groups[group->base / SIGNAL_GROUP] = NULL;
        free(group);
    }
}

/* Frees the ears without notes; true when there was one. */
static bool drop_ears(void) {
    bool any = false;
    for (struct lina_ear **at = &ears; *at != NULL;) {
        struct lina_ear *ear = *at;
        if (ear->notes > 0) {
            at = &ear->next;
            continue;
        }
        drop_groups(ear);
        *at = ear->next;
        free(ear->groups);
        free(ear);
        any = true;
    }
    return any;
}

/* ---- a note's way ------------------------------------------------------------------------------ */

/* Out of its signal's heap. */
static void unwatch(struct lina_note *note) {
    struct lina_note **watch = watch_of(note);
    *watch = heap_remove(*watch, note);
    note->group->notes--;
    note->group = NULL;
}

static void make_due(struct lina_note *note, int status, uint64_t value) {
    unwatch(note);
    note->status = status;
    note->value = value;
    note->prev = due.last;
    *(due.last == NULL ? &due.first : &due.last->next) = note;
    due.last = note;
}

static void unqueue(struct lina_note *note) {
    *(note->prev == NULL ? &due.first : &note->prev->next) = note->next;
    *(note->next == NULL ? &due.last : &note->next->prev) = note->prev;
    note->prev = note->next = NULL;
}

static void make_reached_due(struct lina_note **watch, uint64_t value) {
    while (*watch != NULL && (*watch)->target <= value)
        make_due(*watch, LINA_OK, value);
}

/* What has reached its target becomes due; for the rest the signal will ring. */
static void look_at(lina_arena_t *arena, uint32_t slot, struct lina_note **watch) {
    make_reached_due(watch, lina_signal_value_of(arena, slot));
    if (*watch != NULL)
        make_reached_due(watch, lina_signal_listen(arena, slot));
}

struct lina_note *lina_pending_add(lina_arena_t *arena, uint32_t slot,
                                   const struct lina_note *like) {
    struct lina_ear *ear;
    struct lina_group *group = group_of(arena, slot, &ear);
    struct lina_note *note = group == NULL ? NULL : malloc(sizeof *note);
    if (note == NULL)
        return NULL;
    *note = *like;
    note->id = ++last_id;
    note->ear = ear;
    note->group = group;
    note->slot = slot;
    struct lina_note **watch = watch_of(note);
    *watch = meld(*watch, note);
    group->notes++;
    ear->notes++;
    if (++count > bucket_count)
        grow();
    put(note);
    look_at(arena, slot, watch);
    return note;
}

bool lina_pending_look(bool all) {
    for (struct lina_ear *ear = ears; ear != NULL; ear = ear->next) {
        lina_arena_t *arena = ear->arena;
        /* The bell before the counts before the words: the reverse of what a signal does. */
        ear->doorbell = load_sc_u32(&arena->header->doorbell);
        for (struct lina_group *group = ear->active; group != NULL; group = group->next) {
            uint32_t rings = load_sc_u32(&arena->signals[group->base].rings);
            if (!all && rings == group->rings)
                continue;
            group->rings = rings;
            for (uint32_t i = 0; i < SIGNAL_GROUP && group->notes > 0; i++)
                if (group->watches[i] != NULL)
                    look_at(arena, group->base + i, &group->watches[i]);
        }
        drop_groups(ear);
    }
    return drop_ears();
}

void lina_pending_close(struct lina_ear *ear) {
    for (struct lina_group *group = ear->active; group != NULL; group = group->next)
        for (uint32_t i = 0; i < SIGNAL_GROUP; i++)
            while (group->watches[i] != NULL)
                make_due(group->watches[i], LINA_ERR_CLOSED,
                         lina_signal_value_of(ear->arena, group->base + i));
}

struct lina_note *lina_pending_take(void) {
    struct lina_note *note = due.first;
    if (note != NULL)
        lina_pending_remove(note);
    return note;
}

void lina_pending_remove(struct lina_note *note) {
    if (note->group != NULL)
        unwatch(note);
    else
        unqueue(note);
    unput(note);
}

void lina_pending_free(struct lina_note *note) {
    note->ear->notes--;
    count--;
    free(note);
}

uint64_t lina_pending_count(void) { return count; }

void lina_pending_forget(void) {
    for (uint64_t i = 0; i < bucket_count; i++)
        while (buckets[i] != NULL) {
            struct lina_note *note = buckets[i];
            lina_pending_remove(note);
            lina_pending_free(note);
        }
    drop_ears();
}
