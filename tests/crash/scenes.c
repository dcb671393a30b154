/* scenes.c - see scenes.h. */
#include "scenes.h"

#define LARGE_WORDS 2560        /* 20 KiB: zeroed outside the writer's section */
#define HUGE_WORDS (512u << 10) /* 4 MiB: its pages are given back outside the section */

const char *const scene_names[] = {"a", "b", "new", "slice", "other"};
const size_t scene_name_count = sizeof scene_names / sizeof *scene_names;

static void loan_of(lina_arena_t *arena, const char *name, uint64_t tag, lina_view_t *view) {
    uint64_t length = payload_length(tag);
    CHECK_OK(lina_loan(arena, name, LINA_DTYPE_U64, 1, &length, LINA_LAYOUT_C, view));
    payload_fill(view, tag);
}

void stage_publish(lina_arena_t *arena, const char *name, uint64_t tag) {
    lina_view_t view;
    loan_of(arena, name, tag, &view);
    CHECK_OK(lina_publish(&view));
}

static void create_words(lina_arena_t *arena, const char *name, uint64_t length) {
    CHECK_OK(lina_arena_create_array(arena, name, LINA_DTYPE_U64, 1, &length, LINA_LAYOUT_C, NULL));
}

static void open_arena(struct stage *stage, const char *name, uint64_t nbytes) {
    static const lina_arena_options_t options = {
        .flags = LINA_ARENA_TEMPORARY, .max_arrays = 8, .max_signals = 4, .max_members = 2};
    int fd;
    memset(stage, 0, sizeof *stage);
    CHECK_OK(lina_arena_create(name, nbytes, &options, &stage->arena));
    CHECK_OK(lina_arena_fd(stage->arena, &fd));
    snprintf(stage->where, sizeof stage->where, "fd:%d", fd);
    stage_publish(stage->arena, "a", 1);
    stage_publish(stage->arena, "a", 7);
    stage_publish(stage->arena, "b", 9);
    uint64_t length = 2;
    CHECK_OK(lina_alias(stage->arena, "slice", "a", 8, 1, &length, NULL));
    CHECK_OK(lina_arena_signal(stage->arena, "first"));
}

void stage_open(struct stage *stage) { open_arena(stage, NULL, 64 << 10); }

void stage_close(struct stage *stage) {
    lina_release(&stage->kept);
    if (stage->reader.arena != NULL)
        lina_reader_close(&stage->reader);
    CHECK_OK(lina_arena_close(stage->arena));
}

/* ---- set: what the survivor does before --------------------------------------------------------- */

static void keep_a(struct stage *stage) { CHECK_OK(lina_acquire(stage->arena, "a", &stage->kept)); }

static void expose_b(struct stage *stage) {
    lina_desc_t desc;
    CHECK_OK(lina_arena_open(stage->arena, "b", &desc));
}

static void retire_exposed_b(struct stage *stage) {
    expose_b(stage);
    stage_publish(stage->arena, "b", 10);
}

static void open_stream(struct stage *stage, const char *name) {
    CHECK_OK(lina_stream_open(stage->arena, name, 2));
}

static void stream_a(struct stage *stage) { open_stream(stage, "a"); }

/* The next generation drops the oldest. */
static void fill_stream_a(struct stage *stage) {
    stream_a(stage);
    stage_publish(stage->arena, "a", 7);
    stage_publish(stage->arena, "a", 7);
}

static void fill_stream_b(struct stage *stage) {
    open_stream(stage, "b");
    stage_publish(stage->arena, "b", 9);
}

/* The next generation drops the one that the reader took last. */
static void follow_shallow_a(struct stage *stage) {
    lina_reader_options_t oldest = {.start = LINA_START_OLDEST};
    lina_view_t view;
    CHECK_OK(lina_stream_open(stage->arena, "a", 1));
    CHECK_OK(lina_reader_open(stage->arena, "a", &oldest, &stage->reader));
    CHECK_OK(lina_reader_next(&stage->reader, 0, &view));
    lina_release(&view);
}

static void add_large(struct stage *stage) { create_words(stage->arena, "new", LARGE_WORDS); }

/* An anonymous arena would keep the pages. */
static void add_huge(struct stage *stage) {
    static int number;
    char name[48];
    snprintf(name, sizeof name, "shm:step-%d-%d", (int)getpid(), number++);
    stage_close(stage);
    open_arena(stage, name, (64 << 10) + HUGE_WORDS * sizeof(uint64_t));
    create_words(stage->arena, "new", HUGE_WORDS);
}

