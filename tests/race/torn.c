/* torn.c - checks that no reader sees a mix of two generations: torn [ACQUIRES] [threads|processes]
 *
 * Publishers publish new generations of the same names as fast as they can. The equations of torture.h connect the
 * descriptor and the words of a generation. Readers take views by name, by handle and twice, and check the equations.
 * There are few slots and little space, so that memory is used again at once. */
#include "party.h"

#define NAMES 3

static const char *const names[NAMES] = {"x", "y", "z"};

static void publish(struct party *p, const char *name, uint64_t tag) {
    lina_view_t view;
    uint64_t length = payload_length(tag);
    int rc = lina_loan(p->arena, name, LINA_DTYPE_U64, 1, &length, LINA_LAYOUT_C, &view);
    if (rc == LINA_ERR_FULL || rc == LINA_ERR_NO_MEMORY)
        return; /* readers still hold older generations */
    CHECK_OK(rc);
    payload_fill(&view, tag);
    CHECK_OK(lina_publish(&view));
    party_did(p, 1);
}

static void publisher(struct party *p) {
    for (uint64_t tag = 1 + p->index; !party_over(p); tag += 7)
        publish(p, names[random_below(&p->random, NAMES)], tag);
}

static void reader(struct party *p) {
    uint32_t last[NAMES] = {0};
    while (!party_over(p)) {
        uint32_t k = random_below(&p->random, NAMES);
        lina_view_t view, second;
        CHECK_OK(lina_acquire(p->arena, names[k], &view));
        payload_check(&view);
        if (view.desc.generation < last[k])
            FAIL("array \"%s\" went back from generation %u to %u", names[k], last[k],
                 view.desc.generation);
        last[k] = view.desc.generation;
        if (view.desc.generation % 8 == 0) {
            CHECK_OK(lina_retain(&view, &second));
            lina_release(&view);
            payload_check(&second);
            lina_release(&second);
        }
        lina_release(&view);
        party_did(p, 1);
    }
}

static void handle_reader(struct party *p) {
    const char *name = names[p->index % NAMES];
    lina_array_t array;
    uint32_t last = 0;
    CHECK_OK(lina_array_find(p->arena, name, &array));
    while (!party_over(p)) {
        lina_view_t view, by_name;
        CHECK_OK(lina_array_acquire(&array, &view));
        /* A look-up by name after that does not find an older generation. */
        CHECK_OK(lina_acquire(p->arena, name, &by_name));
        CHECK(strcmp(view.desc.name, name) == 0 && view.desc.generation >= last);
        CHECK(by_name.desc.generation >= view.desc.generation);
        last = view.desc.generation;
        lina_release(&by_name);
        uint64_t tag = payload_check(&view);
        /* While the view is held, its words stay, even if it is no longer current. */
        if (lina_view_is_current(&view) == 0)
            CHECK(payload_check(&view) == tag);
        lina_release(&view);
        party_did(p, 1);
    }
}

/* The fields of a snapshot must belong together as well, although a snapshot holds nothing. */
static void snapshot_reader(struct party *p) {
    while (!party_over(p)) {
        lina_desc_t all[NAMES + 2];
        size_t count;
        CHECK_OK(lina_arena_list(p->arena, all, NAMES + 2, &count, NULL));
        CHECK(count == NAMES);
        for (size_t i = 0; i < count; i++)
            CHECK(all[i].nbytes == all[i].shape[0] * 8 && all[i].capacity_bytes >= all[i].nbytes &&
                  all[i].strides[0] == 8 && all[i].generation > 0);
        party_did(p, 1);
        sleep_ns(20000); /* so that others get the writer lock, too */
    }
}

int main(int argc, char **argv) {
    static const char acquires[] = "acquires"; /* one sum */
    static const struct role roles[] = {
        {publisher, "publishes", 2, false},
        {reader, acquires, 2, true},
        {handle_reader, acquires, 1, true},
        {snapshot_reader, "lists", 1, false},
    };
    static const lina_arena_options_t options = {.max_arrays = 12, .max_members = 8};
    lina_arena_t *arena;
    CHECK_OK(lina_arena_create(NULL, 8 << 10, &options, &arena));
    for (int k = 0; k < NAMES; k++) {
        uint64_t length = payload_length(0);
        CHECK_OK(lina_arena_create_array(arena, names[k], LINA_DTYPE_U64, 1, &length, LINA_LAYOUT_C,
                                         NULL));
    }
    parties_run(arena, parties_as_processes(argc, argv), roles, 4,
                argument(argc, argv, 1, 5000000));
    CHECK_OK(lina_check_arena(arena));
    lina_arena_info_t info;
    CHECK_OK(lina_arena_info(arena, &info));
    CHECK(info.arrays == NAMES && info.held == 0 && info.members == 1);
    CHECK_OK(lina_arena_close(arena));
    return 0;
}
