/* arrays.c - create, open, list, loan, publish, remove, alias. */
#include <stddef.h>
#include <string.h>

#include "shape.h"
#include "space.h"
#include "views.h"

/* Up to so many bytes are zeroed while the writer lock is held: one section, not two. */
#define ZERO_INSIDE (UINT64_C(16) << 10)

/* A call that makes an array: whom it is for, and what comes out. */
struct making {
    lina_arena_t *arena;
    struct lina_key key;
    lina_desc_t desc;
    struct lina_claim claim;
};

/* Resolves the arena and checks the name for a call that is going to change arrays. */
static int prepare(lina_arena_t **arena, struct lina_key *key, const char *name) {
    *arena = lina_arena_of(*arena);
    if (*arena == NULL)
        return lina_last_error_code();
    int rc = lina_key_make(key, "array", name);
    if (rc == LINA_OK)
        rc = lina_key_check(key, "array");
    if (rc == LINA_OK && (*arena)->read_only)
        rc = lina_fail(LINA_ERR_READ_ONLY, "array \"%s\": arena \"%s\" is attached read-only",
                       key->text, (*arena)->where);
    return rc;
}

/* The same, and enters the writer's section. */
static int enter(lina_arena_t **arena, struct lina_key *key, const char *name) {
    int rc = prepare(arena, key, name);
    return rc == LINA_OK ? lina_writer_begin(*arena) : rc;
}

static void set_name(struct making *m) { memcpy(m->desc.name, m->key.text, sizeof m->desc.name); }

/* Prepares to make an array of this kind, and describes it. */
static int describe(struct making *m, lina_arena_t *arena, const char *name, uint32_t dtype,
                    uint32_t ndim, const uint64_t *shape, uint32_t layout) {
    m->arena = arena;
    int rc = prepare(&m->arena, &m->key, name);
    if (rc != LINA_OK)
        return rc;
    set_name(m);
    return lina_shape_fill(&m->desc, dtype, ndim, shape, layout);
}

static int fail_exists(const struct lina_key *key) {
    return lina_fail(LINA_ERR_EXISTS, "array \"%s\" is there already", key->text);
}

static uint32_t next_generation(const lina_arena_t *arena, struct lina_entry entry) {
    if (entry.slot == LINA_NIL)
        return 1;
    uint32_t generation = load_relaxed_u32(&arena->slots[entry.slot].desc.generation) + 1;
    return generation == 0 ? 1 : generation;
}

/* Makes a loaned slot the current generation of its name; returns which. */
static uint32_t go_live(lina_arena_t *arena, const struct lina_key *key, struct lina_entry entry,
                        uint32_t slot, uint64_t flags) {
    uint32_t generation = next_generation(arena, entry);
    store_relaxed_u32(&arena->slots[slot].desc.generation, generation);
    lina_slots_go_live(arena, key, entry, slot, flags);
    return generation;
}

/* ---- create ------------------------------------------------------------------------------------ */

static void zero(const struct making *m) {
    lina_pages_zero(m->arena, m->desc.offset, m->claim.dirty_bytes);
}

/* The large case: the zeroing happens outside the writer's section, in a loan. */
static int create_outside(struct making *m, bool only_new, uint64_t flags) {
    uint32_t slot = m->claim.slot;
    lina_slots_lend(m->arena, slot);
    lina_writer_end(m->arena);
    zero(m);
    int rc = lina_writer_begin(m->arena);
    if (rc == LINA_OK) {
        struct lina_entry entry = lina_names_entry(m->arena, &m->key);
        if (only_new && entry.slot != LINA_NIL) {
            rc = fail_exists(&m->key);
        } else {
            lina_slots_unlend(m->arena, slot);
            m->desc.generation = go_live(m->arena, &m->key, entry, slot, flags);
        }
        lina_writer_end(m->arena);
    }
    lina_pins_unpin(m->arena, slot); /* gives the loan back where it was not published */
    return rc;
}

static int create(struct making *m, bool only_new, uint64_t flags) {
    int rc = lina_writer_begin(m->arena);
    if (rc != LINA_OK)
        return rc;
    struct lina_entry entry = lina_names_entry(m->arena, &m->key);
    rc = only_new && entry.slot != LINA_NIL
             ? fail_exists(&m->key)
             : lina_slots_claim(m->arena, LINA_NIL, &m->desc, &m->claim);
    if (rc == LINA_OK && m->claim.dirty_bytes > ZERO_INSIDE)
        return create_outside(m, only_new, flags);
    if (rc == LINA_OK) {
        zero(m);
        m->desc.generation = go_live(m->arena, &m->key, entry, m->claim.slot, flags);
    }
    lina_writer_end(m->arena);
    return rc;
}

