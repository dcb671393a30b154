/* views.c - acquires, retains, moves and releases views.
 *
 * lina_acquire finds the name's slot and pins it. Then it checks that the slot is still LIVE with the same serial.
 * If it is not, lina_acquire takes the pin back and starts again. slots.c explains why this is enough. */
#include "views.h"

#include <string.h>

#include "ahead.h"
#include "room.h"

int lina_not_found(const struct lina_key *key) {
    int rc = lina_key_check(key, "array");
    return rc != LINA_OK ? rc : lina_fail(LINA_ERR_NOT_FOUND, "no array \"%s\"", key->text);
}

static int fail_copy(const lina_view_t *view) {
    return lina_fail(LINA_ERR_INVALID,
                     "array \"%.63s\": the view is a copy, made without lina_retain or "
                     "lina_view_move",
                     view->desc.name);
}

int lina_view_check(const lina_view_t *view) {
    if (view == NULL || view->arena == NULL)
        return lina_fail(LINA_ERR_INVALID, "the view is %s", view == NULL ? "NULL" : "empty");
    if (view->self != view)
        return fail_copy(view);
    if (view->epoch != lina_process_epoch)
        return lina_fail(LINA_ERR_STALE, "the view of \"%s\" belongs to the process before fork",
                         view->desc.name);
    return LINA_OK;
}

/* True if this process may make a pointer of this copy of a shared descriptor. */
static inline bool is_sound(const lina_arena_t *arena, const lina_desc_t *desc) {
    uint64_t size = arena->geo.data_size;
    return lina_shape_plausible(desc, size) && desc->nbytes <= desc->capacity_bytes &&
           ((desc->flags & LINA_FLAG_ALIAS) != 0 || desc->capacity_bytes <= size - desc->offset) &&
           desc->name[LINA_MAX_NAME - 1] == '\0';
}

static int fail_outside(const lina_desc_t *desc) {
    return lina_fail(LINA_ERR_CORRUPT, "array \"%.63s\": its descriptor reaches outside the arena",
                     desc->name);
}

int lina_desc_check(const lina_arena_t *arena, const lina_desc_t *desc) {
    return is_sound(arena, desc) ? LINA_OK : fail_outside(desc);
}

void lina_view_let_go(lina_arena_t *arena, uint32_t slot) { lina_pins_unpin(arena, slot); }

/* The pin keeps honest writers from changing the descriptor. A hostile process may still do so: the copy is
 * checked. It lies in the view already, because a second copy takes a fifth of the time of lina_array_acquire. */
int lina_view_show(lina_arena_t *arena, uint32_t slot, uint64_t serial, lina_view_t *view) {
    lina_desc_store(&view->desc, lina_desc_load(&arena->slots[slot].desc));
    if (!is_sound(arena, &view->desc)) {
        lina_view_let_go(arena, slot);
        return fail_outside(&view->desc);
    }
    lina_view_fill(view, arena, slot, serial, 0);
    view->data = arena->data + view->desc.offset;
    return LINA_OK;
}

static int acquire(lina_arena_t *arena, const struct lina_key *key, lina_view_t *view) {
    struct lina_place place;
    do {
        place = lina_names_find(arena, key);
        if (place.slot == LINA_NIL)
            return lina_not_found(key);
        int error = lina_tables_reach_pin(arena, place.slot);
        if (error != 0)
            return lina_fail_room(arena, error,
                                  "array \"%s\": the system has no room for this member's holds",
                                  key->text);
    } while (!lina_view_hold(arena, place.slot, slot_serial(place.word), false));
    return lina_view_show(arena, place.slot, slot_serial(place.word), view);
}

int lina_acquire(lina_arena_t *arena, const char *name, lina_view_t *view) {
    struct lina_key key;
    int rc = lina_arena_resolve(&arena);
    if (rc == LINA_OK)
        rc = lina_key_make(&key, "array", name);
    if (rc == LINA_OK && view == NULL)
        rc = lina_fail(LINA_ERR_INVALID, "array \"%s\": the view is NULL", name);
    if (rc == LINA_OK)
        rc = lina_arena_enter(arena);
    return rc == LINA_OK ? acquire(arena, &key, view) : rc;
}

