/* pending.c - see pending.h. */
#include "pending.h"

#include <stdlib.h>

#include "signals.h"
#include "stream_outcome.h"
#include "waits.h"

static struct lina_listener *listeners;
static uint64_t count;
static uint64_t last_id; /* never goes back, so no id is used twice */

static struct lina_notes due;

/* ---- ids: | count of all notes so far | place in the table (24 bits) | ------------------------- */

#define PLACE_BITS 24
#define PLACES (UINT32_C(1) << PLACE_BITS)

static struct place {
    struct lina_note *note; /* or NULL: the place is free */
    uint32_t next_free;
} * table;
static uint32_t places, first_free = LINA_NIL;

static bool grow(void) {
    uint32_t more = places == 0 ? 64 : 2 * places;
    struct place *larger = more > PLACES ? NULL : realloc(table, more * sizeof *table);
    if (larger == NULL)
        return false;
    table = larger;
    for (; places < more; places++) {
        table[places] = (struct place){NULL, first_free};
        first_free = places;
    }
    return true;
}

/* Gives the note an id. False if there is no memory. */
static bool assign_id(struct lina_note *note) {
    if (first_free == LINA_NIL && !grow())
        return false;
    uint32_t at = first_free;
    first_free = table[at].next_free;
    table[at].note = note;
    note->id = ++last_id << PLACE_BITS | at;
    return true;
}

static void release_id(const struct lina_note *note) {
    uint32_t at = (uint32_t)(note->id % PLACES);
    table[at] = (struct place){NULL, first_free};
    first_free = at;
}

struct lina_note *lina_pending_find(uint64_t id) {
    uint32_t at = (uint32_t)(id % PLACES);
    struct lina_note *note = at < places ? table[at].note : NULL;
    return note != NULL && note->id == id ? note : NULL;
}

/* ---- lists ------------------------------------------------------------------------------------- */

/* Inserts a note after `prev`, or at the front if `prev` is NULL. */
static void insert(struct lina_notes *list, struct lina_note *note, struct lina_note *prev) {
    note->prev = prev;
    note->next = prev == NULL ? list->first : prev->next;
    *(prev == NULL ? &list->first : &prev->next) = note;
    *(note->next == NULL ? &list->last : &note->next->prev) = note;
}

/* Inserts a note after those with the same target. Targets mostly grow, so the search starts at the end. */
static void insert_by_target(struct lina_notes *list, struct lina_note *note) {
    struct lina_note *prev = list->last;
    while (prev != NULL && prev->target > note->target)
        prev = prev->prev;
    insert(list, note, prev);
}

static void take_out(struct lina_notes *list, struct lina_note *note) {
    *(note->prev == NULL ? &list->first : &note->prev->next) = note->next;
    *(note->next == NULL ? &list->last : &note->next->prev) = note->prev;
}

/* ---- listeners and groups --------------------------------------------------------------------------- */

struct lina_listener *lina_pending_listeners(void) {
    return listeners;
}

struct lina_listener *lina_pending_listener(const lina_arena_t *arena) {
    struct lina_listener *listener = listeners;
    while (listener != NULL && listener->arena != arena)
        listener = listener->next;
    return listener;
}

static struct lina_listener *make_listener(lina_arena_t *arena) {
    struct lina_listener *listener = calloc(1, sizeof *listener);
    if (listener == NULL)
        return NULL;
    listener->groups =
        calloc(arena->geo.signal_slots / SIGNAL_GROUP + 1, sizeof(struct lina_group *));
    if (listener->groups == NULL) {
        free(listener);
        return NULL;
    }
    listener->arena = arena;
    listener->next = listeners;
    listeners = listener;
    return listener;
}

static struct lina_group *make_group(struct lina_listener *listener, uint32_t number) {
    struct lina_group *group = calloc(1, sizeof *group);
    if (group == NULL)
        return NULL;
    group->base = number * SIGNAL_GROUP;
    group->next = listener->active;
    listener->active = group;
    listener->groups[number] = group;
    return group;
}

static struct lina_group *group_of(lina_arena_t *arena, uint32_t slot,
                                   struct lina_listener **listener) {
    *listener = lina_pending_listener(arena);
    if (*listener == NULL)
        *listener = make_listener(arena);
    if (*listener == NULL)
        return NULL;
    struct lina_group *group = (*listener)->groups[slot / SIGNAL_GROUP];
    return group != NULL ? group : make_group(*listener, slot / SIGNAL_GROUP);
}

