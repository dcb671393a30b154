/* making.c - see making.h. */
#include "making.h"

#include <string.h>

#include "cursors.h"
#include "lock.h"
#include "owners.h"

int lina_making_prepare(lina_arena_t **arena, struct lina_key *key, const char *name) {
    int rc = lina_arena_resolve(arena);
    if (rc == LINA_OK)
        rc = lina_key_take(key, "array", name);
    if (rc == LINA_OK && (*arena)->read_only)
        rc = lina_fail(LINA_ERR_READ_ONLY, "array \"%s\": arena \"%s\" is attached read-only",
                       key->text, (*arena)->where);
    return rc;
}

void lina_making_set_name(struct lina_making *m) {
    memcpy(m->desc.name, m->key.text, sizeof m->desc.name);
}

int lina_making_describe(struct lina_making *m, lina_arena_t *arena, const char *name,
                         uint32_t dtype, uint32_t ndim, const uint64_t *shape, uint32_t layout) {
    m->arena = arena;
    int rc = lina_making_prepare(&m->arena, &m->key, name);
    if (rc != LINA_OK)
        return rc;
    lina_making_set_name(m);
    return lina_shape_fill(&m->desc, dtype, ndim, shape, layout);
}

int lina_making_fail_exists(const struct lina_key *key) {
    return lina_fail(LINA_ERR_EXISTS, "array \"%s\" is there already", key->text);
}

/* The number of the generation after one. 0 is never used. */
static uint32_t after(uint32_t generation) { return generation + 1 + (generation == UINT32_MAX); }

/* Finds in the tables where the next generation of a name goes. */
static void look_up(lina_arena_t *arena, const struct lina_key *key, struct lina_aim *aim) {
    struct lina_entry entry = lina_names_entry(arena, key);
    bool is_there = entry.slot != LINA_NIL;
    *aim = (struct lina_aim){.entry = entry, .channel = lina_kept_channel(arena, key, entry)};
    aim->owner = lina_owner_of(arena, entry, &aim->channel);
    aim->spare = is_there ? lina_spare_of(arena, entry.slot) : LINA_NIL;
    aim->sequence = is_there ? load_relaxed_u64(&arena->ledger[entry.slot].sequence) + 1 : 1;
    aim->generation =
        is_there ? after(load_relaxed_u32(&arena->slots[entry.slot].desc.generation)) : 1;
}

const struct lina_key *lina_making_key(const lina_arena_t *arena, const char *name,
                                       struct lina_key *room) {
    if (lina_key_equals(&arena->memo.key, name))
        return &arena->memo.key;
    lina_key_of(room, name);
    return room;
}

/* lina_making_go_live keeps the memo right, and all other changes to a name come in sections of their own. */
void lina_making_find(lina_arena_t *arena, const struct lina_key *key, struct lina_aim *aim) {
    struct lina_memo *memo = &arena->memo;
    uint64_t turn = lina_lock_turn(arena);
    memo->used++;
    if (turn - memo->turn > 1 || !lina_key_equals(key, memo->key.text)) {
        look_up(arena, key, &memo->aim);
        memo->key = *key; /* it may be the memo's own */
        memo->used = 0;
    }
    memo->turn = turn;
    *aim = memo->aim;
}

static int fail_behind(lina_arena_t *arena, const struct lina_key *key,
                       const struct lina_channel *c) {
    char who[LINA_LAG_TEXT];
    lina_lag_describe(arena, c, who);
    return lina_fail(LINA_ERR_BEHIND, "stream \"%s\": %s unread, which is its depth", key->text,
                     who);
}

int lina_making_aim(lina_arena_t *arena, const struct lina_key *key, struct lina_aim *aim) {
    lina_making_find(arena, key, aim);
    const struct lina_channel *c = &aim->channel;
    int rc = lina_owner_check(arena, key, &aim->owner);
    if (rc != LINA_OK)
        return rc;
    return c->record == NULL || lina_cursors_let_publish(arena, c) ? LINA_OK : LINA_ERR_BEHIND;
}

int lina_making_aim_now(lina_arena_t *arena, const struct lina_key *key, struct lina_aim *aim) {
    int rc = lina_making_aim(arena, key, aim);
    if (rc != LINA_ERR_BEHIND)
        return rc;
    const struct lina_channel *c = &aim->channel;
    return lina_cursors_bury(arena, c, lina_dumping_seen()) && lina_cursors_let_publish(arena, c)
               ? LINA_OK
               : fail_behind(arena, key, c);
}

/* Drops twice as many generations each time, because a large array may need the room of many. */
int lina_making_claim(lina_arena_t *arena, uint32_t base, lina_desc_t *desc,
                      struct lina_claim *claim) {
    int rc = lina_slots_claim(arena, base, desc, claim);
    for (uint32_t most = 1;
         (rc == LINA_ERR_NO_MEMORY || rc == LINA_ERR_FULL) && lina_kept_drop(arena, most) > 0;
         most = most < UINT32_MAX / 2 ? 2 * most : most)
        rc = lina_slots_claim(arena, base, desc, claim);
    return rc;
}

int lina_making_lend(lina_arena_t *arena, uint32_t spare, lina_desc_t *desc,
                     struct lina_claim *claim) {
    if (!lina_slots_lend_spare(arena, spare, desc, claim)) {
        int rc = lina_making_claim(arena, LINA_NIL, desc, claim);
        if (rc != LINA_OK)
            return rc;
        lina_slots_lend(arena, claim->slot);
    }
    lina_spare_allow(arena, claim->slot);
    return LINA_OK;
}

uint32_t lina_making_go_live(lina_arena_t *arena, const struct lina_key *key, struct lina_aim *aim,
                             uint32_t slot, uint64_t flags) {
    uint32_t generation = aim->generation;
    store_relaxed_u32(&arena->slots[slot].desc.generation, generation);
    store_relaxed_u64(&arena->ledger[slot].owner, aim->owner); /* the slot is in no list now */
    lina_kept_number(arena, &aim->channel, aim->sequence, slot);
    lina_slots_go_live(arena, key, aim->entry, slot, flags);
    /* lina_making_find has filled the memo in, in this section. */
    struct lina_aim *next = &arena->memo.aim;
    if (aim->channel.record != NULL)
        lina_kept_yield(arena, &aim->channel, slot);
    next->spare = lina_spare_of(arena, slot);
    if (aim->channel.record != NULL)
        aim->sleeps = lina_kept_add(arena, &aim->channel, slot, aim->sequence);
    next->entry.slot = slot;
    next->owner = aim->owner;
    next->sequence++;
    next->generation = after(generation);
    return generation;
}