static inline bool is_current(const lina_arena_t *arena, uint32_t slot, uint64_t serial) {
    uint64_t word = load_acquire_u64(&arena->slots[slot].state);
    return slot_state(word) == SLOT_LIVE && slot_serial(word) == serial;
}

/* Pins the slot that the handle had before, if that slot has the next generation now: a writer often uses two slots in
 * turn. The handle's own slot has retired, so the index leads to the next generation already, and a look-up by name
 * cannot find an older one after this. */
static bool hold_next(const lina_array_t *array, uint64_t *serial) {
    lina_arena_t *arena = array->arena;
    uint32_t slot = array->last;
    if (!lina_tables_reach(arena, slot) || lina_tables_own_pin(arena, slot) == NULL)
        return false;
    const struct lina_slot *s = &arena->slots[slot];
    uint64_t word = load_acquire_u64(&s->state);
    *serial = slot_serial(word);
    return slot_state(word) == SLOT_LIVE &&
           load_relaxed_u32(&s->desc.generation) == array->desc.generation + 1 &&
           lina_desc_has_words(&s->desc, &array->desc, LINA_MAX_NAME / sizeof(desc_word)) &&
           lina_view_hold(arena, slot, *serial, false);
}

/* Pins the slot of the handle only if it seems to be current: the writer is about to look at the pins of the slot that
 * has just retired. */
int lina_array_acquire(lina_array_t *array, lina_view_t *view) {
    if (array == NULL || view == NULL || array->arena == NULL)
        return lina_fail(LINA_ERR_INVALID, "array handle: %s", "NULL or empty");
    lina_arena_t *arena = array->arena;
    int rc = lina_arena_enter(arena);
    if (rc != LINA_OK)
        return rc;
    if (is_current(arena, array->slot, array->serial) &&
        lina_tables_own_pin(arena, array->slot) != NULL &&
        lina_view_hold(arena, array->slot, array->serial, false)) {
        lina_view_fill(view, arena, array->slot, array->serial, 0);
        view->data = arena->data + array->desc.offset;
        view->desc = array->desc;
        return LINA_OK;
    }
    lina_ahead_of_acquire(arena, array->last);
    uint64_t serial;
    rc = hold_next(array, &serial) ? lina_view_show(arena, array->last, serial, view)
                                   : lina_acquire(arena, array->name, view);
    if (rc == LINA_OK) {
        array->last = array->slot;
        array->slot = view->slot;
        array->serial = view->serial;
        array->desc = view->desc;
        lina_ahead_of_answer(arena);
    }
    return rc;
}

int lina_retain(const lina_view_t *view, lina_view_t *out) {
    int rc = lina_view_check(view);
    if (rc != LINA_OK)
        return rc;
    if (out == NULL || out == view)
        return lina_fail(LINA_ERR_INVALID, "array \"%s\": nowhere to put the second view",
                         view->desc.name);
    lina_slots_pin(view->arena, view->slot); /* the view's own pin keeps the slot meanwhile */
    lina_view_fill(out, view->arena, view->slot, view->serial, view->flags);
    out->desc = view->desc;
    out->data = view->data;
    out->sequence = view->sequence;
    out->held = view->held;
    if (out->held != NULL)
        lina_held_add(out->held);
    return LINA_OK;
}

int lina_view_move(lina_view_t *from, lina_view_t *to) {
    if (from == NULL || from->arena == NULL || to == NULL)
        return lina_fail(LINA_ERR_INVALID, "moving a view: %s",
                         to == NULL ? "nowhere to put it" : "there is none");
    if (from->self != from)
        return fail_copy(from);
    if (from == to)
        return LINA_OK;
    *to = *from;
    to->self = to;
    from->data = NULL;
    from->arena = NULL;
    return LINA_OK;
}

void lina_release(lina_view_t *view) {
    if (view == NULL || view->arena == NULL)
        return;
    if (view->self != view) {
        fail_copy(view);
        return;
    }
    lina_arena_t *arena = view->arena;
    if (view->epoch == lina_process_epoch)
        lina_pins_unpin(arena, view->slot);
    if (view->held != NULL)
        lina_held_drop(view->held, HELD_VIEW);
    view->data = NULL;
    view->arena = NULL;
    lina_arena_drop(arena, view->slot);
}

int lina_view_is_current(const lina_view_t *view) {
    if (view == NULL || view->arena == NULL)
        return 0;
    return is_current(view->arena, view->slot, view->serial);
}