/* Uses bytes and frees them, so that the next large array lies on used bytes. */
static void use_up_large(struct stage *stage) {
    add_large(stage);
    CHECK_OK(lina_remove(stage->arena, "new"));
}

/* Replaces the base of the slice, so that only the slice keeps the old generation in place. */
static void orphan_slice(struct stage *stage) { stage_publish(stage->arena, "a", 8); }

static void remove_a(struct stage *stage) { CHECK_OK(lina_remove(stage->arena, "a")); }

/* Leaves the name index with as many INDEX_GONE entries as it may have. */
static void wear_index(struct stage *stage) {
    char name[8];
    for (int i = 0; i < 40; i++) {
        snprintf(name, sizeof name, "n%d", i);
        create_words(stage->arena, name, 1);
        if (i % 2 == 0)
            CHECK_OK(lina_remove(stage->arena, name));
        snprintf(name, sizeof name, "n%d", i - 2);
        if (i % 2 == 1 && i > 2)
            CHECK_OK(lina_remove(stage->arena, name));
    }
    CHECK_OK(lina_remove(stage->arena, "n39"));
}

/* ---- prepare: what the process that dies holds --------------------------------------------------- */

static void join(struct stage *stage) {
    CHECK_OK(lina_arena_attach(stage->where, 0, &stage->arena));
}

static void borrow_a(struct stage *stage) {
    join(stage);
    loan_of(stage->arena, "a", 8, &stage->view);
}

static void borrow_new(struct stage *stage) {
    join(stage);
    loan_of(stage->arena, "new", 8, &stage->view);
}

static void hold_removed_new(struct stage *stage) {
    join(stage);
    CHECK_OK(lina_acquire(stage->arena, "new", &stage->view));
    CHECK_OK(lina_remove(stage->arena, "new"));
}

static void hold_retired_b(struct stage *stage) {
    join(stage);
    CHECK_OK(lina_acquire(stage->arena, "b", &stage->view));
    stage_publish(stage->arena, "b", 11);
}

/* ---- act: the call in which it dies ------------------------------------------------------------- */

static void act_join(struct stage *stage) {
    join(stage);
    CHECK_OK(lina_arena_signal(stage->arena, "first"));
}

static void act_create(struct stage *stage) { create_words(stage->arena, "new", 3); }

static void act_create_shown(struct stage *stage) {
    uint64_t length = 3;
    lina_desc_t desc;
    CHECK_OK(lina_arena_create_array(stage->arena, "new", LINA_DTYPE_U64, 1, &length, LINA_LAYOUT_C,
                                     &desc));
}

static void act_create_large(struct stage *stage) {
    create_words(stage->arena, "new", LARGE_WORDS);
}

static void act_republish(struct stage *stage) {
    uint64_t length = 3;
    CHECK_OK(lina_republish(stage->arena, "a", LINA_DTYPE_U64, 1, &length, LINA_LAYOUT_C, NULL));
}

static void act_loan(struct stage *stage) { loan_of(stage->arena, "a", 8, &stage->view); }

static void act_publish(struct stage *stage) { CHECK_OK(lina_publish(&stage->view)); }

static void act_release(struct stage *stage) { lina_release(&stage->view); }

static void act_acquire(struct stage *stage) {
    CHECK_OK(lina_acquire(stage->arena, "a", &stage->view));
    lina_release(&stage->view);
}

static void act_own(struct stage *stage) { CHECK_OK(lina_name_own(stage->arena, "a")); }

static void borrow_own_a(struct stage *stage) {
    borrow_a(stage);
    act_own(stage);
}

static void act_remove_b(struct stage *stage) { CHECK_OK(lina_remove(stage->arena, "b")); }

static void act_remove_new(struct stage *stage) { CHECK_OK(lina_remove(stage->arena, "new")); }

static void act_remove_slice(struct stage *stage) { CHECK_OK(lina_remove(stage->arena, "slice")); }

static void act_alias(struct stage *stage) {
    uint64_t length = 2;
    CHECK_OK(lina_alias(stage->arena, "other", "slice", 0, 1, &length, NULL));
}

