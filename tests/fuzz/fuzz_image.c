/* fuzz_image.c - makes calls on an arena whose tables were altered. No call may crash, hang or reach outside the
 * arena.
 *
 *   input = scene, and which member calls (1 byte); number of alterations (1); alterations; calls
 *   alteration = place (2), kind (1), another place (2) or a value (8), depending on the kind
 *   call  = which (1), number (1); some calls are another alteration instead
 *
 * The scenes are sound arenas, and alterations are few, so most inputs get past the first check. The tables are
 * altered while a member is attached, as by a hostile peer. In half of the inputs, the calls come from a member that
 * attaches afterwards. After the input's calls follows one call of each kind. */
#include "calls.h"
#include "tables.h"

#define JOINS 0x80
#define CLOSES_FIRST 0x40
#define READ_ONLY 0x38 /* if all of these bits are set */
#define CALLS 12
#define ALTERS 24 /* a call number below this is an alteration */

static struct tables stages[TABLES_SCENES];

/* Makes all scenes at once and in order, so that an input does the same whatever inputs came before. */
static void set_all(void) {
    for (int scene = 0; scene < TABLES_SCENES; scene++)
        tables_set(&stages[scene], scene);
}

/* 1 for half of all numbers, 2 for a quarter, and so on. */
static int alterations(uint8_t number) { return 1 + __builtin_ctz(number | 1u << 7); }

static void alter(struct tables *tables, struct input *in) {
    uint16_t place = eat_u16(in);
    uint8_t kind = eat_u8(in);
    if (tables_kind_is_likely(kind))
        tables_alter(tables, place, kind, eat_u16(in), 0);
    else
        tables_alter(tables, place, kind, 0, eat_u64(in));
}

static void call(struct caller *c, struct tables *stage, struct input *in, uint8_t number) {
    for (int i = 0; i < CALLS && in->left > 0; i++) {
        uint8_t which = eat_u8(in);
        if (which < ALTERS)
            alter(stage, in);
        else
            caller_call(c, which, eat_u8(in));
    }
    for (int i = 0; i < CALLER_KINDS; i++)
        caller_call(c, (uint8_t)(number * CALLER_KINDS + i), (uint8_t)(number + i * 37));
}

/* Closing ends the membership, and releasing the last view ends the mapping. Tests both orders. */
static void end(struct caller *c, bool joined, bool closes_first) {
    lina_arena_t *arena = c->arena;
    if (joined && closes_first) {
        CHECK_OK(lina_arena_close(arena));
        CHECK(lina_publish(&c->loan) != LINA_OK);
    }
    caller_rest(c);
    if (joined && !closes_first)
        CHECK_OK(lina_arena_close(arena));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    struct input in = {data, size};
    uint8_t first = eat_u8(&in), number = eat_u8(&in);
    int scene = first % TABLES_SCENES;
    uint32_t flags = (first & READ_ONLY) == READ_ONLY ? LINA_ATTACH_READ_ONLY : 0;
    struct tables *stage = &stages[scene];
    if (stage->live == NULL)
        set_all();
    bool joins = (first & JOINS) != 0 || stage->arena == NULL;
    tables_restore(stage);
    for (int i = alterations(number); i > 0; i--)
        alter(stage, &in);
    tables_seal(stage);
    struct caller c = {.arena = stage->arena, .where = stage->where};
    if (joins && lina_arena_attach(stage->where, flags, &c.arena) != LINA_OK)
        return 0;
    tables_joined(stage, c.arena);
    call(&c, stage, &in, number);
    end(&c, joins, (first & CLOSES_FIRST) != 0);
    return 0;
}