static int create_zeroed(lina_arena_t *arena, const char *name, uint32_t dtype, uint32_t ndim,
                         const uint64_t *shape, uint32_t layout, bool only_new, lina_desc_t *out) {
    struct making m;
    int rc = describe(&m, arena, name, dtype, ndim, shape, layout);
    if (rc == LINA_OK)
        rc = create(&m, only_new, out != NULL ? SLOT_EXPOSED : 0);
    if (rc == LINA_OK && out != NULL)
        *out = m.desc;
    return rc;
}

int lina_arena_create_array(lina_arena_t *arena, const char *name, uint32_t dtype, uint32_t ndim,
                            const uint64_t *shape, uint32_t layout, lina_desc_t *out) {
    return create_zeroed(arena, name, dtype, ndim, shape, layout, true, out);
}

int lina_republish(lina_arena_t *arena, const char *name, uint32_t dtype, uint32_t ndim,
                   const uint64_t *shape, uint32_t layout, lina_desc_t *out) {
    return create_zeroed(arena, name, dtype, ndim, shape, layout, false, out);
}

/* ---- loan, publish, discard -------------------------------------------------------------------- */

int lina_loan(lina_arena_t *arena, const char *name, uint32_t dtype, uint32_t ndim,
              const uint64_t *shape, uint32_t layout, lina_view_t *view) {
    struct making m;
    int rc = describe(&m, arena, name, dtype, ndim, shape, layout);
    if (rc == LINA_OK && view == NULL)
        rc = lina_fail(LINA_ERR_INVALID, "array \"%s\": the view is NULL", name);
    if (rc == LINA_OK)
        rc = lina_writer_begin(m.arena);
    if (rc != LINA_OK)
        return rc;
    m.desc.generation = next_generation(m.arena, lina_names_entry(m.arena, &m.key));
    rc = lina_slots_claim(m.arena, LINA_NIL, &m.desc, &m.claim);
    if (rc == LINA_OK)
        lina_slots_lend(m.arena, m.claim.slot);
    lina_writer_end(m.arena);
    if (rc != LINA_OK)
        return rc;
    view->desc = m.desc;
    lina_view_fill(view, m.arena, m.claim.slot, m.claim.serial, LINA_VIEW_LOAN);
    return LINA_OK;
}

static int check_loan(const lina_view_t *view) {
    int rc = lina_view_check(view);
    if (rc != LINA_OK)
        return rc;
    uint64_t word = load_acquire_u64(&view->arena->slots[view->slot].state);
    bool loaned = slot_state(word) == SLOT_LOANED && slot_serial(word) == view->serial;
    return (view->flags & LINA_VIEW_LOAN) != 0 && loaned
               ? LINA_OK
               : lina_fail(LINA_ERR_INVALID, "array \"%s\": the view is not an unpublished loan",
                           view->desc.name);
}

int lina_publish(lina_view_t *view) {
    struct lina_key key;
    int rc = check_loan(view);
    if (rc != LINA_OK)
        return rc;
    lina_arena_t *arena = view->arena;
    if (load_acquire_u32(&arena->closed) != 0)
        return lina_fail(LINA_ERR_CLOSED, "array \"%s\": the arena was closed", view->desc.name);
    rc = lina_key_make(&key, "array", view->desc.name);
    if (rc == LINA_OK)
        rc = lina_writer_begin(arena);
    if (rc != LINA_OK)
        return rc;
    rc = check_loan(view); /* another hold on the loan may have published it meanwhile */
    if (rc == LINA_OK) {
        lina_slots_unlend(arena, view->slot);
        go_live(arena, &key, lina_names_entry(arena, &key), view->slot, 0);
    }
    lina_writer_end(arena);
    if (rc == LINA_OK)
        lina_release(view);
    return rc;
}

int lina_discard(lina_view_t *view) {
    int rc = check_loan(view);
    if (rc == LINA_OK)
        lina_release(view);
    return rc;
}

/* ---- remove, reclaim, alias -------------------------------------------------------------------- */

