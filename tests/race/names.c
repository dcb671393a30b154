/* names.c - checks that a name that always exists is always found: names [LOOK-UPS] [threads|processes]
 *
 * Publishers move lasting names from slot to slot. Churners create and remove other names: these take the slots that
 * were just left, and fill the name index with INDEX_GONE entries until it is rebuilt. Readers look up the lasting
 * names in every way, and must never get NOT_FOUND. */
#include "party.h"

#define LASTING 3
#define FLEETING 5 /* of each churner */
#define NAME 24    /* bytes: millions of names are made in a long run */

static void name_of(char *name, const char *kind, uint32_t k) {
    snprintf(name, NAME, "%s%u", kind, k);
}

static void publisher(struct party *p) {
    char name[NAME];
    while (!party_over(p)) {
        name_of(name, "lasting", random_below(&p->random, LASTING));
        int rc = lina_republish(p->arena, name, LINA_DTYPE_U8, 0, NULL, LINA_LAYOUT_C, NULL);
        if (rc == LINA_ERR_FULL)
            continue; /* readers still hold older generations */
        CHECK_OK(rc);
        party_did(p, 1);
    }
}

/* Uses new names all the time, so that the index fills with entries of removed ones. */
static void churner(struct party *p) {
    char name[NAME];
    for (uint32_t i = 0; !party_over(p); i++) {
        uint32_t number = i * 2 + p->index;
        name_of(name, "fleeting", number);
        int rc =
            lina_arena_create_array(p->arena, name, LINA_DTYPE_U8, 0, NULL, LINA_LAYOUT_C, NULL);
        if (rc != LINA_ERR_FULL)
            CHECK_OK(rc);
        name_of(name, "fleeting", number - 2 * FLEETING);
        rc = i < FLEETING ? LINA_OK : lina_remove(p->arena, name);
        if (rc != LINA_ERR_NOT_FOUND) /* there was no room to create it */
            CHECK_OK(rc);
        party_did(p, 1);
    }
}

static void reader(struct party *p) {
    char name[NAME];
    while (!party_over(p)) {
        lina_view_t view;
        lina_array_t array;
        name_of(name, "lasting", random_below(&p->random, LASTING));
        CHECK_OK(lina_acquire(p->arena, name, &view));
        CHECK(strcmp(view.desc.name, name) == 0);
        lina_release(&view);
        CHECK_OK(lina_array_find(p->arena, name, &array));
        CHECK_OK(lina_array_acquire(&array, &view));
        CHECK(strcmp(view.desc.name, name) == 0);
        lina_release(&view);
        party_did(p, 3);
    }
}

int main(int argc, char **argv) {
    static const struct role roles[] = {{publisher, "publishes", 1, false},
                                        {churner, "creates and removes", 2, false},
                                        {reader, "look-ups", 2, true}};
    static const lina_arena_options_t options = {.max_arrays = 24, .max_members = 8};
    lina_arena_t *arena;
    CHECK_OK(lina_arena_create(NULL, 64 << 10, &options, &arena));
    for (uint32_t k = 0; k < LASTING; k++) {
        char name[NAME];
        name_of(name, "lasting", k);
        CHECK_OK(lina_arena_create_array(arena, name, LINA_DTYPE_U8, 0, NULL, LINA_LAYOUT_C, NULL));
    }
    parties_run(arena, parties_as_processes(argc, argv), roles, 3,
                argument(argc, argv, 1, 5000000));
    CHECK_OK(lina_check_arena(arena));
    CHECK_OK(lina_arena_close(arena));
    return 0;
}
