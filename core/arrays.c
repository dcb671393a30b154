/* arrays.c - creates, ensures, loans, removes and reclaims arrays. */
#include <string.h>

#include "ahead.h"
#include "making.h"
#include "owners.h"
#include "space.h"
#include "wake.h"

/* Up to this number of bytes are zeroed inside the writer's section. More bytes are zeroed outside, which needs a
 * second section. */
#define ZERO_INSIDE (UINT64_C(16) << 10)

/* Checks the call, and enters the writer's section. */
static int enter(lina_arena_t **arena, struct lina_key *key, const char *name) {
    int rc = lina_making_prepare(arena, key, name);
    return rc == LINA_OK ? lina_writer_begin(*arena) : rc;
}

/* ---- create ------------------------------------------------------------------------------------ */

/* What happens if the name has an array already. */
enum there { IS_REPLACED, IS_AN_ERROR, IS_LEFT };

#define LEFT 1 /* `create` returns this for IS_LEFT */

static int refuse(const struct lina_making *m, enum there there) {
    return there == IS_LEFT ? LEFT : lina_making_fail_exists(&m->key);
}

/* Finds where the array goes. Fails if it may not be made. */
static int aim_at(const struct lina_making *m, enum there there, struct lina_aim *aim) {
    int rc = lina_making_aim_now(m->arena, &m->key, aim);
    return there != IS_REPLACED && aim->entry.slot != LINA_NIL ? refuse(m, there) : rc;
}

/* Creates a large array: zeroes it outside the writer's section, while it is a loan. */
static int create_outside(struct lina_making *m, enum there there, uint64_t flags) {
    uint32_t slot = m->claim.slot;
    lina_slots_lend(m->arena, slot);
    lina_writer_end(m->arena);
    lina_pages_zero(m->arena, m->desc.offset, m->claim.dirty_bytes);
    struct lina_aim aim = {.sleeps = false};
    int rc = lina_writer_begin(m->arena);
    if (rc == LINA_OK) {
        rc = aim_at(m, there, &aim);
        if (rc == LINA_OK) {
            lina_slots_unlend(m->arena, slot);
            m->desc.generation = lina_making_go_live(m->arena, &m->key, &aim, slot, flags);
        }
        lina_writer_end(m->arena);
    }
    lina_making_wake(m->arena, &aim);
    lina_pins_unpin(m->arena, slot); /* gives the loan back if it was not published */
    return rc;
}

static int create(struct lina_making *m, enum there there, uint64_t flags) {
    int rc = lina_writer_begin(m->arena);
    if (rc != LINA_OK)
        return rc;
    struct lina_aim aim;
    rc = aim_at(m, there, &aim);
    if (rc == LINA_OK)
        rc = lina_making_claim(m->arena, LINA_NIL, &m->desc, &m->claim);
    if (rc == LINA_OK && m->claim.dirty_bytes > ZERO_INSIDE)
        return create_outside(m, there, flags);
    if (rc == LINA_OK) {
        /* Not lina_pages_zero: that is compiled for size, which makes a small memset slow. */
        memset(m->arena->data + m->desc.offset, 0, m->claim.dirty_bytes);
        m->desc.generation = lina_making_go_live(m->arena, &m->key, &aim, m->claim.slot, flags);
    }
    lina_writer_end(m->arena);
    lina_making_wake(m->arena, &aim);
    return rc;
}

static int create_zeroed(lina_arena_t *arena, const char *name, uint32_t dtype, uint32_t ndim,
                         const uint64_t *shape, uint32_t layout, enum there there,
                         lina_desc_t *out) {
    struct lina_making m;
    int rc = lina_making_describe(&m, arena, name, dtype, ndim, shape, layout);
    if (rc == LINA_OK)
        rc = create(&m, there, out != NULL ? SLOT_EXPOSED : 0);
    if (rc == LINA_OK && out != NULL)
        *out = m.desc;
    return rc;
}

int lina_arena_create_array(lina_arena_t *arena, const char *name, uint32_t dtype, uint32_t ndim,
                            const uint64_t *shape, uint32_t layout, lina_desc_t *out) {
    return create_zeroed(arena, name, dtype, ndim, shape, layout, IS_AN_ERROR, out);
}

int lina_republish(lina_arena_t *arena, const char *name, uint32_t dtype, uint32_t ndim,
                   const uint64_t *shape, uint32_t layout, lina_desc_t *out) {
    return create_zeroed(arena, name, dtype, ndim, shape, layout, IS_REPLACED, out);
}

/* ---- ensure ------------------------------------------------------------------------------------ */

/* Fails if the existing array differs from the wanted one, and says in what. */
static int check_agrees(const lina_desc_t *there, const lina_desc_t *wanted) {
    const char *differs = NULL;
    if (there->dtype != wanted->dtype)
        differs = "dtype";
    else if (there->ndim != wanted->ndim ||
             memcmp(there->shape, wanted->shape, wanted->ndim * sizeof *wanted->shape) != 0)
        differs = "shape";
    else if (memcmp(there->strides, wanted->strides, wanted->ndim * sizeof *wanted->strides) != 0)
        differs = "layout";
    return differs == NULL
               ? LINA_OK
               : lina_fail(LINA_ERR_EXISTS, "array \"%s\" is there already, with another %s",
                           wanted->name, differs);
}