static struct lina_notes *watch_of(const struct lina_note *note) {
    return &note->group->watches[note->place.slot - note->group->base];
}

/* Frees the groups without notes. */
static void drop_groups(struct lina_listener *listener) {
    for (struct lina_group **at = &listener->active; *at != NULL;) {
        struct lina_group *group = *at;
        if (group->notes > 0) {
            at = &group->next;
            continue;
        }
        *at = group->next;
        listener->groups[group->base / SIGNAL_GROUP] = NULL;
        free(group);
    }
}

/* Frees the listeners without notes. True if there was one. */
static bool drop_listeners(void) {
    bool any = false;
    for (struct lina_listener **at = &listeners; *at != NULL;) {
        struct lina_listener *listener = *at;
        if (listener->notes > 0) {
            at = &listener->next;
            continue;
        }
        drop_groups(listener);
        *at = listener->next;
        free(listener->groups);
        free(listener);
        any = true;
    }
    return any;
}

/* ---- from waiting to due ----------------------------------------------------------------------- */

/* Takes a note out of its watch. */
static void unwatch(struct lina_note *note) {
    take_out(watch_of(note), note);
    note->group->notes--;
    note->group = NULL;
}

static void make_due(struct lina_note *note, int status, uint64_t value) {
    unwatch(note);
    note->status = status;
    note->value = value;
    insert(&due, note, due.last);
}

/* The stream to which a head's or a room's slot belongs. */
static struct lina_outcome outcome_of(lina_arena_t *arena, uint32_t slot, uint64_t incarnation) {
    uint32_t number = lina_stream_number(arena, slot);
    return (struct lina_outcome){
        .arena = arena, .channel = {lina_tables_stream(arena, number), incarnation, number}};
}

/* The status for notes that wait for a stream's next generation, or for room in it. LINA_WAITING if they go on
 * waiting. */
static int look_at_stream(lina_arena_t *arena, uint32_t slot, uint64_t incarnation) {
    struct lina_outcome outcome = outcome_of(arena, slot, incarnation);
    if (outcome.channel.record == NULL)
        return LINA_WAITING;
    if (slot == lina_head_slot(arena, outcome.channel.number))
        return lina_outcome_look(&outcome);
    return lina_cursors_have_room(arena, &outcome.channel) ? LINA_OK : LINA_WAITING;
}

/* Makes notes due that have reached their target. If the signal was removed, or the stream is over, makes the others
 * due as well. */
static void look_once(lina_arena_t *arena, uint32_t slot, struct lina_notes *watch) {
    const struct lina_signal_slot *s = &arena->signals[slot];
    uint64_t value = signal_value(load_acquire_u64(&s->word)); /* pairs with lina_signal_raise */
    uint64_t incarnation = watch->first->place.incarnation;
    int over =
        lina_is_of_stream(arena, slot) ? look_at_stream(arena, slot, incarnation) : LINA_WAITING;
    if (over != LINA_WAITING) /* loads the value again, which now counts every generation */
        value = signal_value(load_acquire_u64(&s->word));
    enum lina_signal_fate fate = lina_signal_fate(s, incarnation);
    if (fate == SIGNAL_IS_FORGOTTEN)
        value = 0; /* the word belongs to another signal */
    while (watch->first != NULL && fate != SIGNAL_IS_FORGOTTEN && watch->first->target <= value)
        make_due(watch->first, LINA_OK, value);
    while (watch->first != NULL && fate != SIGNAL_IS_THERE)
        make_due(watch->first, LINA_ERR_NOT_FOUND, value);
    while (watch->first != NULL && over != LINA_WAITING)
        make_due(watch->first, over, value);
}

/* The same. If notes remain, asks the signal to ring for them, and looks once more. */
static void look_at(lina_arena_t *arena, uint32_t slot, struct lina_notes *watch) {
    if (watch->first != NULL)
        look_once(arena, slot, watch);
    if (watch->first == NULL)
        return;
    lina_signal_listen(arena, watch->first->place);
    look_once(arena, slot, watch);
}

/* Adds a note to the watch of its slot. If the watch has notes of an older signal in that slot, a look makes those due
 * first. If the note's own signal was removed, and the watch has notes of a newer one, the note is due at once. */
