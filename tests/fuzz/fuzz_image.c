/* fuzz_image.c - calls on an arena whose tables were altered: nothing may crash, hang or reach outside.
 *
 *   input = scene (1 byte), number of alterations (1), alterations, calls
 *   alteration = place (2), kind (1), another place (2) or a value (8), as the kind needs
 *   call  = which (1), number (1)
 *
 * The scenes are sound arenas, so that most alterations get past the first check. They happen behind a
 * member that is attached, as a hostile peer's would; half of the calls are made by one that attaches
 * to what it finds. */
#include "calls.h"
#include "tables.h"

struct stage {
    lina_arena_t *arena;
    char where[24];
    struct tables tables;
};

static struct stage stages[TABLES_SCENES];

static void set(struct stage *stage, int scene) {
    int fd;
    stage->arena = tables_set(&stage->tables, scene);
    CHECK_OK(lina_arena_fd(stage->arena, &fd));
    snprintf(stage->where, sizeof stage->where, "fd:%d", fd);
}

static void alter(struct tables *tables, struct input *in) {
    uint16_t place = eat_u16(in);
    uint8_t kind = eat_u8(in);
    if (tables_kind_is_likely(kind))
        tables_alter(tables, place, kind, eat_u16(in), 0);
    else
        tables_alter(tables, place, kind, 0, eat_u64(in));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    struct input in = {data, size};
    uint8_t first = eat_u8(&in), alterations = eat_u8(&in) % 32;
    struct stage *stage = &stages[first % TABLES_SCENES];
    if (stage->arena == NULL)
        set(stage, first % TABLES_SCENES);
    tables_restore(&stage->tables);
    for (int i = 0; i < alterations && in.left > 0; i++)
        alter(&stage->tables, &in);
    bool joins = first >= 128;
    struct caller c = {.arena = stage->arena};
    if (joins && lina_arena_attach(stage->where, 0, &c.arena) != LINA_OK)
        return 0;
    for (int i = 0; i < 24 && in.left > 0; i++) {
        uint8_t which = eat_u8(&in);
        caller_call(&c, which, eat_u8(&in));
    }
    caller_rest(&c);
    if (joins)
        CHECK_OK(lina_arena_close(c.arena));
    return 0;
}