int lina_remove(lina_arena_t *arena, const char *name) {
    struct lina_key key;
    int rc = enter(&arena, &key, name);
    if (rc != LINA_OK)
        return rc;
    struct lina_entry entry = lina_names_entry(arena, &key);
    bool returns = false;
    if (entry.slot != LINA_NIL) {
        lina_names_drop(arena, entry);
        returns = lina_slots_retire(arena, entry.slot, SLOT_REMOVED);
        lina_names_tidy(arena);
    }
    lina_writer_end(arena);
    if (returns)
        lina_pins_return(arena, entry.slot);
    return entry.slot != LINA_NIL ? LINA_OK : lina_not_found(&key);
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

/* True when every byte of the slice lies among those of its base. */
static bool slice_inside(const lina_desc_t *slice, const lina_desc_t *base, uint64_t offset) {
    int64_t low, high, base_low, base_high, from, to;
    if (!lina_shape_span(slice, &low, &high) || !lina_shape_span(base, &base_low, &base_high) ||
        offset > INT64_MAX || __builtin_add_overflow((int64_t)offset, low, &from) ||
        __builtin_add_overflow((int64_t)offset, high, &to))
        return false;
    return from >= base_low && to <= base_high;
}

static int alias(struct making *m, const struct lina_key *base_key, uint64_t offset, uint32_t ndim,
                 const uint64_t *shape, const int64_t *strides) {
    lina_desc_t base;
    struct lina_place place = lina_names_find(m->arena, base_key);
    if (place.slot == LINA_NIL || !lina_names_copy(m->arena, place, &base))
        return lina_not_found(base_key);
    set_name(m);
    int rc = lina_shape_fill_strided(&m->desc, base.dtype, ndim, shape, strides);
    if (rc != LINA_OK)
        return rc;
    struct lina_entry entry = lina_names_entry(m->arena, &m->key);
    if (entry.slot != LINA_NIL)
        return fail_exists(&m->key);
    if (!lina_shape_plausible(&base, m->arena->geo.data_size) ||
        !slice_inside(&m->desc, &base, offset))
        return lina_fail(LINA_ERR_INVALID,
                         "array \"%s\": the slice reaches outside its base \"%s\"", m->desc.name,
                         base_key->text);
    m->desc.offset = base.offset + offset;
    m->desc.capacity_bytes = m->desc.nbytes;
    m->desc.flags = LINA_FLAG_ALIAS;
    rc = lina_slots_claim(m->arena, place.slot, &m->desc, &m->claim);
    if (rc == LINA_OK)
        go_live(m->arena, &m->key, entry, m->claim.slot, 0);
    return rc;
}

int lina_alias(lina_arena_t *arena, const char *name, const char *base, uint64_t offset,
               uint32_t ndim, const uint64_t *shape, const int64_t *strides) {
    struct making m = {.arena = arena};
    struct lina_key base_key;
    int rc = prepare(&m.arena, &m.key, name);
    if (rc == LINA_OK)
        rc = lina_key_make(&base_key, "array", base);
    if (rc == LINA_OK)
        rc = lina_writer_begin(m.arena);
    if (rc != LINA_OK)
        return rc;
    rc = alias(&m, &base_key, offset, ndim, shape, strides);
    lina_writer_end(m.arena);
    return rc;
}

/* ---- open, resolve, list ----------------------------------------------------------------------- */

/* Copies the current generation of a name, marked as shown. */
static int show(lina_arena_t *arena, const struct lina_key *key, lina_desc_t *out) {
    struct lina_place place;
    do {
        place = lina_names_find(arena, key);
        if (place.slot == LINA_NIL)
            return lina_not_found(key);
    } while (!lina_names_expose(arena, place) || !lina_names_copy(arena, place, out));
    return LINA_OK;
}

int lina_arena_open(lina_arena_t *arena, const char *name, lina_desc_t *out) {
    struct lina_key key;
    arena = lina_arena_of(arena);
    if (arena == NULL)
        return lina_last_error_code();
    if (out == NULL)
        return lina_fail(LINA_ERR_INVALID, "array \"%.63s\": no place for its descriptor",
                         name == NULL ? "" : name);
    int rc = lina_key_make(&key, "array", name);
    if (rc == LINA_OK)
        rc = lina_arena_enter(arena); /* what is shown is shown to a member */
    return rc == LINA_OK ? show(arena, &key, out) : rc;
}

int lina_array_find(lina_arena_t *arena, const char *name, lina_array_t *out) {
    struct lina_key key;
    arena = lina_arena_of(arena);
    if (arena == NULL)
        return lina_last_error_code();
    if (out == NULL)
        return lina_fail(LINA_ERR_INVALID, "array handle: NULL");
    int rc = lina_key_make(&key, "array", name);
    if (rc != LINA_OK)
        return rc;
    struct lina_place place = lina_names_find(arena, &key);
    if (place.slot == LINA_NIL)
        return lina_not_found(&key);
    *out = (lina_array_t){.arena = arena, .serial = slot_serial(place.word), .slot = place.slot};
    memcpy(out->name, key.text, sizeof out->name);
    return LINA_OK;
}

/* Follows the name to its current generation, and opens that. */
static __attribute__((noinline)) int open_anew(lina_array_t *array, lina_desc_t *out) {
    if (array == NULL || out == NULL || array->arena == NULL)
        return lina_fail(LINA_ERR_INVALID, "array handle: NULL or empty");
    int rc = lina_array_find(array->arena, array->name, array);
    return rc == LINA_OK ? lina_arena_open(array->arena, array->name, out) : rc;
}

int lina_array_open(lina_array_t *array, lina_desc_t *out) {
    if (array != NULL && out != NULL && array->arena != NULL &&
        lina_arena_is_entered(array->arena)) {
        struct lina_place place = {array->serial << SLOT_SERIAL_SHIFT | SLOT_EXPOSED | SLOT_LIVE,
                                   array->slot};
        if (lina_names_copy(array->arena, place, out))
            return LINA_OK;
    }
    return open_anew(array, out);
}

/* What two descriptors of one generation must agree in. */
static bool same_array(const lina_desc_t *a, const lina_desc_t *b) {
    return a->offset == b->offset && a->nbytes == b->nbytes && a->dtype == b->dtype &&
           a->ndim == b->ndim && a->layout == b->layout &&
           memcmp(a->shape, b->shape, a->ndim * sizeof *a->shape) == 0 &&
           memcmp(a->strides, b->strides, a->ndim * sizeof *a->strides) == 0;
}

int lina_arena_resolve_ptr(lina_arena_t *arena, const lina_desc_t *desc, void **out_ptr) {
    struct lina_key key;
    lina_desc_t now;
    arena = lina_arena_of(arena);
    if (arena == NULL)
        return lina_last_error_code();
    if (desc == NULL || out_ptr == NULL)
        return lina_fail(LINA_ERR_INVALID, "resolve: NULL argument");
    int rc = lina_key_make(&key, "array", desc->name);
    if (rc == LINA_OK)
        rc = lina_key_check(&key, "array");
    if (rc == LINA_OK)
        rc = lina_arena_enter(arena);
    if (rc != LINA_OK)
        return rc;
    if (!lina_shape_plausible(desc, arena->geo.data_size))
        return lina_fail(LINA_ERR_INVALID, "array \"%s\": the descriptor reaches outside the arena",
                         key.text);
    struct lina_place place = lina_names_find(arena, &key);
    bool there = place.slot != LINA_NIL && lina_names_copy(arena, place, &now) &&
                 now.generation == desc->generation &&
                 (desc->reserved == 0 || desc->reserved == now.reserved);
    if (there && !same_array(desc, &now))
        return lina_fail(LINA_ERR_INVALID, "array \"%s\": the descriptor is not the arena's",
                         key.text);
    if (!there || !lina_names_expose(arena, place))
        return lina_fail(LINA_ERR_STALE, "array \"%s\": generation %u was replaced or removed",
                         key.text, desc->generation);
    *out_ptr = arena->data + now.offset;
    return LINA_OK;
}

int lina_arena_list(lina_arena_t *arena, lina_desc_t *out, size_t cap, size_t *written) {
    arena = lina_arena_of(arena);
    if (arena == NULL)
        return lina_last_error_code();
    if (written == NULL || (out == NULL && cap > 0))
        return lina_fail(LINA_ERR_INVALID, "list: NULL argument");
    /* Inside the writer's section: a list is of one instant, no name is missing or there twice. */
    int rc = lina_writer_begin(arena);
    if (rc != LINA_OK)
        return rc;
    size_t count = 0;
    uint32_t used = lina_tables_used(arena);
    for (uint32_t slot = 0; slot < used && rc == LINA_OK; slot++) {
        uint64_t word = load_relaxed_u64(&arena->slots[slot].state);
        lina_desc_t desc;
        if (slot_state(word) != SLOT_LIVE)
            continue;
        if (out != NULL && count >= cap)
            break;
        if (!lina_names_copy(arena, (struct lina_place){word, slot}, &desc))
            continue;
        rc = lina_desc_check(arena, &desc);
        if (rc == LINA_OK && out != NULL)
            out[count] = desc;
        count++;
    }
    lina_writer_end(arena);
    if (rc == LINA_OK)
        *written = count;
    return rc;
}