/* Finds the existing array, and exposes it if the caller wants its descriptor (`shown`). NOT_FOUND without an
 * error. */
__attribute__((cold)) static int find_agreeing(struct lina_making *m, bool shown) {
    lina_desc_t there;
    struct lina_place place;
    do {
        place = lina_names_find(m->arena, &m->key);
        if (place.slot == LINA_NIL)
            return LINA_ERR_NOT_FOUND;
    } while ((shown && !lina_names_expose(m->arena, place)) ||
             !lina_names_copy(m->arena, place, &there));
    int rc = check_agrees(&there, &m->desc);
    if (rc == LINA_OK)
        m->desc = there;
    return rc;
}

__attribute__((cold)) int lina_ensure_array(lina_arena_t *arena, const char *name, uint32_t dtype,
                                            uint32_t ndim, const uint64_t *shape, uint32_t layout,
                                            lina_desc_t *out) {
    struct lina_making m;
    int rc = lina_making_describe(&m, arena, name, dtype, ndim, shape, layout);
    if (rc == LINA_OK)
        rc = lina_arena_enter(m.arena);
    if (rc != LINA_OK)
        return rc;
    do { /* again if another thread has made or removed the array in between */
        rc = find_agreeing(&m, out != NULL);
        if (rc == LINA_ERR_NOT_FOUND)
            rc = create(&m, IS_LEFT, out != NULL ? SLOT_EXPOSED : 0);
    } while (rc == LEFT);
    if (rc == LINA_OK && out != NULL)
        *out = m.desc;
    return rc;
}

/* ---- loan -------------------------------------------------------------------- */

int lina_loan(lina_arena_t *arena, const char *name, uint32_t dtype, uint32_t ndim,
              const uint64_t *shape, uint32_t layout, lina_view_t *view) {
    struct lina_making m;
    int rc = lina_making_describe(&m, arena, name, dtype, ndim, shape, layout);
    if (rc == LINA_OK)
        lina_ahead_of_loan(m.arena, m.key.hash);
    if (rc == LINA_OK && view == NULL)
        rc = lina_fail(LINA_ERR_INVALID, "array \"%s\": the view is NULL", name);
    if (rc == LINA_OK)
        rc = lina_writer_begin(m.arena);
    if (rc != LINA_OK)
        return rc;
    struct lina_aim aim;
    lina_making_find(m.arena, &m.key, &aim);
    m.desc.generation = aim.generation;
    rc = lina_making_lend(m.arena, aim.spare, &m.desc, &m.claim);
    lina_writer_end(m.arena);
    if (rc != LINA_OK)
        return rc;
    lina_view_fill(view, m.arena, m.claim.slot, m.claim.serial, LINA_VIEW_LOAN);
    view->desc = m.desc;
    view->data = m.arena->data + m.desc.offset;
    view->sequence = aim.sequence;
    return LINA_OK;
}

/* ---- remove, reclaim --------------------------------------------------------------------------- */

int lina_remove(lina_arena_t *arena, const char *name) {
    struct lina_key key;
    int rc = enter(&arena, &key, name);
    if (rc != LINA_OK)
        return rc;
    struct lina_entry entry = lina_names_entry(arena, &key);
    struct lina_channel c = lina_kept_channel(arena, &key, entry);
    bool returns = false;
    uint64_t owner = lina_owner_of(arena, entry, &c);
    rc = lina_owner_check(arena, &key, &owner);
    if (rc != LINA_OK) {
        lina_writer_end(arena);
        return rc;
    }
    if (c.record != NULL)
        store_relaxed_u32(&c.record->removing, 1); /* first, so that recovery can finish it */
    if (entry.slot != LINA_NIL) {
        lina_names_drop(arena, entry);
        returns = lina_slots_retire(arena, entry.slot, SLOT_REMOVED);
        lina_names_tidy(arena);
    }
    if (c.record != NULL)
        lina_kept_remove(arena, &c);
    lina_writer_end(arena);
    if (returns)
        lina_pins_return(arena, entry.slot);
    if (c.record != NULL) {
        lina_wake(arena, lina_head_slot(arena, c.number));
        lina_wake(arena, lina_room_slot(arena, c.number));
    }
    return entry.slot != LINA_NIL || c.record != NULL ? LINA_OK : lina_not_found(&key);
}

int lina_arena_reclaim(lina_arena_t *arena, const char *name) {
    struct lina_key key;
    int rc = enter(&arena, &key, name);
    if (rc != LINA_OK)
        return rc;
    lina_slots_unexpose(arena, &key);
    lina_writer_end(arena);
    return LINA_OK;
}