static void watch(struct lina_note *note) {
    lina_arena_t *arena = note->listener->arena;
    struct lina_notes *notes = watch_of(note);
    if (notes->first != NULL && notes->first->place.incarnation != note->place.incarnation)
        look_at(arena, note->place.slot, notes);
    bool late = notes->first != NULL && notes->first->place.incarnation != note->place.incarnation;
    insert_by_target(notes, note);
    note->group->notes++;
    if (late)
        make_due(note, LINA_ERR_NOT_FOUND, 0);
    else
        look_at(arena, note->place.slot, notes);
}

struct lina_note *lina_pending_add(lina_arena_t *arena, struct lina_signal_place place,
                                   const struct lina_note *like) {
    struct lina_listener *listener;
    struct lina_group *group = group_of(arena, place.slot, &listener);
    struct lina_note *note = group == NULL ? NULL : malloc(sizeof *note);
    if (note == NULL)
        return NULL;
    *note = *like;
    if (!assign_id(note)) {
        free(note);
        return NULL;
    }
    note->listener = listener;
    note->group = group;
    note->place = place;
    listener->notes++;
    count++;
    watch(note);
    return note;
}

bool lina_pending_look(bool all) {
    for (struct lina_listener *listener = listeners; listener != NULL; listener = listener->next) {
        lina_arena_t *arena = listener->arena;
        /* Loads the doorbell, then the counts, then the words: a signal changes them in the reverse order. */
        listener->doorbell = load_sc_u32(&arena->header->doorbell);
        for (struct lina_group *group = listener->active; group != NULL; group = group->next) {
            uint32_t rings = load_sc_u32(&arena->signals[group->base].rings);
            if (!all && rings == group->rings)
                continue;
            group->rings = rings;
            for (uint32_t i = 0; i < SIGNAL_GROUP && group->notes > 0; i++)
                look_at(arena, group->base + i, &group->watches[i]);
        }
        drop_groups(listener);
    }
    return drop_listeners();
}

/* Clears the entries of dead members. That need not ring, so the caller looks at all notes afterwards. */
static bool ask_about(lina_arena_t *arena, uint32_t slot, struct lina_notes *watch) {
    if (watch->first == NULL || !lina_is_of_stream(arena, slot))
        return false;
    struct lina_outcome outcome = outcome_of(arena, slot, watch->first->place.incarnation);
    if (outcome.channel.record == NULL)
        return false;
    outcome.dumping = watch->dumping;
    if (slot == lina_head_slot(arena, outcome.channel.number))
        lina_outcome_ask(&outcome);
    else
        lina_cursors_bury(arena, &outcome.channel, &outcome.dumping);
    watch->dumping = outcome.dumping;
    return outcome.dumping.incarnation != 0;
}

bool lina_pending_ask(void) {
    bool dumping = false;
    for (struct lina_listener *listener = listeners; listener != NULL; listener = listener->next)
        for (struct lina_group *group = listener->active; group != NULL; group = group->next)
            for (uint32_t i = 0; i < SIGNAL_GROUP && group->notes > 0; i++)
                dumping |= ask_about(listener->arena, group->base + i, &group->watches[i]);
    return dumping;
}

static void close_watch(const lina_arena_t *arena, uint32_t slot, struct lina_notes *watch) {
    uint64_t value = signal_value(load_acquire_u64(&arena->signals[slot].word));
    while (watch->first != NULL)
        make_due(watch->first, LINA_ERR_CLOSED, value);
}

void lina_pending_close(struct lina_listener *listener) {
    for (struct lina_group *group = listener->active; group != NULL; group = group->next)
        for (uint32_t i = 0; i < SIGNAL_GROUP && group->notes > 0; i++)
            close_watch(listener->arena, group->base + i, &group->watches[i]);
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
        take_out(&due, note);
    release_id(note);
}

void lina_pending_free(struct lina_note *note) {
    note->listener->notes--;
    count--;
    free(note);
}

uint64_t lina_pending_count(void) { return count; }

void lina_pending_forget(void) {
    for (uint32_t i = 0; i < places; i++)
        if (table[i].note != NULL) {
            struct lina_note *note = table[i].note;
            lina_pending_remove(note);
            lina_pending_free(note);
        }
    drop_listeners();
}