static void act_reclaim(struct stage *stage) { CHECK_OK(lina_arena_reclaim(stage->arena, "b")); }

static void act_signal(struct stage *stage) {
    CHECK_OK(lina_arena_signal(stage->arena, "second"));
    CHECK_OK(lina_arena_clear(stage->arena, "second"));
}

static void act_stream_open(struct stage *stage) { open_stream(stage, "b"); }

static void act_follow(struct stage *stage) {
    lina_reader_options_t oldest = {.start = LINA_START_OLDEST};
    lina_reader_t reader;
    CHECK_OK(lina_reader_open(stage->arena, "a", &oldest, &reader));
    CHECK_OK(lina_reader_next(&reader, 0, &stage->view));
    lina_release(&stage->view);
    lina_reader_close(&reader);
}

static void act_produce(struct stage *stage) {
    CHECK_OK(lina_stream_produce(stage->arena, "a"));
    CHECK_OK(lina_stream_end(stage->arena, "a"));
}

static void act_check(struct stage *stage) { CHECK_OK(lina_check_arena(stage->arena)); }

static void act_close(struct stage *stage) { CHECK_OK(lina_arena_close(stage->arena)); }

const struct scene scenes[] = {
    {"create", NULL, join, act_create, NULL},
    {"stream-open", NULL, join, act_stream_open, NULL},
    {"stream-publish", stream_a, borrow_a, act_publish, NULL},
    {"stream-publish-full", fill_stream_a, borrow_a, act_publish, NULL},
    {"stream-publish-followed", follow_shallow_a, borrow_a, act_publish, NULL},
    {"stream-remove", fill_stream_b, join, act_remove_b, NULL},
    {"stream-follow", fill_stream_a, join, act_follow, NULL},
    {"stream-produce", stream_a, join, act_produce, NULL},
    {"create-shown", NULL, join, act_create_shown, NULL},
    {"create-large", NULL, join, act_create_large, NULL},
    {"create-large-recycled", use_up_large, join, act_create_large, NULL},
    {"republish", NULL, join, act_republish, NULL},
    {"republish-held", keep_a, join, act_republish, NULL},
    {"loan", NULL, join, act_loan, NULL},
    {"publish", remove_a, borrow_a, act_publish, NULL},
    {"publish-next", NULL, borrow_a, act_publish, NULL},
    {"publish-held", keep_a, borrow_a, act_publish, NULL},
    {"discard", NULL, borrow_new, act_release, NULL},
    {"acquire", NULL, join, act_acquire, NULL},
    {"release-retired", NULL, hold_retired_b, act_release, NULL},
    {"own", NULL, join, act_own, NULL},
    {"publish-owned", NULL, borrow_own_a, act_publish, NULL},
    {"remove", NULL, join, act_remove_b, NULL},
    {"remove-shown", expose_b, join, act_remove_b, NULL},
    {"remove-large", add_large, join, act_remove_new, NULL},
    {"remove-huge", add_huge, join, act_remove_new, NULL},
    {"release-huge", add_huge, hold_removed_new, act_release, NULL},
    {"remove-worn-index", wear_index, join, act_remove_b, NULL},
    {"remove-slice", NULL, join, act_remove_slice, NULL},
    {"remove-slice-and-base", orphan_slice, join, act_remove_slice, NULL},
    {"alias", NULL, join, act_alias, NULL},
    {"reclaim", retire_exposed_b, join, act_reclaim, NULL},
    {"signal-new", NULL, join, act_signal, NULL},
    {"join", NULL, NULL, act_join, NULL},
    {"leave", NULL, join, act_close, NULL},
    {"recover-publish", NULL, NULL, act_join, "publish-next"},
    {"recover-create", NULL, NULL, act_join, "create"},
    {"recover-remove", NULL, NULL, act_join, "remove-worn-index"},
    {"recover-return", NULL, NULL, act_join, "remove-huge"},
    {"recover-signal", NULL, NULL, act_join, "signal-new"},
    {"recover-free", NULL, NULL, act_join, "remove-slice-and-base"},
    {"check", orphan_slice, join, act_check, NULL},
};
const size_t scene_count = sizeof scenes / sizeof *scenes;

const struct scene *scene_named(const char *name) {
    for (size_t i = 0; i < scene_count; i++)
        if (strcmp(scenes[i].name, name) == 0)
            return &scenes[i];
    return NULL;
}
